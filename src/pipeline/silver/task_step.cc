#include "pipeline/silver/task_step.h"

#include "base/ids.h"
#include "pipeline/registry/registry.h"
#include "pipeline/silver/evolve.h"
#include "pipeline/silver/silver.h"
#include "statements/run.h"

namespace firn::pipeline {

Result<StepCounts> RunSilverStep(const StepWork& work) {
  const Actor actor{.user = statements::kSystemUser, .role = work.task->owner};
  session::Session session(work.node, static_cast<int64_t>(RandomU64() >> 1), actor.user, actor.role);
  const Evolve evolve = [&](const PipelineSpec& seen, const SchemaNeeds& needs) {
    return EvolvePipeline(work.node, actor, work.pipe_id, seen, needs, work.cancel);
  };
  StepCounts counts;
  for (int part = 0;; ++part) {
    FIRN_ASSIGN(catalog::StatePtr state, work.node.catalog->Head());
    FIRN_ASSIGN(Pipeline pipeline, PipelineOfPipe(*state, work.pipe_id));
    SilverRequest request{.text = "MERGE " + work.pipe_id,
                          .request_id = "task/" + work.run_id + "/" + std::to_string(part),
                          .query_id = part == 0 ? work.query_id : NewQueryId()};
    FIRN_ASSIGN(SilverResult done, MergeSilver(session, std::move(pipeline.spec), request, work.cancel, evolve));
    for (const auto& [name, count] : done.counts) counts[name] += count;
    if (!done.more) return counts;
  }
}

}  // namespace firn::pipeline

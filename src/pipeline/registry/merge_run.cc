#include "pipeline/registry/merge_run.h"

#include "base/ids.h"
#include "pipeline/registry/registry.h"
#include "pipeline/silver/silver.h"
#include "session/session.h"
#include "statements/run.h"

namespace firn::pipeline {

Result<StepCounts> RunMerge(const StepWork& work) {
  FIRN_ASSIGN(catalog::StatePtr state, work.node.catalog->Head());
  FIRN_ASSIGN(Pipeline pipeline, PipelineOfPipe(*state, work.pipe_id));
  session::Session session(work.node, static_cast<int64_t>(RandomU64() >> 1), statements::kSystemUser,
                           work.task->owner);
  const SilverRequest request{work.task->As<catalog::TaskInfo>()->text, work.run_id, work.query_id};
  return MergeSilver(session, pipeline.spec, request, work.cancel);
}

}  // namespace firn::pipeline

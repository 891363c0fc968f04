#include "pipeline/silver/task_step.h"

#include "base/errors.h"
#include "base/ids.h"
#include "pipeline/registry/replay.h"
#include "pipeline/silver/evolve.h"
#include "pipeline/silver/silver.h"
#include "statements/run.h"

namespace firn::pipeline {

namespace {

/// The pipeline as it is now, where the replay of `merged` still is under way: schema changes of the merge have made
/// new versions of it, but another replay begins anew.
Result<std::optional<Pipeline>> StillReplayed(const StepWork& work, const Pipeline& merged) {
  FIRN_ASSIGN(catalog::StatePtr state, work.node.catalog->Head());
  FIRN_ASSIGN(Pipeline pipeline, PipelineOfPipe(*state, work.pipe_id));
  const bool same = pipeline.replay_stream && pipeline.replay_stream->id == merged.replay_stream->id;
  return same ? std::optional(std::move(pipeline)) : std::nullopt;
}

/// `merged` is at the end of its stream.
Status Finish(const StepWork& work, const Actor& actor, const Pipeline& merged) {
  FIRN_ASSIGN(std::optional<Pipeline> now, StillReplayed(work, merged));
  return now ? FinishReplay(work.node, actor, *now, work.cancel) : Ok();
}

}  // namespace

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
    if (pipeline.replay_stream) request.names = {.stream = "__REBUILD_S", .replay = true};
    if (pipeline.new_silver) {
      request.names.silver = "__REBUILD";
      request.names.deleted = "__REBUILD__DELETED";
    }
    auto done = MergeSilver(session, pipeline.spec, request, work.cancel, evolve);
    if (!done.ok() && pipeline.replay_stream && !work.cancel.canceled()) {
      // Another run may have finished the replay meanwhile.
      FIRN_ASSIGN(std::optional<Pipeline> now, StillReplayed(work, pipeline));
      if (!now) continue;
    }
    if (!done.ok()) return std::move(done).error();
    for (const auto& [name, count] : done->counts) counts[name] += count;
    if (done->more) continue;
    if (!pipeline.replay_stream) return counts;
    // The new silver takes its place, and what has come meanwhile is next.
    Status finished = Finish(work, actor, pipeline);
    if (!finished.ok() && !finished.error().Is(errors::kConflict)) return std::move(finished).error();
    if (work.cancel.canceled()) return Error(errors::kCanceled);
  }
}

}  // namespace firn::pipeline

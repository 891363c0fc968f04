// Replay: bronze read again by the merge task: into the silver that is there (backfill), or into a new one beside it
// that takes its place in one commit when it has all of bronze (rebuild; begun by ChangePipeline). Readers see the old
// silver until then. What is under way is in the catalog: a stream of its own, and the new tables; killed anywhere, the
// next run of the merge goes on. For the routes and the merge task; any thread.
#pragma once

#include "pipeline/registry/registry.h"

namespace firn::pipeline {

/// Rows that silver has already are stale or the same version. For a pipeline whose merge would take them twice
/// (append, snapshot) silver is made anew. Errors: those of ChangePipeline.
Status BeginBackfill(session::Node& node, const Actor& actor, const Pipeline& pipeline, engine::CancelToken& cancel);

/// The stream is read to its end: the new silver takes the old one's place with its tombstones and its stream, gold of
/// another definition is made anew, the rest asked to run. Errors: kConflict where `pipeline` is not what is there now:
/// look again.
Status FinishReplay(session::Node& node, const Actor& actor, const Pipeline& pipeline, engine::CancelToken& cancel);

}  // namespace firn::pipeline

// The registry: pipelines as the catalog has them. CREATE of all objects of a spec is one commit. Used by the routes,
// by ingest (what a table takes) and by the steps; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catalog/state.h"
#include "engine/engine.h"
#include "pipeline/registry/spec.h"
#include "session/node.h"
#include "session/transaction.h"

namespace firn::pipeline {

/// A pipeline with its objects; null where one was dropped by hand.
struct Pipeline {
  PipelineSpec spec;
  catalog::ObjectRef pipe, bronze, errors, stream, silver, merge_task;
  catalog::ObjectRef deleted;  ///< of upsert
  /// While bronze is read again (replay.h): the stream of it, and what it goes into where that is not silver.
  catalog::ObjectRef replay_stream, new_silver, new_deleted;
  const catalog::PipeInfo& info() const { return *pipe->As<catalog::PipeInfo>(); }
};

/// Names in any case. Errors: kKindNotFound ("Pipeline 'SALES.ORDERS' does not exist …").
Result<Pipeline> FindPipeline(const catalog::CatalogState& state, std::string_view domain, std::string_view table);
/// By the id of its pipe (object option "PIPELINE"). Errors: kKindNotFound.
Result<Pipeline> PipelineOfPipe(const catalog::CatalogState& state, std::string_view pipe_id);
/// All, by name; pipes that are no pipeline's are left out.
std::vector<Pipeline> ListPipelines(const catalog::CatalogState& state);
/// What PipeInfo::pipeline says. Errors: kInvalidInput.
Result<PipelineSpec> ReadSpec(const catalog::PipeInfo& pipe);

/// On whose behalf objects are made: their owner.
struct Actor {
  std::string user;
  std::string role;
};

/// Makes all objects of the spec, or none. `dry`: only checks that it could. Errors: kObjectExists; those of the
/// statements (a gold query, an expectation that is no SQL …).
Result<Pipeline> CreatePipeline(session::Node& node, const Actor& actor, const PipelineSpec& spec,
                                engine::CancelToken& cancel, bool dry = false);
/// Drops its objects; `keep_tables`: only what moves data, tables stay. Tables can be brought back by UNDROP.
Status DropPipeline(session::Node& node, const Actor& actor, const Pipeline& pipeline, bool keep_tables,
                    engine::CancelToken& cancel);
/// No more events are taken, or again. Nothing happens where it is so already.
Status PausePipeline(session::Node& node, const Actor& actor, const Pipeline& pipeline, bool paused,
                     engine::CancelToken& cancel);

/// How many rows of bronze the merge has not seen, by the counts of bronze's snapshots; at least 1 where there may be
/// any, or while bronze is read again.
Result<int64_t> SilverLag(session::Node& node, const catalog::CatalogState& state, const Pipeline& pipeline);
/// The highest `_SEQ` that a table of the pipeline has or had, by the bounds of its files; none: nothing came yet.
Result<std::optional<int64_t>> LastSeq(session::Node& node, const catalog::CatalogState& state,
                                       const catalog::ObjectRef& table);
/// Asks for runs now: (run id, object's full name) of each. The runner takes them.
using RequestedRuns = std::vector<std::pair<std::string, std::string>>;
Result<RequestedRuns> RequestMerge(session::Node& node, const Pipeline& pipeline);
/// Of all gold but what would append the same rows again.
Result<RequestedRuns> RequestGold(session::Node& node, const Pipeline& pipeline);
/// GET_DDL('PIPELINE', …): the SQL that makes its objects.
Result<std::string> PipelineDdl(session::Node& node, const Actor& actor, const Pipeline& pipeline,
                                engine::CancelToken& cancel);

/// Sets the objects' options that say whose they are. For the changes of this room, before they commit.
Status MarkObjects(const PipelineSpec& spec, const std::string& pipe_id, session::OpenTransaction& transaction,
                   const catalog::CatalogState& so_far);

}  // namespace firn::pipeline

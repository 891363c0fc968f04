// Compaction: small files of one partition become one, and files of which many rows are deleted are written anew
// (commit-protocol rule 12). Rows keep their ids and sequence numbers; a reader sees no difference, a stream nothing.
// They keep their order too, but for files that were sorted because the table has more partitions than an INSERT makes
// files of: neighbours of those become one, sorted again, so that the bounds of files stay narrow. Writers never wait:
// files are written without a lock, deletes that came meanwhile are carried over to the new file, and the commit waits
// until no writer holds the table. For the keeper; one thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/catalog.h"
#include "engine/engine.h"
#include "pipeline/upkeep/rules.h"
#include "session/node.h"

namespace firn::pipeline {

/// Files of one spec and partition that become one file.
struct CompactionGroup {
  std::vector<iceberg::LiveFilePtr> files;
  std::vector<int> sort_by = {};  ///< field ids; none: rows stay in their order
};

/// What is worth it, the smallest files first. `pinned_from`: files that hold rows with this id or a later one
/// are left alone where rows of them were deleted or not plainly inserted, because an append-only stream still has to
/// tell the difference; none: no such stream.
std::vector<CompactionGroup> PlanCompaction(const catalog::TableVersion& version, const TableRules& rules,
                                            const UpkeepLimits& limits, std::optional<int64_t> pinned_from);

/// The least row id that an append-only stream of the table has not read; none without such a stream.
Result<std::optional<int64_t>> FirstUnreadRow(catalog::Catalog& catalog, const catalog::CatalogState& state,
                                              const catalog::Object& table);

/// Writes the live rows of the group's files, in the order that it says, into one file. Errors: those of the engine.
using Rewrite = std::function<Result<std::optional<iceberg::DataFile>>(
    const catalog::CatalogState& state, const catalog::ObjectRef& table, const catalog::TableVersion& version,
    const CompactionGroup& group, engine::CancelToken& cancel)>;
Rewrite EngineRewrite(session::Node& node);

/// Positions of `group`'s files that `head` deletes and the group does not, as positions in the new file; null: none.
/// A file that is gone counts as deleted whole. Errors: storage errors.
Result<std::shared_ptr<iceberg::DeletionVector>> CarriedDeletes(storage::Store& store, const CompactionGroup& group,
                                                                const iceberg::TableFiles& head);

enum class Compacted { kDone, kGivenUp };
/// Writes and commits. kGivenUp: a writer was in the way, rows of sorted files were deleted meanwhile, or the table
/// changed its shape; nothing was changed.
Result<Compacted> Compact(catalog::Catalog& catalog, const catalog::CatalogState& state,
                          const catalog::ObjectRef& table, const catalog::TableVersionPtr& version,
                          const CompactionGroup& group, const TableRules& rules, const Rewrite& rewrite,
                          engine::CancelToken& cancel);

}  // namespace firn::pipeline

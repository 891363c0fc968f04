// History: the snapshots of a table, of which its newest metadata names the last ones and older metadata files the rest
// (catalog/versions.h), and their expiry: first an entry of the log, then the files (rule 13). For the keeper; one
// thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/catalog.h"
#include "pipeline/upkeep/rules.h"

namespace firn::pipeline {

/// Snapshots from the newest down to a sequence number, as far as they are there.
struct History {
  std::map<int64_t, iceberg::SnapshotPtr> snapshots;  ///< by sequence number
  std::set<std::string> metadata_files;               ///< URIs that were named on the way
  /// Of those that were read: the number in its name and the last sequence number, the newest first.
  struct Read {
    int64_t number;
    int64_t last_sequence;
  };
  std::vector<Read> read;
};
Result<History> ReadHistory(storage::Store& store, const catalog::TableVersion& version, int64_t down_to);

/// The number at the head of a metadata file's name; -1 for another file.
int64_t MetadataNumber(std::string_view path);

/// What streams and dynamic tables hold, by table: snapshot ids.
std::map<std::string, std::set<int64_t>> HeldSnapshots(const catalog::CatalogState& state);

struct Expired {
  std::string table_id;
  int64_t from = 0, to = 0;
  int64_t position = 0;  ///< of the entry
};
/// Gives up what is beyond the rules; `ages`: whether to look at ages too. None: nothing to do, or another process was
/// faster.
Result<std::optional<Expired>> Expire(catalog::Catalog& catalog, const catalog::StatePtr& state,
                                      const catalog::ObjectRef& table, const TableRules& rules,
                                      const UpkeepLimits& limits, const std::set<int64_t>& held, bool ages);

}  // namespace firn::pipeline

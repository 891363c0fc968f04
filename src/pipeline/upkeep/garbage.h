// Garbage: files that nothing names any more (commit-protocol rule 13). What an expiry or a purge gave up goes once no
// process reads before that entry of the log and some time has passed for foreign readers; what no snapshot ever named,
// after 72 hours. Roots are those of all tables of the account: clones name files of others. For the keeper; one
// thread.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/catalog.h"
#include "pipeline/upkeep/history.h"
#include "pipeline/upkeep/rules.h"

namespace firn::pipeline {

class Garbage {
 public:
  Garbage(catalog::Catalog& catalog, const UpkeepLimits& limits) : catalog_(catalog), limits_(limits) {}

  /// The files of the snapshots that `expired` gave up and that none of those left names.
  Status AddExpired(const Expired& expired);
  /// Commits the purge of every dropped object whose retention is over; what lay in the tables follows.
  Status Purge();
  /// Files of a table that no snapshot names and that are older than UpkeepLimits::orphan_age. `store_time`: the
  /// store's time.
  Status AddOrphans(const std::string& table_id, Micros store_time);
  /// The same for folders of tables that are not there.
  Status AddLostFolders(Micros store_time);

  /// Deletes what is due; `oldest`: where the slowest process reads.
  Status Delete(int64_t oldest);

  size_t waiting() const;
  uint64_t deleted() const { return deleted_; }

 private:
  struct Batch {
    int64_t position = 0;  ///< of the entry that gave them up
    Micros ready = 0;
    std::vector<std::string> paths;
  };
  /// What one table names outside of its own location.
  struct Outside {
    int64_t oldest = 0;  ///< its TableHead::oldest_sequence then
    std::set<std::string> uris;
  };

  Status Add(const catalog::CatalogState& state, int64_t position, Micros wait, const std::string& table_id,
             const std::set<std::string>& uris);
  /// Everything that tables other than `table_id` name outside of their own locations.
  Result<std::set<std::string>> NamedByOthers(const catalog::CatalogState& state, const std::string& table_id);
  Result<std::set<std::string>> OutsideOf(const catalog::CatalogState& state, const catalog::ObjectRef& table);
  Micros WaitOf(const catalog::Object& table) const;

  catalog::Catalog& catalog_;
  const UpkeepLimits limits_;
  std::map<std::string, Outside> outside_;  ///< by table id
  std::deque<Batch> batches_;
  uint64_t deleted_ = 0;
};

}  // namespace firn::pipeline

// Keeper: the upkeep of all tables in the background: compaction, expiry of snapshots, garbage (commit-protocol rules
// 12 and 13). Manifests are merged by each commit itself (iceberg/manifest_set.h), and Delta logs look after themselves
// (delta/table_log.h). One a process, made by `cli` before statements are taken and gone after them; several processes
// on one lake share the tables. Its thread waits for no statement, and none for it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "base/result.h"
#include "pipeline/upkeep/compaction.h"
#include "pipeline/upkeep/garbage.h"
#include "pipeline/upkeep/leases.h"
#include "pipeline/upkeep/rules.h"

namespace firn::pipeline {

struct KeeperOptions {
  UpkeepLimits limits;
  bool thread = true;  ///< false: Look is called by hand (tests)
  Micros look_every = kSecond;
  std::string lease_file;  ///< as Leases; so is the next
  std::function<Leases::Held()> cursors = {};
};

struct KeeperStats {
  uint64_t compactions = 0;
  uint64_t files_compacted = 0;
  uint64_t gave_way = 0;  ///< compactions that were given up for writers
  uint64_t snapshots_expired = 0;
  uint64_t files_deleted = 0;
  uint64_t files_waiting = 0;  ///< given up and not yet deleted
  uint64_t failed = 0;         ///< looks at a table that failed
};

class Keeper {
 public:
  Keeper(catalog::Catalog& catalog, Rewrite rewrite, KeeperOptions options = {});
  /// Cancels what runs.
  ~Keeper();

  /// Says what this process reads, before it reads anything. Errors: storage errors.
  Status Start();
  /// One look at all tables. Errors: those of catalog and store; what fails for one table is logged and tried again.
  Status Look();
  KeeperStats stats() const;
  /// Tables, by id, that are not compacted while `busy` says so: their writers need the processor. Called by Look.
  void GiveWayTo(std::function<bool(const std::string&)> busy);

 private:
  struct Seen {
    int64_t position = -1;  ///< of the table's head at the last look
    int64_t version = 0;    ///< of the table's definition then
    Micros ages = 0;        ///< when its ages were looked at
    bool aged = false;      ///< they were looked at by this process
    Micros orphans = 0;
  };

  void Run();
  bool IsBusy(const std::string& table_id);
  Status LookAt(const catalog::StatePtr& state, const catalog::ObjectRef& table, Seen* seen);
  Status CompactTable(const catalog::StatePtr& state, const catalog::ObjectRef& table, const TableRules& rules);
  Status ExpireTable(const catalog::StatePtr& state, const catalog::ObjectRef& table, const TableRules& rules,
                     Seen* seen);
  Status LookAtDropped();

  catalog::Catalog& catalog_;
  const Rewrite rewrite_;
  const KeeperOptions options_;
  Leases leases_;
  Garbage garbage_;
  engine::CancelToken cancel_;
  const Micros born_;
  std::map<std::string, Seen> seen_;  ///< by table id
  std::map<std::string, std::set<int64_t>> held_;
  Micros dropped_at_ = 0;  ///< when dropped objects were looked at
  Micros lost_at_ = 0;

  std::atomic<uint64_t> compactions_{0}, files_compacted_{0}, gave_way_{0}, snapshots_expired_{0}, deleted_{0},
      waiting_{0}, failed_{0};

  std::mutex mutex_;
  std::function<bool(const std::string&)> busy_;
  std::condition_variable wake_;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace firn::pipeline

// Mirror: publishes tables with DELTA = TRUE as Delta logs over their own Parquet files (commit-protocol rules 10, 11).
// Iceberg is the truth; the log is derived, and read-only for others. One a process, made by `cli` after catalog and
// engine and gone before them. Any thread may call anything.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "catalog/catalog.h"
#include "catalog/commit_observer.h"
#include "delta/table_log.h"
#include "engine/engine.h"

namespace firn::delta {

struct MirrorOptions {
  LogOptions log;
  std::string scratch_folder;  ///< local; the engine may open it
  int threads = 4;             ///< that publish; 0: whoever commits, itself, and nothing is tried again
  /// How long a commit waits for its mirror.
  std::chrono::milliseconds wait{5000};
};

struct MirrorStats {
  uint64_t commits = 0;  ///< versions written to Delta logs
  uint64_t late = 0;     ///< commits that were answered before their mirror was written
  uint64_t failed = 0;   ///< attempts to publish that failed
  uint64_t stopped = 0;  ///< tables whose mirror has stopped for a foreign version
};

class Mirror final : public catalog::CommitObserver {
 public:
  Mirror(catalog::Catalog& catalog, engine::Engine& engine, MirrorOptions options);
  /// Leaves the catalog and ends the threads; what is not published is when the next process starts.
  ~Mirror() override;

  /// Observes the catalog from now on, and publishes what an earlier process left out, of all tables: in the
  /// background, or here without threads.
  void Start();

  /// Writes the versions that the table's log lacks, in order: one a snapshot of those that the table's metadata still
  /// lists, and one for what is newer than the last of them. Nothing to do for a table that is not mirrored or gone.
  /// Errors: NextCommit's, TableLog's; a mirror that has stopped says why each time.
  Status Publish(const std::string& table_id);

  /// Refuses what a mirrored table could not be published with: types that Delta lacks, renamed and dropped columns
  /// under DELTA_READER = 1, defaults for rows that are there, files outside of its location. Errors: kUnsupported.
  Status BeforeCommit(const catalog::Transaction& transaction) override;
  /// Waits until the tables are published, or MirrorOptions::wait is over.
  void AfterCommit(const std::vector<std::string>& table_ids) override;

  MirrorStats stats() const;

 private:
  struct Table;
  using TablePtr = std::shared_ptr<Table>;

  TablePtr Find(const std::string& table_id);
  Status PublishLocked(Table& table);
  Status Advance(Table& table, const catalog::CatalogState& state, const catalog::Object& object, bool* lost);
  Result<std::vector<Target>> Steps(const Table& table, const catalog::CatalogState& state,
                                    const catalog::Object& object, catalog::TableVersionPtr head);
  void Request(const TablePtr& table);
  void Work();
  Status CheckTable(const catalog::Object& object, const iceberg::TableMetadata& metadata,
                    const iceberg::Schema* before, const iceberg::TableFiles* files) const;

  catalog::Catalog& catalog_;
  LogParquet parquet_;
  const MirrorOptions options_;

  mutable std::mutex mutex_;  ///< of tables_ and of the requests in them
  std::map<std::string, TablePtr> tables_;
  std::condition_variable work_;
  std::condition_variable done_;
  bool closing_ = false;
  std::vector<std::thread> threads_;

  std::atomic<uint64_t> commits_{0}, late_{0}, failed_{0};
};

/// DELTA = TRUE.
bool IsMirrored(const catalog::Object& table);
/// DELTA_READER = 1.
bool IsReaderOne(const catalog::Object& table);

}  // namespace firn::delta

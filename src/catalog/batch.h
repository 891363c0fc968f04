// Batch: one log entry in the making (rule 3): transactions are validated one after another, each on what those before
// it leave, their tables' new metadata is written, and the entry is what goes into the log. For the writer; one thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/commit.h"
#include "catalog/log_entry.h"
#include "catalog/state.h"
#include "catalog/versions.h"
#include "catalog/write_behind.h"
#include "iceberg/table_change.h"

namespace firn::catalog {

/// A transaction on its way into the log. The session's thread makes it and waits; the writer's thread answers.
struct PendingCommit {
  struct Lease {
    std::string sequence_id;
    int64_t count = 0;
  };
  enum class Phase : uint8_t { kWaiting, kSealed, kWithdrawn };

  const std::string id;  ///< UUID of the commit
  Transaction transaction;
  std::vector<Lease> leases;
  std::vector<std::optional<iceberg::PreparedChange>> prepared;  ///< one a table of the transaction
  std::unique_ptr<WriteBehind> writes;                           ///< of what was prepared; null: nothing was
  std::atomic<Phase> phase = Phase::kWaiting;

  std::vector<SequenceMove> leased;  ///< set with the result

  explicit PendingCommit(std::string commit_id) : id(std::move(commit_id)) {}
  void Answer(Result<CommitResult> result);
  bool IsAnswered();
  /// Waits; asks `canceled` every 20 ms and withdraws if it may.
  Result<CommitResult> Wait(const Canceled& canceled);

 private:
  std::mutex mutex_;
  std::condition_variable answered_;
  std::optional<Result<CommitResult>> result_;
};
using PendingCommitPtr = std::shared_ptr<PendingCommit>;

class Batch {
 public:
  Batch(storage::Store& store, WritePool& pool, Versions& versions, StatePtr state, Micros now, const std::string& node,
        int snapshots_kept);

  /// Validates and applies. On an error (see Catalog::Commit) the batch is as before and `commit` not in it.
  Status Add(const PendingCommitPtr& commit);
  bool empty() const { return members_.empty(); }
  /// Writes the metadata of the changed tables and completes the entry; all that the entry names is durable then, but
  /// for what members prepared. Errors: storage errors.
  Status Complete();

  const std::vector<PendingCommitPtr>& members() const { return members_; }
  const LogEntry& entry() const { return entry_; }
  /// After Complete: the state with the entry.
  const StatePtr& next() const { return next_; }
  /// Once the entry is in the log: first the new versions are kept, then the state moves (follower.h), then members
  /// are answered.
  void KeepVersions();
  void AnswerMembers();
  /// Metadata files that Complete wrote; of no use after a lost race.
  const std::vector<std::string>& written() const { return written_; }

 private:
  /// A table after the commits so far.
  struct Work {
    std::string before;  ///< metadata URI before the batch; "" for a new table
    int64_t before_updated_ms = 0;
    iceberg::TableMetadata metadata;
    iceberg::TableFilesPtr files;
    std::shared_ptr<storage::Store> store;
    bool changed = false;
    int snapshots_added = 0;
    std::string after;  ///< metadata URI once written
  };

  Status AddTable(const PendingCommitPtr& commit, size_t index, const CatalogState& state,
                  std::map<std::string, Work>* staged, CommitRecord* record);
  Result<Work> Find(const CatalogState& state, const std::map<std::string, Work>& staged,
                    const PendingTable& pending) const;

  WriteBehind writes_;
  Versions& versions_;
  const StatePtr base_;
  const int snapshots_kept_;
  LogEntry entry_;
  StateBuilder builder_;
  std::map<std::string, Work> works_;  ///< by table id
  std::vector<PendingCommitPtr> members_;
  StatePtr next_;
  std::vector<std::string> written_;
  std::map<std::string, TableVersionPtr> made_;
};

}  // namespace firn::catalog

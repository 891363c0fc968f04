// TableLog: the Delta log of one table in the store: read back, moved on by put-if-absent, checkpointed, cleaned.
// One thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "delta/log_parquet.h"
#include "delta/log_state.h"
#include "delta/next_commit.h"
#include "storage/store.h"

namespace firn::delta {

struct LogOptions {
  int checkpoint_every = 50;  ///< commits; 0: never
  int clean_every = 10;       ///< checkpoints
  /// Commits and checkpoints that a newer checkpoint has made needless, and vector files that nothing names any more,
  /// go after so long (delta.logRetentionDuration).
  Micros log_kept = kTombstonesKeptMs * 1000;
};

class TableLog {
 public:
  /// `location`: the table's URI.
  TableLog(std::shared_ptr<storage::Store> store, std::string location, LogParquet& parquet, Clock& clock,
           LogOptions options);

  /// Reads checkpoint and commits. Errors: those of ForeignVersion; kCorrupt; storage errors.
  Status Load();
  const LogState& state() const { return state_; }

  enum class Outcome {
    kNothing,  ///< the log says all of it already
    kWritten,
    kLost,  ///< another node of Firn wrote the version: state() is after it; look again
  };
  /// Writes the commit that leads to `target`. After an error the log is to be loaded again. Errors: those of
  /// NextCommit; ForeignVersion; storage errors.
  Result<Outcome> Advance(const Target& target);

  /// Writes a checkpoint when one is due, then cleans. A failure leaves the log as good as before.
  Status MaybeCheckpoint();

 private:
  std::string FileName(int64_t version, const char* end) const;
  Error ForeignVersion(int64_t version) const;
  Result<VectorPlace> Place(const catalog::TableVersion& version, const iceberg::LiveFile& file);
  Status Follow(std::string_view commit, const std::string& path);
  Result<Status> PutCommit(const std::string& path, const std::string& text);
  Status Clean();

  const std::shared_ptr<storage::Store> store_;
  const std::string location_;
  LogParquet& parquet_;
  Clock& clock_;
  const LogOptions options_;
  std::string folder_;  ///< path in the store, with a slash at the end; set by Load
  LogState state_;
  int64_t checkpoint_ = -1;
  int checkpoints_written_ = 0;
};

/// Whether an error says that the log holds what Firn did not write. Such a mirror stops until DELTA is set anew.
bool IsForeign(const Error& error);

}  // namespace firn::delta

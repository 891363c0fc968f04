// Execution: one statement on one connection, from start to end. For this room's Run, Collect, Write; one thread at a
// time, but for the cancel token.
#pragma once

#include <atomic>
#include <duckdb.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/cancel.h"
#include "engine/connection_pool.h"
#include "engine/error_map.h"

namespace duckdb {
class ResultArrowArrayStreamWrapper;
}
namespace arrow {
class RecordBatch;
class RecordBatchReader;
}  // namespace arrow

namespace firn::engine {

/// Owns the connection and what runs on it; a call that is abandoned keeps it alive until it returns.
class Execution : public std::enable_shared_from_this<Execution> {
 public:
  /// `remote`: the data is on S3, where a call may hang; calls then run on a thread that can be left behind.
  Execution(std::shared_ptr<ConnectionPool> pool, bool remote) : pool_(std::move(pool)), remote_(remote) {}
  ~Execution();
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

  /// Runs `work` under `cancel`: interrupts it when the token stops, and answers the token's error then. After any
  /// error the execution is over.
  template <class T>
  Result<T> Call(CancelToken& cancel, std::function<Result<T>()> work) {
    auto slot = std::make_shared<std::optional<Result<T>>>();
    auto guarded = [slot, work = std::move(work), self = shared_from_this()] { slot->emplace(Caught(work)); };
    if (auto stopped = CallGuarded(cancel, std::move(guarded))) return *std::move(stopped);
    if (!(*slot)->ok()) broken_ = true;
    return *std::move(*slot);
  }

  // The following are for `work` of Call. They may throw DuckDB's exceptions.

  /// Takes a connection, hands it the statement's tables and facts.
  void Begin(const Statement& statement);
  /// Plans `sql` and starts it; the rows stream, in types that callers know if `wrap`.
  Status Start(const std::string& sql, bool wrap);
  /// Runs `sql` to its end and gives its rows.
  duckdb::unique_ptr<duckdb::MaterializedQueryResult> RunToEnd(
      const std::string& sql, duckdb::QueryResultMemoryType memory = duckdb::QueryResultMemoryType::IN_MEMORY);
  /// Plans `sql` for RunPrepared.
  duckdb::unique_ptr<duckdb::PreparedStatement> Prepare(const std::string& sql);
  /// Runs a planned statement to its end.
  duckdb::unique_ptr<duckdb::MaterializedQueryResult> RunPrepared(duckdb::PreparedStatement& prepared);
  /// The next batch of the stream, nothing at the end.
  Result<std::optional<Batch>> Next();

  duckdb::Connection& connection() { return entry_->connection; }
  duckdb::ClientContext& context() { return *entry_->connection.context; }
  const std::vector<ResultColumn>& columns() const { return columns_; }

 private:
  /// The token's error if it stopped, else nothing.
  std::optional<Error> CallGuarded(CancelToken& cancel, std::function<void()> work);
  duckdb::unique_ptr<duckdb::SQLStatement> Parse(const std::string& sql);
  duckdb::unique_ptr<duckdb::PendingQueryResult> Plan(duckdb::unique_ptr<duckdb::SQLStatement> statement,
                                                      duckdb::QueryParameters parameters);
  duckdb::unique_ptr<duckdb::PendingQueryResult> Checked(duckdb::unique_ptr<duckdb::PendingQueryResult> pending);
  void Interrupt();

  static constexpr duckdb::idx_t kBatchRows = 8192;  // the fastest measured: small batches stay in the cache

  std::shared_ptr<ConnectionPool> pool_;
  const bool remote_;
  std::unique_ptr<ConnectionPool::Entry> entry_;
  std::atomic<duckdb::ClientContext*> running_{nullptr};
  std::atomic<bool> stopping_{false};
  bool broken_ = false;  // an error, a stop or a stream cut short: the connection is not used again
  bool streaming_ = false;
  std::shared_ptr<arrow::RecordBatch> ready_;  // of a SELECT without FROM
  std::shared_ptr<arrow::RecordBatchReader> reader_;
  duckdb::ResultArrowArrayStreamWrapper* wrapper_ = nullptr;  // owned by reader_
  std::vector<ResultColumn> columns_;
  std::unique_ptr<CallThread> thread_;
};

}  // namespace firn::engine

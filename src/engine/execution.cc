#include "engine/execution.h"

#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>

#include <algorithm>
#include <duckdb/common/arrow/result_arrow_wrapper.hpp>
#include <thread>

#include "base/errors.h"
#include "engine/constant_row.h"
#include "engine/result_types.h"

namespace firn::engine {

namespace {

/// Ends what runs on the connection and waits for its tasks. Dropping the connection would not: a worker may hold its
/// context, and would go on.
void Close(std::unique_ptr<ConnectionPool::Entry> entry, std::shared_ptr<arrow::RecordBatchReader> reader) {
  try {
    // Again, since an interrupt that came while the query was planned is forgotten.
    entry->connection.Interrupt();
    reader = nullptr;
    entry->connection.context->Destroy();
  } catch (const std::exception&) {
    // Closing a connection whose statement failed may report that failure again; the caller has had it.
  }
}

/// pending.Execute() without its spinning: while other threads have all the tasks, this one makes way for them.
duckdb::unique_ptr<duckdb::QueryResult> Complete(duckdb::PendingQueryResult& pending) {
  constexpr int kYields = 16;
  constexpr std::chrono::microseconds kPauseFirst{20}, kPauseMost{200};
  int idle = 0;
  auto pause = kPauseFirst;
  while (true) {
    auto state = pending.ExecuteTask();
    if (duckdb::PendingQueryResult::IsResultReady(state)) break;
    if (state != duckdb::PendingExecutionResult::NO_TASKS_AVAILABLE) {
      if (state == duckdb::PendingExecutionResult::BLOCKED) pending.WaitForTask();
      idle = 0;
      pause = kPauseFirst;
    } else if (++idle <= kYields) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(pause);
      pause = std::min(pause * 2, kPauseMost);
    }
  }
  if (pending.HasError()) pending.ThrowError();
  auto result = pending.Execute();
  if (result->HasError()) result->ThrowError();
  return result;
}

duckdb::unique_ptr<duckdb::MaterializedQueryResult> Materialized(duckdb::unique_ptr<duckdb::QueryResult> result) {
  return duckdb::unique_ptr_cast<duckdb::QueryResult, duckdb::MaterializedQueryResult>(std::move(result));
}

}  // namespace

Execution::~Execution() {
  if (!entry_) return;
  if (!broken_ && !streaming_) {
    reader_ = nullptr;
    pool_->Give(std::move(entry_));
  } else if (remote_) {
    // A task may hang in a request; nobody waits for it.
    std::thread([pool = pool_, entry = std::move(entry_), reader = std::move(reader_)]() mutable {
      Close(std::move(entry), std::move(reader));
    }).detach();
  } else {
    Close(std::move(entry_), std::move(reader_));
  }
}

void Execution::Interrupt() {
  stopping_ = true;
  if (auto* context = running_.load()) context->Interrupt();
}

std::optional<Error> Execution::CallGuarded(CancelToken& cancel, std::function<void()> work) {
  auto& token = cancel.state();
  bool done = true;
  if (!token.stopped) {
    ListenScope listen(token, [this] { Interrupt(); });
    if (remote_) {
      if (!thread_) thread_ = std::make_unique<CallThread>();
      done = thread_->Run(std::move(work), token);
    } else {
      work();
    }
  }
  auto stopped = token.Stopped();
  if (stopped && done) broken_ = true;
  return stopped;
}

void Execution::Begin(const Statement& statement) {
  entry_ = pool_->Take(statement.time_zone);
  running_ = entry_->connection.context.get();
  entry_->state->tables = statement.tables;
  entry_->state->facts = statement.facts;
  entry_->state->sequences = statement.sequences;
}

duckdb::unique_ptr<duckdb::PendingQueryResult> Execution::Checked(
    duckdb::unique_ptr<duckdb::PendingQueryResult> pending) {
  if (pending->HasError()) pending->ThrowError();
  // DuckDB forgets an interrupt that came before the query began.
  if (stopping_) throw duckdb::InterruptException();
  return pending;
}

duckdb::unique_ptr<duckdb::PendingQueryResult> Execution::Plan(duckdb::unique_ptr<duckdb::SQLStatement> statement,
                                                               duckdb::QueryParameters parameters) {
  return Checked(context().PendingQuery(std::move(statement), parameters));
}

duckdb::unique_ptr<duckdb::SQLStatement> Execution::Parse(const std::string& sql) {
  auto statements = context().ParseStatements(sql);
  if (statements.size() != 1) throw duckdb::InternalException("%d statements in one", statements.size());
  return std::move(statements[0]);
}

duckdb::unique_ptr<duckdb::PreparedStatement> Execution::Prepare(const std::string& sql) {
  auto prepared = context().Prepare(sql);
  if (prepared->HasError()) prepared->error.Throw();
  return prepared;
}

Status Execution::Start(const std::string& sql, bool wrap) {
  std::optional<ConstantRow> row;
  if (wrap) row = ComputeKnownRow(context(), entry_->constant_plans, sql);
  auto statement = row ? nullptr : Parse(sql);
  if (wrap && !row) row = ComputeConstantRow(context(), entry_->constant_plans, sql, *statement);
  if (row) {
    columns_ = std::move(row->columns);
    ready_ = std::move(row->batch);
    return Ok();
  }
  auto pending = Plan(std::move(statement), true);
  if (wrap) {
    columns_ = ResultColumns(pending->names, pending->types);
    if (auto wrapped = WrapForResult(sql, pending->names, pending->types)) pending = Plan(Parse(*wrapped), true);
  }
  auto result = Complete(*pending);
  streaming_ = true;
  auto wrapper = std::make_unique<duckdb::ResultArrowArrayStreamWrapper>(std::move(result), kBatchRows);
  wrapper_ = wrapper.release();  // the reader's release callback deletes it
  auto reader = arrow::ImportRecordBatchReader(&wrapper_->stream);
  if (!reader.ok()) return Error(errors::kInternal, {reader.status().ToString()});
  reader_ = *std::move(reader);
  return Ok();
}

duckdb::unique_ptr<duckdb::MaterializedQueryResult> Execution::RunToEnd(const std::string& sql,
                                                                        duckdb::QueryResultMemoryType memory) {
  duckdb::QueryParameters parameters(false);
  parameters.memory_type = memory;
  return Materialized(Complete(*Plan(Parse(sql), parameters)));
}

duckdb::unique_ptr<duckdb::MaterializedQueryResult> Execution::RunPrepared(duckdb::PreparedStatement& prepared) {
  duckdb::vector<duckdb::Value> none;
  return Materialized(Complete(*Checked(prepared.PendingQuery(none, false))));
}

Result<std::optional<Batch>> Execution::Next() {
  if (ready_) return std::optional<Batch>(Batch(std::exchange(ready_, nullptr)));
  if (!streaming_) return std::optional<Batch>();
  std::shared_ptr<arrow::RecordBatch> batch;
  auto status = reader_->ReadNext(&batch);
  if (!status.ok()) {
    if (wrapper_->last_error.HasError()) return MapError(wrapper_->last_error);
    return Error(errors::kInternal, {status.ToString()});
  }
  if (batch) return std::optional<Batch>(Batch(std::move(batch)));
  // A commit that failed is reported in the result; the end of the stream alone does not say so.
  if (wrapper_->result->HasError()) return MapError(wrapper_->result->GetErrorObject());
  streaming_ = false;
  reader_ = nullptr;
  return std::optional<Batch>();
}

}  // namespace firn::engine

#include "engine/duck_engine.h"

#include <duckdb/parser/parser.hpp>
#include <duckdb/planner/planner.hpp>

#include "base/errors.h"
#include "engine/error_map.h"
#include "engine/kept_rows.h"
#include "engine/lake_scan.h"
#include "engine/native.h"
#include "engine/partition_transform.h"
#include "engine/position_deletes.h"
#include "engine/result_types.h"

namespace firn::engine {

namespace {

constexpr int64_t kDeleteCacheBytes = 256 << 20;

class Stream : public ResultStream {
 public:
  Stream(std::shared_ptr<Execution> execution, CancelToken& cancel)
      : execution_(std::move(execution)), cancel_(cancel) {}

  const std::vector<ResultColumn>& columns() const override { return execution_->columns(); }

  Result<std::optional<Batch>> Next() override {
    return execution_->Call<std::optional<Batch>>(cancel_, [running = execution_.get()] { return running->Next(); });
  }

 private:
  std::shared_ptr<Execution> execution_;
  CancelToken& cancel_;
};

}  // namespace

DuckEngine::DuckEngine(std::shared_ptr<duckdb::DuckDB> database, bool remote)
    : pool_(std::make_shared<ConnectionPool>(std::move(database))), remote_(remote) {}

void DuckEngine::RegisterOwn() {
  // The pool owns the database, which owns the scan, which owns the cache.
  auto read = [weak = std::weak_ptr(pool_), remote = remote_](
                  const iceberg::DataFile& file) -> Result<std::vector<std::pair<std::string, uint64_t>>> {
    auto pool = weak.lock();
    if (!pool) return Error(errors::kCanceled);
    return ReadPositions(std::make_shared<Execution>(std::move(pool), remote), file.path);
  };
  auto deletes = std::make_shared<DeleteCache>(kDeleteCacheBytes, std::move(read));
  duckdb::Connection connection(database());
  RegisterLakeScan(connection, std::move(deletes));
  RegisterTransform(connection);
  RegisterPositions(connection);
}

Result<std::unique_ptr<ResultStream>> DuckEngine::Run(Statement statement, CancelToken& cancel) {
  auto execution = NewExecution();
  FIRN_TRY(execution->Call<void>(cancel, [running = execution.get(), statement = std::move(statement)]() -> Status {
    running->Begin(statement);
    return running->Start(statement.sql, true);
  }));
  return std::unique_ptr<ResultStream>(std::make_unique<Stream>(std::move(execution), cancel));
}

Result<std::vector<Batch>> DuckEngine::Collect(Statement statement, CancelToken& cancel,
                                               std::vector<ResultColumn>* columns) {
  FIRN_ASSIGN(auto stream, Run(std::move(statement), cancel));
  std::vector<Batch> batches;
  while (true) {
    FIRN_ASSIGN(auto batch, stream->Next());
    if (!batch) break;
    batches.push_back(*std::move(batch));
  }
  if (columns != nullptr) *columns = stream->columns();
  return batches;
}

Result<std::shared_ptr<KeptRows>> DuckEngine::Keep(Statement statement, CancelToken& cancel) {
  auto execution = NewExecution();
  return execution->Call<std::shared_ptr<KeptRows>>(cancel,
                                                    [running = execution.get(), statement = std::move(statement),
                                                     pool = pool_]() -> Result<std::shared_ptr<KeptRows>> {
                                                      running->Begin(statement);
                                                      auto result = running->RunToEnd(
                                                          statement.sql, duckdb::QueryResultMemoryType::BUFFER_MANAGED);
                                                      return KeepRows(pool, *result);
                                                    });
}

Result<std::vector<ResultColumn>> DuckEngine::Describe(Statement statement) {
  auto execution = NewExecution();
  CancelToken never;
  return execution->Call<std::vector<ResultColumn>>(
      never, [running = execution.get(), statement = std::move(statement)]() -> Result<std::vector<ResultColumn>> {
        running->Begin(statement);
        duckdb::Parser parser(running->context().GetParserOptions());
        parser.ParseQuery(statement.sql);
        if (parser.statements.size() != 1) return Error(errors::kInternal, {"not one statement: " + statement.sql});
        std::vector<ResultColumn> columns;
        running->context().RunFunctionInTransaction([&] {
          duckdb::Planner planner(running->context());
          planner.CreatePlan(std::move(parser.statements[0]));
          columns = ResultColumns(planner.names, planner.types);
        });
        return columns;
      });
}

Result<std::string> DuckEngine::Explain(Statement statement) {
  auto execution = NewExecution();
  CancelToken never;
  return execution->Call<std::string>(
      never, [running = execution.get(), statement = std::move(statement)]() -> Result<std::string> {
        running->Begin(statement);
        auto rows = running->RunToEnd("EXPLAIN (FORMAT json) " + statement.sql);
        std::string text;
        for (duckdb::idx_t row = 0; row < rows->RowCount(); ++row) text += rows->GetValue(1, row).ToString();
        return text;
      });
}

duckdb::DuckDB& DatabaseOf(Engine& engine) { return static_cast<DuckEngine&>(engine).database(); }

Status RegisterWith(Engine& engine, const std::function<void(duckdb::Connection&)>& registrar) {
  return Caught([&]() -> Status {
    duckdb::Connection connection(DatabaseOf(engine));
    connection.BeginTransaction();
    registrar(connection);
    connection.Commit();
    return Ok();
  });
}

}  // namespace firn::engine

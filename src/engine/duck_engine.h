// The Engine over DuckDB. For this room; made by Engine::Open.
#pragma once

#include <duckdb.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/connection_pool.h"
#include "engine/engine.h"
#include "engine/execution.h"

namespace firn::engine {

class DuckEngine : public Engine {
 public:
  DuckEngine(std::shared_ptr<duckdb::DuckDB> database, bool remote);

  /// Registers lake_scan and the functions that writing needs. Throws DuckDB's exceptions.
  void RegisterOwn();

  Result<std::unique_ptr<ResultStream>> Run(Statement statement, CancelToken& cancel) override;
  Result<std::vector<Batch>> Collect(Statement statement, CancelToken& cancel,
                                     std::vector<ResultColumn>* columns) override;
  Result<std::shared_ptr<KeptRows>> Keep(Statement statement, CancelToken& cancel) override;
  Result<std::vector<ResultColumn>> Describe(Statement statement) override;
  Result<std::string> Explain(Statement statement) override;
  Result<std::vector<iceberg::DataFile>> Write(Statement statement, const WriteTarget& target,
                                               CancelToken& cancel) override;
  Result<std::vector<iceberg::DataFile>> WritePositionDeletes(
      const std::vector<std::pair<std::string, std::vector<uint64_t>>>& positions, const WriteTarget& target,
      CancelToken& cancel) override;
  Result<std::vector<std::pair<std::string, uint64_t>>> ReadPositionDeletes(const std::string& uri) override;

  duckdb::DuckDB& database() { return pool_->database(); }

 private:
  std::shared_ptr<Execution> NewExecution() { return std::make_shared<Execution>(pool_, remote_); }

  std::shared_ptr<ConnectionPool> pool_;
  const bool remote_;
};

}  // namespace firn::engine

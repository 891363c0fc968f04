// Connections: one DuckDB connection a running statement, kept for the next when clean. For this room.
#pragma once

#include <duckdb.hpp>
#include <duckdb/main/client_context_state.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/constant_row.h"
#include "engine/engine.h"

namespace firn::engine {

/// What the running statement brings: read by lake_scan and FactOf through the ClientContext. Set while no query runs.
struct StatementState : duckdb::ClientContextState {
  static constexpr const char* kKey = "firn_statement";
  static std::shared_ptr<const PinnedTable> TableAt(duckdb::ClientContext& context, int64_t index);

  std::vector<std::shared_ptr<const PinnedTable>> tables;
  std::shared_ptr<const std::map<std::string, std::string>> facts;
  std::vector<SequenceSource> sequences;
};

class ConnectionPool : public std::enable_shared_from_this<ConnectionPool> {
 public:
  struct Entry {
    explicit Entry(duckdb::DuckDB& database);
    duckdb::Connection connection;
    duckdb::shared_ptr<StatementState> state;
    ConstantPlans constant_plans;
    std::string time_zone = "UTC";  ///< the engine's default
  };

  explicit ConnectionPool(std::shared_ptr<duckdb::DuckDB> database) : database_(std::move(database)) {}

  /// An idle connection, with `time_zone` set on it if there is one. May throw DuckDB's exceptions.
  std::unique_ptr<Entry> Take(const std::string& time_zone);
  /// Gives a connection back on which nothing runs and which holds no temporary objects.
  void Give(std::unique_ptr<Entry> entry);
  duckdb::DuckDB& database() { return *database_; }

 private:
  static constexpr size_t kIdleMax = 64;
  std::shared_ptr<duckdb::DuckDB> database_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Entry>> idle_;
};

}  // namespace firn::engine

// ConstantRow: the row of a SELECT without FROM, computed on the caller's thread. Drivers and tools send such queries
// all the time, and DuckDB would optimize each, cut it into tasks and wake its threads for it. For this room's
// Execution.
#pragma once

#include <duckdb.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"

namespace firn::engine {

struct ConstantRow {
  std::vector<ResultColumn> columns;
  std::shared_ptr<arrow::RecordBatch> batch;
};

/// The plans of such queries that hold literals only, by text, so that a ping costs neither parsing nor binding. One a
/// connection, since what is bound belongs to it.
class ConstantPlans {
 public:
  ConstantPlans();
  ~ConstantPlans();
  struct Plan;
  const Plan* Find(const std::string& sql) const;
  void Keep(const std::string& sql, std::unique_ptr<Plan> plan);

 private:
  static constexpr size_t kPlansMax = 32;
  static constexpr size_t kTextMax = 1000;
  std::map<std::string, std::unique_ptr<Plan>, std::less<>> plans_;
};

/// Nothing where the plan of `sql` is not kept.
std::optional<ConstantRow> ComputeKnownRow(duckdb::ClientContext& context, const ConstantPlans& plans,
                                           const std::string& sql);
/// `statement` is `sql`, parsed. Nothing where it is any other query, or has a column that results do not carry as it
/// is. Throws DuckDB's exceptions, as running the query would.
std::optional<ConstantRow> ComputeConstantRow(duckdb::ClientContext& context, ConstantPlans& plans,
                                              const std::string& sql, const duckdb::SQLStatement& statement);

}  // namespace firn::engine

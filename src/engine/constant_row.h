// ConstantRow: the row of a SELECT without FROM, computed on the caller's thread. Drivers and tools send such queries
// all the time, and DuckDB would optimize each, cut it into tasks and wake its threads for it. For this room's
// Execution.
#pragma once

#include <duckdb.hpp>
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

/// Nothing where `sql` is any other query, or has a column that results do not carry as it is. Throws DuckDB's
/// exceptions, as running the query would.
std::optional<ConstantRow> ComputeConstantRow(duckdb::ClientContext& context, const std::string& sql);

}  // namespace firn::engine

// An upper bound for the rows of a plan, so that a small write can take the short way. For this room.
#pragma once

#include <duckdb.hpp>
#include <duckdb/execution/physical_operator.hpp>

namespace firn::engine {

/// At least as many rows as `op` can give; infinity where the plan does not say.
double RowBound(duckdb::ClientContext& context, const duckdb::PhysicalOperator& op);

}  // namespace firn::engine

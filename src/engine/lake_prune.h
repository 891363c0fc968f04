// DuckDB's pushed-down filters as Iceberg's ranges, for pruning by partition values. For this room.
#pragma once

#include <duckdb.hpp>
#include <duckdb/planner/table_filter.hpp>

#include "engine/lake_table.h"

namespace firn::engine {

/// Narrows `range` (of a column of type `stored`) by `filter`; what has no form as a range is left out.
void Narrow(const duckdb::TableFilter& filter, const iceberg::Type& stored, iceberg::ColumnRange* range);

/// A range of the column without restriction; give it to Narrow.
iceberg::ColumnRange WholeRange(int field_id);

}  // namespace firn::engine

// Which column of a source fills which column of the table: INSERT and multi-table INSERT.
#pragma once

#include <string>
#include <vector>

#include "statements/execution.h"

namespace firn::statements {

/// For each column of the table, which of the `given` columns of the source fills it (-1: its default).
/// Errors: kInsertColumns, kInvalidIdentifier, kDuplicateColumn.
Result<std::vector<int>> MapColumns(const planner::FoundTable& table, const std::vector<sql::Ident>& named,
                                    size_t given);

/// DuckDB text that gives the table's columns, cast, from `source` (DuckDB text in FROM with `width` columns).
Result<std::string> InsertSelect(Execution& run, const planner::FoundTable& table, const std::vector<int>& from,
                                 const std::string& source, size_t width);

}  // namespace firn::statements

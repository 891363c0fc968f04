// SET lists of UPDATE and MERGE: for every column of the table the DuckDB text of its new value.
#pragma once

#include <string>
#include <vector>

#include "sql/statement_dml.h"
#include "statements/execution.h"

namespace firn::statements {

/// Columns that are not assigned keep `target`'s value (target: quoted alias). Resolves the values.
/// Errors: kInvalidIdentifier, kDuplicateColumn; those of resolving.
Result<std::vector<std::string>> AssignedValues(Execution& run, const planner::FoundTable& table,
                                                const std::string& target, std::vector<sql::Assignment>& assignments);
/// Values for a new row: VALUES of MERGE … INSERT. Errors: kInsertColumns too.
Result<std::vector<std::string>> InsertedValues(Execution& run, const planner::FoundTable& table,
                                                const std::vector<sql::Ident>& columns,
                                                std::vector<sql::ExprPtr>& values);
/// The table's columns, quoted, comma-separated.
std::string ColumnNames(const planner::FoundTable& table);
/// A kept row whose target occurs twice, as the error text shows it: `1, "a", NULL`.
Result<std::string> RepeatedRow(Execution& run, const planner::FoundTable& table, const engine::KeptRows& kept);

}  // namespace firn::statements

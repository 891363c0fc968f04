// What can be told of a query from its text alone: the names and number of its columns, whether a common table is
// recursive. For the resolver, before anything is bound. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "sql/query.h"

namespace firn::planner {

/// RECURSIVE may be left out: a table whose second branch of UNION ALL names it is recursive. One that names itself
/// elsewhere means the table of the catalog.
bool IsRecursive(const sql::CommonTable& table);

/// The names of a query's columns, where they can be told from the text; else none.
std::vector<std::string> NamesOf(const sql::Query& query);
std::vector<std::string> NamesOf(const sql::CommonTable& table);

/// SELECT DISTINCT a … ORDER BY b: each row may have several b. Errors: kInvalidExpression.
Status CheckDistinctOrder(const sql::Query& query);

/// Both branches have as many columns, as far as that can be told. Errors: kSetOperatorColumns.
Status CheckWidths(const sql::SetOperation& set);

}  // namespace firn::planner

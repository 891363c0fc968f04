// The tables and views that a query names, before it is resolved: for a definition that must not name itself.
#pragma once

#include <vector>

#include "sql/query.h"

namespace firn::statements {

/// Names in FROM of the query, its subqueries and WITH, but those of its common tables; as written.
std::vector<sql::ObjectName> RelationNames(sql::Query& query);

}  // namespace firn::statements

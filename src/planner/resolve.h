// Resolving: replaces what a query names by what it means, in one walk: tables become lake_scan(n) over pins, views
// their query, binds and variables their values, functions what the function table says. Afterwards the tree prints.
// One resolver a statement; one thread.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "planner/context.h"
#include "sql/query.h"

namespace firn::planner {

constexpr int kViewDepthMax = 64;  ///< views over views

/// Errors: kObjectNotFound, kUnknownFunction, kUnsupported … with the place in the text.
Status ResolveQuery(StatementContext& context, sql::Query& query);
/// An expression outside of a query (SET, VALUES of MERGE …): may hold subqueries.
Status ResolveExpr(StatementContext& context, sql::ExprPtr& expr);
/// A relation outside of a query: the source of MERGE, UPDATE … FROM, DELETE … USING.
Status ResolveRelation(StatementContext& context, sql::RelationPtr& relation);

/// An expression over a stage's files: $1, $2 … are c0, c1 … of `alias`.
Status ResolveStageColumns(StatementContext& context, sql::ExprPtr& expr, const std::string& alias);

/// Resolves and prints a query for the engine.
Result<engine::Statement> PlanQuery(StatementContext& context, sql::Query& query);

}  // namespace firn::planner

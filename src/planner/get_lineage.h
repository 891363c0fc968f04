// Lineage as SQL: the table function SNOWFLAKE.CORE.GET_LINEAGE and the view
// SNOWFLAKE.ACCOUNT_USAGE.OBJECT_DEPENDENCIES, made from the definitions in the pinned state of the catalog.
// https://docs.snowflake.com/en/sql-reference/functions/get_lineage-snowflake-core
// https://docs.snowflake.com/en/sql-reference/account-usage/object_dependencies
#pragma once

#include "planner/context.h"
#include "sql/query.h"

namespace firn::planner {

/// Replaces `relation` if its call is SNOWFLAKE.CORE.GET_LINEAGE(…). False: it is not. Errors: kObjectNotFound,
/// kInvalidExpression, kTooFewArguments.
Result<bool> PlanGetLineage(StatementContext& context, const sql::Call& call, sql::RelationPtr& relation);

/// Replaces `relation` if `name` is that view's and no database SNOWFLAKE of the account hides it.
bool PlanObjectDependencies(StatementContext& context, const FullName& name, sql::RelationPtr& relation);

}  // namespace firn::planner

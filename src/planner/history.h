// Table functions of INFORMATION_SCHEMA over the runs that the catalog keeps: TASK_HISTORY and
// DYNAMIC_TABLE_REFRESH_HISTORY. https://docs.snowflake.com/en/sql-reference/functions/task_history
#pragma once

#include "planner/context.h"
#include "sql/query.h"

namespace firn::planner {

/// Replaces `relation` if its call is one of them: [db.]INFORMATION_SCHEMA.TASK_HISTORY(…) or the other. False: it is
/// none. Errors: kInvalidExpression for an argument that the function has not.
Result<bool> PlanHistory(StatementContext& context, const sql::Call& call, sql::RelationPtr& relation);

}  // namespace firn::planner

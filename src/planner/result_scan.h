// TABLE(RESULT_SCAN('query id')): the answer of an earlier statement of this session as a relation.
// https://docs.snowflake.com/en/sql-reference/functions/result_scan
#pragma once

#include "planner/context.h"
#include "sql/query.h"

namespace firn::planner {

/// Replaces `relation` (whose call this is). Errors: kResultNotFound.
Status PlanResultScan(StatementContext& context, const sql::Call& call, sql::RelationPtr& relation);

/// Rows as a relation with typed, named columns; cells as in session::Answer. No rows: an empty relation.
std::string RowsAsRelation(const std::vector<session::OutputColumn>& columns, const std::vector<session::Row>& rows);

}  // namespace firn::planner

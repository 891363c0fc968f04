// ERROR_TABLE(t) in FROM: the table that keeps what could not be written to `t`, as `t`'s object option names it by its
// id. For the resolver. https://docs.snowflake.com/en/user-guide/data-engineering/error-tables
#pragma once

#include "planner/context.h"
#include "sql/query.h"

namespace firn::planner {

/// Object option of a base table: the id of its error table.
inline constexpr const char* kErrorTable = "ERROR_TABLE";

/// Replaces `relation` by the error table's name and gives true where `call` is ERROR_TABLE(name).
/// Errors: kObjectNotFound; kInvalidExpression for a table without one.
Result<bool> NameErrorTable(StatementContext& context, const sql::Call& call, sql::Relation* relation);

}  // namespace firn::planner

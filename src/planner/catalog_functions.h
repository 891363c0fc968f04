// Functions that ask the catalog, which `functions` cannot see: one row a function (name, what answers it).
#pragma once

#include "planner/context.h"
#include "sql/ast.h"

namespace firn::planner {

/// Replaces `expr` by its value and gives true where `call` (which is `expr`'s node) is such a function. Arguments must
/// be constant. Errors: kMissingArgument, kObjectNotFound.
Result<bool> CatalogFunction(StatementContext& context, const sql::Call& call, sql::ExprPtr* expr);

}  // namespace firn::planner

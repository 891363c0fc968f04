// GET_DDL: the statement that makes an object anew, from its definition in the catalog.
// https://docs.snowflake.com/en/sql-reference/functions/get_ddl
#pragma once

#include <string>

#include "base/result.h"
#include "planner/context.h"

namespace firn::planner {

/// `kind` as GET_DDL names it ("TABLE", "FILE_FORMAT"); `full`: names are written with database and schema.
/// Errors: kInvalidValue for an unknown kind; kObjectNotFound, kKindNotFound; those of names.
Result<std::string> GetDdl(StatementContext& context, const std::string& kind, const std::string& name, bool full,
                           Position at);

}  // namespace firn::planner

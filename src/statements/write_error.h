// The error of INSERT, UPDATE, MERGE and CREATE TABLE … AS over a value that cannot be computed or written, as
// Snowflake words it: "DML operation to table T failed on column C with error: …", with the code of the error itself.
// The engine does not say which column it was, so the rows are computed again, column by column, after the failure.
#pragma once

#include <string>

#include "planner/context.h"
#include "statements/execution.h"

namespace firn::statements {

struct FailedWrite {
  std::string table;  ///< as the statement names it
  const planner::FoundTable& target;
  engine::Statement rows;   ///< has the table's columns, by name
  std::string values = {};  ///< the same before their casts; a failure of these names no column
};

/// `error` under the name of the first column that fails so; as it is where it is about no value, or about one that is
/// not written (WHERE, ON).
Error WriteError(Execution& run, const FailedWrite& failed, Error error);

}  // namespace firn::statements

// BEGIN, COMMIT, ROLLBACK. https://docs.snowflake.com/en/sql-reference/sql/begin, …/commit, …/rollback
#include "statements/object_names.h"

namespace firn::statements {

Result<Answer> Execute(Execution& run, sql::Begin&) {
  run.transaction().Begin(run.context.now);  // a second BEGIN is ignored
  return Succeeded(run);
}

Result<Answer> Execute(Execution& run, sql::Commit&) {
  auto committed = run.transaction().Commit(run.catalog(), [&] { return run.cancel.canceled(); });
  if (!committed.ok()) return std::move(committed).error();
  return Succeeded(run);
}

Result<Answer> Execute(Execution& run, sql::Rollback&) {
  run.transaction().Rollback(run.catalog());
  return Succeeded(run);
}

}  // namespace firn::statements

// GRANT and REVOKE. The catalog has no place for grants, and a grant that restricts nobody would be a lie: refused.
// https://docs.snowflake.com/en/sql-reference/sql/grant-privilege
#include "base/errors.h"
#include "statements/execution.h"

namespace firn::statements {

namespace {

Error Refused(const Execution& run, bool revoke, const char* what) {
  return Error(
      errors::kUnsupported,
      {std::string(revoke ? "REVOKE " : "GRANT ") + what + ": grants are not enforced, every user has all rights"},
      run.statement.at);
}

}  // namespace

Result<Answer> Execute(Execution& run, sql::Grant& grant) {
  bool ownership = grant.privileges.size() == 1 && grant.privileges[0] == "OWNERSHIP";
  return Refused(run, grant.revoke, ownership ? "OWNERSHIP" : "of privileges");
}

Result<Answer> Execute(Execution& run, sql::GrantRole& grant) { return Refused(run, grant.revoke, "ROLE"); }

}  // namespace firn::statements

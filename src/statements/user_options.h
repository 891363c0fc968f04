// What CREATE USER and ALTER USER have in common: options with the password, and which roles a user may be given.
#pragma once

#include <vector>

#include "statements/execution.h"

namespace firn::statements {

/// Until grants are enforced every user has all rights, so a user or token that should have fewer is refused.
constexpr const char* kOnlyRole = "ACCOUNTADMIN";
/// Errors: kUnsupported for another role than kOnlyRole; `what` names the clause.
Status CheckRole(const std::string& role, const char* what);

/// Sets options of a user; passwords are kept as argon2id. Errors: kInvalidOption, kInvalidValue, kUnsupported.
Status SetUserOptions(Execution& run, const std::vector<sql::Option>& options, catalog::Object* user);

/// ACCOUNTADMIN, SYSADMIN …: neither replaced, renamed nor dropped.
bool IsSystemRole(const std::string& role);

constexpr size_t kPasswordBytesMax = 256;  ///< Snowflake's own limit

}  // namespace firn::statements

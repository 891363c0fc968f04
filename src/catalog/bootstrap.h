// The first entry of a new account. For Catalog::Open.
#pragma once

#include <string>

#include "catalog/commit.h"

namespace firn::catalog {

/// Roles ACCOUNTADMIN, SYSADMIN, SECURITYADMIN, USERADMIN, PUBLIC, the warehouse COMPUTE_WH, and the user ADMIN with
/// that password.
Transaction NewAccount(const std::string& admin_password);

}  // namespace firn::catalog

// ADMIN's first password: where it comes from and where it is kept.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/options.h"

namespace firn::cli {

struct AdminPassword {
  std::string text;  ///< for a new account; empty: the catalog makes one
  std::string file;  ///< where it is kept, or empty
};

/// FIRN_ADMIN_PASSWORD, else the file's. On the first start of a lake a missing file is written with a random password
/// (mode 0600), before the account is made: so it cannot be lost between the two. Errors: kInvalidInput (the file may
/// be read by others, or is empty), kStorage.
Result<AdminPassword> FindAdminPassword(const LakeOptions& lake, const std::string& file);

/// The file's first line. Errors: as above.
Result<std::string> ReadPasswordFile(const std::string& file);

}  // namespace firn::cli

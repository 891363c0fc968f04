// The error table, continued: what is wrong with staged files (COPY INTO, SELECT from stages). Rows as in errors.h,
// sorted by code.
#pragma once

#include "base/result.h"

namespace firn::errors {

// clang-format off
inline constexpr ErrorRow kFileNotFound           {91016,  "22000", "Remote file '{0}' was not found. There are several potential causes. The file might not exist. The required credentials may be missing or invalid. If you are running a copy command, please make sure files are not deleted when they are being loaded or files are not being loaded into two different tables concurrently with auto purge option."};
inline constexpr ErrorRow kFoundCharacter         {100065, "22000", "Found character '{0}' instead of field delimiter '{1}'"};
inline constexpr ErrorRow kEndOfRecord            {100068, "22000", "End of record reached while expected to parse column '{0}'"};
inline constexpr ErrorRow kNullField              {100088, "22000", "NULL result in a non-nullable column. Use quotes if an empty field should be interpreted as an empty string instead of a null"};
// clang-format on

}  // namespace firn::errors

// Percent-encoding of what goes into an address (RFC 3986, section 2.1). Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace firn {

/// Everything but unreserved characters as %XX, upper case; `/` stays where `keep_slash`.
std::string PercentEncode(std::string_view text, bool keep_slash = false);

}  // namespace firn

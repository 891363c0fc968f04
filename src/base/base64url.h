// base64url without padding (RFC 4648, section 5), for tokens and cursors that travel in headers and URLs. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace firn {

std::string Base64Url(std::string_view bytes);

/// Takes only what Base64Url writes: base64 has spare bits at its end, and a changed token must not be the same token.
/// False for all else.
bool FromBase64Url(std::string_view text, std::string* out);

}  // namespace firn

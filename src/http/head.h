// Response heads as text, and the Date line. Inner part of `http`; pure functions, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/message.h"

namespace firn::http {

/// "Not Found"; "Unknown" for a status without a registered phrase.
std::string_view ReasonPhrase(int status);

/// 1xx, 204 and 304 have no body (RFC 9110, 6.4.1).
bool StatusHasBody(int status);

struct Framing {
  std::optional<uint64_t> content_length;  ///< none: chunked, or up to the close of an HTTP/1.0 connection
  bool chunked = false;
  bool close = false;
  bool http10 = false;
};

/// Appends status line and fields up to the empty line. CR, LF and NUL inside values become blanks, so that a value
/// cannot begin another field. `date_line` is "Date: …\r\n".
void AppendHead(const Response& response, const Framing& framing, std::string_view date_line, std::string* out);

/// "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n" (RFC 9110, 5.6.7).
std::string DateLine(Micros now);

}  // namespace firn::http

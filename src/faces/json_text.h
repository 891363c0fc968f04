// JSON as text, written by hand where an answer is built for every statement. Pure; any thread.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace firn::faces {

/// `text` between quotes. Bytes that are no UTF-8 become U+FFFD, so that the answer is JSON whatever a user sent.
void AppendJsonString(std::string_view text, std::string* out);
/// The same, or null for an empty text.
void AppendJsonStringOrNull(std::string_view text, std::string* out);

inline void AppendNumber(int64_t value, std::string* out) {
  char digits[20];
  auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  out->append(digits, static_cast<size_t>(end - digits));
}

/// JSON text in the layout of Snowflake's results: `indent` blanks a level, `"k": v`, `[]` and `{}` for empty ones;
/// 0 means one line without blanks. What is not JSON (`undefined`, NaN) is copied word by word.
void AppendIndentedJson(std::string_view json, int indent, std::string* out);

}  // namespace firn::faces

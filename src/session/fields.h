// Fields of a text that is kept or signed: length, colon, bytes; no byte of a value can be taken for structure. For
// session tokens and the marks of sessions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace firn::session {

void AppendField(std::string_view value, std::string* out);
/// Takes the first field off `rest`; nothing: there is no whole one.
std::optional<std::string> TakeField(std::string_view* rest);

}  // namespace firn::session

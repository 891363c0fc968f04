// Where the tokens of JSON text begin and end, for the readers of VARIANT. Nothing here checks the text: what follows a
// position is taken as well formed, and the end of the text ends everything. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace firn::functions {

inline bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
size_t SkipBlanks(std::string_view text, size_t at);
std::string_view TrimBlanks(std::string_view text);

/// Past the string token that begins at `at`.
size_t EndOfString(std::string_view text, size_t at);
/// Past the value that begins at `at` (no blank there).
size_t EndOfValue(std::string_view text, size_t at);

/// Appends what the escape at `at` (just after the backslash) means and moves past it; an unknown one is its letter.
void TakeEscape(std::string_view text, size_t* at, std::string* out);

}  // namespace firn::functions

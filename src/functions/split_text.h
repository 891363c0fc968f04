// Splitting of text at separators, shared by string functions and table functions. Pure.
#pragma once

#include <string_view>
#include <vector>

namespace firn::functions {

/// The parts between occurrences of `separator`; the whole text where that is empty.
std::vector<std::string_view> SplitBy(std::string_view text, std::string_view separator);
/// The runs of characters that are not in `delimiters`.
std::vector<std::string_view> TokensOf(std::string_view text, std::string_view delimiters);

}  // namespace firn::functions

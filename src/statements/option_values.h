// The right sides of `NAME = value` as text, numbers and truth values, and how lists are kept as text in an OptionMap.
// For every statement that takes options.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "statements/execution.h"

namespace firn::statements {

/// The value as text: a string decoded, a word in upper case, a name folded, a boolean "true" or "false", NULL "",
/// a $variable or bind its value. Errors: kInvalidValue for a list.
Result<std::string> OptionText(Execution& run, const sql::Option& option);
/// Errors: kInvalidValue.
Result<int64_t> OptionNumber(Execution& run, const sql::Option& option, int64_t low, int64_t high);
Result<bool> OptionBoolean(Execution& run, const sql::Option& option);
/// The items of (a, 'b'), or the one value. Errors: kInvalidValue.
Result<std::vector<std::string>> OptionList(Execution& run, const sql::Option& option);
/// kInvalidValue with the value as it was written; `keep_quotes`: as parameters of file formats show it.
Error InvalidOptionValue(const sql::Option& option, bool keep_quotes = false);

/// A list as an OptionMap keeps it: ('a', 'it''s'). And back; text that is no such list is one item.
std::string ListText(const std::vector<std::string>& items);
std::vector<std::string> ListItems(std::string_view text);

}  // namespace firn::statements

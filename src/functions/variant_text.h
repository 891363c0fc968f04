// The text that VARIANT, OBJECT and ARRAY values are: compact JSON with keys sorted by their bytes and each key once,
// numbers exact. It differs from JSON (RFC 8259) in one word: an array item that is SQL NULL is `undefined`, as
// Snowflake prints it. A number with an exponent is a DOUBLE, one without is INTEGER or DECIMAL without trailing zeros;
// so two values are equal where their texts are. Dates, times and binaries are strings: their type is not kept.
// Readers below accept blanks between tokens, since other engines write such columns too. Pure; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace firn::functions {

enum class VariantKind { kUndefined, kNull, kBoolean, kInteger, kDecimal, kDouble, kString, kArray, kObject };
VariantKind KindOfVariant(std::string_view value);
/// "INTEGER", "DECIMAL", "DOUBLE", "VARCHAR", "BOOLEAN", "ARRAY", "OBJECT", "NULL_VALUE": as TYPEOF answers.
const char* TypeofName(VariantKind kind);

enum class DuplicateKeys { kError, kLastWins };
/// Reads JSON as PARSE_JSON does (also single quotes, bare keys, missing items, a comma at the end) and gives the
/// canonical text; nullopt where the text is blank. Errors: kBadJson.
Result<std::optional<std::string>> CanonicalJson(std::string_view text,
                                                 DuplicateKeys duplicates = DuplicateKeys::kError);

void AppendQuoted(std::string* out, std::string_view text);
std::string Quoted(std::string_view text);
/// The text of a JSON string token, without its quotes and escapes.
std::string Unquoted(std::string_view token);

/// Calls `take(item)` for each item of an array until it says false.
void ForEachItem(std::string_view array, const std::function<bool(std::string_view item)>& take);
/// Calls `take(key token, value)` for each member of an object, in written order, until it says false.
void ForEachMember(std::string_view object,
                   const std::function<bool(std::string_view key_token, std::string_view value)>& take);
std::vector<std::string_view> ItemsOf(std::string_view array);
std::vector<std::pair<std::string, std::string_view>> MembersOf(std::string_view object);

/// The member `key`, or the item `index` (from 0); nullopt where there is none or `value` is of another kind.
std::optional<std::string_view> MemberOf(std::string_view value, std::string_view key, bool ignore_case = false);
std::optional<std::string_view> ItemAt(std::string_view value, int64_t index);
/// Follows a path as GET_PATH takes it: a.b[0]["odd key"]. Errors: kInvalidValue for a path that cannot be read.
Result<std::optional<std::string_view>> FollowPath(std::string_view value, std::string_view path);

std::string ArrayText(const std::vector<std::string_view>& items);
std::string ObjectText(std::vector<std::pair<std::string, std::string_view>> members);
/// With line breaks and `indent` blanks a level, as a VARIANT column is shown; indent 0 gives the compact text back.
std::string PrettyVariant(std::string_view value, int indent = 2);

/// The order of values: booleans, numbers by value, strings by their bytes, containers by their text, null, undefined.
bool VariantLess(std::string_view a, std::string_view b);

/// What TO_VARCHAR gives: a string without quotes, a number as it prints, containers as they are; nullopt for null.
std::optional<std::string> VariantToText(std::string_view value);

}  // namespace firn::functions

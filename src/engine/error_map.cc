#include "engine/error_map.h"

#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <mutex>
#include <set>
#include <string_view>
#include <vector>

#include "base/errors.h"
#include "engine/native.h"

namespace firn::engine {

namespace {

using duckdb::ExceptionType;
using Captures = std::vector<std::string>;

constexpr const char* kRowKey = "firn_row";
constexpr const char* kArgumentKey = "firn_argument_";

/// The rows that SnowflakeExceptions carried: an address in an error's extra info counts only if it is one of them.
struct CarriedRows {
  std::mutex mutex;
  std::set<uintptr_t> rows;
};
CarriedRows& Carried() {
  static auto* carried = new CarriedRows();
  return *carried;
}

duckdb::unordered_map<std::string, std::string> Encode(const Error& error) {
  auto address = reinterpret_cast<uintptr_t>(&error.row());
  {
    std::lock_guard lock(Carried().mutex);
    Carried().rows.insert(address);
  }
  duckdb::unordered_map<std::string, std::string> info;
  info[kRowKey] = std::to_string(address);
  for (size_t i = 0; i < error.args().size(); ++i) info[kArgumentKey + std::to_string(i)] = error.args()[i];
  return info;
}

std::optional<Error> Decode(const duckdb::ErrorData& error) {
  auto found = error.ExtraInfo().find(kRowKey);
  if (found == error.ExtraInfo().end()) return std::nullopt;
  uintptr_t address = 0;
  const auto& text = found->second;
  std::from_chars(text.data(), text.data() + text.size(), address);
  {
    std::lock_guard lock(Carried().mutex);
    if (!Carried().rows.contains(address)) return std::nullopt;
  }
  std::vector<std::string> args;
  for (size_t i = 0;; ++i) {
    auto arg = error.ExtraInfo().find(kArgumentKey + std::to_string(i));
    if (arg == error.ExtraInfo().end()) break;
    args.push_back(arg->second);
  }
  return Error(*std::bit_cast<const ErrorRow*>(address), std::move(args));
}

/// Matches the beginning of `text` against `pattern`, where each `{}` takes the least text that lets the rest match.
bool Match(std::string_view pattern, std::string_view text, Captures* captures) {
  captures->clear();
  size_t hole = pattern.find("{}");
  if (!text.starts_with(pattern.substr(0, hole))) return false;
  if (hole == std::string_view::npos) return true;
  text.remove_prefix(hole);
  pattern.remove_prefix(hole + 2);
  while (true) {
    hole = pattern.find("{}");
    std::string_view literal = pattern.substr(0, hole);
    size_t at = literal.empty() ? text.size() : text.find(literal);
    if (at == std::string_view::npos) return false;
    captures->emplace_back(text.substr(0, at));
    if (hole == std::string_view::npos) return true;
    text.remove_prefix(at + literal.size());
    pattern.remove_prefix(hole + 2);
  }
}

struct MapRow {
  const char* pattern;  ///< beginning of DuckDB's message, `{}` captures
  const ErrorRow* row;
  const char* arguments;  ///< of the row, separated by `|`; `{0}` is the first capture
};

// clang-format off
constexpr std::array kMap = {
  // Conversions. DuckDB names types as in its casts.
  MapRow{"Could not convert string '{}' to BOOL",                    &errors::kBooleanUnrecognized,   "{0}"},
  MapRow{"Could not convert string '{}' to {}",                      &errors::kNumericUnrecognized,   "{0}"},
  MapRow{"Could not convert string \"{}\" to DECIMAL",               &errors::kNumericUnrecognized,   "{0}"},
  MapRow{"invalid date field format: \"{}\"",                        &errors::kDateUnrecognized,      "{0}"},
  MapRow{"date field value out of range: \"{}\"",                    &errors::kDateUnrecognized,      "{0}"},
  MapRow{"invalid timestamp field format: \"{}\"",                   &errors::kTimestampUnrecognized, "{0}"},
  MapRow{"timestamp field value out of range: \"{}\"",               &errors::kTimestampUnrecognized, "{0}"},
  MapRow{"timestamp field value \"{}\"",                             &errors::kTimestampUnrecognized, "{0}"},
  MapRow{"time field value out of range: \"{}\"",                    &errors::kTimestampUnrecognized, "{0}"},
  MapRow{"Could not cast value {} to DECIMAL({})",                   &errors::kNumberTooLarge,        "NUMBER({1})|{0}"},
  MapRow{"Casting value \"{}\" to type DECIMAL({}) failed",           &errors::kNumberTooLarge,        "NUMBER({1})|{0}"},
  MapRow{"Type {} with value {} can't be cast because the value is out of range for the destination type {}",
                                                                     &errors::kNumericOutOfRange,     "{1}"},
  MapRow{"Type {} with value {} can't be cast to the destination type DECIMAL({})",
                                                                     &errors::kNumberTooLarge,        "NUMBER({2})|{1}"},
  // Arithmetic.
  MapRow{"Overflow in addition of {} ({} + {})!",                    &errors::kNumericOutOfRange,     "({1} + {2})"},
  MapRow{"Overflow in subtraction of {} ({} - {})!",                 &errors::kNumericOutOfRange,     "({1} - {2})"},
  MapRow{"Overflow in multiplication of {} ({} * {})!",              &errors::kNumericOutOfRange,     "({1} * {2})"},
  MapRow{"Overflow in {}",                                           &errors::kNumericOutOfRange,     "{0}"},
  MapRow{"Overflow on {}",                                           &errors::kNumericOutOfRange,     "{0}"},
  MapRow{"SUM is out of range{}",                                    &errors::kNumericOutOfRange,     "SUM"},
  MapRow{"Division by zero",                                         &errors::kDivisionByZero,        ""},
  // Queries.
  MapRow{"More than one row returned by a subquery",
                                                                     &errors::kSubqueryRows,          ""},
  MapRow{"Referenced column \"{}\" not found",                       &errors::kInvalidIdentifier,     "{0}"},
  MapRow{"Referenced column \"{}\" was not found",                   &errors::kInvalidIdentifier,     "{0}"},
  MapRow{"Column \"{}\" referenced that exists in the SELECT clause", &errors::kInvalidIdentifier,    "{0}"},
  MapRow{"Column \"{}\" in EXCLUDE list not found",                  &errors::kInvalidIdentifier,     "{0}"},
  MapRow{"Column \"{}\" in REPLACE list not found",                  &errors::kInvalidIdentifier,     "{0}"},
  MapRow{"Column \"{}\" in RENAME list not found",                   &errors::kInvalidIdentifier,     "{0}"},
  MapRow{"Star expression \"{}\" resulted in an empty set of columns", &errors::kSelectNoColumns,     ""},
  MapRow{"SELECT list is empty after resolving * expressions",       &errors::kSelectNoColumns,       ""},
  MapRow{"Referenced table \"{}\" not found",                        &errors::kInvalidIdentifier,     "{0}"},
  MapRow{"Table \"{}\" does not have a column named \"{}\"",         &errors::kInvalidIdentifier,     "{0}.{1}"},
  MapRow{"Values list \"{}\" does not have a column named \"{}\"",   &errors::kInvalidIdentifier,     "{0}.{1}"},
  MapRow{"Could not find key \"{}\" in struct",                      &errors::kInvalidIdentifier,     "{0}"},
  MapRow{"Ambiguous reference to column name \"{}\"",                &errors::kAmbiguousColumn,       "{0}"},
  MapRow{"Ambiguous reference to table \"{}\"",                      &errors::kAmbiguousColumn,       "{0}"},
  MapRow{"Duplicate alias \"{}\"",                                   &errors::kDuplicateColumn,       "{0}"},
  MapRow{"Table with name {} does not exist!",                       &errors::kObjectNotFound,        "{0}"},
  MapRow{"Scalar Function with name {} does not exist!",             &errors::kUnknownFunction,       "{0}"},
  MapRow{"Table Function with name {} does not exist!",              &errors::kUnknownFunction,       "{0}"},
  MapRow{"Aggregate Function with name {} does not exist!",          &errors::kUnknownFunction,       "{0}"},
  MapRow{"Type with name {} does not exist!",                        &errors::kInvalidType,           "{0}"},
  MapRow{"No function matches the given name and argument types '{}({})'",
                                                                     &errors::kInvalidArgumentTypes,  "{0}|{1}"},
  MapRow{"Could not choose a best candidate function for the function call \"{}({})\"",
                                                                     &errors::kInvalidArgumentTypes,  "{0}|{1}"},
  MapRow{"column \"{}\" must appear in the GROUP BY clause",         &errors::kNotAggregate,          "{0}"},
  MapRow{"column {} must appear in the GROUP BY clause",             &errors::kNotAggregate,          "{0}"},
  MapRow{"GROUP BY clause cannot contain aggregates",                &errors::kNotGroupBy,            "aggregate"},
  MapRow{"GROUP BY term out of range",                               &errors::kNotGroupBy,            "position"},
  MapRow{"Set operations can only apply to expressions with the same number of result columns",
                                                                     &errors::kInvalidExpression,
                                                                     "invalid number of result columns for set operator input branches"},
  MapRow{"Subquery returns {} columns - expected {}",                &errors::kUnsupportedSubquery,   ""},
  MapRow{"WHERE clause cannot contain aggregates",                   &errors::kInvalidExpression,     "Invalid aggregate function in where clause"},
  MapRow{"aggregate function calls cannot be nested",                &errors::kInvalidExpression,     "Aggregate functions cannot be nested"},
  MapRow{"Cannot mix values of type {} and {}",                      &errors::kCannotConvert,         "expression|{0}|{1}"},
  MapRow{"Cannot compare values of type {} and type {} ",            &errors::kCannotConvert,         "comparison|{0}|{1}"},
  MapRow{"Unimplemented type for cast ({} -> {})",                   &errors::kCannotConvert,         "CAST|{0}|{1}"},
  MapRow{"Malformed JSON in file \"{}\", at byte {} in {}: {}",
                                                                     &errors::kBadJson,               "{3}, {2}, pos {1}"},
  MapRow{"Malformed JSON at byte {} of input: {}",                   &errors::kBadJson,               "{1}"},
};
// clang-format on

std::string Fill(std::string_view text, const Captures& captures) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    bool hole = text[i] == '{' && i + 2 < text.size() && text[i + 2] == '}';
    if (!hole) {
      out += text[i];
      continue;
    }
    size_t which = static_cast<size_t>(text[i + 1] - '0');
    if (which < captures.size()) out += captures[which];
    i += 2;
  }
  return out;
}

std::vector<std::string> Arguments(std::string_view spec, const Captures& captures) {
  std::vector<std::string> args;
  while (!spec.empty()) {
    size_t end = std::min(spec.find('|'), spec.size());
    args.push_back(Fill(spec.substr(0, end), captures));
    spec.remove_prefix(std::min(end + 1, spec.size()));
  }
  return args;
}

/// DuckDB appends the line of the query and candidates after an empty line or a new line; the first line is the error.
std::string FirstLine(const std::string& message) { return message.substr(0, message.find('\n')); }

}  // namespace

SnowflakeException::SnowflakeException(const Error& error)
    : duckdb::Exception(Encode(error), ExceptionType::INVALID_INPUT, error.Message()) {}

Error MapError(const duckdb::ErrorData& error) {
  if (auto carried = Decode(error)) return *std::move(carried);
  if (error.Type() == ExceptionType::INTERRUPT) return Error(errors::kCanceled);
  std::string message = FirstLine(error.RawMessage());
  if (error.Type() == ExceptionType::OUT_OF_MEMORY) {
    return Error(errors::kLimit, {"the statement's memory", "the engine's memory", message});
  }
  if (error.Type() == ExceptionType::DIVIDE_BY_ZERO) return Error(errors::kDivisionByZero);
  Captures captures;
  for (const auto& row : kMap) {
    if (Match(row.pattern, message, &captures)) return Error(*row.row, Arguments(row.arguments, captures));
  }
  if (error.Type() == ExceptionType::NOT_IMPLEMENTED) return Error(errors::kUnsupported, {message});
  if (error.Type() == ExceptionType::BINDER) return Error(errors::kInvalidExpression, {message});
  if (error.Type() == ExceptionType::IO || error.Type() == ExceptionType::HTTP) {
    return Error(errors::kStorage, {"engine", message});
  }
  return Error(errors::kInternal, {error.Type() == ExceptionType::INVALID
                                       ? message
                                       : duckdb::Exception::ExceptionTypeToString(error.Type()) + ": " + message});
}

}  // namespace firn::engine

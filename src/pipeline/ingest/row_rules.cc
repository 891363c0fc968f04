#include "pipeline/ingest/row_rules.h"

#include <algorithm>
#include <atomic>
#include <charconv>

#include "pipeline/ingest/time_text.h"

namespace firn::pipeline {

namespace {

/// Beyond it a double does not hold every integer.
constexpr std::string_view kExactDouble = "9007199254740992";
constexpr std::string_view kInt64Max = "9223372036854775807";
constexpr std::string_view kInt64Min = "9223372036854775808";
constexpr int kDecimalMax = 38;
constexpr size_t kShownValue = 40;

const char* KindText(JsonKind kind) {
  switch (kind) {
    case JsonKind::kArray:
      return "an array";
    case JsonKind::kBoolean:
      return "a boolean";
    case JsonKind::kNull:
      return "null";
    case JsonKind::kNumber:
      return "a number";
    case JsonKind::kObject:
      return "an object";
    case JsonKind::kString:
      return "a text";
  }
  return "";
}

ValueFit Mismatch(std::string* why, const ColumnRule& rule, const Field& field, const char* what) {
  std::string_view shown = field.raw.substr(0, kShownValue);
  while (shown.size() < field.raw.size() && !shown.empty() && (field.raw[shown.size()] & 0xc0) == 0x80) {
    shown.remove_suffix(1);  // not within a character
  }
  *why = std::string(shown) + (shown.size() < field.raw.size() ? "…" : "") + ": " + what + ", the column is " +
         rule.type.Text();
  return ValueFit::kMismatch;
}

ValueFit WrongKind(std::string* why, const ColumnRule& rule, const Field& field) {
  return Mismatch(why, rule, field, KindText(field.kind));
}

/// Digits before the point of a number without exponent; `raw` is at most as large as `limit`?
bool AtMost(const Field& field, std::string_view limit) {
  std::string_view digits = field.raw.substr(field.number.negative ? 1 : 0, field.number.integer_digits);
  return digits.size() < limit.size() || (digits.size() == limit.size() && digits <= limit);
}

/// An exponent can make an integer of a fraction and the other way round: shift the digits on paper.
struct Shifted {
  int64_t integer_digits = 0;   ///< before the point, leading zeros apart
  int64_t fraction_digits = 0;  ///< behind it, zeros at the end apart
};
Shifted Shift(const Field& field) {
  if (field.number.zero) return {1, 0};
  std::string_view text = field.raw.substr(field.number.negative ? 1 : 0);
  const size_t mark = text.find_first_of("eE");
  int64_t exponent = 0;
  if (mark != std::string_view::npos) {
    const char* at = text.data() + mark + 1;
    if (*at == '+') ++at;
    if (std::from_chars(at, text.data() + text.size(), exponent).ec != std::errc()) exponent = INT32_MAX;
    text = text.substr(0, mark);
  }
  const size_t point = std::min(text.find('.'), text.size());
  std::string digits(text.substr(0, point));
  if (point < text.size()) digits += text.substr(point + 1);
  const size_t first = digits.find_first_not_of('0');
  const size_t last = digits.find_last_not_of('0');
  const int64_t place = static_cast<int64_t>(point) + exponent;  // of the point in `digits`
  return {std::max<int64_t>(place - static_cast<int64_t>(first), 0),
          std::max<int64_t>(static_cast<int64_t>(last) + 1 - place, 0)};
}

ValueFit CheckInteger(const ColumnRule& rule, const Field& field, std::string* why) {
  if (field.kind != JsonKind::kNumber) return WrongKind(why, rule, field);
  if (field.number.exponent) {
    const Shifted shifted = Shift(field);
    if (shifted.fraction_digits > 0) return Mismatch(why, rule, field, "a fraction");
    if (shifted.integer_digits >= static_cast<int64_t>(kInt64Max.size()))
      return Mismatch(why, rule, field, "too large");
    return ValueFit::kFits;
  }
  if (field.number.fraction_digits > 0) return Mismatch(why, rule, field, "a fraction");
  if (!AtMost(field, field.number.negative ? kInt64Min : kInt64Max)) return Mismatch(why, rule, field, "too large");
  return ValueFit::kFits;
}

ValueFit CheckDecimal(const ColumnRule& rule, const Field& field, int* precision, std::string* why) {
  if (field.kind != JsonKind::kNumber) return WrongKind(why, rule, field);
  Shifted digits{field.number.integer_digits, field.number.fraction_digits};
  if (field.number.exponent) digits = Shift(field);
  if (digits.integer_digits == 1 && field.raw.substr(field.number.negative ? 1 : 0).starts_with('0')) {
    digits.integer_digits = 0;
  }
  const int scale = rule.type.scale;
  // Digits beyond the scale are rounded, as on every write; 99.995 may need a place more.
  if (digits.fraction_digits > scale) {
    const std::string_view text = field.raw.substr(field.number.negative ? 1 : 0);
    const size_t nines = std::min(text.find_first_not_of("9."), text.size());
    const bool carries = nines > static_cast<size_t>(digits.integer_digits) + static_cast<size_t>(scale) ||
                         (scale == 0 && nines >= static_cast<size_t>(digits.integer_digits));
    if (carries && !field.number.exponent) ++digits.integer_digits;
  }
  if (digits.integer_digits <= rule.type.precision - scale) return ValueFit::kFits;
  if (digits.integer_digits > kDecimalMax - scale) return Mismatch(why, rule, field, "too large");
  *precision = static_cast<int>(digits.integer_digits) + scale;
  return ValueFit::kWiden;
}

ValueFit CheckDouble(const ColumnRule& rule, const Field& field, std::string* why) {
  if (field.kind != JsonKind::kNumber) return WrongKind(why, rule, field);
  if (field.number.IsInteger() && !AtMost(field, kExactDouble)) {
    return Mismatch(why, rule, field, "an integer beyond 2^53");
  }
  if (rule.key && field.number.zero && field.number.negative) return Mismatch(why, rule, field, "-0 in a key");
  return ValueFit::kFits;
}

ValueFit CheckText(const ColumnRule& rule, const Field& field, std::string* why) {
  if (field.kind == JsonKind::kObject || field.kind == JsonKind::kArray) return WrongKind(why, rule, field);
  if (static_cast<int64_t>(field.raw.size()) <= rule.type.length) return ValueFit::kFits;
  if (field.kind != JsonKind::kString) return Mismatch(why, rule, field, "too long");
  const std::string unescaped = field.escaped ? Unescape(field.text()) : std::string(field.text());
  const auto length = std::ranges::count_if(unescaped, [](char c) { return (c & 0xc0) != 0x80; });
  return length <= rule.type.length ? ValueFit::kFits : Mismatch(why, rule, field, "too long");
}

ValueFit CheckBinary(const ColumnRule& rule, const Field& field, std::string* why) {
  if (field.kind != JsonKind::kString) return WrongKind(why, rule, field);
  const std::string_view text = field.text();
  const bool hex = text.size() % 2 == 0 && std::ranges::all_of(text, [](char c) {
                     return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
                   });
  if (!hex) return Mismatch(why, rule, field, "no hexadecimal text");
  if (static_cast<int64_t>(text.size() / 2) > rule.type.length) return Mismatch(why, rule, field, "too long");
  return ValueFit::kFits;
}

ValueFit CheckTime(const ColumnRule& rule, const Field& field, std::string* why) {
  if (field.kind != JsonKind::kString) return WrongKind(why, rule, field);
  const std::string text = field.escaped ? Unescape(field.text()) : std::string();
  const std::string_view value = field.escaped ? std::string_view(text) : field.text();
  if (rule.type.id == TypeId::kDate) {
    return IsDateText(value) ? ValueFit::kFits : Mismatch(why, rule, field, "no date of the form YYYY-MM-DD");
  }
  if (rule.type.id == TypeId::kTime) {
    return IsTimeText(value) ? ValueFit::kFits : Mismatch(why, rule, field, "no time of the form HH:MM:SS[.ffffff]");
  }
  switch (CheckTimestampText(value)) {
    case TimestampFault::kNone:
      return ValueFit::kFits;
    case TimestampFault::kTooPrecise:
      return Mismatch(why, rule, field, "more precise than a microsecond");
    case TimestampFault::kNotIso:
      break;
  }
  return Mismatch(why, rule, field, "no ISO 8601 timestamp");
}

std::atomic<uint64_t> next_id{1};

bool IsFolded(std::string_view name) {
  return std::ranges::none_of(name, [](char c) { return c >= 'a' && c <= 'z'; });
}

}  // namespace

ValueFit CheckValue(const ColumnRule& rule, const Field& field, int* precision, std::string* why) {
  switch (rule.type.id) {
    case TypeId::kInteger:
      return CheckInteger(rule, field, why);
    case TypeId::kNumber:
      return CheckDecimal(rule, field, precision, why);
    case TypeId::kFloat:
      return CheckDouble(rule, field, why);
    case TypeId::kVarchar:
      return CheckText(rule, field, why);
    case TypeId::kBoolean:
      return field.kind == JsonKind::kBoolean ? ValueFit::kFits : WrongKind(why, rule, field);
    case TypeId::kArray:
      return field.kind == JsonKind::kArray ? ValueFit::kFits : WrongKind(why, rule, field);
    case TypeId::kObject:
      return field.kind == JsonKind::kObject ? ValueFit::kFits : WrongKind(why, rule, field);
    case TypeId::kBinary:
      return CheckBinary(rule, field, why);
    case TypeId::kVariant:
    case TypeId::kNull:
      return ValueFit::kFits;
    case TypeId::kDate:
    case TypeId::kTime:
    case TypeId::kTimestampLtz:
    case TypeId::kTimestampNtz:
    case TypeId::kTimestampTz:
      return CheckTime(rule, field, why);
  }
  return ValueFit::kMismatch;
}

RowRules::RowRules(std::vector<ColumnRule> columns, RowPolicy policy)
    : id_(next_id++), columns_(std::move(columns)), policy_(policy) {
  for (size_t i = 0; i < columns_.size(); ++i) {
    const ColumnRule& column = columns_[i];
    exact_.emplace(column.name, static_cast<int>(i));
    folded_.emplace(Upper(column.name), static_cast<int>(i));
    if (column.required || column.key || column.order) needed_.push_back(static_cast<uint32_t>(i));
  }
}

int RowRules::Find(std::string_view name) const {
  if (auto place = exact_.find(name); place != exact_.end()) return place->second;
  auto place = folded_.find(Upper(name));
  if (place == folded_.end()) return kUnknown;
  return IsFolded(columns_[static_cast<size_t>(place->second)].name) ? place->second : kConflict;
}

}  // namespace firn::pipeline

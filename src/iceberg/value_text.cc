// The text and JSON forms of values.
#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "base/errors.h"
#include "base/ids.h"
#include "iceberg/civil.h"
#include "iceberg/schema.h"
#include "iceberg/value.h"

namespace firn::iceberg {

namespace {

std::string DateText(int64_t days) {
  CivilDate date = CivilFromDays(days);
  char out[40];
  std::snprintf(out, sizeof out, "%04lld-%02d-%02d", static_cast<long long>(date.year), date.month, date.day);
  return out;
}

/// `units` of a day, with `digits` of fraction (6 or 9).
std::string TimeText(int64_t units, int digits) {
  int64_t scale = digits == 9 ? 1'000'000'000 : 1'000'000;
  int64_t seconds = units / scale;
  char out[40];
  std::snprintf(out, sizeof out, "%02d:%02d:%02d.%0*lld", static_cast<int>(seconds / 3600),
                static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60), digits,
                static_cast<long long>(units % scale));
  return out;
}

std::string TimestampText(int64_t units, int digits, bool zone) {
  int64_t day = digits == 9 ? 86'400'000'000'000 : 86'400'000'000;
  return DateText(FloorDiv(units, day)) + "T" + TimeText(FloorMod(units, day), digits) + (zone ? "+00:00" : "");
}

/// Reads the text forms above, strictly but for the number of fraction digits.
class TextReader {
 public:
  explicit TextReader(std::string_view text) : rest_(text) {}
  bool Number(int64_t* out, size_t min_digits) {
    size_t used = 0;
    bool negative = !rest_.empty() && rest_[0] == '-';
    auto result = std::from_chars(rest_.data(), rest_.data() + rest_.size(), *out);
    used = static_cast<size_t>(result.ptr - rest_.data());
    if (result.ec != std::errc() || used - (negative ? 1 : 0) < min_digits) return false;
    rest_.remove_prefix(used);
    return true;
  }
  bool Skip(std::string_view expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }
  bool Date(int64_t* days) {
    int64_t year = 0, month = 0, day = 0;
    if (!Number(&year, 4) || !Skip("-") || !Number(&month, 2) || !Skip("-") || !Number(&day, 2)) return false;
    if (year < -6'000'000 || year > 6'000'000 || month < 1 || month > 12 || day < 1 || day > 31) return false;
    *days = DaysFromCivil(year, static_cast<int>(month), static_cast<int>(day));
    CivilDate back = CivilFromDays(*days);
    return back.month == month && back.day == day;
  }
  bool Time(int64_t* units, int digits) {
    int64_t hour = 0, minute = 0, second = 0, fraction = 0;
    if (!Number(&hour, 2) || !Skip(":") || !Number(&minute, 2)) return false;
    if (Skip(":") && !Number(&second, 2)) return false;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return false;
    if (Skip(".")) {
      int seen = 0;
      while (!rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9' && seen < digits) {
        fraction = fraction * 10 + (rest_[0] - '0');
        rest_.remove_prefix(1);
        ++seen;
      }
      for (; seen < digits; ++seen) fraction *= 10;
    }
    *units = ((hour * 60 + minute) * 60 + second) * (digits == 9 ? 1'000'000'000 : 1'000'000) + fraction;
    return true;
  }
  bool Done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

bool ParseTimestamp(std::string_view text, int digits, bool zone, int64_t* out) {
  TextReader reader(text);
  int64_t days = 0, units = 0;
  if (!reader.Date(&days) || !reader.Skip("T") || !reader.Time(&units, digits)) return false;
  if (zone && !reader.Skip("+00:00") && !reader.Skip("Z")) return false;
  int64_t day = digits == 9 ? 86'400'000'000'000 : 86'400'000'000;
  return reader.Done() && !__builtin_mul_overflow(days, day, out) && !__builtin_add_overflow(*out, units, out);
}

bool ParseHex(std::string_view text, std::string* out) {
  if (text.size() % 2 != 0) return false;
  for (size_t i = 0; i < text.size(); i += 2) {
    unsigned byte = 0;
    auto result = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    if (result.ec != std::errc() || result.ptr != text.data() + i + 2) return false;
    out->push_back(static_cast<char>(byte));
  }
  return true;
}

std::string Hex(std::string_view bytes) {
  return HexLower({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
}

std::string UuidText(std::string_view bytes) {
  std::string hex = Hex(bytes);
  if (hex.size() != 32) return hex;
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20);
}

template <class T>
std::string NumberText(T number) {
  char out[40];
  auto result = std::to_chars(out, out + sizeof out, number);
  return std::string(out, result.ptr);
}

bool ParseNumber(const boost::json::value& json, int64_t* out) {
  if (const auto* number = json.if_int64()) {
    *out = *number;
    return true;
  }
  return false;
}

/// The value of a JSON string. False: not of the form that the type asks for.
bool FromJsonString(const Type& type, std::string_view text, Value* out) {
  int64_t number = 0;
  switch (type.kind) {
    case Kind::kString:
      *out = std::string(text);
      return true;
    case Kind::kDate: {
      TextReader reader(text);
      if (!reader.Date(&number) || !reader.Done() || number != static_cast<int32_t>(number)) return false;
      *out = static_cast<int32_t>(number);
      return true;
    }
    case Kind::kTime: {
      TextReader reader(text);
      if (!reader.Time(&number, 6) || !reader.Done()) return false;
      *out = number;
      return true;
    }
    case Kind::kTimestamp:
    case Kind::kTimestampTz:
    case Kind::kTimestampNs:
    case Kind::kTimestampTzNs: {
      bool nanos = type.kind == Kind::kTimestampNs || type.kind == Kind::kTimestampTzNs;
      bool zone = type.kind == Kind::kTimestampTz || type.kind == Kind::kTimestampTzNs;
      if (!ParseTimestamp(text, nanos ? 9 : 6, zone, &number)) return false;
      *out = number;
      return true;
    }
    case Kind::kDecimal: {
      Int128 unscaled = 0;
      if (!ParseDecimal(text, type.scale, &unscaled)) return false;
      *out = unscaled;
      return true;
    }
    case Kind::kUuid: {
      std::string digits;
      for (char c : text) {
        if (c != '-') digits.push_back(c);
      }
      std::string bytes;
      if (!IsUuid(text) || !ParseHex(digits, &bytes)) return false;
      *out = std::move(bytes);
      return true;
    }
    case Kind::kFixed:
    case Kind::kBinary: {
      std::string bytes;
      if (!ParseHex(text, &bytes)) return false;
      *out = std::move(bytes);
      return true;
    }
    default:
      return false;
  }
}

bool FromJsonValue(const Type& type, const boost::json::value& json, Value* out) {
  if (json.is_null()) {
    *out = std::monostate();
    return true;
  }
  if (const auto* text = json.if_string()) return FromJsonString(type, *text, out);
  int64_t number = 0;
  switch (type.kind) {
    case Kind::kBoolean:
      if (!json.is_bool()) return false;
      *out = json.get_bool();
      return true;
    case Kind::kInt:
      if (!ParseNumber(json, &number) || number != static_cast<int32_t>(number)) return false;
      *out = static_cast<int32_t>(number);
      return true;
    case Kind::kLong:
      if (!ParseNumber(json, &number)) return false;
      *out = number;
      return true;
    case Kind::kFloat:
    case Kind::kDouble: {
      if (!json.is_number()) return false;
      double real = json.to_number<double>();
      *out = type.kind == Kind::kDouble ? Value(real) : Value(static_cast<float>(real));
      return true;
    }
    default:
      return false;
  }
}

}  // namespace

std::string DecimalText(Int128 unscaled, int scale) {
  bool negative = unscaled < 0;
  std::string digits;
  do {
    int digit = static_cast<int>(unscaled % 10);
    digits.insert(digits.begin(), static_cast<char>('0' + (digit < 0 ? -digit : digit)));
    unscaled /= 10;
  } while (unscaled != 0);
  if (scale > 0) {
    if (digits.size() <= static_cast<size_t>(scale))
      digits.insert(0, static_cast<size_t>(scale) + 1 - digits.size(), '0');
    digits.insert(digits.size() - static_cast<size_t>(scale), ".");
  }
  return negative ? "-" + digits : digits;
}

bool ParseDecimal(std::string_view text, int scale, Int128* unscaled) {
  bool negative = text.starts_with("-");
  if (negative || text.starts_with("+")) text.remove_prefix(1);
  Int128 value = 0;
  int digits = 0, fraction = -1, exponent = 0;
  size_t i = 0;
  for (; i < text.size() && text[i] != 'E' && text[i] != 'e'; ++i) {
    if (text[i] == '.' && fraction < 0) {
      fraction = 0;
      continue;
    }
    if (text[i] < '0' || text[i] > '9') return false;
    if (value != 0 || text[i] != '0') {
      if (++digits > 38) return false;
    }
    value = value * 10 + (text[i] - '0');
    if (fraction >= 0) ++fraction;
  }
  if (i == 0 || (i == 1 && fraction == 0)) return false;
  if (i < text.size()) {
    const char* begin = text.data() + i + 1 + (i + 1 < text.size() && text[i + 1] == '+');
    auto result = std::from_chars(begin, text.data() + text.size(), exponent);
    if (result.ec != std::errc() || result.ptr != text.data() + text.size() || std::abs(exponent) > 100) return false;
  }
  int shift = scale - std::max(fraction, 0) + exponent;
  for (; shift > 0 && value != 0; --shift) {
    if (++digits > 38) return false;
    value *= 10;
  }
  for (; shift < 0 && value != 0; ++shift) {
    if (value % 10 != 0) return false;
    value /= 10;
  }
  *unscaled = negative ? -value : value;
  return true;
}

std::string ToText(const Type& type, const Value& value) {
  if (IsNull(value)) return "null";
  if (const auto* boolean = std::get_if<bool>(&value)) return *boolean ? "true" : "false";
  if (const auto* decimal = std::get_if<Int128>(&value)) return DecimalText(*decimal, type.scale);
  if (const auto* real = std::get_if<float>(&value)) return NumberText(*real);
  if (const auto* real = std::get_if<double>(&value)) return NumberText(*real);
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (type.kind == Kind::kUuid) return UuidText(*text);
    return type.kind == Kind::kString ? *text : Hex(*text);
  }
  int64_t number = std::holds_alternative<int32_t>(value) ? std::get<int32_t>(value) : std::get<int64_t>(value);
  switch (type.kind) {
    case Kind::kDate:
      return DateText(number);
    case Kind::kTime:
      return TimeText(number, 6);
    case Kind::kTimestamp:
    case Kind::kTimestampTz:
      return TimestampText(number, 6, type.kind == Kind::kTimestampTz);
    case Kind::kTimestampNs:
    case Kind::kTimestampTzNs:
      return TimestampText(number, 9, type.kind == Kind::kTimestampTzNs);
    default:
      return std::to_string(number);
  }
}

std::string ToJson(const Type& type, const Value& value) {
  if (IsNull(value)) return "null";
  std::string text = ToText(type, value);
  bool bare = type.kind == Kind::kBoolean || type.kind == Kind::kInt || type.kind == Kind::kLong;
  if (type.kind == Kind::kFloat || type.kind == Kind::kDouble) {
    double real = type.kind == Kind::kFloat ? std::get<float>(value) : std::get<double>(value);
    bare = std::isfinite(real);
    if (bare && text.find_first_of(".e") == std::string::npos) text += ".0";
  }
  return bare ? text : boost::json::serialize(boost::json::string(text));
}

Result<Value> FromJson(const Type& type, std::string_view json) {
  boost::system::error_code failed;
  boost::json::value parsed = boost::json::parse({json.data(), json.size()}, failed);
  Value out;
  if (failed || !FromJsonValue(type, parsed, &out) || !Fits(type, out)) {
    return Error(errors::kCorrupt, {"a JSON value", std::string(json.substr(0, 100)) + " is no " + type.Text()});
  }
  return out;
}

}  // namespace firn::iceberg

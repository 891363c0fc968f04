#include "iceberg/value.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "base/errors.h"
#include "iceberg/schema.h"

namespace firn::iceberg {

namespace {

static_assert(std::endian::native == std::endian::little, "fixed-width values are copied as they lie in memory");

std::strong_ordering CompareDoubles(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) <=> std::isnan(b);
  if (a < b) return std::strong_ordering::less;
  if (a > b) return std::strong_ordering::greater;
  return std::signbit(b) <=> std::signbit(a);
}

bool AsInteger(const Value& value, int64_t* out) {
  if (const auto* narrow = std::get_if<int32_t>(&value)) {
    *out = *narrow;
    return true;
  }
  if (const auto* wide = std::get_if<int64_t>(&value)) {
    *out = *wide;
    return true;
  }
  return false;
}

bool AsDouble(const Value& value, double* out) {
  if (const auto* narrow = std::get_if<float>(&value)) {
    *out = *narrow;
    return true;
  }
  if (const auto* wide = std::get_if<double>(&value)) {
    *out = *wide;
    return true;
  }
  return false;
}

template <class T>
std::string Raw(T value) {
  std::string out(sizeof value, '\0');
  std::memcpy(out.data(), &value, sizeof value);
  return out;
}

template <class T>
T FromRaw(std::string_view bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

/// Two's complement, big-endian, the fewest bytes.
std::string DecimalBytes(Int128 unscaled) {
  std::string out;
  for (;;) {
    auto byte = static_cast<uint8_t>(unscaled & 0xff);
    out.push_back(static_cast<char>(byte));
    unscaled >>= 8;
    if ((unscaled == 0 && byte < 0x80) || (unscaled == -1 && byte >= 0x80)) break;
  }
  std::reverse(out.begin(), out.end());
  return out;
}

Error BadLength(const Type& type, std::string_view bytes) {
  return Error(errors::kCorrupt,
               {"a single value", "a " + type.Text() + " has " + std::to_string(bytes.size()) + " bytes"});
}

}  // namespace

bool IsNan(const Value& value) {
  double number = 0;
  return AsDouble(value, &number) && std::isnan(number);
}

std::strong_ordering Compare(const Value& a, const Value& b) {
  int64_t integer_a = 0, integer_b = 0;
  if (AsInteger(a, &integer_a) && AsInteger(b, &integer_b)) return integer_a <=> integer_b;
  double double_a = 0, double_b = 0;
  if (AsDouble(a, &double_a) && AsDouble(b, &double_b)) return CompareDoubles(double_a, double_b);
  if (a.index() != b.index()) return a.index() <=> b.index();
  if (const auto* boolean = std::get_if<bool>(&a)) return *boolean <=> std::get<bool>(b);
  if (const auto* decimal = std::get_if<Int128>(&a)) {
    Int128 other = std::get<Int128>(b);
    return *decimal < other ? std::strong_ordering::less
                            : (*decimal > other ? std::strong_ordering::greater : std::strong_ordering::equal);
  }
  if (const auto* text = std::get_if<std::string>(&a)) {
    // char_traits<char>::compare is by unsigned byte.
    return text->compare(std::get<std::string>(b)) <=> 0;
  }
  return std::strong_ordering::equal;
}

std::string ToBinary(const Type& type, const Value& value) {
  if (type.IsNested()) return {};
  return std::visit(
      [](const auto& held) -> std::string {
        using T = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<T, std::monostate>) {
          return {};
        } else if constexpr (std::is_same_v<T, bool>) {
          return std::string(1, held ? '\1' : '\0');
        } else if constexpr (std::is_same_v<T, Int128>) {
          return DecimalBytes(held);
        } else if constexpr (std::is_same_v<T, std::string>) {
          return held;
        } else {
          return Raw(held);
        }
      },
      value);
}

Result<Value> FromBinary(const Type& type, std::string_view bytes) {
  size_t size = bytes.size();
  switch (type.kind) {
    case Kind::kBoolean:
      if (size != 1) return BadLength(type, bytes);
      return Value(bytes[0] != 0);
    case Kind::kInt:
    case Kind::kDate:
      if (size != 4) return BadLength(type, bytes);
      return Value(FromRaw<int32_t>(bytes));
    case Kind::kLong:
    case Kind::kTime:
    case Kind::kTimestamp:
    case Kind::kTimestampTz:
    case Kind::kTimestampNs:
    case Kind::kTimestampTzNs: {
      if (size == 8) return Value(FromRaw<int64_t>(bytes));
      if (size != 4 || type.kind == Kind::kTime) return BadLength(type, bytes);
      int64_t narrow = FromRaw<int32_t>(bytes);
      if (type.kind == Kind::kTimestamp || type.kind == Kind::kTimestampTz) narrow *= 86'400'000'000;
      if (type.kind == Kind::kTimestampNs || type.kind == Kind::kTimestampTzNs) {
        if (__builtin_mul_overflow(narrow, int64_t{86'400'000'000'000}, &narrow)) return BadLength(type, bytes);
      }
      return Value(narrow);
    }
    case Kind::kFloat:
      if (size != 4) return BadLength(type, bytes);
      return Value(FromRaw<float>(bytes));
    case Kind::kDouble:
      if (size == 4) return Value(static_cast<double>(FromRaw<float>(bytes)));
      if (size != 8) return BadLength(type, bytes);
      return Value(FromRaw<double>(bytes));
    case Kind::kDecimal: {
      if (size == 0 || size > 16) return BadLength(type, bytes);
      const int sign = (bytes[0] & 0x80) != 0 ? -1 : 0;
      Int128 unscaled = Int128{sign} * 256 + static_cast<uint8_t>(bytes[0]);
      for (size_t i = 1; i < size; ++i) {
        unscaled = static_cast<Int128>(static_cast<unsigned __int128>(unscaled) << 8) | static_cast<uint8_t>(bytes[i]);
      }
      return Value(unscaled);
    }
    case Kind::kUuid:
      if (size != 16) return BadLength(type, bytes);
      return Value(std::string(bytes));
    case Kind::kFixed:
      if (size != static_cast<size_t>(type.length)) return BadLength(type, bytes);
      return Value(std::string(bytes));
    case Kind::kString:
    case Kind::kBinary:
      return Value(std::string(bytes));
    default:
      return Error(errors::kUnsupported, {"a single value of type " + type.Text()});
  }
}

bool Fits(const Type& type, const Value& value) {
  if (IsNull(value)) return true;
  switch (type.kind) {
    case Kind::kBoolean:
      return std::holds_alternative<bool>(value);
    case Kind::kInt:
    case Kind::kDate:
      return std::holds_alternative<int32_t>(value);
    case Kind::kLong:
    case Kind::kTime:
    case Kind::kTimestamp:
    case Kind::kTimestampTz:
    case Kind::kTimestampNs:
    case Kind::kTimestampTzNs:
      return std::holds_alternative<int64_t>(value);
    case Kind::kFloat:
      return std::holds_alternative<float>(value);
    case Kind::kDouble:
      return std::holds_alternative<double>(value);
    case Kind::kDecimal: {
      const auto* unscaled = std::get_if<Int128>(&value);
      if (!unscaled) return false;
      Int128 limit = 1;
      for (int i = 0; i < type.precision; ++i) limit *= 10;
      return *unscaled<limit&& * unscaled> - limit;
    }
    case Kind::kString:
    case Kind::kBinary:
      return std::holds_alternative<std::string>(value);
    case Kind::kUuid:
      return std::holds_alternative<std::string>(value) && std::get<std::string>(value).size() == 16;
    case Kind::kFixed:
      return std::holds_alternative<std::string>(value) &&
             std::get<std::string>(value).size() == static_cast<size_t>(type.length);
    default:
      return false;
  }
}

}  // namespace firn::iceberg

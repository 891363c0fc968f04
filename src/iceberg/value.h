// Value: one literal of an Iceberg primitive type, with the two serialisations of spec Appendix D (binary, JSON) and
// the order of values. Used for bounds, partition values, defaults and predicates. Pure; any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"

namespace firn::iceberg {

struct Type;

using Int128 = __int128;

/// What each kind holds: boolean bool; int, date int32_t (days since 1970); long, time (µs of the day), timestamps (µs,
/// or ns for the _ns kinds, since 1970) int64_t; float, double; decimal Int128 (unscaled, the scale is the type's);
/// string, binary, fixed, uuid (16 bytes, big-endian) std::string. std::monostate is null.
using Value = std::variant<std::monostate, bool, int32_t, int64_t, float, double, Int128, std::string>;

inline bool IsNull(const Value& value) { return value.index() == 0; }
/// A float or double that is not a number.
bool IsNan(const Value& value);

/// Order of two non-null values of one type: numbers by value (int32_t and int64_t, float and double mix), NaN above
/// all and -0 below +0 (spec "Sorting"), text and bytes by unsigned byte. Null sorts first. Values of unlike types are
/// ordered by kind, which no caller should rely on.
std::strong_ordering Compare(const Value& a, const Value& b);

/// Spec "Binary single-value serialization". Null and nested types give "".
std::string ToBinary(const Type& type, const Value& value);
/// The reverse; takes the shorter form that a value had before its type was promoted (4 bytes for long, double,
/// timestamp of a date; any length for decimal). Errors: kCorrupt (wrong length), kUnsupported (nested, geo, variant).
Result<Value> FromBinary(const Type& type, std::string_view bytes);

/// Spec "JSON single-value serialization" as JSON text: `34`, `"2017-11-16"`, `null`.
std::string ToJson(const Type& type, const Value& value);
/// The reverse, from JSON text. Errors: kCorrupt.
Result<Value> FromJson(const Type& type, std::string_view json);

/// Whether `value` is what `type` holds (null always is; decimal digits and fixed length are checked).
bool Fits(const Type& type, const Value& value);

/// A value for people and for partition folder names: "2017-11-16", "34", "null".
std::string ToText(const Type& type, const Value& value);

/// Decimal digits of an unscaled value, with `scale` digits after the point: (1420, 2) "14.20".
std::string DecimalText(Int128 unscaled, int scale);
/// The reverse, exact: false where `text` is no number, has more fraction digits than `scale` or exceeds 38 digits.
bool ParseDecimal(std::string_view text, int scale, Int128* unscaled);

}  // namespace firn::iceberg

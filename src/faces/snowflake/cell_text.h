// Text of single cells, both ways: how the JSON results write a value, and how a value is read from a text cell
// (session::Cell). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace firn::faces {

using Int128 = __int128;

/// 1234 with scale 2 is "12.34".
void AppendScaled(Int128 value, int scale, std::string* out);
/// Shortest text that reads back as the same number; "NaN", "inf", "-inf".
void AppendReal(double value, std::string* out);
/// Seconds since the epoch or midnight with exactly `scale` (0-9) fraction digits, cut towards the past.
void AppendSeconds(Micros micros, int scale, std::string* out);

/// Days since 1970-01-01 of "YYYY-MM-DD" (years of any length, a sign before them).
std::optional<int64_t> ParseDate(std::string_view text);
/// Microseconds since midnight of "HH:MM:SS[.ffffff]".
std::optional<Micros> ParseTime(std::string_view text);
struct ParsedTimestamp {
  Micros micros = 0;  ///< since the epoch: of the wall clock, or UTC where an offset was given
  int offset_minutes = 0;
};
/// "YYYY-MM-DD HH:MM:SS[.ffffff][ ][+HH[:]MM|Z]".
std::optional<ParsedTimestamp> ParseTimestamp(std::string_view text);
/// Decimal text as an integer of `scale`: "12.34" with scale 2 is 1234. Digits beyond the scale must be zero.
std::optional<Int128> ParseDecimal(std::string_view text, int scale);
/// The same for "-1e3" and the like, inf and NaN in any case.
std::optional<double> ParseReal(std::string_view text);

}  // namespace firn::faces

// Fixed-point numbers as 128-bit integers with a scale: reading, printing, rescaling with Snowflake's rounding (half
// away from zero), and products and quotients with a 256-bit middle. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace firn::functions {

using int128 = __int128;
using uint128 = unsigned __int128;

constexpr int kDigitsMax = 38;

/// 10^n, n in 0..38.
int128 Pow10(int n);
/// Whether |value| < 10^precision.
inline bool FitsDigits(int128 value, int precision) {
  int128 limit = Pow10(precision);
  return value < limit && value > -limit;
}

/// value * 10^(to - from), rounded half away from zero where digits are lost. False on overflow of 38 digits.
bool Rescale(int128 value, int from, int to, int128* out);

/// a * b / 10^shift rounded half away from zero; false where it has more than 38 digits.
bool MultiplyShift(int128 a, int128 b, int shift, int128* out);
/// a * 10^shift / b (b != 0, shift in 0..38), rounded half away from zero; false where it has more than 38 digits.
bool DivideShift(int128 a, int shift, int128 b, int128* out);

/// A number as text has it: digits * 10^-scale; `scale` may be negative. `exact` is false where digits past 38 were
/// dropped after rounding.
struct ParsedNumber {
  int128 digits = 0;
  int scale = 0;
};
enum class ParseOutcome { kOk, kNotANumber, kTooLarge };
/// Reads "[blank][+-]digits[.digits][e[+-]digits][blank]", keeping at most 38 significant digits (rounded).
ParseOutcome ParseNumber(std::string_view text, ParsedNumber* out);
/// The same, as a fixed-point value of the given scale (rounded half away) that fits the precision.
ParseOutcome ParseFixed(std::string_view text, int precision, int scale, int128* out);
/// Reads a FLOAT: a number, "inf", "infinity", "nan" in any case, with blanks around.
bool ParseDouble(std::string_view text, double* out);

/// "-12.340" for (-12340, 3).
std::string FixedText(int128 value, int scale);
/// The same without trailing zeros after the point: "-12.34".
std::string TrimmedFixedText(int128 value, int scale);
/// FLOAT as TO_VARCHAR prints it: 9 digits after the decimal point, 15 significant digits at most, no trailing zeros:
/// "1.414213562", "123456789.123", "1e+18", "NaN", "inf".
std::string DoubleText(double value);
/// FLOAT inside VARIANT: 15 digits after the point and an exponent: "1.500000000000000e+00".
std::string DoubleVariantText(double value);

/// value rounded half away from zero to a fixed-point of `scale`; nothing for NaN, infinity or too many digits.
std::optional<int128> DoubleToFixed(double value, int precision, int scale);
double FixedToDouble(int128 value, int scale);

}  // namespace firn::functions

#include "functions/number.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "base/types.h"

namespace firn::functions {

namespace {

constexpr std::array<int128, kDigitsMax + 1> MakePowers() {
  std::array<int128, kDigitsMax + 1> powers{};
  powers[0] = 1;
  for (size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}
constexpr auto kPowers = MakePowers();

uint128 Magnitude(int128 value) { return value < 0 ? -static_cast<uint128>(value) : static_cast<uint128>(value); }

struct Wide {
  uint128 high = 0;
  uint128 low = 0;
};

Wide Multiply(uint128 a, uint128 b) {
  constexpr uint128 kMask = ~uint64_t{0};
  uint128 a0 = a & kMask, a1 = a >> 64, b0 = b & kMask, b1 = b >> 64;
  uint128 low = a0 * b0;
  uint128 middle = a1 * b0 + (low >> 64);
  uint128 carry = middle >> 64;
  middle = (middle & kMask) + a0 * b1;
  return {a1 * b1 + carry + (middle >> 64), (middle << 64) | (low & kMask)};
}

/// Quotient of a 256-bit number by a 128-bit one, bit by bit; false where it has more than 128 bits.
bool Divide(Wide dividend, uint128 divisor, uint128* quotient, uint128* rest) {
  if (dividend.high == 0) {
    *quotient = dividend.low / divisor;
    *rest = dividend.low % divisor;
    return true;
  }
  if (dividend.high >= divisor) return false;
  uint128 remainder = dividend.high, low = dividend.low, result = 0;
  for (int bit = 0; bit < 128; ++bit) {
    bool carry = (remainder >> 127) != 0;
    remainder = (remainder << 1) | (low >> 127);
    low <<= 1;
    result <<= 1;
    if (carry || remainder >= divisor) {
      remainder -= divisor;
      result |= 1;
    }
  }
  *quotient = result;
  *rest = remainder;
  return true;
}

bool RoundedQuotient(Wide dividend, uint128 divisor, bool negative, int128* out) {
  uint128 quotient = 0, rest = 0;
  if (!Divide(dividend, divisor, &quotient, &rest)) return false;
  if (rest >= divisor - rest) ++quotient;
  if (quotient >= static_cast<uint128>(kPowers[kDigitsMax])) return false;
  *out = negative ? -static_cast<int128>(quotient) : static_cast<int128>(quotient);
  return true;
}

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// Takes the digits in front of `text`; past 38 significant ones they only count for rounding and the scale.
struct DigitReader {
  uint128 digits = 0;
  int kept = 0;
  int dropped = 0;
  bool round_up = false;
  bool any = false;

  void Take(std::string_view* text, bool fraction, int* scale) {
    while (!text->empty() && IsDigit(text->front())) {
      int digit = text->front() - '0';
      text->remove_prefix(1);
      any = true;
      if (kept < kDigitsMax) {
        digits = digits * 10 + static_cast<uint128>(digit);
        if (digits != 0) ++kept;
        if (fraction) ++*scale;
      } else {
        if (dropped++ == 0) round_up = digit >= 5;
        if (!fraction) --*scale;
      }
    }
  }
};

}  // namespace

int128 Pow10(int n) { return kPowers[static_cast<size_t>(n)]; }

bool Rescale(int128 value, int from, int to, int128* out) {
  if (from == to) {
    *out = value;
    return true;
  }
  if (from < to) {
    if (value == 0) {
      *out = 0;
      return true;
    }
    if (to - from > kDigitsMax) return false;
    return !__builtin_mul_overflow(value, Pow10(to - from), out) && FitsDigits(*out, kDigitsMax);
  }
  if (from - to > kDigitsMax) {
    *out = 0;
    return true;
  }
  int128 unit = Pow10(from - to);
  int128 quotient = value / unit, rest = value % unit;
  if (rest >= unit - rest) ++quotient;
  if (-rest >= unit + rest) --quotient;
  *out = quotient;
  return true;
}

bool MultiplyShift(int128 a, int128 b, int shift, int128* out) {
  return RoundedQuotient(Multiply(Magnitude(a), Magnitude(b)), static_cast<uint128>(Pow10(shift)), (a < 0) != (b < 0),
                         out);
}

bool DivideShift(int128 a, int shift, int128 b, int128* out) {
  return RoundedQuotient(Multiply(Magnitude(a), static_cast<uint128>(Pow10(shift))), Magnitude(b), (a < 0) != (b < 0),
                         out);
}

ParseOutcome ParseNumber(std::string_view text, ParsedNumber* out) {
  text = Trimmed(text);
  bool negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  DigitReader reader;
  int scale = 0;
  reader.Take(&text, false, &scale);
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    reader.Take(&text, true, &scale);
  }
  if (!reader.any) return ParseOutcome::kNotANumber;
  if (!text.empty() && (text.front() == 'e' || text.front() == 'E')) {
    text.remove_prefix(1);
    bool minus = !text.empty() && text.front() == '-';
    if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
    int exponent = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (error != std::errc() || exponent < 0) return ParseOutcome::kNotANumber;
    if (exponent > 100000) exponent = 100000;
    scale -= minus ? -exponent : exponent;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
  }
  if (!text.empty()) return ParseOutcome::kNotANumber;
  uint128 digits = reader.digits + (reader.round_up ? 1 : 0);
  if (digits >= static_cast<uint128>(Pow10(kDigitsMax))) {
    digits /= 10;
    --scale;
  }
  out->digits = negative ? -static_cast<int128>(digits) : static_cast<int128>(digits);
  out->scale = scale;
  return ParseOutcome::kOk;
}

ParseOutcome ParseFixed(std::string_view text, int precision, int scale, int128* out) {
  ParsedNumber number;
  auto outcome = ParseNumber(text, &number);
  if (outcome != ParseOutcome::kOk) return outcome;
  if (!Rescale(number.digits, number.scale, scale, out) || !FitsDigits(*out, precision)) return ParseOutcome::kTooLarge;
  return ParseOutcome::kOk;
}

bool ParseDouble(std::string_view text, double* out) {
  text = Trimmed(text);
  if (!text.empty() && text.front() == '+') {
    text.remove_prefix(1);
    if (!text.empty() && text.front() == '-') return false;
  }
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  if (end != text.data() + text.size() || text.empty()) return false;
  if (error == std::errc::result_out_of_range) {
    // from_chars leaves the value alone; strtod gives 0 or infinity.
    *out = std::strtod(std::string(text).c_str(), nullptr);
    return !std::isinf(*out);
  }
  return error == std::errc();
}

std::string FixedText(int128 value, int scale) {
  char buffer[64];
  char* end = buffer + sizeof(buffer);
  char* at = end;
  uint128 rest = Magnitude(value);
  int written = 0;
  do {
    if (written == scale && scale > 0) *--at = '.';
    *--at = static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
    ++written;
  } while (rest != 0 || written <= scale);
  if (value < 0) *--at = '-';
  return std::string(at, static_cast<size_t>(end - at));
}

std::string TrimmedFixedText(int128 value, int scale) {
  while (scale > 0 && value % 10 == 0) {
    value /= 10;
    --scale;
  }
  return FixedText(value, scale);
}

std::string DoubleText(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  if (value == 0) return std::signbit(value) ? "-0" : "0";
  int exponent = static_cast<int>(std::floor(std::log10(std::fabs(value))));
  int digits = std::min(15, 10 + std::max(0, exponent));
  char buffer[64];
  int length = std::snprintf(buffer, sizeof(buffer), "%.*g", digits, value);
  return std::string(buffer, static_cast<size_t>(length));
}

std::string DoubleVariantText(double value) {
  if (std::isnan(value)) return "\"NaN\"";
  if (std::isinf(value)) return value < 0 ? "\"-Infinity\"" : "\"Infinity\"";
  char buffer[64];
  int length = std::snprintf(buffer, sizeof(buffer), "%.15e", value);
  return std::string(buffer, static_cast<size_t>(length));
}

std::optional<int128> DoubleToFixed(double value, int precision, int scale) {
  if (!std::isfinite(value)) return std::nullopt;
  // A long double holds every int64 and 10^27 exactly, so halves stay halves.
  long double scaled = std::round(static_cast<long double>(value) * static_cast<long double>(Pow10(scale)));
  if (std::fabs(scaled) >= static_cast<long double>(Pow10(precision))) return std::nullopt;
  return static_cast<int128>(scaled);
}

double FixedToDouble(int128 value, int scale) {
  constexpr int128 kExact = int128{1} << 53;
  if (value <= kExact && value >= -kExact && scale <= 22) {
    return static_cast<double>(value) / static_cast<double>(Pow10(scale));
  }
  return static_cast<double>(static_cast<long double>(value) / static_cast<long double>(Pow10(scale)));
}

}  // namespace firn::functions

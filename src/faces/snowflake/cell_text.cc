#include "faces/snowflake/cell_text.h"

#include <charconv>
#include <cmath>

#include "base/types.h"

namespace firn::faces {

namespace {

constexpr Micros kMicrosASecond = 1'000'000;
constexpr Micros kMicrosADay = 86'400 * kMicrosASecond;

/// Days since the epoch of a civil date (Howard Hinnant, "chrono-compatible low-level date algorithms").
int64_t DaysFromCivil(int64_t year, unsigned month, unsigned day) {
  year -= month <= 2;
  int64_t era = (year >= 0 ? year : year - 399) / 400;
  auto year_of_era = static_cast<unsigned>(year - era * 400);
  unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + static_cast<int64_t>(day_of_era) - 719468;
}

/// Takes digits (at least `least`, at most `most`) from the front.
bool TakeDigits(std::string_view* text, size_t least, size_t most, int64_t* out) {
  size_t n = 0;
  *out = 0;
  while (n < text->size() && n < most && (*text)[n] >= '0' && (*text)[n] <= '9') {
    *out = *out * 10 + ((*text)[n] - '0');
    ++n;
  }
  text->remove_prefix(n);
  return n >= least;
}

bool TakeChar(std::string_view* text, char c) {
  if (text->empty() || text->front() != c) return false;
  text->remove_prefix(1);
  return true;
}

bool TakeDate(std::string_view* text, int64_t* days) {
  bool negative = TakeChar(text, '-');
  int64_t year = 0, month = 0, day = 0;
  if (!TakeDigits(text, 1, 6, &year) || !TakeChar(text, '-') || !TakeDigits(text, 1, 2, &month) ||
      !TakeChar(text, '-') || !TakeDigits(text, 1, 2, &day)) {
    return false;
  }
  if (month < 1 || month > 12 || day < 1 || day > 31) return false;
  *days = DaysFromCivil(negative ? -year : year, static_cast<unsigned>(month), static_cast<unsigned>(day));
  return true;
}

bool TakeTime(std::string_view* text, Micros* micros) {
  int64_t hours = 0, minutes = 0, seconds = 0, fraction = 0;
  if (!TakeDigits(text, 1, 2, &hours) || !TakeChar(text, ':') || !TakeDigits(text, 2, 2, &minutes)) return false;
  if (TakeChar(text, ':') && !TakeDigits(text, 2, 2, &seconds)) return false;
  if (TakeChar(text, '.')) {
    size_t before = text->size();
    if (!TakeDigits(text, 1, 9, &fraction)) return false;
    for (size_t digits = before - text->size(); digits < 6; ++digits) fraction *= 10;
    for (size_t digits = before - text->size(); digits > 6; --digits) fraction /= 10;
  }
  *micros = ((hours * 60 + minutes) * 60 + seconds) * kMicrosASecond + fraction;
  return true;
}

bool TakeOffset(std::string_view* text, int* minutes) {
  TakeChar(text, ' ');
  *minutes = 0;
  if (text->empty() || TakeChar(text, 'Z')) return true;
  bool west = text->front() == '-';
  if (!west && text->front() != '+') return false;
  text->remove_prefix(1);
  int64_t hours = 0, rest = 0;
  if (!TakeDigits(text, 1, 2, &hours)) return false;
  TakeChar(text, ':');
  if (!text->empty() && !TakeDigits(text, 2, 2, &rest)) return false;
  *minutes = static_cast<int>(hours * 60 + rest) * (west ? -1 : 1);
  return true;
}

}  // namespace

void AppendScaled(Int128 value, int scale, std::string* out) {
  char digits[48];
  char* end = digits + sizeof digits;
  char* at = end;
  bool negative = value < 0;
  auto rest = negative ? -static_cast<unsigned __int128>(value) : static_cast<unsigned __int128>(value);
  int written = 0;
  // The upper half is almost always empty: 64-bit division is several times faster.
  while (rest >> 64 != 0) {
    *--at = static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
    if (++written == scale) *--at = '.';
  }
  auto low = static_cast<uint64_t>(rest);
  while (low != 0 || written < scale || at == end || *at == '.') {
    *--at = static_cast<char>('0' + low % 10);
    low /= 10;
    if (++written == scale) *--at = '.';
  }
  if (negative) *--at = '-';
  out->append(at, static_cast<size_t>(end - at));
}

void AppendReal(double value, std::string* out) {
  if (std::isnan(value)) {
    *out += "NaN";
  } else if (std::isinf(value)) {
    *out += value < 0 ? "-inf" : "inf";
  } else {
    char text[40];
    auto [end, error] = std::to_chars(text, text + sizeof text, value);
    out->append(text, static_cast<size_t>(end - text));
  }
}

void AppendSeconds(Micros micros, int scale, std::string* out) {
  if (scale < 6) {
    Micros unit = 1;
    for (int i = scale; i < 6; ++i) unit *= 10;
    Micros scaled = micros / unit - (micros % unit < 0 ? 1 : 0);
    AppendScaled(scaled, scale, out);
    return;
  }
  AppendScaled(micros, 6, out);
  out->append(static_cast<size_t>(scale - 6), '0');
}

std::optional<int64_t> ParseDate(std::string_view text) {
  int64_t days = 0;
  if (!TakeDate(&text, &days) || !text.empty()) return std::nullopt;
  return days;
}

std::optional<Micros> ParseTime(std::string_view text) {
  Micros micros = 0;
  if (!TakeTime(&text, &micros) || !text.empty()) return std::nullopt;
  return micros;
}

std::optional<ParsedTimestamp> ParseTimestamp(std::string_view text) {
  int64_t days = 0;
  Micros time = 0;
  ParsedTimestamp out;
  if (!TakeDate(&text, &days)) return std::nullopt;
  if (!text.empty() && ((!TakeChar(&text, ' ') && !TakeChar(&text, 'T')) || !TakeTime(&text, &time))) {
    return std::nullopt;
  }
  if (!TakeOffset(&text, &out.offset_minutes) || !text.empty()) return std::nullopt;
  out.micros = days * kMicrosADay + time - out.offset_minutes * 60 * kMicrosASecond;
  return out;
}

std::optional<Int128> ParseDecimal(std::string_view text, int scale) {
  bool negative = TakeChar(&text, '-');
  if (!negative) TakeChar(&text, '+');
  if (text.empty() || text.size() > 80) return std::nullopt;
  Int128 value = 0;
  int fraction = -1;  // digits after the point; -1 before it
  for (char c : text) {
    if (c == '.' && fraction < 0) {
      fraction = 0;
      continue;
    }
    if (c < '0' || c > '9') return std::nullopt;
    if (fraction >= scale) {
      if (c != '0') return std::nullopt;
      continue;
    }
    value = value * 10 + (c - '0');
    if (fraction >= 0) ++fraction;
  }
  for (int i = std::max(fraction, 0); i < scale; ++i) value *= 10;
  return negative ? -value : value;
}

std::optional<double> ParseReal(std::string_view text) {
  std::string word = Lower(text);
  double value = 0;
  auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return value;
}

}  // namespace firn::faces

#include "pipeline/ingest/time_text.h"

#include <cstddef>

namespace firn::pipeline {

namespace {

constexpr size_t kDateSize = 10;
constexpr size_t kKeptDigits = 6;
constexpr size_t kFractionMax = 9;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// `count` digits at the beginning, taken off; -1 where they are not there.
int TakeNumber(std::string_view* text, size_t count) {
  if (text->size() < count) return -1;
  int value = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!IsDigit((*text)[i])) return -1;
    value = value * 10 + ((*text)[i] - '0');
  }
  text->remove_prefix(count);
  return value;
}

bool TakeChar(std::string_view* text, char c) {
  if (!text->starts_with(c)) return false;
  text->remove_prefix(1);
  return true;
}

bool TakeDate(std::string_view* text) {
  const int year = TakeNumber(text, 4);
  if (year < 1 || !TakeChar(text, '-')) return false;
  const int month = TakeNumber(text, 2);
  if (month < 1 || month > 12 || !TakeChar(text, '-')) return false;
  const int day = TakeNumber(text, 2);
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return day >= 1 && day <= kDays[month - 1] + (month == 2 && leap ? 1 : 0);
}

TimestampFault TakeTime(std::string_view* text) {
  const int hour = TakeNumber(text, 2);
  if (hour < 0 || hour > 23 || !TakeChar(text, ':')) return TimestampFault::kNotIso;
  const int minute = TakeNumber(text, 2);
  if (minute < 0 || minute > 59) return TimestampFault::kNotIso;
  if (!TakeChar(text, ':')) return TimestampFault::kNone;
  const int second = TakeNumber(text, 2);
  if (second < 0 || second > 59) return TimestampFault::kNotIso;
  if (!TakeChar(text, '.')) return TimestampFault::kNone;
  size_t digits = 0;
  bool beyond = false;
  for (; digits < text->size() && IsDigit((*text)[digits]); ++digits) {
    beyond = beyond || (digits >= kKeptDigits && (*text)[digits] != '0');
  }
  if (digits == 0 || digits > kFractionMax) return TimestampFault::kNotIso;
  text->remove_prefix(digits);
  return beyond ? TimestampFault::kTooPrecise : TimestampFault::kNone;
}

bool IsZone(std::string_view text) {
  if (text.empty() || text == "Z" || text == "z") return true;
  if (!TakeChar(&text, '+') && !TakeChar(&text, '-')) return false;
  const int hours = TakeNumber(&text, 2);
  if (hours < 0 || hours > 18) return false;
  if (text.empty()) return true;
  TakeChar(&text, ':');
  const int minutes = TakeNumber(&text, 2);
  return minutes >= 0 && minutes <= 59 && text.empty();
}

}  // namespace

bool IsDateText(std::string_view text) { return text.size() == kDateSize && TakeDate(&text); }

bool IsTimeText(std::string_view text) { return TakeTime(&text) == TimestampFault::kNone && text.empty(); }

TimestampFault CheckTimestampText(std::string_view text) {
  if (!TakeDate(&text)) return TimestampFault::kNotIso;
  if (text.empty()) return TimestampFault::kNone;
  if (!TakeChar(&text, 'T') && !TakeChar(&text, 't') && !TakeChar(&text, ' ')) return TimestampFault::kNotIso;
  const TimestampFault fault = TakeTime(&text);
  if (fault == TimestampFault::kNotIso) return fault;
  return IsZone(text) ? fault : TimestampFault::kNotIso;
}

}  // namespace firn::pipeline

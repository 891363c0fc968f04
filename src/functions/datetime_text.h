// Dates and times as text: Snowflake's format models ("YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM"), compiled once and used for
// parsing and for printing, and what AUTO recognises. Pure; a compiled format may be shared by threads.
// Source: docs.snowflake.com/en/sql-reference/date-time-input-output
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace firn::functions {

constexpr int64_t kMicrosOfSecond = 1'000'000;
constexpr int64_t kMicrosOfMinute = 60 * kMicrosOfSecond;
constexpr int64_t kMicrosOfHour = 60 * kMicrosOfMinute;
constexpr int64_t kMicrosOfDay = 24 * kMicrosOfHour;

/// Days since 1970-01-01 of a day of the proleptic Gregorian calendar, and back.
int64_t DaysOf(int64_t year, int month, int day);
struct Civil {
  int64_t year;
  int month;
  int day;
};
Civil CivilOf(int64_t days);
bool IsLeapYear(int64_t year);
int DaysInMonth(int64_t year, int month);
/// Sunday 0 … Saturday 6.
int WeekdayOf(int64_t days);

/// A point on the wall clock with the offset that the text gave, if any.
struct DateTime {
  int64_t days = 0;
  int64_t micros = 0;                 ///< of the day
  int nanos = 0;                      ///< below the microsecond: 0..999
  std::optional<int> offset_minutes;  ///< east of UTC
  int64_t WallMicros() const { return days * kMicrosOfDay + micros; }
};
DateTime DateTimeOf(int64_t wall_micros, std::optional<int> offset_minutes = std::nullopt);

class DateTimeFormat {
 public:
  explicit DateTimeFormat(std::string_view model, int two_digit_century_start = 1970);
  /// False where `text` does not match or names no valid day or time.
  bool Parse(std::string_view text, DateTime* out) const;
  std::string Print(const DateTime& value) const;
  const std::string& model() const { return model_; }

 private:
  enum class Element {
    kLiteral,
    kYear4,
    kYear2,
    kMonth,
    kMonthName,
    kMonthFull,
    kDay,
    kDayName,
    kHour24,
    kHour12,
    kMeridian,
    kMinute,
    kSecond,
    kFraction,
    kZoneHour,
    kZoneMinute,
    kZoneHourMinute,
    kZoneColon
  };
  struct Item {
    Element element;
    std::string text;  ///< of kLiteral
    int digits = 9;    ///< of kFraction
  };
  struct Reader;
  void Add(std::string_view model);

  std::string model_;
  int century_start_;
  std::vector<Item> items_;
};

enum class DateTimeKind { kDate, kTime, kTimestamp };
/// What AUTO takes for that kind: ISO and RFC forms, integers as seconds, milli-, micro- or nanoseconds.
bool ParseAutoDateTime(std::string_view text, DateTimeKind kind, DateTime* out);

/// Seconds, milli-, micro- or nanoseconds since 1970 by magnitude, as TO_TIMESTAMP reads an integer in text.
int64_t MicrosOfEpochInteger(int64_t value);

}  // namespace firn::functions

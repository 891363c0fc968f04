// Schedule: when something is due: "USING CRON 0 6 * * * America/Sao_Paulo" or "5 MINUTES", as Snowflake's tasks write
// it. Pure values; any thread. https://docs.snowflake.com/en/sql-reference/sql/create-task (SCHEDULE)
//
// Daylight saving: a time of day that a change of clocks skips is due at the first instant after the gap; one that
// comes twice is due at the first. Day of month and day of week both given: either is enough, as in cron.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace firn {

class Schedule {
 public:
  /// Errors: kInvalidInput with what is wrong: the fields, a number out of range, an unknown time zone.
  static Result<Schedule> Parse(std::string_view text);

  /// The first time due after `after`; none where there is none within eight years ("30 2").
  std::optional<Micros> Next(Micros after) const;

  /// Of an interval, else 0.
  Micros interval() const { return interval_; }

 private:
  struct Field;
  Status ParseCron(std::string_view text);
  bool DayFits(int year, unsigned month, unsigned day) const;

  Micros interval_ = 0;
  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;     ///< of the month, from 1
  std::bitset<13> months_;   ///< from 1
  std::bitset<8> weekdays_;  ///< 0: Sunday
  bool last_day_ = false;    ///< L in the day of the month
  bool any_day_ = true, any_weekday_ = true;
  std::string zone_;
};

/// A TARGET_LAG: "1 second", "5 minutes", "2 hours", "1 day"; none for what is no such text.
std::optional<Micros> TargetLag(std::string_view text);

/// How short an interval may be (SCHEDULE = '10 SECONDS').
inline constexpr Micros kScheduleIntervalMin = Micros{10} * 1000000;
/// 8 days, as in Snowflake.
inline constexpr Micros kScheduleIntervalMax = Micros{11520} * 60 * 1000000;

}  // namespace firn

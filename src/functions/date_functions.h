// Parts of dates and times by all their names, and what DATE_TRUNC, DATEADD and DATEDIFF do with them. At bind time.
#pragma once

#include <optional>
#include <string_view>

#include "functions/bind.h"

namespace firn::functions {

enum class DatePart {
  kYear,
  kQuarter,
  kMonth,
  kWeek,
  kDay,
  kHour,
  kMinute,
  kSecond,
  kMillisecond,
  kMicrosecond,
  kNanosecond,
  kDayOfWeek,
  kDayOfWeekIso,
  kDayOfYear,
  kWeekIso,
  kYearOfWeek,
  kYearOfWeekIso,
  kEpochSecond,
  kEpochMillisecond,
  kEpochMicrosecond,
  kEpochNanosecond,
  kZoneHour,
  kZoneMinute
};
/// By any of the names that Snowflake takes ("mm", "yyyy", "dow_iso"), any case.
std::optional<DatePart> DatePartOf(std::string_view name);
/// The part in argument `i`; raises kInvalidValue for another word.
DatePart PartArgument(BindCall& call, size_t i);

/// Week rules of the session: WEEK_START 0..7 and WEEK_OF_YEAR_POLICY 0..1.
struct WeekRules {
  int start = 0;
  int policy = 0;
};
WeekRules WeekRulesAt(ClientContext& context);
/// The first day of the week that holds `days`: Monday, or the day that WEEK_START names.
int64_t WeekFloor(int64_t days, int week_start);
/// `wall` (microseconds) cut down to the part.
int64_t FloorToPart(int64_t wall, DatePart part, int week_start);
int64_t MonthsSinceZero(int64_t days);
/// `days` moved by months, to the month's last day where it has no such day.
int64_t MoveMonths(int64_t days, int64_t months);

/// DATE_TRUNC: keeps the type of its argument. `name` is the function's, for errors.
BoundExpr TruncateTime(ClientContext& context, BoundExpr value, const std::string& part, const char* name);
BoundExpr ExtractPart(BindCall& call, BoundExpr value, DatePart part);

/// A DATE, TIME or TIMESTAMP argument; text becomes a TIMESTAMP. Raises kInvalidArgumentTypes for others.
BoundExpr TimeArgument(BindCall& call, size_t i);

}  // namespace firn::functions

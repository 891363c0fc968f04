// Parts of dates and times: DATE_PART, EXTRACT, YEAR, DAYNAME …
// docs.snowflake.com/en/sql-reference/functions-date-time#supported-date-and-time-parts
#include <array>

#include "functions/cast.h"
#include "functions/date_functions.h"
#include "functions/datetime_text.h"
#include "functions/families.h"
#include "functions/kernel.h"

namespace firn::functions {

namespace {

struct PartName {
  DatePart part;
  std::string_view names;  ///< blank-separated
};
constexpr std::array kParts = {
    PartName{DatePart::kYear, " year y yy yyy yyyy yr years yrs "},
    PartName{DatePart::kQuarter, " quarter q qtr qtrs quarters "},
    PartName{DatePart::kMonth, " month mm mon mons months "},
    PartName{DatePart::kWeek, " week w wk weekofyear woy wy weeks "},
    PartName{DatePart::kDay, " day d dd days dayofmonth "},
    PartName{DatePart::kHour, " hour h hh hr hours hrs "},
    PartName{DatePart::kMinute, " minute m mi min minutes mins "},
    PartName{DatePart::kSecond, " second s sec seconds secs "},
    PartName{DatePart::kMillisecond, " millisecond ms msec milliseconds "},
    PartName{DatePart::kMicrosecond, " microsecond us usec microseconds "},
    PartName{DatePart::kNanosecond, " nanosecond ns nsec nanosec nsecond nanoseconds nanosecs nseconds "},
    PartName{DatePart::kDayOfWeek, " dayofweek weekday dow dw "},
    PartName{DatePart::kDayOfWeekIso, " dayofweekiso weekday_iso dow_iso dw_iso dayofweek_iso "},
    PartName{DatePart::kDayOfYear, " dayofyear yearday doy dy "},
    PartName{DatePart::kWeekIso, " weekiso week_iso weekofyeariso weekofyear_iso "},
    PartName{DatePart::kYearOfWeek, " yearofweek "},
    PartName{DatePart::kYearOfWeekIso, " yearofweekiso "},
    PartName{DatePart::kEpochSecond, " epoch_second epoch epoch_seconds "},
    PartName{DatePart::kEpochMillisecond, " epoch_millisecond epoch_milliseconds "},
    PartName{DatePart::kEpochMicrosecond, " epoch_microsecond epoch_microseconds "},
    PartName{DatePart::kEpochNanosecond, " epoch_nanosecond epoch_nanoseconds "},
    PartName{DatePart::kZoneHour, " timezone_hour tzh "},
    PartName{DatePart::kZoneMinute, " timezone_minute tzm "},
};

/// Year and number of the ISO week.
std::pair<int64_t, int64_t> IsoWeek(int64_t days) {
  int64_t thursday = WeekFloor(days, 1) + 3;
  int64_t year = CivilOf(thursday).year;
  return {year, (thursday - DaysOf(year, 1, 1)) / 7 + 1};
}

/// Year and number of the week by the session's rules. Policy 0 is ISO-like: a week belongs to the year that has most
/// of its days; policy 1: the week of 1 January is the first.
std::pair<int64_t, int64_t> WeekOf(int64_t days, WeekRules rules) {
  if (rules.start == 0 && rules.policy == 0) return IsoWeek(days);
  int start = rules.start == 0 ? 1 : rules.start;
  if (rules.policy == 0) {
    int64_t middle = WeekFloor(days, start) + 3;
    int64_t year = CivilOf(middle).year;
    return {year, (middle - DaysOf(year, 1, 1)) / 7 + 1};
  }
  int64_t year = CivilOf(days).year;
  return {year, (WeekFloor(days, start) - WeekFloor(DaysOf(year, 1, 1), start)) / 7 + 1};
}

int64_t DayOfWeek(int64_t days, int week_start) {
  int weekday = WeekdayOf(days);
  if (week_start == 0) return weekday;
  return (weekday - week_start % 7 + 7) % 7 + 1;
}

int64_t PartOf(int64_t wall, DatePart part, WeekRules rules) {
  DateTime time = DateTimeOf(wall);
  int64_t seconds = time.micros / kMicrosOfSecond;
  switch (part) {
    case DatePart::kYear:
      return CivilOf(time.days).year;
    case DatePart::kQuarter:
      return (CivilOf(time.days).month + 2) / 3;
    case DatePart::kMonth:
      return CivilOf(time.days).month;
    case DatePart::kWeek:
      return WeekOf(time.days, rules).second;
    case DatePart::kDay:
      return CivilOf(time.days).day;
    case DatePart::kHour:
      return seconds / 3600;
    case DatePart::kMinute:
      return seconds / 60 % 60;
    case DatePart::kSecond:
      return seconds % 60;
    case DatePart::kMillisecond:
      return time.micros / 1000 % 1000;
    case DatePart::kMicrosecond:
      return time.micros % kMicrosOfSecond;
    case DatePart::kNanosecond:
      return time.micros % kMicrosOfSecond * 1000;
    case DatePart::kDayOfWeek:
      return DayOfWeek(time.days, rules.start);
    case DatePart::kDayOfWeekIso:
      return WeekdayOf(time.days) == 0 ? 7 : WeekdayOf(time.days);
    case DatePart::kDayOfYear:
      return time.days - DaysOf(CivilOf(time.days).year, 1, 1) + 1;
    case DatePart::kWeekIso:
      return IsoWeek(time.days).second;
    case DatePart::kYearOfWeek:
      return WeekOf(time.days, rules).first;
    case DatePart::kYearOfWeekIso:
      return IsoWeek(time.days).first;
    case DatePart::kEpochSecond:
      return time.days * 86400 + seconds;
    case DatePart::kEpochMillisecond:
      return time.days * 86400000 + time.micros / 1000;
    case DatePart::kEpochMicrosecond:
      return wall;
    case DatePart::kEpochNanosecond:
      return wall * 1000;
    default:
      return 0;
  }
}

bool IsEpoch(DatePart part) { return part >= DatePart::kEpochSecond && part <= DatePart::kEpochNanosecond; }

/// DuckDB's function of the same meaning, which keeps statistics; null if none.
const char* DuckPart(DatePart part) {
  switch (part) {
    case DatePart::kYear:
      return "year";
    case DatePart::kQuarter:
      return "quarter";
    case DatePart::kMonth:
      return "month";
    case DatePart::kDay:
      return "day";
    case DatePart::kHour:
      return "hour";
    case DatePart::kMinute:
      return "minute";
    default:
      return nullptr;
  }
}

}  // namespace

std::optional<DatePart> DatePartOf(std::string_view name) {
  std::string word = " " + Lower(name) + " ";
  for (const PartName& row : kParts) {
    if (row.names.find(word) != std::string_view::npos) return row.part;
  }
  return std::nullopt;
}

DatePart PartArgument(BindCall& call, size_t i) {
  std::string name = ConstantText(call, i);
  auto part = DatePartOf(name);
  if (!part) Raise(errors::kInvalidDatePart, {name});
  return *part;
}

WeekRules WeekRulesAt(ClientContext& context) {
  return {static_cast<int>(IntFactAt(context, "WEEK_START")),
          static_cast<int>(IntFactAt(context, "WEEK_OF_YEAR_POLICY"))};
}

int64_t WeekFloor(int64_t days, int week_start) {
  int start = week_start == 0 ? 1 : week_start % 7;
  return days - (WeekdayOf(days) - start + 7) % 7;
}

BoundExpr TimeArgument(BindCall& call, size_t i) {
  BoundExpr arg = Plain(call.context, call.Take(i));
  Shape shape = ShapeOf(arg->return_type);
  if (shape == Shape::kDate || shape == Shape::kTime || IsTimestamp(shape)) return arg;
  if (shape == Shape::kNull) return NullOf(LogicalType::TIMESTAMP);
  if (shape == Shape::kText || shape == Shape::kVariant) {
    return ToTimestamp(call.context, std::move(arg), TypeId::kTimestampNtz, "", OnFailure::kRaise);
  }
  Raise(errors::kInvalidArgumentTypes, {call.name, TypeName(arg->return_type)});
}

BoundExpr ExtractPart(BindCall& call, BoundExpr value, DatePart part) {
  ClientContext& context = call.context;
  Shape shape = ShapeOf(value->return_type);
  if (part == DatePart::kZoneHour || part == DatePart::kZoneMinute) {
    BoundExpr tz = ToTimestamp(context, std::move(value), TypeId::kTimestampTz, "", OnFailure::kRaise);
    std::vector<BoundExpr> args;
    args.push_back(TzOffset(context, std::move(tz)));
    bool hour = part == DatePart::kZoneHour;
    return Kernel(
        hour ? "firn zone hour" : "firn zone minute", LogicalType::BIGINT, std::move(args),
        MapRows<int64_t, int32_t>([hour](int32_t minutes) -> int64_t { return hour ? minutes / 60 : minutes % 60; }));
  }
  if (IsEpoch(part) && shape == Shape::kTz) value = TzInstant(context, std::move(value));
  if (IsEpoch(part) && shape == Shape::kLtz) value = Retype(std::move(value), LogicalType::TIMESTAMP);
  if (IsTimestamp(ShapeOf(value->return_type))) value = WallOf(context, std::move(value));
  bool has_no_time = shape == Shape::kDate && (part == DatePart::kHour || part == DatePart::kMinute);
  bool has_no_date =
      shape == Shape::kTime && DuckPart(part) != nullptr && part != DatePart::kHour && part != DatePart::kMinute;
  if (DuckPart(part) && !has_no_time && !has_no_date) return Duck(context, DuckPart(part), std::move(value));
  if (shape == Shape::kDate) value = DuckCast(context, std::move(value), LogicalType::TIMESTAMP);
  WeekRules rules = WeekRulesAt(context);
  std::vector<BoundExpr> args;
  args.push_back(std::move(value));
  std::string identity = "firn part " + std::to_string(static_cast<int>(part)) + " " + std::to_string(rules.start) +
                         " " + std::to_string(rules.policy);
  return Kernel(identity, LogicalType::BIGINT, std::move(args),
                MapRows<int64_t, int64_t>([=](int64_t wall) { return PartOf(wall, part, rules); }));
}

namespace {

BoundNode BindDatePart(BindCall& call) { return ExtractPart(call, TimeArgument(call, 1), PartArgument(call, 0)); }
template <DatePart Part>
BoundNode BindPart(BindCall& call) {
  return ExtractPart(call, TimeArgument(call, 0), Part);
}

/// A name for each value of a part: Mon, Jan.
template <DatePart Part>
BoundNode BindName(BindCall& call) {
  static constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 13> kMonths = {"",    "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::vector<BoundExpr> args;
  BoundExpr value = TimeArgument(call, 0);
  args.push_back(ToDate(call.context, std::move(value), "", OnFailure::kRaise));
  return Kernel(std::string("firn ") + call.name, LogicalType::VARCHAR, std::move(args),
                MapRows<std::string, duckdb::date_t>([](duckdb::date_t date) -> std::string {
                  if (Part == DatePart::kDayOfWeek) return kDays[static_cast<size_t>(WeekdayOf(date.days))];
                  return kMonths[static_cast<size_t>(CivilOf(date.days).month)];
                }));
}

// clang-format off
constexpr std::array kDateParts = {
    Function{"DATE_PART", "part, value", Native{BindDatePart}, "DATE_PART(quarter, '2024-04-08'::DATE)", "2", "functions/date_part"},
    Function{"DAY", "value", Native{BindPart<DatePart::kDay>}, "DAY('2024-04-08'::DATE)", "8", "functions/year"},
    Function{"DAYNAME", "value", Native{BindName<DatePart::kDayOfWeek>}, "DAYNAME(TO_DATE('2024-04-01'))", "Mon", "functions/dayname"},
    Function{"DAYOFMONTH", "value", Native{BindPart<DatePart::kDay>}, "DAYOFMONTH('2024-04-08'::DATE)", "8", "functions/year"},
    Function{"DAYOFWEEK", "value", Native{BindPart<DatePart::kDayOfWeek>}, "DAYOFWEEK('2025-04-11'::DATE)", "5", "functions/year"},
    Function{"DAYOFWEEKISO", "value", Native{BindPart<DatePart::kDayOfWeekIso>}, "DAYOFWEEKISO('2016-01-03'::DATE)", "7", "functions/year"},
    Function{"DAYOFYEAR", "value", Native{BindPart<DatePart::kDayOfYear>}, "DAYOFYEAR('2025-04-11'::DATE)", "101", "functions/year"},
    Function{"EXTRACT", "part, value", Native{BindDatePart}, "EXTRACT(year FROM TO_TIMESTAMP('2024-04-10T23:39:20.123-07:00'))", "2024", "functions/extract"},
    Function{"HOUR", "value", Native{BindPart<DatePart::kHour>}, "HOUR('2024-04-08T23:39:20.123'::TIMESTAMP)", "23", "functions/hour-minute-second"},
    Function{"MINUTE", "value", Native{BindPart<DatePart::kMinute>}, "MINUTE('2024-04-08T23:39:20.123'::TIMESTAMP)", "39", "functions/hour-minute-second"},
    Function{"MONTH", "value", Native{BindPart<DatePart::kMonth>}, "MONTH('2024-04-08T23:39:20.123'::TIMESTAMP)", "4", "functions/year"},
    Function{"MONTHNAME", "value", Native{BindName<DatePart::kMonth>}, "MONTHNAME(TO_DATE('2015-05-01'))", "May", "functions/monthname"},
    Function{"QUARTER", "value", Native{BindPart<DatePart::kQuarter>}, "QUARTER('2024-04-08'::DATE)", "2", "functions/year"},
    Function{"SECOND", "value", Native{BindPart<DatePart::kSecond>}, "SECOND('2024-04-08T23:39:20.123'::TIMESTAMP)", "20", "functions/hour-minute-second"},
    Function{"WEEK", "value", Native{BindPart<DatePart::kWeek>}, "WEEK('2016-01-02T23:39:20.123'::TIMESTAMP)", "53", "functions/year"},
    Function{"WEEKISO", "value", Native{BindPart<DatePart::kWeekIso>}, "WEEKISO('2016-01-02T23:39:20.123'::TIMESTAMP)", "53", "functions/year"},
    Function{"WEEKOFYEAR", "value", Native{BindPart<DatePart::kWeek>}, "WEEKOFYEAR('2025-04-11'::DATE)", "15", "functions/year"},
    Function{"YEAR", "value", Native{BindPart<DatePart::kYear>}, "YEAR('2024-04-10T23:39:20.123-07:00'::TIMESTAMP)", "2024", "functions/year"},
    Function{"YEAROFWEEK", "value", Native{BindPart<DatePart::kYearOfWeek>}, "YEAROFWEEK('2016-01-02T23:39:20.123'::TIMESTAMP)", "2015", "functions/year"},
    Function{"YEAROFWEEKISO", "value", Native{BindPart<DatePart::kYearOfWeekIso>}, "YEAROFWEEKISO('2016-01-02T23:39:20.123'::TIMESTAMP)", "2015", "functions/year"},
};
// clang-format on

}  // namespace

std::span<const Function> DatePartFunctions() { return kDateParts; }

}  // namespace firn::functions

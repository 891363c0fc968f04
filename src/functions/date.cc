// Arithmetic and making of dates and times: docs.snowflake.com/en/sql-reference/functions-date-time
#include <array>
#include <cmath>

#include "functions/date_functions.h"
#include "functions/datetime_text.h"
#include "functions/families.h"
#include "functions/operators.h"
#include "functions/rows.h"
#include "functions/tree.h"

namespace firn::functions {

namespace {

using duckdb::date_t;
using duckdb::dtime_t;

int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

/// Microseconds of a part of fixed length; 0 for months and longer.
int64_t MicrosOf(DatePart part) {
  switch (part) {
    case DatePart::kWeek:
    case DatePart::kWeekIso:
      return 7 * kMicrosOfDay;
    case DatePart::kDay:
    case DatePart::kDayOfWeek:
    case DatePart::kDayOfWeekIso:
    case DatePart::kDayOfYear:
      return kMicrosOfDay;
    case DatePart::kHour:
      return kMicrosOfHour;
    case DatePart::kMinute:
      return kMicrosOfMinute;
    case DatePart::kSecond:
    case DatePart::kEpochSecond:
      return kMicrosOfSecond;
    case DatePart::kMillisecond:
    case DatePart::kEpochMillisecond:
      return 1000;
    case DatePart::kMicrosecond:
    case DatePart::kEpochMicrosecond:
      return 1;
    default:
      return 0;
  }
}
int64_t MonthsOf(DatePart part) {
  switch (part) {
    case DatePart::kYear:
    case DatePart::kYearOfWeek:
    case DatePart::kYearOfWeekIso:
      return 12;
    case DatePart::kQuarter:
      return 3;
    case DatePart::kMonth:
      return 1;
    default:
      return 0;
  }
}
bool IsNano(DatePart part) { return part == DatePart::kNanosecond || part == DatePart::kEpochNanosecond; }

[[noreturn]] void NoSuchPart(const char* function, const LogicalType& type) {
  Raise(errors::kInvalidArgumentTypes, {function, "part, " + TypeName(type)});
}

int64_t MoveWall(int64_t wall, DatePart part, int64_t amount) {
  if (int64_t months = MonthsOf(part)) {
    DateTime time = DateTimeOf(wall);
    return MoveMonths(time.days, amount * months) * kMicrosOfDay + time.micros;
  }
  if (IsNano(part)) return wall + FloorDiv(amount, 1000);
  int64_t out = 0;
  if (__builtin_mul_overflow(amount, MicrosOf(part), &out) || __builtin_add_overflow(out, wall, &out)) {
    Raise(errors::kTimestampUnrecognized, {std::to_string(amount)});
  }
  return out;
}

BoundExpr MoveKernel(DatePart part, BoundExpr value, BoundExpr amount) {
  auto type = value->return_type;
  std::vector<BoundExpr> args;
  args.push_back(std::move(value));
  args.push_back(std::move(amount));
  std::string identity = "firn dateadd " + std::to_string(static_cast<int>(part));
  if (type.id() == LogicalTypeId::DATE) {
    return Kernel(
        identity, type, std::move(args), MapRows<date_t, date_t, int64_t>([part](date_t date, int64_t by) {
          return date_t(static_cast<int32_t>(FloorDiv(MoveWall(date.days * kMicrosOfDay, part, by), kMicrosOfDay)));
        }));
  }
  bool time = type.id() == LogicalTypeId::TIME;
  return Kernel(identity, type, std::move(args),
                MapRows<int64_t, int64_t, int64_t>([part, time](int64_t at, int64_t by) {
                  int64_t out = MoveWall(at, part, by);
                  return time ? out - FloorDiv(out, kMicrosOfDay) * kMicrosOfDay : out;
                }));
}

BoundExpr MoveTime(BindCall& call, DatePart part, BoundExpr amount, BoundExpr value) {
  ClientContext& context = call.context;
  Shape shape = ShapeOf(value->return_type);
  bool calendar = MonthsOf(part) > 0 || MicrosOf(part) >= kMicrosOfDay;
  if (MonthsOf(part) == 0 && MicrosOf(part) == 0 && !IsNano(part)) NoSuchPart(call.name, value->return_type);
  if (shape == Shape::kTime && calendar) NoSuchPart(call.name, value->return_type);
  if (shape == Shape::kDate && !calendar) value = DuckCast(context, std::move(value), LogicalType::TIMESTAMP);
  if (shape == Shape::kTz) {
    BoundExpr offset = TzOffset(context, value->Copy());
    return MakeTz(context, MoveKernel(part, TzWall(context, std::move(value)), std::move(amount)), std::move(offset));
  }
  if (shape == Shape::kLtz && calendar) {
    BoundExpr wall = MoveKernel(part, WallOf(context, std::move(value)), std::move(amount));
    return DuckCast(context, std::move(wall), LogicalType::TIMESTAMP_TZ);
  }
  return MoveKernel(part, std::move(value), std::move(amount));
}

BoundNode BindDateAdd(BindCall& call) {
  DatePart part = PartArgument(call, 0);
  BoundExpr amount = ToInteger(call.context, Plain(call.context, call.Take(1)), OnFailure::kRaise);
  return MoveTime(call, part, std::move(amount), TimeArgument(call, 2));
}

int64_t PartsBetween(int64_t from, int64_t to, DatePart part, int week_start) {
  auto day = [](int64_t wall) { return FloorDiv(wall, kMicrosOfDay); };
  if (int64_t months = MonthsOf(part)) {
    return FloorDiv(MonthsSinceZero(day(to)), months) - FloorDiv(MonthsSinceZero(day(from)), months);
  }
  if (part == DatePart::kWeek) return (WeekFloor(day(to), week_start) - WeekFloor(day(from), week_start)) / 7;
  if (part == DatePart::kWeekIso) return (WeekFloor(day(to), 1) - WeekFloor(day(from), 1)) / 7;
  if (IsNano(part)) return (to - from) * 1000;
  return FloorDiv(to, MicrosOf(part)) - FloorDiv(from, MicrosOf(part));
}

BoundNode BindDateDiff(BindCall& call) {
  DatePart part = PartArgument(call, 0);
  BoundExpr from = TimeArgument(call, 1), to = TimeArgument(call, 2);
  Shape a = ShapeOf(from->return_type), b = ShapeOf(to->return_type);
  if (MonthsOf(part) == 0 && MicrosOf(part) == 0 && !IsNano(part)) NoSuchPart(call.name, from->return_type);
  if (MicrosOf(part) == kMicrosOfDay && a == Shape::kDate && b == Shape::kDate) {
    return Subtract(call.context, std::move(to), std::move(from));
  }
  if ((a == Shape::kTime) != (b == Shape::kTime)) NoSuchPart(call.name, to->return_type);
  std::vector<BoundExpr> args;
  for (BoundExpr* side : {&from, &to}) {
    args.push_back(a == Shape::kTime ? std::move(*side) : WallOf(call.context, std::move(*side)));
  }
  int week_start = WeekRulesAt(call.context).start;
  return Kernel("firn datediff " + std::to_string(static_cast<int>(part)) + " " + std::to_string(week_start),
                LogicalType::BIGINT, std::move(args), MapRows<int64_t, int64_t, int64_t>([=](int64_t x, int64_t y) {
                  return PartsBetween(x, y, part, week_start);
                }));
}

/// Applies `shape the wall clock`, a kernel over microseconds, to a DATE, TIME or any TIMESTAMP, keeping its type.
template <class F>
BoundExpr OnWall(ClientContext& context, const std::string& identity, BoundExpr value, F f) {
  auto type = value->return_type;
  Shape shape = ShapeOf(type);
  auto run = [&](BoundExpr wall) {
    std::vector<BoundExpr> args;
    auto wall_type = wall->return_type;
    args.push_back(std::move(wall));
    return Kernel(identity, wall_type, std::move(args), MapRows<int64_t, int64_t>(f));
  };
  switch (shape) {
    case Shape::kDate:
      return DuckCast(context, run(DuckCast(context, std::move(value), LogicalType::TIMESTAMP)), LogicalType::DATE);
    case Shape::kLtz:
      return DuckCast(context, run(WallOf(context, std::move(value))), LogicalType::TIMESTAMP_TZ);
    case Shape::kTz: {
      BoundExpr offset = TzOffset(context, value->Copy());
      return MakeTz(context, run(TzWall(context, std::move(value))), std::move(offset));
    }
    default:
      return run(std::move(value));
  }
}

BoundNode BindDateTrunc(BindCall& call) {
  std::string part = ConstantText(call, 0);
  return TruncateTime(call.context, TimeArgument(call, 1), part, call.name);
}

BoundNode BindLastDay(BindCall& call) {
  DatePart part = call.size() > 1 ? PartArgument(call, 1) : DatePart::kMonth;
  BoundExpr date = ToDate(call.context, TimeArgument(call, 0), "", OnFailure::kRaise);
  if (MonthsOf(part) == 0 && part != DatePart::kWeek && part != DatePart::kDay)
    NoSuchPart(call.name, date->return_type);
  int week_start = WeekRulesAt(call.context).start;
  std::vector<BoundExpr> args;
  args.push_back(std::move(date));
  return Kernel("firn last_day " + std::to_string(static_cast<int>(part)), LogicalType::DATE, std::move(args),
                MapRows<date_t, date_t>([=](date_t day) {
                  if (part == DatePart::kDay) return day;
                  int64_t first = FloorToPart(day.days * kMicrosOfDay, part, week_start) / kMicrosOfDay;
                  int64_t next = part == DatePart::kWeek ? first + 7 : MoveMonths(first, MonthsOf(part));
                  return date_t(static_cast<int32_t>(next - 1));
                }));
}

int WeekdayNamed(std::string_view name) {
  constexpr std::array<std::string_view, 7> kNames = {"su", "mo", "tu", "we", "th", "fr", "sa"};
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (Lower(name.substr(0, 2)) == kNames[i]) return static_cast<int>(i);
  }
  Raise(errors::kInvalidValue, {std::string(name), "day of week"});
}
date_t NextDay(date_t date, std::string_view name) {
  int distance = (WeekdayNamed(name) - WeekdayOf(date.days) + 7) % 7;
  return date_t(date.days + (distance == 0 ? 7 : distance));
}
date_t PreviousDay(date_t date, std::string_view name) {
  int distance = (WeekdayOf(date.days) - WeekdayNamed(name) + 7) % 7;
  return date_t(date.days - (distance == 0 ? 7 : distance));
}

/// Whole months, or months and the rest in 31sts of a month.
BoundNode BindMonthsBetween(BindCall& call) {
  std::vector<BoundExpr> args;
  for (size_t i : {size_t{0}, size_t{1}}) {
    BoundExpr value = TimeArgument(call, i);
    args.push_back(WallOf(call.context, std::move(value)));
  }
  auto result = LogicalType::DECIMAL(38, 6);
  return Kernel("firn months_between", result, std::move(args),
                MapRows<int128, int64_t, int64_t>([](int64_t a, int64_t b) {
                  DateTime x = DateTimeOf(a), y = DateTimeOf(b);
                  Civil p = CivilOf(x.days), q = CivilOf(y.days);
                  int64_t months = MonthsSinceZero(x.days) - MonthsSinceZero(y.days);
                  bool both_last = p.day == DaysInMonth(p.year, p.month) && q.day == DaysInMonth(q.year, q.month);
                  if (p.day == q.day || both_last) return int128{months} * 1000000;
                  double rest = static_cast<double>(p.day - q.day) +
                                static_cast<double>(x.micros - y.micros) / static_cast<double>(kMicrosOfDay);
                  return static_cast<int128>(std::llround((static_cast<double>(months) + rest / 31) * 1e6));
                }));
}

/// The month's last day stays the last day.
BoundNode BindAddMonths(BindCall& call) {
  BoundExpr value = TimeArgument(call, 0);
  if (ShapeOf(value->return_type) == Shape::kTime) call.BadTypes();
  BoundExpr months = ToInteger(call.context, Plain(call.context, call.Take(1)), OnFailure::kRaise);
  auto type = value->return_type;
  BoundExpr wall = WallOf(call.context, std::move(value));
  std::vector<BoundExpr> args;
  args.push_back(std::move(wall));
  args.push_back(std::move(months));
  BoundExpr moved = Kernel("firn add_months", LogicalType::TIMESTAMP, std::move(args),
                           MapRows<int64_t, int64_t, int64_t>([](int64_t at, int64_t by) {
                             DateTime time = DateTimeOf(at);
                             Civil from = CivilOf(time.days);
                             int64_t days = MoveMonths(time.days, by);
                             Civil to = CivilOf(days);
                             if (from.day == DaysInMonth(from.year, from.month)) {
                               days += DaysInMonth(to.year, to.month) - to.day;
                             }
                             return days * kMicrosOfDay + time.micros;
                           }));
  if (ShapeOf(type) == Shape::kTz) Raise(errors::kUnsupported, {"ADD_MONTHS of TIMESTAMP_TZ"});
  return DuckCast(call.context, std::move(moved), type);
}

/// Parts out of their range carry over: month 13 is next year's January, day 0 the day before the first.
int64_t DaysFromParts(int64_t year, int64_t month, int64_t day) {
  int64_t months = year * 12 + month - 1;
  return DaysOf(FloorDiv(months, 12), static_cast<int>(months - FloorDiv(months, 12) * 12 + 1), 1) + day - 1;
}
date_t DateFromParts(int64_t year, int64_t month, int64_t day) {
  return date_t(static_cast<int32_t>(DaysFromParts(year, month, day)));
}
int64_t MicrosFromParts(int64_t hour, int64_t minute, int64_t second, int64_t nanos) {
  return (hour * 60 + minute) * kMicrosOfMinute + second * kMicrosOfSecond + FloorDiv(nanos, 1000);
}
dtime_t TimeFromParts(int64_t hour, int64_t minute, int64_t second, int64_t nanos) {
  int64_t micros = MicrosFromParts(hour, minute, second, nanos);
  return dtime_t(micros - FloorDiv(micros, kMicrosOfDay) * kMicrosOfDay);
}

/// (date, time) or (year, month, day, hour, minute, second [, nanosecond]).
BoundExpr StampFromParts(BindCall& call) {
  std::vector<BoundExpr> args;
  if (call.size() == 2) {
    args.push_back(ToDate(call.context, TimeArgument(call, 0), "", OnFailure::kRaise));
    args.push_back(ToTime(call.context, Plain(call.context, call.Take(1)), "", OnFailure::kRaise));
    return Kernel(
        "firn stamp from date", LogicalType::TIMESTAMP, std::move(args),
        MapRows<int64_t, date_t, int64_t>([](date_t date, int64_t time) { return date.days * kMicrosOfDay + time; }));
  }
  if (call.size() < 6) call.BadTypes();
  if (call.size() == 6) call.args.push_back(Constant(Value::BIGINT(0)));
  for (size_t i = 0; i < 7; ++i)
    args.push_back(ToInteger(call.context, Plain(call.context, call.Take(i)), OnFailure::kRaise));
  return Kernel("firn stamp from parts", LogicalType::TIMESTAMP, std::move(args),
                MapRows<int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t>(
                    [](int64_t y, int64_t m, int64_t d, int64_t h, int64_t i, int64_t s, int64_t n) {
                      return DaysFromParts(y, m, d) * kMicrosOfDay + MicrosFromParts(h, i, s, n);
                    }));
}
BoundNode BindNtzFromParts(BindCall& call) {
  if (call.size() > 7) call.BadTypes();
  return StampFromParts(call);
}
BoundNode BindLtzFromParts(BindCall& call) {
  return DuckCast(call.context, BindNtzFromParts(call).expr, LogicalType::TIMESTAMP_TZ);
}
BoundNode BindTzFromParts(BindCall& call) {
  std::string zone = FactAt(call.context, "TIMEZONE");
  if (call.size() == 8) {
    zone = ConstantText(call, 7);
    call.args.pop_back();
  }
  BoundExpr wall = StampFromParts(call);
  BoundExpr instant = Duck(call.context, "timezone", Constant(Value(zone)), wall->Copy());
  BoundExpr utc = Retype(std::move(instant), LogicalType::TIMESTAMP);
  BoundExpr minutes = Duck(call.context, "date_diff", Constant(Value("minute")), std::move(utc), wall->Copy());
  return MakeTz(call.context, std::move(wall), DuckCast(call.context, std::move(minutes), LogicalType::INTEGER));
}

/// Slices of `length` parts, counted from 1970-01-01; weeks from the first Monday before it.
BoundNode BindTimeSlice(BindCall& call) {
  int64_t length = ConstantInt(call, 1);
  DatePart part = PartArgument(call, 2);
  std::string edge = call.size() > 3 ? ConstantText(call, 3) : "START";
  bool end = EqualsIgnoreCase(edge, "END");
  if (!end && !EqualsIgnoreCase(edge, "START")) Raise(errors::kInvalidValue, {edge, "start_or_end"});
  if (length < 1) Raise(errors::kInvalidValue, {std::to_string(length), "slice_length"});
  BoundExpr value = TimeArgument(call, 0);
  if (MonthsOf(part) == 0 && MicrosOf(part) == 0) NoSuchPart(call.name, value->return_type);
  std::string identity = "firn time_slice " + std::to_string(length) + edge + std::to_string(static_cast<int>(part));
  return OnWall(call.context, identity, std::move(value), [=](int64_t wall) {
    if (int64_t months = MonthsOf(part) * length) {
      int64_t epoch = MonthsSinceZero(0);
      int64_t slice = FloorDiv(MonthsSinceZero(FloorDiv(wall, kMicrosOfDay)) - epoch, months) + (end ? 1 : 0);
      return MoveMonths(0, slice * months) * kMicrosOfDay;
    }
    int64_t unit = MicrosOf(part) * length;
    int64_t origin = part == DatePart::kWeek ? -3 * kMicrosOfDay : 0;
    return (FloorDiv(wall - origin, unit) + (end ? 1 : 0)) * unit + origin;
  });
}

/// (target, stamp): TIMESTAMP_TZ with the target's offset. (source, target, ntz): NTZ from one wall clock to another.
BoundNode BindConvertTimezone(BindCall& call) {
  ClientContext& context = call.context;
  if (call.size() == 3) {
    BoundExpr wall = WallOf(context, TimeArgument(call, 2));
    for (size_t i : {size_t{0}, size_t{1}}) call.args[i] = ToText(context, call.Take(i));
    BoundExpr instant = Duck(context, "timezone", call.Take(0), std::move(wall));
    return Duck(context, "timezone", call.Take(1), std::move(instant));
  }
  // Text keeps the offset that it names.
  bool text = ShapeOf(call.Type(1)) == Shape::kText;
  BoundExpr instant =
      ToTimestamp(context, text ? call.Take(1) : TimeArgument(call, 1), TypeId::kTimestampLtz, "", OnFailure::kRaise);
  BoundExpr wall = Duck(context, "timezone", ToText(context, call.Take(0)), instant->Copy());
  BoundExpr utc = Retype(std::move(instant), LogicalType::TIMESTAMP);
  BoundExpr minutes = Duck(context, "date_diff", Constant(Value("minute")), std::move(utc), wall->Copy());
  return MakeTz(context, std::move(wall), DuckCast(context, std::move(minutes), LogicalType::INTEGER));
}

// clang-format off
constexpr std::array kDate = {
    Function{"ADD_MONTHS", "value, months", Native{BindAddMonths}, "ADD_MONTHS('2016-02-29'::DATE, 1)", "2016-03-31", "functions/add_months"},
    Function{"CONVERT_TIMEZONE", "a, b [, c]", Native{BindConvertTimezone}, "CONVERT_TIMEZONE('America/Los_Angeles', 'America/New_York', '2024-01-01 14:00:00'::TIMESTAMP_NTZ)", "2024-01-01 17:00:00.000", "functions/convert_timezone"},
    Function{"DATEADD", "part, amount, value", Native{BindDateAdd}, "DATEADD(year, 2, TO_DATE('2022-05-08'))", "2024-05-08", "functions/dateadd"},
    Function{"DATEDIFF", "part, from, to", Native{BindDateDiff}, "DATEDIFF(year, '2020-04-09 14:39:20'::TIMESTAMP, '2023-05-08 23:39:20'::TIMESTAMP)", "3", "functions/datediff"},
    Function{"DATEFROMPARTS", "year, month, day", Native{Rows<DateFromParts>}, "DATEFROMPARTS(2004, 1, -1)", "2003-12-30", "functions/date_from_parts"},
    Function{"DATE_FROM_PARTS", "year, month, day", Native{Rows<DateFromParts>}, "DATE_FROM_PARTS(1977, 8, 7)", "1977-08-07", "functions/date_from_parts"},
    Function{"DATE_TRUNC", "part, value", Native{BindDateTrunc}, "DATE_TRUNC('quarter', '2015-05-08T23:39:20.123-07:00'::TIMESTAMP)", "2015-04-01 00:00:00.000", "functions/date_trunc"},
    Function{"LAST_DAY", "value [, unit]", Native{BindLastDay}, "LAST_DAY(TO_DATE('2015-05-08'), 'YEAR')", "2015-12-31", "functions/last_day"},
    Function{"MONTHS_BETWEEN", "a, b", Native{BindMonthsBetween}, "MONTHS_BETWEEN('2019-03-15'::DATE, '2019-02-15'::DATE)", "1.000000", "functions/months_between"},
    Function{"NEXT_DAY", "value, weekday", Native{Rows<NextDay>}, "NEXT_DAY('2024-05-09'::DATE, 'Friday ')", "2024-05-10", "functions/next_day"},
    Function{"PREVIOUS_DAY", "value, weekday", Native{Rows<PreviousDay>}, "PREVIOUS_DAY('2024-05-09'::DATE, 'Friday ')", "2024-05-03", "functions/previous_day"},
    Function{"TIMEADD", "part, amount, value", Native{BindDateAdd}, "TIMEADD(hour, 2, TO_TIMESTAMP('2022-05-08 11:22:33.444'))", "2022-05-08 13:22:33.444", "functions/timeadd"},
    Function{"TIMEDIFF", "part, from, to", Native{BindDateDiff}, "TIMEDIFF(month, '2017-01-1'::TIMESTAMP, '2017-12-31'::TIMESTAMP)", "11", "functions/timediff"},
    Function{"TIMEFROMPARTS", "hour, minute, second [, nanosecond = 0]", Native{Rows<TimeFromParts>}, "TIMEFROMPARTS(0, 100, 0)", "01:40:00", "functions/time_from_parts"},
    Function{"TIMESTAMPADD", "part, amount, value", Native{BindDateAdd}, "TIMESTAMPADD(month, 1, '2000-01-31'::DATE)", "2000-02-29", "functions/timestampadd"},
    Function{"TIMESTAMPDIFF", "part, from, to", Native{BindDateDiff}, "TIMESTAMPDIFF(day, '2017-01-01'::DATE, '2017-12-31'::DATE)", "364", "functions/timestampdiff"},
    Function{"TIMESTAMPFROMPARTS", "year, month, ...", Native{BindNtzFromParts}, "TIMESTAMPFROMPARTS(2013, 4, 5, 12, 0, 0)", "2013-04-05 12:00:00.000", "functions/timestamp_from_parts"},
    Function{"TIMESTAMPLTZFROMPARTS", "year, month, ...", Native{BindLtzFromParts}, "TIMESTAMPLTZFROMPARTS(2013, 4, 5, 12, 0, 0)", "2013-04-05 12:00:00.000 +0000", "functions/timestamp_from_parts"},
    Function{"TIMESTAMPNTZFROMPARTS", "year, month, ...", Native{BindNtzFromParts}, "TIMESTAMPNTZFROMPARTS(2013, 4, 5, 12, 0, 0)", "2013-04-05 12:00:00.000", "functions/timestamp_from_parts"},
    Function{"TIMESTAMPTZFROMPARTS", "year, month, ...", Native{BindTzFromParts}, "TIMESTAMPTZFROMPARTS(2013, 4, 5, 12, 0, 0)", "2013-04-05 12:00:00.000 +0000", "functions/timestamp_from_parts"},
    Function{"TIMESTAMP_FROM_PARTS", "year, month, ...", Native{BindNtzFromParts}, "TIMESTAMP_FROM_PARTS('2013-04-05'::DATE, '12:00:00'::TIME)", "2013-04-05 12:00:00.000", "functions/timestamp_from_parts"},
    Function{"TIMESTAMP_LTZ_FROM_PARTS", "year, month, ...", Native{BindLtzFromParts}, "TIMESTAMP_LTZ_FROM_PARTS(2013, 4, 5, 12, 0, 0)", "2013-04-05 12:00:00.000 +0000", "functions/timestamp_from_parts"},
    Function{"TIMESTAMP_NTZ_FROM_PARTS", "year, month, ...", Native{BindNtzFromParts}, "TIMESTAMP_NTZ_FROM_PARTS(2013, 4, 5, 12, 0, 0, 987654321)", "2013-04-05 12:00:00.987", "functions/timestamp_from_parts"},
    Function{"TIMESTAMP_TZ_FROM_PARTS", "year, month, ...", Native{BindTzFromParts}, "TIMESTAMP_TZ_FROM_PARTS(2013, 4, 5, 12, 0, 0, 0, 'America/Los_Angeles')", "2013-04-05 12:00:00.000 -0700", "functions/timestamp_from_parts"},
    Function{"TIME_FROM_PARTS", "hour, minute, second [, nanosecond = 0]", Native{Rows<TimeFromParts>}, "TIME_FROM_PARTS(12, 34, 56, 987654321)", "12:34:56", "functions/time_from_parts"},
    Function{"TIME_SLICE", "value, length, unit [, edge]", Native{BindTimeSlice}, "TIME_SLICE('2019-02-28'::DATE, 4, 'MONTH', 'START')", "2019-01-01", "functions/time_slice"},
};
// clang-format on

}  // namespace

// --- shared ----------------------------------------------------------------------------------------------------------

int64_t MonthsSinceZero(int64_t days) {
  Civil civil = CivilOf(days);
  return civil.year * 12 + civil.month - 1;
}

int64_t MoveMonths(int64_t days, int64_t months) {
  Civil civil = CivilOf(days);
  int64_t total = civil.year * 12 + civil.month - 1 + months;
  int64_t year = FloorDiv(total, 12);
  int month = static_cast<int>(total - year * 12) + 1;
  return DaysOf(year, month, std::min(civil.day, DaysInMonth(year, month)));
}

int64_t FloorToPart(int64_t wall, DatePart part, int week_start) {
  int64_t days = FloorDiv(wall, kMicrosOfDay);
  if (int64_t months = MonthsOf(part)) {
    int64_t total = FloorDiv(MonthsSinceZero(days), months) * months;
    return DaysOf(FloorDiv(total, 12), static_cast<int>(total - FloorDiv(total, 12) * 12) + 1, 1) * kMicrosOfDay;
  }
  if (part == DatePart::kWeek) return WeekFloor(days, week_start) * kMicrosOfDay;
  if (part == DatePart::kWeekIso) return WeekFloor(days, 1) * kMicrosOfDay;
  int64_t unit = std::max<int64_t>(1, MicrosOf(part));
  return FloorDiv(wall, unit) * unit;
}

BoundExpr TruncateTime(ClientContext& context, BoundExpr value, const std::string& part_name, const char* name) {
  auto part = DatePartOf(part_name);
  if (!part) Raise(errors::kInvalidDatePart, {part_name});
  bool calendar = MonthsOf(*part) > 0 || MicrosOf(*part) >= kMicrosOfDay;
  Shape shape = ShapeOf(value->return_type);
  if ((!calendar && MicrosOf(*part) == 0 && !IsNano(*part)) || (shape == Shape::kTime && calendar)) {
    NoSuchPart(name, value->return_type);
  }
  if (shape == Shape::kDate && !calendar) return value;
  int week_start = WeekRulesAt(context).start;
  std::string identity = "firn floor " + std::to_string(static_cast<int>(*part)) + " " + std::to_string(week_start);
  return OnWall(context, identity, std::move(value),
                [=](int64_t wall) { return FloorToPart(wall, *part, week_start); });
}

std::span<const Function> DateFunctions() { return kDate; }

}  // namespace firn::functions

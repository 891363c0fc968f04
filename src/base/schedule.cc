#include "base/schedule.h"

#include <date/tz.h>

#include <charconv>
#include <chrono>
#include <vector>

#include "base/errors.h"
#include "base/types.h"

namespace firn {

namespace {

constexpr int kDaysLookedAhead = 8 * 366;

Error Wrong(std::string_view text, const std::string& why) {
  return Error(errors::kInvalidInput, {"Invalid schedule '" + std::string(text) + "': " + why});
}

std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words;
  size_t at = 0;
  while (at < text.size()) {
    size_t begin = text.find_first_not_of(" \t\n", at);
    if (begin == std::string_view::npos) break;
    size_t end = std::min(text.find_first_of(" \t\n", begin), text.size());
    words.emplace_back(text.substr(begin, end - begin));
    at = end;
  }
  return words;
}

constexpr std::array<std::string_view, 7> kWeekdays = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};
constexpr std::array<std::string_view, 12> kMonths = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                      "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};

std::optional<int> Number(std::string_view text, bool weekday, bool month) {
  for (size_t i = 0; weekday && i < kWeekdays.size(); ++i) {
    if (Upper(text) == kWeekdays[i]) return static_cast<int>(i);
  }
  for (size_t i = 0; month && i < kMonths.size(); ++i) {
    if (Upper(text) == kMonths[i]) return static_cast<int>(i) + 1;
  }
  int number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// "SECONDS" and the like; 0 for what is no unit.
Micros UnitLength(const std::string& unit) {
  if (unit == "SECOND" || unit == "SECONDS" || unit == "S") return 1000000;
  if (unit == "MINUTE" || unit == "MINUTES" || unit == "M") return Micros{60} * 1000000;
  if (unit == "HOUR" || unit == "HOURS" || unit == "H") return Micros{3600} * 1000000;
  if (unit == "DAY" || unit == "DAYS" || unit == "D") return Micros{86400} * 1000000;
  return 0;
}

/// "5 minutes"
std::optional<Micros> Length(std::string_view text) {
  std::vector<std::string> words = Words(text);
  if (words.size() != 2) return std::nullopt;
  std::optional<int> number = Number(words[0], false, false);
  Micros unit = UnitLength(Upper(words[1]));
  if (!number || *number < 0 || unit == 0) return std::nullopt;
  return *number * unit;
}

}  // namespace

std::optional<Micros> TargetLag(std::string_view text) {
  std::optional<Micros> length = Length(text);
  return length && *length > 0 ? length : std::nullopt;
}

/// One of the five fields: lists of numbers, ranges and steps within [low, high].
struct Schedule::Field {
  const char* name;
  int low, high;
  bool weekday = false, month = false;

  template <size_t N>
  Status Parse(std::string_view whole, const std::string& text, std::bitset<N>* set) const {
    size_t at = 0;
    while (at <= text.size()) {
      size_t comma = std::min(text.find(',', at), text.size());
      FIRN_TRY(Item(whole, text.substr(at, comma - at), set));
      at = comma + 1;
    }
    return Ok();
  }

  template <size_t N>
  Status Item(std::string_view whole, const std::string& item, std::bitset<N>* set) const {
    std::string range = item;
    int step = 1;
    if (size_t slash = item.find('/'); slash != std::string::npos) {
      auto number = Number(std::string_view(item).substr(slash + 1), false, false);
      if (!number || *number < 1) return Wrong(whole, "the step of '" + item + "' in " + name);
      step = *number;
      range = item.substr(0, slash);
    }
    int first = low, last = high;
    if (range != "*") {
      size_t dash = range.find('-', 1);
      auto from = Number(std::string_view(range).substr(0, dash), weekday, month);
      auto to = dash == std::string::npos ? from : Number(std::string_view(range).substr(dash + 1), weekday, month);
      if (!from || !to) return Wrong(whole, "'" + item + "' is no " + name);
      first = *from;
      last = dash == std::string::npos && item != range ? high : *to;
    }
    int most = weekday ? 7 : high;
    if (first < low || last > most || first > last) {
      return Wrong(whole, "'" + item + "' is out of the range of the " + name + ", " + std::to_string(low) + " to " +
                              std::to_string(high));
    }
    for (int i = first; i <= last; i += step) set->set(static_cast<size_t>(weekday ? i % 7 : i));
    return Ok();
  }
};

Status Schedule::ParseCron(std::string_view text) {
  std::vector<std::string> words = Words(text);
  if (words.size() != 8) {
    return Wrong(text, "wanted are five fields (minute, hour, day of month, month, day of week) and a time zone");
  }
  FIRN_TRY((Field{"minute", 0, 59}.Parse(text, words[2], &minutes_)));
  FIRN_TRY((Field{"hour", 0, 23}.Parse(text, words[3], &hours_)));
  last_day_ = words[4] == "L";
  any_day_ = words[4] == "*";
  if (!last_day_) FIRN_TRY((Field{"day of the month", 1, 31}.Parse(text, words[4], &days_)));
  FIRN_TRY((Field{"month", 1, 12, false, true}.Parse(text, words[5], &months_)));
  any_weekday_ = words[6] == "*";
  FIRN_TRY((Field{"day of the week", 0, 6, true}.Parse(text, words[6], &weekdays_)));
  zone_ = words[7];
  try {
    date::locate_zone(zone_);
  } catch (const std::exception&) {
    return Wrong(text, "'" + zone_ + "' is no time zone of the IANA database");
  }
  return Ok();
}

Result<Schedule> Schedule::Parse(std::string_view text) {
  Schedule schedule;
  std::vector<std::string> words = Words(text);
  if (words.size() >= 2 && Upper(words[0]) == "USING" && Upper(words[1]) == "CRON") {
    FIRN_TRY(schedule.ParseCron(text));
    return schedule;
  }
  std::optional<Micros> length = Length(text);
  if (!length) return Wrong(text, "wanted is 'USING CRON …' or a number of SECONDS, MINUTES or HOURS");
  schedule.interval_ = *length;
  if (schedule.interval_ < kScheduleIntervalMin || schedule.interval_ > kScheduleIntervalMax) {
    return Wrong(text, "an interval is 10 seconds to 11520 minutes");
  }
  return schedule;
}

bool Schedule::DayFits(int year, unsigned month, unsigned day) const {
  if (!months_.test(month)) return false;
  date::year_month_day ymd{date::year(year), date::month(month), date::day(day)};
  date::year_month_day_last last{ymd.year(), date::month_day_last(ymd.month())};
  bool by_day = last_day_ ? last.day() == ymd.day() : days_.test(day);
  bool by_weekday = weekdays_.test(date::weekday(date::sys_days(ymd)).c_encoding());
  if (any_weekday_) return by_day;
  if (any_day_) return by_weekday;
  return by_day || by_weekday;
}

std::optional<Micros> Schedule::Next(Micros after) const {
  if (interval_ > 0) return after + interval_;
  using std::chrono::microseconds;
  const date::time_zone* zone = date::locate_zone(zone_);
  date::sys_time<microseconds> instant{microseconds(after)};
  auto local_day = date::floor<date::days>(zone->to_local(instant));
  for (int i = 0; i < kDaysLookedAhead; ++i, local_day += date::days(1)) {
    date::year_month_day ymd(local_day);
    if (!DayFits(static_cast<int>(ymd.year()), static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()))) {
      continue;
    }
    for (size_t hour = 0; hour < 24; ++hour) {
      if (!hours_.test(hour)) continue;
      for (size_t minute = 0; minute < 60; ++minute) {
        if (!minutes_.test(minute)) continue;
        date::local_time<microseconds> local = local_day + std::chrono::hours(hour) + std::chrono::minutes(minute);
        date::local_info info = zone->get_info(local);
        // In a gap both offsets name an instant; the change of clocks itself comes first after it.
        date::sys_time<microseconds> due =
            info.result == date::local_info::nonexistent
                ? date::sys_time<microseconds>(info.first.end)
                : date::sys_time<microseconds>(local.time_since_epoch() - info.first.offset);
        if (due > instant) return due.time_since_epoch().count();
      }
    }
  }
  return std::nullopt;
}

}  // namespace firn

#include "functions/datetime_text.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/types.h"

namespace firn::functions {

namespace {

constexpr std::array<std::string_view, 12> kMonths = {"January",   "February", "March",    "April",
                                                      "May",       "June",     "July",     "August",
                                                      "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && EqualsIgnoreCase(text.substr(0, prefix.size()), prefix);
}

void AppendNumber(std::string* out, int64_t value, int width) {
  std::string digits = std::to_string(value < 0 ? -value : value);
  if (value < 0) *out += '-';
  if (static_cast<int>(digits.size()) < width) out->append(static_cast<size_t>(width) - digits.size(), '0');
  *out += digits;
}

std::string_view TrimBlanks(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

}  // namespace

// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
int64_t DaysOf(int64_t year, int month, int day) {
  year -= month <= 2;
  int64_t era = FloorDiv(year, 400);
  int64_t year_of_era = year - era * 400;
  int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

Civil CivilOf(int64_t days) {
  days += 719468;
  int64_t era = FloorDiv(days, 146097);
  int64_t day_of_era = days - era * 146097;
  int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int64_t shifted = (5 * day_of_year + 2) / 153;
  int day = static_cast<int>(day_of_year - (153 * shifted + 2) / 5 + 1);
  int month = static_cast<int>(shifted < 10 ? shifted + 3 : shifted - 9);
  return {year_of_era + era * 400 + (month <= 2), month, day};
}

bool IsLeapYear(int64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int DaysInMonth(int64_t year, int month) {
  constexpr std::array<int, 12> kLengths = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return kLengths[static_cast<size_t>(month - 1)] + (month == 2 && IsLeapYear(year));
}

int WeekdayOf(int64_t days) { return static_cast<int>(((days + 4) % 7 + 7) % 7); }

DateTime DateTimeOf(int64_t wall_micros, std::optional<int> offset_minutes) {
  DateTime out;
  out.days = FloorDiv(wall_micros, kMicrosOfDay);
  out.micros = wall_micros - out.days * kMicrosOfDay;
  out.offset_minutes = offset_minutes;
  return out;
}

// --- compiling -------------------------------------------------------------------------------------------------------

DateTimeFormat::DateTimeFormat(std::string_view model, int two_digit_century_start)
    : model_(model), century_start_(two_digit_century_start) {
  Add(model);
}

void DateTimeFormat::Add(std::string_view model) {
  struct Word {
    std::string_view text;
    Element element;
  };
  // Longer words first, so that MMMM is not MM twice.
  static constexpr std::array kWords = {
      Word{"TZH:TZM", Element::kZoneColon},
      Word{"TZHTZM", Element::kZoneHourMinute},
      Word{"TZISO", Element::kZoneColon},
      Word{"YYYY", Element::kYear4},
      Word{"UUUU", Element::kYear4},
      Word{"MMMM", Element::kMonthFull},
      Word{"MONTH", Element::kMonthFull},
      Word{"HH24", Element::kHour24},
      Word{"HH12", Element::kHour12},
      Word{"MON", Element::kMonthName},
      Word{"TZH", Element::kZoneHour},
      Word{"TZM", Element::kZoneMinute},
      Word{"TZD", Element::kZoneHourMinute},
      Word{"AM", Element::kMeridian},
      Word{"PM", Element::kMeridian},
      Word{"YY", Element::kYear2},
      Word{"MM", Element::kMonth},
      Word{"MI", Element::kMinute},
      Word{"DD", Element::kDay},
      Word{"DY", Element::kDayName},
      Word{"HH", Element::kHour24},
      Word{"SS", Element::kSecond},
      Word{"FF", Element::kFraction},
  };
  while (!model.empty()) {
    if (model.front() == '"') {
      size_t end = std::min(model.find('"', 1), model.size());
      items_.push_back({Element::kLiteral, std::string(model.substr(1, end - 1))});
      model.remove_prefix(std::min(end + 1, model.size()));
      continue;
    }
    auto word = std::find_if(kWords.begin(), kWords.end(), [&](const Word& w) { return StartsWith(model, w.text); });
    if (word == kWords.end()) {
      items_.push_back({Element::kLiteral, std::string(1, model.front())});
      model.remove_prefix(1);
      continue;
    }
    model.remove_prefix(word->text.size());
    Item item{word->element, {}};
    if (word->element == Element::kFraction && !model.empty() && IsDigit(model.front())) {
      item.digits = model.front() - '0';
      model.remove_prefix(1);
    }
    items_.push_back(std::move(item));
  }
}

// --- printing --------------------------------------------------------------------------------------------------------

std::string DateTimeFormat::Print(const DateTime& value) const {
  Civil civil = CivilOf(value.days);
  int64_t seconds = value.micros / kMicrosOfSecond;
  int hour = static_cast<int>(seconds / 3600);
  int offset = value.offset_minutes.value_or(0);
  int distance = offset < 0 ? -offset : offset;
  std::string out;
  for (const Item& item : items_) {
    switch (item.element) {
      case Element::kLiteral:
        out += item.text;
        break;
      case Element::kYear4:
        AppendNumber(&out, civil.year, 4);
        break;
      case Element::kYear2:
        AppendNumber(&out, ((civil.year % 100) + 100) % 100, 2);
        break;
      case Element::kMonth:
        AppendNumber(&out, civil.month, 2);
        break;
      case Element::kMonthName:
        out += kMonths[static_cast<size_t>(civil.month - 1)].substr(0, 3);
        break;
      case Element::kMonthFull:
        out += kMonths[static_cast<size_t>(civil.month - 1)];
        break;
      case Element::kDay:
        AppendNumber(&out, civil.day, 2);
        break;
      case Element::kDayName:
        out += kDays[static_cast<size_t>(WeekdayOf(value.days))].substr(0, 3);
        break;
      case Element::kHour24:
        AppendNumber(&out, hour, 2);
        break;
      case Element::kHour12:
        AppendNumber(&out, hour % 12 == 0 ? 12 : hour % 12, 2);
        break;
      case Element::kMeridian:
        out += hour < 12 ? "AM" : "PM";
        break;
      case Element::kMinute:
        AppendNumber(&out, seconds / 60 % 60, 2);
        break;
      case Element::kSecond:
        AppendNumber(&out, seconds % 60, 2);
        break;
      case Element::kFraction: {
        std::string digits;
        AppendNumber(&digits, value.micros % kMicrosOfSecond * 1000 + value.nanos, 9);
        // Without digits the point before them goes too.
        if (item.digits == 0 && !out.empty() && out.back() == '.') out.pop_back();
        out += digits.substr(0, static_cast<size_t>(item.digits));
        break;
      }
      case Element::kZoneHour:
      case Element::kZoneHourMinute:
      case Element::kZoneColon:
        out += offset < 0 ? '-' : '+';
        AppendNumber(&out, distance / 60, 2);
        if (item.element == Element::kZoneColon) out += ':';
        if (item.element != Element::kZoneHour) AppendNumber(&out, distance % 60, 2);
        break;
      case Element::kZoneMinute:
        AppendNumber(&out, distance % 60, 2);
        break;
    }
  }
  return out;
}

// --- parsing ---------------------------------------------------------------------------------------------------------

/// What has been read so far of one text.
struct DateTimeFormat::Reader {
  std::string_view rest;
  int64_t year = 1970;
  int month = 1, day = 1, hour = 0, minute = 0, second = 0, nanos = 0;
  bool hour12 = false;
  std::optional<bool> afternoon;
  std::optional<int> zone_hour;
  int zone_minute = 0;
  bool zone_negative = false;

  bool Digits(int least, int most, int64_t* out) {
    int count = 0;
    int64_t value = 0;
    while (count < most && static_cast<size_t>(count) < rest.size() && IsDigit(rest[static_cast<size_t>(count)])) {
      value = value * 10 + (rest[static_cast<size_t>(count)] - '0');
      ++count;
    }
    if (count < least) return false;
    rest.remove_prefix(static_cast<size_t>(count));
    *out = value;
    return true;
  }
  bool Small(int most_digits, int* out) {
    int64_t value = 0;
    if (!Digits(1, most_digits, &value)) return false;
    *out = static_cast<int>(value);
    return true;
  }
  template <size_t N>
  bool Name(const std::array<std::string_view, N>& names, bool full, bool either, int* index) {
    for (size_t i = 0; i < N; ++i) {
      bool has_full = StartsWith(rest, names[i]);
      if (full && !has_full) continue;
      if (!has_full && !StartsWith(rest, names[i].substr(0, 3))) continue;
      rest.remove_prefix(has_full && (full || either) ? names[i].size() : 3);
      *index = static_cast<int>(i);
      return true;
    }
    return false;
  }
  bool Fraction() {
    size_t count = 0;
    int64_t value = 0;
    while (count < rest.size() && IsDigit(rest[count])) {
      if (count < 9) value = value * 10 + (rest[count] - '0');
      ++count;
    }
    if (count == 0) return false;
    rest.remove_prefix(count);
    for (; count < 9; ++count) value *= 10;
    nanos = static_cast<int>(value);
    return true;
  }
  bool Zone(bool minutes) {
    if (StartsWith(rest, "Z")) {
      rest.remove_prefix(1);
      zone_hour = 0;
      return true;
    }
    if (rest.empty() || (rest.front() != '+' && rest.front() != '-')) return false;
    zone_negative = rest.front() == '-';
    rest.remove_prefix(1);
    int64_t value = 0;
    if (!Digits(1, 2, &value)) return false;
    zone_hour = static_cast<int>(value);
    if (!minutes || rest.empty()) return true;
    if (rest.front() == ':') rest.remove_prefix(1);
    return Digits(2, 2, &value) && (zone_minute = static_cast<int>(value), true);
  }
  bool Finish(DateTime* out) {
    if (!rest.empty() || month < 1 || month > 12 || day < 1 || day > DaysInMonth(year, month)) return false;
    if (hour12 && (hour < 1 || hour > 12)) return false;
    if (afternoon) hour = hour % 12 + (*afternoon ? 12 : 0);
    if (hour > 23 || minute > 59 || second > 59 || zone_minute > 59 || zone_hour.value_or(0) > 14) return false;
    out->days = DaysOf(year, month, day);
    out->micros = (hour * 60 + minute) * kMicrosOfMinute + second * kMicrosOfSecond + nanos / 1000;
    out->nanos = nanos % 1000;
    out->offset_minutes.reset();
    if (zone_hour) out->offset_minutes = (*zone_hour * 60 + zone_minute) * (zone_negative ? -1 : 1);
    return true;
  }
};

bool DateTimeFormat::Parse(std::string_view text, DateTime* out) const {
  Reader in{TrimBlanks(text)};
  for (const Item& item : items_) {
    bool ok = true;
    int64_t number = 0;
    int index = 0;
    switch (item.element) {
      case Element::kLiteral:
        ok = StartsWith(in.rest, item.text);
        if (ok) in.rest.remove_prefix(item.text.size());
        break;
      case Element::kYear4:
        ok = in.Digits(1, 4, &in.year);
        break;
      case Element::kYear2:
        ok = in.Digits(1, 2, &number);
        in.year = century_start_ / 100 * 100 + number;
        if (in.year < century_start_) in.year += 100;
        break;
      case Element::kMonth:
        ok = in.Small(2, &in.month);
        break;
      case Element::kMonthName:
      case Element::kMonthFull:
        ok = in.Name(kMonths, item.element == Element::kMonthFull, true, &index);
        in.month = index + 1;
        break;
      case Element::kDay:
        ok = in.Small(2, &in.day);
        break;
      case Element::kDayName:
        ok = in.Name(kDays, false, true, &index);
        break;
      case Element::kHour12:
        in.hour12 = true;
        [[fallthrough]];
      case Element::kHour24:
        ok = in.Small(2, &in.hour);
        break;
      case Element::kMeridian:
        ok = StartsWith(in.rest, "AM") || StartsWith(in.rest, "PM");
        if (ok) in.afternoon = in.rest.front() == 'P' || in.rest.front() == 'p';
        if (ok) in.rest.remove_prefix(2);
        break;
      case Element::kMinute:
        ok = in.Small(2, &in.minute);
        break;
      case Element::kSecond:
        ok = in.Small(2, &in.second);
        break;
      case Element::kFraction:
        ok = in.Fraction();
        break;
      case Element::kZoneHour:
        ok = in.Zone(false);
        break;
      case Element::kZoneHourMinute:
      case Element::kZoneColon:
        ok = in.Zone(true);
        break;
      case Element::kZoneMinute:
        ok = in.Digits(2, 2, &number);
        in.zone_minute = static_cast<int>(number);
        break;
    }
    if (!ok) return false;
  }
  return in.Finish(out);
}

// --- AUTO ------------------------------------------------------------------------------------------------------------

namespace {

/// "YYYY-MM-DD" with optional "[T ]HH[:MI[:SS[.FF]]]" and optional zone, the forms that nearly all text has.
bool ParseIso(std::string_view text, DateTimeKind kind, DateTime* out) {
  static const std::array<DateTimeFormat, 6> kTimes = {
      DateTimeFormat("HH24:MI:SS.FF"),        DateTimeFormat("HH24:MI:SS"),        DateTimeFormat("HH24:MI"),
      DateTimeFormat("HH24:MI:SS.FFTZH:TZM"), DateTimeFormat("HH24:MI:SSTZH:TZM"), DateTimeFormat("HH24:MITZH:TZM")};
  static const DateTimeFormat kDate("YYYY-MM-DD");
  DateTime day;
  std::string_view time = text;
  if (kind != DateTimeKind::kTime) {
    size_t end = text.find_first_of("T t");
    if (!kDate.Parse(text.substr(0, end), &day)) return false;
    if (end == std::string_view::npos) {
      *out = day;
      return true;
    }
    time = text.substr(end + 1);
  }
  std::string squeezed;
  size_t blank = time.find(' ');
  if (blank != std::string_view::npos) {
    squeezed = std::string(time.substr(0, blank)) + std::string(TrimBlanks(time.substr(blank)));
    time = squeezed;
  }
  static const DateTimeFormat kHour("HH24");
  for (const auto& format : kTimes) {
    if (!format.Parse(time, out)) continue;
    out->days = day.days;
    return true;
  }
  if (kind != DateTimeKind::kTime && kHour.Parse(time, out)) {
    out->days = day.days;
    return true;
  }
  return false;
}

std::vector<DateTimeFormat> Compiled(std::initializer_list<const char*> models) {
  std::vector<DateTimeFormat> out;
  for (const char* model : models) out.emplace_back(model);
  return out;
}

const std::vector<DateTimeFormat>& OtherForms(DateTimeKind kind) {
  static const auto dates = Compiled({"DD-MON-YYYY", "MM/DD/YYYY"});
  static const auto times = Compiled({"HH12:MI:SS.FF AM", "HH12:MI:SS AM", "HH12:MI AM"});
  static const auto timestamps = Compiled(
      {"DD-MON-YYYY", "MM/DD/YYYY", "MM/DD/YYYY HH24:MI:SS", "MM/DD/YYYY HH24:MI:SS.FF", "MM/DD/YYYY HH24:MI",
       "DD-MON-YYYY HH24:MI:SS", "DD-MON-YYYY HH24:MI:SS.FF", "DY, DD MON YYYY HH24:MI:SS TZHTZM",
       "DY, DD MON YYYY HH24:MI:SS.FF TZHTZM", "DY, DD MON YYYY HH12:MI:SS AM TZHTZM", "DY, DD MON YYYY HH24:MI:SS",
       "DY MON DD HH24:MI:SS TZHTZM YYYY", "DY MON DD HH24:MI:SS YYYY", "YYYY-MM-DD HH12:MI:SS AM"});
  return kind == DateTimeKind::kDate ? dates : kind == DateTimeKind::kTime ? times : timestamps;
}

bool ParseEpochText(std::string_view text, DateTimeKind kind, DateTime* out) {
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  *out = DateTimeOf(MicrosOfEpochInteger(value));
  if (kind == DateTimeKind::kDate) out->micros = 0;
  if (kind == DateTimeKind::kTime) out->days = 0;
  return true;
}

}  // namespace

int64_t MicrosOfEpochInteger(int64_t value) {
  int64_t magnitude = value < 0 ? -value : value;
  if (magnitude < 31'536'000'000) return value * kMicrosOfSecond;
  if (magnitude < 31'536'000'000'000) return value * 1000;
  if (magnitude < 31'536'000'000'000'000) return value;
  return FloorDiv(value, 1000);
}

bool ParseAutoDateTime(std::string_view text, DateTimeKind kind, DateTime* out) {
  text = TrimBlanks(text);
  if (text.empty()) return false;
  // A date may come with a time, which is dropped, and a time with a date.
  if (ParseIso(text, kind == DateTimeKind::kTime ? kind : DateTimeKind::kTimestamp, out)) {
    if (kind == DateTimeKind::kDate) out->micros = 0;
    return true;
  }
  for (const auto& format : OtherForms(kind)) {
    if (format.Parse(text, out)) return true;
  }
  if (kind == DateTimeKind::kTime && ParseIso(text, DateTimeKind::kTimestamp, out)) return true;
  return ParseEpochText(text, kind, out);
}

}  // namespace firn::functions

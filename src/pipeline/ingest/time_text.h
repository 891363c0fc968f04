// Dates, times and timestamps as JSON rows write them: ISO 8601. Pure; any thread.
#pragma once

#include <string_view>

namespace firn::pipeline {

/// "2024-02-29"
bool IsDateText(std::string_view text);
/// "23:59", "23:59:59", with at most 6 digits of a second that are not zero, at most 9 in all.
bool IsTimeText(std::string_view text);

enum class TimestampFault { kNone, kNotIso, kTooPrecise };
/// A date, or a date, `T` or a blank, a time, and perhaps `Z`, `+hh`, `+hh:mm` or `+hhmm`. kTooPrecise: digits beyond
/// the microsecond that are not zero.
TimestampFault CheckTimestampText(std::string_view text);

}  // namespace firn::pipeline

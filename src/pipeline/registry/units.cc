#include "pipeline/registry/units.h"

#include <array>
#include <charconv>

#include "base/types.h"

namespace firn::pipeline {

namespace {

struct DurationUnit {
  const char* sign;
  const char* names;  ///< between blanks
  Micros length;
};
constexpr Micros kSecond = 1000000;
// The largest first.
constexpr std::array kDurationUnits = {
    DurationUnit{"d", " d day days ", 86400 * kSecond},        DurationUnit{"h", " h hour hours ", 3600 * kSecond},
    DurationUnit{"m", " m min minute minutes ", 60 * kSecond}, DurationUnit{"s", " s sec second seconds ", kSecond},
    DurationUnit{"ms", " ms millisecond milliseconds ", 1000}, DurationUnit{"us", " us microsecond microseconds ", 1},
};
constexpr const char* kWeekNames = " w week weeks ";
constexpr Micros kWeek = 7 * 86400 * kSecond;

struct SizeUnit {
  const char* sign;
  const char* names;
  uint64_t bytes;
};
constexpr std::array kSizeUnits = {
    SizeUnit{"GB", " gb gib ", 1ULL << 30},
    SizeUnit{"MB", " mb mib ", 1ULL << 20},
    SizeUnit{"KB", " kb kib ", 1ULL << 10},
};

bool Among(const std::string& unit, const char* names) {
  return std::string_view(names).find(" " + unit + " ") != std::string_view::npos;
}

/// "5 minutes" → 5 and "minutes".
struct Amount {
  uint64_t number = 0;
  std::string unit;
};
std::optional<Amount> Split(std::string_view text) {
  Amount amount;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount.number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  if (text.starts_with(' ')) text.remove_prefix(1);
  amount.unit = Lower(text);
  return amount;
}

}  // namespace

std::optional<Micros> ParseDuration(std::string_view text) {
  auto amount = Split(text);
  if (!amount) return std::nullopt;
  Micros unit = Among(amount->unit, kWeekNames) ? kWeek : 0;
  for (const DurationUnit& row : kDurationUnits) {
    if (Among(amount->unit, row.names)) unit = row.length;
  }
  Micros length = 0;
  if (unit == 0 || __builtin_mul_overflow(amount->number, unit, &length)) return std::nullopt;
  return length;
}

std::string DurationText(Micros length) {
  for (const DurationUnit& row : kDurationUnits) {
    if (length != 0 && length % row.length == 0) return std::to_string(length / row.length) + row.sign;
  }
  return "0s";
}

std::optional<uint64_t> ParseSize(std::string_view text) {
  auto amount = Split(text);
  if (!amount) return std::nullopt;
  uint64_t unit = amount->unit.empty() || amount->unit == "b" ? 1 : 0;
  for (const SizeUnit& row : kSizeUnits) {
    if (Among(amount->unit, row.names)) unit = row.bytes;
  }
  uint64_t bytes = 0;
  if (unit == 0 || __builtin_mul_overflow(amount->number, unit, &bytes)) return std::nullopt;
  return bytes;
}

std::string SizeText(uint64_t bytes) {
  for (const SizeUnit& row : kSizeUnits) {
    if (bytes != 0 && bytes % row.bytes == 0) return std::to_string(bytes / row.bytes) + row.sign;
  }
  return std::to_string(bytes);
}

}  // namespace firn::pipeline

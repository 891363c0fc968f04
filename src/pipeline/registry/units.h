// Durations and sizes as pipelines write them: "5s", "30d", "5 minutes", "64MB". Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace firn::pipeline {

/// A whole number and a unit: us, ms, s, m, h, d, w or their names. None for what is no such text or too large.
std::optional<Micros> ParseDuration(std::string_view text);
/// In the largest unit that holds it: "90s", "30d".
std::string DurationText(Micros length);

/// Bytes: a whole number alone or with B, KB, MB, GB (also KiB, MiB, GiB), by 1,024.
std::optional<uint64_t> ParseSize(std::string_view text);
std::string SizeText(uint64_t bytes);

}  // namespace firn::pipeline

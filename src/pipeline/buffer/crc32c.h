// CRC-32C (Castagnoli), by the processor's instruction where it has one. Pure; any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace firn::pipeline {

/// Of `bytes` after bytes whose sum was `before` (0: none), so that sums can be continued.
uint32_t Crc32c(std::string_view bytes, uint32_t before = 0);

}  // namespace firn::pipeline

#include "pipeline/buffer/crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace firn::pipeline {

namespace {

constexpr std::array<uint32_t, 256> MakeTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0x82f63b78U : 0U);
    table[i] = value;
  }
  return table;
}

uint32_t ByTable(std::string_view bytes, uint32_t sum) {
  static constexpr std::array<uint32_t, 256> kTable = MakeTable();
  for (char c : bytes) sum = kTable[(sum ^ static_cast<uint8_t>(c)) & 0xff] ^ (sum >> 8);
  return sum;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t ByInstruction(std::string_view bytes, uint32_t sum) {
  const char* at = bytes.data();
  size_t left = bytes.size();
  uint64_t wide = sum;
  for (; left >= 8; at += 8, left -= 8) {
    uint64_t word;
    std::memcpy(&word, at, 8);
    wide = _mm_crc32_u64(wide, word);
  }
  sum = static_cast<uint32_t>(wide);
  for (; left > 0; ++at, --left) sum = _mm_crc32_u8(sum, static_cast<uint8_t>(*at));
  return sum;
}
#endif

}  // namespace

uint32_t Crc32c(std::string_view bytes, uint32_t before) {
#if defined(__x86_64__)
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  if (has_instruction) return ~ByInstruction(bytes, ~before);
#endif
  return ~ByTable(bytes, ~before);
}

}  // namespace firn::pipeline

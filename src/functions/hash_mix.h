// A 64-bit mixing function and name-based UUIDs. Pure; for functions that make data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace firn::functions {

/// SplitMix64: equal inputs, equal outputs; all 64 bits depend on all.
inline uint64_t Mix(uint64_t value) {
  value += 0x9e3779b97f4a7c15ull;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ull;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebull;
  return value ^ (value >> 31);
}

/// Version 5 of RFC 9562 (SHA-1); nullopt where `space` is no UUID.
std::optional<std::string> UuidOfName(std::string_view space, std::string_view name);

}  // namespace firn::functions

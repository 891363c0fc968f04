#include "functions/raise.h"

#include "engine/native.h"

namespace firn::functions {

void Raise(const ErrorRow& row, std::vector<std::string> args) {
  throw engine::SnowflakeException(Error(row, std::move(args)));
}

void Raise(const Error& error) { throw engine::SnowflakeException(error); }

std::string Shown(std::string_view value) {
  constexpr size_t kMost = 200;
  if (value.size() <= kMost) return std::string(value);
  size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xC0) == 0x80) --end;
  return std::string(value.substr(0, end)) + "...";
}

}  // namespace firn::functions

#include "session/fields.h"

#include <charconv>

namespace firn::session {

void AppendField(std::string_view value, std::string* out) {
  *out += std::to_string(value.size());
  *out += ':';
  *out += value;
}

std::optional<std::string> TakeField(std::string_view* rest) {
  size_t size = 0;
  auto [end, error] = std::from_chars(rest->data(), rest->data() + rest->size(), size);
  if (error != std::errc() || end == rest->data() + rest->size() || *end != ':') return std::nullopt;
  rest->remove_prefix(static_cast<size_t>(end - rest->data()) + 1);
  if (size > rest->size()) return std::nullopt;
  std::string out(rest->substr(0, size));
  rest->remove_prefix(size);
  return out;
}

}  // namespace firn::session

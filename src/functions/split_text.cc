#include "functions/split_text.h"

#include "functions/utf8.h"

namespace firn::functions {

std::vector<std::string_view> SplitBy(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> parts;
  while (!separator.empty()) {
    size_t found = text.find(separator);
    if (found == std::string_view::npos) break;
    parts.push_back(text.substr(0, found));
    text.remove_prefix(found + separator.size());
  }
  parts.push_back(text);
  return parts;
}

std::vector<std::string_view> TokensOf(std::string_view text, std::string_view delimiters) {
  std::vector<std::string_view> out;
  if (delimiters.empty()) {
    if (!text.empty()) out.push_back(text);
    return out;
  }
  auto chars = CharsOf(text);
  const char* start = nullptr;
  for (std::string_view c : chars) {
    bool delimiter = delimiters.find(c) != std::string_view::npos;
    if (!delimiter && start == nullptr) start = c.data();
    if (delimiter && start != nullptr) {
      out.emplace_back(start, static_cast<size_t>(c.data() - start));
      start = nullptr;
    }
  }
  if (start != nullptr) out.emplace_back(start, static_cast<size_t>(text.data() + text.size() - start));
  return out;
}

}  // namespace firn::functions

#include "storage/store_path.h"

#include "base/errors.h"

namespace firn::storage {

namespace {

constexpr std::string_view kRootName = "the store";

bool IsUtf8(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    auto first = static_cast<unsigned char>(text[i]);
    if (first < 0x80) {
      ++i;
      continue;
    }
    int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (first < 0xc2 || first > 0xf4 || i + more >= text.size() + 0 + (0)) {
      if (first < 0xc2 || first > 0xf4 || i + more > text.size() - 1) return false;
    }
    uint32_t code = first & (0x3f >> more);
    for (int k = 1; k <= more; ++k) {
      auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xc0) != 0x80) return false;
      code = (code << 6) | (next & 0x3f);
    }
    // Overlong forms, surrogates, and what lies beyond Unicode.
    if ((more == 2 && code < 0x800) || (more == 3 && (code < 0x10000 || code > 0x10ffff))) return false;
    if (code >= 0xd800 && code <= 0xdfff) return false;
    i += more + 1;
  }
  return true;
}

}  // namespace

}  // namespace firn::storage

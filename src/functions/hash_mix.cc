#include "functions/hash_mix.h"

#include <openssl/evp.h>

#include <array>
#include <span>

#include "base/ids.h"

namespace firn::functions {

std::optional<std::string> UuidOfName(std::string_view space, std::string_view name) {
  if (!IsUuid(space)) return std::nullopt;
  std::string bytes;
  int high = -1;
  for (char c : space) {
    if (c == '-') continue;
    int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    if (high < 0) {
      high = digit;
      continue;
    }
    bytes += static_cast<char>(high * 16 + digit);
    high = -1;
  }
  bytes += name;
  std::array<uint8_t, 20> digest{};
  unsigned length = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha1(), nullptr);
  digest[6] = static_cast<uint8_t>((digest[6] & 0x0F) | 0x50);
  digest[8] = static_cast<uint8_t>((digest[8] & 0x3F) | 0x80);
  std::string hex = HexLower(std::span<const uint8_t>(digest.data(), 16));
  for (size_t at : {size_t{20}, size_t{16}, size_t{12}, size_t{8}}) hex.insert(at, "-");
  return hex;
}

}  // namespace firn::functions

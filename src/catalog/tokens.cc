// Programmatic access tokens: the text is "firn_pat_" and 32 random bytes; the catalog keeps its SHA-256.
#include <array>

#include "base/ids.h"
#include "catalog/catalog.h"

namespace firn::catalog {

namespace {

constexpr std::string_view kTokenPrefix = "firn_pat_";

std::string HexSha256(std::string_view text) {
  std::string digest = Sha256(text);
  return HexLower({reinterpret_cast<const uint8_t*>(digest.data()), digest.size()});
}

}  // namespace

std::optional<TokenOwner> FindToken(const CatalogState& state, std::string_view token, Micros now) {
  if (!token.starts_with(kTokenPrefix)) return std::nullopt;
  const std::string wanted = HexSha256(token);
  for (const ObjectRef& object : state.Children("", ObjectKind::kUser)) {
    const UserInfo& user = *object->As<UserInfo>();
    for (const AccessToken& row : user.tokens) {
      if (!SecretsEqual(row.sha256, wanted)) continue;
      if (user.disabled || row.disabled || (row.expires != 0 && row.expires <= now)) return std::nullopt;
      return TokenOwner{object, row};
    }
  }
  return std::nullopt;
}

NewToken MakeToken(std::string name, Micros now, Micros expires) {
  std::array<uint8_t, 32> bytes{};
  RandomBytes(bytes);
  NewToken made;
  made.text = std::string(kTokenPrefix) + HexLower(bytes);
  made.row.name = std::move(name);
  made.row.sha256 = HexSha256(made.text);
  made.row.created = now;
  made.row.expires = expires;
  return made;
}

}  // namespace firn::catalog

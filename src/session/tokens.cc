#include "session/tokens.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/base64url.h"
#include "base/errors.h"
#include "base/ids.h"
#include "session/fields.h"

namespace firn::session {

namespace {

constexpr std::string_view kPrefix = "firn1.";

bool TakeNumber(std::string_view* rest, int64_t* out) {
  const std::optional<std::string> text = TakeField(rest);
  if (!text) return false;
  auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), *out);
  return error == std::errc() && end == text->data() + text->size();
}

std::vector<std::string TokenClaims::*> TextFields() {
  return {&TokenClaims::user,      &TokenClaims::role,   &TokenClaims::database,      &TokenClaims::schema,
          &TokenClaims::warehouse, &TokenClaims::client, &TokenClaims::client_version};
}

std::string Payload(const TokenClaims& claims) {
  std::string out;
  AppendField(std::string(1, static_cast<char>(claims.kind)), &out);
  AppendField(std::to_string(RandomU64()), &out);
  AppendField(std::to_string(claims.session_id), &out);
  AppendField(std::to_string(claims.expires), &out);
  for (auto field : TextFields()) AppendField(claims.*field, &out);
  for (const auto& [name, value] : claims.parameters) {
    AppendField(name, &out);
    AppendField(value, &out);
  }
  return out;
}

bool ParsePayload(std::string_view payload, TokenClaims* claims) {
  const std::optional<std::string> kind = TakeField(&payload);
  if (!kind || kind->size() != 1 || !TakeField(&payload)) return false;  // the second is the nonce
  claims->kind = static_cast<TokenKind>(kind->front());
  if (!TakeNumber(&payload, &claims->session_id) || !TakeNumber(&payload, &claims->expires)) return false;
  for (auto field : TextFields()) {
    std::optional<std::string> value = TakeField(&payload);
    if (!value) return false;
    claims->*field = std::move(*value);
  }
  while (!payload.empty()) {
    std::optional<std::string> name = TakeField(&payload), value = TakeField(&payload);
    if (!name || !value) return false;
    claims->parameters[std::move(*name)] = std::move(*value);
  }
  return true;
}

Error Refusal(TokenKind kind) {
  if (kind == TokenKind::kMaster) return Error(errors::kMasterInvalid);
  if (kind == TokenKind::kBearer) return Error(errors::kTokenInvalid, {"It was not issued here."});
  return Error(errors::kSessionInvalid);
}

}  // namespace

std::string SignToken(std::string_view key, const TokenClaims& claims) {
  std::string payload = Payload(claims);
  return std::string(kPrefix) + Base64Url(payload) + "." + Base64Url(HmacSha256(key, payload));
}

namespace {

constexpr size_t kTokensKept = 64;  ///< of a thread; beyond, all are checked anew

struct CheckedToken {
  std::string key;
  TokenClaims claims;
};

/// Tokens come back with every request: a thread keeps those whose signature it has checked.
std::unordered_map<std::string, CheckedToken>& CheckedTokens() {
  thread_local std::unordered_map<std::string, CheckedToken> tokens;
  if (tokens.size() > kTokensKept) tokens.clear();
  return tokens;
}

}  // namespace

Result<TokenClaims> ReadToken(std::string_view key, TokenKind kind, std::string_view token) {
  if (token.size() > kTokenBytesMax || !token.starts_with(kPrefix)) return Refusal(kind);
  const std::string whole(token);
  auto& checked = CheckedTokens();
  if (auto known = checked.find(whole);
      known != checked.end() && known->second.key == key && known->second.claims.kind == kind) {
    return known->second.claims;
  }
  token.remove_prefix(kPrefix.size());
  size_t dot = token.find('.');
  std::string payload, mac;
  if (dot == std::string_view::npos || !FromBase64Url(token.substr(0, dot), &payload) ||
      !FromBase64Url(token.substr(dot + 1), &mac) || !SecretsEqual(mac, HmacSha256(key, payload))) {
    return Refusal(kind);
  }
  TokenClaims claims;
  if (!ParsePayload(payload, &claims) || claims.kind != kind) return Refusal(kind);
  checked[whole] = {std::string(key), claims};
  return claims;
}

}  // namespace firn::session

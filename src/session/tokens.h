// Session and master tokens: what a driver shows with every request. A token carries the login itself, signed with the
// catalog's key, which outlives the process: so a driver's token is still good after a crash, and the session can be
// made anew from it. Pure; any thread. Never logged.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace firn::session {

constexpr int64_t kSessionTokenSeconds = 3600;    ///< validityInSeconds of the login answer
constexpr int64_t kMasterTokenSeconds = 14400;    ///< masterValidityInSeconds
constexpr size_t kTokenBytesMax = 16384;          ///< longer ones are not looked at
constexpr size_t kTokenParameterBytesMax = 4096;  ///< parameters of a login, names and values together

enum class TokenKind : char { kSession = 'S', kMaster = 'M', kBearer = 'B' };  ///< bearer: the Iceberg REST face

/// Who logged in, from what, and where the session began.
struct TokenClaims {
  TokenKind kind = TokenKind::kSession;
  int64_t session_id = 0;
  Micros expires = 0;
  std::string user, role, database, schema, warehouse;
  std::string client, client_version;
  std::map<std::string, std::string> parameters;  ///< SESSION_PARAMETERS of the login
};

/// URL-safe text of printable ASCII without quotes; never the same twice.
std::string SignToken(std::string_view key, const TokenClaims& claims);

/// Checks form, kind and signature, not the expiry. Errors: kSessionInvalid, kMasterInvalid, kTokenInvalid by `kind`.
Result<TokenClaims> ReadToken(std::string_view key, TokenKind kind, std::string_view token);

}  // namespace firn::session

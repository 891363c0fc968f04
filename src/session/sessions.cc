#include "session/sessions.h"

#include <algorithm>
#include <vector>

#include "base/errors.h"
#include "base/ids.h"
#include "base/log.h"
#include "catalog/state.h"

namespace firn::session {

namespace {

using catalog::ObjectKind;

constexpr Micros kSecond = 1'000'000;
constexpr uint64_t kSessionIdMask = (uint64_t{1} << 52) - 1;  ///< drivers keep it in a double
constexpr const char* kDefaultSchema = "PUBLIC";
constexpr const char* kDefaultRole = "PUBLIC";

/// A name as a login gives it: quotes around it are not part of it.
std::string Unquoted(const std::string& name) {
  if (name.size() >= 2 && name.front() == '"' && name.back() == '"') return name.substr(1, name.size() - 2);
  return name;
}

SessionMark MarkOf(const Session& session) {
  SessionMark mark;
  mark.role = session.role;
  mark.secondary_roles = session.secondary_roles;
  mark.database = session.database;
  mark.schema = session.schema;
  mark.warehouse = session.warehouse;
  mark.parameters = session.parameters.values();
  mark.lost_with_process = session.transaction.open() || !session.variables.empty() || !session.temporary.All().empty();
  return mark;
}

SessionMark FirstMark(const TokenClaims& claims) {
  SessionMark mark;
  mark.role = claims.role;
  mark.secondary_roles = "ALL";
  mark.database = claims.database;
  mark.schema = claims.schema;
  mark.warehouse = claims.warehouse;
  mark.parameters = claims.parameters;
  return mark;
}

/// The login's parameters that this server knows, as they will be set; others are dropped in silence.
std::map<std::string, std::string> KnownParameters(const std::map<std::string, std::string>& given) {
  std::map<std::string, std::string> known;
  ParameterValues values;
  size_t bytes = 0;
  for (const auto& [name, value] : given) {
    const ParameterRow* row = FindParameter(name);
    if (row == nullptr || !values.Set(name, value).ok()) continue;
    std::string normal = values.Get(name);
    bytes += std::string_view(row->name).size() + normal.size();
    if (bytes > kTokenParameterBytesMax) break;
    known[row->name] = std::move(normal);
  }
  return known;
}

}  // namespace

Sessions::Sessions(Node& node)
    : node_(node),
      key_(node.catalog->secrets().DerivedKey("session-token")),
      marks_(node.local_folder.empty() ? "" : node.local_folder + "/sessions"),
      keys_(*node.catalog, *node.clock) {
  keys_.Start();
  marks_.RemoveOlder(node.clock->Now() - 2 * kMasterTokenSeconds * kSecond);
}

Sessions::~Sessions() = default;

Result<Sessions::Names> Sessions::ResolveNames(const catalog::CatalogState& state, const catalog::UserInfo& user,
                                               const Login& login) {
  Names names;
  Login wanted = login;
  if (wanted.database.empty() && wanted.schema.empty()) {
    std::string place = user.default_namespace;
    size_t dot = place.find('.');
    wanted.database = place.substr(0, dot);
    if (dot != std::string::npos) wanted.schema = place.substr(dot + 1);
  }
  if (wanted.warehouse.empty()) wanted.warehouse = user.default_warehouse;
  if (wanted.role.empty()) wanted.role = user.default_role;
  auto resolve = [&](const char* kind_name, const std::string& parent, ObjectKind kind, const std::string& name,
                     bool asked, std::string* out) -> Result<catalog::ObjectRef> {
    catalog::ObjectRef found = name.empty() ? nullptr : state.Find(parent, kind, Unquoted(name));
    if (found)
      *out = found->name;
    else if (asked && login.validate_names)
      return Error(errors::kLoginObject, {kind_name});
    return found;
  };
  FIRN_ASSIGN(auto database, resolve("database", "", ObjectKind::kDatabase, wanted.database, !login.database.empty(),
                                     &names.database));
  if (database) {
    std::string schema = wanted.schema.empty() ? kDefaultSchema : wanted.schema;
    FIRN_TRY(resolve("schema", database->id, ObjectKind::kSchema, schema, !login.schema.empty(), &names.schema));
  }
  FIRN_TRY(
      resolve("warehouse", "", ObjectKind::kWarehouse, wanted.warehouse, !login.warehouse.empty(), &names.warehouse));
  FIRN_TRY(resolve("role", "", ObjectKind::kRole, wanted.role, !login.role.empty(), &names.role));
  return names;
}

Result<LoggedIn> Sessions::LogIn(const Login& login) {
  FIRN_ASSIGN(catalog::ObjectRef user,
              checks_.Check(*node_.catalog, *node_.clock, login.user, login.secret, login.remote_address));
  const auto& info = *user->As<catalog::UserInfo>();
  FIRN_ASSIGN(Names names, ResolveNames(*node_.catalog->Current(), info, login));
  TokenClaims claims;
  claims.session_id = static_cast<int64_t>(RandomU64() & kSessionIdMask);
  claims.user = user->name;
  claims.role = !names.role.empty() ? names.role : !info.default_role.empty() ? info.default_role : kDefaultRole;
  claims.database = names.database;
  claims.schema = names.schema;
  claims.warehouse = names.warehouse;
  claims.client = login.client.substr(0, 100);
  claims.client_version = login.client_version.substr(0, 100);
  claims.parameters = KnownParameters(login.parameters);
  FIRN_ASSIGN(auto session, Add(claims, FirstMark(claims)));
  marks_.Write(claims.session_id, FirstMark(claims));
  return LoggedIn{session, IssueTokens(claims), names.database, names.schema, names.warehouse, names.role};
}

Result<std::shared_ptr<Session>> Sessions::Open(const std::string& user) {
  auto state = node_.catalog->Current();
  catalog::ObjectRef found = state->Find("", ObjectKind::kUser, user);
  if (!found) return Error(errors::kKindNotFound, {"User", user});
  const auto& info = *found->As<catalog::UserInfo>();
  FIRN_ASSIGN(Names names, ResolveNames(*state, info, Login{}));
  TokenClaims claims;
  claims.session_id = static_cast<int64_t>(RandomU64() & kSessionIdMask);
  claims.user = found->name;
  claims.role = names.role.empty() ? kDefaultRole : names.role;
  claims.warehouse = names.warehouse;
  return Add(claims, FirstMark(claims));
}

Result<catalog::ObjectRef> Sessions::CheckSecret(const std::string& user, const std::string& secret,
                                                 const std::string& remote_address) {
  return checks_.Check(*node_.catalog, *node_.clock, user, secret, remote_address);
}

Result<std::string> Sessions::IssueBearer(const std::string& user, const std::string& secret,
                                          const std::string& remote_address) {
  FIRN_ASSIGN(catalog::ObjectRef found, checks_.Check(*node_.catalog, *node_.clock, user, secret, remote_address));
  return SignBearer(found->name, found->As<catalog::UserInfo>()->default_role);
}

Result<std::string> Sessions::RenewBearer(std::string_view token) {
  FIRN_ASSIGN(TokenClaims claims, ReadBearer(token));
  return SignBearer(claims.user, claims.role);
}

std::string Sessions::SignBearer(const std::string& user, const std::string& role) const {
  TokenClaims claims;
  claims.kind = TokenKind::kBearer;
  claims.user = user;
  claims.role = role;
  claims.expires = node_.clock->Now() + kSessionTokenSeconds * kSecond;
  return SignToken(key_, claims);
}

Result<TokenClaims> Sessions::ReadBearer(std::string_view token) {
  return keys_.Ask(token, [&](const catalog::CatalogState& state) { return ReadBearer(state, token); });
}

Result<TokenClaims> Sessions::ReadBearer(const catalog::CatalogState& state, std::string_view token) const {
  if (auto owner = catalog::FindToken(state, token, node_.clock->Now())) {
    if (!owner->token.scopes.empty()) return Error(errors::kTokenInvalid, {"An API key is good for /v1 alone."});
    TokenClaims claims;
    claims.kind = TokenKind::kBearer;
    claims.user = owner->user->name;
    claims.role = owner->token.role.empty() ? owner->user->As<catalog::UserInfo>()->default_role : owner->token.role;
    return claims;
  }
  FIRN_ASSIGN(TokenClaims claims, ReadToken(key_, TokenKind::kBearer, token));
  if (claims.expires <= node_.clock->Now()) return Error(errors::kTokenInvalid, {"It has expired."});
  auto user = state.Find("", ObjectKind::kUser, claims.user);
  if (!user || user->As<catalog::UserInfo>()->disabled) return Error(errors::kTokenInvalid, {"Its user is gone."});
  return claims;
}

Result<TokenClaims> Sessions::Identify(std::string_view session_token) const {
  FIRN_ASSIGN(TokenClaims claims, ReadToken(key_, TokenKind::kSession, session_token));
  if (claims.expires <= node_.clock->Now()) return Error(errors::kSessionExpired);
  return claims;
}

Result<std::shared_ptr<Session>> Sessions::Find(const TokenClaims& caller) {
  {
    std::lock_guard lock(mutex_);
    auto found = sessions_.find(caller.session_id);
    if (found != sessions_.end()) {
      found->second.used = node_.clock->Now();
      return found->second.session;
    }
  }
  return Revive(caller);
}

Result<std::shared_ptr<Session>> Sessions::Revive(const TokenClaims& claims) {
  auto mark = marks_.Read(claims.session_id);
  auto user = node_.catalog->Current()->Find("", ObjectKind::kUser, claims.user);
  if (!mark || mark->lost_with_process || !user || user->As<catalog::UserInfo>()->disabled) {
    marks_.Remove(claims.session_id);
    return Error(errors::kSessionGone);
  }
  log::info("session {} of {} goes on after a restart", claims.session_id, claims.user);
  return Add(claims, *mark);
}

Result<std::shared_ptr<Session>> Sessions::Add(const TokenClaims& claims, const SessionMark& mark) {
  auto session = std::make_shared<Session>(node_, claims.session_id, claims.user, mark.role);
  session->secondary_roles = mark.secondary_roles;
  session->database = mark.database;
  session->schema = mark.schema;
  session->warehouse = mark.warehouse;
  session->client = claims.client;
  session->client_version = claims.client_version;
  for (const auto& [name, value] : mark.parameters) FIRN_TRY(session->parameters.Set(name, value));
  std::lock_guard lock(mutex_);
  if (sessions_.size() >= kSessionsMax) {
    return Error(errors::kLimit, {"number of sessions", std::to_string(kSessionsMax), "close some"});
  }
  // Two requests may bring one session back at once: the first wins.
  auto [at, added] = sessions_.try_emplace(claims.session_id, Entry{session, node_.clock->Now(), mark});
  return at->second.session;
}

SessionTokens Sessions::IssueTokens(TokenClaims claims) const {
  SessionTokens tokens;
  Micros now = node_.clock->Now();
  claims.kind = TokenKind::kSession;
  claims.expires = now + kSessionTokenSeconds * kSecond;
  tokens.session = SignToken(key_, claims);
  claims.kind = TokenKind::kMaster;
  claims.expires = now + kMasterTokenSeconds * kSecond;
  tokens.master = SignToken(key_, claims);
  return tokens;
}

Result<RenewedTokens> Sessions::Renew(std::string_view master_token) {
  FIRN_ASSIGN(TokenClaims claims, ReadToken(key_, TokenKind::kMaster, master_token));
  if (claims.expires <= node_.clock->Now()) return Error(errors::kMasterExpired);
  FIRN_TRY(Find(claims));
  return RenewedTokens{IssueTokens(claims), claims.session_id};
}

void Sessions::Close(std::string_view session_token) {
  auto claims = ReadToken(key_, TokenKind::kSession, session_token);
  if (!claims.ok()) return;
  std::shared_ptr<Session> session;
  {
    std::lock_guard lock(mutex_);
    auto found = sessions_.find(claims->session_id);
    if (found != sessions_.end()) {
      session = std::move(found->second.session);
      sessions_.erase(found);
    }
  }
  marks_.Remove(claims->session_id);
}

void Sessions::Save(Session& session) {
  SessionMark mark = MarkOf(session);
  {
    std::lock_guard lock(mutex_);
    auto found = sessions_.find(session.id());
    if (found == sessions_.end() || found->second.mark == mark) return;
    found->second.mark = mark;
  }
  marks_.Write(session.id(), mark);
}

void Sessions::Sweep() {
  std::vector<std::shared_ptr<Session>> idle;  // ended outside the lock: a rollback may take its time
  {
    std::lock_guard lock(mutex_);
    Micros oldest = node_.clock->Now() - kSessionIdleSeconds * kSecond;
    for (auto at = sessions_.begin(); at != sessions_.end();) {
      if (at->second.used >= oldest || at->second.session.use_count() > 1) {
        ++at;
        continue;
      }
      idle.push_back(std::move(at->second.session));
      at = sessions_.erase(at);
    }
  }
  for (const auto& session : idle) marks_.Remove(session->id());
}

size_t Sessions::count() const {
  std::lock_guard lock(mutex_);
  return sessions_.size();
}

}  // namespace firn::session

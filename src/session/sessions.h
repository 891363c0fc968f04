// Sessions: all live sessions of this process: logins, tokens, renewal, expiry. Made once by `cli`; used by `faces`.
// Any thread may call anything.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/result.h"
#include "session/key_watch.h"
#include "session/login_checks.h"
#include "session/node.h"
#include "session/session.h"
#include "session/session_marks.h"
#include "session/tokens.h"

namespace firn::session {

constexpr size_t kSessionsMax = 10000;          ///< live sessions of one process
constexpr int64_t kSessionIdleSeconds = 14400;  ///< without a request; then it is closed

/// What a driver says at login. Empty: not said.
struct Login {
  std::string user, secret;  ///< secret: password or programmatic access token
  std::string database, schema, warehouse, role;
  std::string client, client_version;
  std::map<std::string, std::string> parameters;
  std::string remote_address;
  bool validate_names = false;  ///< CLIENT_VALIDATE_DEFAULT_PARAMETERS: unknown names are errors
};

struct SessionTokens {
  std::string session, master;
};

struct LoggedIn {
  std::shared_ptr<Session> session;
  SessionTokens tokens;
  /// What sessionInfo says; empty where the login named what is not there.
  std::string database, schema, warehouse, role;
};

struct RenewedTokens {
  SessionTokens tokens;
  int64_t session_id = 0;
};

class Sessions {
 public:
  explicit Sessions(Node& node);
  ~Sessions();

  /// Errors: kIncorrectPassword; kUserLocked (too many failures); kLoginObject; kLimit.
  Result<LoggedIn> LogIn(const Login& login);
  /// A session without a login, for `firn sql` on a data folder: user and role of the name, no tokens.
  Result<std::shared_ptr<Session>> Open(const std::string& user);

  /// The user whose password or access token without scopes it is. May take 0.1 s. Errors: as LogIn.
  Result<catalog::ObjectRef> CheckSecret(const std::string& user, const std::string& secret,
                                         const std::string& remote_address);
  /// A bearer token for faces without sessions, good for kSessionTokenSeconds. Errors: as LogIn.
  Result<std::string> IssueBearer(const std::string& user, const std::string& secret,
                                  const std::string& remote_address);
  /// A fresh token for one that is still good. Errors: kTokenInvalid.
  Result<std::string> RenewBearer(std::string_view token);
  /// A bearer token or a programmatic access token without scopes: its user and role. Errors: kTokenInvalid.
  Result<TokenClaims> ReadBearer(std::string_view token);
  /// The same as `state` has it: does not wait.
  Result<TokenClaims> ReadBearer(const catalog::CatalogState& state, std::string_view token) const;
  /// How new the state is that keys are looked up in.
  KeyWatch& keys() { return keys_; }

  /// Who sent a request, by the session token alone. Errors: kSessionInvalid, kSessionExpired (renew).
  Result<TokenClaims> Identify(std::string_view session_token) const;
  /// The caller's session; made anew if this process does not have it and its mark allows that. Errors: kSessionGone.
  Result<std::shared_ptr<Session>> Find(const TokenClaims& caller);
  /// Fresh tokens of the same session. Errors: kMasterInvalid, kMasterExpired, kSessionGone.
  Result<RenewedTokens> Renew(std::string_view master_token);
  /// Ends the session: an open transaction is rolled back. Unknown tokens are no error.
  void Close(std::string_view session_token);
  /// Keeps where the session stands for a restart. After every statement that may have changed it, under run_mutex.
  void Save(Session& session);

  /// Closes idle sessions. Called every minute or so.
  void Sweep();
  size_t count() const;

 private:
  struct Entry {
    std::shared_ptr<Session> session;
    Micros used = 0;
    SessionMark mark;
  };
  struct Names {
    std::string database, schema, warehouse, role;
  };
  static Result<Names> ResolveNames(const catalog::CatalogState& state, const catalog::UserInfo& user,
                                    const Login& login);
  std::string SignBearer(const std::string& user, const std::string& role) const;
  SessionTokens IssueTokens(TokenClaims claims) const;
  Result<std::shared_ptr<Session>> Revive(const TokenClaims& claims);
  Result<std::shared_ptr<Session>> Add(const TokenClaims& claims, const SessionMark& mark);

  Node& node_;
  const std::string key_;  ///< of the tokens
  SessionMarks marks_;
  LoginChecks checks_;
  KeyWatch keys_;

  mutable std::mutex mutex_;
  std::unordered_map<int64_t, Entry> sessions_;
};

}  // namespace firn::session

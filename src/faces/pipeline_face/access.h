// Access: who asks a route of /v1, and what they may do. Every route of this folder begins with Gate::Admit. Any
// thread.
//
//   http::Response refusal;
//   AccessPtr access = gate.Admit(request, catalog::Right::kIngest, {"SALES", "ORDERS"}, &refusal);
//   if (!access) return refusal;
//
// Taken: `x-api-key: T` or `Authorization: Bearer T`, where T is an API key (a programmatic access token with scopes),
// a token without scopes (all rights of its user) or what POST /auth/login gave; or HTTP Basic with a user's password
// or with a key. Checked credentials are kept by thread, by their hash, until the user, the key or its time changes:
// then a request costs one SHA-256 and two look-ups. A password that the thread has not seen costs 0.1 s (argon2id):
// such a handler must not run on an io thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/scopes.h"
#include "http/routes.h"
#include "session/node.h"
#include "session/sessions.h"

namespace firn::faces {

using catalog::Right;

struct Access {
  std::string user, role;
  std::string key;                     ///< name of the API key; "" for a user
  std::vector<catalog::Scope> scopes;  ///< of the key; a user has all rights (grants are not enforced)

  /// `names`: see catalog::Scope::Allows.
  bool Allows(Right right, const std::vector<std::string_view>& names = {}) const;
};
using AccessPtr = std::shared_ptr<const Access>;

class Gate {
 public:
  /// Both must outlive it.
  Gate(session::Node& node, session::Sessions& sessions) : node_(node), sessions_(sessions) {}

  /// Who asks. Null: `*refusal` is the answer (401; 429 after too many wrong passwords).
  AccessPtr Admit(const http::Request& request, http::Response* refusal) const;
  /// Who asks, if that can be told without waiting; else null.
  AccessPtr AdmitAtOnce(const http::Request& request) const;
  /// As Admit, for one thing that they want to do: 403 where a key's scopes do not allow it.
  AccessPtr Admit(const http::Request& request, Right right, const std::vector<std::string_view>& names,
                  http::Response* refusal) const;

 private:
  struct Checked;
  struct Credential;
  AccessPtr Known(const Credential& credential) const;
  Result<Checked> Check(const http::Request& request, const Credential& credential) const;
  Result<Checked> CheckToken(const std::string& token) const;
  Result<Checked> CheckTokenIn(const catalog::CatalogState& state, const std::string& token) const;

  session::Node& node_;
  session::Sessions& sessions_;
};

/// 403 for what Allows() denies.
http::Response Forbidden(const http::Request& request, const Access& access, Right right,
                         const std::vector<std::string_view>& names = {});

/// POST /auth/login.
std::vector<http::Route> AuthRoutes(session::Sessions& sessions);
/// /v1/keys: API keys made, listed, rotated and removed by admins.
std::vector<http::Route> KeyRoutes(session::Node& node, session::Sessions& sessions);

}  // namespace firn::faces

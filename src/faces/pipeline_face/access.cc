#include "faces/pipeline_face/access.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "base/errors.h"
#include "base/ids.h"
#include "base/types.h"
#include "faces/pipeline_face/problem.h"

namespace firn::faces {

/// What a credential was found to be, and until when.
struct Gate::Checked {
  AccessPtr access;
  catalog::ObjectRef user;  ///< as it was then: a changed user is another object
  Micros expires = 0;       ///< 0: never

  /// By the credentials' hash: how long the search takes says nothing of the others that it holds.
  static std::unordered_map<std::string, Checked>& Here() {
    thread_local std::unordered_map<std::string, Checked> checked;
    return checked;
  }
  void Keep(const std::string& hash) const;
};

struct Gate::Credential {
  bool basic = false;
  std::string text = {};  ///< the token, or base64 of user and password
  std::string hash = {};

  /// Of what the request has; none, or too long a one: empty text.
  static Credential Of(const http::Request& request);
};

namespace {

constexpr size_t kCheckedMax = 1000;  ///< of a thread; beyond, all are checked anew
constexpr std::string_view kKeyPrefix = "firn_pat_";

/// `scheme` in any case, then blanks.
std::optional<std::string_view> AfterScheme(std::string_view header, std::string_view scheme) {
  if (header.size() <= scheme.size() || header[scheme.size()] != ' ') return std::nullopt;
  if (!EqualsIgnoreCase(header.substr(0, scheme.size()), scheme)) return std::nullopt;
  header.remove_prefix(scheme.size());
  header.remove_prefix(std::min(header.find_first_not_of(' '), header.size()));
  return header;
}

AccessPtr AccessOf(const catalog::Object& user, const catalog::AccessToken* token) {
  auto access = std::make_shared<Access>();
  access->user = user.name;
  access->role = user.As<catalog::UserInfo>()->default_role;
  if (token && !token->role.empty()) access->role = token->role;
  if (!token || token->scopes.empty()) return access;
  access->key = token->name;
  for (const std::string& text : token->scopes) {
    // A scope of a newer Firn gives nothing here.
    if (auto scope = catalog::ParseScope(text)) access->scopes.push_back(std::move(*scope));
  }
  return access;
}

const char* NameOf(Right right) {
  switch (right) {
    case Right::kIngest:
      return "ingest:";
    case Right::kRead:
      return "read:";
    case Right::kJobsRun:
      return "jobs:run";
    case Right::kPipelinesWrite:
      return "pipelines:write";
    case Right::kPipelineCreate:
      return "pipeline:create";
    case Right::kAdmin:
      break;
  }
  return "admin";
}

http::Response Refuse(const http::Request& request, const Error& error) {
  if (error.Is(errors::kUserLocked)) return ProblemAnswer(request, problems::kTooManyRequests, error.Message());
  if (error.Is(errors::kIncorrectPassword) || error.Is(errors::kTokenInvalid)) {
    return ProblemAnswer(request, problems::kUnauthorized, error.Message());
  }
  return FailureAnswer(request, error);
}

}  // namespace

bool Access::Allows(Right right, const std::vector<std::string_view>& names) const {
  if (key.empty()) return true;
  return std::ranges::any_of(scopes, [&](const catalog::Scope& scope) { return scope.Allows(right, names); });
}

void Gate::Checked::Keep(const std::string& hash) const {
  auto& here = Here();
  if (here.size() >= kCheckedMax) here.clear();
  here[hash] = *this;
}

Gate::Credential Gate::Credential::Of(const http::Request& request) {
  std::optional<std::string_view> text = request.Header("x-api-key");
  bool basic = false;
  if (!text) {
    const std::string_view header = request.Header("Authorization").value_or("");
    text = AfterScheme(header, "Bearer");
    if (!text) {
      text = AfterScheme(header, "Basic");
      basic = text.has_value();
    }
  }
  if (!text || text->size() > session::kTokenBytesMax) return {};
  Credential credential{basic, std::string(*text)};
  credential.hash = Sha256((basic ? 'B' : 'T') + credential.text);
  return credential;
}

Result<Gate::Checked> Gate::CheckTokenIn(const catalog::CatalogState& state, const std::string& token) const {
  if (auto owner = catalog::FindToken(state, token, node_.clock->Now())) {
    return Checked{AccessOf(*owner->user, &owner->token), owner->user, owner->token.expires};
  }
  FIRN_ASSIGN(session::TokenClaims claims, sessions_.ReadBearer(state, token));
  catalog::ObjectRef user = state.Find("", catalog::ObjectKind::kUser, claims.user);
  if (!user) return Error(errors::kTokenInvalid, {"Its user is gone."});
  return Checked{AccessOf(*user, nullptr), user, claims.expires};
}

Result<Gate::Checked> Gate::CheckToken(const std::string& token) const {
  return sessions_.keys().Ask(token, [&](const catalog::CatalogState& state) { return CheckTokenIn(state, token); });
}

Result<Gate::Checked> Gate::Check(const http::Request& request, const Credential& credential) const {
  if (!credential.basic) return CheckToken(credential.text);
  std::string pair;
  if (!FromBase64(credential.text, &pair) || pair.find(':') == std::string::npos) {
    return Error(errors::kIncorrectPassword);
  }
  const std::string name = pair.substr(0, pair.find(':'));
  const std::string secret = pair.substr(name.size() + 1);
  if (!secret.starts_with(kKeyPrefix)) {
    FIRN_ASSIGN(catalog::ObjectRef user, sessions_.CheckSecret(name, secret, request.remote_address));
    return Checked{AccessOf(*user, nullptr), user, 0};
  }
  FIRN_ASSIGN(Checked checked, CheckToken(secret));
  if (!name.empty() && !EqualsIgnoreCase(checked.user->name, name)) return Error(errors::kIncorrectPassword);
  return checked;
}

/// What this thread checked before and what can be told without waiting.
AccessPtr Gate::Known(const Credential& credential) const {
  const catalog::StatePtr state = sessions_.keys().Known();
  if (!state) return nullptr;
  auto& here = Checked::Here();
  auto found = here.find(credential.hash);
  if (found != here.end()) {
    const Checked& seen = found->second;
    const bool current = state->ById(seen.user->id) == seen.user;
    if (current && (seen.expires == 0 || node_.clock->Now() < seen.expires)) return seen.access;
    here.erase(found);
  }
  if (credential.basic) return nullptr;
  auto checked = CheckTokenIn(*state, credential.text);
  if (!checked.ok()) return nullptr;
  checked->Keep(credential.hash);
  return checked->access;
}

AccessPtr Gate::AdmitAtOnce(const http::Request& request) const {
  const Credential credential = Credential::Of(request);
  return credential.text.empty() ? nullptr : Known(credential);
}

AccessPtr Gate::Admit(const http::Request& request, http::Response* refusal) const {
  const Credential credential = Credential::Of(request);
  if (credential.text.empty()) {
    *refusal = ProblemAnswer(request, problems::kUnauthorized,
                             "Give a key (x-api-key, or Authorization: Bearer) or a user's name and password.");
    return nullptr;
  }
  if (AccessPtr known = Known(credential)) return known;
  auto checked = Check(request, credential);
  if (!checked.ok()) {
    *refusal = Refuse(request, checked.error());
    return nullptr;
  }
  checked->Keep(credential.hash);
  return checked->access;
}

AccessPtr Gate::Admit(const http::Request& request, Right right, const std::vector<std::string_view>& names,
                      http::Response* refusal) const {
  AccessPtr access = Admit(request, refusal);
  if (!access || access->Allows(right, names)) return access;
  *refusal = Forbidden(request, *access, right, names);
  return nullptr;
}

http::Response Forbidden(const http::Request& request, const Access& access, Right right,
                         const std::vector<std::string_view>& names) {
  std::string scope = NameOf(right);
  for (size_t i = 0; i < names.size(); ++i) scope.append(i == 0 ? "" : ".").append(names[i]);
  return ProblemAnswer(request, problems::kForbidden,
                       "The key '" + access.key + "' does not have the scope '" + scope + "'.");
}

}  // namespace firn::faces

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
};

namespace {

constexpr size_t kCheckedMax = 1000;  ///< of a thread; beyond, all are checked anew
constexpr std::string_view kKeyPrefix = "firn_pat_";

struct Credential {
  bool basic = false;
  std::string text;  ///< the token, or base64 of user and password
};

/// `scheme` in any case, then blanks.
std::optional<std::string_view> AfterScheme(std::string_view header, std::string_view scheme) {
  if (header.size() <= scheme.size() || header[scheme.size()] != ' ') return std::nullopt;
  if (!EqualsIgnoreCase(header.substr(0, scheme.size()), scheme)) return std::nullopt;
  header.remove_prefix(scheme.size());
  header.remove_prefix(std::min(header.find_first_not_of(' '), header.size()));
  return header;
}

std::optional<Credential> CredentialOf(const http::Request& request) {
  if (auto key = request.Header("x-api-key")) return Credential{false, std::string(*key)};
  std::string_view header = request.Header("Authorization").value_or("");
  if (auto token = AfterScheme(header, "Bearer")) return Credential{false, std::string(*token)};
  if (auto pair = AfterScheme(header, "Basic")) return Credential{true, std::string(*pair)};
  return std::nullopt;
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

Result<Gate::Checked> Gate::CheckToken(const std::string& token) const {
  const catalog::StatePtr state = node_.catalog->Current();
  if (auto owner = catalog::FindToken(*state, token, node_.clock->Now())) {
    return Checked{AccessOf(*owner->user, &owner->token), owner->user, owner->token.expires};
  }
  FIRN_ASSIGN(session::TokenClaims claims, sessions_.ReadBearer(token));
  catalog::ObjectRef user = state->Find("", catalog::ObjectKind::kUser, claims.user);
  if (!user) return Error(errors::kTokenInvalid, {"Its user is gone."});
  return Checked{AccessOf(*user, nullptr), user, claims.expires};
}

Result<Gate::Checked> Gate::Check(const http::Request& request, bool basic, const std::string& credential) const {
  if (!basic) return CheckToken(credential);
  std::string pair;
  if (!FromBase64(credential, &pair) || pair.find(':') == std::string::npos) return Error(errors::kIncorrectPassword);
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

AccessPtr Gate::Admit(const http::Request& request, http::Response* refusal) const {
  const std::optional<Credential> credential = CredentialOf(request);
  if (!credential || credential->text.size() > session::kTokenBytesMax) {
    *refusal = ProblemAnswer(request, problems::kUnauthorized,
                             "Give a key (x-api-key, or Authorization: Bearer) or a user's name and password.");
    return nullptr;
  }
  // Found by a hash: how long the search takes says nothing of the credentials that it holds.
  thread_local std::unordered_map<std::string, Checked> known;
  const std::string hash = Sha256((credential->basic ? 'B' : 'T') + credential->text);
  auto found = known.find(hash);
  if (found != known.end()) {
    const Checked& seen = found->second;
    const bool current = node_.catalog->Current()->ById(seen.user->id) == seen.user;
    if (current && (seen.expires == 0 || node_.clock->Now() < seen.expires)) return seen.access;
    known.erase(found);
  }
  auto checked = Check(request, credential->basic, credential->text);
  if (!checked.ok()) {
    *refusal = Refuse(request, checked.error());
    return nullptr;
  }
  if (known.size() >= kCheckedMax) known.clear();
  known[hash] = *checked;
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

#include "session/login_checks.h"

#include "base/errors.h"
#include "base/ids.h"
#include "base/types.h"

namespace firn::session {

namespace {

std::string RandomKey() {
  std::string key(32, '\0');
  RandomBytes({reinterpret_cast<uint8_t*>(key.data()), key.size()});
  return key;
}

/// The user that logs in as `name`: by LOGIN_NAME, which is the user's name unless it was given.
catalog::ObjectRef UserByLogin(const catalog::CatalogState& state, const std::string& name) {
  catalog::ObjectRef named;
  for (const catalog::ObjectRef& user : state.Children("", catalog::ObjectKind::kUser)) {
    const std::string& login = user->As<catalog::UserInfo>()->login_name;
    if (!login.empty() && EqualsIgnoreCase(login, name)) return user;
    if (login.empty() && EqualsIgnoreCase(user->name, name)) named = user;
  }
  return named;
}

/// Of no password: checked for users that do not exist, so that they take as long as those that do.
const std::string& NobodysHash() {
  static const std::string hash = catalog::HashPassword(catalog::RandomPassword());
  return hash;
}

}  // namespace

LoginChecks::LoginChecks() : memory_key_(RandomKey()) {}

Result<catalog::ObjectRef> LoginChecks::Check(catalog::Catalog& catalog, Clock& clock, const std::string& name,
                                              const std::string& secret, const std::string& remote_address) {
  std::string who = Upper(name).substr(0, 256) + '\0' + remote_address;
  FIRN_TRY(Admit(who, clock.Now()));
  FIRN_ASSIGN(catalog::StatePtr state, catalog.Head());
  if (auto owner = catalog::FindToken(*state, secret, clock.Now()); owner && owner->token.scopes.empty()) {
    if (name.empty() || UserByLogin(*state, name) == owner->user) return owner->user;
  }
  catalog::ObjectRef user = UserByLogin(*state, name);
  const auto* info = user ? user->As<catalog::UserInfo>() : nullptr;
  bool possible = info != nullptr && !info->disabled && !info->password_hash.empty();
  bool matches = PasswordMatches(possible ? info->password_hash : NobodysHash(), secret);
  if (possible && matches) return user;
  CountFailure(who, clock.Now());
  return Error(errors::kIncorrectPassword);
}

bool LoginChecks::PasswordMatches(const std::string& hash, const std::string& password) {
  std::string seen = HmacSha256(memory_key_, password);
  {
    std::lock_guard lock(mutex_);
    auto found = verified_.find(hash);
    if (found != verified_.end() && SecretsEqual(found->second, seen)) return true;
  }
  {
    std::unique_lock lock(check_mutex_);
    check_done_.wait(lock, [&] { return checks_running_ < kPasswordChecksAtOnce; });
    ++checks_running_;
  }
  bool matches = catalog::VerifyPassword(hash, password);
  {
    std::lock_guard lock(check_mutex_);
    --checks_running_;
  }
  check_done_.notify_one();
  if (matches) {
    std::lock_guard lock(mutex_);
    if (verified_.size() >= kVerifiedPasswordsMax) verified_.clear();
    verified_[hash] = seen;
  }
  return matches;
}

Status LoginChecks::Admit(const std::string& who, Micros now) {
  std::lock_guard lock(mutex_);
  auto found = failures_.find(who);
  if (found == failures_.end()) return Ok();
  while (!found->second.empty() && found->second.front() < now - kLoginFailureWindowSeconds * 1'000'000) {
    found->second.pop_front();
  }
  if (found->second.empty())
    failures_.erase(found);
  else if (found->second.size() >= kLoginFailuresMax)
    return Error(errors::kUserLocked);
  return Ok();
}

void LoginChecks::CountFailure(const std::string& who, Micros now) {
  std::lock_guard lock(mutex_);
  if (failures_.size() >= kLoginFailureEntriesMax && !failures_.contains(who)) failures_.erase(failures_.begin());
  failures_[who].push_back(now);
}

}  // namespace firn::session

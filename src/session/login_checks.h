// LoginChecks: whether a user's secret is right, and how often it may be wrong. Used by Sessions; any thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "catalog/catalog.h"

namespace firn::session {

constexpr int kLoginFailuresMax = 10;  ///< of one user from one address within the window
constexpr int64_t kLoginFailureWindowSeconds = 60;
constexpr size_t kLoginFailureEntriesMax = 10000;
constexpr int kPasswordChecksAtOnce = 2;  ///< each takes 64 MiB and 0.1 s (argon2id)
constexpr size_t kVerifiedPasswordsMax = 1000;

class LoginChecks {
 public:
  LoginChecks();

  /// The user whose password or programmatic access token `secret` is; `name` may be empty with an access token. A
  /// token with scopes is refused: a session does not enforce them.
  /// Errors: kIncorrectPassword (whatever was wrong); kUserLocked (too many failures).
  Result<catalog::ObjectRef> Check(catalog::Catalog& catalog, Clock& clock, const std::string& name,
                                   const std::string& secret, const std::string& remote_address);

 private:
  bool PasswordMatches(const std::string& hash, const std::string& password);
  Status Admit(const std::string& who, Micros now);
  void CountFailure(const std::string& who, Micros now);

  const std::string memory_key_;  ///< of verified_; never leaves the process
  std::mutex mutex_;
  std::map<std::string, std::deque<Micros>> failures_;
  std::map<std::string, std::string> verified_;  ///< password hash to HMAC of the password that matched it
  std::mutex check_mutex_;
  std::condition_variable check_done_;
  int checks_running_ = 0;
};

}  // namespace firn::session

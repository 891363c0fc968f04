// KeyWatch: how old what this process knows of users and their keys may be. Another process on the same lake makes and
// revokes keys too: it writes them into the log, which this one reads again while keys are in use. Owned by Sessions;
// any thread.
//
// A key that was revoked, changed or made elsewhere is so here within kKeysKnownFor. An unknown key is looked for in
// the log at once, but only once: nobody has a key before its commit, so one that is not in a log that was read after
// it was given was wrong and stays it. Different unknown keys together have kUnknownKeyLooks a second; beyond, one is
// wrong until the next second. So wrong keys cost next to no reads, and one that a client repeats takes nothing from
// others. While the log cannot be read, what was known last counts for kKeysKnownWithoutLog; then keys are refused.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <unordered_set>

#include "base/clock.h"
#include "base/errors.h"
#include "base/result.h"
#include "catalog/catalog.h"

namespace firn::session {

constexpr Micros kKeyLookEvery = 1'000'000;  ///< while keys are used
constexpr Micros kKeysKnownFor = 5'000'000;
constexpr Micros kKeysKnownWithoutLog = Micros{15 * 60} * 1'000'000;
constexpr int kUnknownKeyLooks = 20;       ///< a second
constexpr size_t kWrongKeysKept = 10'000;  ///< hashes; beyond, all are looked for anew

class KeyWatch {
 public:
  /// Both must outlive it.
  KeyWatch(catalog::Catalog& catalog, Clock& clock)
      : catalog_(catalog), clock_(clock), looked_at_(clock.Now()), second_begun_(looked_at_) {}
  ~KeyWatch();
  /// Looks every kKeyLookEvery from now on; else only when it is asked.
  void Start();

  /// What is known, if it is young enough; else null. Never waits.
  catalog::StatePtr Known();
  /// The same, after a look at the log where it is too old. Errors: of storage.
  Result<catalog::StatePtr> Recent();
  /// For a key that Recent() does not have. Errors: of storage.
  Result<catalog::StatePtr> ForUnknown(std::string_view key);

  /// What `check` says of the key in Recent(); where it does not know the key (kTokenInvalid), in ForUnknown().
  template <typename Check>
  std::invoke_result_t<Check, const catalog::CatalogState&> Ask(std::string_view key, const Check& check) {
    FIRN_ASSIGN(catalog::StatePtr state, Recent());
    auto found = check(*state);
    if (found.ok() || !found.error().Is(errors::kTokenInvalid)) return found;
    FIRN_ASSIGN(state, ForUnknown(key));
    return check(*state);
  }

 private:
  Result<catalog::StatePtr> Look();
  bool KnownFor(Micros most) const;
  bool MayLookFor(const std::string& hash);
  void LookedFor(const std::string& hash);
  void Run();

  catalog::Catalog& catalog_;
  Clock& clock_;
  std::atomic<Micros> looked_at_;  ///< when the last look that succeeded began
  std::atomic<bool> failing_{false};
  std::atomic<bool> used_{false};  ///< since the last look of Run

  std::mutex mutex_;
  std::condition_variable wake_;
  bool closing_ = false;
  Micros second_begun_;  ///< in which `looks_in_second_` were for unknown keys
  int looks_in_second_ = 0;
  std::unordered_set<std::string> looked_for_;  ///< hashes of unknown keys, each in a log read after it was given
  std::thread thread_;
};

}  // namespace firn::session

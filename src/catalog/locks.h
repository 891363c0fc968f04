// Table locks of one process (rule 6): UPDATE, DELETE and MERGE hold one from before they pin until the end of their
// transaction. Any thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace firn::catalog {

class Locks {
 public:
  explicit Locks(Clock& clock) : clock_(clock) {}

  struct Request {
    std::string table_id;
    std::string table_name;  ///< for errors
    std::string owner;       ///< transaction id; the same owner may lock again
    std::string query_id;    ///< of the statement, named to those who wait in vain
    Micros deadline = 0;     ///< LOCK_TIMEOUT; now or earlier: do not wait
  };
  /// Waits, first come first served. `canceled` is asked every 20 ms. Errors: kLockTimeout (names the holder's
  /// statement and transaction); kDeadlock, when waiting would close a circle of waiters: the asking statement is the
  /// one that fails; kCanceled.
  Status Lock(const Request& request, const std::function<bool()>& canceled = {});
  /// At the end of a transaction, however it ended.
  void ReleaseAll(const std::string& owner);
  /// Whether `owner` holds the lock.
  bool Holds(const std::string& table_id, const std::string& owner);

 private:
  struct Holder {
    std::string owner;
    std::string query_id;
    std::deque<uint64_t> waiting;  ///< tickets in order
  };
  bool WouldDeadlock(const std::string& table_id, const std::string& owner) const;

  Clock& clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Holder> tables_;             ///< by table id; owner "" while handing over
  std::map<std::string, std::string> waits_for_;     ///< owner → table id that it waits for
  std::map<std::string, std::set<std::string>> of_;  ///< owner → table ids that it holds
  uint64_t next_ticket_ = 1;
};

}  // namespace firn::catalog

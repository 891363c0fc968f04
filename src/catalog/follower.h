// Follower: the state that this process knows, moved on by its own commits and by what other processes wrote. A look
// for the next entry is shared by all who wait for one that began after they asked. For this room; any thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "base/result.h"
#include "catalog/log.h"
#include "catalog/state.h"

namespace firn::catalog {

class Follower {
 public:
  Follower(Log& log, StatePtr state) : log_(log), state_(std::move(state)) {}

  StatePtr Current() const;
  /// The state with all that was written before the call.
  Result<StatePtr> Fresh();
  /// Looks now, alone: for the writer after a lost race.
  Status Look();

  /// Before the writer's PUT: readers do not see that entry before it is durable (rule 1).
  void BeginAppend(const std::string& entry_id);
  /// The PUT has won: `state` is the one after it.
  void EndAppend(StatePtr state);
  /// The PUT has lost, or failed and is not there.
  void AbandonAppend();
  /// The PUT's outcome will not be known: the entry counts only once a later one stands on it.
  void LeaveAppend();

 private:
  Result<bool> LookOnce();

  Log& log_;
  mutable std::mutex mutex_;
  StatePtr state_;
  std::string in_flight_;
  bool left_ = false;

  std::mutex look_mutex_;
  std::condition_variable look_done_;
  uint64_t looks_begun_ = 0;
  uint64_t looks_done_ = 0;
  bool looking_ = false;
  std::optional<Error> look_error_;  ///< of look number looks_done_
};

}  // namespace firn::catalog

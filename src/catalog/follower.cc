#include "catalog/follower.h"

namespace firn::catalog {

StatePtr Follower::Current() const {
  std::lock_guard lock(mutex_);
  return state_;
}

Result<bool> Follower::LookOnce() {
  StatePtr known = Current();
  FIRN_ASSIGN(std::optional<LogEntry> entry, log_.Read(known->position() + 1));
  if (!entry) return false;
  bool later_known = false;
  {
    std::unique_lock lock(mutex_);
    if (entry->id == in_flight_) {
      if (!left_) return false;
      lock.unlock();
      FIRN_ASSIGN(std::optional<LogEntry> later, log_.Read(known->position() + 2));
      if (!later) return false;
      later_known = true;
    }
  }
  StateBuilder builder(*known);
  FIRN_TRY(builder.Apply(*entry));
  std::lock_guard lock(mutex_);
  // The writer or another look may have been faster.
  if (state_->position() != known->position()) return true;
  if (entry->id == in_flight_ && !later_known) return false;
  state_ = builder.Finish();
  return true;
}

Status Follower::Look() {
  while (true) {
    FIRN_ASSIGN(bool moved, LookOnce());
    if (!moved) return Ok();
  }
}

Result<StatePtr> Follower::Fresh() {
  std::unique_lock lock(look_mutex_);
  const uint64_t wanted = looks_begun_ + 1;
  while (looks_done_ < wanted) {
    if (looking_) {
      look_done_.wait(lock);
      continue;
    }
    looking_ = true;
    const uint64_t mine = ++looks_begun_;
    lock.unlock();
    Status looked = Look();
    lock.lock();
    looking_ = false;
    looks_done_ = mine;
    look_error_.reset();
    if (!looked.ok()) look_error_ = std::move(looked).error();
    look_done_.notify_all();
  }
  // A later look than the wanted one serves as well.
  if (look_error_) return *look_error_;
  return Current();
}

void Follower::BeginAppend(const std::string& entry_id) {
  std::lock_guard lock(mutex_);
  in_flight_ = entry_id;
}

void Follower::EndAppend(StatePtr state) {
  std::lock_guard lock(mutex_);
  in_flight_.clear();
  state_ = std::move(state);
}

void Follower::AbandonAppend() {
  std::lock_guard lock(mutex_);
  in_flight_.clear();
}

void Follower::LeaveAppend() {
  std::lock_guard lock(mutex_);
  left_ = true;
}

}  // namespace firn::catalog

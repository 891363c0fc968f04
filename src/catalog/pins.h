// Pins: which positions of the log the statements of one process read at. Files that an expiry gave up go only when no
// process reads at a position before it any more (rule 13); the oldest pin is what a process's lease says
// (pipeline/upkeep). One a Catalog; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>

namespace firn::catalog {

class Pins {
 public:
  /// `current`: the latest position that this process knows; it never goes back.
  explicit Pins(std::function<int64_t()> current) : state_(std::make_shared<State>()), current_(std::move(current)) {}

  /// Held while something reads at the position of the moment or a later one. Taken before the position is looked up.
  std::shared_ptr<void> Take() const {
    std::lock_guard lock(state_->mutex);
    auto at = state_->positions.insert(current_());
    return std::shared_ptr<void>(nullptr, [state = state_, at](void*) {
      std::lock_guard release(state->mutex);
      state->positions.erase(at);
    });
  }
  /// The position of the oldest pin; the current one where there is none. Whoever pins after this call reads at that
  /// position or a later one.
  int64_t Oldest() const {
    std::lock_guard lock(state_->mutex);
    return state_->positions.empty() ? current_() : *state_->positions.begin();
  }

 private:
  struct State {
    std::mutex mutex;
    std::multiset<int64_t> positions;
  };
  std::shared_ptr<State> state_;
  std::function<int64_t()> current_;
};

}  // namespace firn::catalog

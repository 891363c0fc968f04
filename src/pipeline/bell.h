// Bell: rung by whoever made work, heard by the one thread that looks for it, which then need not look again and again.
// Shared by the committer, which rings when rows are in bronze, and the task runner, which merges them. Any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace firn::pipeline {

class Bell {
 public:
  void Ring() {
    {
      std::lock_guard lock(mutex_);
      rung_ = true;
    }
    wake_.notify_one();
  }
  /// Returns when it was rung since the last call, or after `time`.
  void Hear(std::chrono::microseconds time) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, time, [this] { return rung_; });
    rung_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool rung_ = false;
};

}  // namespace firn::pipeline

// The threads that run what may block: handlers, body producers, decoding. Inner part of `http`; any thread may Post.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace firn::http {

class Workers {
 public:
  explicit Workers(int max_threads) : max_threads_(static_cast<size_t>(max_threads)) {}
  ~Workers() { Stop(); }

  /// Starts a thread if none is idle and fewer than the maximum run. False after Stop(), or if no thread at all can be
  /// started; then `job` is not kept. Jobs must not throw. The queue is bounded by what posts into it.
  bool Post(std::function<void()> job);
  /// Runs what is queued, then joins. Not from a job.
  void Stop();

 private:
  struct Worker {
    std::thread thread;
    std::condition_variable wake;
    std::function<void()> job;  ///< handed over; empty: it waits, or takes from the queue
  };
  void Run(Worker& worker);

  const size_t max_threads_;
  std::mutex mutex_;
  std::deque<std::function<void()>> jobs_;  ///< while all are busy
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<Worker*> idle_;  ///< the last to come is the first to go: its memory is still in the caches
  bool stopped_ = false;
};

}  // namespace firn::http

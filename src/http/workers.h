// The threads that run what may block: handlers, body producers, decoding. Inner part of `http`; any thread may Post.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace firn::http {

class Workers {
 public:
  explicit Workers(int max_threads) : max_threads_(max_threads) {}
  ~Workers() { Stop(); }

  /// Starts a thread if none is idle and fewer than the maximum run. False after Stop(), or if no thread at all can be
  /// started; then `job` is not kept. Jobs must not throw. The queue is bounded by what posts into it.
  bool Post(std::function<void()> job);
  /// Runs what is queued, then joins. Not from a job.
  void Stop();

 private:
  void Run();

  const int max_threads_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  std::vector<std::thread> threads_;
  int idle_ = 0;
  bool stopped_ = false;
};

}  // namespace firn::http

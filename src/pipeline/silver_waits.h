// SilverWaits: who waits until rows have gone from bronze into silver (`wait=silver`): asked of the offset of the
// pipeline's stream while anybody waits. One a process, made by IngestNode; any thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/result.h"
#include "session/node.h"

namespace firn::pipeline {

class SilverWaits {
 public:
  explicit SilverWaits(session::Node& node) : node_(node) {}
  ~SilverWaits() { Stop(); }

  /// For all that is in the bronze table of `pipe` at this moment. `done` is called once, on this object's thread.
  void Add(const catalog::ObjectRef& pipe, std::function<void(const Status&)> done);
  void Stop();

 private:
  struct Waiter {
    catalog::ObjectRef pipe;
    std::optional<int64_t> sequence;  ///< of the bronze snapshot to be reached; none: not looked up yet
    Micros deadline = 0;
    std::function<void(const Status&)> done;
  };
  void Run();
  /// Nothing: not yet.
  std::optional<Status> Look(Waiter& waiter);

  session::Node& node_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Waiter> waiters_;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace firn::pipeline

// Checkpointer: writes checkpoints on a thread of its own, so that no commit waits for one. Only the latest state
// offered is written. A checkpoint that fails is logged and left out: the log holds everything. For this room.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "catalog/log.h"
#include "catalog/state.h"

namespace firn::catalog {

class Checkpointer {
 public:
  explicit Checkpointer(Log& log);
  ~Checkpointer();
  void Offer(StatePtr state);

 private:
  void Run();

  Log& log_;
  std::mutex mutex_;
  std::condition_variable wake_;
  StatePtr offered_;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace firn::catalog

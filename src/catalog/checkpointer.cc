#include "catalog/checkpointer.h"

#include "base/log.h"

namespace firn::catalog {

Checkpointer::Checkpointer(Log& log) : log_(log), thread_([this] { Run(); }) {}

Checkpointer::~Checkpointer() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Checkpointer::Offer(StatePtr state) {
  std::lock_guard lock(mutex_);
  offered_ = std::move(state);
  wake_.notify_all();
}

void Checkpointer::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return closing_ || offered_; });
    if (closing_) return;
    StatePtr state = std::move(offered_);
    offered_.reset();
    lock.unlock();
    if (Status written = log_.WriteCheckpoint(*state); !written.ok()) {
      log::warn("the checkpoint of position {} was not written: {}", state->position(), written.error().Message());
    }
    lock.lock();
  }
}

}  // namespace firn::catalog

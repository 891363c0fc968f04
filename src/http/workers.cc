#include "http/workers.h"

#include <system_error>
#include <utility>

namespace firn::http {

bool Workers::Post(std::function<void()> job) {
  Worker* chosen = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return false;
    if (!idle_.empty()) {
      chosen = idle_.back();
      idle_.pop_back();
      chosen->job = std::move(job);
    } else {
      if (workers_.size() < max_threads_) {
        auto worker = std::make_unique<Worker>();
        try {
          worker->thread = std::thread([this, made = worker.get()] { Run(*made); });
          workers_.push_back(std::move(worker));
        } catch (const std::system_error&) {
          if (workers_.empty()) return false;
        }
      }
      jobs_.push_back(std::move(job));
    }
  }
  // Not under the lock: the thread that wakes would stop at it.
  if (chosen != nullptr) chosen->wake.notify_one();
  return true;
}

void Workers::Run(Worker& worker) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (!worker.job && !jobs_.empty()) {
      worker.job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    if (worker.job) {
      lock.unlock();
      std::exchange(worker.job, nullptr)();
      lock.lock();
      continue;
    }
    if (stopped_) return;
    idle_.push_back(&worker);
    worker.wake.wait(lock, [&] { return stopped_ || worker.job; });
    if (stopped_) std::erase(idle_, &worker);
  }
}

void Workers::Stop() {
  std::vector<std::unique_ptr<Worker>> workers;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    workers.swap(workers_);
  }
  for (auto& worker : workers) worker->wake.notify_all();
  for (auto& worker : workers) worker->thread.join();
}

}  // namespace firn::http

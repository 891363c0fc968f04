#include "catalog/write_behind.h"

#include <algorithm>

#include "base/errors.h"

namespace firn::catalog {

WritePool::WritePool(int threads) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

WritePool::~WritePool() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void WritePool::Run(std::function<void()> work) {
  if (threads_.empty()) {
    work();
    return;
  }
  {
    std::lock_guard lock(mutex_);
    queue_.push_back(std::move(work));
  }
  wake_.notify_one();
}

void WritePool::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return closing_ || !queue_.empty(); });
    if (queue_.empty()) return;
    std::function<void()> work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    work();
    lock.lock();
  }
}

WriteBehind::WriteBehind(storage::Store& inner, WritePool& pool) : inner_(inner), pool_(pool) {}

WriteBehind::~WriteBehind() { (void)Wait().ok(); }

void WriteBehind::Begin(std::function<Status()> work) {
  {
    std::lock_guard lock(state_->mutex);
    ++state_->running;
  }
  pool_.Run([state = state_, work = std::move(work)] {
    Status done = work();
    std::lock_guard lock(state->mutex);
    // A stopped writer is the error that matters most.
    if (!done.ok() && (!state->error || done.error().Is(errors::kWriterStopped)))
      state->error = std::move(done).error();
    --state->running;
    state->done.notify_all();
  });
}

Status WriteBehind::Put(const std::string& path, std::string_view bytes) {
  Begin([this, path, bytes = std::string(bytes)] { return inner_.Put(path, bytes); });
  return Ok();
}

Status WriteBehind::Sync(const std::vector<std::string>& paths) {
  constexpr size_t kAtOnce = 4;  // shares of a long list
  size_t share = (paths.size() + kAtOnce - 1) / kAtOnce;
  for (size_t from = 0; from < paths.size(); from += share) {
    size_t to = std::min(from + share, paths.size());
    Begin([this, part = std::vector<std::string>(&paths[from], &paths[from] + (to - from))] {
      return inner_.Sync(part);
    });
  }
  return Ok();
}

Status WriteBehind::Wait() {
  std::unique_lock lock(state_->mutex);
  state_->done.wait(lock, [this] { return state_->running == 0; });
  if (!state_->error) return Ok();
  Error error = std::move(*state_->error);
  state_->error.reset();
  return error;
}

}  // namespace firn::catalog

#include "engine/cancel.h"

#include <set>
#include <utility>

#include "base/errors.h"

namespace firn::engine {

namespace {

/// One thread for the time-outs of all tokens; started by the first.
class Timer {
 public:
  static Timer& Get() {
    static Timer* timer = new Timer();  // outlives every token, also those of static objects
    return *timer;
  }

  void Arm(CancelToken::State* token, int64_t seconds) {
    std::lock_guard lock(mutex_);
    DropLocked(token);
    if (seconds <= 0) return;
    token->due = Clock::System().Now() + seconds * 1000000;
    auto added = due_.emplace(token->due, token).first;
    if (added == due_.begin()) changed_.notify_one();  // else the thread wakes early enough
  }

  /// After it the timer does not touch `token`.
  void Drop(CancelToken::State* token) {
    std::lock_guard lock(mutex_);
    DropLocked(token);
  }

 private:
  Timer() {
    std::thread([this] { Loop(); }).detach();
  }

  void DropLocked(CancelToken::State* token) {
    if (token->due != 0) due_.erase({std::exchange(token->due, 0), token});
  }

  void Loop() {
    std::unique_lock lock(mutex_);
    while (true) {
      if (due_.empty()) {
        changed_.wait(lock);
        continue;
      }
      auto [when, token] = *due_.begin();
      Micros now = Clock::System().Now();
      if (now < when) {
        changed_.wait_for(lock, std::chrono::microseconds(when - now));
        continue;
      }
      DropLocked(token);
      token->Stop(true);
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::pair<Micros, CancelToken::State*>> due_;
};

}  // namespace

CancelToken::CancelToken() : state_(std::make_unique<State>()) {}
CancelToken::~CancelToken() {
  if (state_->timeout_seconds > 0) Timer::Get().Drop(state_.get());
}
void CancelToken::Cancel() { state_->Stop(false); }
bool CancelToken::canceled() const { return state_->stopped; }

void CancelToken::SetTimeout(int64_t timeout_seconds) {
  {
    std::lock_guard lock(state_->mutex);
    if (timeout_seconds <= 0 && state_->timeout_seconds <= 0) return;
    state_->timeout_seconds = std::max<int64_t>(timeout_seconds, 0);
  }
  Timer::Get().Arm(state_.get(), timeout_seconds);
}

void CancelToken::State::Stop(bool by_timer) {
  std::lock_guard lock(mutex);
  if (stopped) return;
  timed_out = by_timer;
  stopped = true;
  for (auto& [key, listener] : listeners) listener();
}

std::optional<Error> CancelToken::State::Stopped() const {
  if (!stopped) return std::nullopt;
  std::lock_guard lock(mutex);
  if (timed_out) return Error(errors::kTimeout, {std::to_string(timeout_seconds)});
  return Error(errors::kCanceled);
}

void CancelToken::State::Add(const void* key, Listener listener) {
  std::lock_guard lock(mutex);
  if (stopped) listener();
  listeners[key] = std::move(listener);
}

void CancelToken::State::Remove(const void* key) {
  std::lock_guard lock(mutex);
  listeners.erase(key);
}

struct CallThread::Shared {
  std::mutex mutex;
  std::condition_variable wake;
  std::function<void()> work;
  bool busy = false;
  bool closed = false;

  void Loop() {
    std::unique_lock lock(mutex);
    while (true) {
      wake.wait(lock, [this] { return closed || work; });
      if (!work) return;
      auto now = std::exchange(work, nullptr);
      lock.unlock();
      now();
      now = nullptr;  // what the work owns goes before the waiter is told
      lock.lock();
      busy = false;
      wake.notify_all();
    }
  }
};

CallThread::CallThread() : shared_(std::make_shared<Shared>()) {
  std::thread([shared = shared_] { shared->Loop(); }).detach();
}

CallThread::~CallThread() {
  std::lock_guard lock(shared_->mutex);
  shared_->closed = true;
  shared_->wake.notify_all();
}

bool CallThread::Run(std::function<void()> work, CancelToken::State& token) {
  // The scope goes after the lock: Stop() takes the token's lock before ours.
  ListenScope listen(token, [shared = shared_] {
    std::lock_guard wake_lock(shared->mutex);
    shared->wake.notify_all();
  });
  std::unique_lock lock(shared_->mutex);
  shared_->work = std::move(work);
  shared_->busy = true;
  shared_->wake.notify_all();
  shared_->wake.wait(lock, [&] { return !shared_->busy || token.stopped; });
  if (shared_->busy) shared_->wake.wait_for(lock, kGrace, [&] { return !shared_->busy; });
  return !shared_->busy;
}

}  // namespace firn::engine

// The inside of CancelToken, and the calls that run under one. For this room's statements, and for who answers in the
// place of a thread that hangs; any thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "base/clock.h"
#include "base/result.h"
#include "engine/engine.h"

namespace firn::engine {

struct CancelToken::State {
  using Listener = std::function<void()>;

  /// Stops what runs under the token; `timed_out` chooses the error.
  void Stop(bool timed_out);
  /// Why calls must end: kCanceled, kTimeout, or nothing.
  std::optional<Error> Stopped() const;
  /// `listener` is called once, under the token's lock, when the token stops, or at once if it has stopped.
  void Add(const void* key, Listener listener);
  void Remove(const void* key);

  std::atomic<bool> stopped{false};
  mutable std::mutex mutex;
  bool timed_out = false;
  int64_t timeout_seconds = 0;
  Micros due = 0;  ///< when the timer stops it; 0: never. Under the timer's lock
  std::map<const void*, Listener> listeners;
};

/// A listener for as long as the scope lasts.
class ListenScope {
 public:
  ListenScope(CancelToken::State& token, CancelToken::State::Listener listener) : token_(token) {
    token_.Add(this, std::move(listener));
  }
  ~ListenScope() { token_.Remove(this); }
  ListenScope(const ListenScope&) = delete;
  ListenScope& operator=(const ListenScope&) = delete;

 private:
  CancelToken::State& token_;
};

/// A thread that runs one statement's calls, so that the caller need not wait for a hanging HTTP request. Work that is
/// abandoned goes on to its end and must own all that it touches.
class CallThread {
 public:
  CallThread();
  ~CallThread();
  CallThread(const CallThread&) = delete;
  CallThread& operator=(const CallThread&) = delete;

  /// Runs `work` and waits for its end. Once `token` has stopped it waits `kGrace` more and then answers false: the
  /// work is abandoned, and the thread takes no more.
  bool Run(std::function<void()> work, CancelToken::State& token);

 private:
  static constexpr std::chrono::milliseconds kGrace{40};
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace firn::engine

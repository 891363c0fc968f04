// The one door to time and randomness, so that tests own both. Any thread may call any of it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace firn {

/// Microseconds since 1970-01-01T00:00:00Z.
using Micros = int64_t;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Micros Now() = 0;
  /// Blocks for `wait`. A test clock moves itself instead.
  virtual void Sleep(std::chrono::microseconds wait) = 0;

  /// The machine's clock; lives for ever.
  static Clock& System();
};

/// A clock that moves only when told.
class TestClock : public Clock {
 public:
  explicit TestClock(Micros now) : now_(now) {}
  Micros Now() override { return now_; }
  void Sleep(std::chrono::microseconds wait) override { Advance(wait); }
  void Advance(std::chrono::microseconds by) { now_ += by.count(); }

 private:
  std::atomic<Micros> now_;
};

}  // namespace firn

// A test's clock that is moved while other threads look at it.
#pragma once

#include <atomic>

#include "base/clock.h"

namespace firn::pipeline {

class SharedClock : public Clock {
 public:
  explicit SharedClock(Micros now) : now_(now) {}
  Micros Now() override { return now_; }
  void Sleep(std::chrono::microseconds wait) override { Advance(wait); }
  void Advance(std::chrono::microseconds by) { now_ += by.count(); }

 private:
  std::atomic<Micros> now_;
};

}  // namespace firn::pipeline

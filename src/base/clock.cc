#include "base/clock.h"

#include <thread>

namespace firn {

namespace {

class SystemClock : public Clock {
 public:
  Micros Now() override {
    auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  }
  void Sleep(std::chrono::microseconds wait) override { std::this_thread::sleep_for(wait); }
};

}  // namespace

Clock& Clock::System() {
  static SystemClock clock;
  return clock;
}

}  // namespace firn

// Descriptor: a file descriptor that is closed at the end of its block. One thread at a time.
#pragma once

#include <unistd.h>

namespace firn {

class Descriptor {
 public:
  /// What open(2) answered: -1 where it failed.
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }
  bool ok() const { return number_ >= 0; }

 private:
  int number_;
};

}  // namespace firn

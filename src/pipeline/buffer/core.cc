#include "pipeline/buffer/core.h"

#include <algorithm>

#include "base/log.h"

namespace firn::pipeline {

namespace {

constexpr Micros kEpoch2020 = 1577836800000000;
constexpr Micros kDiskAskedEvery = 200000;

}  // namespace

int64_t SequenceClock::Take(uint64_t count, Micros now) {
  std::lock_guard lock(mutex_);
  int64_t first = std::max<int64_t>(now - kEpoch2020, 0) * kStep + number_;
  if (last_ > 0 && first < last_ + kStep) {
    first = (last_ / kStep + 1) * kStep + number_;
    if (first < last_ + kStep) first += kStep;  // the number was another one before
  }
  if (count > 0) last_ = first + (static_cast<int64_t>(count) - 1) * kStep;
  return first;
}

void SequenceClock::AtLeast(int64_t last) {
  std::lock_guard lock(mutex_);
  last_ = std::max(last_, last);
}

int64_t SequenceClock::last() {
  std::lock_guard lock(mutex_);
  return last_;
}

void BufferCore::Stop(const std::string& why) {
  std::lock_guard lock(mutex_);
  if (!stopped_.empty()) return;
  stopped_ = why;
  is_stopped_ = true;
  log::error("the ingest buffer {} takes no more rows: {}", files->Name(""), why);
}

std::string BufferCore::stopped() {
  if (!is_stopped_.load(std::memory_order_acquire)) return {};
  std::lock_guard lock(mutex_);
  return stopped_;
}

bool BufferCore::DiskLow(Micros now) {
  const Micros asked = disk_asked_.load(std::memory_order_relaxed);
  if (asked == INT64_MIN || now - asked >= kDiskAskedEvery || now < asked) {
    disk_asked_ = now;
    auto free = files->FreeBytes();
    disk_low_ = free.ok() && *free < limits.disk_reserve;
  }
  return disk_low_.load(std::memory_order_relaxed);
}

}  // namespace firn::pipeline

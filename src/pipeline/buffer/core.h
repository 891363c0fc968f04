// BufferCore: what the tables of one buffer share: its media, clock, limits, the `_seq` counter, what is in use, and
// whether it still takes rows. Inner part of `pipeline/buffer`; any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "pipeline/buffer/batch.h"
#include "pipeline/buffer/files.h"

namespace firn::pipeline {

class TableBuffer;

/// Limits of one buffer. What goes beyond is refused with its own Outcome, never dropped.
struct BufferLimits {
  uint64_t table_bytes = 1ULL << 30;  ///< log of one table
  uint64_t all_bytes = 8ULL << 30;    ///< logs of all tables
  /// Of a log that is more than half full, answers wait: those who wait for theirs before they send again become slower
  /// before anyone is refused. This long when it is full, by the square of what is beyond a half before.
  Micros pace_most = 1000000;
  uint64_t in_flight_bytes = 256ULL << 20;  ///< appended, not yet durable
  uint64_t disk_reserve = 512ULL << 20;     ///< that must stay free on the disk
  uint64_t segment_bytes = 64ULL << 20;     ///< after which the next segment begins
  uint64_t free_active_bytes = 4ULL << 20;  ///< an applied segment of this size is freed though it is the last
  uint64_t keys = 1000000;                  ///< idempotency keys of one table
  uint64_t channels = 10000;                ///< of one table
  Micros key_lifetime = 24LL * 3600 * 1000000;
};

/// Hands out `_seq` (rule 9): microseconds since 2020 × 1,024 + the buffer's leased number, at least 1,024 more than
/// the last, so that it grows in the buffer and across restarts.
class SequenceClock {
 public:
  static constexpr int64_t kStep = 1024;
  explicit SequenceClock(int number) : number_(number) {}
  /// The first of `count` numbers, each kStep after the one before.
  int64_t Take(uint64_t count, Micros now);
  /// Recovery saw `last`.
  void AtLeast(int64_t last);
  int64_t last();

 private:
  const int number_;
  std::mutex mutex_;
  int64_t last_ = 0;
};

struct BufferCore {
  BufferCore(std::shared_ptr<Files> files_in, Clock& clock_in, const BufferLimits& limits_in, int number)
      : files(std::move(files_in)), clock(clock_in), limits(limits_in), sequence(number) {}

  std::shared_ptr<Files> files;
  Clock& clock;
  const BufferLimits limits;
  SequenceClock sequence;
  std::string id;
  std::atomic<uint64_t> log_bytes{0};
  std::atomic<uint64_t> in_flight{0};
  std::atomic<uint64_t> pending{0};          ///< appends whose group is not being written yet
  std::atomic<uint64_t> wanted{UINT64_MAX};  ///< so many a sync thread waits for
  std::atomic<bool> closing{false};
  /// Puts a table with a pending group on its sync thread's list.
  std::function<void(const std::shared_ptr<TableBuffer>&)> wake;
  /// What is wanted is pending.
  std::function<void()> enough;

  /// An fsync failed: nothing more is taken.
  void Stop(const std::string& why);
  /// Empty: not stopped.
  std::string stopped();
  /// Below the reserve? Asks the disk at most five times a second.
  bool DiskLow(Micros now);

 private:
  std::mutex mutex_;
  std::string stopped_;
  std::atomic<bool> is_stopped_{false};
  std::atomic<Micros> disk_asked_{INT64_MIN};
  std::atomic<bool> disk_low_{false};
};

}  // namespace firn::pipeline

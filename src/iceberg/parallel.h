// Runs independent storage requests side by side: on an object store each takes tens of milliseconds. Of this room
// only.
#pragma once

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/result.h"

namespace firn::iceberg {

/// Calls `work(i)` for each i below `count`, up to 16 at once, and returns the first error. `work` is called by several
/// threads. Few items are done on this thread.
template <class Work>
Status ParallelEach(size_t count, Work work) {
  constexpr size_t kThreads = 16;
  std::atomic<size_t> next{0};
  std::atomic<bool> failed{false};
  std::mutex mutex;
  std::optional<Error> error;
  auto run = [&] {
    for (size_t i = next++; i < count && !failed; i = next++) {
      Status status = work(i);
      if (status.ok()) continue;
      std::lock_guard lock(mutex);
      failed = true;
      if (!error) error = std::move(status).error();
    }
  };
  std::vector<std::thread> threads;
  if (count > 2) {
    for (size_t i = 1; i < std::min(count, kThreads); ++i) threads.emplace_back(run);
  }
  run();
  for (std::thread& thread : threads) thread.join();
  if (error) return *std::move(error);
  return Ok();
}

}  // namespace firn::iceberg

// Numbers: what this process has leased of each sequence and not handed out (rule 16). Blocks grow with use, so that
// one-row inserts seldom wait for a lease. What is left at the end of the process is a gap. For this room; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/catalog.h"
#include "catalog/log_entry.h"

namespace firn::catalog {

class Numbers {
 public:
  /// Leases `count` numbers in the log.
  using Lease = std::function<Result<SequenceMove>(const std::string& sequence_id, int64_t count)>;
  explicit Numbers(Lease lease) : lease_(std::move(lease)) {}

  /// `count` numbers in one or two runs; `step` is the sequence's.
  Result<std::vector<Catalog::Numbers>> Take(const std::string& sequence_id, int64_t step, int64_t count);

 private:
  struct Block {
    std::mutex mutex;
    int64_t next = 0;
    int64_t left = 0;
    int64_t step = 0;
    int64_t length = 0;  ///< of the last lease
  };
  Lease lease_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Block>> blocks_;
};

}  // namespace firn::catalog

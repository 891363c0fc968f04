// Keys: the idempotency keys of one table, each with the answer of its first request. Inner part of `pipeline/buffer`;
// the owner locks.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "pipeline/buffer/batch_record.h"

namespace firn::pipeline {

class Keys {
 public:
  /// One that has not expired, or null.
  std::shared_ptr<StoredKey> Find(std::string_view key, Micros now) const;
  /// Adds or replaces.
  void Add(std::shared_ptr<StoredKey> key);
  /// `key` failed before it was durable.
  void Remove(const std::shared_ptr<StoredKey>& key);
  /// Forgets the expired ones.
  void Expire(Micros now);
  void Clear();
  /// Those that are durable.
  std::vector<std::shared_ptr<StoredKey>> Durable() const;
  size_t size() const { return keys_.size(); }
  /// What they take in a log.
  uint64_t bytes() const { return bytes_; }

 private:
  static uint64_t SizeOf(const StoredKey& key);

  std::unordered_map<std::string_view, std::shared_ptr<StoredKey>> keys_;  ///< by a view into the value
  std::deque<std::weak_ptr<StoredKey>> by_age_;
  uint64_t bytes_ = 0;
};

}  // namespace firn::pipeline

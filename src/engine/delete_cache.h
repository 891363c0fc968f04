// DeleteCache: the deleted positions of data files, read when first scanned and kept while there is room. One an
// engine; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/result.h"
#include "iceberg/table_files.h"
#include "storage/store.h"

namespace firn::engine {

class DeleteCache {
 public:
  using VectorPtr = std::shared_ptr<const iceberg::DeletionVector>;

  DeleteCache(int64_t bytes_max, iceberg::PositionDeleteReader reader)
      : bytes_max_(bytes_max), reader_(std::move(reader)) {}

  /// What is deleted of `file`; null if nothing. Errors: as iceberg::LoadDeletes.
  Result<VectorPtr> Get(storage::Store& store, const iceberg::LiveFile& file);

  int64_t bytes() const;

 private:
  struct Entry {
    std::string key;
    VectorPtr vector;
    int64_t bytes;
  };
  void Keep(const std::string& key, VectorPtr vector);

  const int64_t bytes_max_;
  const iceberg::PositionDeleteReader reader_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  // the latest used first
  std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
  int64_t bytes_ = 0;
};

}  // namespace firn::engine

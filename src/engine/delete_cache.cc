#include "engine/delete_cache.h"

namespace firn::engine {

namespace {

/// Delete files never change, so their names and offsets are the state of the deletes.
std::string KeyOf(const iceberg::LiveFile& file) {
  std::string key = file.data->path;
  if (file.vector) {
    key += '\n' + file.vector->path + '@' + std::to_string(file.vector->content_offset.value_or(0));
    return key;
  }
  for (const auto& deletes : file.position_deletes) key += '\n' + deletes->path;
  return key;
}

}  // namespace

Result<DeleteCache::VectorPtr> DeleteCache::Get(storage::Store& store, const iceberg::LiveFile& file) {
  if (file.pending) return file.pending;
  if (!file.HasDeletes()) return VectorPtr();
  auto key = KeyOf(file);
  {
    std::lock_guard lock(mutex_);
    if (auto found = by_key_.find(key); found != by_key_.end()) {
      entries_.splice(entries_.begin(), entries_, found->second);
      return found->second->vector;
    }
  }
  FIRN_ASSIGN(auto vector, iceberg::LoadDeletes(store, file, reader_));
  Keep(key, vector);
  return vector;
}

void DeleteCache::Keep(const std::string& key, VectorPtr vector) {
  // Roaring takes at most 2 bytes a position and 8 KiB for 65,536 of them.
  int64_t positions = vector ? static_cast<int64_t>(vector->Cardinality()) : 0;
  int64_t bytes = static_cast<int64_t>(2 * key.size()) + 256 + positions * 2;
  std::lock_guard lock(mutex_);
  if (by_key_.contains(key) || bytes > bytes_max_) return;
  entries_.push_front({key, std::move(vector), bytes});
  by_key_[key] = entries_.begin();
  bytes_ += bytes;
  while (bytes_ > bytes_max_) {
    bytes_ -= entries_.back().bytes;
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
}

int64_t DeleteCache::bytes() const {
  std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace firn::engine

// Bytes in this process. Objects are shared and immutable, so that a read copies outside the lock.
#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>

#include "base/errors.h"
#include "storage/store.h"
#include "storage/store_path.h"

namespace firn::storage {

namespace {

constexpr std::string_view kRoot = "memory://";

class MemoryStore final : public Store {
 public:
  explicit MemoryStore(Clock& clock) : clock_(clock) {}

  Result<std::string> Read(const std::string& path) override { return ReadRange(path, 0, UINT64_MAX); }

  Result<std::string> ReadRange(const std::string& path, uint64_t offset, uint64_t length) override {
    FIRN_ASSIGN(Object object, Find(path));
    if (offset >= object.bytes->size()) return std::string();
    return object.bytes->substr(offset, length);
  }

  Result<ObjectInfo> Head(const std::string& path) override {
    FIRN_ASSIGN(Object object, Find(path));
    return ObjectInfo{path, object.bytes->size(), object.modified};
  }

  Result<std::vector<ObjectInfo>> List(const std::string& prefix, const std::string& start_after) override {
    FIRN_TRY(CheckPrefix(prefix));
    std::shared_lock lock(mutex_);
    std::vector<ObjectInfo> out;
    auto it = start_after < prefix ? objects_.lower_bound(prefix) : objects_.upper_bound(start_after);
    for (; it != objects_.end() && it->first.starts_with(prefix); ++it) {
      out.push_back({it->first, it->second.bytes->size(), it->second.modified});
    }
    return out;
  }

  Status Put(const std::string& path, std::string_view bytes) override {
    FIRN_TRY(CheckPath(path));
    Object object{std::make_shared<const std::string>(bytes), clock_.Now()};
    std::unique_lock lock(mutex_);
    objects_[path] = std::move(object);
    return Ok();
  }

  Status PutIfAbsent(const std::string& path, std::string_view bytes) override {
    FIRN_TRY(CheckPath(path));
    Object object{std::make_shared<const std::string>(bytes), clock_.Now()};
    std::unique_lock lock(mutex_);
    if (!objects_.try_emplace(path, std::move(object)).second) return Error(errors::kAlreadyThere, {path});
    return Ok();
  }

  Status Sync(const std::vector<std::string>& paths) override {
    for (const std::string& path : paths) FIRN_TRY(Find(path));
    return Ok();
  }

  Status Delete(const std::string& path) override {
    FIRN_TRY(CheckPath(path));
    std::unique_lock lock(mutex_);
    objects_.erase(path);
    return Ok();
  }

  std::string Uri(const std::string& path) const override { return std::string(kRoot) + "/" + path; }

  Result<std::string> PathOf(std::string_view uri) const override { return PathBelow(kRoot, uri); }

 private:
  struct Object {
    std::shared_ptr<const std::string> bytes;
    Micros modified;
  };

  Result<Object> Find(const std::string& path) {
    FIRN_TRY(CheckPath(path));
    std::shared_lock lock(mutex_);
    auto it = objects_.find(path);
    if (it == objects_.end()) return Error(errors::kNotFound, {path});
    return it->second;
  }

  Clock& clock_;
  std::shared_mutex mutex_;
  std::map<std::string, Object> objects_;  // std::string compares bytes as unsigned
};

}  // namespace

std::unique_ptr<Store> OpenMemoryStore(Clock& clock) { return std::make_unique<MemoryStore>(clock); }

}  // namespace firn::storage

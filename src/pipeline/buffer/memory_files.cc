// Files in this process: what `durable: none` writes to.
#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <utility>

#include "base/errors.h"
#include "pipeline/buffer/files.h"

namespace firn::pipeline {

namespace {

struct MemoryBytes {
  std::mutex mutex;
  std::string bytes;
};

class MemoryFile final : public File {
 public:
  explicit MemoryFile(std::shared_ptr<MemoryBytes> content) : content_(std::move(content)) {}
  Status Write(std::string_view bytes) override {
    std::lock_guard lock(content_->mutex);
    content_->bytes.append(bytes);
    return Ok();
  }
  Status Sync() override { return Ok(); }
  Status Truncate(uint64_t size) override {
    std::lock_guard lock(content_->mutex);
    content_->bytes.resize(size);
    return Ok();
  }

 private:
  std::shared_ptr<MemoryBytes> content_;
};

class MemoryFiles final : public Files {
 public:
  Result<std::unique_ptr<File>> Create(const std::string& path, Growth) override {
    std::lock_guard lock(mutex_);
    auto [place, made] = files_.try_emplace(path);
    if (!made) return Error(errors::kAlreadyThere, {Name(path)});
    place->second = std::make_shared<MemoryBytes>();
    return std::unique_ptr<File>(std::make_unique<MemoryFile>(place->second));
  }
  Result<std::string> Read(const std::string& path, uint64_t offset, uint64_t length, std::string memory) override {
    std::shared_ptr<MemoryBytes> content = Find(path);
    if (!content) return Error(errors::kNotFound, {Name(path)});
    std::lock_guard lock(content->mutex);
    if (offset >= content->bytes.size()) return std::string();
    memory.assign(content->bytes, offset, length);
    return memory;
  }
  Result<std::vector<FileEntry>> List(const std::string& folder) override {
    std::lock_guard lock(mutex_);
    const std::string prefix = folder.empty() ? "" : folder + "/";
    std::map<std::string, FileEntry> found;
    for (auto at = files_.lower_bound(prefix); at != files_.end() && at->first.starts_with(prefix); ++at) {
      const std::string rest = at->first.substr(prefix.size());
      const size_t slash = rest.find('/');
      const std::string name = rest.substr(0, slash);
      found[name] = {name, slash != std::string::npos, slash == std::string::npos ? at->second->bytes.size() : 0};
    }
    std::vector<FileEntry> out;
    for (auto& [name, entry] : found) out.push_back(std::move(entry));
    return out;
  }
  Status MakeFolder(const std::string&) override { return Ok(); }
  Status SyncFolder(const std::string&) override { return Ok(); }
  Status Replace(const std::string& path, std::string_view bytes) override {
    std::lock_guard lock(mutex_);
    auto content = std::make_shared<MemoryBytes>();
    content->bytes = bytes;
    files_[path] = std::move(content);
    return Ok();
  }
  Status Cut(const std::string& path, uint64_t size) override {
    std::shared_ptr<MemoryBytes> content = Find(path);
    if (!content) return Error(errors::kNotFound, {Name(path)});
    return MemoryFile(content).Truncate(size);
  }
  Status Remove(const std::string& path) override {
    std::lock_guard lock(mutex_);
    files_.erase(path);
    return Ok();
  }
  Status RemoveFolder(const std::string&) override { return Ok(); }
  Result<uint64_t> FreeBytes() override { return UINT64_MAX; }
  bool appends() const override { return true; }
  std::string Name(const std::string& path) const override { return "memory:" + path; }

 private:
  std::shared_ptr<MemoryBytes> Find(const std::string& path) {
    std::lock_guard lock(mutex_);
    auto place = files_.find(path);
    return place == files_.end() ? nullptr : place->second;
  }

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<MemoryBytes>> files_;
};

}  // namespace

std::unique_ptr<Files> OpenMemoryFiles() { return std::make_unique<MemoryFiles>(); }

}  // namespace firn::pipeline

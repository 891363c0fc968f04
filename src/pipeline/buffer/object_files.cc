// Files as objects of a store: each is one conditional put.
#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "base/errors.h"
#include "pipeline/buffer/files.h"

namespace firn::pipeline {

namespace {

/// How often the same put is asked for again before the buffer gives up (with these pauses about a minute).
constexpr int kPutTries = 12;
constexpr std::chrono::microseconds kFirstPause = std::chrono::milliseconds(50);
constexpr std::chrono::microseconds kLongestPause = std::chrono::seconds(10);

class ObjectFile final : public File {
 public:
  ObjectFile(storage::Store& store, std::string path, Clock& clock)
      : store_(store), path_(std::move(path)), clock_(clock) {}

  Status Write(std::string_view bytes) override {
    bytes_.append(bytes);
    return Ok();
  }
  Status Truncate(uint64_t size) override {
    bytes_.resize(size);
    return Ok();
  }
  Status Sync() override {
    std::chrono::microseconds pause = kFirstPause;
    for (int tries = 1;; ++tries) {
      Status put = store_.PutIfAbsent(path_, bytes_);
      if (put.ok()) return put;
      if (put.error().Is(errors::kAlreadyThere)) return CheckOurs();
      const bool unknown = put.error().Is(errors::kOutcomeUnknown);
      unknown_ = unknown_ || unknown;
      if (!unknown && !put.error().Is(errors::kStorage)) return put;
      if (tries == kPutTries) {
        if (!unknown_) return put;
        return Error(errors::kOutcomeUnknown, {path_, put.error().Message()});
      }
      clock_.Sleep(pause);
      pause = std::min(pause * 2, kLongestPause);
    }
  }

 private:
  /// Ours by an earlier try, or of a process that took this buffer over.
  Status CheckOurs() {
    FIRN_ASSIGN(std::string there, store_.Read(path_));
    if (there == bytes_) return Ok();
    return Error(errors::kConflict, {path_, "another process has taken this buffer over"});
  }

  storage::Store& store_;
  const std::string path_;
  Clock& clock_;
  std::string bytes_;
  bool unknown_ = false;
};

class ObjectFiles final : public Files {
 public:
  ObjectFiles(storage::Store& store, std::string prefix, Clock& clock)
      : store_(store), prefix_(std::move(prefix)), clock_(clock) {}

  Result<std::unique_ptr<File>> Create(const std::string& path, Growth) override {
    return std::unique_ptr<File>(std::make_unique<ObjectFile>(store_, Path(path), clock_));
  }
  Result<std::string> Read(const std::string& path, uint64_t offset, uint64_t length, std::string) override {
    if (offset == 0 && length == UINT64_MAX) return store_.Read(Path(path));
    return store_.ReadRange(Path(path), offset, length);
  }
  Result<std::vector<FileEntry>> List(const std::string& folder) override {
    const std::string prefix = Path(folder) + "/";
    FIRN_ASSIGN(std::vector<storage::ObjectInfo> objects, store_.List(prefix));
    std::map<std::string, FileEntry> found;
    for (const storage::ObjectInfo& object : objects) {
      const std::string rest = object.path.substr(prefix.size());
      const size_t slash = rest.find('/');
      const std::string name = rest.substr(0, slash);
      found[name] = {name, slash != std::string::npos, slash == std::string::npos ? object.size : 0};
    }
    std::vector<FileEntry> out;
    for (auto& [name, entry] : found) out.push_back(std::move(entry));
    return out;
  }
  Status MakeFolder(const std::string&) override { return Ok(); }
  Status SyncFolder(const std::string&) override { return Ok(); }
  Status Replace(const std::string& path, std::string_view bytes) override { return store_.Put(Path(path), bytes); }
  Status Cut(const std::string& path, uint64_t) override {
    return Error(errors::kStorage, {Name(path), "an object cannot be cut"});
  }
  Status Remove(const std::string& path) override { return store_.Delete(Path(path)); }
  Status RemoveFolder(const std::string&) override { return Ok(); }
  Result<uint64_t> FreeBytes() override { return UINT64_MAX; }
  bool appends() const override { return false; }
  std::string Name(const std::string& path) const override { return store_.Uri(Path(path)); }

 private:
  std::string Path(const std::string& path) const { return path.empty() ? prefix_ : prefix_ + "/" + path; }

  storage::Store& store_;
  const std::string prefix_;
  Clock& clock_;
};

}  // namespace

std::unique_ptr<Files> OpenObjectFiles(storage::Store& store, std::string prefix, Clock& clock) {
  return std::make_unique<ObjectFiles>(store, std::move(prefix), clock);
}

}  // namespace firn::pipeline

#include "fault_files.h"

#include <algorithm>

#include "base/errors.h"

namespace firn::pipeline {

namespace {
Error Gone() { return {errors::kStorage, {"fault", "the power is gone"}}; }
constexpr uint64_t kBlock = 512;
constexpr uint64_t kAhead = 3000;
}  // namespace

bool FaultFiles::Step(Disk& disk) {
  if (++disk.steps >= disk.cut_at) disk.dead = true;
  return !disk.dead;
}

class FaultFile final : public File {
 public:
  FaultFile(std::shared_ptr<FaultFiles::Disk> disk, std::string path, Growth growth)
      : disk_(std::move(disk)), path_(std::move(path)), growth_(growth) {}
  Status Write(std::string_view bytes) override {
    std::lock_guard lock(disk_->mutex);
    if (!FaultFiles::Step(*disk_)) return Gone();
    FaultFiles::Node& node = disk_->files[path_];
    size_t half = bytes.size() / 2;
    if (growth_ == Growth::kAhead) {  // what overwrites is torn between blocks
      const uint64_t cut = (node.end + half) / kBlock * kBlock;
      half = cut > node.end ? cut - node.end : 0;
    }
    if (bytes.size() > disk_->room) {
      Put(&node, bytes.substr(0, disk_->room));
      return Error(errors::kStorage, {path_, "write: No space left on device"});
    }
    if (growth_ == Growth::kAhead && node.end + bytes.size() > node.bytes.size()) {
      node.bytes.resize(node.end + bytes.size() + kAhead);
    }
    Put(&node, bytes.substr(0, half));
    if (!FaultFiles::Step(*disk_)) return Gone();
    Put(&node, bytes.substr(half));
    return FaultFiles::Step(*disk_) ? Ok() : Status(Gone());
  }
  Status Sync() override {
    std::lock_guard held(disk_->sync_mutex);
    std::lock_guard lock(disk_->mutex);
    if (!FaultFiles::Step(*disk_)) return Gone();
    if (std::exchange(disk_->fail_sync, false)) return Error(errors::kWriterStopped, {"fsync: Input/output error"});
    auto& node = disk_->files[path_];
    node.synced = node.end;
    node.synced_size = node.bytes.size();
    return FaultFiles::Step(*disk_) ? Ok() : Status(Gone());
  }
  Status Truncate(uint64_t size) override {
    std::lock_guard lock(disk_->mutex);
    if (!FaultFiles::Step(*disk_)) return Gone();
    FaultFiles::Node& node = disk_->files[path_];
    node.bytes.resize(size);
    node.end = size;
    return Ok();
  }

 private:
  static void Put(FaultFiles::Node* node, std::string_view bytes) {
    node->bytes.resize(std::max<size_t>(node->bytes.size(), node->end + bytes.size()));
    node->bytes.replace(node->end, bytes.size(), bytes);
    node->end += bytes.size();
  }

  std::shared_ptr<FaultFiles::Disk> disk_;
  const std::string path_;
  const Growth growth_;
};

std::shared_ptr<FaultFiles> FaultFiles::Restart(After after) {
  auto next = std::make_shared<Disk>();
  std::lock_guard lock(disk_->mutex);
  next->files = disk_->files;
  disk_->dead = true;
  if (after == After::kPowerNamesBack) next->files.insert(disk_->removed.begin(), disk_->removed.end());
  for (auto at = next->files.begin(); at != next->files.end();) {
    Node& node = at->second;
    if (after == After::kPowerZeroBlocks) {
      for (uint64_t block = node.synced; block < node.bytes.size(); block = (block / kBlock + 1) * kBlock) {
        const uint64_t end = std::min<uint64_t>((block / kBlock + 1) * kBlock, node.bytes.size());
        if (block / kBlock % 2 == 1) std::fill(node.bytes.begin() + block, node.bytes.begin() + end, '\0');
      }
    } else if (after != After::kKill) {
      // What was cut off and not synced is back, as zeros here.
      node.bytes.resize(node.synced);
      node.bytes.resize(std::max(node.synced, node.synced_size));
    }
    const bool stays = node.named || after == After::kKill;
    node.end = node.synced = node.synced_size = node.bytes.size();
    at = stays ? std::next(at) : next->files.erase(at);
  }
  for (auto& [path, node] : next->files) node.named = true;
  return std::shared_ptr<FaultFiles>(new FaultFiles(next));
}

std::shared_ptr<FaultFiles> FaultFiles::Copy() {
  auto copy = std::make_shared<Disk>();
  std::lock_guard lock(disk_->mutex);
  copy->files = disk_->files;
  return std::shared_ptr<FaultFiles>(new FaultFiles(copy));
}

void FaultFiles::HoldSyncs(bool hold) {
  if (hold) {
    disk_->sync_mutex.lock();
  } else {
    disk_->sync_mutex.unlock();
  }
}

void FaultFiles::Spoil(const std::string& path, uint64_t offset) {
  Locked([&] { return disk_->files.at(path).bytes.at(offset) ^= 0x20; });
}

std::map<std::string, uint64_t> FaultFiles::Sizes() {
  return Locked([&] {
    std::map<std::string, uint64_t> out;
    for (const auto& [path, node] : disk_->files) out[path] = node.bytes.size();
    return out;
  });
}

Result<std::unique_ptr<File>> FaultFiles::Create(const std::string& path, Growth growth) {
  std::lock_guard lock(disk_->mutex);
  if (!Step(*disk_)) return Gone();
  if (!disk_->files.emplace(path, Node{}).second) return Error(errors::kAlreadyThere, {path});
  return std::unique_ptr<File>(std::make_unique<FaultFile>(disk_, path, growth));
}

Result<std::string> FaultFiles::Read(const std::string& path, uint64_t offset, uint64_t length, std::string) {
  std::lock_guard lock(disk_->mutex);
  if (disk_->dead) return Gone();
  auto place = disk_->files.find(path);
  if (place == disk_->files.end()) return Error(errors::kNotFound, {path});
  if (offset >= place->second.bytes.size()) return std::string();
  return place->second.bytes.substr(offset, length);
}

Result<std::vector<FileEntry>> FaultFiles::List(const std::string& folder) {
  std::lock_guard lock(disk_->mutex);
  if (disk_->dead) return Gone();
  const std::string prefix = folder.empty() ? "" : folder + "/";
  std::map<std::string, FileEntry> found;
  for (const auto& [path, node] : disk_->files) {
    if (!path.starts_with(prefix)) continue;
    const std::string rest = path.substr(prefix.size());
    const std::string name = rest.substr(0, rest.find('/'));
    found[name] = {name, rest.find('/') != std::string::npos, node.bytes.size()};
  }
  std::vector<FileEntry> out;
  for (auto& [name, entry] : found) out.push_back(entry);
  return out;
}

Status FaultFiles::MakeFolder(const std::string&) {
  return Locked([&] { return Step(*disk_); }) ? Ok() : Status(Gone());
}

Status FaultFiles::SyncFolder(const std::string& folder) {
  std::lock_guard lock(disk_->mutex);
  if (!Step(*disk_)) return Gone();
  for (auto& [path, node] : disk_->files) node.named = node.named || path.starts_with(folder + "/");
  std::erase_if(disk_->removed, [&](const auto& entry) { return entry.first.starts_with(folder + "/"); });
  return Step(*disk_) ? Ok() : Status(Gone());
}

Status FaultFiles::Replace(const std::string& path, std::string_view bytes) {
  std::lock_guard lock(disk_->mutex);
  if (!Step(*disk_)) return Gone();
  disk_->files[path] = {std::string(bytes), bytes.size(), bytes.size(), bytes.size(), true};
  return Step(*disk_) ? Ok() : Status(Gone());
}

Status FaultFiles::Cut(const std::string& path, uint64_t size) {
  std::lock_guard lock(disk_->mutex);
  if (!Step(*disk_)) return Gone();
  Node& node = disk_->files.at(path);
  node.bytes.resize(size);
  node.end = node.synced = node.synced_size = size;
  return Ok();
}

Status FaultFiles::Remove(const std::string& path) {
  std::lock_guard lock(disk_->mutex);
  if (!Step(*disk_)) return Gone();
  auto place = disk_->files.find(path);
  if (place == disk_->files.end()) return Ok();
  if (place->second.named) disk_->removed.insert(*place);
  disk_->files.erase(place);
  return Ok();
}

}  // namespace firn::pipeline

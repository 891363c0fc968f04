// Files that fail as a disk fails: at any step the power goes, and what was not synced is gone, came through in part,
// or deleted names are back; writes are short, the disk is full, an fsync fails. For the tests of the buffer; any
// thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "pipeline/buffer/files.h"

namespace firn::pipeline {

enum class After {
  kKill,             ///< kill -9: the disk keeps all that was written
  kPower,            ///< files hold what was synced, zeros behind it included; unsynced names are gone
  kPowerZeroBlocks,  ///< files are as long as written, every other unsynced block of 512 bytes is zeros
  kPowerNamesBack,   ///< kPower, and removed names that no folder sync confirmed are back
};

class FaultFiles final : public Files {
 private:
  friend class FaultFile;
  struct Node {
    std::string bytes;
    uint64_t end = 0;          ///< of what was written; zeros behind it (Growth::kAhead)
    uint64_t synced = 0;       ///< end
    uint64_t synced_size = 0;  ///< bytes.size()
    bool named = false;        ///< its name is durable
  };
  struct Disk {
    std::mutex mutex;
    std::mutex sync_mutex;  ///< held by HoldSyncs
    std::map<std::string, Node> files;
    std::map<std::string, Node> removed;  ///< named, removed, not confirmed
    int64_t steps = 0;
    int64_t cut_at = INT64_MAX;
    uint64_t room = UINT64_MAX;
    uint64_t free = UINT64_MAX;
    bool fail_sync = false;
    bool dead = false;
  };
  template <class F>
  auto Locked(F f) {
    std::lock_guard lock(disk_->mutex);
    return f();
  }

 public:
  FaultFiles() : disk_(std::make_shared<Disk>()) {}

  int64_t steps() {
    return Locked([&] { return disk_->steps; });
  }
  /// The step of this number (from 1) and all after it fail.
  void CutAtStep(int64_t step) {
    Locked([&] { return disk_->cut_at = step; });
  }
  /// The next process on the same disk.
  std::shared_ptr<FaultFiles> Restart(After after);
  /// Another disk with the same bytes.
  std::shared_ptr<FaultFiles> Copy();
  /// The next writes fail after `bytes` more bytes, as on a full disk; nothing: no longer.
  void FillUp(std::optional<uint64_t> bytes) {
    Locked([&] { return disk_->room = bytes.value_or(UINT64_MAX); });
  }
  void FailNextSync() {
    Locked([&] { return disk_->fail_sync = true; });
  }
  /// Holds syncs until it is taken back.
  void HoldSyncs(bool hold);
  void SetFree(uint64_t bytes) {
    Locked([&] { return disk_->free = bytes; });
  }
  /// The bytes of a file, to read and to spoil.
  std::string Bytes(const std::string& path) {
    return Locked([&] { return disk_->files.at(path).bytes; });
  }
  void Spoil(const std::string& path, uint64_t offset);
  std::map<std::string, uint64_t> Sizes();

  Result<std::unique_ptr<File>> Create(const std::string& path, Growth growth) override;
  Result<std::string> Read(const std::string& path, uint64_t offset, uint64_t length, std::string memory) override;
  Result<std::vector<FileEntry>> List(const std::string& folder) override;
  Status MakeFolder(const std::string& folder) override;
  Status SyncFolder(const std::string& folder) override;
  Status Replace(const std::string& path, std::string_view bytes) override;
  Status Cut(const std::string& path, uint64_t size) override;
  Status Remove(const std::string& path) override;
  Status RemoveFolder(const std::string&) override { return Ok(); }
  Result<uint64_t> FreeBytes() override {
    return Locked([&] { return disk_->free; });
  }
  bool appends() const override { return true; }
  std::string Name(const std::string& path) const override { return path.empty() ? "/fault" : "/fault/" + path; }

 private:
  explicit FaultFiles(std::shared_ptr<Disk> disk) : disk_(std::move(disk)) {}

  /// False: the power is gone. Under the lock.
  static bool Step(Disk& disk);

  std::shared_ptr<Disk> disk_;
};

}  // namespace firn::pipeline

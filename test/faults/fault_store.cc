#include "faults/fault_store.h"

#include <utility>

#include "base/errors.h"
#include "storage/store_path.h"

namespace firn::faults {

using storage::ObjectInfo;

/// The bytes and what is known of their durability, shared by the processes on it.
class FaultStore::Disk {
 public:
  explicit Disk(std::shared_ptr<storage::Store> inner_store) : inner(std::move(inner_store)) {}

  /// Carries a write out as far as its name: the bytes are synced, the folder is not.
  Status Name(const std::string& path, std::string_view bytes, bool if_absent) {
    std::optional<std::string> before;
    if (auto old = inner->Read(path); old.ok()) {
      before = std::move(*old);
    } else if (!old.error().Is(errors::kNotFound)) {
      return std::move(old).error();
    }
    FIRN_TRY(if_absent ? inner->PutIfAbsent(path, bytes) : inner->Put(path, bytes));
    // What a power cut restores is the last durable state.
    if (before && !durable.contains(path)) before.reset();
    unsynced_names.try_emplace(path, std::move(before));
    return Ok();
  }

  /// The fsync of a folder: every name in it is durable whose bytes are.
  void SyncFolder(std::string_view folder) {
    std::erase_if(unsynced_names, [&](const auto& name) {
      if (storage::FolderOf(name.first) != folder) return false;
      durable.insert(name.first);
      return true;
    });
  }

  Status Delete(const std::string& path) {
    if (auto old = inner->Read(path); old.ok() && durable.contains(path)) deleted[path] = std::move(*old);
    FIRN_TRY(inner->Delete(path));
    durable.erase(path);
    unsynced_names.erase(path);
    return Ok();
  }

  Status CutPower(bool bring_back_deletes) {
    ++power_cuts;
    for (const auto& [path, before] : unsynced_names) {
      FIRN_TRY(before ? inner->Put(path, *before) : inner->Delete(path));
    }
    unsynced_names.clear();
    FIRN_ASSIGN(auto objects, inner->List(""));
    for (const ObjectInfo& object : objects) {
      if (!durable.contains(object.path)) FIRN_TRY(inner->Delete(object.path));
    }
    if (bring_back_deletes) {
      for (const auto& [path, bytes] : deleted) {
        if (durable.insert(path).second) FIRN_TRY(inner->Put(path, bytes));
      }
    }
    deleted.clear();
    return Ok();
  }

  struct LateWrite {
    std::string path;
    std::string bytes;
    bool if_absent;
  };

  std::mutex mutex;  ///< for all below
  const std::shared_ptr<storage::Store> inner;
  std::set<std::string> durable;
  std::map<std::string, std::optional<std::string>> unsynced_names;  ///< and what was durable before
  std::map<std::string, std::string> deleted;
  std::vector<LateWrite> late_writes;
  int64_t power_cuts = 0;
};

namespace {

Error Stopped() { return {errors::kWriterStopped, {"the fault store is cut"}}; }

Error Unknown(const std::string& path, const char* why) { return {errors::kOutcomeUnknown, {path, why}}; }

}  // namespace

FaultStore::FaultStore(std::shared_ptr<Disk> disk) : disk_(std::move(disk)), power_cuts_(disk_->power_cuts) {}

FaultStore::~FaultStore() { ReleaseAnswers(); }

Result<std::unique_ptr<FaultStore>> FaultStore::On(std::shared_ptr<storage::Store> inner) {
  auto disk = std::make_shared<Disk>(std::move(inner));
  FIRN_ASSIGN(auto objects, disk->inner->List(""));
  for (ObjectInfo& object : objects) disk->durable.insert(std::move(object.path));
  return std::unique_ptr<FaultStore>(new FaultStore(std::move(disk)));
}

Result<std::unique_ptr<FaultStore>> FaultStore::OnMemory() { return On(storage::OpenMemoryStore()); }

std::unique_ptr<FaultStore> FaultStore::AnotherProcess() {
  std::lock_guard lock(disk_->mutex);
  return std::unique_ptr<FaultStore>(new FaultStore(disk_));
}

int64_t FaultStore::steps() {
  std::lock_guard lock(disk_->mutex);
  return steps_;
}

void FaultStore::CutAtStep(int64_t step) {
  std::lock_guard lock(disk_->mutex);
  cut_at_ = step;
}

void FaultStore::CutNow() {
  std::lock_guard lock(disk_->mutex);
  cut_at_ = 0;
}

bool FaultStore::is_cut() {
  std::lock_guard lock(disk_->mutex);
  return IsCutLocked();
}

bool FaultStore::IsCutLocked() { return steps_ + 1 > cut_at_ || disk_->power_cuts != power_cuts_; }

bool FaultStore::Step() {
  if (steps_ + 1 >= cut_at_) {
    cut_at_ = 0;
    return false;
  }
  if (disk_->power_cuts != power_cuts_) return false;
  ++steps_;
  return true;
}

Result<std::unique_ptr<FaultStore>> FaultStore::Reopen(Cut cut) {
  std::lock_guard lock(disk_->mutex);
  cut_at_ = 0;
  if (cut != Cut::kKill) FIRN_TRY(disk_->CutPower(cut == Cut::kPowerBringsBackDeletes));
  return std::unique_ptr<FaultStore>(new FaultStore(disk_));
}

void FaultStore::LoseAnswers(std::string prefix, Lost lost, int times) {
  std::lock_guard lock(disk_->mutex);
  Fault fault = lost == Lost::kWritten      ? Fault::kLoseWritten
                : lost == Lost::kNotWritten ? Fault::kLoseNotWritten
                                            : Fault::kLandLater;
  rules_.push_back({fault, std::move(prefix), times});
}

void FaultStore::FailWrites(std::string prefix, int times) {
  std::lock_guard lock(disk_->mutex);
  rules_.push_back({Fault::kFail, std::move(prefix), times});
}

void FaultStore::FailSync(std::string prefix) {
  std::lock_guard lock(disk_->mutex);
  rules_.push_back({Fault::kFailSync, std::move(prefix), 1});
}

std::optional<FaultStore::Fault> FaultStore::TakeRule(const std::string& path, bool only_sync) {
  for (auto rule = rules_.begin(); rule != rules_.end(); ++rule) {
    if (!path.starts_with(rule->prefix) || (only_sync && rule->fault != Fault::kFailSync)) continue;
    Fault fault = rule->fault;
    if (--rule->times == 0) rules_.erase(rule);
    return fault;
  }
  return std::nullopt;
}

Status FaultStore::LandLateWrites() {
  std::lock_guard lock(disk_->mutex);
  for (const Disk::LateWrite& write : std::exchange(disk_->late_writes, {})) {
    Status done = disk_->Name(write.path, write.bytes, write.if_absent);
    if (done.ok()) {
      disk_->SyncFolder(storage::FolderOf(write.path));
    } else if (!done.error().Is(errors::kAlreadyThere)) {
      return done;
    }
  }
  return Ok();
}

void FaultStore::HoldAnswers(std::string prefix) {
  std::lock_guard lock(held_mutex_);
  held_prefix_ = std::move(prefix);
}

void FaultStore::WaitForHeldAnswers(int count) {
  std::unique_lock lock(held_mutex_);
  held_changed_.wait(lock, [&] { return held_ >= count; });
}

void FaultStore::ReleaseAnswers() {
  std::lock_guard lock(held_mutex_);
  held_prefix_.reset();
  held_changed_.notify_all();
}

void FaultStore::WaitWhileHeld(const std::string& path) {
  std::unique_lock lock(held_mutex_);
  if (!held_prefix_ || !path.starts_with(*held_prefix_)) return;
  ++held_;
  held_changed_.notify_all();
  held_changed_.wait(lock, [&] { return !held_prefix_; });
  --held_;
}

void FaultStore::BeforePutIfAbsent(std::function<void(const std::string& path)> hook) {
  std::lock_guard lock(disk_->mutex);
  before_put_if_absent_ = std::move(hook);
}

Status FaultStore::WriteUnsynced(const std::string& path, std::string_view bytes) {
  std::lock_guard lock(disk_->mutex);
  if (IsCutLocked()) return Stopped();
  FIRN_TRY(disk_->inner->Put(path, bytes));
  disk_->durable.erase(path);
  disk_->unsynced_names.erase(path);
  return Ok();
}

Status FaultStore::CheckReading() {
  std::lock_guard lock(disk_->mutex);
  if (IsCutLocked()) return Error(errors::kStorage, {"the fault store", "it is cut"});
  return Ok();
}

Result<std::string> FaultStore::Read(const std::string& path) {
  FIRN_TRY(CheckReading());
  return disk_->inner->Read(path);
}

Result<std::string> FaultStore::ReadRange(const std::string& path, uint64_t offset, uint64_t length) {
  FIRN_TRY(CheckReading());
  return disk_->inner->ReadRange(path, offset, length);
}

Result<ObjectInfo> FaultStore::Head(const std::string& path) {
  FIRN_TRY(CheckReading());
  return disk_->inner->Head(path);
}

Result<std::vector<ObjectInfo>> FaultStore::List(const std::string& prefix, const std::string& start_after) {
  FIRN_TRY(CheckReading());
  return disk_->inner->List(prefix, start_after);
}

Status FaultStore::Put(const std::string& path, std::string_view bytes) { return Write(path, bytes, false); }

Status FaultStore::PutIfAbsent(const std::string& path, std::string_view bytes) {
  std::function<void(const std::string&)> hook;
  {
    std::lock_guard lock(disk_->mutex);
    hook = before_put_if_absent_;
  }
  if (hook) hook(path);
  return Write(path, bytes, true);
}

Status FaultStore::Write(const std::string& path, std::string_view bytes, bool if_absent) {
  FIRN_TRY(storage::CheckPath(path));
  Status done;
  {
    std::lock_guard lock(disk_->mutex);
    done = WriteLocked(path, bytes, if_absent);
  }
  WaitWhileHeld(path);
  return done;
}

Status FaultStore::WriteLocked(const std::string& path, std::string_view bytes, bool if_absent) {
  if (sync_failed_ || !Step()) return Stopped();
  std::optional<Fault> fault = TakeRule(path, false);
  if (fault == Fault::kFail) return Error(errors::kStorage, {path, "No space left on device"});
  if (fault == Fault::kFailSync) {
    sync_failed_ = true;
    return Error(errors::kWriterStopped, {"fsync of '" + path + "': Input/output error"});
  }
  if (fault == Fault::kLoseNotWritten) return Unknown(path, "the answer was lost");
  if (fault == Fault::kLandLater) {
    disk_->late_writes.push_back({path, std::string(bytes), if_absent});
    return Unknown(path, "the answer was lost");
  }
  Status named = disk_->Name(path, bytes, if_absent);
  if (!named.ok()) {
    // As the local store: the loser syncs the folder before it says so.
    if (named.error().Is(errors::kAlreadyThere)) disk_->SyncFolder(storage::FolderOf(path));
    if (fault) return Unknown(path, "the answer was lost");
    return named;
  }
  if (!Step()) return Unknown(path, "cut before the folder was synced");
  disk_->SyncFolder(storage::FolderOf(path));
  if (!Step()) return Unknown(path, "cut before the answer");
  if (fault) return Unknown(path, "the answer was lost");
  return Ok();
}

Status FaultStore::Sync(const std::vector<std::string>& paths) {
  std::lock_guard lock(disk_->mutex);
  for (const std::string& path : paths) {
    if (sync_failed_ || !Step()) return Stopped();
    if (TakeRule(path, true) == Fault::kFailSync) {
      sync_failed_ = true;
      return Error(errors::kWriterStopped, {"fsync of '" + path + "': Input/output error"});
    }
    FIRN_TRY(disk_->inner->Sync({path}));
  }
  // Bytes without a name are of no use: nothing is durable before the folders are synced.
  if (!Step()) return Stopped();
  for (const std::string& path : paths) {
    disk_->durable.insert(path);
    disk_->SyncFolder(storage::FolderOf(path));
  }
  return Ok();
}

Status FaultStore::Delete(const std::string& path) {
  std::lock_guard lock(disk_->mutex);
  if (sync_failed_ || !Step()) return Stopped();
  FIRN_TRY(disk_->Delete(path));
  if (!Step()) return Unknown(path, "cut before the answer");
  return Ok();
}

std::string FaultStore::Uri(const std::string& path) const { return disk_->inner->Uri(path); }

Result<std::string> FaultStore::PathOf(std::string_view uri) const { return disk_->inner->PathOf(uri); }

}  // namespace firn::faults

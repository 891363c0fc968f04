// A store that fails as storage fails: the power goes at any step, bytes that nobody synced are gone afterwards,
// answers are lost or come late, races are lost. For the tests of every room (link firn_test_faults). Any thread.
//
// A Disk outlives the processes on it. One FaultStore is one process's view of it; Reopen is the start of the next one.
//
//   auto store = *FaultStore::OnMemory();
//   store->CutAtStep(7);                                // … run what is under test until it fails …
//   auto next = *store->Reopen(Cut::kPower);            // what a restarted process finds
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "storage/store.h"

namespace firn::faults {

/// How a process ends.
enum class Cut {
  kKill,                    ///< kill -9: everything that was written stays
  kPower,                   ///< all processes on the disk end; what was not synced is gone
  kPowerBringsBackDeletes,  ///< kPower, and deleted objects are back: no store syncs its deletes
};

/// What became of a write whose answer was lost. The caller sees kOutcomeUnknown each time.
enum class Lost {
  kWritten,
  kNotWritten,
  kLandsLater,  ///< written by LandLateWrites, as a delayed packet would; a PutIfAbsent only if nothing is there then
};

class FaultStore final : public storage::Store {
 public:
  /// What `inner` holds now counts as durable. From then on, what appears in it by other ways than a FaultStore
  /// (DuckDB's COPY, or `inner` itself) is not durable before Sync names it.
  static Result<std::unique_ptr<FaultStore>> On(std::shared_ptr<storage::Store> inner);
  static Result<std::unique_ptr<FaultStore>> OnMemory();
  /// Another live process on the same disk, without faults of its own.
  std::unique_ptr<FaultStore> AnotherProcess();
  ~FaultStore() override;

  /// Steps done so far. Put and PutIfAbsent are three: nothing written yet; named, but its folder not synced; durable,
  /// but not answered. Sync is one for each path and one for the answer; Delete is two.
  int64_t steps();
  /// The step of this number (from 1) and all later ones fail, and reads with them. Writes after that say
  /// kWriterStopped, the write in between kOutcomeUnknown where it may have been done.
  void CutAtStep(int64_t step);
  void CutNow();
  bool is_cut();
  /// Ends this process (as by CutNow) and starts the next. Errors: those of the store beneath.
  Result<std::unique_ptr<FaultStore>> Reopen(Cut cut);

  /// The next `times` writes under `prefix` lose their answers.
  void LoseAnswers(std::string prefix, Lost lost, int times = 1);
  /// Carries out the writes of Lost::kLandsLater, in their order. Errors: those of the store beneath.
  Status LandLateWrites();
  /// The next `times` writes under `prefix` write nothing and say kStorage, as on a full disk.
  void FailWrites(std::string prefix, int times = 1);
  /// The next write under `prefix` fails its fsync: it and all later writes say kWriterStopped.
  void FailSync(std::string prefix);
  /// Writes under `prefix` are carried out, but return only after ReleaseAnswers.
  void HoldAnswers(std::string prefix);
  void WaitForHeldAnswers(int count);
  void ReleaseAnswers();
  /// Called before each PutIfAbsent, without a lock held: the place to win a race from. It may write by AnotherProcess.
  void BeforePutIfAbsent(std::function<void(const std::string& path)> hook);

  /// Leaves an object as another writer in this process would: readable, not durable before Sync.
  Status WriteUnsynced(const std::string& path, std::string_view bytes);

  Result<std::string> Read(const std::string& path) override;
  Result<std::string> ReadRange(const std::string& path, uint64_t offset, uint64_t length) override;
  Result<storage::ObjectInfo> Head(const std::string& path) override;
  Result<std::vector<storage::ObjectInfo>> List(const std::string& prefix,
                                                const std::string& start_after = "") override;
  Status Put(const std::string& path, std::string_view bytes) override;
  Status PutIfAbsent(const std::string& path, std::string_view bytes) override;
  Status Sync(const std::vector<std::string>& paths) override;
  Status Delete(const std::string& path) override;
  std::string Uri(const std::string& path) const override;
  Result<std::string> PathOf(std::string_view uri) const override;

 private:
  class Disk;
  enum class Fault { kLoseWritten, kLoseNotWritten, kLandLater, kFail, kFailSync };
  struct Rule {
    Fault fault;
    std::string prefix;
    int times;
  };

  explicit FaultStore(std::shared_ptr<Disk> disk);
  Status CheckReading();
  Status Write(const std::string& path, std::string_view bytes, bool if_absent);
  /// Under the disk's lock.
  bool Step();
  bool IsCutLocked();
  std::optional<Fault> TakeRule(const std::string& path, bool only_sync);
  Status WriteLocked(const std::string& path, std::string_view bytes, bool if_absent);
  void WaitWhileHeld(const std::string& path);

  const std::shared_ptr<Disk> disk_;
  const int64_t power_cuts_;  ///< of the disk when this process began
  int64_t steps_ = 0;
  int64_t cut_at_ = INT64_MAX;
  bool sync_failed_ = false;
  std::vector<Rule> rules_;
  std::function<void(const std::string&)> before_put_if_absent_;

  std::mutex held_mutex_;
  std::condition_variable held_changed_;
  std::optional<std::string> held_prefix_;
  int held_ = 0;
};

}  // namespace firn::faults

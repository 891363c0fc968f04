// Log: the objects catalog/log/<n> and catalog/checkpoint/<n> of a store (rules 1 and 2). For this room; any thread,
// but one appends at a time.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/clock.h"
#include "base/result.h"
#include "catalog/log_entry.h"
#include "catalog/state.h"
#include "storage/store.h"

namespace firn::catalog {

class Log {
 public:
  Log(storage::Store& store, Clock& clock) : store_(store), clock_(clock) {}

  /// Entry `position`, or none where it is not there (yet). Errors: kCorrupt, kVersionUnknown, storage errors.
  Result<std::optional<LogEntry>> Read(int64_t position);

  /// Puts the entry at its position unless one is there, and asks until the outcome is known. True: it is there. False:
  /// another one is. Errors: kStorage (it is not there); kWriterStopped (likewise, and nothing else will be);
  /// kOutcomeUnknown (an fsync failed after it was named, or Close was called before the answer).
  Result<bool> Append(const LogEntry& entry);
  /// Ends the asking of Append.
  void Close() { closed_ = true; }

  /// The newest readable checkpoint and all entries after it.
  Result<StatePtr> Load();
  /// Makes an entry durable that a killed process may have left named but not synced. Errors: those of Store::Sync.
  Status Sync(int64_t position);
  /// Writes a checkpoint and deletes all but the newest two.
  Status WriteCheckpoint(const CatalogState& state);

 private:
  /// Whether the entry at its position is `entry`; none where nothing is there.
  Result<std::optional<bool>> IsThere(const LogEntry& entry);
  Result<StatePtr> LoadCheckpoint();

  storage::Store& store_;
  Clock& clock_;
  std::atomic<bool> closed_ = false;
};

}  // namespace firn::catalog

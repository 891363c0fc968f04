// Buffers: the ingest buffer of one process on one medium: a write-ahead log per table, with one sync thread (or a few)
// that writes, syncs and acknowledges in groups. Opened once by `cli` after the folder is locked; any thread may call
// it.
//
//   auto files = *OpenFolderFiles(local.path() + "/buffer");          // or OpenMemoryFiles, OpenObjectFiles
//   auto buffers = *Buffers::Open({.files = files, .number = leased, .clock = &Clock::System()});
//   for (auto& table : buffers->Tables()) table->Free(applied position of table->id() for buffers->id());
//   (*buffers->Table(id))->Append(batch, [](AppendResult result) { … });
//
// A failed fsync ends the whole buffer (Outcome::kStopped): what the disk holds is unknown until the next process reads
// it. A damaged table stops alone.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "pipeline/buffer/core.h"
#include "pipeline/buffer/files.h"
#include "pipeline/buffer/table_buffer.h"

namespace firn::pipeline {

struct BufferOptions {
  std::shared_ptr<Files> files;
  int number = 0;  ///< leased in the catalog, 0 to 1,023: no two live buffers of an account share one
  Clock* clock = &Clock::System();
  BufferLimits limits = {};
  /// Tables are spread over so many threads, each with its own groups. 1 is right for a disk; a store whose puts take
  /// long wants more.
  int sync_threads = 1;
  /// Runs a group's answers of one lane, in one go: `post(lane, run)` once per group and lane. Without it they run on
  /// the sync thread.
  std::function<void(int lane, std::function<void()> run)> post = {};
  /// After each group, for each of its tables, on the sync thread: the committer may want to know. Must not block.
  std::function<void(TableBuffer& table)> on_grown = {};
};

struct BufferMetrics {
  uint64_t log_bytes = 0;
  uint64_t in_flight_bytes = 0;
  uint64_t groups = 0;   ///< writes with a sync, over all tables
  uint64_t appends = 0;  ///< answered by them
  /// Of writing and syncing a round of groups: sync_micros[i] took less than 2^i microseconds (and not less than half).
  std::array<uint64_t, 32> sync_micros{};
  std::string stopped;  ///< not empty: why nothing is taken
};

class SyncThread;

class Buffers {
 public:
  /// Reads everything back. A damaged table is opened and says so; the others work. Errors: kStorage; kCorrupt where
  /// the buffer's id cannot be read; kInvalidInput.
  static Result<std::unique_ptr<Buffers>> Open(BufferOptions options);
  ~Buffers();

  /// A UUID that the folder keeps: the key of positions in commits.
  const std::string& id() const { return core_->id; }
  /// Made if new. Ids are 1 to 128 of A-Z a-z 0-9 `_` `-`. Errors: kInvalidInput.
  Result<std::shared_ptr<TableBuffer>> Table(const std::string& table_id);
  /// Those that have something or were asked for.
  std::vector<std::shared_ptr<TableBuffer>> Tables();
  /// The table is gone: its rows go too. Only after nobody appends to it.
  Status Drop(const std::string& table_id);
  /// Takes nothing more (Outcome::kClosing), acknowledges what is in flight, ends the threads.
  void Close();

  BufferMetrics metrics();

 private:
  explicit Buffers(BufferOptions options);
  Status ReadId();
  Status Recover();
  SyncThread& ThreadOf(const std::string& table_id);

  const BufferOptions options_;
  std::shared_ptr<BufferCore> core_;
  std::vector<std::unique_ptr<SyncThread>> threads_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<TableBuffer>> tables_;
};

}  // namespace firn::pipeline

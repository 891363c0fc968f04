// Committer: carries what is in the buffers into bronze, each table on its own: when enough bytes or rows have come,
// when the oldest has waited long enough, or at once when somebody waits. A table whose commits fail is tried again
// with growing pauses and holds up no other: threads are added while all are busy. One a process; any thread may call.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "pipeline/bell.h"
#include "pipeline/bronze/write_chunk.h"
#include "pipeline/buffer/table_buffer.h"
#include "pipeline/registry/spec.h"
#include "session/node.h"

namespace firn::pipeline {

struct CommitterOptions {
  int threads_max = 32;
  Micros first_pause = 200000;  ///< after a failure; doubled each time
  Micros longest_pause = Micros{30} * 1000000;
  std::shared_ptr<Bell> bell = std::make_shared<Bell>();  ///< rung after each commit
};

struct CommitterStatus {
  uint64_t commits = 0;
  uint64_t failures = 0;  ///< in a row
  int64_t rows = 0;       ///< written into bronze since the start
  int64_t quarantined = 0;
  uint64_t discarded = 0;  ///< rows whose table was gone for good
  double rate = 0;         ///< rows a second that became durable, over the last minute
  Micros last_commit = 0;
  std::string last_error;  ///< of the failures in a row
};

class Committer {
 public:
  explicit Committer(session::Node& node, CommitterOptions options = {});
  ~Committer();

  /// Called on a thread of the committer when a table is gone for good (not only dropped), after which the committer
  /// knows the buffer no more. Before the first Add.
  void WhenGone(std::function<void(TableBuffer&)> drop) { drop_ = std::move(drop); }

  /// A table of a buffer, with what is in it already.
  void Add(const std::string& buffer_id, std::shared_ptr<TableBuffer> buffer);
  /// Its pipeline's, when known or changed; before: the defaults.
  void SetLimits(const TableBuffer& buffer, const FlushLimits& limits);
  /// Something became durable. Must not block: called by the sync threads.
  void OnGrown(TableBuffer& buffer);
  /// Calls `done` once, on a thread of the committer or at once, when all before `position` is in bronze, and flushes
  /// until then; with an error when that failed or the committer stops (what is acknowledged stays in the buffer).
  void WhenApplied(TableBuffer& buffer, uint64_t position, std::function<void(Status)> done);
  CommitterStatus StatusOf(const TableBuffer& buffer);
  CommitterStatus Total();
  /// Rows of a table that was gone for good before the committer knew of it.
  void CountDiscarded(uint64_t rows);
  /// More rows of this table have come than one commit takes.
  bool IsBehind(const std::string& table_id);

  /// Writes what is durable, for at most `time`, and ends the threads. Buffers must be closed before.
  void Stop(Micros time);

 private:
  struct Source;
  using SourcePtr = std::shared_ptr<Source>;

  void Run();
  /// The one that has waited longest among those due; null: none, and `*next` is when to look again.
  SourcePtr TakeDue(Micros now, Micros* next);
  void Work(Source& source);
  Status CommitOnce(Source& source);
  bool IsGone(const Source& source, const Status& failed);
  void GiveUp(Source& source, const Status& status);
  void Answer(Source& source, const Status& status);
  void StartThread();

  session::Node& node_;
  const CommitterOptions options_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_;
  std::map<const TableBuffer*, SourcePtr> sources_;
  std::function<void(TableBuffer&)> drop_;
  uint64_t discarded_ = 0;
  std::vector<std::thread> threads_;
  int waiting_ = 0;  ///< threads with nothing to do
  bool flushing_ = false;
  bool closing_ = false;
};

}  // namespace firn::pipeline

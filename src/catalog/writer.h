// Writer: the one thread of a process that appends to the log (rule 3). Commits wait in its queue, go into one entry
// together, and are answered after the PUT; after a lost race all are validated again. For this room.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "catalog/batch.h"
#include "catalog/follower.h"
#include "catalog/log.h"
#include "catalog/versions.h"

namespace firn::catalog {

class Writer {
 public:
  struct Options {
    std::string node;
    std::chrono::microseconds batch_wait{0};
    int snapshots_kept = 50;
    /// Called on the writer's thread after an entry is in the log and its commits are answered.
    std::function<void(const StatePtr&)> after_entry;
  };
  Writer(storage::Store& store, WritePool& pool, Clock& clock, Log& log, Follower& follower, Versions& versions,
         Options options);
  /// Answers what waits and joins the thread.
  ~Writer();

  /// Queues a commit; the answer comes to the commit. Any thread.
  void Submit(PendingCommitPtr commit);
  /// Why no more commits are taken, once an fsync has failed.
  std::optional<Error> stopped() const;
  /// An fsync failed outside of the writer (while a transaction was prepared).
  void Stop(const Error& why);

 private:
  void Run();
  /// Takes commits until all are answered.
  void Process(std::vector<PendingCommitPtr> commits);
  enum class Round { kDone, kAgain };
  Round ProcessOnce(std::vector<PendingCommitPtr>* commits);
  Round Append(Batch& batch, std::vector<PendingCommitPtr>* commits);
  void AnswerAll(const std::vector<PendingCommitPtr>& commits, const Error& error);
  /// A client that looks at the clock after its answer must not find a time before the commit's.
  void WaitFor(Micros time);
  void Remove(const std::vector<std::string>& uris);

  storage::Store& store_;
  WritePool& pool_;
  Clock& clock_;
  Log& log_;
  Follower& follower_;
  Versions& versions_;
  const Options options_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<PendingCommitPtr> queue_;
  std::optional<Error> stopped_;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace firn::catalog

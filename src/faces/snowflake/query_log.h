// QueryLog: the statements that drivers sent: which run, which wait, and the answers of the finished ones, so that a
// repeated request is answered and not run again. Waiting requests hang on their Query; a request that waits longer
// than kLongPollSeconds is told to ask again. Any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "engine/engine.h"
#include "http/message.h"

namespace firn::faces {

constexpr int64_t kLongPollSeconds = 45;                ///< a request is answered "in progress" after this
constexpr std::chrono::milliseconds kCancelGrace{30};   ///< for a canceled statement to come back by itself
constexpr size_t kQueriesKept = 10000;                  ///< finished ones that are remembered
constexpr size_t kAnswerBytesKept = size_t{256} << 20;  ///< of their answers
constexpr size_t kQueryTextKept = 10000;                ///< bytes of a statement that monitoring shows

enum class QueryState { kWaiting, kRunning, kSuccess, kFailed };

/// One statement. Members above the mutex never change.
struct Query {
  std::string id, request_id, user, text;
  int64_t session_id = 0;
  Micros started = 0;
  bool async = false;
  engine::CancelToken cancel;

  mutable std::mutex mutex;
  QueryState state = QueryState::kWaiting;
  const std::atomic<bool>* committing = nullptr;  ///< of its session, while it runs
  Micros ended = 0;
  int64_t rows = 0;
  std::string warehouse, error_code, error_message;
  std::shared_ptr<const std::string> body;  ///< of the answer, once it is there; may be dropped later
  struct Waiter {
    http::Responder responder;
    Micros since = 0;
  };
  std::vector<Waiter> waiters;
};
using QueryPtr = std::shared_ptr<Query>;

class QueryLog {
 public:
  explicit QueryLog(Clock& clock) : clock_(clock) {}

  /// The query of that user and request id, or a new one; true if it is new and the caller has to run it. An empty
  /// request id is always new.
  std::pair<QueryPtr, bool> Begin(const std::string& user, const std::string& request_id, int64_t session_id,
                                  std::string_view text, bool async);
  /// Of that user alone; null if unknown.
  QueryPtr ById(const std::string& user, const std::string& query_id) const;
  QueryPtr ByRequest(const std::string& user, const std::string& request_id) const;

  /// Answers when the query ends, or "in progress" after kLongPollSeconds; at once if it has ended.
  void Wait(const QueryPtr& query, http::Responder responder);
  /// False if it was canceled before it could start. `committing` is read while it runs (OpenTransaction::committing).
  bool Start(const QueryPtr& query, const std::atomic<bool>& committing);
  /// It has committed: from now on the session's flag is another statement's, and a cancel comes too late.
  void KeepOutcome(const QueryPtr& query);
  struct Outcome {
    std::string body;
    bool success = true;
    int64_t rows = 0;
    std::string warehouse, error_code, error_message;
  };
  /// Keeps the answer and answers who waits. The first outcome counts.
  void Finish(const QueryPtr& query, Outcome outcome);
  /// Ends it like Finish, and forgets it: what is no answer to the statement (a dead session) is not repeated.
  void Abandon(const QueryPtr& query, std::string body);
  /// False if it had ended. A waiting one is answered at once, a running one when it notices or by EndStopped.
  bool Cancel(const QueryPtr& query);
  /// Answers statements that were canceled or ran out of time and whose thread has not come back (from a hanging S3
  /// call), unless they commit. Called kCancelGrace after each cancel, and twice a second.
  void EndStopped();
  /// What to call when a running statement is canceled. Set before the first statement.
  void OnCancel(std::function<void()> listener) { on_cancel_ = std::move(listener); }

  /// Answers requests that have waited too long. Called twice a second.
  void SweepWaiters();
  /// How many of that user's session were running or waiting; `but` goes on.
  size_t CancelSession(const std::string& user, int64_t session_id, const std::string& but);
  /// Cancels all that runs (the server stops).
  void CancelAll();

  struct Counts {
    uint64_t started = 0, succeeded = 0, failed = 0;
    size_t running = 0;
  };
  Counts counts() const;

 private:
  bool End(const QueryPtr& query, Outcome outcome, bool only_waiting = false);
  void Forget(const QueryPtr& query);
  std::vector<QueryPtr> Running() const;

  Clock& clock_;
  std::function<void()> on_cancel_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, QueryPtr> by_id_;
  std::unordered_map<std::string, QueryPtr> by_request_;  ///< user, NUL, request id
  std::unordered_map<std::string, QueryPtr> running_;     ///< by id
  std::deque<QueryPtr> finished_;                         ///< oldest first
  size_t answer_bytes_ = 0;
  uint64_t started_ = 0, succeeded_ = 0, failed_ = 0;
};

/// {"queryId":…,"getResultUrl":…} with code 333333 (in progress) or 333334 (detached).
std::string InProgressBody(const std::string& query_id, bool async);

}  // namespace firn::faces

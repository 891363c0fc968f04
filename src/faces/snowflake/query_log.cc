#include "faces/snowflake/query_log.h"

#include <algorithm>
#include <iterator>

#include "base/errors.h"
#include "base/ids.h"
#include "engine/cancel.h"
#include "faces/snowflake/envelope.h"

namespace firn::faces {

namespace {

std::string RequestKey(const std::string& user, const std::string& request_id) { return user + '\0' + request_id; }

http::Response SharedAnswer(std::shared_ptr<const std::string> body) {
  http::Response response;
  response.shared_body = std::move(body);
  response.gzip = false;
  return response;
}

}  // namespace

std::string InProgressBody(const std::string& query_id, bool async) {
  return "{\"data\":{\"queryId\":\"" + query_id + "\",\"getResultUrl\":\"/queries/" + query_id +
         "/result\",\"queryAbortsAfterSecs\":300,\"progressDesc\":null},\"code\":\"" + (async ? "333334" : "333333") +
         "\",\"message\":\"" +
         (async ? "Query execution in progress. Asynchronous execution was requested."
                : "Query execution in progress. The result is not ready yet.") +
         "\",\"success\":true}";
}

std::pair<QueryPtr, bool> QueryLog::Begin(const std::string& user, const std::string& request_id, int64_t session_id,
                                          std::string_view text, bool async) {
  std::string key = RequestKey(user, request_id);
  auto query = std::make_shared<Query>();
  query->id = NewQueryId();
  query->request_id = request_id;
  query->user = user;
  query->text = text.substr(0, kQueryTextKept);
  query->session_id = session_id;
  query->started = clock_.Now();
  query->async = async;
  std::lock_guard lock(mutex_);
  if (!request_id.empty()) {
    auto [at, added] = by_request_.try_emplace(std::move(key), query);
    if (!added) return {at->second, false};
  }
  by_id_.emplace(query->id, query);
  running_.emplace(query->id, query);
  ++started_;
  return {query, true};
}

QueryPtr QueryLog::ById(const std::string& user, const std::string& query_id) const {
  std::lock_guard lock(mutex_);
  auto found = by_id_.find(query_id);
  return found != by_id_.end() && found->second->user == user ? found->second : nullptr;
}

QueryPtr QueryLog::ByRequest(const std::string& user, const std::string& request_id) const {
  std::lock_guard lock(mutex_);
  auto found = by_request_.find(RequestKey(user, request_id));
  return found != by_request_.end() ? found->second : nullptr;
}

void QueryLog::Wait(const QueryPtr& query, http::Responder responder) {
  std::shared_ptr<const std::string> body;
  {
    std::lock_guard lock(query->mutex);
    if (query->state == QueryState::kWaiting || query->state == QueryState::kRunning) {
      query->waiters.push_back({std::move(responder), clock_.Now()});
      return;
    }
    body = query->body;
  }
  if (body)
    responder(SharedAnswer(std::move(body)));
  else
    responder(Failure(Error(errors::kResultNotFound, {query->id})));
}

bool QueryLog::Start(const QueryPtr& query, const std::atomic<bool>& committing) {
  std::lock_guard lock(query->mutex);
  if (query->state != QueryState::kWaiting) return false;
  query->committing = &committing;
  query->state = QueryState::kRunning;
  return true;
}

void QueryLog::KeepOutcome(const QueryPtr& query) {
  static const std::atomic<bool> kCommitted{true};
  std::lock_guard lock(query->mutex);
  query->committing = &kCommitted;
}

/// With `only_waiting`, nothing is done to one that has started.
bool QueryLog::End(const QueryPtr& query, Outcome outcome, bool only_waiting) {
  std::vector<Query::Waiter> waiters;
  auto body = std::make_shared<const std::string>(std::move(outcome.body));
  {
    std::lock_guard lock(query->mutex);
    if (query->state == QueryState::kSuccess || query->state == QueryState::kFailed) return false;
    if (only_waiting && query->state != QueryState::kWaiting) return false;
    query->state = outcome.success ? QueryState::kSuccess : QueryState::kFailed;
    query->ended = clock_.Now();
    query->rows = outcome.rows;
    query->warehouse = std::move(outcome.warehouse);
    query->error_code = std::move(outcome.error_code);
    query->error_message = std::move(outcome.error_message);
    query->body = body;
    waiters.swap(query->waiters);
  }
  for (const auto& waiter : waiters) waiter.responder(SharedAnswer(body));
  std::lock_guard lock(mutex_);
  running_.erase(query->id);
  ++(outcome.success ? succeeded_ : failed_);
  finished_.push_back(query);
  answer_bytes_ += body->size();
  while (finished_.size() > kQueriesKept || answer_bytes_ > kAnswerBytesKept) {
    QueryPtr oldest = finished_.front();
    finished_.pop_front();
    Forget(oldest);
  }
  return true;
}

void QueryLog::Finish(const QueryPtr& query, Outcome outcome) { End(query, std::move(outcome)); }

void QueryLog::Abandon(const QueryPtr& query, std::string body) {
  if (!End(query, {.body = std::move(body), .success = false})) return;
  std::lock_guard lock(mutex_);
  for (auto at = finished_.rbegin(); at != finished_.rend(); ++at) {
    if (*at != query) continue;
    finished_.erase(std::next(at).base());
    Forget(query);
    return;
  }
}

/// Under mutex_.
void QueryLog::Forget(const QueryPtr& query) {
  answer_bytes_ -= query->body->size();
  by_id_.erase(query->id);
  if (!query->request_id.empty()) by_request_.erase(RequestKey(query->user, query->request_id));
}

namespace {

QueryLog::Outcome StoppedOutcome(const QueryPtr& query, const Error& error) {
  QueryLog::Outcome outcome{.body = FailureBody(error, query->id), .success = false};
  outcome.error_code = error.Code();
  outcome.error_message = error.Message();
  return outcome;
}

}  // namespace

bool QueryLog::Cancel(const QueryPtr& query) {
  {
    std::lock_guard lock(query->mutex);
    if (query->state == QueryState::kSuccess || query->state == QueryState::kFailed) return false;
  }
  query->cancel.Cancel();
  if (!End(query, StoppedOutcome(query, Error(errors::kCanceled)), /*only_waiting=*/true) && on_cancel_) on_cancel_();
  return true;
}

void QueryLog::EndStopped() {
  for (const QueryPtr& query : Running()) {
    std::optional<Error> why = query->cancel.state().Stopped();
    if (!why) continue;
    {
      std::lock_guard lock(query->mutex);
      if (query->state != QueryState::kRunning || *query->committing) continue;
    }
    End(query, StoppedOutcome(query, *why));
  }
}

std::vector<QueryPtr> QueryLog::Running() const {
  std::lock_guard lock(mutex_);
  std::vector<QueryPtr> out;
  out.reserve(running_.size());
  for (const auto& [id, query] : running_) out.push_back(query);
  return out;
}

void QueryLog::SweepWaiters() {
  Micros oldest = clock_.Now() - kLongPollSeconds * 1'000'000;
  for (const QueryPtr& query : Running()) {
    std::vector<Query::Waiter> late;
    {
      std::lock_guard lock(query->mutex);
      auto split = std::partition(query->waiters.begin(), query->waiters.end(),
                                  [&](const Query::Waiter& waiter) { return waiter.since > oldest; });
      late.assign(std::make_move_iterator(split), std::make_move_iterator(query->waiters.end()));
      query->waiters.erase(split, query->waiters.end());
    }
    for (const auto& waiter : late) waiter.responder(Envelope(InProgressBody(query->id, query->async)));
  }
}

size_t QueryLog::CancelSession(const std::string& user, int64_t session_id, const std::string& but) {
  size_t count = 0;
  for (const QueryPtr& query : Running()) {
    if (query->user != user || query->session_id != session_id || query->id == but) continue;
    count += Cancel(query) ? 1 : 0;
  }
  return count;
}

void QueryLog::CancelAll() {
  for (const QueryPtr& query : Running()) Cancel(query);
}

QueryLog::Counts QueryLog::counts() const {
  std::lock_guard lock(mutex_);
  return {started_, succeeded_, failed_, running_.size()};
}

}  // namespace firn::faces

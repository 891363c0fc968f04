#include "statements/run.h"

#include <algorithm>
#include <mutex>

#include "base/errors.h"
#include "base/ids.h"
#include "sql/parser.h"
#include "statements/execution.h"
#include "statements/together.h"

namespace firn::statements {

namespace {

constexpr int64_t kRetryPauseFirstMicros = 1000;  ///< after the first lost race; doubled each time
constexpr int64_t kRetryPauseMostMicros = 500000;
constexpr int kTogetherAttemptsMax = 20;

/// Parameters of the request stand above the session's until the statement ends; what ALTER SESSION sets stays.
class ScopedParameters {
 public:
  ScopedParameters(session::Session& session, const std::map<std::string, std::string>& given) : session_(session) {
    for (const auto& [name, value] : given) {
      if (Upper(name) == "MULTI_STATEMENT_COUNT") continue;
      // Unknown names are the driver's own business.
      if (session.parameters.SetForRequest(name, value).ok()) changed_ = true;
    }
  }
  ~ScopedParameters() {
    if (changed_) session_.parameters.ClearRequest();
  }
  ScopedParameters(const ScopedParameters&) = delete;
  ScopedParameters& operator=(const ScopedParameters&) = delete;

 private:
  session::Session& session_;
  bool changed_ = false;
};

catalog::StatementInfo InfoOf(const session::Session& session, const Request& request, const sql::Statement& statement,
                              const std::string& query_id) {
  catalog::StatementInfo info;
  info.query_id = query_id;
  info.request_id = request.request_id;
  info.user = session.user();
  info.role = session.role;
  info.kind = RowOf(statement).verb;
  std::string hash = Sha256(statement.text);
  info.text_hash = HexLower({reinterpret_cast<const uint8_t*>(hash.data()), hash.size()});
  return info;
}

std::vector<session::OutputColumn> CountColumns(const std::string& kind) {
  SqlType number = SqlType::Number(19, 0);
  if (kind == "UPDATE") {
    return {{"number of rows updated", number}, {"number of multi-joined rows updated", number}};
  }
  if (kind == "DELETE") return {{"number of rows deleted", number}};
  if (kind == "MERGE")
    return {
        {"number of rows inserted", number}, {"number of rows updated", number}, {"number of rows deleted", number}};
  return {{"number of rows inserted", number}};
}

/// The answer to a request that this user made before and that is in the log (rule 7).
std::optional<Answer> Repeated(session::Session& session, const Request& request, const sql::Statement& statement) {
  if (request.request_id.empty()) return std::nullopt;
  auto done = session.node().catalog->Current()->FindRequest(session.user(), request.request_id);
  if (!done) return std::nullopt;
  const catalog::StatementInfo& info = done->statement;
  if (info.text_hash != InfoOf(session, request, statement, "").text_hash) return std::nullopt;
  Answer answer;
  if (info.message.empty()) {
    answer.columns = CountColumns(info.kind);
    std::vector<int64_t> counts{info.rows_inserted};
    if (info.kind == "UPDATE") counts = {info.rows_updated, 0};
    if (info.kind == "DELETE") counts = {info.rows_deleted};
    if (info.kind == "MERGE") counts = {info.rows_inserted, info.rows_updated, info.rows_deleted};
    answer.rows.emplace_back();
    for (int64_t count : counts) answer.rows[0].push_back(std::to_string(count));
    answer.counts = session::DmlCounts{info.rows_inserted, info.rows_updated, info.rows_deleted, 0};
  } else {
    answer = Answer::StatusLine(info.message);
  }
  answer.statement_type = RowOf(statement).statement_type;
  answer.query_id = info.query_id;
  return answer;
}

/// Whether Execute() of it only describes when it is asked to.
bool DescribesItself(const sql::Statement& statement) {
  if (statement.As<sql::CopyIntoLocation>() || statement.As<sql::RemoveStage>() || statement.As<sql::Put>() ||
      statement.As<sql::Get>()) {
    return false;
  }
  Class effect = RowOf(statement).effect;
  return effect == Class::kQuery || effect == Class::kRows || statement.As<sql::ExecuteImmediate>();
}

Result<Answer> Attempt(Execution& run, sql::Statement& statement) {
  if (run.request.describe_only && !DescribesItself(statement)) {
    Answer answer = Answer::StatusLine("");
    answer.rows.clear();
    return answer;
  }
  FIRN_TRY(run.context.Pin());
  auto answer = std::visit([&](auto& node) { return Execute(run, node); }, statement.node);
  if (!answer.ok()) return run.context.columns.Locate(std::move(answer).error());
  return answer;
}

/// Runs once: what the statement changed is committed here unless a transaction is open.
Result<Answer> RunOnce(session::Session& session, const Request& request, sql::Statement& statement,
                       const std::string& query_id, engine::CancelToken& cancel) {
  session::OpenTransaction& transaction = session.transaction;
  Execution run{session,  request,   cancel,
                query_id, statement, planner::StatementContext(session, request.bindings, cancel, query_id),
                {},       nullptr};
  Class effect = RowOf(statement).effect;
  bool logged = effect == Class::kRows || effect == Class::kDefinition;
  if (logged) run.info = InfoOf(session, request, statement, query_id);
  run.context.describing = request.describe_only;
  run.context.facts.statement_text = statement.text;
  if (transaction.open()) run.context.facts.transaction_id = transaction.id();
  auto mark = transaction.Save();
  Result<Answer> answer = Attempt(run, statement);
  if (answer.ok()) {
    answer->query_id = query_id;
    answer->bind_count = statement.binds;
    answer->statement_type = RowOf(statement).statement_type;
  }
  if (!answer.ok() || request.describe_only) {
    // COMMIT and ROLLBACK have ended the transaction; after an unknown outcome its files may belong to the tables.
    if (effect == Class::kTransaction) return answer;
    transaction.Restore(*session.node().catalog, std::move(mark));
    if (!transaction.open()) transaction.Rollback(*session.node().catalog);
    return answer;
  }
  if (logged) {
    transaction.AddStatement(run.info);
    for (const catalog::OffsetMove& move : run.context.stream_moves) transaction.AddOffset(move);
    for (const catalog::HistoryNeed& need : run.context.history_needs) transaction.AddNeed(need);
    if (!transaction.open()) {
      FIRN_TRY(transaction.Commit(*session.node().catalog, [&] { return cancel.canceled(); }));
    }
  }
  session::HistoryEntry entry;
  entry.query_id = query_id;
  entry.text = statement.text;
  entry.statement_type = answer->statement_type;
  entry.columns = answer->columns;
  entry.rows = answer->rows;
  entry.counts = answer->counts;
  entry.plan = run.plan;
  session.Remember(std::move(entry));
  return answer;
}

Status OpenAsNeeded(session::Session& session, const sql::Statement& statement, engine::CancelToken& cancel) {
  Class effect = RowOf(statement).effect;
  session::OpenTransaction& transaction = session.transaction;
  if (effect == Class::kDefinition && transaction.open()) {
    FIRN_TRY(transaction.Commit(*session.node().catalog, [&] { return cancel.canceled(); }));
  }
  if (effect == Class::kRows && !transaction.open() && !session.parameters.GetBool("AUTOCOMMIT")) {
    transaction.Begin(session.node().clock->Now());
  }
  return Ok();
}

TypeId TimestampMapping(const session::Session& session) {
  std::string mapping = session.parameters.Get("TIMESTAMP_TYPE_MAPPING");
  if (mapping == "TIMESTAMP_LTZ") return TypeId::kTimestampLtz;
  if (mapping == "TIMESTAMP_TZ") return TypeId::kTimestampTz;
  return TypeId::kTimestampNtz;
}

/// An autocommit statement that lost a race runs again on the new head, until its time-out (rule 5).
Result<Answer> RunStatement(session::Session& session, const Request& request, sql::Statement statement, size_t index,
                            const std::string& query_id, engine::CancelToken& cancel) {
  if (!request.describe_only) {
    if (auto repeated = Repeated(session, request, statement)) return std::move(*repeated);
    FIRN_TRY(OpenAsNeeded(session, statement, cancel));
  }
  int64_t pause = kRetryPauseFirstMicros;
  while (true) {
    auto answer = RunOnce(session, request, statement, query_id, cancel);
    if (answer.ok() || !answer.error().Is(errors::kConflict) || session.transaction.open()) return answer;
    if (cancel.canceled()) return Error(errors::kCanceled);
    session.node().clock->Sleep(std::chrono::microseconds(pause / 2 + static_cast<int64_t>(RandomU64() % pause)));
    pause = std::min(pause * 2, kRetryPauseMostMicros);
    FIRN_ASSIGN(auto again, sql::Parse(request.text, {.timestamp_mapping = TimestampMapping(session)}));
    statement = std::move(again[index]);
  }
}

int64_t WantedCount(const Request& request, const session::Session& session) {
  for (const auto& [name, value] : request.parameters) {
    if (Upper(name) == "MULTI_STATEMENT_COUNT") return std::strtoll(value.c_str(), nullptr, 10);
  }
  return session.parameters.GetNumber("MULTI_STATEMENT_COUNT");
}

}  // namespace

Result<Answer> Run(session::Session& session, const Request& request, engine::CancelToken& cancel) {
  std::lock_guard lock(session.run_mutex);
  return RunText(session, request, cancel);
}

Result<Answer> RunText(session::Session& session, const Request& request, engine::CancelToken& cancel) {
  ScopedParameters scoped(session, request.parameters);
  cancel.SetTimeout(session.parameters.GetNumber("STATEMENT_TIMEOUT_IN_SECONDS"));
  FIRN_ASSIGN(auto statements, sql::Parse(request.text, {.timestamp_mapping = TimestampMapping(session)}));
  if (statements.empty()) return Error(errors::kSyntax, {"<EOF>", "1", "0"}, {1, 0});
  int64_t wanted = WantedCount(request, session);
  auto count = static_cast<int64_t>(statements.size());
  if (wanted != 0 && count != wanted) {
    return Error(errors::kStatementCount, {std::to_string(count), std::to_string(wanted)});
  }
  if (count == 1) {
    return RunStatement(session, request, std::move(statements[0]), 0, request.query_id, cancel);
  }
  Answer answer = Answer::StatusLine("Multiple statements executed successfully.", session::statement_type::kMulti);
  answer.columns[0].name = "multiple statement execution";
  answer.query_id = request.query_id;
  Request single = request;
  for (size_t i = 0; i < statements.size(); ++i) {
    std::string query_id = NewQueryId();
    if (!single.request_id.empty()) single.request_id = request.request_id + "/" + std::to_string(i);
    FIRN_ASSIGN(Answer child, RunStatement(session, single, std::move(statements[i]), i, query_id, cancel));
    answer.children.push_back(query_id);
    answer.child_types.push_back(child.statement_type);
  }
  return answer;
}

Result<Answer> ResultOf(session::Session& session, const std::string& query_id, engine::CancelToken& cancel) {
  std::lock_guard lock(session.run_mutex);
  const session::HistoryEntry* entry = session.FindQuery(query_id);
  if (!entry || (entry->plan && entry->plan->sql.empty())) return Error(errors::kResultNotFound, {query_id});
  Answer answer;
  answer.statement_type = entry->statement_type;
  answer.query_id = query_id;
  answer.columns = entry->columns;
  answer.rows = entry->rows;
  answer.counts = entry->counts;
  if (entry->plan) {
    FIRN_ASSIGN(answer.stream, session.node().engine->Run(*entry->plan, cancel));
  }
  return answer;
}

// --- together --------------------------------------------------------------------------------------------------------

namespace {

Status RunStep(session::Session& session, const TogetherStep& step, engine::CancelToken& cancel) {
  session::OpenTransaction& transaction = session.transaction;
  const Micros now = session.node().clock->Now();
  FIRN_ASSIGN(catalog::StatePtr so_far, transaction.Over(session.node().catalog->Current(), now));
  Request request;
  FIRN_ASSIGN(request.text, step.text(*so_far));
  if (request.text.empty()) return Ok();
  request.query_id = NewQueryId();
  request.describe_only = step.check_only;
  FIRN_ASSIGN(auto parsed, sql::Parse(request.text));
  const bool fits =
      parsed.size() == 1 && (RowOf(parsed[0]).effect == (step.check_only ? Class::kQuery : Class::kDefinition));
  if (!fits) return Error(errors::kInternal, {"no definition: " + request.text});
  FIRN_TRY(RunOnce(session, request, parsed[0], request.query_id, cancel));
  return Ok();
}

Status RunStepsOnce(session::Session& session, const std::vector<TogetherStep>& steps, const Complete& complete,
                    engine::CancelToken& cancel, bool dry) {
  session::OpenTransaction& transaction = session.transaction;
  FIRN_TRY(session.node().catalog->Head());
  transaction.Gather(session.node().clock->Now());
  for (const TogetherStep& step : steps) FIRN_TRY(RunStep(session, step, cancel));
  FIRN_ASSIGN(catalog::StatePtr so_far,
              transaction.Over(session.node().catalog->Current(), session.node().clock->Now()));
  if (complete) FIRN_TRY(complete(transaction, *so_far));
  if (dry) return Ok();
  FIRN_TRY(transaction.Commit(*session.node().catalog, [&] { return cancel.canceled(); }));
  return Ok();
}

}  // namespace

TogetherStep Define(std::string text) {
  return {[text = std::move(text)](const catalog::CatalogState&) { return Result<std::string>(text); }, false};
}

TogetherStep Check(std::string query) {
  TogetherStep step = Define(std::move(query));
  step.check_only = true;
  return step;
}

Status RunTogether(session::Session& session, const std::vector<TogetherStep>& steps, const Complete& complete,
                   engine::CancelToken& cancel, bool dry) {
  std::lock_guard lock(session.run_mutex);
  int64_t pause = kRetryPauseFirstMicros;
  for (int attempt = 1;; ++attempt) {
    Status status = RunStepsOnce(session, steps, complete, cancel, dry);
    session.transaction.Rollback(*session.node().catalog);
    if (status.ok() || !status.error().Is(errors::kConflict) || attempt == kTogetherAttemptsMax) return status;
    session.node().clock->Sleep(std::chrono::microseconds(pause));
    pause = std::min(pause * 2, kRetryPauseMostMicros);
  }
}

}  // namespace firn::statements

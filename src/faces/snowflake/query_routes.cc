#include <mutex>

#include "base/errors.h"
#include "base/log.h"
#include "faces/json_text.h"
#include "faces/snowflake/envelope.h"
#include "faces/snowflake/query_answer.h"
#include "faces/snowflake/request_body.h"
#include "faces/snowflake/routes.h"

namespace firn::faces {

namespace {

constexpr const char* kMultiDone = "Multiple statements executed successfully.";
constexpr size_t kHostBytesMax = 255;

/// Where the client reached this server; chunk addresses begin with it.
std::string BaseUrl(const http::Request& request) {
  std::string_view host = request.Header("Host").value_or("127.0.0.1");
  bool secure = EqualsIgnoreCase(request.Header("X-Forwarded-Proto").value_or(""), "https");
  return std::string(secure ? "https://" : "http://") + std::string(host.substr(0, kHostBytesMax));
}

QueryLog::Outcome Failed(const Error& error, const std::string& query_id) {
  QueryLog::Outcome outcome{.body = FailureBody(error, query_id), .success = false};
  outcome.error_code = WireCode(error);
  outcome.error_message = error.Message();
  return outcome;
}

/// The rows and the envelope of an answer; consumes its stream.
Result<QueryLog::Outcome> Shape(SnowflakeServices& services, session::Answer& answer, const SessionView& view,
                                const AnswerPlace& place, bool describe_only) {
  if (answer.statement_type == session::statement_type::kMulti) {
    answer.columns = {{.name = "multiple statement execution", .type = SqlType::Varchar()}};
    answer.rows = {{kMultiDone}};
  }
  FIRN_ASSIGN(WrittenResult result, WriteResult(answer, view.format, view.json_indent, services.chunks));
  QueryLog::Outcome outcome;
  outcome.body = SuccessBody(AnswerData(answer, result, view, place, describe_only));
  outcome.rows = result.total;
  outcome.warehouse = view.warehouse;
  return outcome;
}

/// Runs a statement in its session. Statements of one session take turns; rows are fetched outside its turn.
Result<QueryLog::Outcome> Execute(SnowflakeServices& services, const session::TokenClaims& caller,
                                  session::Session& session, const QueryPtr& query, statements::Request& request,
                                  const std::string& base_url) {
  session::Answer answer;
  SessionView view;
  {
    std::lock_guard turn(session.run_mutex);
    session.transaction.NewStatement();
    if (!services.queries.Start(query, session.transaction.committing())) return Error(errors::kCanceled);
    FIRN_ASSIGN(answer, statements::Run(session, request, query->cancel));
    if (session.transaction.committing()) services.queries.KeepOutcome(query);
    view = ViewOf(session, caller.parameters, answer.statement_type);
    if (answer.statement_type != session::statement_type::kSelect) services.sessions.Save(session);
  }
  answer.query_id = query->id;
  return Shape(services, answer, view, {base_url, services.node.clock->Now()}, request.describe_only);
}

/// A request that was committed before this process began, or by another: its answer (commit-protocol rule 7).
Result<std::optional<QueryLog::Outcome>> FindCommitted(SnowflakeServices& services, const http::Request& request,
                                                       const session::TokenClaims& caller,
                                                       const std::string& request_id) {
  if (request_id.empty()) return std::optional<QueryLog::Outcome>();
  bool repeated = request.QueryParameter("retry").has_value() || request.QueryParameter("retryCount").has_value() ||
                  request.QueryParameter("retryReason").has_value();
  catalog::StatePtr state = services.node.catalog->Current();
  if (repeated) {
    FIRN_ASSIGN(state, services.node.catalog->Head());
  }
  auto committed = state->FindRequest(caller.user, request_id);
  if (!committed) return std::optional<QueryLog::Outcome>();
  session::Answer answer = AnswerOfCommitted(committed->statement);
  SessionView view;
  view.parameters = "[]";
  FIRN_ASSIGN(auto outcome, Shape(services, answer, view, {BaseUrl(request), services.node.clock->Now()}, false));
  return std::optional<QueryLog::Outcome>(std::move(outcome));
}

/// On a worker: everything from the token to the answer, which goes to those who wait on the query.
void RunQuery(SnowflakeServices& services, http::Request& request, http::Responder responder) {
  auto caller = services.sessions.Identify(TokenOf(request));
  if (!caller.ok()) return responder(Failure(caller.error()));
  auto body = ParseQuery(request.body);
  if (!body.ok()) return responder(Failure(body.error()));
  std::string request_id(request.QueryParameter("requestId").value_or(""));
  auto [query, fresh] =
      services.queries.Begin(caller->user, request_id, caller->session_id, body->request.text, body->async);
  if (!fresh) return services.queries.Wait(query, std::move(responder));
  auto committed = FindCommitted(services, request, *caller, request_id);
  if (committed.ok() && *committed) {
    services.queries.Wait(query, std::move(responder));
    return services.queries.Finish(query, std::move(**committed));
  }
  auto session = services.sessions.Find(*caller);
  if (!committed.ok() || !session.ok()) {
    services.queries.Wait(query, std::move(responder));
    return services.queries.Abandon(query,
                                    FailureBody(committed.ok() ? session.error() : committed.error(), query->id));
  }
  if (body->async)
    responder(Envelope(InProgressBody(query->id, true)));
  else
    services.queries.Wait(query, std::move(responder));
  request.body = {};
  body->request.request_id = request_id;
  body->request.query_id = query->id;
  auto outcome = Execute(services, *caller, **session, query, body->request, BaseUrl(request));
  services.queries.Finish(query, outcome.ok() ? std::move(*outcome) : Failed(outcome.error(), query->id));
}

http::Response Canceled(SnowflakeServices& services, const QueryPtr& query) {
  if (query && services.queries.Cancel(query)) return Success("null");
  return Failure(Error(errors::kNotExecuting));
}

http::Response CancelByRequest(SnowflakeServices& services, http::Request& request) {
  auto caller = services.sessions.Identify(TokenOf(request));
  if (!caller.ok()) return Failure(caller.error());
  auto request_id = ParseTextMember(request.body, "requestId");
  if (!request_id.ok()) return Failure(request_id.error());
  return Canceled(services, services.queries.ByRequest(caller->user, *request_id));
}

http::Response CancelById(SnowflakeServices& services, http::Request& request) {
  auto caller = services.sessions.Identify(TokenOf(request));
  if (!caller.ok()) return Failure(caller.error());
  return Canceled(services, services.queries.ById(caller->user, std::string(request.PathParameter("id"))));
}

/// The result of a query by id: one of this log, or one that its session can read again.
void FetchResult(SnowflakeServices& services, http::Request& request, http::Responder responder) {
  auto caller = services.sessions.Identify(TokenOf(request));
  if (!caller.ok()) return responder(Failure(caller.error()));
  std::string id(request.PathParameter("id"));
  if (QueryPtr query = services.queries.ById(caller->user, id)) {
    return services.queries.Wait(query, std::move(responder));
  }
  auto session = services.sessions.Find(*caller);
  if (!session.ok()) return responder(Failure(session.error()));
  engine::CancelToken cancel;
  session::Answer answer;
  SessionView view;
  {
    std::lock_guard turn((*session)->run_mutex);
    auto found = statements::ResultOf(**session, id, cancel);
    if (!found.ok()) return responder(Envelope(FailureBody(found.error(), id)));
    answer = std::move(*found);
    view = ViewOf(**session, caller->parameters, answer.statement_type);
  }
  answer.query_id = id;
  auto outcome = Shape(services, answer, view, {BaseUrl(request), services.node.clock->Now()}, false);
  responder(Envelope(outcome.ok() ? std::move(outcome->body) : FailureBody(outcome.error(), id)));
}

const char* StatusName(QueryState state) {
  switch (state) {
    case QueryState::kWaiting:
    case QueryState::kRunning:
      return "RUNNING";
    case QueryState::kSuccess:
      return "SUCCESS";
    case QueryState::kFailed:
      break;
  }
  return "FAILED_WITH_ERROR";
}

std::string MonitoringEntry(const Query& query, Micros now) {
  std::lock_guard lock(query.mutex);
  bool failed = query.state == QueryState::kFailed;
  Micros end = query.ended != 0 ? query.ended : now;
  std::string out = "{\"id\":\"" + query.id + "\",\"status\":\"" + StatusName(query.state) + "\",\"state\":\"" +
                    StatusName(query.state) + "\",\"sqlText\":";
  AppendJsonString(query.text, &out);
  out += ",\"startTime\":" + std::to_string(query.started / 1000) +
         ",\"endTime\":" + std::to_string(query.ended / 1000) +
         ",\"totalDuration\":" + std::to_string((end - query.started) / 1000) + ",\"errorCode\":";
  AppendJsonString(failed ? query.error_code : "", &out);
  out += ",\"errorMessage\":";
  AppendJsonString(failed ? query.error_message : "", &out);
  out += ",\"sessionId\":" + std::to_string(query.session_id) + ",\"warehouseId\":0,\"warehouseName\":";
  AppendJsonString(query.warehouse, &out);
  out += ",\"stats\":{\"scanBytes\":0,\"producedRows\":" + std::to_string(query.rows) + "}}";
  return out;
}

http::Response Monitor(SnowflakeServices& services, http::Request& request) {
  auto caller = services.sessions.Identify(TokenOf(request));
  if (!caller.ok()) return Failure(caller.error());
  std::string_view id = request.PathParameter("id");
  while (id.starts_with('/')) id.remove_prefix(1);  // the Python connector 5.2 writes /monitoring/queries//<id>
  QueryPtr query = services.queries.ById(caller->user, std::string(id));
  if (!query) return Success("{\"queries\":[]}");
  return Success("{\"queries\":[" + MonitoringEntry(*query, services.node.clock->Now()) + "]}");
}

}  // namespace

std::vector<http::Route> QueryRoutes(SnowflakeServices& services) {
  auto now = [&services](http::Response (*handler)(SnowflakeServices&, http::Request&)) -> http::Handler {
    return [&services, handler](http::Request& request) { return handler(services, request); };
  };
  auto later =
      [&services](void (*handler)(SnowflakeServices&, http::Request&, http::Responder)) -> http::DeferredHandler {
    return [&services, handler](http::Request& request, http::Responder responder) {
      handler(services, request, std::move(responder));
    };
  };
  // Cancelling must work while every worker is busy: it is quick, and runs on the thread that reads the request.
  return {
      {"GET", "/monitoring/queries/{id...}", now(Monitor), http::RunOn::kIoThread, "State of a statement."},
      {"POST", "/queries/v1/abort-request", now(CancelByRequest), http::RunOn::kIoThread,
       "Cancels a statement by its request id."},
      {"POST", "/queries/v1/query-request", later(RunQuery), http::RunOn::kWorker, "Runs a statement."},
      {"POST", "/queries/{id}/abort-request", now(CancelById), http::RunOn::kIoThread,
       "Cancels a statement by its query id."},
      {"GET", "/queries/{id}/result", later(FetchResult), http::RunOn::kWorker, "Result of a statement."},
  };
}

}  // namespace firn::faces

// API keys over HTTP, and a token for a password. Keys are programmatic access tokens with SCOPES: what SQL makes is
// listed here, and the reverse.
#include <algorithm>
#include <boost/json.hpp>

#include "base/errors.h"
#include "faces/json_text.h"
#include "faces/pipeline_face/access.h"
#include "faces/pipeline_face/problem.h"
#include "faces/pipeline_face/run_sql.h"
#include "planner/information_schema.h"
#include "sql/printer.h"

namespace firn::faces {

namespace {

namespace json = boost::json;
using catalog::AccessToken;
using catalog::ObjectKind;
using catalog::ObjectRef;

constexpr std::string_view kRotate = ":rotate";

struct Wanted {
  std::string user, name, comment;
  std::vector<std::string> scopes;
  int64_t days = 0;  ///< 0: not said
};

bool TakeText(const json::object& body, const char* name, std::string* out) {
  const json::value* value = body.if_contains(name);
  if (!value) return true;
  if (!value->is_string()) return false;
  *out = value->as_string();
  return true;
}

bool TakeScopes(const json::object& body, std::vector<std::string>* scopes) {
  const json::value* list = body.if_contains("scopes");
  if (!list || !list->is_array() || list->as_array().empty()) return false;
  for (const json::value& scope : list->as_array()) {
    if (!scope.is_string()) return false;
    scopes->emplace_back(scope.as_string());
  }
  return true;
}

Result<Wanted> ReadWanted(const http::Request& request, const Access& access) {
  boost::system::error_code failed;
  json::value parsed = json::parse(request.body, failed);
  if (failed || !parsed.is_object()) return Error(errors::kInvalidInput, {"the body is not a JSON object"});
  const json::object& body = parsed.as_object();
  for (const auto& member : body) {
    constexpr std::string_view kMembers[] = {"comment", "days", "name", "scopes", "user"};
    if (std::ranges::find(kMembers, std::string_view(member.key())) == std::end(kMembers)) {
      return Error(errors::kInvalidInput, {"'" + std::string(member.key()) +
                                           "' is not known; taken are comment, days, "
                                           "name, scopes, user"});
    }
  }
  Wanted wanted{.user = access.user};
  const json::value* days = body.if_contains("days");
  bool well = TakeText(body, "user", &wanted.user) && TakeText(body, "name", &wanted.name) &&
              TakeText(body, "comment", &wanted.comment) && !wanted.name.empty();
  if (!well) return Error(errors::kInvalidInput, {"name is wanted; name, user and comment are strings"});
  if (!TakeScopes(body, &wanted.scopes)) return Error(errors::kInvalidInput, {"scopes: a list of strings is wanted"});
  if (days && (!days->is_int64() || days->as_int64() < 1)) {
    return Error(errors::kInvalidInput, {"days: a positive number is wanted"});
  }
  if (days) wanted.days = days->as_int64();
  return wanted;
}

void AppendTime(Micros time, std::string* out) {
  if (time == 0) {
    *out += "null";
    return;
  }
  std::string text = planner::TimeText(time);
  if (text.size() > 10) text[10] = 'T';
  AppendJsonString(text + "Z", out);
}

void AppendKey(const catalog::Object& user, const AccessToken& token, Micros now, std::string* out) {
  *out += "{\"name\":";
  AppendJsonString(token.name, out);
  *out += ",\"user\":";
  AppendJsonString(user.name, out);
  *out += ",\"scopes\":[";
  for (size_t i = 0; i < token.scopes.size(); ++i) {
    if (i > 0) *out += ',';
    AppendJsonString(token.scopes[i], out);
  }
  *out += "],\"status\":\"";
  bool expired = token.expires != 0 && token.expires <= now;
  *out += expired ? "expired" : token.disabled || user.As<catalog::UserInfo>()->disabled ? "disabled" : "active";
  *out += "\",\"created_on\":";
  AppendTime(token.created, out);
  *out += ",\"expires_at\":";
  AppendTime(token.expires, out);
  *out += ",\"comment\":";
  AppendJsonString(token.comment, out);
}

struct Found {
  ObjectRef user;
  AccessToken token;
};

/// A key with scopes by its name: of `user=`, or else of whoever has the only one.
Result<Found> FindKey(session::Node& node, const http::Request& request, std::string_view name) {
  FIRN_ASSIGN(catalog::StatePtr state, node.catalog->Head());
  std::string_view of = request.QueryParameter("user").value_or("");
  std::vector<Found> found;
  for (const ObjectRef& user : state->Children("", ObjectKind::kUser)) {
    if (!of.empty() && !EqualsIgnoreCase(user->name, of)) continue;
    for (const AccessToken& token : user->As<catalog::UserInfo>()->tokens) {
      if (token.name == name && !token.scopes.empty()) found.push_back({user, token});
    }
  }
  if (found.empty()) return Error(errors::kKindNotFound, {"Key", std::string(name)});
  if (found.size() > 1) return Error(errors::kInvalidInput, {"several users have such a key: give user="});
  return std::move(found[0]);
}

/// The answer that shows a key's secret, this once.
http::Response SecretAnswer(session::Node& node, const http::Request& request, const std::string& user,
                            const session::Answer& answer, int status) {
  auto state = node.catalog->Head();
  if (!state.ok()) return FailureAnswer(request, state.error());
  ObjectRef object = (*state)->Find("", ObjectKind::kUser, user);
  if (!object) return FailureAnswer(request, Error(errors::kKindNotFound, {"User", user}));
  const std::string& name = *answer.rows.at(0).at(0);
  std::string body;
  for (const AccessToken& token : object->As<catalog::UserInfo>()->tokens) {
    if (token.name == name) AppendKey(*object, token, node.clock->Now(), &body);
  }
  body += ",\"key\":";
  AppendJsonString(*answer.rows.at(0).at(1), &body);
  http::Response response = http::Response::Json(status, body + "}");
  response.headers.Add("Cache-Control", "no-store");
  return response;
}

http::Response Make(session::Node& node, const Access& access, const http::Request& request) {
  auto wanted = ReadWanted(request, access);
  if (!wanted.ok()) return FailureAnswer(request, wanted.error());
  std::string text = "ALTER USER " + sql::QuoteIdent(wanted->user) + " ADD PROGRAMMATIC ACCESS TOKEN " +
                     sql::QuoteIdent(wanted->name) + " SCOPES = (";
  for (size_t i = 0; i < wanted->scopes.size(); ++i) text += (i == 0 ? "" : ", ") + SqlText(wanted->scopes[i]);
  text += ")";
  if (wanted->days > 0) text += " DAYS_TO_EXPIRY = " + std::to_string(wanted->days);
  if (!wanted->comment.empty()) text += " COMMENT = " + SqlText(wanted->comment);
  auto made = RunSql(node, access, std::move(text));
  if (!made.ok()) return FailureAnswer(request, made.error());
  return SecretAnswer(node, request, wanted->user, *made, 201);
}

http::Response List(session::Node& node, const Access&, const http::Request& request) {
  auto state = node.catalog->Head();
  if (!state.ok()) return FailureAnswer(request, state.error());
  std::string body = "{\"keys\":[";
  for (const ObjectRef& user : (*state)->Children("", ObjectKind::kUser)) {
    for (const AccessToken& token : user->As<catalog::UserInfo>()->tokens) {
      if (token.scopes.empty()) continue;
      if (body.back() != '[') body += ',';
      AppendKey(*user, token, node.clock->Now(), &body);
      body += '}';
    }
  }
  return http::Response::Json(200, body + "]}");
}

http::Response Remove(session::Node& node, const Access& access, const http::Request& request) {
  std::string_view name = request.PathParameter("name");
  auto found = FindKey(node, request, name);
  if (!found.ok()) return FailureAnswer(request, found.error());
  auto removed = RunSql(node, access,
                        "ALTER USER " + sql::QuoteIdent(found->user->name) + " REMOVE PROGRAMMATIC ACCESS TOKEN " +
                            sql::QuoteIdent(name));
  if (!removed.ok()) return FailureAnswer(request, removed.error());
  return http::Response{.status = 204, .content_type = ""};
}

/// POST /v1/keys/{name}:rotate: a new secret under the name; the old one is good for `overlap_hours` more.
http::Response Rotate(session::Node& node, const Access& access, const http::Request& request) {
  std::string_view name = request.PathParameter("name");
  if (!name.ends_with(kRotate))
    return ProblemAnswer(request, problems::kNotFound, "POST takes /v1/keys/{name}:rotate.");
  name.remove_suffix(kRotate.size());
  auto found = FindKey(node, request, name);
  if (!found.ok()) return FailureAnswer(request, found.error());
  std::string text =
      "ALTER USER " + sql::QuoteIdent(found->user->name) + " ROTATE PROGRAMMATIC ACCESS TOKEN " + sql::QuoteIdent(name);
  if (auto hours = request.QueryParameter("overlap_hours")) {
    bool digits = !hours->empty() && hours->size() < 6 && hours->find_first_not_of("0123456789") == std::string::npos;
    if (!digits) return ProblemAnswer(request, problems::kBadRequest, "overlap_hours: a number is wanted.");
    text += " EXPIRE_ROTATED_TOKEN_AFTER_HOURS = " + std::string(*hours);
  }
  auto rotated = RunSql(node, access, std::move(text));
  if (!rotated.ok()) return FailureAnswer(request, rotated.error());
  return SecretAnswer(node, request, found->user->name, *rotated, 200);
}

}  // namespace

std::vector<http::Route> KeyRoutes(session::Node& node, session::Sessions& sessions) {
  using Handle = http::Response (*)(session::Node&, const Access&, const http::Request&);
  auto admin = [&node, &sessions](Handle handle) -> http::Handler {
    return [&node, gate = Gate(node, sessions), handle](http::Request& request) {
      http::Response refusal;
      AccessPtr access = gate.Admit(request, Right::kAdmin, {}, &refusal);
      return access ? handle(node, *access, request) : refusal;
    };
  };
  constexpr auto kWorker = http::RunOn::kWorker;
  return {
      {"GET", "/v1/keys", admin(List), kWorker, "Lists API keys, without their secrets."},
      {"POST", "/v1/keys", admin(Make), kWorker, "Makes an API key: {name, scopes, days, comment, user}."},
      {"POST", "/v1/keys/{name}", admin(Rotate), kWorker, "`{name}:rotate`: a new secret (`overlap_hours=`)."},
      {"DELETE", "/v1/keys/{name}", admin(Remove), kWorker, "Removes an API key (`user=`)."},
  };
}

namespace {

http::Response LogIn(session::Sessions& sessions, const http::Request& request) {
  boost::system::error_code failed;
  json::value parsed = json::parse(request.body, failed);
  std::string user, password;
  if (failed || !parsed.is_object() || !TakeText(parsed.as_object(), "username", &user) ||
      !TakeText(parsed.as_object(), "password", &password) || user.empty()) {
    return ProblemAnswer(request, problems::kBadRequest, "A JSON object with username and password is wanted.");
  }
  auto token = sessions.IssueBearer(user, password, request.remote_address);
  if (!token.ok()) {
    bool locked = token.error().Is(errors::kUserLocked);
    return ProblemAnswer(request, locked ? problems::kTooManyRequests : problems::kUnauthorized,
                         token.error().Message());
  }
  std::string body = "{\"access_token\":";
  AppendJsonString(*token, &body);
  body += ",\"token_type\":\"bearer\",\"expires_in\":" + std::to_string(session::kSessionTokenSeconds) + "}";
  http::Response response = http::Response::Json(200, std::move(body));
  response.headers.Add("Cache-Control", "no-store");
  return response;
}

}  // namespace

std::vector<http::Route> AuthRoutes(session::Sessions& sessions) {
  return {{"POST", "/auth/login",
           http::Handler([&sessions](http::Request& request) { return LogIn(sessions, request); }),
           http::RunOn::kWorker, "A bearer token for {username, password}."}};
}

}  // namespace firn::faces

#include "faces/pipeline_face/problem.h"

#include <algorithm>

#include "base/errors.h"
#include "base/ids.h"
#include "faces/json_text.h"

namespace firn::faces {

namespace {

constexpr size_t kRequestIdMax = 128;

bool IsIdByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

void AddMember(std::string_view name, std::string_view text, std::string* body) {
  *body += ",\"";
  body->append(name);
  *body += "\":";
  AppendJsonString(text, body);
}

struct ErrorProblem {
  const ErrorRow* error;
  const ProblemRow* problem;
};

constexpr ErrorProblem kErrorProblems[] = {
    {&errors::kUnsupported, &problems::kUnsupported},     {&errors::kTimeout, &problems::kQueryTimeout},
    {&errors::kObjectExists, &problems::kExists},         {&errors::kObjectNotFound, &problems::kNotFound},
    {&errors::kKindNotFound, &problems::kNotFound},       {&errors::kTableNotFound, &problems::kNotFound},
    {&errors::kNoPrivilege, &problems::kForbidden},       {&errors::kTokenInvalid, &problems::kUnauthorized},
    {&errors::kConflict, &problems::kConflict},           {&errors::kStorage, &problems::kUnavailable},
    {&errors::kWriterStopped, &problems::kWriteFailed},   {&errors::kOutcomeUnknown, &problems::kUnavailable},
    {&errors::kInvalidInput, &problems::kBadRequest},     {&errors::kLimit, &problems::kTooLarge},
    {&errors::kInternal, &problems::kInternal},           {&errors::kCorrupt, &problems::kInternal},
    {&errors::kVersionUnknown, &problems::kInternal},     {&errors::kCanceled, &problems::kShuttingDown},
    {&errors::kResultNotFound, &problems::kCursorExpired}};

/// By status, for what the HTTP server refuses.
constexpr const ProblemRow* kServerProblems[] = {&problems::kNotFound,       &problems::kMethod,
                                                 &problems::kRequestTimeout, &problems::kTooLarge,
                                                 &problems::kMediaType,      &problems::kInternal};
constexpr std::string_view kPrefixes[] = {"/v1/",          "/ingest/",           "/endpoints", "/transform/",
                                          "/consumption/", "/send_data_bronze/", "/read_data", "/auth/"};

constexpr int kFirstOwnCode = 900000;  // of the error table; those below are Snowflake's

}  // namespace

std::string RequestId(const http::Request& request) {
  const auto given = request.Header("X-Request-Id");
  const bool usable =
      given && !given->empty() && given->size() <= kRequestIdMax && std::ranges::all_of(*given, IsIdByte);
  return usable ? std::string(*given) : NewUuid();
}

http::Response ProblemAnswer(const http::Request& request, const ProblemRow& row, std::string_view detail,
                             const ProblemMembers& members, int retry_after) {
  const std::string request_id = RequestId(request);
  std::string body = R"({"type":"about:blank","status":)";
  AppendNumber(row.status, &body);
  AddMember("title", row.title, &body);
  AddMember("code", row.code, &body);
  AddMember("detail", detail, &body);
  AddMember("request_id", request_id, &body);
  for (const auto& [name, json] : members) {
    body += ",\"";
    body.append(name);
    body += "\":" + json;
  }
  http::Response response = http::Response::Json(row.status, body + "}");
  response.content_type = "application/problem+json";
  response.headers.Add("X-Request-Id", request_id);
  if (row.status == 401) response.headers.Add("WWW-Authenticate", "Bearer, Basic");
  if (retry_after == 0) retry_after = row.retry_after;
  if (retry_after > 0) response.headers.Add("Retry-After", std::to_string(retry_after));
  return response;
}

const ProblemRow& ProblemOf(const Error& error) {
  for (const ErrorProblem& row : kErrorProblems) {
    if (error.Is(*row.error)) return *row.problem;
  }
  return error.row().code < kFirstOwnCode ? problems::kInvalidSql : problems::kInternal;
}

http::Response FailureAnswer(const http::Request& request, const Error& error) {
  return FailureAnswer(request, error, ProblemOf(error));
}

http::Response FailureAnswer(const http::Request& request, const Error& error, const ProblemRow& row) {
  ProblemMembers members;
  if (error.row().code < kFirstOwnCode) {
    members = {{"sql_code", "\"" + error.Code() + "\""}, {"sqlstate", "\"" + std::string(error.SqlState()) + "\""}};
  }
  if (error.at().line > 0) {
    members.emplace_back("position", "{\"line\":" + std::to_string(error.at().line) +
                                         ",\"column\":" + std::to_string(error.at().column) + "}");
  }
  return ProblemAnswer(request, row, error.Message(), members);
}

http::Response ServerRefusal(const http::Request& request, int status, std::string_view message) {
  if (status == 503) return ProblemAnswer(request, problems::kTooManyRequests, message);
  const auto* found = std::ranges::find(kServerProblems, status, &ProblemRow::status);
  return ProblemAnswer(request, found == std::end(kServerProblems) ? problems::kBadRequest : **found, message);
}

http::Response NoRouteRefusal(const http::Request& request, int status, std::string_view message) {
  // A target that cannot be read has no path.
  const std::string_view address = request.path.empty() ? std::string_view(request.target) : request.path;
  const bool ours =
      std::ranges::any_of(kPrefixes, [&](std::string_view prefix) { return address.starts_with(prefix); });
  return ours ? ServerRefusal(request, status, message) : http::ErrorResponse(status, message);
}

}  // namespace firn::faces

// Problem: what the HTTP routes of the pipeline answer when they refuse (RFC 9457, application/problem+json): one row a
// code, stable for clients. Made by the routes of this folder. Pure; any thread.
//
//   return ProblemAnswer(request, problems::kUnknownTable, "There is no pipeline sales.orders.");
//   return ProblemAnswer(request, problems::kBadJson, message, {{"offset", "17"}});
//   return FailureAnswer(request, error);                       // an Error from the rooms below
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace firn::faces {

/// Compared by address.
struct ProblemRow {
  const char* code;
  int status;
  const char* title;
  int retry_after = 0;  ///< seconds, for the header; 0: none
};

namespace problems {
// clang-format off
inline constexpr ProblemRow kBadCursor         {"BAD_CURSOR",          400, "The cursor is not one of this server"};
inline constexpr ProblemRow kBadJson           {"BAD_JSON",            400, "The body is not JSON"};
inline constexpr ProblemRow kBadRequest        {"BAD_REQUEST",         400, "The request is not valid"};
inline constexpr ProblemRow kChannelElsewhere  {"CHANNEL_ELSEWHERE",   409, "The channel is another process's", 20};
inline constexpr ProblemRow kChannelFenced     {"CHANNEL_FENCED",      409, "The channel was opened anew by another writer"};
inline constexpr ProblemRow kChannelNotFound   {"CHANNEL_NOT_FOUND",   404, "There is no such channel"};
inline constexpr ProblemRow kChannelOffset     {"CHANNEL_OFFSET",      409, "The offsets do not follow the last committed one"};
inline constexpr ProblemRow kConflict          {"CONFLICT",            409, "Another change came first", 1};
inline constexpr ProblemRow kCursorExpired     {"CURSOR_EXPIRED",      410, "The snapshot that the cursor reads is gone"};
inline constexpr ProblemRow kDiskLow           {"DISK_LOW",            503, "The disk is nearly full", 10};
inline constexpr ProblemRow kEmptyBody         {"EMPTY_BODY",          400, "The body is empty"};
inline constexpr ProblemRow kExists            {"ALREADY_EXISTS",      409, "There is one of that name"};
inline constexpr ProblemRow kForbidden         {"FORBIDDEN",           403, "The key's scopes do not allow this"};
inline constexpr ProblemRow kIncompatible      {"INCOMPATIBLE",        409, "The change needs the data to be rebuilt"};
inline constexpr ProblemRow kInternal          {"INTERNAL",            500, "The server failed"};
inline constexpr ProblemRow kInvalidPipeline   {"INVALID_PIPELINE",    400, "The pipeline is not valid"};
inline constexpr ProblemRow kInvalidRows       {"INVALID_ROWS",        422, "Rows of a strict batch were refused; nothing was stored"};
inline constexpr ProblemRow kInvalidSql        {"INVALID_SQL",         400, "The SQL is not valid"};
inline constexpr ProblemRow kKeyInFlight       {"IDEMPOTENCY_IN_FLIGHT", 409, "A request with this Idempotency-Key is not answered yet", 1};
inline constexpr ProblemRow kKeyMismatch       {"IDEMPOTENCY_MISMATCH", 422, "The Idempotency-Key came with another body"};
inline constexpr ProblemRow kMediaType         {"UNSUPPORTED_MEDIA_TYPE", 415, "The media type or coding is not taken"};
inline constexpr ProblemRow kMethod            {"METHOD_NOT_ALLOWED",  405, "The address takes other methods"};
inline constexpr ProblemRow kNeedsVersion      {"PRECONDITION_REQUIRED", 428, "If-Match is needed"};
inline constexpr ProblemRow kNotFound          {"NOT_FOUND",           404, "There is no such thing"};
inline constexpr ProblemRow kNotReadOnly       {"NOT_READ_ONLY",       400, "Only queries are taken here"};
inline constexpr ProblemRow kPaused            {"PIPELINE_PAUSED",     409, "The pipeline is paused"};
inline constexpr ProblemRow kQueryTimeout      {"QUERY_TIMEOUT",       408, "The query took too long"};
inline constexpr ProblemRow kRequestTimeout    {"REQUEST_TIMEOUT",     408, "The request did not arrive in time"};
inline constexpr ProblemRow kShuttingDown      {"SHUTTING_DOWN",       503, "The server stops", 5};
inline constexpr ProblemRow kTableDamaged      {"BUFFER_DAMAGED",      503, "The buffer of this table is damaged", 60};
inline constexpr ProblemRow kTooLarge          {"BODY_TOO_LARGE",      413, "The body is too large"};
inline constexpr ProblemRow kTooManyRequests   {"RATE_LIMITED",        429, "Too many requests", 1};
inline constexpr ProblemRow kTooManyRows       {"TOO_MANY_ROWS",       413, "The body has too many rows"};
inline constexpr ProblemRow kUnauthorized      {"UNAUTHORIZED",        401, "A valid key is needed"};
inline constexpr ProblemRow kUnavailable       {"UNAVAILABLE",         503, "The storage does not answer", 5};
inline constexpr ProblemRow kUnknownTable      {"UNKNOWN_TABLE",       404, "There is no such table"};
inline constexpr ProblemRow kUnsupported       {"UNSUPPORTED",         501, "This is not supported"};
inline constexpr ProblemRow kVersionMismatch   {"VERSION_MISMATCH",    412, "It was changed since it was read"};
inline constexpr ProblemRow kWalFull           {"WAL_FULL",            429, "The buffer is full", 1};
inline constexpr ProblemRow kWriteFailed       {"WRITE_FAILED",        503, "The buffer cannot be written", 10};
// clang-format on
}  // namespace problems

/// Further members of the body: name and value as JSON text.
using ProblemMembers = std::vector<std::pair<std::string_view, std::string>>;

/// {"type":"about:blank","title":…,"status":…,"code":…,"detail":…,"request_id":…, members}. Header X-Request-Id; with
/// 401 WWW-Authenticate; Retry-After where the row or `retry_after` says so.
http::Response ProblemAnswer(const http::Request& request, const ProblemRow& row, std::string_view detail,
                             const ProblemMembers& members = {}, int retry_after = 0);
/// The row for an error of the rooms below; `sql_code`, `sqlstate` and, where it has one, `position` are members.
const ProblemRow& ProblemOf(const Error& error);
http::Response FailureAnswer(const http::Request& request, const Error& error);
/// The same under a row that fits the route better.
http::Response FailureAnswer(const http::Request& request, const Error& error, const ProblemRow& row);

/// What the HTTP server refuses by itself, for Route::refusal.
http::Response ServerRefusal(const http::Request& request, int status, std::string_view message);
/// The same for what has no route, where the address is one of this API's or of the older one's.
http::Response NoRouteRefusal(const http::Request& request, int status, std::string_view message);

/// The client's X-Request-Id if it is 1 to 128 letters, digits, `-`, `_`, `.`; else a new one.
std::string RequestId(const http::Request& request);

}  // namespace firn::faces

// GET | POST /v1/query: one read-only query.
#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "base/errors.h"
#include "faces/pipeline_face/problem.h"
#include "faces/pipeline_face/query_page.h"

namespace firn::faces {

namespace {

namespace json = boost::json;

constexpr int64_t kParametersMax = 10'000;

Error Invalid(std::string text) { return Error(errors::kInvalidInput, {std::move(text)}); }

Result<int64_t> WholeNumber(std::string_view text, const char* name, int64_t least, int64_t most) {
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most) {
    return Invalid(std::string(name) + ": a number from " + std::to_string(least) + " to " + std::to_string(most) +
                   " is wanted");
  }
  return value;
}

Status TakeLimit(std::string_view text, QueryAsk* ask) {
  if (text == "all") {
    ask->limit = std::nullopt;
    return Ok();
  }
  FIRN_ASSIGN(ask->limit, WholeNumber(text, "limit", 0, kPageRowsMax));
  return Ok();
}

Status TakeBig(std::string_view text, QueryAsk* ask) {
  if (text != "string" && text != "number") return Invalid("big: string or number is wanted");
  ask->big_as_text = text == "string";
  return Ok();
}

Status TakeFormat(std::string_view text, QueryAsk* ask) {
  auto format = PageFormatOf(text);
  if (!format) return Invalid("format: json, ndjson, csv, parquet or arrow is wanted");
  ask->format = *format;
  return Ok();
}

void TakeAccept(const http::Request& request, QueryAsk* ask) {
  struct Row {
    std::string_view type;
    PageFormat format;
  };
  constexpr Row kTypes[] = {{"application/x-ndjson", PageFormat::kNdjson},
                            {"application/vnd.apache.parquet", PageFormat::kParquet},
                            {"application/vnd.apache.arrow.stream", PageFormat::kArrow},
                            {"text/csv", PageFormat::kCsv}};
  const std::string_view accept = request.Header("Accept").value_or("");
  for (const Row& row : kTypes) {
    if (accept.starts_with(row.type)) ask->format = row.format;
  }
}

Result<session::Binding> BindingOf(const json::value& value) {
  session::Binding binding{.type = "TEXT", .values = {std::nullopt}};
  if (value.is_string()) {
    binding.values[0] = std::string(value.as_string());
  } else if (value.is_bool()) {
    binding.type = "BOOLEAN";
    binding.values[0] = value.as_bool() ? "true" : "false";
  } else if (value.is_int64() || value.is_uint64()) {
    binding.type = "FIXED";
    binding.values[0] = json::serialize(value);
  } else if (value.is_double()) {
    binding.type = "REAL";
    binding.values[0] = json::serialize(value);
  } else if (!value.is_null()) {
    return Invalid("params: strings, numbers, booleans and null are taken");
  }
  return binding;
}

/// A list for `?`, or an object for `:name`.
Status TakeParameters(const json::value& value, QueryAsk* ask) {
  if (value.is_null()) return Ok();
  if (value.is_array()) {
    if (value.as_array().size() > kParametersMax) return Invalid("params: too many");
    for (size_t i = 0; i < value.as_array().size(); ++i) {
      FIRN_ASSIGN(ask->bindings[std::to_string(i + 1)], BindingOf(value.as_array()[i]));
    }
    return Ok();
  }
  if (!value.is_object()) return Invalid("params: a list is wanted");
  for (const auto& member : value.as_object()) {
    FIRN_ASSIGN(ask->bindings[std::string(member.key())], BindingOf(member.value()));
  }
  return Ok();
}

Result<std::string> TextOf(const json::value& value, std::string_view name) {
  if (value.is_null()) return std::string();
  if (!value.is_string()) return Invalid(std::string(name) + ": a string is wanted");
  return std::string(value.as_string());
}

Status TakeMember(std::string_view name, const json::value& value, QueryAsk* ask) {
  if (name == "params") return TakeParameters(value, ask);
  if (name == "limit" && value.is_number()) return TakeLimit(json::serialize(value), ask);
  if (name == "timeout" && value.is_number()) {
    FIRN_ASSIGN(ask->timeout_seconds, WholeNumber(json::serialize(value), "timeout", 1, kQuerySecondsMax));
    return Ok();
  }
  FIRN_ASSIGN(std::string text, TextOf(value, name));
  if (name == "sql") {
    ask->sql = std::move(text);
  } else if (name == "cursor") {
    ask->cursor = std::move(text);
  } else if (name == "as_of") {
    ask->as_of = std::move(text);
  } else if (name == "format" && !text.empty()) {
    return TakeFormat(text, ask);
  } else if (name == "big" && !text.empty()) {
    return TakeBig(text, ask);
  } else if (name == "limit" && !text.empty()) {
    return TakeLimit(text, ask);
  } else if (name != "format" && name != "big" && name != "limit") {
    return Invalid("'" + std::string(name) +
                   "' is not known; taken are sql, params, limit, cursor, format, as_of, big, timeout");
  }
  return Ok();
}

Status ReadBody(const http::Request& request, QueryAsk* ask) {
  boost::system::error_code failed;
  const json::value body = json::parse(request.body, failed);
  if (failed || !body.is_object()) return Invalid("the body is not a JSON object");
  for (const auto& member : body.as_object()) {
    FIRN_TRY(TakeMember(std::string_view(member.key()), member.value(), ask));
  }
  return Ok();
}

Status ReadQuery(const http::Request& request, QueryAsk* ask) {
  ask->sql = request.QueryParameter("sql").value_or("");
  if (auto parameters = request.QueryParameter("params")) {
    boost::system::error_code failed;
    const json::value list = json::parse(*parameters, failed);
    if (failed) return Invalid("params: JSON is wanted");
    FIRN_TRY(TakeParameters(list, ask));
  }
  return Ok();
}

Status CheckAsk(const QueryAsk& ask) {
  if (ask.sql.empty()) return Invalid("sql is wanted");
  return CheckStreaming(ask);
}

http::Response Answer(const QueryPages& pages, const Gate& gate, const http::Request& request) {
  http::Response refusal;
  AccessPtr access = gate.Admit(request, &refusal);
  if (!access) return refusal;
  QueryAsk ask;
  TakeAccept(request, &ask);
  auto read = [&]() -> Status {
    FIRN_TRY(request.method == "POST" ? ReadBody(request, &ask) : ReadQuery(request, &ask));
    if (auto format = request.QueryParameter("format")) FIRN_TRY(TakeFormat(*format, &ask));
    FIRN_TRY(TakePageOptions(request, &ask));
    return CheckAsk(ask);
  };
  if (Status status = read(); !status.ok()) return FailureAnswer(request, status.error());
  return pages.Answer(request, *access, ask);
}

}  // namespace

Status CheckStreaming(const QueryAsk& ask) {
  const bool streams = ask.format == PageFormat::kNdjson || ask.format == PageFormat::kCsv;
  if (!ask.limit && !streams) return Invalid("limit: all is for ndjson and csv");
  if (!ask.limit && !ask.cursor.empty()) return Invalid("limit: all has no cursor");
  return Ok();
}

Status TakePageOptions(const http::Request& request, QueryAsk* ask) {
  if (auto limit = request.QueryParameter("limit")) FIRN_TRY(TakeLimit(*limit, ask));
  if (auto cursor = request.QueryParameter("cursor")) ask->cursor = *cursor;
  if (auto as_of = request.QueryParameter("as_of")) ask->as_of = *as_of;
  if (auto big = request.QueryParameter("big")) FIRN_TRY(TakeBig(*big, ask));
  if (auto timeout = request.QueryParameter("timeout")) {
    FIRN_ASSIGN(ask->timeout_seconds, WholeNumber(*timeout, "timeout", 1, kQuerySecondsMax));
  }
  return Ok();
}

std::vector<http::Route> QueryRoutes(session::Node& node, session::Sessions& sessions, QueryPagesPtr pages) {
  http::Handler answer = [pages = std::move(pages), gate = Gate(node, sessions)](http::Request& request) {
    return Answer(*pages, gate, request);
  };
  constexpr auto kWorker = http::RunOn::kWorker;
  return {
      {"GET", "/v1/query", answer, kWorker,
       "Rows of one query: sql, params (a JSON list), limit, cursor, format, as_of."},
      {"POST", "/v1/query", answer, kWorker, "The same, as a JSON object."},
  };
}

}  // namespace firn::faces

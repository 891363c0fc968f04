#include "faces/snowflake/envelope.h"

#include "base/errors.h"
#include "base/types.h"
#include "faces/json_text.h"

namespace firn::faces {

namespace {

constexpr int kFirstOwnCode = 900000;  ///< rows of the error table that carry no number of Snowflake's
constexpr std::string_view kScheme = "Snowflake Token=\"";
constexpr std::string_view kBearer = "Bearer ";

}  // namespace

std::string WireCode(const Error& error) {
  return error.row().code < kFirstOwnCode ? error.Code() : Error(errors::kInternal, {""}).Code();
}

std::string SuccessBody(std::string_view data) {
  std::string body;
  body.reserve(data.size() + 64);
  body += "{\"data\":";
  body += data;
  body += ",\"code\":null,\"message\":null,\"success\":true}";
  return body;
}

std::string FailureBody(const Error& error, std::string_view query_id) {
  std::string code = WireCode(error), message = error.Message();
  bool compilation = message.starts_with("SQL compilation error");
  std::string body = "{\"data\":{\"internalError\":false,\"unredactedFromSecureObject\":false,\"errorCode\":\"" + code +
                     "\",\"age\":0,\"sqlState\":\"" + error.SqlState() + "\",\"queryId\":";
  AppendJsonStringOrNull(query_id, &body);
  body += ",\"line\":";
  AppendNumber(error.at().line > 0 ? error.at().line : -1, &body);
  body += ",\"pos\":";
  AppendNumber(error.at().line > 0 ? error.at().column : -1, &body);
  body += compilation ? ",\"type\":\"COMPILATION\"}" : ",\"type\":\"EXECUTION\"}";
  body += ",\"code\":\"" + code + "\",\"message\":";
  AppendJsonString(message, &body);
  body += ",\"success\":false}";
  return body;
}

std::string_view TokenOf(const http::Request& request) {
  std::string_view value = request.Header("Authorization").value_or("");
  if (value.size() > kScheme.size() && EqualsIgnoreCase(value.substr(0, kScheme.size()), kScheme) &&
      value.back() == '"') {
    return value.substr(kScheme.size(), value.size() - kScheme.size() - 1);
  }
  if (value.size() > kBearer.size() && EqualsIgnoreCase(value.substr(0, kBearer.size()), kBearer)) {
    return value.substr(kBearer.size());
  }
  return {};
}

}  // namespace firn::faces

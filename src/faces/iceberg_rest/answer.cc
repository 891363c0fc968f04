#include "faces/iceberg_rest/answer.h"

#include "base/errors.h"
#include "faces/json_text.h"

namespace firn::faces {

http::Response IcebergError(int status, std::string_view type, std::string_view message) {
  std::string body = "{\"error\":{\"message\":";
  AppendJsonString(message, &body);
  body += ",\"type\":";
  AppendJsonString(type, &body);
  body += ",\"code\":" + std::to_string(status) + "}}";
  http::Response response = http::Response::Json(status, std::move(body));
  if (status == 401) response.headers.Add("WWW-Authenticate", "Bearer");
  return response;
}

http::Response IcebergFailure(const Error& error) {
  if (error.Is(errors::kTokenInvalid)) return IcebergError(401, "NotAuthorizedException", error.Message());
  if (error.Is(errors::kStorage)) return IcebergError(503, "ServiceUnavailableException", error.Message());
  return IcebergError(500, "InternalServerError", error.Message());
}

http::Response OAuthError(int status, std::string_view code, std::string_view description) {
  std::string body = "{\"error\":";
  AppendJsonString(code, &body);
  body += ",\"error_description\":";
  AppendJsonString(description, &body);
  return http::Response::Json(status, body + "}");
}

}  // namespace firn::faces

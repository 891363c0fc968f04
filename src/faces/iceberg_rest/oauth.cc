#include "faces/iceberg_rest/oauth.h"

#include <map>
#include <optional>

#include "base/errors.h"
#include "base/ids.h"
#include "base/types.h"
#include "faces/iceberg_rest/answer.h"
#include "faces/json_text.h"

namespace firn::faces {

namespace {

constexpr std::string_view kBasic = "Basic ";
constexpr std::string_view kExchange = "urn:ietf:params:oauth:grant-type:token-exchange";
constexpr const char* kAccessTokenType = "urn:ietf:params:oauth:token-type:access_token";

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> FormDecode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      int high = HexDigit(text[i + 1]), low = HexDigit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

using Form = std::map<std::string, std::string>;

std::optional<Form> ParseForm(std::string_view body) {
  Form form;
  while (!body.empty()) {
    std::string_view pair = body.substr(0, body.find('&'));
    body.remove_prefix(std::min(body.size(), pair.size() + 1));
    size_t equals = std::min(pair.find('='), pair.size());
    auto name = FormDecode(pair.substr(0, equals));
    auto value = FormDecode(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value) return std::nullopt;
    form[*name] = *value;
  }
  return form;
}

/// Client id and secret of `Authorization: Basic`, where the form has none.
void TakeBasic(const http::Request& request, Form* form) {
  std::string_view header = request.Header("Authorization").value_or("");
  std::string pair;
  if (!header.starts_with(kBasic) || !FromBase64(header.substr(kBasic.size()), &pair)) return;
  size_t colon = std::min(pair.find(':'), pair.size());
  form->emplace("client_id", pair.substr(0, colon));
  form->emplace("client_secret", pair.substr(std::min(colon + 1, pair.size())));
}

http::Response TokenAnswer(const std::string& token) {
  std::string body = "{\"access_token\":";
  AppendJsonString(token, &body);
  body += ",\"token_type\":\"bearer\",\"expires_in\":" + std::to_string(session::kSessionTokenSeconds) +
          ",\"issued_token_type\":\"" + kAccessTokenType + "\",\"scope\":\"catalog\"}";
  http::Response response = http::Response::Json(200, std::move(body));
  response.headers.Add("Cache-Control", "no-store");
  return response;
}

}  // namespace

http::Response IssueOAuthToken(session::Sessions& sessions, const http::Request& request) {
  auto form = ParseForm(request.body);
  if (!form) return OAuthError(400, "invalid_request", "The body is not a valid form.");
  const std::string& grant = (*form)["grant_type"];
  if (grant == kExchange) {
    auto renewed = sessions.RenewBearer((*form)["subject_token"]);
    if (!renewed.ok()) return OAuthError(401, "invalid_grant", renewed.error().Message());
    return TokenAnswer(*renewed);
  }
  if (grant != "client_credentials") {
    return OAuthError(400, "unsupported_grant_type", "Supported: client_credentials, token-exchange.");
  }
  TakeBasic(request, &*form);
  auto token = sessions.IssueBearer((*form)["client_id"], (*form)["client_secret"], request.remote_address);
  if (!token.ok()) return OAuthError(401, "invalid_client", token.error().Message());
  return TokenAnswer(*token);
}

}  // namespace firn::faces

#include "cli/remote.h"

#include <boost/json.hpp>

#include "base/errors.h"
#include "base/ids.h"
#include "base/percent.h"
#include "base/types.h"
#include "cli/http_client.h"

namespace firn::cli {

namespace {

namespace json = boost::json;

constexpr const char* kInProgress[] = {"333333", "333334"};

std::string TextAt(const json::value& value, const char* pointer) {
  json::error_code code;
  const json::value* found = value.find_pointer(pointer, code);
  return found != nullptr && found->is_string() ? std::string(found->get_string().c_str()) : std::string();
}

/// The body of an answer that is not a refusal.
Result<std::string> Send(HttpClient& http, const char* method, const std::string& target, const std::string& token,
                         std::string body) {
  HttpClient::Fields fields = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
  if (!token.empty()) fields.emplace_back("Authorization", "Snowflake Token=\"" + token + "\"");
  FIRN_ASSIGN(HttpClient::Answer answer, http.Send(method, target, fields, std::move(body)));
  if (answer.status == 200) return std::move(answer.body);
  return Error(errors::kInvalidInput, {"HTTP " + std::to_string(answer.status) + " " + answer.body});
}

}  // namespace

Remote::~Remote() {
  if (http_ && !token_.empty()) (void)Send(*http_, "POST", "/session?delete=true", token_, "");
}

Result<std::unique_ptr<Remote>> Remote::Connect(const ShellOptions& options, const std::string& password) {
  std::unique_ptr<Remote> remote(new Remote);
  FIRN_ASSIGN(remote->http_, HttpClient::Connect(options.url));
  json::object data{{"CLIENT_APP_ID", "FirnShell"}, {"LOGIN_NAME", options.user}, {"PASSWORD", password}};
  std::string target = "/session/v1/login-request?databaseName=" + PercentEncode(options.database) +
                       "&schemaName=" + PercentEncode(options.schema) +
                       "&warehouse=" + PercentEncode(options.warehouse) + "&roleName=" + PercentEncode(options.role);
  FIRN_ASSIGN(std::string body,
              Send(*remote->http_, "POST", target, "", json::serialize(json::object{{"data", data}})));
  json::error_code code;
  json::value answer = json::parse(body, code);
  if (!code) remote->token_ = TextAt(answer, "/data/token");
  if (remote->token_.empty()) return Error(errors::kInvalidInput, {code ? body : TextAt(answer, "/message")});
  return remote;
}

Result<std::string> Remote::Run(const std::string& text) {
  FIRN_ASSIGN(std::string body, Send(*http_, "POST", "/queries/v1/query-request?requestId=" + NewUuid(), token_,
                                     json::serialize(json::object{{"sqlText", text}})));
  while (true) {
    // An answer "in progress" is short; a long one is a result.
    if (body.size() > 4096) return body;
    json::error_code code;
    json::value answer = json::parse(body, code);
    std::string number = code ? "" : TextAt(answer, "/code");
    if (number != kInProgress[0] && number != kInProgress[1]) return body;
    FIRN_ASSIGN(body, Send(*http_, "GET", TextAt(answer, "/data/getResultUrl"), token_, ""));
  }
}

Result<std::string> Remote::Fetch(const std::string& url) {
  size_t path = url.find('/', HttpClient::kScheme.size());
  if (path == std::string::npos) return Error(errors::kInvalidInput, {"an address without a path: " + url});
  return Send(*http_, "GET", url.substr(path), "", "");
}

}  // namespace firn::cli

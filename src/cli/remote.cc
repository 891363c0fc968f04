#include "cli/remote.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>

#include "base/errors.h"
#include "base/ids.h"
#include "base/types.h"

namespace firn::cli {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace json = boost::json;

constexpr std::string_view kScheme = "http://";
constexpr const char* kInProgress[] = {"333333", "333334"};

std::string Encoded(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (unsigned char c : text) {
    if (isalnum(c)) {
      out += static_cast<char>(c);
    } else {
      out += '%';
      out += kHex[c >> 4];
      out += kHex[c & 15];
    }
  }
  return out;
}

std::string TextAt(const json::value& value, const char* pointer) {
  json::error_code code;
  const json::value* found = value.find_pointer(pointer, code);
  return found != nullptr && found->is_string() ? std::string(found->get_string().c_str()) : std::string();
}

}  // namespace

/// One kept connection.
class Remote::Http {
 public:
  static Result<std::unique_ptr<Http>> Connect(const std::string& url) {
    std::string_view rest = url;
    if (!rest.starts_with(kScheme)) return Error(errors::kInvalidInput, {"--url wants http://HOST:PORT"});
    rest.remove_prefix(kScheme.size());
    auto http = std::make_unique<Http>();
    http->host_ = rest.substr(0, rest.find('/'));
    size_t colon = http->host_.rfind(':');
    std::string port = colon == std::string::npos ? "80" : http->host_.substr(colon + 1);
    beast::error_code code;
    asio::ip::tcp::resolver resolver(http->context_);
    auto found = resolver.resolve(http->host_.substr(0, colon), port, code);
    if (!code) asio::connect(http->socket_, found, code);
    if (code) return Error(errors::kStorage, {url, code.message()});
    return http;
  }

  Result<std::string> Send(beast::http::verb verb, const std::string& target, const std::string& token,
                           std::string body) {
    beast::http::request<beast::http::string_body> request(verb, target, 11);
    request.set(beast::http::field::host, host_);
    request.set(beast::http::field::content_type, "application/json");
    request.set(beast::http::field::accept, "application/json");
    if (!token.empty()) request.set(beast::http::field::authorization, "Snowflake Token=\"" + token + "\"");
    request.body() = std::move(body);
    request.prepare_payload();
    beast::error_code code;
    beast::http::write(socket_, request, code);
    beast::http::response_parser<beast::http::string_body> parser;
    parser.body_limit(boost::none);
    if (!code) beast::http::read(socket_, buffer_, parser, code);
    if (code) return Error(errors::kStorage, {host_, code.message()});
    if (parser.get().result_int() != 200) {
      return Error(errors::kInvalidInput,
                   {"HTTP " + std::to_string(parser.get().result_int()) + " " + parser.get().body()});
    }
    return std::move(parser.get().body());
  }

 private:
  asio::io_context context_;
  asio::ip::tcp::socket socket_{context_};
  beast::flat_buffer buffer_;
  std::string host_;
};

Remote::~Remote() {
  if (http_ && !token_.empty()) (void)http_->Send(beast::http::verb::post, "/session?delete=true", token_, "");
}

Result<std::unique_ptr<Remote>> Remote::Connect(const ShellOptions& options, const std::string& password) {
  std::unique_ptr<Remote> remote(new Remote);
  FIRN_ASSIGN(remote->http_, Http::Connect(options.url));
  json::object data{{"CLIENT_APP_ID", "FirnShell"}, {"LOGIN_NAME", options.user}, {"PASSWORD", password}};
  std::string target = "/session/v1/login-request?databaseName=" + Encoded(options.database) +
                       "&schemaName=" + Encoded(options.schema) + "&warehouse=" + Encoded(options.warehouse) +
                       "&roleName=" + Encoded(options.role);
  FIRN_ASSIGN(std::string body,
              remote->http_->Send(beast::http::verb::post, target, "", json::serialize(json::object{{"data", data}})));
  json::error_code code;
  json::value answer = json::parse(body, code);
  if (!code) remote->token_ = TextAt(answer, "/data/token");
  if (remote->token_.empty()) return Error(errors::kInvalidInput, {code ? body : TextAt(answer, "/message")});
  return remote;
}

Result<std::string> Remote::Run(const std::string& text) {
  FIRN_ASSIGN(std::string body, http_->Send(beast::http::verb::post, "/queries/v1/query-request?requestId=" + NewUuid(),
                                            token_, json::serialize(json::object{{"sqlText", text}})));
  while (true) {
    // An answer "in progress" is short; a long one is a result.
    if (body.size() > 4096) return body;
    json::error_code code;
    json::value answer = json::parse(body, code);
    std::string number = code ? "" : TextAt(answer, "/code");
    if (number != kInProgress[0] && number != kInProgress[1]) return body;
    FIRN_ASSIGN(body, http_->Send(beast::http::verb::get, TextAt(answer, "/data/getResultUrl"), token_, ""));
  }
}

Result<std::string> Remote::Fetch(const std::string& url) {
  size_t path = url.find('/', kScheme.size());
  if (path == std::string::npos) return Error(errors::kInvalidInput, {"an address without a path: " + url});
  return http_->Send(beast::http::verb::get, url.substr(path), "", "");
}

}  // namespace firn::cli

#include "cli/http_client.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "base/errors.h"

namespace firn::cli {

namespace asio = boost::asio;
namespace beast = boost::beast;

struct HttpClient::Connection {
  asio::io_context context;
  asio::ip::tcp::socket socket{context};
  beast::flat_buffer buffer;
  std::string host;
};

HttpClient::HttpClient() : connection_(std::make_unique<Connection>()) {}
HttpClient::~HttpClient() = default;

Result<std::unique_ptr<HttpClient>> HttpClient::Connect(const std::string& url) {
  std::string_view rest = url;
  if (!rest.starts_with(kScheme)) return Error(errors::kInvalidInput, {"--url wants http://HOST:PORT"});
  rest.remove_prefix(kScheme.size());
  std::unique_ptr<HttpClient> http(new HttpClient);
  Connection& connection = *http->connection_;
  connection.host = rest.substr(0, rest.find('/'));
  size_t colon = connection.host.rfind(':');
  std::string port = colon == std::string::npos ? "80" : connection.host.substr(colon + 1);
  beast::error_code code;
  asio::ip::tcp::resolver resolver(connection.context);
  auto found = resolver.resolve(connection.host.substr(0, colon), port, code);
  if (!code) asio::connect(connection.socket, found, code);
  if (code) return Error(errors::kStorage, {url, code.message()});
  return http;
}

Result<HttpClient::Answer> HttpClient::Send(const char* method, const std::string& target, const Fields& fields,
                                            std::string body) {
  beast::http::request<beast::http::string_body> request(beast::http::string_to_verb(method), target, 11);
  request.set(beast::http::field::host, connection_->host);
  for (const auto& [name, value] : fields) request.set(name, value);
  request.body() = std::move(body);
  request.prepare_payload();
  beast::error_code code;
  beast::http::write(connection_->socket, request, code);
  beast::http::response_parser<beast::http::string_body> parser;
  parser.body_limit(boost::none);
  if (!code) beast::http::read(connection_->socket, connection_->buffer, parser, code);
  if (code) return Error(errors::kStorage, {connection_->host, code.message()});
  Answer answer;
  answer.status = static_cast<int>(parser.get().result_int());
  answer.body = std::move(parser.get().body());
  answer.etag = std::string(parser.get()[beast::http::field::etag]);
  return answer;
}

}  // namespace firn::cli

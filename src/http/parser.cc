#include "http/parser.h"

#include <boost/beast/core/string.hpp>

namespace firn::http {

namespace beast = boost::beast;
using beast::http::error;

void RequestParser::on_field_impl(beast::http::field, View name, View value, Code& code) {
  if (in_body_) {
    // Trailers of a chunked body: counted, not kept.
    if (++trailers_ > limits_.max_header_fields) code = error::header_limit;
    return;
  }
  if (request_->headers.size() >= limits_.max_header_fields) {
    code = error::header_limit;
    return;
  }
  request_->headers.Add({name.data(), name.size()}, {value.data(), value.size()});
}

std::size_t RequestParser::Take(View body, Code& code) {
  std::string& into = request_->body;
  if (body.size() > body_limit_ - into.size()) {
    code = error::body_limit;
    return 0;
  }
  if (!charge_->Add(body.size())) {
    no_memory_ = true;
    code = error::body_limit;
    return 0;
  }
  into.append(body.data(), body.size());
  return body.size();
}

std::optional<Refusal> RequestParser::CheckHeader() const {
  int hosts = 0;
  bool encoded = false;
  for (size_t i = 0; i < request_->headers.size(); ++i) {
    const auto [name, value] = request_->headers[i];
    if (beast::iequals({name.data(), name.size()}, "host")) ++hosts;
    if (beast::iequals({name.data(), name.size()}, "transfer-encoding")) {
      encoded = true;
      // A list ("gzip, chunked") or another coding would leave the body's end unknown: request smuggling.
      if (!beast::iequals({value.data(), value.size()}, "chunked")) {
        return Refusal{501, "Only the transfer coding 'chunked' is supported."};
      }
    }
  }
  if (hosts > 1 || (hosts == 0 && !request_->http10)) return Refusal{400, "One Host field is needed."};
  if (encoded && request_->http10) return Refusal{400, "HTTP/1.0 has no Transfer-Encoding."};
  if (content_length() && *content_length() > body_limit_) return Refusal{413, "The request body is too large."};
  return std::nullopt;
}

Refusal RequestParser::Explain(const Code& code) const {
  if (code == error::header_limit || code == error::buffer_overflow) {
    return {431, "The request's header is too large."};
  }
  if (no_memory_) return {503, "Too many request bodies are being received. Try again."};
  if (code == error::body_limit) return {413, "The request body is too large."};
  return {400, "The request is not valid HTTP/1.0 or HTTP/1.1."};
}

}  // namespace firn::http

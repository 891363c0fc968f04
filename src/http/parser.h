// Beast's request parser, filling our Request and keeping our limits. Inner part of `http`; one io thread.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "http/core.h"
#include "http/message.h"

namespace firn::http {

/// What to answer to a request that cannot be read.
struct Refusal {
  int status;
  std::string_view message;
};

class RequestParser : public boost::beast::http::basic_parser<true> {
 public:
  using Code = boost::beast::error_code;

  /// Fills *request; what the body takes in memory is added to *charge.
  RequestParser(const Limits& limits, Request* request, MemoryCharge* charge)
      : limits_(limits), request_(request), charge_(charge) {
    header_limit(static_cast<std::uint32_t>(limits.max_header_bytes));
    body_limit(boost::none);  // ours is kept below, and set once the route is known
  }

  void SetBodyLimit(uint64_t bytes) { body_limit_ = bytes; }
  /// Call when the header is there. What RFC 9112 forbids and Beast lets pass.
  std::optional<Refusal> CheckHeader() const;
  /// What `code`, an error of put(), is answered with.
  Refusal Explain(const Code& code) const;

 protected:
  using View = boost::beast::string_view;
  void on_request_impl(boost::beast::http::verb, View method, View target, int version, Code&) override {
    request_->method.assign(method.data(), method.size());
    request_->target.assign(target.data(), target.size());
    request_->http10 = version < 11;
  }
  void on_response_impl(int, View, int, Code&) override {}
  void on_field_impl(boost::beast::http::field, View name, View value, Code& code) override;
  void on_header_impl(Code&) override { in_body_ = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}
  std::size_t on_body_impl(View body, Code& code) override { return Take(body, code); }
  void on_chunk_header_impl(std::uint64_t, View, Code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, View body, Code& code) override { return Take(body, code); }
  void on_finish_impl(Code&) override {}

 private:
  std::size_t Take(View body, Code& code);

  const Limits& limits_;
  Request* request_;
  MemoryCharge* charge_;
  uint64_t body_limit_ = std::numeric_limits<uint64_t>::max();
  size_t trailers_ = 0;
  bool in_body_ = false;
  bool no_memory_ = false;
};

}  // namespace firn::http

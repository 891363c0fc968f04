#include "http/connection.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>

#include "http/guard.h"

namespace firn::http {

namespace asio = boost::asio;
using Code = boost::system::error_code;

namespace {

constexpr size_t kReadAhead = size_t{64} << 10;     // kept behind a running request
constexpr size_t kUnwantedBody = size_t{64} << 10;  // read to keep a connection alive after a 404
constexpr size_t kInlineDecode = size_t{8} << 10;   // larger compressed bodies are decoded by workers
constexpr size_t kFirstReserve = size_t{1} << 20;   // memory given on the word of a Content-Length
constexpr size_t kKeptTarget = 256;                 // of a target that is remembered
constexpr size_t kKeptCapacity = size_t{64} << 10;  // of a buffer that waits for the next request

}  // namespace

Connection::Connection(Lane& lane, asio::ip::tcp::socket socket)
    : lane_(lane),
      core_(*lane.core()),
      limits_(core_.limits),
      socket_(std::move(socket)),
      gone_(std::make_shared<std::atomic<bool>>(false)),
      charge_(lane.core()),
      last_active_(lane.tick()) {}

Connection::~Connection() = default;

void Connection::Start(Lane::Connections::iterator place) {
  place_ = place;
  Guard([this] {
    Code code;
    const auto remote = socket_.remote_endpoint(code);
    if (!code) remote_address_ = remote.address().to_string();
    socket_.set_option(asio::ip::tcp::no_delay(true), code);
    socket_.non_blocking(true, code);
    if (core_.stopping) return Close();
    Read();
  });
}

void Connection::Read() {
  if (reading_ || end_of_input_ || phase_ == Phase::kClosed) return;
  if (phase_ == Phase::kReading ? more_to_parse_ : buffer_.size() >= kReadAhead) return;
  // While a worker has the request this tells that the client has gone. Where the answer is near it would look in vain,
  // and then again for the next request.
  if (phase_ == Phase::kRunning && !watched_) return;
  reading_ = true;
  socket_.async_read_some(asio::buffer(inbox_), [self = shared_from_this()](const Code& code, size_t size) {
    self->reading_ = false;
    self->Guard([&] { self->OnRead(code, size); });
  });
}

void Connection::OnRead(const Code& code, size_t size) {
  if (phase_ == Phase::kClosed) return;
  if (code == asio::error::eof) {
    end_of_input_ = true;
    gone_->store(true);
    if (phase_ == Phase::kLingering) return Close();
    return Settle();
  }
  if (code) return Close();
  last_active_ = lane_.tick();
  if (phase_ == Phase::kLingering) return Read();
  if (phase_ == Phase::kReading && !more_to_parse_) {
    std::string_view fresh(inbox_.data(), size);
    if (size == inbox_.size()) {
      // There is probably more: a body is read in large pieces.
      std::vector<char>& scratch = lane_.scratch();
      std::copy(fresh.begin(), fresh.end(), scratch.begin());
      Code later;  // an end or an error comes again with the next read
      size += socket_.read_some(asio::buffer(scratch.data() + size, scratch.size() - size), later);
      fresh = {scratch.data(), size};
    }
    Consume(fresh);
  } else {
    buffer_.append(inbox_.data(), size);
    more_to_parse_ = true;
  }
  Settle();
}

void Connection::Consume(std::string_view fresh) {
  more_to_parse_ = false;
  const bool direct = buffer_.empty();
  if (!direct) buffer_.append(fresh);
  const std::string_view input = direct ? fresh : std::string_view(buffer_);
  const size_t used = Parse(input);
  if (phase_ == Phase::kClosed) return;
  more_to_parse_ = phase_ != Phase::kReading && used < input.size();
  if (direct) {
    buffer_.assign(input.substr(used));
  } else {
    buffer_.erase(0, used);
  }
  if (buffer_.empty() && buffer_.capacity() > kKeptCapacity) buffer_ = std::string();
}

size_t Connection::Parse(std::string_view input) {
  size_t at = 0;
  while (phase_ == Phase::kReading && at < input.size()) {
    if (!parser_) {
      // Empty lines before a request line are passed over (RFC 9112, 2.2).
      if (input[at] == '\r' || input[at] == '\n') {
        ++at;
        continue;
      }
      request_.headers.Clear();
      request_.path_parameters.clear();
      request_.query.clear();
      request_.body.clear();
      if (request_.body.capacity() > kKeptCapacity) request_.body = std::string();
      head_only_ = http10_ = header_seen_ = false;
      match_ = {};
      since_ = lane_.tick();
      parser_.emplace(limits_, &request_, &charge_);
    }
    Code code;
    const size_t used = parser_->put(asio::const_buffer(input.data() + at, input.size() - at), code);
    at += used;
    if (code == boost::beast::http::error::need_more) {
      // A header that grows too long ends by itself; a chunk's size line or the trailers would not.
      if (input.size() - at > limits_.max_header_bytes) Refuse(400, "A chunk's header or the trailer is too long.");
      return at;
    }
    if (code) {
      const Refusal refusal = parser_->Explain(code);
      Refuse(refusal.status, refusal.message);
      return at;
    }
    if (!header_seen_ && parser_->is_header_done()) {
      header_seen_ = true;
      since_ = lane_.tick();
      OnHeader(at < input.size());
      if (phase_ != Phase::kReading) return at;
      parser_->eager(true);
    } else if (used == 0) {
      return at;
    }
    if (parser_->is_done()) Dispatch();
  }
  return at;
}

void Connection::OnHeader(bool body_follows) {
  http10_ = request_.http10;
  head_only_ = request_.method == "HEAD";
  request_.keep_alive = parser_->keep_alive();
  close_after_ = !request_.keep_alive;
  if (!FindRoute()) return;
  const Route* route = match_.route;
  const size_t own_limit = route ? route->body_limit : kUnwantedBody;
  parser_->SetBodyLimit(own_limit ? own_limit : limits_.max_body_bytes);
  if (const auto refusal = parser_->CheckHeader()) {
    return Refuse(!route && refusal->status == 413 ? 404 : refusal->status, refusal->message);
  }
  if (parser_->is_done()) return;
  if (const auto expect = request_.Header("Expect")) {
    if (!boost::beast::iequals({expect->data(), expect->size()}, "100-continue")) {
      return Refuse(417, "Only 'Expect: 100-continue' is supported.");
    }
    if (!route) return Refuse(404, "");
    if (!http10_ && !body_follows) out_ += "HTTP/1.1 100 Continue\r\n\r\n";
  }
  if (const auto length = parser_->content_length()) {
    request_.body.reserve(static_cast<size_t>(std::min<uint64_t>(*length, kFirstReserve)));
  }
}

bool Connection::FindRoute() {
  const Place& last = last_place_;
  if (last.route != nullptr && request_.target == last.target && request_.method == last.method) {
    request_.path = last.path;
    request_.path_parameters = last.path_parameters;
    request_.query = last.query;
    match_.route = last.route;
    return true;
  }
  const Result<std::string> path = ParseTarget(&request_);
  if (!path.ok()) {
    Refuse(400, path.error().Message());
    return false;
  }
  match_ = core_.routes->Find(request_.method, *path);
  request_.path_parameters = std::move(match_.path_parameters);
  if (match_.route != nullptr && request_.target.size() <= kKeptTarget) {
    last_place_ = {request_.method,          request_.target, request_.path,
                   request_.path_parameters, request_.query,  match_.route};
  }
  return true;
}

Response Connection::Shape(int status, std::string_view message) const {
  return core_.refusal ? core_.refusal(request_, status, message) : ErrorResponse(status, message);
}

Response Connection::NoRoute() const {
  if (match_.allowed.empty()) return Shape(404, "There is nothing at " + request_.path + ".");
  Response response = Shape(405, request_.path + " takes " + match_.allowed + ".");
  response.headers.Add("Allow", match_.allowed);
  return response;
}

void Connection::Refuse(int status, std::string_view message) {
  core_.refused.fetch_add(1, std::memory_order_relaxed);
  close_after_ = true;
  refused_ = true;
  parser_.reset();
  charge_.Clear();
  phase_ = Phase::kWriting;
  if (status == 404) return Queue(NoRoute());
  const Route* route = header_seen_ ? match_.route : nullptr;
  Queue(route ? route->Refuse(request_, status, message) : Shape(status, message));
}

void Connection::Dispatch() {
  core_.requests.fetch_add(1, std::memory_order_relaxed);
  parser_.reset();
  const Route* route = match_.route;
  if (!route) {
    charge_.Clear();
    return Queue(NoRoute());
  }
  request_.remote_address = remote_address_;
  request_.gone = gone_;
  const auto* handler = std::get_if<Handler>(&route->handler);
  const bool encoded = !route->raw_body && !request_.body.empty() && request_.headers.Has("Content-Encoding");
  const bool on_worker = route->run_on == RunOn::kWorker || (encoded && request_.body.size() > kInlineDecode);
  if (!handler || on_worker) return RunElsewhere(*route, on_worker);
  if (auto refusal = encoded ? DecodeRequest(*route, limits_, &request_, &charge_) : std::nullopt) {
    Queue(std::move(*refusal));
  } else {
    Response response = CallHandler(*route, *handler, &request_);
    CompressBody(request_, &response);
    Queue(std::move(response));
  }
  charge_.Clear();
}

void Connection::RunElsewhere(const Route& route, bool on_worker) {
  RunningSlot slot;
  if (!RunningSlot::Take(lane_.core(), &slot)) {
    charge_.Clear();
    core_.refused.fetch_add(1, std::memory_order_relaxed);
    Response busy = route.Refuse(request_, 503, "Too many requests are running. Try again.");
    busy.headers.Add("Retry-After", "1");
    return Queue(std::move(busy));
  }
  phase_ = Phase::kRunning;
  watched_ = on_worker;
  auto exchange =
      std::make_shared<Exchange>(std::move(request_), route, lane_.core(), std::move(charge_), std::move(slot));
  exchange->lane = lane_.shared_from_this();
  exchange->connection = weak_from_this();
  if (!on_worker) return exchange->Run();
  // If the workers have stopped, the exchange goes unanswered and its destructor says so to the client.
  core_.workers.Post([exchange = std::move(exchange)] { exchange->Run(); });
}

void Connection::Answer(Response response, RunningSlot slot) {
  if (phase_ != Phase::kRunning) return;
  Guard([&] {
    phase_ = Phase::kReading;
    Queue(std::move(response));
    if (stream_) slot_ = std::move(slot);
    slot = RunningSlot();
    Settle();
  });
}

void Connection::ReadOn() {
  Guard([this] { Read(); });
}

void Connection::Sweep() {
  Guard([this] {
    const uint32_t quiet = lane_.tick() - last_active_;
    const uint32_t age = lane_.tick() - since_;
    if (phase_ == Phase::kLingering) {
      if (age >= lane_.Ticks(limits_.linger_timeout)) Close();
    } else if (waiting_writable_) {
      if (quiet >= lane_.Ticks(limits_.idle_timeout)) Close();
    } else if (phase_ == Phase::kReading && !parser_) {
      if (quiet >= lane_.Ticks(limits_.idle_timeout)) Close();
    } else if (phase_ == Phase::kReading) {
      const auto earned = std::chrono::milliseconds(request_.body.size() * 1000 / limits_.min_body_bytes_per_second);
      const auto allowed = header_seen_ ? limits_.body_grace + earned : limits_.header_timeout;
      if (age < lane_.Ticks(allowed)) return;
      Refuse(408, "The request did not arrive in time.");
      Settle();
    }
  });
}

void Connection::Drain() {
  if (phase_ == Phase::kReading && !parser_ && !waiting_writable_ && !more_to_parse_) Close();
}

}  // namespace firn::http

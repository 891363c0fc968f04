#include "http/server.h"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <system_error>
#include <thread>
#include <utility>

#include "base/errors.h"
#include "http/core.h"
#include "http/lane.h"

namespace firn::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using Code = boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds kAcceptPause{100};     // when file descriptors have run out
constexpr std::chrono::milliseconds kCloseDeadline{5000};  // for closing what is left; only io threads take part

Error Invalid(std::string sentence) { return Error(errors::kInvalidInput, {std::move(sentence)}); }

Status CheckOptions(const ServerOptions& options) {
  const Limits& limits = options.limits;
  const auto zero = std::chrono::milliseconds(0);
  if (options.io_threads < 1 || options.worker_threads < 1) return Invalid("The HTTP server needs threads.");
  if (limits.max_header_bytes < 256 || limits.max_header_bytes > (size_t{1} << 30) || limits.max_header_fields < 1 ||
      limits.max_connections < 1 || limits.max_concurrent_requests < 1 || limits.max_decoded_ratio < 1 ||
      limits.min_body_bytes_per_second < 1 || limits.idle_timeout <= zero || limits.header_timeout <= zero ||
      limits.body_grace <= zero || limits.linger_timeout <= zero || limits.stop_deadline < zero) {
    return Invalid("A limit of the HTTP server is out of its range.");
  }
  return Ok();
}

}  // namespace

struct Server::Impl {
  std::shared_ptr<Core> core;
  std::vector<std::shared_ptr<Lane>> lanes;
  // One acceptor, on the first lane, that hands connections round: with SO_REUSEPORT and an acceptor a thread, a
  // second server on the same port would go unnoticed, and connections would be spread unevenly.
  std::unique_ptr<tcp::acceptor> acceptor;
  std::unique_ptr<asio::steady_timer> pause;
  size_t next_lane = 0;
  tcp::endpoint endpoint;
  bool stopped = false;

  Status Listen(const ServerOptions& options);
  void Accept();
  void OnAccept(const Code& code, tcp::socket socket, const std::shared_ptr<Lane>& lane);
  /// False if connections are still open at the deadline.
  bool WaitAllClosed(std::chrono::milliseconds deadline);
};

Status Server::Impl::Listen(const ServerOptions& options) {
  const std::string where = options.host + ":" + std::to_string(options.port);
  asio::io_context& io = lanes.front()->io();
  Code code;
  tcp::resolver resolver(io);
  const auto found = resolver.resolve(options.host, std::to_string(options.port),
                                      tcp::resolver::passive | tcp::resolver::numeric_service, code);
  if (code || found.empty()) return Invalid("Cannot listen on " + where + ": the host is not known.");
  endpoint = found.begin()->endpoint();
  acceptor = std::make_unique<tcp::acceptor>(io);
  acceptor->open(endpoint.protocol(), code);
  // On Linux SO_REUSEADDR lets a restarted server listen at once, and still refuses a port that another listens on.
  if (!code) acceptor->set_option(asio::socket_base::reuse_address(true), code);
  if (!code) acceptor->bind(endpoint, code);
  if (!code) acceptor->listen(asio::socket_base::max_listen_connections, code);
  if (code == asio::error::address_in_use) {
    return Invalid("Cannot listen on " + where + ": the port is in use by another process.");
  }
  if (code) return Invalid("Cannot listen on " + where + ": " + code.message() + ".");
  endpoint = acceptor->local_endpoint(code);
  pause = std::make_unique<asio::steady_timer>(io);
  return Ok();
}

void Server::Impl::Accept() {
  const std::shared_ptr<Lane> lane = lanes[next_lane++ % lanes.size()];
  acceptor->async_accept(
      lane->io(), [this, lane](const Code& code, tcp::socket socket) { OnAccept(code, std::move(socket), lane); });
}

void Server::Impl::OnAccept(const Code& code, tcp::socket socket, const std::shared_ptr<Lane>& lane) {
  if (core->stopping || code == asio::error::operation_aborted) return;
  if (code) {
    // No descriptors or no memory: the next try would fail alike. Other errors belong to the one connection.
    pause->expires_after(kAcceptPause);
    return pause->async_wait([this](const Code& cancelled) {
      if (!cancelled && !core->stopping) Accept();
    });
  }
  core->accepted.fetch_add(1, std::memory_order_relaxed);
  if (core->open.load() >= core->limits.max_connections) {
    core->refused.fetch_add(1, std::memory_order_relaxed);
    static constexpr std::string_view kFull =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n";
    Code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(kFull.data(), kFull.size()), ignored);
    socket.close(ignored);
  } else {
    core->open.fetch_add(1);
    lane->Post([lane, socket = std::move(socket)]() mutable { lane->Adopt(std::move(socket)); });
  }
  Accept();
}

bool Server::Impl::WaitAllClosed(std::chrono::milliseconds deadline) {
  std::unique_lock lock(core->mutex);
  return core->all_closed.wait_for(lock, deadline, [this] { return core->open.load() == 0; });
}

Server::Server(ServerOptions options, std::vector<Route> routes)
    : options_(std::move(options)), routes_(std::move(routes)) {}

Server::~Server() { Stop(); }

int DefaultIoThreads() {
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()) / 2, 1, kIoThreadsMost);
}

Status Server::Start() {
  if (impl_) return Invalid("The HTTP server was started before.");
  FIRN_TRY(CheckOptions(options_));
  FIRN_ASSIGN(auto table, RouteTable::Build(std::move(routes_)));
  auto impl = std::make_unique<Impl>();
  impl->core = std::make_shared<Core>(options_.limits, options_.clock, options_.worker_threads, std::move(table),
                                      options_.refusal);
  try {
    for (int i = 0; i < options_.io_threads; ++i) impl->lanes.push_back(std::make_shared<Lane>(impl->core, i));
    FIRN_TRY(impl->Listen(options_));
    for (const auto& lane : impl->lanes) lane->Start();
  } catch (const std::exception& exception) {
    for (const auto& lane : impl->lanes) lane->Join();
    return Invalid(std::string("Cannot start the HTTP server: ") + exception.what() + ".");
  }
  impl_ = std::move(impl);
  if (options_.posts) {
    std::lock_guard lock(options_.posts->mutex_);
    options_.posts->lanes_ = impl_->lanes;
  }
  impl_->lanes.front()->Post([impl = impl_.get()] { impl->Accept(); });
  return Ok();
}

void LanePosts::operator()(int lane, std::function<void()> run) {
  auto together = [run = std::move(run)] {
    AnswerBatch batch;
    run();
  };
  {
    std::shared_lock lock(mutex_);
    if (static_cast<size_t>(lane) < lanes_.size()) return lanes_[static_cast<size_t>(lane)]->Post(std::move(together));
  }
  together();
}

uint16_t Server::port() const { return impl_ ? impl_->endpoint.port() : 0; }

std::string Server::address() const {
  if (!impl_) return {};
  const auto address = impl_->endpoint.address();
  const std::string text = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
  return text + ":" + std::to_string(port());
}

void Server::Stop() {
  if (!impl_ || std::exchange(impl_->stopped, true)) return;
  Impl& impl = *impl_;
  impl.core->stopping = true;
  impl.lanes.front()->Post([&impl] {
    Code ignored;
    impl.acceptor->close(ignored);
    impl.pause->cancel();
  });
  for (const auto& lane : impl.lanes) lane->Post([lane] { lane->Drain(); });
  if (!impl.WaitAllClosed(impl.core->limits.stop_deadline)) {
    for (const auto& lane : impl.lanes) lane->Post([lane] { lane->CloseAll(); });
    impl.WaitAllClosed(kCloseDeadline);
  }
  impl.core->workers.Stop();
  if (options_.posts) {
    std::lock_guard lock(options_.posts->mutex_);
    options_.posts->lanes_.clear();
  }
  for (const auto& lane : impl.lanes) lane->Join();
}

ServerStats Server::stats() const {
  if (!impl_) return {};
  const Core& core = *impl_->core;
  return {core.open, core.running, core.body_bytes, core.accepted, core.requests, core.refused};
}

}  // namespace firn::http

// What all threads of one server share, and a request that is being answered. Inner part of `http`.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>

#include "base/clock.h"
#include "http/limits.h"
#include "http/message.h"
#include "http/routes.h"
#include "http/workers.h"

namespace firn::http {

class Connection;
class Lane;

struct Core {
  using Refusal = std::function<Response(const Request&, int status, std::string_view message)>;
  Core(const Limits& limits, Clock* clock, int worker_threads, std::unique_ptr<RouteTable> routes, Refusal refusal)
      : limits(limits), clock(clock), routes(std::move(routes)), refusal(std::move(refusal)), workers(worker_threads) {}

  const Limits limits;
  Clock* const clock;
  const std::unique_ptr<RouteTable> routes;
  const Refusal refusal;  ///< of what has no route
  Workers workers;

  std::atomic<bool> stopping{false};
  std::atomic<size_t> body_bytes{0};
  std::atomic<size_t> running{0};
  std::atomic<uint64_t> accepted{0};
  std::atomic<uint64_t> requests{0};
  std::atomic<uint64_t> refused{0};

  std::mutex mutex;
  std::condition_variable all_closed;  ///< notified when `open` becomes 0
  std::atomic<size_t> open{0};
};

/// Bytes of bodies counted against max_body_bytes_in_memory; given back on destruction.
class MemoryCharge {
 public:
  explicit MemoryCharge(std::shared_ptr<Core> core) : core_(std::move(core)) {}
  MemoryCharge(MemoryCharge&& other) noexcept : core_(other.core_), bytes_(std::exchange(other.bytes_, 0)) {}
  MemoryCharge& operator=(MemoryCharge&&) = delete;
  ~MemoryCharge() { Clear(); }

  /// False if there is no room for them.
  bool Add(size_t bytes) {
    if (core_->body_bytes.fetch_add(bytes) + bytes > core_->limits.max_body_bytes_in_memory) {
      core_->body_bytes.fetch_sub(bytes);
      return false;
    }
    bytes_ += bytes;
    return true;
  }
  void Clear() {
    if (bytes_ > 0) core_->body_bytes.fetch_sub(std::exchange(bytes_, 0));
  }

 private:
  std::shared_ptr<Core> core_;
  size_t bytes_ = 0;
};

/// One of max_concurrent_requests.
class RunningSlot {
 public:
  static bool Take(const std::shared_ptr<Core>& core, RunningSlot* slot) {
    if (core->running.fetch_add(1) >= core->limits.max_concurrent_requests) {
      core->running.fetch_sub(1);
      return false;
    }
    *slot = RunningSlot(core);
    return true;
  }
  RunningSlot() = default;
  RunningSlot(RunningSlot&& other) noexcept = default;
  RunningSlot& operator=(RunningSlot&& other) noexcept {
    Give();
    core_ = std::move(other.core_);
    return *this;
  }
  ~RunningSlot() { Give(); }

 private:
  explicit RunningSlot(std::shared_ptr<Core> core) : core_(std::move(core)) {}
  void Give() {
    if (core_) core_->running.fetch_sub(1);
    core_.reset();
  }
  std::shared_ptr<Core> core_;
};

/// A request handed to a worker or to a DeferredHandler. Shared by its Responders; the connection may go first.
struct Exchange : std::enable_shared_from_this<Exchange> {
  Exchange(Request request, const Route& route, std::shared_ptr<Core> core, MemoryCharge charge, RunningSlot slot)
      : request(std::move(request)),
        route(route),
        core(std::move(core)),
        charge(std::move(charge)),
        slot(std::move(slot)) {}
  ~Exchange();

  /// Decodes the body and runs the handler: on a worker, or for an inline DeferredHandler on the io thread. Answers in
  /// every case, unless a DeferredHandler will.
  void Run();
  /// False if it was answered before.
  bool Claim() { return !answered.exchange(true); }
  /// Sends an answer that was claimed.
  void Send(Response response);

  Request request;
  const Route& route;
  std::shared_ptr<Core> core;
  MemoryCharge charge;
  RunningSlot slot;
  std::shared_ptr<Lane> lane;
  std::weak_ptr<Connection> connection;
  std::atomic<bool> answered{false};
};

/// Decodes request->body by its Content-Encoding, unless the route wants it raw. A Response: the refusal.
std::optional<Response> DecodeRequest(const Route& route, const Limits& limits, Request* request, MemoryCharge* charge);

/// Runs a handler; whatever it throws becomes 500 and a line in the log.
Response CallHandler(const Route& route, const Handler& handler, Request* request);

/// Compresses the body if the response asks for it and the request accepts it. For a stream only decides:
/// response->gzip then says whether its pieces shall be compressed.
void CompressBody(const Request& request, Response* response);

}  // namespace firn::http

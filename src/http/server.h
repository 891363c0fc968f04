// The HTTP server: listens, reads requests, routes them, answers. It knows nothing of what it serves. Made, started and
// stopped by one thread (`cli`, tests); handlers run on its threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "http/limits.h"
#include "http/message.h"
#include "http/routes.h"

namespace firn::http {

class Lane;

/// Half as many as there are cores, at least one and at most kIoThreadsMost: the others have the work.
int DefaultIoThreads();

/// Runs work on the io threads of a server that was given this; without one (it does not run yet, or any more) where it
/// is called. Whoever answers many requests together does it there, where they were made. Any thread.
class LanePosts {
 public:
  /// `lane`: Responder::lane. `run` must be quick and never block; what it answers goes out together.
  void operator()(int lane, std::function<void()> run);

 private:
  friend class Server;
  std::shared_mutex mutex_;
  std::vector<std::shared_ptr<Lane>> lanes_;
};

struct ServerOptions {
  std::string host = "127.0.0.1";  ///< a name or address; the first address of a name is taken
  uint16_t port = 8080;            ///< 0: a free one, see Server::port()
  int io_threads = DefaultIoThreads();
  int worker_threads = kWorkerThreads;  ///< at most; they run every handler that may block
  std::shared_ptr<LanePosts> posts = {};
  Limits limits;
  Clock* clock = &Clock::System();  ///< for the Date field
  /// Shapes what is refused where no row of the table fits; none: ErrorResponse.
  std::function<Response(const Request&, int status, std::string_view message)> refusal = {};
};

struct ServerStats {
  size_t open_connections = 0;
  size_t running_requests = 0;  ///< with workers or waiting for a Responder
  size_t body_bytes = 0;        ///< of request bodies in memory
  uint64_t accepted = 0;        ///< connections since the start
  uint64_t requests = 0;        ///< read in full since the start
  uint64_t refused = 0;         ///< connections and requests that a limit or a fault of the client ended
};

class Server {
 public:
  Server(ServerOptions options, std::vector<Route> routes);
  /// Stops, if that was not done.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Listens and returns; requests are served from here on. Once per Server. Errors: kInvalidInput with a sentence for
  /// a person: a bad route or option, a host that is not known, a port that is in use or not allowed.
  Status Start();
  /// The port that is listened on; 0 before Start().
  uint16_t port() const;
  /// "127.0.0.1:8080", "[::1]:8080".
  std::string address() const;

  /// Stops accepting, closes idle connections, lets running requests finish for Limits::stop_deadline, then sets their
  /// `gone` and closes their connections. Returns when every handler has returned: a handler that ignores `gone` is
  /// waited for. Not from a handler.
  void Stop();

  ServerStats stats() const;

 private:
  struct Impl;
  ServerOptions options_;
  std::vector<Route> routes_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace firn::http

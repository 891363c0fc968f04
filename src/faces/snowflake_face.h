// SnowflakeFace: the protocol that Snowflake's drivers speak, as routes of the HTTP server. Made by `cli` once a
// process; it must outlive the server that has its routes. Stop() before the server stops.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "http/routes.h"
#include "session/node.h"
#include "session/sessions.h"

namespace firn::faces {

struct SnowflakeServices;

struct SnowflakeStats {
  uint64_t queries_started = 0, queries_succeeded = 0, queries_failed = 0;
  size_t queries_running = 0;
  size_t result_bytes_in_memory = 0;
};

class SnowflakeFace {
 public:
  SnowflakeFace(session::Node& node, session::Sessions& sessions);
  ~SnowflakeFace();

  std::vector<http::Route> Routes();
  SnowflakeStats stats() const;
  /// Cancels what runs, so that the server need not wait for it.
  void Stop();

 private:
  void KeepHouse();

  std::unique_ptr<SnowflakeServices> services_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopped_ = false;
  bool canceled_ = false;  ///< a running statement was, and may have to be answered without its thread
  std::thread housekeeper_;
};

}  // namespace firn::faces

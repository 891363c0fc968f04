#include "faces/snowflake_face.h"

#include <chrono>
#include <iterator>
#include <utility>

#include "faces/snowflake/routes.h"
#include "faces/snowflake/services.h"

namespace firn::faces {

namespace {

constexpr std::chrono::milliseconds kBeat{500};  ///< long polls are looked at this often
constexpr int kBeatsToSweep = 120;               ///< sessions and chunks once a minute

}  // namespace

SnowflakeFace::SnowflakeFace(session::Node& node, session::Sessions& sessions)
    : services_(std::make_unique<SnowflakeServices>(node, sessions)), housekeeper_([this] { KeepHouse(); }) {
  services_->queries.OnCancel([this] {
    std::lock_guard lock(mutex_);
    canceled_ = true;
    wake_.notify_all();
  });
  QueryLog& queries = services_->queries;
  node.running.cancel = [&queries](const std::string& user, const std::string& query_id) {
    QueryPtr query = queries.ById(user, query_id);
    return query && queries.Cancel(query);
  };
  node.running.cancel_all = [&queries](const std::string& user, int64_t session_id, const std::string& but) {
    return queries.CancelSession(user, session_id, but);
  };
}

SnowflakeFace::~SnowflakeFace() {
  Stop();
  services_->node.running = {};
  housekeeper_.join();
}

std::vector<http::Route> SnowflakeFace::Routes() {
  std::vector<http::Route> routes;
  for (auto part : {LoginRoutes(*services_), QueryRoutes(*services_), ChunkRoutes(*services_)}) {
    routes.insert(routes.end(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
  }
  return routes;
}

SnowflakeStats SnowflakeFace::stats() const {
  auto counts = services_->queries.counts();
  return {counts.started, counts.succeeded, counts.failed, counts.running, services_->chunks.memory_bytes()};
}

void SnowflakeFace::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  services_->queries.CancelAll();
}

void SnowflakeFace::KeepHouse() {
  std::unique_lock lock(mutex_);
  for (int beat = 1; !wake_.wait_for(lock, kBeat, [&] { return stopped_ || canceled_; }) || !stopped_; ++beat) {
    if (canceled_ && wake_.wait_for(lock, kCancelGrace, [&] { return stopped_; })) return;
    canceled_ = false;
    lock.unlock();
    services_->queries.EndStopped();
    services_->queries.SweepWaiters();
    if (beat % kBeatsToSweep == 0) {
      services_->sessions.Sweep();
      services_->chunks.Sweep();
    }
    lock.lock();
  }
}

}  // namespace firn::faces

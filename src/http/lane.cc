#include "http/lane.h"

#include <algorithm>

#include "base/log.h"
#include "http/connection.h"
#include "http/head.h"

namespace firn::http {

namespace {

constexpr size_t kScratchBytes = size_t{256} << 10;
using std::chrono::milliseconds;

thread_local const Lane* lane_here = nullptr;

milliseconds SweepInterval(const Limits& limits) {
  const milliseconds shortest =
      std::min({limits.idle_timeout, limits.header_timeout, limits.body_grace, limits.linger_timeout});
  return std::clamp(shortest / 4, milliseconds(10), milliseconds(1000));
}

}  // namespace

Lane::Lane(std::shared_ptr<Core> core, int index)
    : core_(std::move(core)),
      index_(index),
      work_(boost::asio::make_work_guard(io_)),
      timer_(io_),
      interval_(SweepInterval(core_->limits)),
      date_line_(DateLine(core_->clock->Now())),
      scratch_(kScratchBytes) {}

const Lane* Lane::Here() { return lane_here; }

void Lane::Start() {
  boost::asio::post(io_, [this] { Sweep(); });
  thread_ = std::thread([this] {
    lane_here = this;
    // A connection's own faults end in its handlers; what still comes up here (out of memory) must not end the lane.
    for (;;) {
      try {
        io_.run();
        return;
      } catch (const std::exception& exception) {
        log::error("An io thread of the HTTP server failed and goes on: {}", exception.what());
      }
    }
  });
}

void Lane::Join() {
  if (!thread_.joinable()) return;
  boost::asio::post(io_, [this] {
    ended_ = true;
    timer_.cancel();
    work_.reset();
  });
  thread_.join();
}

void Lane::Deliver(std::vector<Delivery> answers) {
  reads_wait_ = true;
  for (Delivery& answer : answers) {
    if (const auto open = answer.connection.lock()) open->Answer(std::move(answer.response), std::move(answer.slot));
  }
  reads_wait_ = false;
  for (const Delivery& answer : answers) {
    if (const auto open = answer.connection.lock()) open->ReadOn();
  }
}

void Lane::Adopt(boost::asio::ip::tcp::socket socket) {
  auto connection = std::make_shared<Connection>(*this, std::move(socket));
  connections_.push_front(connection);
  connection->Start(connections_.begin());
}

void Lane::Remove(Connections::iterator place) {
  connections_.erase(place);
  if (core_->open.fetch_sub(1) == 1) {
    const std::lock_guard lock(core_->mutex);
    core_->all_closed.notify_all();
  }
}

void Lane::Drain() {
  for (auto next = connections_.begin(); next != connections_.end();) {
    const std::shared_ptr<Connection> connection = *next++;
    connection->Drain();
  }
}

void Lane::CloseAll() {
  while (!connections_.empty()) {
    const std::shared_ptr<Connection> connection = connections_.front();
    connection->Close();
  }
}

uint32_t Lane::Ticks(milliseconds time) const { return static_cast<uint32_t>(time / interval_) + 1; }

void Lane::Sweep() {
  ++tick_;
  date_line_ = DateLine(core_->clock->Now());
  for (auto next = connections_.begin(); next != connections_.end();) {
    const std::shared_ptr<Connection> connection = *next++;
    connection->Sweep();
  }
  timer_.expires_after(interval_);
  timer_.async_wait([this](const boost::system::error_code& code) {
    if (!code && !ended_) Sweep();
  });
}

}  // namespace firn::http

// One io thread and its connections. Inner part of `http`. Post may be called from any thread at any time; Start, Join
// by the server; the rest on the lane's own thread.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "http/core.h"

namespace firn::http {

/// An answer on its way to its connection.
struct Delivery {
  std::weak_ptr<Connection> connection;
  Response response;
  RunningSlot slot;
};

class Lane : public std::enable_shared_from_this<Lane> {
 public:
  using Connections = std::list<std::shared_ptr<Connection>>;

  Lane(std::shared_ptr<Core> core, int index);
  /// The lane whose thread this is; else null.
  static const Lane* Here();

  /// Throws std::system_error if the thread cannot be started.
  void Start();
  /// Ends the thread (all connections must be closed); what is posted afterwards is dropped with the lane.
  void Join();

  template <class Function>
  void Post(Function&& function) {
    boost::asio::post(io_, std::forward<Function>(function));
  }

  int index() const { return index_; }
  /// Sends all answers, then reads on: many of those who were answered have sent again by then.
  void Deliver(std::vector<Delivery> answers);
  bool reads_wait() const { return reads_wait_; }
  boost::asio::io_context& io() { return io_; }
  const std::shared_ptr<Core>& core() const { return core_; }

  void Adopt(boost::asio::ip::tcp::socket socket);
  void Remove(Connections::iterator place);
  /// Closes idle connections; the others close after their answer.
  void Drain();
  /// Closes all.
  void CloseAll();

  /// Time is counted in sweeps: one timer a thread instead of one a request.
  uint32_t tick() const { return tick_; }
  /// Sweeps that surely span `time`.
  uint32_t Ticks(std::chrono::milliseconds time) const;
  std::chrono::milliseconds interval() const { return interval_; }

  const std::string& date_line() const { return date_line_; }
  /// Where bodies are read into. Its content is used up before the next read of any connection.
  std::vector<char>& scratch() { return scratch_; }

 private:
  void Sweep();

  std::shared_ptr<Core> core_;
  const int index_;
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer timer_;
  std::chrono::milliseconds interval_;
  uint32_t tick_ = 0;
  bool ended_ = false;
  bool reads_wait_ = false;
  std::string date_line_;
  std::vector<char> scratch_;
  Connections connections_;
  std::thread thread_;
};

}  // namespace firn::http

// One client connection: reads requests in order, hands them out, writes answers in order. Inner part of `http`; every
// member is called on the lane's thread only.
#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/core.h"
#include "http/lane.h"
#include "http/parser.h"

namespace firn::http {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Lane& lane, boost::asio::ip::tcp::socket socket);
  ~Connection();

  void Start(Lane::Connections::iterator place);
  /// The answer to the request that runs. `slot` is kept until a streamed body is out.
  void Answer(Response response, RunningSlot slot);
  /// After answers during which Lane::reads_wait().
  void ReadOn();
  void Sweep();
  void Drain();
  void Close();

 private:
  enum class Phase {
    kReading,    ///< a request, or waiting for one; small answers may be going out
    kRunning,    ///< a worker or a DeferredHandler has the request; what arrives is kept for later
    kWriting,    ///< an answer must be out before the next request is looked at
    kLingering,  ///< refused; what the client still sends is read and dropped, so that it gets the answer
    kClosed,
  };
  struct Stream;  ///< a body that is produced while it is sent: one piece ahead
  using Piece = Result<std::optional<std::string>>;

  // Reading.
  void Read();
  void OnRead(const boost::system::error_code& code, size_t size);
  void Consume(std::string_view fresh);
  /// Feeds the parser; the number of bytes used up. Stops when the phase changes.
  size_t Parse(std::string_view input);
  /// The header is there: finds the route and refuses what need not be read on.
  void OnHeader(bool body_follows);
  /// Fills the path and the parameters of request_, and match_. False: it is refused.
  bool FindRoute();
  void Dispatch();
  void RunElsewhere(const Route& route, bool on_worker);
  /// Answers an unreadable or unwanted request; nothing after it is read.
  void Refuse(int status, std::string_view message);
  Response Shape(int status, std::string_view message) const;
  Response NoRoute() const;

  // Writing (connection_write.cc).
  /// Puts an answer behind what waits to be sent.
  void Queue(Response response);
  void BeginStream(Response response);
  void Produce();
  void OnPiece(Piece piece);
  void SendPiece();
  void EndStream();
  /// Breaks the connection so that the client cannot take a part of the body for the whole.
  void AbortStream(std::string_view why);
  /// Sends what waits, or goes on with the next request: called at the end of every event.
  void Settle();
  void Write();
  size_t WriteSome(boost::system::error_code& code);
  void Linger();

  /// Runs `step`; a connection whose step throws (out of memory) is closed.
  template <class Step>
  void Guard(Step step);

  bool IsSending() const { return !sending_.empty() || sending_tail_; }
  bool HasOutput() const { return !out_.empty() || tail_ || IsSending(); }

  Lane& lane_;
  Core& core_;
  const Limits& limits_;
  boost::asio::ip::tcp::socket socket_;
  Lane::Connections::iterator place_;
  std::string remote_address_;
  std::shared_ptr<std::atomic<bool>> gone_;
  Phase phase_ = Phase::kReading;

  // The request being read.
  Request request_;
  std::optional<RequestParser> parser_;
  MemoryCharge charge_;
  RouteTable::Match match_;
  /// Where the last request went: most clients send many to one place.
  struct Place {
    std::string method, target, path;
    Parameters path_parameters, query;
    const Route* route = nullptr;  ///< null: nothing is kept
  };
  Place last_place_;
  bool header_seen_ = false;
  bool head_only_ = false;  ///< HEAD: of the request being read, later of the one being answered
  bool http10_ = false;
  bool close_after_ = false;
  bool refused_ = false;

  std::array<char, 4096> inbox_;  ///< of the read under way; an idle connection holds no more than this
  std::string buffer_;            ///< arrived, not yet parsed
  bool more_to_parse_ = false;    ///< parsing stopped for another reason than want of bytes
  bool consume_posted_ = false;
  bool reading_ = false;
  bool watched_ = true;  ///< the client, while its request runs
  bool end_of_input_ = false;

  std::string out_;                                  ///< waits to be sent …
  std::shared_ptr<const std::string> tail_;          ///< … and this behind it
  std::string sending_;                              ///< is being sent …
  std::shared_ptr<const std::string> sending_tail_;  ///< … and this behind it
  size_t sent_ = 0;                                  ///< of sending_ and sending_tail_ together
  bool waiting_writable_ = false;

  std::shared_ptr<Stream> stream_;
  std::optional<Response> stream_head_;  ///< sent with the first piece
  std::optional<Piece> next_piece_;      ///< produced while its predecessor is being sent
  RunningSlot slot_;

  uint32_t last_active_ = 0;  ///< ticks
  uint32_t since_ = 0;        ///< of the request's first byte, then of its body, then of lingering
};

}  // namespace firn::http

// The sending half of Connection.
#include <array>
#include <boost/asio/buffer.hpp>
#include <cstdio>

#include "base/errors.h"
#include "base/log.h"
#include "http/coding.h"
#include "http/connection.h"
#include "http/guard.h"
#include "http/head.h"

namespace firn::http {

namespace asio = boost::asio;
using Code = boost::system::error_code;

namespace {

constexpr size_t kOneBuffer = size_t{32} << 10;    // bodies up to this are copied behind their head
constexpr size_t kMaxWaiting = size_t{64} << 10;   // answers to pipelined requests that may wait together
constexpr size_t kBytesPerTurn = size_t{1} << 20;  // written before other connections get their turn

}  // namespace

struct Connection::Stream {
  BodyProducer producer;              // these three: on one worker at a time
  std::unique_ptr<GzipEncoder> gzip;  //
  bool exhausted = false;             //
  uint64_t sent = 0;
  std::optional<uint64_t> size;
  bool chunked = false;

  /// The next piece that is not empty, since an empty chunk would end the body.
  Piece Next() {
    while (!exhausted) {
      Piece piece = producer();
      if (!piece.ok()) return piece;
      exhausted = !piece->has_value();
      if (gzip) *piece = exhausted ? gzip->Finish({}) : gzip->Add(**piece);
      if (piece->has_value() && !(*piece)->empty()) return piece;
    }
    return Piece(std::nullopt);
  }
};

void Connection::Queue(Response response) {
  if (core_.stopping) close_after_ = true;
  if (response.stream) return BeginStream(std::move(response));
  const bool has_body = StatusHasBody(response.status);
  const std::string& body = response.shared_body ? *response.shared_body : response.body;
  Framing framing;
  if (has_body) framing.content_length = body.size();
  framing.close = close_after_;
  framing.http10 = http10_;
  AppendHead(response, framing, lane_.date_line(), &out_);
  if (has_body && !head_only_) {
    if (body.size() <= kOneBuffer) {
      out_ += body;
    } else {
      tail_ = response.shared_body ? std::move(response.shared_body)
                                   : std::make_shared<const std::string>(std::move(response.body));
    }
  }
  if (close_after_ || tail_ || out_.size() > kMaxWaiting) phase_ = Phase::kWriting;
}

void Connection::BeginStream(Response response) {
  phase_ = Phase::kWriting;
  stream_ = std::make_shared<Stream>();
  stream_->producer = std::exchange(response.stream, nullptr);
  if (response.gzip) {
    stream_->gzip = GzipEncoder::Make();
  } else {
    stream_->size = response.stream_size;
  }
  stream_->chunked = !stream_->size && !http10_;
  if (!stream_->size && http10_) close_after_ = true;
  const bool has_body = !head_only_ && StatusHasBody(response.status);
  stream_head_ = std::move(response);
  if (has_body) return Produce();
  Framing framing{stream_->size, stream_->chunked, close_after_, http10_};
  if (!StatusHasBody(stream_head_->status)) framing = {std::nullopt, false, close_after_, http10_};
  AppendHead(*stream_head_, framing, lane_.date_line(), &out_);
  EndStream();
}

void Connection::Produce() {
  auto job = [stream = stream_, connection = weak_from_this(), lane = lane_.shared_from_this()] {
    if (connection.expired()) return;
    Piece piece = [&]() -> Piece {
      try {
        return stream->Next();
      } catch (const std::exception& exception) {
        return Error(errors::kInternal, {exception.what()});
      }
    }();
    lane->Post([connection, piece = std::move(piece)]() mutable {
      const auto open = connection.lock();
      if (open) open->Guard([&] { open->OnPiece(std::move(piece)); });
    });
  };
  if (!core_.workers.Post(std::move(job))) Close();
}

void Connection::OnPiece(Piece piece) {
  if (phase_ != Phase::kWriting || !stream_) return;
  next_piece_ = std::move(piece);
  Settle();
}

void Connection::SendPiece() {
  Piece piece = std::move(*next_piece_);
  next_piece_.reset();
  if (!piece.ok()) {
    if (!stream_head_) return AbortStream(piece.error().Message());
    log::error("A streamed answer failed before its first piece: {}", piece.error().Message());
    EndStream();
    return Queue(ErrorResponse(500, "The server failed to produce this answer."));
  }
  Stream& stream = *stream_;
  const size_t size = piece->has_value() ? (*piece)->size() : 0;
  if (stream.size && (size > 0 ? stream.sent + size > *stream.size : stream.sent != *stream.size)) {
    return AbortStream("its size is not the one that was announced");
  }
  if (stream_head_) {
    AppendHead(*stream_head_, {stream.size, stream.chunked, close_after_, http10_}, lane_.date_line(), &out_);
    stream_head_.reset();
  }
  if (stream.chunked) {
    // A chunk's closing CRLF goes out with the next chunk's head, so that a piece is never copied for it.
    char head[24];
    std::snprintf(head, sizeof head, "%s%zx\r\n%s", stream.sent > 0 ? "\r\n" : "", size, size > 0 ? "" : "\r\n");
    out_ += head;
  }
  if (size == 0) return EndStream();
  stream.sent += size;
  if (size <= kOneBuffer) {
    out_ += **piece;
  } else {
    tail_ = std::make_shared<const std::string>(std::move(**piece));
  }
  Produce();
}

void Connection::EndStream() {
  stream_head_.reset();
  next_piece_.reset();
  slot_ = RunningSlot();
  // What the producer holds (a query's result, say) may take its time to go: not on this thread.
  if (stream_) core_.workers.Post([stream = std::move(stream_)] {});
  stream_.reset();
}

void Connection::AbortStream(std::string_view why) {
  log::error("A streamed answer is broken off: {}", why);
  Code code;
  socket_.set_option(asio::socket_base::linger(true, 0), code);  // a reset, which cannot be taken for an end
  Close();
}

void Connection::Settle() {
  while (phase_ != Phase::kClosed && !waiting_writable_) {
    if (HasOutput()) {
      Write();
      continue;
    }
    if (phase_ == Phase::kWriting) {
      if (stream_) {
        if (!next_piece_) break;
        SendPiece();
        continue;
      }
      if (close_after_) return refused_ ? Linger() : Close();
      phase_ = Phase::kReading;
      continue;
    }
    if (phase_ == Phase::kReading && more_to_parse_) {
      // By way of the queue, so that one client's pipeline does not hold up the others.
      if (std::exchange(consume_posted_, true)) return;
      return lane_.Post([self = shared_from_this()] {
        self->consume_posted_ = false;
        if (self->phase_ != Phase::kReading) return;
        self->Guard([&] {
          self->Consume({});
          self->Settle();
        });
      });
    }
    if (phase_ == Phase::kReading && end_of_input_) return Close();
    break;
  }
  if (!lane_.reads_wait()) Read();
}

size_t Connection::WriteSome(Code& code) {
  const size_t head = sending_.size();
  if (!sending_tail_) return socket_.write_some(asio::buffer(sending_.data() + sent_, head - sent_), code);
  std::array<asio::const_buffer, 2> buffers;
  if (sent_ < head) buffers[0] = asio::buffer(sending_.data() + sent_, head - sent_);
  const size_t of_tail = sent_ > head ? sent_ - head : 0;
  buffers[1] = asio::buffer(sending_tail_->data() + of_tail, sending_tail_->size() - of_tail);
  return socket_.write_some(buffers, code);
}

void Connection::Write() {
  if (!IsSending()) {
    sending_.swap(out_);
    sending_tail_ = std::move(tail_);
    tail_.reset();
    sent_ = 0;
  }
  const size_t total = sending_.size() + (sending_tail_ ? sending_tail_->size() : 0);
  size_t turn = 0;
  while (sent_ < total) {
    Code code;
    const size_t size = turn < kBytesPerTurn ? WriteSome(code) : 0;
    if (code == asio::error::would_block || turn >= kBytesPerTurn) {
      waiting_writable_ = true;
      return socket_.async_wait(asio::socket_base::wait_write, [self = shared_from_this()](const Code&) {
        self->waiting_writable_ = false;
        if (self->phase_ == Phase::kClosed) return;
        self->Guard([&] { self->Settle(); });
      });
    }
    if (code && code != asio::error::interrupted) return Close();
    sent_ += size;
    turn += size;
    last_active_ = lane_.tick();
  }
  sending_.clear();
  sending_tail_.reset();
  sent_ = 0;
}

void Connection::Linger() {
  Code code;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, code);
  phase_ = Phase::kLingering;
  since_ = lane_.tick();
  buffer_ = std::string();
  if (end_of_input_) return Close();
  Read();
}

void Connection::Close() {
  if (phase_ == Phase::kClosed) return;
  phase_ = Phase::kClosed;
  gone_->store(true);
  EndStream();
  parser_.reset();
  charge_.Clear();
  Code code;
  socket_.close(code);
  lane_.Remove(place_);
}

}  // namespace firn::http

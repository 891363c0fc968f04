// What handlers get and give: Request, Response and, for answers that come later, Responder. A Request belongs to its
// handler while the handler runs; a Responder may be copied and called from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace firn::http {

/// Header fields in the order of arrival; names compare without case. One text holds them all, so that a request costs
/// two allocations however many fields it has.
class Headers {
 public:
  struct Field {
    std::string_view name;
    std::string_view value;
  };

  Headers() = default;
  Headers(std::initializer_list<Field> fields) {
    for (const Field& field : fields) Add(field.name, field.value);
  }

  void Add(std::string_view name, std::string_view value);
  /// The first field of that name. The view lives until the next Add.
  std::optional<std::string_view> Find(std::string_view name) const;
  bool Has(std::string_view name) const { return Find(name).has_value(); }
  size_t size() const { return places_.size(); }
  Field operator[](size_t index) const;
  void Clear();

 private:
  struct Place {
    uint32_t name_at, name_size, value_at, value_size;
  };
  std::string text_;
  std::vector<Place> places_;
};

using Parameters = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;          ///< "GET", as sent
  std::string target;          ///< as sent: "/v1/t%20x?a=1"
  std::string path;            ///< percent-decoded: "/v1/t x"
  Parameters path_parameters;  ///< of the route's pattern, percent-decoded
  Parameters query;            ///< decoded (`+` is a blank), in order; a name may stand several times
  Headers headers;
  std::string body;            ///< decoded from its Content-Encoding, unless the route asks for raw bodies
  std::string remote_address;  ///< "127.0.0.1"
  bool http10 = false;
  bool keep_alive = true;
  /// Becomes true when the client has gone (it closed its side, or the server stops hard). Best effort: a client that
  /// sends more than the read-ahead (64 KiB) behind this request is not watched, nor is one while a DeferredHandler of
  /// the io thread has its request. A client that only closed its sending
  /// side counts as gone, but is still sent its answer.
  std::shared_ptr<const std::atomic<bool>> gone;

  /// Empty where the pattern has no such name.
  std::string_view PathParameter(std::string_view name) const;
  /// The first of that name; names are case-sensitive.
  std::optional<std::string_view> QueryParameter(std::string_view name) const;
  std::optional<std::string_view> Header(std::string_view name) const { return headers.Find(name); }
};

/// The next piece of a body; nullopt ends it. Called on worker threads, one call at a time, one piece ahead of what is
/// being sent; it may block. An error before the first piece is answered with 500; a later one breaks the connection,
/// so that the client cannot take a part for the whole. Destroyed on a worker as well.
using BodyProducer = std::function<Result<std::optional<std::string>>()>;

struct Response {
  int status = 200;
  std::string content_type = "application/json";  ///< empty: no Content-Type
  Headers headers;                                ///< beyond Content-Type, Content-Length, Connection, Date
  /// The body is the first of these that is set: stream, shared_body, body.
  std::string body;
  std::shared_ptr<const std::string> shared_body;
  BodyProducer stream;
  /// With `stream`: its exact size in bytes, sent as Content-Length. Without: chunked (HTTP/1.0: until close).
  std::optional<uint64_t> stream_size;
  /// Compress with gzip if the client accepts it and the body is longer than kGzipMinBytes (a stream: always), unless
  /// `headers` have a Content-Encoding. It is done on the thread that ran the handler or called the Responder.
  bool gzip = false;

  static Response Text(int status, std::string text) {
    Response response;
    response.status = status;
    response.content_type = "text/plain; charset=utf-8";
    response.body = std::move(text);
    return response;
  }
  static Response Json(int status, std::string json) {
    Response response;
    response.status = status;
    response.body = std::move(json);
    return response;
  }
};

/// {"error":{"code":404,"type":"Not Found","message":"…"}}: what the server itself answers to what it refuses.
Response ErrorResponse(int status, std::string_view message);

struct Exchange;

/// Answers one request, once; later calls do nothing. If every copy is destroyed without an answer, 500 is sent. It
/// keeps the Request that the handler saw alive. It may outlive the Server; then answers go nowhere.
class Responder {
 public:
  explicit Responder(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  void operator()(Response response) const;
  /// Of the io thread that sends the answer: LanePosts.
  int lane() const;
  /// Runs `job` on a worker, where it may block; it keeps a copy of this. If the workers have stopped it does not run,
  /// and the request is answered like any that is given up.
  void OnWorker(std::function<void()> job) const;

  struct Answer;
  /// Many answers with one wake-up per io thread: what a group commit calls after its fsync.
  static void SendAll(std::vector<Answer> answers);

 private:
  std::shared_ptr<Exchange> exchange_;
};

struct Responder::Answer {
  Responder responder;
  Response response;
};

/// While it lives, what Responders send on this thread is gathered, and goes out by SendAll at its end. Not in a
/// handler.
class AnswerBatch {
 public:
  AnswerBatch();
  ~AnswerBatch();
  AnswerBatch(const AnswerBatch&) = delete;
  AnswerBatch& operator=(const AnswerBatch&) = delete;

 private:
  friend class Responder;
  std::vector<Responder::Answer> answers_;
  AnswerBatch* outer_;
};

}  // namespace firn::http

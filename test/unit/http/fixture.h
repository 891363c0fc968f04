// A server with routes that the tests of several files use.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/errors.h"
#include "http/server.h"
#include "unit/http/client.h"

namespace firn::http {

inline bool WaitFor(const std::function<bool()>& condition) {
  for (int i = 0; i < 2000 && !condition(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return condition();
}

class ServerTest : public testing::Test {
 protected:
  void TearDown() override {
    release_ = true;
    if (server_) server_->Stop();
  }

  void Start(ServerOptions options = {}) {
    options.port = 0;
    server_ = std::make_unique<Server>(options, Routes());
    const Status status = server_->Start();
    ASSERT_TRUE(status.ok()) << status.error().Message();
  }
  uint16_t port() const { return server_->port(); }
  /// The process and the server go on.
  void ExpectAlive() {
    Client client(port());
    EXPECT_EQ(client.Get("/hello").body, "hello");
  }

  static Response Echo(Request& request) {
    Response response = Response::Text(200, std::move(request.body));
    response.headers.Add("X-Method", request.method);
    return response;
  }
  static Response Show(Request& request) {
    std::string text = request.path;
    for (const auto& [name, value] : request.path_parameters) text += "|" + name + "=" + value;
    for (const auto& [name, value] : request.query) text += "?" + name + "=" + value;
    return Response::Text(200, text);
  }

  std::vector<Route> Routes() {
    return {
        {"GET", "/hello", [](Request&) { return Response::Text(200, "hello"); }, RunOn::kIoThread, "Greets."},
        {"POST", "/echo", Echo, RunOn::kIoThread, "Gives the body back."},
        {"POST", "/work", Echo, RunOn::kWorker, "Gives the body back, from a worker."},
        {"POST", "/small", Echo, RunOn::kWorker, "Takes 100 bytes.", 100},
        {"PUT", "/raw", Echo, RunOn::kWorker, "Leaves the body encoded.", 0, true},
        {"GET", "/show/{a}/x/{rest...}", Show, RunOn::kIoThread, "Shows what was parsed."},
        {"GET", "/bytes/{n}",
         [](Request& request) {
           return Response::Text(200, std::string(std::stoul(std::string(request.PathParameter("n"))), 'b'));
         },
         RunOn::kWorker, "n bytes."},
        {"GET", "/zip/{n}",
         [](Request& request) {
           Response response =
               Response::Text(200, std::string(std::stoul(std::string(request.PathParameter("n"))), 'z'));
           response.gzip = true;
           return response;
         },
         RunOn::kIoThread, "n bytes, compressed if wanted."},
        {"GET", "/shared",
         [this](Request&) {
           Response response;
           response.shared_body = shared_;
           return response;
         },
         RunOn::kIoThread, "A body that several answers share."},
        {"GET", "/empty", [](Request&) { return Response{.status = 204}; }, RunOn::kIoThread, "No content."},
        {"GET", "/throw", [](Request&) -> Response { throw std::runtime_error("x"); }, RunOn::kWorker, "Fails."},
        {"GET", "/split",
         [](Request&) {
           Response response = Response::Text(200, "");
           response.headers.Add("X-Value", "a\r\nX-Other: b");
           return response;
         },
         RunOn::kIoThread, "A field value with a line break."},
        {"GET", "/block",
         [this](Request& request) {
           ++blocked_;
           while (!release_ && !(watch_gone_ && *request.gone)) {
             std::this_thread::sleep_for(std::chrono::milliseconds(2));
           }
           if (*request.gone) saw_gone_ = true;
           return Response::Text(200, "released");
         },
         RunOn::kWorker, "Waits."},
        {"POST", "/later",
         [this](Request& request, Responder responder) {
           EXPECT_FALSE(request.method.empty());
           const std::lock_guard lock(mutex_);
           later_.push_back({std::move(responder), Response::Text(200, "later " + request.body)});
         },
         RunOn::kIoThread, "Answered from another thread."},
        {"GET", "/dropped", [](Request&, Responder) {}, RunOn::kWorker, "Never answered by the handler."},
        {"GET", "/stream/{kind}", [this](Request& request) { return Streamed(request); }, RunOn::kWorker, "Pieces."},
    };
  }

  Response Streamed(Request& request) {
    const std::string kind(request.PathParameter("kind"));
    Response response;
    response.content_type = "application/octet-stream";
    response.gzip = kind == "zip";
    if (kind == "sized") response.stream_size = 3 * 100'000;
    if (kind == "long") response.stream_size = 3 * 100'000 - 1;
    if (kind == "short") response.stream_size = 3 * 100'000 + 1;
    auto count = std::make_shared<int>(0);
    // Counts the streams whose producer still lives.
    auto alive = std::shared_ptr<void>(nullptr, [this](void*) { --streams_alive_; });
    ++streams_alive_;
    response.stream = [count, alive, kind]() -> Result<std::optional<std::string>> {
      const int i = (*count)++;
      if (kind == "none") return std::optional<std::string>();
      if (kind == "fails" || (kind == "breaks" && i == 2)) return Error(errors::kInternal, {"on purpose"});
      if (kind == "throws" && i == 1) throw std::runtime_error("on purpose");
      if (kind == "endless") return std::optional<std::string>(std::string(100'000, 'e'));
      if (i % 2 == 1 && kind == "gaps") return std::optional<std::string>(std::string());
      if (i >= (kind == "gaps" ? 6 : 3)) return std::optional<std::string>();
      return std::optional<std::string>(std::string(kind == "tiny" ? 5 : 100'000, static_cast<char>('a' + i)));
    };
    return response;
  }

  std::unique_ptr<Server> server_;
  std::atomic<int> blocked_{0};
  std::atomic<bool> release_{false};
  std::atomic<bool> watch_gone_{false};
  std::atomic<bool> saw_gone_{false};
  std::atomic<int> streams_alive_{0};
  std::shared_ptr<const std::string> shared_ = std::make_shared<const std::string>(3'000'000, 's');
  std::mutex mutex_;
  std::vector<Responder::Answer> later_;
};

}  // namespace firn::http

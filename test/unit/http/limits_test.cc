// What a bad, slow or greedy client gets, and how the server starts and stops.
#include <fcntl.h>
#include <poll.h>

#include "http/coding.h"
#include "unit/http/fixture.h"

namespace firn::http {
namespace {

using std::chrono::milliseconds;

TEST_F(ServerTest, MalformedRequestsAre400AndClosed) {
  Start();
  const std::string requests[] = {
      "GARBAGE\r\n\r\n",
      "GET\r\n\r\n",
      "GET /hello\r\n\r\n",
      "GET  /hello HTTP/1.1\r\n\r\n",
      "GET /hello HTTP/1.1\nHost: h\n\n",
      "GET /hello HTTP/1.1\r\nHost: h\r\nbad field\r\n\r\n",
      "GET /hello HTTP/1.1\r\nHost: h\r\nX : y\r\n\r\n",
      "GET /hello HTTP/1.1\r\n\r\n",
      "GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
      "GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET /a/../b HTTP/1.1\r\nHost: h\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
      "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
      "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
      "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n",
      "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(100'000, 'e'),
      std::string("\0\1\2\3\4\5\6\7\r\n\r\n", 12),
      std::string(200, '\xff') + "\r\n\r\n",
      "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 TLS client hello \r\n\r\n",
  };
  for (const std::string& request : requests) {
    Client client(port());
    const Reply reply = client.Do(request);
    EXPECT_EQ(reply.status, 400) << request.substr(0, 80);
    EXPECT_EQ(reply.Field("Connection"), "close");
    EXPECT_EQ(client.WaitEnd(), Client::End::kClosed) << request.substr(0, 80);
  }
  Client coding(port());
  EXPECT_EQ(coding.Do("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n").status, 501);
  ExpectAlive();
}

TEST_F(ServerTest, RandomBytesNeverEndTheServer) {
  Start();
  const std::string valid =
      "POST /work HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\nTransfer-Encoding: "
      "chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
  uint32_t state = 12345;
  const auto random = [&] { return (state = state * 1664525 + 1013904223) >> 8; };
  for (int i = 0; i < 400; ++i) {
    std::string bytes = i % 2 ? valid : std::string(random() % 2000, ' ');
    for (size_t n = i % 2 ? 1 + random() % 4 : bytes.size(); n > 0; --n) {
      if (!bytes.empty()) bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    Client client(port());
    client.Send(bytes);
    client.CloseSending();
    EXPECT_NE(client.WaitEnd(), Client::End::kTimeout) << i;
  }
  ExpectAlive();
}

TEST_F(ServerTest, EmptyLinesBeforeARequestAreSkipped) {
  Start();
  Client client(port());
  EXPECT_EQ(client.Do("\r\n\r\nGET /hello HTTP/1.1\r\nHost: h\r\n\r\n").body, "hello");
}

TEST_F(ServerTest, HeaderLimits) {
  ServerOptions options;
  options.limits.max_header_bytes = 2000;
  options.limits.max_header_fields = 20;
  Start(options);
  Client fits(port());
  EXPECT_EQ(fits.Do("GET /hello HTTP/1.1\r\nHost: h\r\nX: " + std::string(1900, 'x') + "\r\n\r\n").status, 200);
  Client large(port());
  EXPECT_EQ(large.Do("GET /hello HTTP/1.1\r\nHost: h\r\nX: " + std::string(2100, 'x') + "\r\n\r\n").status, 431);
  Client endless(port());
  EXPECT_EQ(endless.Do("GET /hello HTTP/1.1\r\nHost: h\r\nX: " + std::string(1'000'000, 'x')).status, 431);
  Client target(port());
  EXPECT_EQ(target.Do("GET /" + std::string(100'000, 'x')).status, 431);
  std::string fields;
  for (int i = 0; i < 20; ++i) fields += "X" + std::to_string(i) + ": 1\r\n";
  Client many(port());
  EXPECT_EQ(many.Do("GET /hello HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n").status, 431);
  Client trailers(port());
  std::string trailer_fields = fields + fields;
  EXPECT_EQ(
      trailers.Do("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + trailer_fields + "\r\n")
          .status,
      431);
  ExpectAlive();
}

TEST_F(ServerTest, DefaultHeaderLimit) {
  Start();
  Client fits(port());
  EXPECT_EQ(
      fits.Do("GET /hello HTTP/1.1\r\nHost: h\r\nX: " + std::string(kMaxHeaderBytes - 100, 'x') + "\r\n\r\n").status,
      200);
  Client large(port());
  EXPECT_EQ(large.Do("GET /hello HTTP/1.1\r\nHost: h\r\nX: " + std::string(kMaxHeaderBytes, 'x') + "\r\n\r\n").status,
            431);
}

TEST_F(ServerTest, BodyLimits) {
  ServerOptions options;
  options.limits.max_body_bytes = 1000;
  Start(options);
  Client client(port());
  EXPECT_EQ(client.Post("/work", std::string(1000, 'x')).status, 200);
  // The whole of it is sent before the answer is read: the refusal still arrives.
  const Reply refused = client.Post("/work", std::string(5'000'000, 'x'));
  EXPECT_EQ(refused.status, 413);
  EXPECT_EQ(refused.Field("Connection"), "close");
  Client chunked(port());
  EXPECT_EQ(chunked
                .Do("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" +
                    std::string(1001, 'x') + "\r\n0\r\n\r\n")
                .status,
            413);
  Client own(port());
  EXPECT_EQ(own.Post("/small", std::string(100, 'x')).status, 200);
  EXPECT_EQ(own.Post("/small", std::string(101, 'x')).status, 413);
  Client nowhere(port());
  EXPECT_EQ(nowhere.Post("/none", std::string(100'000, 'x')).status, 404);
  EXPECT_EQ(server_->stats().body_bytes, 0u);
}

TEST_F(ServerTest, DefaultBodyLimit) {
  Start();
  Client client(port());
  EXPECT_EQ(
      client.Do("POST /work HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(kMaxBodyBytes + 1) + "\r\n\r\n")
          .status,
      413);
}

TEST_F(ServerTest, GzipBomb) {
  ServerOptions options;
  options.limits.max_decoded_body_bytes = 4'000'000;
  Start(options);
  auto encoder = GzipEncoder::Make();
  std::string bomb;
  for (int i = 0; i < 50; ++i) bomb += encoder->Add(std::string(1'000'000, '\0'));
  bomb += encoder->Finish({});
  Client client(port());
  for (const char* target : {"/echo", "/work"}) {
    EXPECT_EQ(client.Post(target, bomb, "Content-Encoding: gzip\r\n").status, 413) << target;
  }
  const std::string small = GzipEncoder::Make()->Finish(std::string(4'000'001, '\0')).substr(0);
  EXPECT_EQ(client.Post("/echo", small, "Content-Encoding: gzip\r\n").status, 413) << "decoded inline";
  EXPECT_EQ(client.Post("/work", GzipEncoder::Make()->Finish(std::string(4'000'000, 'a')), "Content-Encoding: gzip\r\n")
                .status,
            200);
  EXPECT_EQ(server_->stats().body_bytes, 0u);
}

TEST_F(ServerTest, BodiesInMemoryAreBounded) {
  ServerOptions options;
  options.limits.max_body_bytes_in_memory = 300'000;
  Start(options);
  Client holder(port());
  holder.Send("POST /work HTTP/1.1\r\nHost: h\r\nContent-Length: 250000\r\n\r\n" + std::string(200'000, 'x'));
  EXPECT_TRUE(WaitFor([&] { return server_->stats().body_bytes == 200'000; }));
  Client refused(port());
  EXPECT_EQ(refused.Post("/work", std::string(150'000, 'x')).status, 503);
  const std::string gzip = GzipEncoder::Make()->Finish(std::string(150'000, 'x'));
  Client decoded(port());
  EXPECT_EQ(decoded.Post("/work", gzip, "Content-Encoding: gzip\r\n").status, 503);
  holder.Close();
  EXPECT_TRUE(WaitFor([&] { return server_->stats().body_bytes == 0; }));
  Client now(port());
  EXPECT_EQ(now.Post("/work", std::string(150'000, 'x')).status, 200);
}

TEST_F(ServerTest, ConcurrentRequestsAreBounded) {
  ServerOptions options;
  options.limits.max_concurrent_requests = 2;
  Start(options);
  Client a(port()), b(port()), c(port());
  a.Send("GET /block HTTP/1.1\r\nHost: h\r\n\r\n");
  b.Send("GET /block HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(WaitFor([&] { return blocked_ == 2; }));
  const Reply busy = c.Get("/block");
  EXPECT_EQ(busy.status, 503);
  EXPECT_EQ(busy.Field("Retry-After"), "1");
  EXPECT_EQ(c.Get("/hello").body, "hello") << "inline routes are not counted";
  release_ = true;
  EXPECT_EQ(a.Receive().body, "released");
  EXPECT_TRUE(WaitFor([&] { return server_->stats().running_requests < 2; }));
  EXPECT_EQ(c.Post("/work", "x").status, 200);
}

TEST_F(ServerTest, ConnectionsAreBounded) {
  ServerOptions options;
  options.limits.max_connections = 3;
  Start(options);
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<Client>(port()));
    EXPECT_EQ(clients[i]->Get("/hello").status, 200);
  }
  Client fourth(port());
  EXPECT_EQ(fourth.Receive().status, 503);
  EXPECT_EQ(fourth.WaitEnd(), Client::End::kClosed);
  clients.pop_back();
  EXPECT_TRUE(WaitFor([&] { return server_->stats().open_connections == 2; }));
  ExpectAlive();
}

TEST_F(ServerTest, SlowClientsAreClosed) {
  ServerOptions options;
  options.limits.idle_timeout = milliseconds(400);
  options.limits.header_timeout = milliseconds(400);
  options.limits.body_grace = milliseconds(400);
  options.limits.min_body_bytes_per_second = 1'000'000;
  Start(options);
  Client idle(port());
  EXPECT_EQ(idle.Get("/hello").status, 200);
  Client silent(port());
  Client header(port());
  Client body(port());
  body.Send("POST /work HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n");
  header.Send("GET /hello HTTP/1.1\r\nX: ");
  // Drops of bytes do not count as progress.
  bool header_open = true, body_open = true;
  for (int i = 0; i < 400 && (header_open || body_open); ++i) {
    std::this_thread::sleep_for(milliseconds(10));
    pollfd ends[] = {{header.fd(), POLLIN, 0}, {body.fd(), POLLIN, 0}};
    poll(ends, 2, 0);
    header_open = header_open && !ends[0].revents && header.Send("x");
    body_open = body_open && !ends[1].revents && body.Send("x");
  }
  EXPECT_FALSE(header_open);
  EXPECT_FALSE(body_open);
  EXPECT_EQ(header.Receive().status, 408);
  EXPECT_EQ(body.Receive().status, 408);
  EXPECT_EQ(idle.WaitEnd(), Client::End::kClosed);
  EXPECT_EQ(silent.WaitEnd(), Client::End::kClosed);
  ExpectAlive();
}

TEST_F(ServerTest, AClientThatDoesNotReadIsClosed) {
  ServerOptions options;
  options.limits.idle_timeout = milliseconds(300);
  Start(options);
  Client client(port());
  client.Send("GET /stream/endless HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(WaitFor([&] { return streams_alive_ == 1; }));
  EXPECT_TRUE(WaitFor([&] { return streams_alive_ == 0; }));
  EXPECT_TRUE(WaitFor([&] { return server_->stats().open_connections == 0; }));
}

TEST_F(ServerTest, AClientThatPipelinesWithoutReadingIsHeldBack) {
  Start();
  Client client(port(), 1);
  const std::string request =
      "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 20000\r\n\r\n" + std::string(20'000, 'p');
  // What the server takes is bounded by its buffers and the sockets', far below this.
  int sent = 0;
  while (sent < 5000 && client.Send(request)) ++sent;
  EXPECT_LT(sent, 5000);
  ExpectAlive();
}

TEST_F(ServerTest, ARunningHandlerIsNotTimedOut) {
  ServerOptions options;
  options.limits.idle_timeout = options.limits.header_timeout = options.limits.body_grace = milliseconds(50);
  Start(options);
  Client client(port());
  client.Send("GET /block HTTP/1.1\r\nHost: h\r\n\r\n");
  std::this_thread::sleep_for(milliseconds(400));
  release_ = true;
  EXPECT_EQ(client.Receive().body, "released");
}

TEST_F(ServerTest, HandlersSeeThatTheClientHasGone) {
  Start();
  watch_gone_ = true;
  {
    Client client(port());
    client.Send("GET /block HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(WaitFor([&] { return blocked_ == 1; }));
    EXPECT_FALSE(saw_gone_);
  }
  EXPECT_TRUE(WaitFor([&] { return saw_gone_.load(); }));
  EXPECT_TRUE(WaitFor([&] { return server_->stats().open_connections == 0; }));
}

TEST_F(ServerTest, PortInUse) {
  Start();
  ServerOptions options;
  options.port = port();
  Server second(options, {});
  const Status status = second.Start();
  ASSERT_FALSE(status.ok());
  EXPECT_TRUE(status.error().Is(errors::kInvalidInput));
  EXPECT_EQ(status.error().Message(),
            "Cannot listen on 127.0.0.1:" + std::to_string(port()) + ": the port is in use by another process.");
  EXPECT_EQ(second.port(), 0);
  ExpectAlive();
}

TEST_F(ServerTest, BadOptions) {
  ServerOptions host;
  host.host = "no.such.host.invalid";
  EXPECT_TRUE(Server(host, {}).Start().error().Is(errors::kInvalidInput));
  ServerOptions foreign;
  foreign.host = "192.0.2.1";  // not an address of this machine
  foreign.port = 0;
  EXPECT_TRUE(Server(foreign, {}).Start().error().Is(errors::kInvalidInput));
  ServerOptions threads;
  threads.io_threads = 0;
  EXPECT_TRUE(Server(threads, {}).Start().error().Is(errors::kInvalidInput));
  ServerOptions limits;
  limits.limits.idle_timeout = milliseconds(0);
  EXPECT_TRUE(Server(limits, {}).Start().error().Is(errors::kInvalidInput));
  EXPECT_TRUE(
      Server({}, {{"GET", "bad", [](Request&) { return Response(); }}}).Start().error().Is(errors::kInvalidInput));
}

TEST_F(ServerTest, ThePortIsFreeAfterStop) {
  Start();
  const uint16_t old = port();
  Client client(old);
  EXPECT_EQ(client.Get("/hello").status, 200);
  server_->Stop();
  EXPECT_FALSE(Client(old).connected());
  ServerOptions options;
  options.port = old;
  Server again(options, Routes());
  ASSERT_TRUE(again.Start().ok());
  EXPECT_EQ(Client(old).Get("/hello").body, "hello");
}

TEST_F(ServerTest, StopLetsRunningRequestsFinish) {
  Start();
  Client idle(port());
  EXPECT_EQ(idle.Get("/hello").status, 200);
  Client client(port());
  client.Send("GET /block HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(WaitFor([&] { return blocked_ == 1; }));
  std::thread stopper([&] { server_->Stop(); });
  EXPECT_EQ(idle.WaitEnd(), Client::End::kClosed) << "idle connections end at once";
  EXPECT_TRUE(WaitFor([&] { return !Client(port()).connected(); })) << "nothing new is accepted";
  release_ = true;
  const Reply reply = client.Receive();
  EXPECT_EQ(reply.body, "released");
  EXPECT_EQ(reply.Field("Connection"), "close");
  stopper.join();
  EXPECT_FALSE(saw_gone_);
}

TEST_F(ServerTest, StopBreaksOffAfterTheDeadline) {
  ServerOptions options;
  options.limits.stop_deadline = milliseconds(100);
  Start(options);
  watch_gone_ = true;
  Client client(port());
  client.Send("GET /block HTTP/1.1\r\nHost: h\r\n\r\n");
  Client later(port());
  later.Send("POST /later HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
  Client partial(port());
  partial.Send("POST /work HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf");
  EXPECT_TRUE(WaitFor([&] {
    const std::lock_guard lock(mutex_);
    return blocked_ == 1 && later_.size() == 1;
  }));
  server_->Stop();
  EXPECT_TRUE(saw_gone_);
  EXPECT_NE(client.WaitEnd(), Client::End::kTimeout);
  EXPECT_NE(later.WaitEnd(), Client::End::kTimeout);
  EXPECT_NE(partial.WaitEnd(), Client::End::kTimeout);
  server_.reset();
  // A Responder may outlive its server.
  later_[0].responder(std::move(later_[0].response));
  later_.clear();
}

TEST_F(ServerTest, StopWhileClientsKeepAsking) {
  for (int round = 0; round < 5; ++round) {
    Start();
    const uint16_t to = port();
    std::atomic<bool> done{false};
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        while (!done) {
          Client client(to);
          if (!client.connected()) return;
          for (int i = 0; i < 20 && client.Post(t % 2 ? "/work" : "/echo", "x").status == 200; ++i) continue;
        }
      });
    }
    EXPECT_TRUE(WaitFor([&] { return server_->stats().requests > 200; }));
    server_->Stop();
    done = true;
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(server_->stats().open_connections, 0u);
    EXPECT_EQ(server_->stats().running_requests, 0u);
  }
}

}  // namespace
}  // namespace firn::http

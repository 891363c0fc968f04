// What a well-behaved client sees.
#include "http/server.h"

#include "http/coding.h"
#include "unit/http/fixture.h"

namespace firn::http {
namespace {

TEST_F(ServerTest, AnswersAndKeepsTheConnection) {
  Start();
  Client client(port());
  for (int i = 0; i < 3; ++i) {
    const Reply reply = client.Get("/hello");
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, "hello");
    EXPECT_EQ(reply.Field("Content-Type"), "text/plain; charset=utf-8");
    EXPECT_EQ(reply.Field("Connection"), "");
    EXPECT_NE(reply.Field("Date"), "");
  }
  EXPECT_EQ(server_->stats().accepted, 1u);
  EXPECT_EQ(server_->stats().requests, 3u);
}

TEST_F(ServerTest, DateComesFromTheClock) {
  TestClock clock(784111777'000000);
  ServerOptions options;
  options.clock = &clock;
  Start(options);
  EXPECT_EQ(Client(port()).Get("/hello").Field("Date"), "Sun, 06 Nov 1994 08:49:37 GMT");
  server_->Stop();
}

TEST_F(ServerTest, RoutesPathsAndQueries) {
  Start();
  Client client(port());
  EXPECT_EQ(client.Get("/show/a%20b/x/c/d%2Fe?q=1+2&q=%2B").body, "/show/a b/x/c/d/e|a=a b|rest=c/d/e?q=1 2?q=+");
  const Reply none = client.Get("/none/\"\x01");
  EXPECT_EQ(none.status, 400);
  Client other(port());
  EXPECT_EQ(other.Get("/none").status, 404);
  EXPECT_EQ(other.Get("/none").body,
            R"({"error":{"code":404,"type":"Not Found","message":"There is nothing at /none."}})");
  const Reply wrong = other.Post("/hello", "");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.Field("Allow"), "GET, HEAD");
  EXPECT_EQ(wrong.Field("Content-Type"), "application/json");
  EXPECT_EQ(other.Post("/none", "a small body is read away").status, 404);
  EXPECT_EQ(other.Get("/hello").body, "hello");
}

TEST_F(ServerTest, BodiesOfAllSizes) {
  Start();
  Client client(port());
  for (const char* target : {"/echo", "/work"}) {
    for (const size_t size : {0ul, 1ul, 300ul, 32768ul, 32769ul, 65536ul, 262144ul, 1'000'000ul, 10'000'000ul}) {
      std::string body(size, 'x');
      for (size_t i = 0; i < size; i += 1000) body[i] = static_cast<char>('a' + i / 1000 % 26);
      const Reply reply = client.Post(target, body);
      ASSERT_EQ(reply.status, 200) << target << size;
      EXPECT_TRUE(reply.body == body) << target << size;
    }
  }
  EXPECT_EQ(server_->stats().body_bytes, 0u);
}

TEST_F(ServerTest, PostWithoutAnyBody) {
  Start();
  Client client(port());
  EXPECT_EQ(client.Do("POST /work?delete=true HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
  EXPECT_EQ(client.Do("POST /work HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n").status,
            200);
}

TEST_F(ServerTest, ChunkedBodies) {
  Start();
  Client client(port());
  const Reply reply = client.Do(
      "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n7;ext=1\r\n, world\r\n0\r\nX-Trailer: 1\r\n\r\n");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "hello, world");
  // Byte by byte.
  const std::string slow =
      "POST /work HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n";
  for (const char c : slow) ASSERT_TRUE(client.Send({&c, 1}));
  EXPECT_EQ(client.Receive().body, "abc0123456789abcdef");
  std::string large = "POST /work HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 50; ++i) large += "186a0\r\n" + std::string(100'000, 'c') + "\r\n";
  EXPECT_EQ(client.Do(large + "0\r\n\r\n").body.size(), 5'000'000u);
}

TEST_F(ServerTest, EncodedBodiesAreDecoded) {
  Start();
  Client client(port());
  const std::string text(20'000, 'j');
  const std::string gzip = GzipEncoder::Make()->Finish(text);
  for (const char* target : {"/echo", "/work"}) {
    EXPECT_TRUE(client.Post(target, gzip, "Content-Encoding: gzip\r\n").body == text) << target;
  }
  EXPECT_TRUE(client
                  .Do("PUT /raw HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\nContent-Length: " +
                      std::to_string(gzip.size()) + "\r\n\r\n" + gzip)
                  .body == gzip);
  std::string noise;
  for (uint32_t i = 0, state = 7; i < 30'000; ++i)
    noise += static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  const std::string large = GzipEncoder::Make()->Finish(noise);  // too large to be decoded on an io thread
  EXPECT_TRUE(client.Post("/echo", large, "Content-Encoding: gzip\r\n").body == noise);
  const Reply unknown = client.Post("/echo", "abc", "Content-Encoding: br\r\n");
  EXPECT_EQ(unknown.status, 415);
  EXPECT_EQ(unknown.Field("Accept-Encoding"), "gzip, deflate, zstd");
  EXPECT_EQ(client.Post("/work", gzip.substr(0, 20), "Content-Encoding: gzip\r\n").status, 400);
  EXPECT_EQ(client.Get("/hello").body, "hello") << "the connection goes on after a bad body";
}

TEST_F(ServerTest, CompressesWhenAskedAndAccepted) {
  Start();
  Client client(port());
  const auto get = [&](const char* target, const char* accept) {
    return client.Do(std::string("GET ") + target + " HTTP/1.1\r\nHost: h\r\nAccept-Encoding: " + accept + "\r\n\r\n");
  };
  const Reply zipped = get("/zip/5000", "gzip, deflate");
  EXPECT_EQ(zipped.Field("Content-Encoding"), "gzip");
  EXPECT_EQ(zipped.Field("Vary"), "Accept-Encoding");
  EXPECT_LT(zipped.body.size(), 200u);
  EXPECT_EQ(*DecodeBody("gzip", zipped.body, Limits()), std::string(5000, 'z'));
  EXPECT_EQ(get("/zip/5000", "").body.size(), 5000u);
  EXPECT_EQ(get("/zip/1024", "gzip").body.size(), 1024u) << "too short to be worth it";
  EXPECT_EQ(get("/bytes/5000", "gzip").body.size(), 5000u) << "the handler did not ask";
}

TEST_F(ServerTest, PipelinedRequestsAreAnsweredInOrder) {
  Start();
  Client client(port());
  std::string requests;
  for (int i = 0; i < 500; ++i) {
    // Inline and on workers, with and without bodies, short answers and long.
    const std::string n = std::to_string(i);
    if (i % 4 == 0) requests += "GET /show/" + n + "/x/y HTTP/1.1\r\nHost: h\r\n\r\n";
    if (i % 4 == 1)
      requests += "POST /work HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(n.size()) + "\r\n\r\n" + n;
    if (i % 4 == 2)
      requests += "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(n.size()) + "\r\n\r\n" + n;
    if (i % 4 == 3) requests += "GET /bytes/" + std::to_string(i * 100) + " HTTP/1.1\r\nHost: h\r\n\r\n";
  }
  std::thread sender([&] { EXPECT_TRUE(client.Send(requests)); });
  for (int i = 0; i < 500; ++i) {
    const Reply reply = client.Receive();
    ASSERT_EQ(reply.status, 200) << i;
    if (i % 4 == 0) EXPECT_EQ(reply.body, "/show/" + std::to_string(i) + "/x/y|a=" + std::to_string(i) + "|rest=y");
    if (i % 4 == 1 || i % 4 == 2) EXPECT_EQ(reply.body, std::to_string(i));
    if (i % 4 == 3) EXPECT_EQ(reply.body.size(), i * 100u);
  }
  sender.join();
}

TEST_F(ServerTest, PipelineOfAClientThatClosesItsSendingSide) {
  Start();
  Client client(port());
  std::string requests;
  for (int i = 0; i < 20; ++i)
    requests += "POST /work HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n" + std::string(1, char('a' + i));
  client.Send(requests);
  client.CloseSending();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.Receive().body, std::string(1, char('a' + i)));
  EXPECT_EQ(client.WaitEnd(), Client::End::kClosed);
}

TEST_F(ServerTest, Head) {
  Start();
  Client client(port());
  const Reply head = client.Do("HEAD /bytes/5000 HTTP/1.1\r\nHost: h\r\n\r\n", true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.Field("Content-Length"), "5000");
  const Reply stream = client.Do("HEAD /stream/sized HTTP/1.1\r\nHost: h\r\n\r\n", true);
  EXPECT_EQ(stream.Field("Content-Length"), "300000");
  EXPECT_EQ(client.Do("HEAD /none HTTP/1.1\r\nHost: h\r\n\r\n", true).status, 404);
  EXPECT_EQ(client.Get("/hello").body, "hello") << "no body came in between";
}

TEST_F(ServerTest, NoContent) {
  Start();
  Client client(port());
  const Reply reply = client.Get("/empty");
  EXPECT_EQ(reply.status, 204);
  EXPECT_EQ(reply.Field("Content-Length"), "");
  EXPECT_EQ(reply.Field("Content-Type"), "");
  EXPECT_EQ(client.Get("/hello").body, "hello");
}

TEST_F(ServerTest, ExpectContinue) {
  Start();
  Client client(port());
  client.Send("POST /work HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(client.Receive().status, 100);
  EXPECT_EQ(client.Do("body").body, "body");
  // A body that is sent at once needs no leave.
  const Reply at_once =
      client.Do("POST /work HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 4\r\n\r\nbody");
  EXPECT_EQ(at_once.status, 200);
  // One that will be refused gets none.
  EXPECT_EQ(client.Do("POST /small HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 101\r\n\r\n").status,
            413);
  Client other(port());
  EXPECT_EQ(other.Do("POST /none HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n").status,
            404);
  Client third(port());
  EXPECT_EQ(third.Do("POST /work HTTP/1.1\r\nHost: h\r\nExpect: a-miracle\r\nContent-Length: 10\r\n\r\n").status, 417);
}

TEST_F(ServerTest, Http10) {
  Start();
  Client client(port());
  const Reply reply = client.Do("GET /hello HTTP/1.0\r\n\r\n");
  EXPECT_EQ(reply.head.substr(0, 9), "HTTP/1.0 ");
  EXPECT_EQ(reply.body, "hello");
  EXPECT_EQ(reply.Field("Connection"), "close");
  EXPECT_EQ(client.WaitEnd(), Client::End::kClosed);
  Client kept(port());
  for (int i = 0; i < 2; ++i) {
    const Reply again = kept.Do("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(again.Field("Connection"), "keep-alive");
  }
  const Reply stream = kept.Do("GET /stream/plain HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(stream.Field("Transfer-Encoding"), "");
  EXPECT_EQ(stream.body.size(), 300'000u);
  EXPECT_TRUE(stream.complete);
}

TEST_F(ServerTest, ConnectionClose) {
  Start();
  Client client(port());
  const Reply reply = client.Do("GET /bytes/100000 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(reply.Field("Connection"), "close");
  EXPECT_EQ(reply.body.size(), 100'000u);
  EXPECT_EQ(client.WaitEnd(), Client::End::kClosed);
}

TEST_F(ServerTest, SharedBodies) {
  Start();
  Client first(port()), second(port());
  const std::string request = "GET /shared HTTP/1.1\r\nHost: h\r\n\r\n";
  first.Send(request);
  second.Send(request);
  EXPECT_TRUE(first.Receive().body == *shared_);
  EXPECT_TRUE(second.Receive().body == *shared_);
}

TEST_F(ServerTest, StreamedBodies) {
  Start();
  Client client(port());
  const std::string whole = std::string(100'000, 'a') + std::string(100'000, 'b') + std::string(100'000, 'c');
  const Reply plain = client.Get("/stream/plain");
  EXPECT_EQ(plain.Field("Transfer-Encoding"), "chunked");
  EXPECT_TRUE(plain.body == whole);
  const Reply sized = client.Get("/stream/sized");
  EXPECT_EQ(sized.Field("Content-Length"), "300000");
  EXPECT_TRUE(sized.body == whole);
  EXPECT_EQ(client.Get("/stream/tiny").body, "aaaaabbbbbccccc");
  const Reply gaps = client.Get("/stream/gaps");
  EXPECT_TRUE(gaps.complete);
  EXPECT_EQ(gaps.body.size(), 300'000u) << "an empty piece does not end the body";
  const Reply none = client.Get("/stream/none");
  EXPECT_TRUE(none.complete);
  EXPECT_EQ(none.body, "");
  const Reply zip = client.Do("GET /stream/zip HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip\r\n\r\n");
  EXPECT_EQ(zip.Field("Content-Encoding"), "gzip");
  EXPECT_LT(zip.body.size(), 10'000u);
  EXPECT_TRUE(*DecodeBody("gzip", zip.body, Limits()) == whole);
  EXPECT_TRUE(client.Get("/stream/zip").body == whole);
  EXPECT_EQ(client.Get("/stream/fails").status, 500) << "nothing was sent yet";
  EXPECT_EQ(client.Get("/hello").body, "hello");
  EXPECT_TRUE(WaitFor([&] { return streams_alive_ == 0; }));
}

TEST_F(ServerTest, BrokenStreamsAreNotTakenForWhole) {
  Start();
  for (const char* kind : {"breaks", "throws", "long", "short"}) {
    Client client(port());
    const Reply reply = client.Get(std::string("/stream/") + kind);
    EXPECT_EQ(reply.status, 200) << kind;
    EXPECT_FALSE(reply.complete) << kind;
  }
  Client old(port());
  EXPECT_FALSE(old.Do("GET /stream/breaks HTTP/1.0\r\n\r\n").complete) << "a reset, not an end";
  EXPECT_TRUE(WaitFor([&] { return streams_alive_ == 0; }));
}

TEST_F(ServerTest, StreamIsGivenUpWithItsClient) {
  Start();
  {
    Client client(port());
    client.Send("GET /stream/endless HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(WaitFor([&] { return streams_alive_ == 1; }));
  }
  EXPECT_TRUE(WaitFor([&] { return streams_alive_ == 0; }));
  EXPECT_TRUE(WaitFor([&] { return server_->stats().running_requests == 0; }));
}

TEST_F(ServerTest, DeferredAnswers) {
  Start();
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 40; ++i) {
    clients.push_back(std::make_unique<Client>(port()));
    const std::string n = std::to_string(i);
    clients[i]->Send("POST /later HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(n.size()) + "\r\n\r\n" + n);
  }
  const auto arrived = [&] {
    const std::lock_guard lock(mutex_);
    return later_.size();
  };
  EXPECT_TRUE(WaitFor([&] { return arrived() == 40; }));
  EXPECT_EQ(server_->stats().running_requests, 40u);
  const Responder kept = later_[0].responder;
  Responder::SendAll(std::exchange(later_, {}));
  for (int i = 0; i < 40; ++i) EXPECT_EQ(clients[i]->Receive().body, "later " + std::to_string(i));
  kept(Response::Text(200, "a second answer goes nowhere"));
  // The same connection again, answered singly.
  clients[0]->Send("POST /later HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx");
  EXPECT_TRUE(WaitFor([&] { return arrived() == 1; }));
  later_[0].responder(std::move(later_[0].response));
  later_.clear();
  EXPECT_EQ(clients[0]->Receive().body, "later x");
}

TEST_F(ServerTest, WorkIsPostedToTheIoThreadOfARequest) {
  ServerOptions options;
  options.io_threads = 2;
  options.posts = std::make_shared<LanePosts>();
  LanePosts& posts = *options.posts;
  std::thread::id ran;
  posts(1, [&] { ran = std::this_thread::get_id(); });
  EXPECT_EQ(ran, std::this_thread::get_id());  // there is no server yet
  Start(options);
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<Client>(port()));
    clients[i]->Send("POST /later HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx");
  }
  EXPECT_TRUE(WaitFor([&] {
    const std::lock_guard lock(mutex_);
    return later_.size() == 20;
  }));
  std::vector<Responder::Answer> of_lane[2];
  for (Responder::Answer& answer : later_) {
    ASSERT_TRUE(answer.responder.lane() == 0 || answer.responder.lane() == 1);
    of_lane[answer.responder.lane()].push_back(std::move(answer));
  }
  later_.clear();
  std::thread::id threads[2];
  for (int lane = 0; lane < 2; ++lane) {
    ASSERT_EQ(of_lane[lane].size(), 10u);
    posts(lane, [&answers = of_lane[lane], &thread = threads[lane]] {
      thread = std::this_thread::get_id();
      for (Responder::Answer& answer : answers) answer.responder(std::move(answer.response));
    });
  }
  for (const auto& client : clients) EXPECT_EQ(client->Receive().body, "later x");
  EXPECT_NE(threads[0], threads[1]);
  EXPECT_NE(threads[0], std::this_thread::get_id());
  server_->Stop();
  ran = {};
  posts(0, [&] { ran = std::this_thread::get_id(); });
  EXPECT_EQ(ran, std::this_thread::get_id());  // nor any more
}

TEST_F(ServerTest, OneConnectionAsksForManyThings) {
  Start();
  Client client(port());
  for (int i = 0; i < 3; ++i) {  // the last target is remembered
    EXPECT_EQ(client.Get("/show/a/x/b?q=1").body, "/show/a/x/b|a=a|rest=b?q=1");
    EXPECT_EQ(client.Get("/show/a/x/b?q=1").body, "/show/a/x/b|a=a|rest=b?q=1");
    EXPECT_EQ(client.Get("/show/a/x/b?q=2").body, "/show/a/x/b|a=a|rest=b?q=2");
    EXPECT_EQ(client.Post("/show/a/x/b?q=2", "").status, 405);
    EXPECT_EQ(client.Post("/echo", "e").body, "e");
    EXPECT_EQ(client.Get("/none").status, 404);
  }
}

TEST_F(ServerTest, AnUnansweredRequestIs500) {
  Start();
  Client client(port());
  EXPECT_EQ(client.Get("/dropped").status, 500);
  EXPECT_EQ(client.Get("/throw").status, 500);
  EXPECT_EQ(client.Get("/hello").body, "hello");
}

TEST_F(ServerTest, FieldValuesCannotBeginOtherFields) {
  Start();
  const Reply reply = Client(port()).Get("/split");
  EXPECT_EQ(reply.Field("X-Value"), "a  X-Other: b");
  EXPECT_EQ(reply.Field("X-Other"), "");
}

TEST_F(ServerTest, ManyConnectionsAtOnce) {
  Start();
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int t = 0; t < 64; ++t) {
    threads.emplace_back([&, t] {
      Client client(port());
      for (int i = 0; i < 30; ++i) {
        const std::string body = std::to_string(t) + ":" + std::string(static_cast<size_t>(i) * 977, 'm');
        if (client.Post(i % 2 ? "/work" : "/echo", body).body == body) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 64 * 30);
  EXPECT_TRUE(WaitFor([&] { return server_->stats().open_connections == 0; }));
  EXPECT_EQ(server_->stats().running_requests, 0u);
}

TEST_F(ServerTest, WorkersDoNotHoldUpIoThreads) {
  ServerOptions options;
  options.io_threads = 1;
  options.worker_threads = 2;
  Start(options);
  Client a(port()), b(port()), c(port());
  for (Client* client : {&a, &b, &c}) client->Send("GET /block HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(WaitFor([&] { return blocked_ == 2; }));
  EXPECT_EQ(Client(port()).Get("/hello").body, "hello");
  release_ = true;
  for (Client* client : {&a, &b, &c}) EXPECT_EQ(client->Receive().body, "released");
}

}  // namespace
}  // namespace firn::http

// What the S3 store makes of each answer, on a server that answers as told. The behaviour against a real server is in
// store_contract_test.cc.
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/errors.h"
#include "storage/store.h"
#include "unit/storage/stores.h"

namespace firn::storage {
namespace {

using Server = ScriptedServer;

S3Options OptionsFor(const std::string& endpoint) {
  return {.bucket = "bkt",
          .prefix = "lake",
          .endpoint = endpoint,
          .access_key = "A",
          .secret_key = "S",
          .timeout_ms = 300,
          .connections_max = 4};
}

std::unique_ptr<Store> Open(const std::string& endpoint) {
  auto store = OpenS3Store(OptionsFor(endpoint));
  EXPECT_TRUE(store.ok());
  return std::move(*store);
}

bool IsProbe(const Server::Request& request) { return request.head.find(".firn-tmp-") != std::string::npos; }

/// Answers the check for conditional writes, and counts the other requests from 1.
class Script {
 public:
  explicit Script(std::function<std::string(const Server::Request&, int)> answer)
      : server_([this, answer = std::move(answer)](const Server::Request& request, int) {
          if (IsProbe(request)) return Server::Fault(412, "PreconditionFailed");
          return answer(request, ++number_);
        }) {}
  std::string endpoint() const { return server_.endpoint(); }
  std::vector<Server::Request> Requests() {
    auto all = server_.requests();
    std::erase_if(all, IsProbe);
    return all;
  }
  int connections() { return server_.connections(); }

 private:
  int number_ = 0;
  Server server_;
};

TEST(S3Store, PutIfAbsentSendsTheConditionAndSignsIt) {
  Script script([](const auto&, int) { return Server::Answer(200); });
  ASSERT_TRUE(Open(script.endpoint())->PutIfAbsent("log/a b", "bytes").ok());
  auto requests = script.Requests();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_TRUE(requests[0].head.starts_with("PUT /bkt/lake/log/a%20b HTTP/1.1\r\n")) << requests[0].head;
  EXPECT_NE(requests[0].head.find("\r\nif-none-match: *\r\n"), std::string::npos);
  EXPECT_NE(requests[0].head.find("SignedHeaders=host;if-none-match;x-amz-content-sha256;x-amz-date,"),
            std::string::npos);
  EXPECT_EQ(requests[0].head.find("Expect:"), std::string::npos);
  EXPECT_EQ(requests[0].body, "bytes");
}

TEST(S3Store, ConnectionsAreReused) {
  Script script([](const auto&, int) { return Server::Answer(200, "x"); });
  auto store = Open(script.endpoint());
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(store->Read("x").ok());
  EXPECT_EQ(script.connections(), 1);
}

TEST(S3Store, PreconditionFailedMeansAlreadyThere) {
  Script script([](const auto&, int) { return Server::Fault(412, "PreconditionFailed"); });
  EXPECT_TRUE(Open(script.endpoint())->PutIfAbsent("x", "y").error().Is(errors::kAlreadyThere));
  EXPECT_EQ(script.Requests().size(), 1U);
}

TEST(S3Store, ConflictIsTriedAgain) {
  Script script([](const auto&, int n) {
    return n < 3 ? Server::Fault(409, "ConditionalRequestConflict") : Server::Answer(200);
  });
  EXPECT_TRUE(Open(script.endpoint())->PutIfAbsent("x", "y").ok());
  auto requests = script.Requests();
  ASSERT_EQ(requests.size(), 3U);
  for (const auto& request : requests) EXPECT_EQ(request.body, "y");
}

TEST(S3Store, ConflictWithoutEndIsUnknown) {
  Script script([](const auto&, int) { return Server::Fault(409, "ConditionalRequestConflict"); });
  EXPECT_TRUE(Open(script.endpoint())->PutIfAbsent("x", "y").error().Is(errors::kOutcomeUnknown));
  EXPECT_GT(script.Requests().size(), 2U);
}

// The first try is written but its answer is lost; the second finds it there. The caller has to compare.
TEST(S3Store, LostAnswerThenPreconditionFailedIsAlreadyThere) {
  Script script([](const auto&, int n) { return n == 1 ? "" : Server::Fault(412, "PreconditionFailed"); });
  EXPECT_TRUE(Open(script.endpoint())->PutIfAbsent("x", "y").error().Is(errors::kAlreadyThere));
}

TEST(S3Store, ServerErrorsWithoutEndAreUnknownForWritesAndFailuresForReads) {
  for (int status : {500, 503}) {
    Script script([status](const auto&, int) { return Server::Fault(status, "SlowDown"); });
    auto store = Open(script.endpoint());
    auto put = store->PutIfAbsent("x", "y");
    EXPECT_TRUE(put.error().Is(errors::kOutcomeUnknown)) << status;
    EXPECT_NE(put.error().Message().find("SlowDown: as <scripted>"), std::string::npos) << put.error().Message();
    for (const auto& request : script.Requests()) EXPECT_EQ(request.body, "y");
  }
  Script script([](const auto&, int) { return Server::Fault(503, "SlowDown"); });
  EXPECT_TRUE(Open(script.endpoint())->Read("x").error().Is(errors::kStorage));
}

TEST(S3Store, ReadsAreTriedAgain) {
  Script script([](const auto&, int n) {
    if (n == 1) return Server::Fault(503, "SlowDown");
    if (n == 2) return std::string();                                                    // closed
    if (n == 3) return std::string("HTTP/1.1 200 X\r\nContent-Length: 10\r\n\r\nhalf");  // cut when the next comes
    return Server::Answer(200, "whole body");
  });
  auto bytes = Open(script.endpoint())->ReadRange("x", 0, 100);
  ASSERT_TRUE(bytes.ok()) << bytes.error().Message();
  EXPECT_EQ(*bytes, "whole body");
}

TEST(S3Store, TimeOutOfAWriteIsUnknown) {
  std::mutex hold;
  hold.lock();
  {
    Script script([&](const auto&, int) {
      std::lock_guard wait(hold);
      return std::string();
    });
    auto put = Open(script.endpoint())->PutIfAbsent("x", "y");
    EXPECT_TRUE(put.error().Is(errors::kOutcomeUnknown)) << put.error().Message();
    EXPECT_NE(put.error().Message().find("time-out"), std::string::npos) << put.error().Message();
    hold.unlock();
  }
}

TEST(S3Store, RefusedConnectionWroteNothing) {
  std::string endpoint;
  {
    Script script([](const auto&, int) { return Server::Answer(200); });
    endpoint = script.endpoint();
  }
  auto store = Open(endpoint);
  EXPECT_TRUE(store->Put("x", "y").error().Is(errors::kStorage));
  EXPECT_TRUE(store->PutIfAbsent("x", "y").error().Is(errors::kStorage));
  EXPECT_TRUE(store->Read("x").error().Is(errors::kStorage));
}

// A refusal after a lost answer does not say that the first try wrote nothing.
TEST(S3Store, RefusalAfterALostAnswerIsUnknown) {
  Script script([](const auto&, int n) { return n == 1 ? "" : Server::Fault(403, "ExpiredToken"); });
  EXPECT_TRUE(Open(script.endpoint())->PutIfAbsent("x", "y").error().Is(errors::kOutcomeUnknown));
  Script plain([](const auto&, int) { return Server::Fault(403, "AccessDenied"); });
  EXPECT_TRUE(Open(plain.endpoint())->PutIfAbsent("x", "y").error().Is(errors::kStorage));
  EXPECT_EQ(plain.Requests().size(), 1U);
}

TEST(S3Store, AServerThatIgnoresTheConditionIsRefused) {
  Server server([](const auto&, int) { return Server::Answer(200); });
  auto store = Open(server.endpoint());
  EXPECT_TRUE(store->PutIfAbsent("x", "y").error().Is(errors::kUnsupported));
  for (const auto& request : server.requests()) EXPECT_TRUE(IsProbe(request)) << request.head;
  EXPECT_TRUE(store->Put("x", "y").ok());
}

TEST(S3Store, MissingBucketIsNoMissingObject) {
  Script script([](const auto&, int) { return Server::Fault(404, "NoSuchBucket"); });
  auto store = Open(script.endpoint());
  EXPECT_TRUE(store->Read("x").error().Is(errors::kStorage));
  EXPECT_TRUE(store->Delete("x").error().Is(errors::kStorage));
  Script key([](const auto&, int) { return Server::Fault(404, "NoSuchKey"); });
  EXPECT_TRUE(Open(key.endpoint())->Read("x").error().Is(errors::kNotFound));
}

TEST(S3Store, ListFollowsPages) {
  Script script([](const Server::Request& request, int n) {
    if (n == 1) {
      EXPECT_TRUE(request.head.starts_with(
          "GET /bkt/?encoding-type=url&list-type=2&prefix=lake%2Fa%2F&start-after=lake%2Fa%2F1 "))
          << request.head;
      return Server::Answer(200,
                            "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
                            "<NextContinuationToken>t+/=</NextContinuationToken>"
                            "<Contents><Key>lake/a/2+%2B</Key><Size>3</Size></Contents>"
                            "<Contents><Key>lake/a/</Key><Size>0</Size></Contents>"
                            "<Contents><Key>lake/a/x//y</Key><Size>0</Size></Contents></ListBucketResult>");
    }
    EXPECT_TRUE(request.head.starts_with(
        "GET /bkt/?continuation-token=t%2B%2F%3D&encoding-type=url&list-type=2&prefix=lake%2Fa%2F "))
        << request.head;
    return Server::Answer(200,
                          "<ListBucketResult><IsTruncated>false</IsTruncated>"
                          "<Contents><Key>lake/a/3</Key><Size>4</Size></Contents></ListBucketResult>");
  });
  auto objects = Open(script.endpoint())->List("a/", "a/1");
  ASSERT_TRUE(objects.ok()) << objects.error().Message();
  ASSERT_EQ(objects->size(), 2U);
  EXPECT_EQ((*objects)[0].path, "a/2 +");
  EXPECT_EQ((*objects)[1].path, "a/3");
}

TEST(S3Store, UrisOfHadoopAreUnderstood) {
  auto store = Open("http://127.0.0.1:1");
  EXPECT_EQ(store->Uri("a/b c"), "s3://bkt/lake/a/b c");
  EXPECT_EQ(*store->PathOf("s3://bkt/lake/a/b c"), "a/b c");
  EXPECT_EQ(*store->PathOf("s3a://bkt/lake/x"), "x");
  EXPECT_EQ(*store->PathOf("s3n://bkt/lake/x/"), "x");
  for (const char* uri : {"s3://bkt/lak", "s3://bkt/lake", "s3://bkt/lakeside/x", "s3://other/lake/x",
                          "gs://bkt/lake/x", "s3://bkt/lake/../x", "/lake/x"}) {
    EXPECT_TRUE(store->PathOf(uri).error().Is(errors::kOutsideLocation)) << uri;
  }
}

TEST(S3Store, VirtualHostPutsTheBucketIntoTheName) {
  S3Options options = OptionsFor("http://127.0.0.1:1");
  options.path_style = false;
  options.timeout_ms = 50;
  auto store = OpenS3Store(options);
  ASSERT_TRUE(store.ok());
  auto read = (*store)->Read("x");
  EXPECT_NE(read.error().Message().find("bkt.127.0.0.1"), std::string::npos) << read.error().Message();
}

class Environment : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : kNames) {
      const char* value = std::getenv(name);
      before_.emplace_back(name, value == nullptr ? std::nullopt : std::optional<std::string>(value));
      ::unsetenv(name);
    }
  }
  void TearDown() override {
    for (const auto& [name, value] : before_) {
      if (value) {
        ::setenv(name, value->c_str(), 1);
      } else {
        ::unsetenv(name);
      }
    }
  }
  static constexpr const char* kNames[] = {"AWS_ACCESS_KEY_ID",  "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
                                           "AWS_REGION",         "AWS_DEFAULT_REGION",    "AWS_ENDPOINT_URL",
                                           "AWS_ENDPOINT_URL_S3"};
  std::vector<std::pair<const char*, std::optional<std::string>>> before_;
};

TEST_F(Environment, S3Options) {
  EXPECT_TRUE(S3OptionsFromEnvironment("s3://b/p").error().Is(errors::kInvalidInput));
  ::setenv("AWS_ACCESS_KEY_ID", "A", 1);
  EXPECT_TRUE(S3OptionsFromEnvironment("s3://b/p").error().Is(errors::kInvalidInput));
  ::setenv("AWS_SECRET_ACCESS_KEY", "S", 1);
  auto options = S3OptionsFromEnvironment("s3://b/p/q/");
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options->bucket, "b");
  EXPECT_EQ(options->prefix, "p/q");
  EXPECT_EQ(options->region, "us-east-1");
  EXPECT_FALSE(options->path_style);
  EXPECT_TRUE(S3OptionsFromEnvironment("s3://b.c")->path_style);
  EXPECT_EQ(S3OptionsFromEnvironment("s3://b")->prefix, "");
  ::setenv("AWS_DEFAULT_REGION", "eu-west-1", 1);
  EXPECT_EQ(S3OptionsFromEnvironment("s3://b")->region, "eu-west-1");
  ::setenv("AWS_REGION", "eu-west-2", 1);
  ::setenv("AWS_SESSION_TOKEN", "T", 1);
  ::setenv("AWS_ENDPOINT_URL", "http://h:1", 1);
  options = S3OptionsFromEnvironment("s3://b/");
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options->region, "eu-west-2");
  EXPECT_EQ(options->session_token, "T");
  EXPECT_EQ(options->endpoint, "http://h:1");
  EXPECT_TRUE(options->path_style);
  ::setenv("AWS_ENDPOINT_URL_S3", "http://s:2", 1);
  EXPECT_EQ(S3OptionsFromEnvironment("s3://b")->endpoint, "http://s:2");
  for (const char* uri : {"", "s3://", "s3:///x", "http://b/p", "s3://b/../p", "s3://b//p", "s3://b c/p"}) {
    EXPECT_FALSE(S3OptionsFromEnvironment(uri).ok()) << uri;
  }
}

TEST(S3Store, BadOptionsAreRefused) {
  auto refused = [](auto change) {
    S3Options options = OptionsFor("http://h:1");
    change(options);
    auto store = OpenS3Store(options);
    return !store.ok() && store.error().Is(errors::kInvalidInput);
  };
  EXPECT_TRUE(refused([](S3Options& o) { o.bucket = ""; }));
  EXPECT_TRUE(refused([](S3Options& o) { o.bucket = "a/b"; }));
  EXPECT_TRUE(refused([](S3Options& o) { o.prefix = "a/"; }));
  EXPECT_TRUE(refused([](S3Options& o) { o.endpoint = "h:1"; }));
  EXPECT_TRUE(refused([](S3Options& o) { o.endpoint = "http://h:1/path"; }));
  EXPECT_TRUE(refused([](S3Options& o) { o.endpoint = "http://"; }));
  EXPECT_TRUE(refused([](S3Options& o) { o.access_key = ""; }));
  EXPECT_TRUE(refused([](S3Options& o) { o.secret_key = ""; }));
  EXPECT_TRUE(refused([](S3Options& o) { o.connections_max = 0; }));
  EXPECT_FALSE(refused([](S3Options& o) { o.endpoint = "http://h:1/"; }));
  EXPECT_FALSE(refused([](S3Options& o) { o.endpoint = ""; }));
}

}  // namespace
}  // namespace firn::storage

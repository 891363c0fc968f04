// The engine on S3: against a real server where FIRN_TEST_S3_ENDPOINT names one, and on an endpoint that never answers.
#include <gmock/gmock.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdlib>
#include <thread>

#include "unit/engine/lake.h"

namespace firn::engine {
namespace {

using testing::ElementsAre;

std::string Extension() {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "lib/httpfs.duckdb_extension").string();
}

EngineOptions OptionsFor(const storage::S3Options& s3) {
  EngineOptions options;
  options.threads = 4;
  options.s3 = s3;
  options.httpfs_extension = Extension();
  options.allowed_directories = {"s3://" + s3.bucket + "/" + s3.prefix};
  return options;
}

class S3Test : public LakeTest {
 protected:
  void SetUp() override {
    LakeTest::SetUp();
    auto given = [](const char* name) {
      const char* value = std::getenv(name);
      return std::string(value == nullptr ? "" : value);
    };
    storage::S3Options s3;
    s3.endpoint = given("FIRN_TEST_S3_ENDPOINT");
    if (s3.endpoint.empty()) GTEST_SKIP() << "FIRN_TEST_S3_ENDPOINT is not set";
    s3.access_key = given("FIRN_TEST_S3_ACCESS_KEY");
    s3.secret_key = given("FIRN_TEST_S3_SECRET_KEY");
    s3.bucket = given("FIRN_TEST_S3_BUCKET");
    s3.prefix = "engine-" + NewUuid();
    store_ = storage::OpenS3Store(s3).value();
    auto engine = Engine::Open(OptionsFor(s3));
    ASSERT_TRUE(engine.ok()) << engine.error().Message();
    engine_ = std::move(engine).value();
  }
};

TEST_F(S3Test, WritesAndReads) {
  std::vector<PinnedColumn> columns = {Column("ID", 1, SqlType::Integer()), Column("NAME", 2, SqlType::Varchar())};
  auto file = WriteOne("SELECT range, 'name ' || range FROM range(1000)", columns);
  iceberg::DeletionVector deleted;
  deleted.AddRange(0, 10);
  file.pending = std::make_shared<const iceberg::DeletionVector>(deleted);
  auto table = Pin(columns, {file});
  EXPECT_THAT(Rows("SELECT count(*), min(id), max(name) FROM lake_scan(0) WHERE id >= 0", {table}),
              ElementsAre("990|10|name 999"));
  auto big = TryWrite("SELECT range, 'name ' || range FROM range(300000)", Target(columns));
  ASSERT_TRUE(big.ok()) << big.error().Message();
  EXPECT_TRUE(store_->Head(store_->PathOf(big->front().path).value()).ok());
  auto deletes = engine_->WritePositionDeletes({{file.data->path, {5}}}, Target(columns), cancel_);
  ASSERT_TRUE(deletes.ok()) << deletes.error().Message();
  auto read = engine_->ReadPositionDeletes(deletes->front().path);
  ASSERT_TRUE(read.ok()) << read.error().Message();
  EXPECT_THAT(*read, ElementsAre(std::make_pair(file.data->path, uint64_t{5})));
}

TEST_F(S3Test, FailedWritesLeaveNothing) {
  std::vector<PinnedColumn> columns = {Column("I", 1, SqlType::Integer())};
  auto failed =
      TryWrite("SELECT CASE WHEN range = 900000 THEN 'x' ELSE range::VARCHAR END FROM range(1000000)", Target(columns));
  ASSERT_FALSE(failed.ok());
  EXPECT_TRUE(store_->List("").value().empty());
}

TEST_F(S3Test, OtherBucketsAndPrefixesAreClosed) {
  for (const char* path : {"s3://elsewhere/x.parquet", "/etc/hostname"}) {
    EXPECT_THAT(Rows("SELECT * FROM read_text('" + std::string(path) + "')").front(), testing::HasSubstr("Permission"));
  }
}

/// Takes connections and says nothing.
class SilentServer {
 public:
  SilentServer() : acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}) {
    Accept();  // before the thread: io_context::run ends at once where nothing is to be done
    thread_ = std::thread([this] { io_.run(); });
  }
  ~SilentServer() {
    io_.stop();
    thread_.join();
  }
  std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }
  int connections() const { return connections_; }
  void WaitForConnection() const {
    while (connections_ == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }

 private:
  void Accept() {
    acceptor_.async_accept([this](const boost::system::error_code& failed, boost::asio::ip::tcp::socket socket) {
      if (failed) return;
      sockets_.push_back(std::move(socket));
      ++connections_;
      Accept();
    });
  }
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::vector<boost::asio::ip::tcp::socket> sockets_;
  std::atomic<int> connections_{0};
  std::thread thread_;
};

TEST_F(LakeTest, CancelDoesNotWaitForAHangingRequest) {
  SilentServer server;
  storage::S3Options s3;
  s3.endpoint = server.endpoint();
  s3.bucket = "b";
  s3.access_key = "k";
  s3.secret_key = "s";
  s3.timeout_ms = 20000;
  auto engine = Engine::Open(OptionsFor(s3));
  ASSERT_TRUE(engine.ok()) << engine.error().Message();
  std::vector<PinnedColumn> columns = {Column("I", 1, SqlType::Integer())};
  iceberg::DataFile data;
  data.path = "s3://b/data/x.parquet";
  data.record_count = 10;
  data.size = 1000;
  Statement statement;
  statement.sql = "SELECT * FROM lake_scan(0)";
  statement.tables = {Pin(columns, {iceberg::LiveFile{std::make_shared<const iceberg::DataFile>(data)}})};
  std::thread canceller([&] {
    server.WaitForConnection();
    cancel_.Cancel();
  });
  auto begin = std::chrono::steady_clock::now();
  auto batches = (*engine)->Collect(statement, cancel_, nullptr);
  canceller.join();
  ASSERT_FALSE(batches.ok());
  EXPECT_TRUE(batches.error().Is(errors::kCanceled)) << batches.error().Message();
  // The request itself would have failed after 20 s at the earliest.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(19));
  engine->reset();
}

}  // namespace
}  // namespace firn::engine

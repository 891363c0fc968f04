// The committer: rows of a buffer in bronze, each once, whatever happens between commit and Free.
#include <gmock/gmock.h>

#include <future>

#include "base/errors.h"
#include "pipeline/bronze/committer.h"
#include "pipeline/buffer/buffers.h"
#include "pipeline/buffer_lease.h"
#include "pipeline/ingest/row_code.h"
#include "unit/pipeline/silver_fixture.h"

namespace firn::pipeline::testing {

using ::testing::ElementsAre;

namespace {

class BronzeTest : public SilverTest {
 protected:
  void SetUp() override {
    SilverTest::SetUp();
    MakeObjects(Orders());
    catalog::StatePtr state = *node_.catalog->Head();
    table_id_ = state->InSchema("SALES", "BRONZE", catalog::ObjectKind::kTable, "ORDERS")->id;
    OpenBuffers();
  }
  void TearDown() override {
    buffer_.reset();
    buffers_.reset();
    SilverTest::TearDown();
  }

  void OpenBuffers() {
    buffer_.reset();
    buffers_.reset();
    BufferOptions options;
    options.files = *OpenFolderFiles((folder_ / "buffer").string());
    options.limits.disk_reserve = 0;
    buffers_ = *Buffers::Open(std::move(options));
    buffer_ = *buffers_->Table(table_id_);
    ASSERT_TRUE(buffer_->Free(AppliedPosition(**node_.catalog->Head(), table_id_, buffers_->id())).ok());
  }

  uint64_t Append(const std::vector<BatchRow>& rows, const std::string& batch_id = "b") {
    std::promise<AppendResult> done;
    Batch batch;
    batch.rows = rows;
    batch.batch_id = batch_id;
    batch.schema_version = 3;
    buffer_->Append(batch, [&](AppendResult result) { done.set_value(std::move(result)); });
    AppendResult result = done.get_future().get();
    EXPECT_EQ(result.outcome, Outcome::kDurable) << result.message;
    return result.ack.first_position + result.ack.rows;
  }

  Status Wait(Committer& committer, uint64_t position) {
    std::promise<Status> done;
    committer.WhenApplied(*buffer_, position, [&](Status status) { done.set_value(std::move(status)); });
    return done.get_future().get();
  }

  std::string table_id_;
  std::unique_ptr<Buffers> buffers_;
  std::shared_ptr<TableBuffer> buffer_;
};

constexpr const char* kBronze = "SELECT _raw, _op, _batch_id, _schema_version FROM sales.bronze.orders ORDER BY _seq";

}  // namespace

TEST_F(BronzeTest, RowsAndQuarantineInOneCommit) {
  const std::string note = EncodeNote({RowCode::kTypeMismatch, "TOTAL", "no number"});
  const uint64_t end = Append({{.raw = R"({"a": 1})"},
                               {.raw = "\xff\x00x", .flags = kRowQuarantined, .note = note},
                               {.raw = R"({"a": 2})", .op = "d"}});
  Committer committer(node_);
  committer.Add(buffers_->id(), buffer_);
  ASSERT_TRUE(Wait(committer, end).ok());
  EXPECT_THAT(Rows(kBronze), ElementsAre("{\"a\": 1}|NULL|b|3", "{\"a\": 2}|d|b|3"));
  EXPECT_THAT(
      Rows("SELECT _code, _column, _message, _status, _stage, _schema_version FROM sales.bronze.orders__errors"),
      ElementsAre("TYPE_MISMATCH|TOTAL|no number|open|ingest|3"));
  EXPECT_EQ(committer.StatusOf(*buffer_).commits, 1U);
  EXPECT_EQ(buffer_->status().lag_rows, 0U);
  EXPECT_EQ(AppliedPosition(**node_.catalog->Head(), table_id_, buffers_->id()), end);
}

TEST_F(BronzeTest, ACommitWhoseFreeWasLostIsNotRepeated) {
  const uint64_t end = Append({{.raw = "{}"}, {.raw = "{}"}});
  Chunk chunk = *buffer_->ReadFrom(0, 1 << 20, 100);
  ASSERT_TRUE(WriteChunk(node_, {buffers_->id(), table_id_, 0}, chunk).ok());
  // The same chunk again, as after an answer that was lost.
  auto again = WriteChunk(node_, {buffers_->id(), table_id_, 0}, chunk);
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->repeated);
  OpenBuffers();  // killed before Free
  Append({{.raw = R"({"x":1})"}});
  Committer committer(node_);
  committer.Add(buffers_->id(), buffer_);
  ASSERT_TRUE(Wait(committer, end + 1).ok());
  EXPECT_THAT(Rows("SELECT COUNT(*), COUNT(DISTINCT _seq) FROM sales.bronze.orders"), ElementsAre("3|3"));
}

TEST_F(BronzeTest, FailureIsToldAndTriedAgain) {
  const std::string note = EncodeNote({RowCode::kNullKey, "", "no key"});
  Execute("ALTER TABLE sales.bronze.orders__errors RENAME TO sales.bronze.away");
  CommitterOptions options;
  options.first_pause = 1000;
  options.longest_pause = 10000;
  Committer committer(node_, options);
  committer.Add(buffers_->id(), buffer_);
  const uint64_t end = Append({{.raw = "{}"}, {.raw = "{}", .flags = kRowQuarantined, .note = note}});
  EXPECT_FALSE(Wait(committer, end).ok());
  EXPECT_THAT(committer.StatusOf(*buffer_).last_error, ::testing::HasSubstr("ORDERS__ERRORS"));
  EXPECT_THAT(Rows("SELECT COUNT(*) FROM sales.bronze.orders"), ElementsAre("0"));
  Execute("ALTER TABLE sales.bronze.away RENAME TO sales.bronze.orders__errors");
  while (!Wait(committer, end).ok()) {
  }
  EXPECT_THAT(Rows("SELECT COUNT(*) FROM sales.bronze.orders"), ElementsAre("1"));
  EXPECT_EQ(committer.StatusOf(*buffer_).last_error, "");
}

TEST_F(BronzeTest, RowsWaitForADroppedTableUntilItIsGoneForGood) {
  Committer committer(node_, {.first_pause = 1000, .longest_pause = 5000});
  std::promise<void> gone;
  committer.WhenGone([&](TableBuffer& buffer) {
    EXPECT_EQ(&buffer, buffer_.get());
    EXPECT_TRUE(buffers_->Drop(table_id_).ok());
    gone.set_value();
  });
  committer.Add(buffers_->id(), buffer_);
  auto change = [&](catalog::ObjectChange (*make)(const catalog::Object&)) {
    catalog::Transaction transaction;
    transaction.objects.push_back(make(*(*node_.catalog->Head())->ById(table_id_)));
    return node_.catalog->Commit(std::move(transaction)).ok();
  };
  ASSERT_TRUE(change(catalog::ObjectChange::Drop));
  EXPECT_FALSE(Wait(committer, Append({{.raw = "{}"}, {.raw = "{}"}})).ok());
  EXPECT_EQ(buffer_->status().lag_rows, 2U);
  EXPECT_EQ(committer.Total().discarded, 0U);
  ASSERT_TRUE(change(catalog::ObjectChange::Undrop));
  const uint64_t end = Append({{.raw = "{}"}});
  committer.OnGrown(*buffer_);
  while (!Wait(committer, end).ok()) continue;
  EXPECT_EQ(committer.StatusOf(*buffer_).rows, 3);
  EXPECT_GT(committer.StatusOf(*buffer_).rate, 0);
  // What is applied is known again after UNDROP.
  ASSERT_TRUE(change(catalog::ObjectChange::Drop));
  const uint64_t later = Append({{.raw = "{}"}});
  EXPECT_FALSE(Wait(committer, later).ok());
  ASSERT_TRUE(change(catalog::ObjectChange::Undrop));
  while (!Wait(committer, later).ok()) continue;
  EXPECT_THAT(Rows("SELECT COUNT(*) FROM sales.bronze.orders"), ElementsAre("4"));
  ASSERT_TRUE(change(catalog::ObjectChange::Drop));
  Append({{.raw = "{}"}});
  ASSERT_TRUE(change(catalog::ObjectChange::Purge));
  committer.OnGrown(*buffer_);
  gone.get_future().wait();
  EXPECT_EQ(committer.Total().discarded, 1U);
  EXPECT_TRUE(buffers_->Tables().empty());
}

TEST_F(BronzeTest, FlushesByRowsAndDelay) {
  Committer committer(node_);
  committer.Add(buffers_->id(), buffer_);
  FlushLimits limits;
  limits.rows = 10;
  limits.delay = Micros{3600} * 1000000;
  committer.SetLimits(*buffer_, limits);
  for (int i = 0; i < 9; ++i) Append({{.raw = "{}"}});
  committer.OnGrown(*buffer_);
  EXPECT_EQ(committer.StatusOf(*buffer_).commits, 0U);
  Append({{.raw = "{}"}});
  committer.OnGrown(*buffer_);
  while (committer.StatusOf(*buffer_).commits == 0) std::this_thread::yield();
  Append({{.raw = "{}"}});
  committer.OnGrown(*buffer_);
  limits.delay = 1;
  committer.SetLimits(*buffer_, limits);
  while (buffer_->status().lag_rows > 0) std::this_thread::yield();
  EXPECT_THAT(Rows("SELECT COUNT(*) FROM sales.bronze.orders"), ElementsAre("11"));
}

TEST_F(BronzeTest, StopWritesWhatIsLeft) {
  Append({{.raw = "{}"}});
  Committer committer(node_);
  committer.Add(buffers_->id(), buffer_);
  committer.Stop(Micros{60} * 1000000);
  EXPECT_THAT(Rows("SELECT COUNT(*) FROM sales.bronze.orders"), ElementsAre("1"));
}

TEST_F(BronzeTest, AnotherProcessOfTheSameBufferIsRefused) {
  Append({{.raw = "{}"}, {.raw = "{}"}});
  Chunk one = *buffer_->ReadFrom(0, 1 << 20, 1);
  Chunk both = *buffer_->ReadFrom(0, 1 << 20, 2);
  ASSERT_TRUE(WriteChunk(node_, {buffers_->id(), table_id_, 0}, one).ok());
  EXPECT_FALSE(WriteChunk(node_, {buffers_->id(), table_id_, 0}, both).ok());
  EXPECT_THAT(Rows("SELECT COUNT(*) FROM sales.bronze.orders"), ElementsAre("1"));
}

TEST_F(BronzeTest, LeasesAreOfOneAlone) {
  auto first = BufferLease::Take(node_, (folder_ / "first").string());
  auto second = BufferLease::Take(node_, (folder_ / "second").string());
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_NE(first->number(), second->number());
  // A process that died takes its own up again.
  auto again = BufferLease::Take(node_, (folder_ / "first").string());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->number(), first->number());
  EXPECT_TRUE(first->Renew().error().Is(errors::kConflict));
  EXPECT_TRUE(again->Renew().ok());
  auto taken = BufferLease::TakeOver(node_, second->number());
  ASSERT_TRUE(taken.ok());
  EXPECT_FALSE(taken->has_value());
  const int number = second->number();
  second->Release();
  auto third = BufferLease::Take(node_, (folder_ / "third").string());
  ASSERT_TRUE(third.ok());
  EXPECT_EQ(third->number(), number);
}

}  // namespace firn::pipeline::testing

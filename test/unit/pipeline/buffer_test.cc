// The buffer in good times: order, numbers, restarts, keys, channels, limits, media.
#include <filesystem>
#include <fstream>

#include "base/errors.h"
#include "buffer_fixture.h"
#include "faults/fault_store.h"
#include "pipeline/buffer/adopt.h"
#include "pipeline/buffer/crc32c.h"
#include "storage/store.h"

namespace firn::pipeline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Crc32cTest, IsTheCastagnoliSum) {
  EXPECT_EQ(Crc32c("123456789"), 0xe3069283U);  // RFC 3720, B.4 and the usual check value
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(Crc32c("56789", Crc32c("1234")), 0xe3069283U);
}

TEST(SequenceClockTest, IsMicrosecondsTimes1024AndTheNumberAndNeverGoesBack) {
  TestClock clock(1577836800000000 + 1000);  // a millisecond into 2020
  SequenceClock sequence(7);
  EXPECT_EQ(sequence.Take(3, clock.Now()), 1000 * 1024 + 7);
  EXPECT_EQ(sequence.last(), 1002 * 1024 + 7);
  EXPECT_EQ(sequence.Take(1, clock.Now()), 1003 * 1024 + 7);  // the clock stood still
  clock.Advance(std::chrono::microseconds(-500));
  EXPECT_EQ(sequence.Take(1, clock.Now()), 1004 * 1024 + 7);
  clock.Advance(std::chrono::seconds(1));
  EXPECT_EQ(sequence.Take(1, clock.Now()), (1000500) * 1024 + 7);
  SequenceClock renumbered(3);
  renumbered.AtLeast(2000000LL * 1024 + 7);
  EXPECT_EQ(renumbered.Take(1, clock.Now()), 2000002LL * 1024 + 3);  // at least 1,024 more than the last
}

TEST_F(BufferTest, RowsComeBackInOrderWithTheirNumbers) {
  auto buffers = OpenBuffers();
  auto table = TableOf(*buffers);
  AppendResult first = SendAndWait(*table, {.rows = {"{\"a\":1}", "{\"a\":2}"}});
  ASSERT_EQ(first.outcome, Outcome::kDurable) << first.message;
  AppendResult second = SendAndWait(*table, {.rows = {"{\"a\":3}"}});
  const int64_t expected = (kStart - 1577836800000000) * 1024 + 5;
  EXPECT_EQ(first.ack.first_seq, expected);
  EXPECT_EQ(first.ack.last_seq, expected + 1024);
  EXPECT_EQ(second.ack.first_seq, expected + 2048);
  EXPECT_EQ(first.ack.batch_id, "batch of {\"a\":1}");
  auto chunk = table->ReadFrom(0, 1 << 20, 100);
  ASSERT_TRUE(chunk.ok());
  ASSERT_EQ(chunk->rows.size(), 3);
  EXPECT_EQ(chunk->next, 3);
  EXPECT_EQ(chunk->rows[1].raw, "{\"a\":2}");
  EXPECT_EQ(chunk->rows[1].seq, expected + 1024);
  EXPECT_EQ(chunk->rows[1].op, "u");
  ASSERT_EQ(chunk->batches.size(), 2);
  EXPECT_EQ(chunk->batches[chunk->rows[2].batch].batch_id, "batch of {\"a\":3}");
  EXPECT_EQ(chunk->batches[0].schema_version, 7);
  EXPECT_EQ(chunk->batches[0].ingested_at, kStart);
}

TEST_F(BufferTest, AChunkEndsWithinABatchWhereItsLimitIs) {
  auto buffers = OpenBuffers();
  auto table = TableOf(*buffers);
  ASSERT_TRUE(SendAndWait(*table, {.rows = {"1", "2", "3", "4"}}).ok());
  ASSERT_TRUE(SendAndWait(*table, {.rows = {"5", "6"}}).ok());
  auto chunk = table->ReadFrom(1, 1 << 20, 2);
  ASSERT_TRUE(chunk.ok());
  ASSERT_EQ(chunk->rows.size(), 2);
  EXPECT_EQ(chunk->rows[0].raw, "2");
  EXPECT_EQ(chunk->next, 3);
  chunk = table->ReadFrom(3, 2, 100);  // by bytes
  ASSERT_EQ(chunk->rows.size(), 2);
  EXPECT_EQ(chunk->rows[1].raw, "5");
  EXPECT_EQ(chunk->next, 5);
  EXPECT_THAT(RowsFrom(*table, 5), ElementsAre("6"));
  EXPECT_THAT(RowsFrom(*table, 6), ElementsAre());
}

TEST_F(BufferTest, ARestartKeepsRowsPositionsAndNumbers) {
  std::string id;
  int64_t last = 0;
  {
    auto buffers = OpenBuffers();
    id = buffers->id();
    auto table = TableOf(*buffers);
    for (int i = 0; i < 10; ++i) last = SendAndWait(*table, {.rows = {std::to_string(i)}}).ack.last_seq;
  }
  clock_.Advance(std::chrono::hours(-1));
  files_ = files_->Restart(After::kPower);
  auto buffers = OpenBuffers(6);
  EXPECT_EQ(buffers->id(), id);
  auto table = TableOf(*buffers);
  EXPECT_EQ(RowsFrom(*table).size(), 10);
  AppendResult next = SendAndWait(*table, {.rows = {"next"}});
  EXPECT_GE(next.ack.first_seq, last + 1024);
  EXPECT_EQ(next.ack.first_position, 10);
  EXPECT_GE(SendAndWait(*TableOf(*buffers, "t2"), {.rows = {"x"}}).ack.first_seq, next.ack.last_seq + 1024);
  EXPECT_EQ(table->status().lag_rows, 11);
  EXPECT_EQ(table->status().last_seq, next.ack.last_seq);
}

TEST_F(BufferTest, FreedSegmentsAreGoneAndPositionsAndNumbersStay) {
  limits_.segment_bytes = 2000;
  limits_.free_active_bytes = 1;
  int64_t last = 0;
  {
    auto buffers = OpenBuffers();
    auto table = TableOf(*buffers);
    for (int i = 0; i < 40; ++i) last = SendAndWait(*table, {.rows = {std::string(200, 'x')}}).ack.last_seq;
    EXPECT_GT(table->status().segments, 3);
    ASSERT_TRUE(table->Free(20).ok());
    EXPECT_EQ(RowsFrom(*table, 20).size(), 20);
    EXPECT_EQ(table->status().lag_rows, 20);
    EXPECT_GT(table->status().lag_bytes, 20 * 200);
    EXPECT_LT(table->status().lag_bytes, 24 * 550);
    ASSERT_TRUE(table->Free(40).ok());
    EXPECT_EQ(table->status().segments, 0);
    EXPECT_EQ(table->status().log_bytes, 0);
    EXPECT_EQ(buffers->metrics().log_bytes, 0);
  }
  clock_.Advance(std::chrono::hours(-1));
  files_ = files_->Restart(After::kPower);
  auto buffers = OpenBuffers();
  auto table = TableOf(*buffers);
  ASSERT_TRUE(table->Free(40).ok());
  AppendResult next = SendAndWait(*table, {.rows = {"next"}});
  EXPECT_EQ(next.ack.first_position, 40);
  EXPECT_GE(next.ack.first_seq, last + 1024);
  EXPECT_THAT(RowsFrom(*table, 40), ElementsAre("next"));
}

TEST_F(BufferTest, ALostLogGoesOnBehindWhatIsApplied) {
  auto buffers = OpenBuffers();
  auto table = TableOf(*buffers);
  ASSERT_TRUE(table->Free(100).ok());
  EXPECT_EQ(SendAndWait(*table, {.rows = {"a"}}).ack.first_position, 100);
  EXPECT_THAT(RowsFrom(*table, 100), ElementsAre("a"));
}

TEST_F(BufferTest, AKeyIsAnsweredOnceAndForADay) {
  limits_.segment_bytes = 1;
  limits_.free_active_bytes = 1;
  auto buffers = OpenBuffers();
  auto table = TableOf(*buffers);
  AppendResult first = SendAndWait(*table, {.rows = {"1", "2"}, .key = "k", .body = "body"});
  ASSERT_EQ(first.outcome, Outcome::kDurable);
  for (int round = 0; round < 3; ++round) {
    AppendResult again = SendAndWait(*table, {.rows = {"1", "2"}, .key = "k", .body = "body"});
    EXPECT_EQ(again.outcome, Outcome::kReplayed) << round;
    EXPECT_EQ(again.answer, "answer to body");
    EXPECT_EQ(again.ack.first_seq, first.ack.first_seq);
    EXPECT_EQ(again.ack.last_seq, first.ack.last_seq);
    EXPECT_EQ(again.ack.rows, 2);
    EXPECT_EQ(again.ack.batch_id, "batch of 1");
    EXPECT_EQ(SendAndWait(*table, {.rows = {"1"}, .key = "k", .body = "other"}).outcome, Outcome::kKeyMismatch);
    EXPECT_EQ(table->FindKey("k", HashOf("body"))->outcome, Outcome::kReplayed);
    EXPECT_FALSE(table->FindKey("new", HashOf("body")));
    if (round == 0) {
      ASSERT_TRUE(SendAndWait(*table, {.rows = {"3"}}).ok());
      ASSERT_TRUE(table->Free(3).ok());  // its segment goes
      EXPECT_EQ(table->status().segments, 0);
    }
    if (round == 1) {
      table.reset();
      buffers.reset();
      files_ = files_->Restart(After::kPower);
      buffers = OpenBuffers();
      table = TableOf(*buffers);
    }
  }
  clock_.Advance(std::chrono::hours(25));
  EXPECT_EQ(SendAndWait(*table, {.rows = {"4"}, .key = "k", .body = "other"}).outcome, Outcome::kDurable);
  EXPECT_EQ(table->status().keys, 1);
}

TEST_F(BufferTest, KeysAreLimitedAndStateFilesStayFew) {
  limits_.segment_bytes = 1;
  limits_.free_active_bytes = 1;
  limits_.keys = 100;
  auto buffers = OpenBuffers();
  auto table = TableOf(*buffers);
  for (int i = 0; i < 100; ++i) {
    const std::string name = "k" + std::to_string(i);
    ASSERT_TRUE(SendAndWait(*table, {.rows = {name}, .key = name, .body = name}).ok());
    ASSERT_TRUE(table->Free(static_cast<uint64_t>(i) + 1).ok());
    if (i % 10 == 0) {
      buffers.reset();
      files_ = files_->Restart(After::kPowerNamesBack);
      buffers = OpenBuffers();
      table = TableOf(*buffers);
    }
  }
  AppendResult full = SendAndWait(*table, {.rows = {"x"}, .key = "one more", .body = "x"});
  EXPECT_EQ(full.outcome, Outcome::kKeysFull);
  EXPECT_GT(full.retry_after_seconds, 0);
  EXPECT_LT(files_->Sizes().size(), 40);
  for (int i = 0; i < 100; ++i) {
    const std::string name = "k" + std::to_string(i);
    EXPECT_EQ(SendAndWait(*table, {.rows = {name}, .key = name, .body = name}).outcome, Outcome::kReplayed) << i;
  }
}

TEST_F(BufferTest, AKeyInFlightIsToldSo) {
  auto buffers = OpenBuffers();
  auto table = TableOf(*buffers);
  files_->HoldSyncs(true);
  auto first = Send(*table, {.rows = {"1"}, .key = "k", .body = "body"});
  EXPECT_EQ(SendAndWait(*table, {.rows = {"1"}, .key = "k", .body = "body"}).outcome, Outcome::kKeyInFlight);
  EXPECT_EQ(SendAndWait(*table, {.rows = {"1"}, .key = "k", .body = "other"}).outcome, Outcome::kKeyMismatch);
  EXPECT_TRUE(table->ReadFrom(0, 100, 100)->rows.empty());  // nobody reads what is not durable
  files_->HoldSyncs(false);
  EXPECT_EQ(first.get().outcome, Outcome::kDurable);
  EXPECT_EQ(SendAndWait(*table, {.rows = {"1"}, .key = "k", .body = "body"}).outcome, Outcome::kReplayed);
}

TEST_F(BufferTest, AChannelTakesEachOffsetOnce) {
  auto buffers = OpenBuffers();
  auto table = TableOf(*buffers);
  auto write = [&](uint64_t epoch, int64_t start, int64_t end, const std::string& continuation = "") {
    return SendAndWait(*table, {.rows = {std::to_string(start)},
                                .channel = "c",
                                .epoch = epoch,
                                .start = start,
                                .end = end,
                                .continuation = continuation});
  };
  EXPECT_EQ(write(1, 1, 1).outcome, Outcome::kChannelUnknown);
  AppendResult opened = Open(*table, "c");
  ASSERT_EQ(opened.outcome, Outcome::kDurable);
  const uint64_t epoch = opened.channel.epoch;
  EXPECT_FALSE(opened.channel.committed);
  AppendResult first = write(epoch, 100, 199);
  EXPECT_EQ(first.outcome, Outcome::kDurable);
  EXPECT_EQ(first.channel.committed, 199);
  EXPECT_EQ(write(epoch, 150, 199).outcome, Outcome::kDuplicate);
  AppendResult overlap = write(epoch, 150, 250);
  EXPECT_EQ(overlap.outcome, Outcome::kChannelOffset);
  EXPECT_EQ(overlap.channel.committed, 199);
  EXPECT_THAT(overlap.message, HasSubstr("overlap"));
  EXPECT_THAT(write(epoch, 201, 250).message, HasSubstr("gap"));
  EXPECT_EQ(write(epoch, 210, 205).outcome, Outcome::kInvalid);
  EXPECT_EQ(write(epoch, 200, 250, "9:9").outcome, Outcome::kChannelOffset);
  EXPECT_EQ(write(epoch, 200, 250, first.channel.Continuation()).outcome, Outcome::kDurable);

  AppendResult again = Open(*table, "c");
  EXPECT_GT(again.channel.epoch, epoch);
  EXPECT_EQ(again.channel.committed, 250);
  EXPECT_EQ(write(epoch, 251, 260).outcome, Outcome::kChannelFenced);
  EXPECT_EQ(write(again.channel.epoch, 251, 260).outcome, Outcome::kDurable);
  EXPECT_EQ(table->FindChannel("c")->committed, 260);
  EXPECT_THAT(RowsFrom(*table), ElementsAre("100", "200", "251"));

  EXPECT_EQ(Delete(*table, "c").outcome, Outcome::kDurable);
  EXPECT_EQ(Delete(*table, "c").outcome, Outcome::kChannelUnknown);
  EXPECT_FALSE(table->FindChannel("c"));
  AppendResult anew = Open(*table, "c");
  EXPECT_FALSE(anew.channel.committed);
  EXPECT_EQ(write(again.channel.epoch, 1, 1).outcome, Outcome::kChannelFenced);
  EXPECT_EQ(Open(*table, "").outcome, Outcome::kInvalid);
}

TEST_F(BufferTest, ChannelsOutliveTheirSegmentsAndRestarts) {
  limits_.segment_bytes = 1;
  limits_.free_active_bytes = 1;
  auto buffers = OpenBuffers();
  auto table = TableOf(*buffers);
  auto write = [&](const std::string& name, uint64_t epoch, int64_t at) {
    return SendAndWait(*table, {.rows = {"r"}, .channel = name, .epoch = epoch, .start = at, .end = at});
  };
  const uint64_t kept = Open(*table, "kept").channel.epoch;
  const uint64_t gone = Open(*table, "gone").channel.epoch;
  ASSERT_TRUE(write("kept", kept, 1).ok());
  ASSERT_TRUE(write("gone", gone, 1).ok());
  ASSERT_TRUE(table->Free(2).ok());
  ASSERT_TRUE(Delete(*table, "gone").ok());
  for (int round = 0; round < 40; ++round) {
    ASSERT_EQ(write("kept", kept, 2 + round).outcome, Outcome::kDurable) << round;
    ASSERT_TRUE(table->Free(static_cast<uint64_t>(round) + 3).ok());
    if (round % 7 != 0) continue;
    table.reset();
    buffers.reset();
    files_ = files_->Restart(round % 2 == 0 ? After::kPower : After::kPowerNamesBack);
    buffers = OpenBuffers();
    table = TableOf(*buffers);
    ASSERT_TRUE(table->Free(static_cast<uint64_t>(round) + 3).ok());
  }
  EXPECT_EQ(write("kept", kept, 41).outcome, Outcome::kDuplicate);
  EXPECT_EQ(write("gone", gone, 2).outcome, Outcome::kChannelUnknown);
  EXPECT_GT(Open(*table, "gone").channel.epoch, gone);
  EXPECT_EQ(table->ListChannels().size(), 2);
}

TEST_F(BufferTest, ADuplicateIsNotAnsweredBeforeWhatItRepeats) {
  auto buffers = OpenBuffers();
  auto table = TableOf(*buffers);
  const uint64_t epoch = Open(*table, "c").channel.epoch;
  const Sent sent{.rows = {"1"}, .channel = "c", .epoch = epoch, .start = 1, .end = 1};
  files_->HoldSyncs(true);
  auto first = Send(*table, sent);
  auto second = Send(*table, sent);
  EXPECT_EQ(second.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  EXPECT_FALSE(table->FindChannel("c")->committed);
  files_->HoldSyncs(false);
  EXPECT_EQ(first.get().outcome, Outcome::kDurable);
  EXPECT_EQ(second.get().outcome, Outcome::kDuplicate);
  EXPECT_THAT(RowsFrom(*table), ElementsAre("1"));
}

TEST_F(BufferTest, LimitsRefuseAndLetGoAgain) {
  limits_.table_bytes = 3000;
  limits_.all_bytes = 4500;
  limits_.pace_most = 0;
  limits_.disk_reserve = 1000;
  limits_.segment_bytes = 1;
  limits_.free_active_bytes = 1;
  auto buffers = OpenBuffers();
  auto one = TableOf(*buffers, "one");
  auto two = TableOf(*buffers, "two");
  const Sent sent{.rows = {std::string(500, 'x')}};
  uint64_t kept = 0;
  AppendResult result;
  while ((result = SendAndWait(*one, sent)).ok()) ++kept;
  EXPECT_EQ(result.outcome, Outcome::kTableFull);
  EXPECT_GT(result.retry_after_seconds, 0);
  EXPECT_GE(kept, 2);
  while ((result = SendAndWait(*two, sent)).ok()) {
  }
  EXPECT_EQ(result.outcome, Outcome::kBufferFull);
  ASSERT_TRUE(one->Free(kept).ok());
  EXPECT_TRUE(SendAndWait(*one, sent).ok());
  files_->SetFree(999);
  clock_.Advance(std::chrono::seconds(1));
  EXPECT_EQ(SendAndWait(*one, sent).outcome, Outcome::kDiskLow);
  files_->SetFree(1001);
  clock_.Advance(std::chrono::seconds(1));
  EXPECT_TRUE(SendAndWait(*one, sent).ok());
}

TEST_F(BufferTest, AnswersWaitWhileALogIsMoreThanHalfFull) {
  limits_.table_bytes = 20000;
  limits_.pace_most = 40000;
  limits_.segment_bytes = 1;
  limits_.free_active_bytes = 1;
  auto buffers = OpenBuffers();
  auto full = TableOf(*buffers, "full");
  auto other = TableOf(*buffers, "other");
  const Sent sent{.rows = {std::string(1000, 'x')}};
  uint64_t rows = 0;
  // The row is durable at once.
  auto send = [&] {
    auto answer = Send(*full, sent);
    ++rows;
    while (full->status().durable < rows) std::this_thread::yield();
    return answer;
  };
  while (full->status().log_bytes < 8500) EXPECT_TRUE(send().get().ok());
  std::future<AppendResult> waits;
  while (full->status().log_bytes < 15000) waits = send();
  // Three quarters: a quarter of the longest pause, more or less. Other tables do not wait.
  EXPECT_TRUE(SendAndWait(*other, sent).ok());
  clock_.Advance(std::chrono::milliseconds(5));
  EXPECT_EQ(waits.wait_for(std::chrono::milliseconds(30)), std::future_status::timeout);
  clock_.Advance(std::chrono::milliseconds(15));
  EXPECT_TRUE(waits.get().ok());
  // Closing answers at once; a log with room again does not wait.
  waits = send();
  buffers->Close();
  EXPECT_TRUE(waits.get().ok());
  buffers = OpenBuffers();
  full = TableOf(*buffers, "full");
  ASSERT_TRUE(full->Free(rows).ok());
  EXPECT_TRUE(SendAndWait(*full, sent).ok());
}

TEST_F(BufferTest, WhatIsInFlightIsLimited) {
  limits_.in_flight_bytes = 3000;
  auto buffers = OpenBuffers();
  auto table = TableOf(*buffers);
  files_->HoldSyncs(true);
  const Sent sent{.rows = {std::string(500, 'x')}};
  auto first = Send(*table, sent);
  auto second = Send(*table, sent);
  EXPECT_EQ(SendAndWait(*table, sent).outcome, Outcome::kInFlightFull);
  files_->HoldSyncs(false);
  EXPECT_TRUE(first.get().ok());
  EXPECT_TRUE(second.get().ok());
  EXPECT_TRUE(SendAndWait(*table, sent).ok());
  EXPECT_EQ(buffers->metrics().in_flight_bytes, 0);
}

TEST_F(BufferTest, AnswersOfOneLaneArePostedTogether) {
  std::mutex mutex;
  std::vector<int> posts;
  BufferOptions options;
  options.files = files_;
  options.clock = &clock_;
  options.post = [&](int lane, std::function<void()> run) {
    {
      std::lock_guard lock(mutex);
      posts.push_back(lane);
    }
    run();
  };
  auto buffers = std::move(*Buffers::Open(options));
  auto table = TableOf(*buffers);
  ASSERT_TRUE(SendAndWait(*table, {.rows = {"first"}}).ok());
  posts.clear();
  files_->HoldSyncs(true);
  std::vector<std::future<void>> answered;
  auto append = [&](int lane) {
    auto promise = std::make_shared<std::promise<void>>();
    answered.push_back(promise->get_future());
    BatchRow row{"r", 0, "", ""};
    Batch batch;
    batch.rows = {&row, 1};
    table->Append(
        batch, [promise](const AppendResult&) { promise->set_value(); }, lane);
  };
  append(0);
  while (files_->steps() == 0 || table->status().log_bytes == 0) {
  }
  for (int i = 0; i < 10; ++i) append(i % 2);
  files_->HoldSyncs(false);
  for (auto& future : answered) future.get();
  EXPECT_LE(posts.size(), 5);  // two or three groups, at most two lanes each: not eleven
  EXPECT_EQ(buffers->metrics().appends, 12);
}

TEST_F(BufferTest, ClosingAcknowledgesWhatIsInFlightAndTakesNothingMore) {
  auto buffers = OpenBuffers();
  auto table = TableOf(*buffers);
  std::vector<std::future<AppendResult>> sent;
  for (int i = 0; i < 50; ++i) sent.push_back(Send(*table, {.rows = {std::to_string(i)}}));
  buffers->Close();
  for (auto& future : sent) EXPECT_TRUE(future.get().ok());
  EXPECT_EQ(SendAndWait(*table, {.rows = {"late"}}).outcome, Outcome::kClosing);
}

TEST_F(BufferTest, ADroppedTableIsGone) {
  auto buffers = OpenBuffers();
  ASSERT_TRUE(SendAndWait(*TableOf(*buffers), {.rows = {"a"}}).ok());
  ASSERT_TRUE(buffers->Drop("t1").ok());
  EXPECT_EQ(buffers->metrics().log_bytes, 0);
  EXPECT_TRUE(RowsFrom(*TableOf(*buffers)).empty());
  EXPECT_TRUE(buffers->Table("../x").error().Is(errors::kInvalidInput));
}

TEST(MediaTest, MemoryKeepsRowsUntilTheyAreFreed) {
  BufferOptions options;
  options.files = OpenMemoryFiles();
  options.limits.free_active_bytes = 1;
  auto buffers = std::move(*Buffers::Open(options));
  auto table = *buffers->Table("t");
  ASSERT_TRUE(SendAndWait(*table, {.rows = {"a", "b"}}).ok());
  EXPECT_THAT(RowsFrom(*table), ElementsAre("a", "b"));
  ASSERT_TRUE(table->Free(2).ok());
  EXPECT_EQ(table->status().log_bytes, 0);
  ASSERT_TRUE(SendAndWait(*table, {.rows = {"c"}}).ok());
  EXPECT_THAT(RowsFrom(*table, 2), ElementsAre("c"));
}

TEST(MediaTest, ObjectsAreOnePutAGroupAndTheirNewOwnerFencesTheOld) {
  auto store = storage::OpenMemoryStore();
  TestClock clock(kStart);
  auto open = [&] {
    BufferOptions options;
    options.files = OpenObjectFiles(*store, "local/node-1/buffer", clock);
    options.clock = &clock;
    options.sync_threads = 2;
    return std::move(*Buffers::Open(options));
  };
  auto buffers = open();
  auto table = *buffers->Table("t");
  ASSERT_TRUE(SendAndWait(*table, {.rows = {"a"}, .key = "k", .body = "b"}).ok());
  ASSERT_TRUE(SendAndWait(*table, {.rows = {"b", "c"}}).ok());
  EXPECT_EQ(store->List("local/node-1/buffer/t/")->size(), 2);

  auto adopted = open();
  auto theirs = *adopted->Table("t");
  EXPECT_EQ(adopted->id(), buffers->id());
  EXPECT_THAT(RowsFrom(*theirs), ElementsAre("a", "b", "c"));
  AppendResult fenced = SendAndWait(*table, {.rows = {"lost"}});
  EXPECT_EQ(fenced.outcome, Outcome::kStopped);
  EXPECT_THAT(fenced.message, HasSubstr("taken this buffer over"));
  ASSERT_TRUE(SendAndWait(*theirs, {.rows = {"d"}}).ok());
  EXPECT_EQ(SendAndWait(*theirs, {.rows = {"a"}, .key = "k", .body = "b"}).outcome, Outcome::kReplayed);
  EXPECT_THAT(RowsFrom(*theirs, 1), ElementsAre("b", "c", "d"));
  ASSERT_TRUE(theirs->Free(4).ok());
  adopted.reset();
  auto third = open();
  EXPECT_EQ(SendAndWait(**third->Table("t"), {.rows = {"a"}, .key = "k", .body = "b"}).outcome, Outcome::kReplayed);
  EXPECT_EQ(SendAndWait(**third->Table("t"), {.rows = {"e"}}).ack.first_position, 4);
}

TEST(MediaTest, LostAnswersOfAStoreAreAskedForAgain) {
  TestClock clock(kStart);
  auto store = *faults::FaultStore::OnMemory();
  BufferOptions options;
  options.files = OpenObjectFiles(*store, "b", clock);
  options.clock = &clock;
  auto buffers = std::move(*Buffers::Open(options));
  auto table = *buffers->Table("t");
  store->LoseAnswers("b/t/", faults::Lost::kWritten, 2);
  EXPECT_EQ(SendAndWait(*table, {.rows = {"a"}}).outcome, Outcome::kDurable);
  store->LoseAnswers("b/t/", faults::Lost::kNotWritten, 2);
  EXPECT_EQ(SendAndWait(*table, {.rows = {"b"}}).outcome, Outcome::kDurable);
  store->FailWrites("b/t/", 1000);
  EXPECT_EQ(SendAndWait(*table, {.rows = {"never"}}).outcome, Outcome::kUnwritten);
  EXPECT_THAT(RowsFrom(*table), ElementsAre("a", "b"));
  buffers.reset();
  auto next = *store->Reopen(faults::Cut::kPower);
  options.files = OpenObjectFiles(*next, "b", clock);
  buffers = std::move(*Buffers::Open(options));
  EXPECT_THAT(RowsFrom(**buffers->Table("t")), ElementsAre("a", "b"));
  EXPECT_EQ(SendAndWait(**buffers->Table("t"), {.rows = {"c"}}).ack.first_position, 2);
}

TEST(MediaTest, AnAnswerThatNeverComesEndsTheBuffer) {
  TestClock clock(kStart);
  auto store = *faults::FaultStore::OnMemory();
  BufferOptions options;
  options.files = OpenObjectFiles(*store, "b", clock);
  options.clock = &clock;
  auto buffers = std::move(*Buffers::Open(options));
  auto table = *buffers->Table("t");
  store->LoseAnswers("b/t/", faults::Lost::kLandsLater, 1000);
  EXPECT_EQ(SendAndWait(*table, {.rows = {"unknown"}}).outcome, Outcome::kStopped);
  EXPECT_EQ(SendAndWait(*table, {.rows = {"no"}}).outcome, Outcome::kStopped);
}

class FolderTest : public ::testing::Test {
 protected:
  FolderTest() : root_(::testing::TempDir() + "firn-buffer-" + NewUuid()) {}
  ~FolderTest() override { std::filesystem::remove_all(root_); }
  const std::string root_;
};

TEST_F(FolderTest, ARealFolderKeepsWhatWasAcknowledged) {
  for (int round = 0; round < 3; ++round) {
    BufferOptions options;
    options.files = std::move(*OpenFolderFiles(root_ + "/buffer"));
    options.limits.segment_bytes = 300;
    options.limits.disk_reserve = 0;
    auto buffers = std::move(*Buffers::Open(options));
    auto table = *buffers->Table("t");
    EXPECT_EQ(RowsFrom(*table).size(), 10 * round);
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(SendAndWait(*table, {.rows = {std::string(100, 'r')}}).ok());
  }
}

TEST_F(FolderTest, FoldersOfEndedProcessesAreAdopted) {
  for (const char* k : {"0", "1", "2", "3"}) {
    std::filesystem::create_directories(root_ + "/" + k + "/" + (std::string(k) == "3" ? "spill" : kBufferFolder));
  }
  auto own = std::move(*catalog::LocalFolder::Claim(root_ + "/0"));
  auto alive = std::move(*catalog::LocalFolder::Claim(root_ + "/2"));
  auto adopted = ClaimAbandoned(root_, own.path());
  ASSERT_TRUE(adopted.ok());
  ASSERT_EQ(adopted->size(), 1);
  EXPECT_EQ(adopted->front().path(), root_ + "/1");
  EXPECT_FALSE(catalog::LocalFolder::Claim(root_ + "/1").ok());
  EXPECT_TRUE(ClaimAbandoned(root_ + "/none", own.path())->empty());
}

}  // namespace
}  // namespace firn::pipeline

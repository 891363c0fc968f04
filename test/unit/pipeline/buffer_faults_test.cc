// The buffer in bad times: power cuts at every step, kills, full disks, failed fsyncs, changed bytes, and the repair.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <set>

#include "base/errors.h"
#include "buffer_fixture.h"
#include "pipeline/buffer/record.h"
#include "pipeline/buffer/repair.h"
#include "pipeline/buffer/segment.h"

namespace firn::pipeline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string WalOf(uint64_t serial) { return "t1/" + FileOf(serial, SegmentKind::kBatches); }

class BufferFaultTest : public BufferTest {
 protected:
  /// Every way of the buffer once: batches with and without key and channel, segments begun and freed.
  struct Script {
    std::map<std::string, int64_t> acked;  ///< row → seq
    std::set<std::string> sent;
    std::vector<std::string> acked_keys;
    std::optional<int64_t> acked_offset;
    uint64_t applied = 0;
    int64_t last_seq = 0;
  };

  void Note(const std::vector<std::string>& rows, const AppendResult& result, Script* script) {
    script->sent.insert(rows.begin(), rows.end());
    if (!result.ok()) return;
    int64_t seq = result.ack.first_seq;
    for (const std::string& row : rows) {
      script->acked[row] = seq;
      seq += 1024;
    }
    script->last_seq = std::max(script->last_seq, result.ack.last_seq);
  }

  void RunScript(Script* script) {
    auto buffers = Buffers::Open(OptionsOf());
    if (!buffers.ok()) return;
    auto table = *(*buffers)->Table("t1");
    AppendResult opened = Open(*table, "c");
    int64_t offset = 0;
    for (int i = 0; i < 12; ++i) {
      const std::string name = std::to_string(i);
      const std::vector<std::string> rows = {name + "a" + std::string(300, 'x'), name + "b", name + "c"};
      Sent sent{.rows = rows};
      if (i % 3 == 0) {
        sent.key = sent.body = "key " + name;
      } else if (i % 3 == 1) {
        sent.channel = "c";
        sent.epoch = opened.channel.epoch;
        sent.start = offset;
        sent.end = offset + 2;
      }
      AppendResult result = SendAndWait(*table, sent);
      Note(rows, result, script);
      if (!result.ok()) continue;
      if (!sent.key.empty()) script->acked_keys.push_back(sent.key);
      if (!sent.channel.empty()) {
        script->acked_offset = sent.end;
        offset = sent.end + 1;
      }
      if (i % 4 == 3) {
        auto chunk = table->ReadFrom(script->applied, 1 << 20, 7);
        if (!chunk.ok()) continue;
        for (const ChunkRow& row : chunk->rows) script->acked.erase(std::string(row.raw));
        script->applied = chunk->next;  // the commit
        (void)table->Free(script->applied);
      }
    }
  }

  BufferOptions OptionsOf() {
    BufferOptions options;
    options.files = files_;
    options.number = 5;
    options.clock = &clock_;
    options.limits = limits_;
    return options;
  }

  void CheckAfter(const Script& script) {
    auto buffers = OpenBuffers();
    ASSERT_TRUE(buffers);
    auto table = TableOf(*buffers);
    ASSERT_EQ(table->status().damage, "");
    ASSERT_TRUE(table->Free(script.applied).ok());
    std::map<std::string, int64_t> found;
    std::map<std::string_view, int> batches;
    auto chunk = table->ReadFrom(script.applied, 1 << 20, 1000);
    ASSERT_TRUE(chunk.ok()) << chunk.error().Message();
    for (const ChunkRow& row : chunk->rows) {
      EXPECT_TRUE(found.emplace(row.raw, row.seq).second) << "twice: " << row.raw;
      EXPECT_TRUE(script.sent.contains(std::string(row.raw)));
    }
    for (const auto& [row, seq] : script.acked) {
      auto place = found.find(row);
      ASSERT_TRUE(place != found.end()) << "lost: " << row;
      EXPECT_EQ(place->second, seq);
      found.erase(place);
    }
    // What was not acknowledged is there as a whole batch or not at all.
    EXPECT_EQ(found.size() % 3, 0);
    for (const std::string& key : script.acked_keys) {
      EXPECT_EQ(SendAndWait(*table, {.rows = {"r"}, .key = key, .body = key}).outcome, Outcome::kReplayed) << key;
    }
    if (script.acked_offset) {
      auto channel = table->FindChannel("c");
      ASSERT_TRUE(channel);
      EXPECT_GE(channel->committed, script.acked_offset);
    }
    AppendResult next = SendAndWait(*table, {.rows = {"next"}});
    ASSERT_EQ(next.outcome, Outcome::kDurable) << next.message;
    EXPECT_GE(next.ack.first_seq, script.last_seq + 1024);
  }
};

TEST_F(BufferFaultTest, ACutAtAnyStepLosesNothingThatWasAcknowledged) {
  limits_.segment_bytes = 1500;
  limits_.free_active_bytes = 1;
  Script whole;
  RunScript(&whole);
  ASSERT_EQ(whole.sent.size(), 36);
  const int64_t steps = files_->steps();
  ASSERT_GT(steps, 60);
  for (After after : {After::kKill, After::kPower, After::kPowerZeroBlocks, After::kPowerNamesBack}) {
    for (int64_t step = 1; step <= steps + 1; ++step) {
      SCOPED_TRACE("step " + std::to_string(step) + ", after " + std::to_string(static_cast<int>(after)));
      files_ = std::make_shared<FaultFiles>();
      files_->CutAtStep(step);
      Script script;
      RunScript(&script);
      files_ = files_->Restart(after);
      CheckAfter(script);
      if (HasFailure()) return;
    }
  }
}

TEST_F(BufferFaultTest, AFullDiskRefusesAndLeavesNothingBehind) {
  auto buffers = OpenBuffers();
  auto table = TableOf(*buffers);
  const uint64_t epoch = Open(*table, "c").channel.epoch;
  ASSERT_TRUE(SendAndWait(*table, {.rows = {"kept"}, .channel = "c", .epoch = epoch, .start = 1, .end = 1}).ok());
  files_->FillUp(100);
  AppendResult full = SendAndWait(
      *table, {.rows = {"lost"}, .key = "k", .body = "b", .channel = "c", .epoch = epoch, .start = 2, .end = 2});
  EXPECT_EQ(full.outcome, Outcome::kUnwritten);
  EXPECT_THAT(full.message, HasSubstr("No space left"));
  files_->FillUp(std::nullopt);
  AppendResult again = SendAndWait(
      *table, {.rows = {"kept 2"}, .key = "k", .body = "b", .channel = "c", .epoch = epoch, .start = 2, .end = 2});
  EXPECT_EQ(again.outcome, Outcome::kDurable) << again.message;
  EXPECT_EQ(again.ack.first_position, 1);
  EXPECT_THAT(RowsFrom(*table), ElementsAre("kept", "kept 2"));
  buffers.reset();
  files_ = files_->Restart(After::kPower);
  buffers = OpenBuffers();
  EXPECT_THAT(RowsFrom(*TableOf(*buffers)), ElementsAre("kept", "kept 2"));
}

TEST_F(BufferFaultTest, AFullDiskAtTheFirstSegmentToo) {
  auto buffers = OpenBuffers();
  auto table = TableOf(*buffers);
  files_->FillUp(10);
  EXPECT_EQ(SendAndWait(*table, {.rows = {"lost"}}).outcome, Outcome::kUnwritten);
  files_->FillUp(std::nullopt);
  EXPECT_TRUE(SendAndWait(*table, {.rows = {"kept"}}).ok());
  EXPECT_THAT(RowsFrom(*table), ElementsAre("kept"));
}

TEST_F(BufferFaultTest, AFailedFsyncEndsTheBuffer) {
  auto buffers = OpenBuffers();
  auto table = TableOf(*buffers);
  ASSERT_TRUE(SendAndWait(*table, {.rows = {"kept"}}).ok());
  files_->FailNextSync();
  AppendResult failed = SendAndWait(*table, {.rows = {"unknown"}});
  EXPECT_EQ(failed.outcome, Outcome::kStopped);
  EXPECT_THAT(failed.message, HasSubstr("fsync"));
  EXPECT_EQ(SendAndWait(*table, {.rows = {"no"}}).outcome, Outcome::kStopped);
  EXPECT_EQ(SendAndWait(*TableOf(*buffers, "t2"), {.rows = {"no"}}).outcome, Outcome::kStopped);
  EXPECT_THAT(buffers->metrics().stopped, HasSubstr("fsync"));
  EXPECT_THAT(RowsFrom(*table), ElementsAre("kept"));  // what was acknowledged can still be committed
}

TEST_F(BufferFaultTest, AChangedByteStopsItsTableAloneAndIsRepaired) {
  {
    auto buffers = OpenBuffers();
    auto table = TableOf(*buffers);
    for (const char* row : {"one", "two", "three", "four"}) ASSERT_TRUE(SendAndWait(*table, {.rows = {row}}).ok());
    ASSERT_TRUE(SendAndWait(*TableOf(*buffers, "t2"), {.rows = {"other"}}).ok());
  }
  files_ = files_->Restart(After::kPower);
  const uint64_t offset = files_->Bytes(WalOf(1)).find("twou") + 1;
  files_->Spoil(WalOf(1), offset);
  {
    auto buffers = OpenBuffers();
    auto table = TableOf(*buffers);
    const std::string damage = table->status().damage;
    EXPECT_THAT(damage, HasSubstr("/fault/" + WalOf(1)));
    EXPECT_THAT(damage, HasSubstr("at offset "));
    EXPECT_THAT(damage, HasSubstr("firn buffer repair /fault t1"));
    EXPECT_EQ(SendAndWait(*table, {.rows = {"no"}}).outcome, Outcome::kTableDamaged);
    EXPECT_TRUE(table->ReadFrom(0, 100, 100).error().Is(errors::kCorrupt));
    EXPECT_TRUE(table->Free(1).error().Is(errors::kCorrupt));
    auto other = TableOf(*buffers, "t2");
    EXPECT_THAT(RowsFrom(*other), ElementsAre("other"));
    EXPECT_TRUE(SendAndWait(*other, {.rows = {"more"}}).ok());
  }
  auto repaired = RepairBuffer(*files_, "t1");
  ASSERT_TRUE(repaired.ok()) << repaired.error().Message();
  ASSERT_EQ(repaired->size(), 1);
  EXPECT_EQ(repaired->front().rows_kept, 3);
  ASSERT_EQ(repaired->front().files.size(), 1);
  EXPECT_EQ(repaired->front().files[0].rows_lost, 1);
  EXPECT_GT(repaired->front().files[0].bytes_lost, 3);
  EXPECT_THAT(repaired->front().files[0].moved_to, HasSubstr("/fault/t1/damaged/"));
  EXPECT_TRUE(RepairBuffer(*files_)->front().files.empty());  // nothing more to do
  auto buffers = OpenBuffers();
  auto table = TableOf(*buffers);
  EXPECT_EQ(table->status().damage, "");
  EXPECT_THAT(RowsFrom(*table), ElementsAre("one", "three", "four"));
  EXPECT_EQ(SendAndWait(*table, {.rows = {"five"}}).ack.first_position, 4);
}

TEST_F(BufferFaultTest, EveryChangedByteIsNoticed) {
  {
    auto buffers = OpenBuffers();
    auto table = TableOf(*buffers);
    for (const char* row : {"one", "two"}) ASSERT_TRUE(SendAndWait(*table, {.rows = {row}}).ok());
  }
  auto whole = files_->Restart(After::kPower);
  const uint64_t size = whole->Bytes(WalOf(1)).find_last_not_of('\0') + 1;  // zeros ahead of writes are behind it
  for (uint64_t offset = 0; offset < size; ++offset) {
    files_ = whole->Copy();
    files_->Spoil(WalOf(1), offset);
    EXPECT_NE(TableOf(*OpenBuffers())->status().damage, "") << "offset " << offset;
  }
}

TEST_F(BufferFaultTest, DamageThatComesWhileItRunsIsNoticedOnReading) {
  auto buffers = OpenBuffers();
  auto table = TableOf(*buffers);
  ASSERT_TRUE(SendAndWait(*table, {.rows = {"one"}}).ok());
  files_->Spoil(WalOf(1), files_->Bytes(WalOf(1)).find("oneu"));
  auto chunk = table->ReadFrom(0, 100, 100);
  ASSERT_FALSE(chunk.ok());
  EXPECT_THAT(chunk.error().Message(), HasSubstr(WalOf(1)));
  EXPECT_EQ(SendAndWait(*table, {.rows = {"no"}}).outcome, Outcome::kTableDamaged);
}

TEST_F(BufferFaultTest, AMissingFileIsDamageUnlessItWasApplied) {
  limits_.segment_bytes = 1;
  {
    auto buffers = OpenBuffers();
    for (const char* row : {"one", "two", "three"}) ASSERT_TRUE(SendAndWait(*TableOf(*buffers), {.rows = {row}}).ok());
  }
  ASSERT_TRUE(files_->Remove(WalOf(2)).ok());
  {
    auto buffers = OpenBuffers();
    auto table = TableOf(*buffers);
    EXPECT_THAT(RowsFrom(*table, 2), ElementsAre("three"));
    auto missing = table->ReadFrom(0, 100, 100);
    ASSERT_FALSE(missing.ok());
    EXPECT_THAT(missing.error().Message(), HasSubstr("missing with rows 1 to 2"));
  }
  ASSERT_EQ(RepairBuffer(*files_)->front().files.size(), 1);
  auto buffers = OpenBuffers();
  EXPECT_THAT(RowsFrom(*TableOf(*buffers)), ElementsAre("one", "three"));
}

TEST_F(BufferFaultTest, ZerosInPlaceOfRowsAreDamageUnlessTheyAreAheadOfWrites) {
  limits_.segment_bytes = 1000;
  const std::string row(300, 'r');
  {
    auto buffers = OpenBuffers();
    for (int i = 0; i < 6; ++i) ASSERT_TRUE(SendAndWait(*TableOf(*buffers), {.rows = {row}}).ok());
  }
  ASSERT_EQ(files_->Sizes().count(WalOf(2)), 1);
  EXPECT_EQ(files_->Bytes(WalOf(1)).back(), '\0');  // nobody cut it
  EXPECT_EQ(RowsFrom(*TableOf(*OpenBuffers())).size(), 6);
  std::string bytes = files_->Bytes(WalOf(1));
  std::vector<uint64_t> rows;
  for (auto record = FindRecord(bytes, 0); record; record = FindRecord(bytes, record->end)) {
    if (record->type == RecordType::kRows) rows.push_back(record->offset);
  }
  ASSERT_EQ(rows.size(), 2);
  bytes.resize(rows[1]);
  bytes.resize(rows[1] + 600);
  ASSERT_TRUE(files_->Replace(WalOf(1), bytes).ok());
  {
    auto buffers = OpenBuffers();
    auto missing = TableOf(*buffers)->ReadFrom(0, 10000, 100);
    ASSERT_FALSE(missing.ok());
    EXPECT_THAT(missing.error().Message(), HasSubstr("ends in zeros instead of rows 1 to 2"));
  }
  auto repaired = RepairBuffer(*files_);
  ASSERT_EQ(repaired->front().files.size(), 1);
  EXPECT_EQ(repaired->front().files[0].rows_lost, 1);
  EXPECT_TRUE(RepairBuffer(*files_)->front().files.empty());
  EXPECT_EQ(RowsFrom(*TableOf(*OpenBuffers())).size(), 5);
}

TEST_F(BufferFaultTest, ForeignAndNewerFilesAreRefused) {
  { SendAndWait(*TableOf(*OpenBuffers()), {.rows = {"one"}}); }
  std::string bytes = files_->Bytes(WalOf(1));
  bytes[8] = 9;  // the version
  ASSERT_TRUE(files_->Replace(WalOf(1), bytes).ok());
  EXPECT_THAT(TableOf(*OpenBuffers())->status().damage, HasSubstr("version 9"));
  EXPECT_TRUE(RepairBuffer(*files_).error().Is(errors::kVersionUnknown));
  bytes[8] = 1;
  ASSERT_TRUE(files_->Remove(WalOf(1)).ok());
  ASSERT_TRUE(files_->Replace("t9/" + FileOf(1, SegmentKind::kBatches), bytes).ok());
  EXPECT_THAT(TableOf(*OpenBuffers(), "t9")->status().damage, HasSubstr("it belongs to buffer"));
}

/// kill -9 of a process that appends, over and over: what it was told is there, once.
TEST(BufferKillTest, KilledProcessesLoseAndDoubleNothing) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "a fork takes more locks of DuckDB's allocator than ThreadSanitizer can count";
#endif
  const std::string root = ::testing::TempDir() + "firn-kill-" + NewUuid();
  auto open = [&] {
    BufferOptions options;
    options.files = std::move(*OpenFolderFiles(root));
    options.limits.segment_bytes = 20000;
    options.limits.free_active_bytes = 1000;
    options.limits.disk_reserve = 0;
    return std::move(*Buffers::Open(options));
  };
  std::set<int64_t> acked;
  std::set<int64_t> applied_rows;
  uint64_t applied = 0;
  for (int round = 0; round < 15; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      close(ends[0]);
      auto buffers = open();
      auto table = *buffers->Table("t");
      if (!table->Free(applied).ok()) _exit(3);
      for (int64_t i = 0;; ++i) {
        const int64_t row = round * 1000000 + i;
        // Several in flight, each told as it is acknowledged.
        const std::string raw = std::to_string(row);
        BatchRow one{raw, 0, "", ""};
        Batch batch;
        batch.rows = {&one, 1};
        batch.batch_id = "b";
        table->Append(batch, [row, out = ends[1]](const AppendResult& result) {
          if (!result.ok() || write(out, &row, sizeof row) != sizeof row) _exit(4);
        });
        if (i % 8 == 7) SendAndWait(*table, {.rows = {std::to_string(-row - 1)}});
        if (i % 200 == 199 && !table->ReadFrom(applied, 1000, 100).ok()) _exit(5);
      }
    }
    close(ends[1]);
    const size_t enough = acked.size() + 20 + RandomU64() % 300;
    int64_t row = 0;
    while (acked.size() < enough && read(ends[0], &row, sizeof row) == sizeof row) acked.insert(row);
    kill(child, SIGKILL);
    while (read(ends[0], &row, sizeof row) == sizeof row) acked.insert(row);
    close(ends[0]);
    int how = 0;
    waitpid(child, &how, 0);
    ASSERT_TRUE(WIFSIGNALED(how)) << WEXITSTATUS(how);

    auto buffers = open();
    auto table = *buffers->Table("t");
    ASSERT_TRUE(table->Free(applied).ok());
    std::set<int64_t> found = applied_rows;
    int64_t last_seq = 0;
    for (uint64_t at = applied;;) {
      auto chunk = table->ReadFrom(at, 10000, 500);
      ASSERT_TRUE(chunk.ok()) << chunk.error().Message();
      if (chunk->rows.empty()) break;
      for (const ChunkRow& one : chunk->rows) {
        const int64_t value = std::stoll(std::string(one.raw));
        ASSERT_TRUE(found.insert(value).second) << "twice: " << value;
        ASSERT_GT(one.seq, last_seq);
        last_seq = one.seq;
        if (round % 2 == 0) applied_rows.insert(value);
      }
      at = chunk->next;
      if (round % 2 == 0) applied = at;  // the commit; the process dies before Free
    }
    for (int64_t told : acked) ASSERT_TRUE(found.contains(told)) << "lost: " << told;
  }
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace firn::pipeline

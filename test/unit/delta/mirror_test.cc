// The writing part: one Delta version a snapshot, whoever dies, races or meddles.
#include "delta/mirror.h"

#include <gmock/gmock.h>

#include <thread>

#include "faults/fault_store.h"
#include "unit/delta/lake.h"

namespace firn::delta {
namespace {

using faults::Cut;
using faults::FaultStore;
using faults::Lost;
using iceberg::Kind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<iceberg::Field> OneColumn() { return {Field("N", Kind::kLong)}; }

catalog::MetadataEdit Step(std::function<Status(iceberg::SchemaChange&)> step) {
  return [step](iceberg::TableMetadata* metadata, int64_t now_ms) -> Status {
    iceberg::SchemaChange change(metadata->schema(), metadata->last_column_id, metadata->format_version);
    FIRN_TRY(step(change));
    return iceberg::SetSchema(metadata, change.schema(), change.last_column_id(), now_ms);
  };
}

TEST(Mirror, WritesOneVersionASnapshot) {
  Lake lake(storage::OpenMemoryStore());
  Must(lake.Create("T", OneColumn()));
  Must(lake.Insert("T", 10));
  Must(lake.Insert("T", 20));
  Must(lake.Delete("T", 0, {1, 2}));
  Must(lake.Delete("T", 0, {4}));
  Must(lake.Compact("T"));
  Replayed log = lake.Replay("T");
  EXPECT_THAT(log.sequences, ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_EQ(log.rows, 27);
  EXPECT_EQ(log.rows, lake.Rows("T"));
  EXPECT_THAT(log.faults, IsEmpty());
  EXPECT_THAT(log.commits.back(), HasSubstr(R"("operation":"OPTIMIZE")"));
  EXPECT_EQ(lake.mirror().stats().commits, 6U);
  EXPECT_EQ(lake.mirror().stats().late, 0U);
}

TEST(Mirror, LeavesOtherTablesAlone) {
  Lake lake(storage::OpenMemoryStore());
  Must(lake.Create("T", OneColumn(), {}));
  Must(lake.Insert("T", 10));
  EXPECT_THAT(lake.Replay("T").commits, IsEmpty());
  // Once it is asked for, the table as it is is the first version.
  Must(lake.SetOptions("T", {{"DELTA", "true"}}));
  EXPECT_EQ(lake.Replay("T").commits.size(), 1U);
  EXPECT_EQ(lake.Replay("T").rows, 10);
  Must(lake.SetOptions("T", {}));
  Must(lake.Insert("T", 5));
  EXPECT_EQ(lake.Replay("T").rows, 10);
  Must(lake.SetOptions("T", {{"DELTA", "true"}}));
  EXPECT_EQ(lake.Replay("T").rows, 15);
}

TEST(Mirror, ReplaysTheGapAtStart) {
  Lake lake(storage::OpenMemoryStore());
  Must(lake.Create("T", OneColumn()));
  lake.CloseMirror();
  for (int64_t rows : {1, 2, 3}) Must(lake.Insert("T", rows));
  Must(lake.Delete("T", 2, {0, 1}));
  lake.OpenMirror();
  Replayed log = lake.Replay("T");
  EXPECT_THAT(log.sequences, ElementsAre(0, 1, 2, 3, 4));
  EXPECT_EQ(log.rows, lake.Rows("T"));
  EXPECT_THAT(log.faults, IsEmpty());
  lake.CloseMirror();
  lake.OpenMirror();
  EXPECT_EQ(lake.Replay("T").commits.size(), 5U);
}

TEST(Mirror, PublishesChangesOfTheSchema) {
  Lake lake(storage::OpenMemoryStore());
  Must(lake.Create("T", OneColumn()));
  Must(lake.Insert("T", 3));
  Must(lake.Edit("T", Step([](auto& change) { return change.AddColumn("", Field("M", Kind::kTimestamp)); })));
  Replayed log = lake.Replay("T");
  EXPECT_THAT(log.sequences, ElementsAre(0, 1, 1));
  EXPECT_THAT(log.schema, HasSubstr("timestamp_ntz"));
  EXPECT_THAT(log.protocol, HasSubstr("timestampNtz"));
  Must(lake.Edit("T", Step([](auto& change) { return change.RenameColumn("N", "K"); })));
  log = lake.Replay("T");
  EXPECT_THAT(log.schema, HasSubstr(R"("delta.columnMapping.physicalName":"N")"));
  EXPECT_EQ(log.rows, 3);
}

TEST(Mirror, LargeVectorsAreFilesOfTheirOwn) {
  std::shared_ptr<storage::Store> store = storage::OpenMemoryStore();
  Lake lake(store);
  Must(lake.Create("T", OneColumn()));
  Must(lake.Insert("T", 100000));
  std::vector<uint64_t> positions;
  for (uint64_t at = 0; at < 100000; at += 7) positions.push_back(at);
  Must(lake.Delete("T", 0, positions));
  Replayed log = lake.Replay("T");
  EXPECT_THAT(log.commits.back(), HasSubstr(R"("storageType":"u","pathOrInlineDv":"_delta_vectors)"));
  EXPECT_EQ(log.rows, 100000 - static_cast<int64_t>(positions.size()));
  auto files = Must(store->List(Must(store->PathOf(lake.Version("T")->metadata->location + "/_delta_vectors/"))));
  ASSERT_EQ(files.size(), 1U);
  std::string bytes = Must(store->Read(files[0].path));
  EXPECT_EQ(bytes[0], '\x01');
  // The record after the version byte is the Puffin blob.
  auto vector = Must(iceberg::DeletionVector::FromBlob(std::string_view(bytes).substr(1), files[0].path));
  EXPECT_EQ(vector.Positions(), positions);
}

// --- refusing --------------------------------------------------------------------------------------------------------

TEST(Mirror, RefusesWhatDeltaCannotSay) {
  Lake lake(storage::OpenMemoryStore());
  Status created = lake.Create("BAD", {Field("N", Kind::kLong), Field("AT", Kind::kTime)});
  ASSERT_FALSE(created.ok());
  EXPECT_THAT(created.error().Message(), HasSubstr("column AT of type time"));
  EXPECT_EQ(lake.Table("BAD"), nullptr);
  Must(lake.Create("T", OneColumn()));
  auto edit = lake.Edit("T", Step([](auto& change) { return change.AddColumn("", Field("AT", Kind::kTime)); }));
  ASSERT_FALSE(edit.ok());
  EXPECT_THAT(edit.error().Message(), HasSubstr("column AT of type time"));
  Must(lake.Create("LATER", {Field("AT", Kind::kTime)}, {}));
  EXPECT_FALSE(lake.SetOptions("LATER", {{"DELTA", "true"}}).ok());
  EXPECT_EQ(lake.Replay("T").commits.size(), 1U);
}

TEST(Mirror, ReaderOneRefusesRenamesAndDrops) {
  Lake lake(storage::OpenMemoryStore());
  catalog::OptionMap options{{"DELTA", "true"}, {"DELTA_READER", "1"}};
  Must(lake.Create("T", {Field("N", Kind::kLong), Field("M", Kind::kLong)}, options));
  auto rename = lake.Edit("T", Step([](auto& change) { return change.RenameColumn("N", "K"); }));
  ASSERT_FALSE(rename.ok());
  EXPECT_THAT(rename.error().Message(), HasSubstr("renaming a column of a table with DELTA_READER = 1"));
  auto drop = lake.Edit("T", Step([](auto& change) { return change.DropColumn("M"); }));
  ASSERT_FALSE(drop.ok());
  EXPECT_THAT(drop.error().Message(), HasSubstr("dropping a column"));
  Must(lake.Edit("T", Step([](auto& change) { return change.AddColumn("", Field("L", Kind::kLong)); })));
  EXPECT_THAT(lake.Replay("T").protocol, HasSubstr(R"("minReaderVersion":1)"));
  Must(lake.Create("V", OneColumn()));
  Must(lake.Insert("V", 10));
  Must(lake.Delete("V", 0, {1}));
  EXPECT_FALSE(lake.SetOptions("V", options).ok());
}

// --- others ----------------------------------------------------------------------------------------------------------

TEST(Mirror, AForeignVersionStopsItAndNothingElse) {
  std::shared_ptr<storage::Store> store = storage::OpenMemoryStore();
  Lake lake(store);
  Must(lake.Create("T", OneColumn()));
  Must(lake.Create("OTHER", OneColumn()));
  Must(store->Put(lake.LogFile("T", "00000000000000000001.json"), R"({"commitInfo":{"operation":"VACUUM START"}})"));
  Must(lake.Insert("T", 10));
  EXPECT_EQ(lake.Rows("T"), 10);
  EXPECT_EQ(lake.mirror().stats().stopped, 1U);
  EXPECT_EQ(lake.mirror().stats().late, 1U);
  Status published = lake.mirror().Publish(lake.Table("T")->id);
  ASSERT_FALSE(published.ok());
  EXPECT_THAT(published.error().Message(), HasSubstr("did not write (1)"));
  EXPECT_THAT(published.error().Message(), HasSubstr(lake.Version("T")->metadata->location + "/_delta_log"));
  Must(lake.Insert("OTHER", 5));
  EXPECT_EQ(lake.Replay("OTHER").rows, 5);
  // A restart finds it again; a log that was put in order, and DELTA set anew, is taken up.
  lake.CloseMirror();
  lake.OpenMirror();
  EXPECT_EQ(lake.mirror().stats().stopped, 1U);
  Must(store->Delete(lake.LogFile("T", "00000000000000000001.json")));
  Must(lake.SetOptions("T", {}));
  Must(lake.SetOptions("T", {{"DELTA", "true"}}));
  EXPECT_EQ(lake.mirror().stats().stopped, 0U);
  EXPECT_EQ(lake.Replay("T").rows, 10);
}

TEST(Mirror, ALostRaceTakesTheOtherNodesVersion) {
  std::shared_ptr<FaultStore> store = Must(FaultStore::OnMemory());
  Lake lake(store);
  Must(lake.Create("T", OneColumn()));
  const std::string id = lake.Table("T")->id;
  // Just before this node's put, the other node publishes the same.
  std::shared_ptr<FaultStore> beside = store->AnotherProcess();
  std::unique_ptr<Lake> other = std::make_unique<Lake>(beside);
  int races = 0;
  store->BeforePutIfAbsent([&](const std::string& path) {
    if (path.find("_delta_log") == std::string::npos) return;
    Must(other->catalog().Head());
    Must(other->mirror().Publish(id));
    ++races;
  });
  for (int64_t rows : {1, 2, 3}) Must(lake.Insert("T", rows));
  EXPECT_EQ(races, 3);
  EXPECT_EQ(other->mirror().stats().commits, 3U);
  Replayed log = lake.Replay("T");
  EXPECT_THAT(log.sequences, ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(log.rows, 6);
  EXPECT_THAT(log.faults, IsEmpty());
  EXPECT_EQ(lake.mirror().stats().late, 0U);
}

TEST(Mirror, ANodeThatLagsTakesNothingBack) {
  std::shared_ptr<FaultStore> store = Must(FaultStore::OnMemory());
  Lake lake(store);
  Must(lake.Create("T", OneColumn()));
  Must(lake.Insert("T", 1));
  const std::string id = lake.Table("T")->id;
  Lake other(store->AnotherProcess());
  Must(lake.Insert("T", 2));
  Must(lake.Edit("T", Step([](auto& change) { return change.AddColumn("", Field("M", Kind::kLong)); })));
  const size_t versions = lake.Replay("T").commits.size();
  // The other node has not looked at the catalog since.
  Must(other.mirror().Publish(id));
  EXPECT_EQ(lake.Replay("T").commits.size(), versions);
  other.CloseMirror();
  other.OpenMirror();
  EXPECT_EQ(lake.Replay("T").commits.size(), versions);
}

TEST(Mirror, TwoNodesThatWriteAtOnceLoseNothing) {
  std::shared_ptr<storage::Store> store = storage::OpenMemoryStore();
  Lake first(store);
  Must(first.Create("T", OneColumn()));
  Lake second(store);
  auto write = [](Lake& lake) {
    for (int i = 0; i < 15; ++i) {
      while (!lake.Insert("T", 1).ok()) {
      }
    }
  };
  std::thread other([&] { write(second); });
  write(first);
  other.join();
  Must(first.mirror().Publish(first.Table("T")->id));
  Replayed log = first.Replay("T");
  EXPECT_EQ(log.rows, 30);
  EXPECT_THAT(log.faults, IsEmpty());
  EXPECT_TRUE(std::is_sorted(log.sequences.begin(), log.sequences.end()));
  EXPECT_EQ(log.sequences.back(), 30);
}

// --- faults ----------------------------------------------------------------------------------------------------------

class MirrorCutTest : public ::testing::TestWithParam<Cut> {};
INSTANTIATE_TEST_SUITE_P(Cuts, MirrorCutTest, ::testing::Values(Cut::kKill, Cut::kPower));

TEST_P(MirrorCutTest, IsMadeWholeByTheNextProcess) {
  MirrorOptions options = Lake::Options();
  options.log.checkpoint_every = 3;
  std::vector<uint64_t> many;
  for (uint64_t at = 0; at < 90000; at += 7) many.push_back(at);
  for (int64_t step = 1;; ++step) {
    SCOPED_TRACE("cut at step " + std::to_string(step));
    std::shared_ptr<FaultStore> store = Must(FaultStore::OnMemory());
    auto lake = std::make_unique<Lake>(store, options);
    Must(lake->Create("T", OneColumn()));
    Must(lake->Insert("T", 90000));
    store->CutAtStep(store->steps() + step);
    // One commit with a vector file, then one that brings a checkpoint.
    const bool done = lake->Delete("T", 0, many).ok() && !store->is_cut() && lake->Insert("T", 5).ok();
    const bool reached = store->is_cut();
    lake.reset();
    std::shared_ptr<FaultStore> next = Must(store->Reopen(GetParam()));
    lake = std::make_unique<Lake>(next, options);
    Replayed log = lake->Replay("T");
    EXPECT_EQ(log.rows, lake->Rows("T"));
    EXPECT_THAT(log.faults, IsEmpty());
    Must(lake->Insert("T", 1));
    log = lake->Replay("T");
    EXPECT_EQ(log.rows, lake->Rows("T"));
    EXPECT_THAT(log.faults, IsEmpty());
    EXPECT_EQ(lake->mirror().stats().failed, 0U);
    if (::testing::Test::HasFailure()) return;
    if (!reached) {
      EXPECT_TRUE(done);
      EXPECT_GT(step, 20);
      return;
    }
  }
}

TEST(Mirror, AsksAgainWhereTheAnswerWasLost) {
  for (Lost lost : {Lost::kWritten, Lost::kNotWritten}) {
    std::shared_ptr<FaultStore> store = Must(FaultStore::OnMemory());
    Lake lake(store);
    Must(lake.Create("T", OneColumn()));
    const std::string log = lake.LogFile("T", "");
    store->LoseAnswers(log, lost);
    Must(lake.Insert("T", 4));
    EXPECT_EQ(lake.Replay("T").rows, 4);
    EXPECT_EQ(lake.mirror().stats().late, 0U);
    // A full disk is no reason to refuse the commit; the next one brings both.
    store->FailWrites(log);
    Must(lake.Insert("T", 5));
    EXPECT_EQ(lake.Replay("T").rows, 4);
    EXPECT_EQ(lake.mirror().stats().late, 1U);
    Must(lake.Insert("T", 6));
    EXPECT_EQ(lake.Replay("T").rows, 15);
    EXPECT_THAT(lake.Replay("T").sequences, ElementsAre(0, 1, 2, 3));
  }
}

TEST(Mirror, AStuckLogHoldsUpNobodyElse) {
  std::shared_ptr<FaultStore> store = Must(FaultStore::OnMemory());
  MirrorOptions options = Lake::Options();
  options.threads = 2;
  Lake lake(store, options);
  Must(lake.Create("STUCK", OneColumn()));
  Must(lake.Create("FREE", OneColumn()));
  store->HoldAnswers(lake.LogFile("STUCK", ""));
  // The commit is answered late, but answered; it is in the table.
  lake.CloseMirror();
  options.wait = std::chrono::milliseconds(0);
  lake.OpenMirror(options);
  Must(lake.Insert("STUCK", 3));
  store->WaitForHeldAnswers(1);
  EXPECT_GE(lake.mirror().stats().late, 1U);
  EXPECT_EQ(lake.Rows("STUCK"), 3);
  Must(lake.Insert("FREE", 4));
  while (lake.Replay("FREE").rows != 4) std::this_thread::yield();
  store->ReleaseAnswers();
  while (lake.Replay("STUCK").rows != 3) std::this_thread::yield();
}

// --- checkpoints -----------------------------------------------------------------------------------------------------

TEST(Mirror, CheckpointsCarryTheLogOn) {
  std::shared_ptr<storage::Store> store = storage::OpenMemoryStore();
  MirrorOptions options = Lake::Options();
  options.log.checkpoint_every = 4;
  Lake lake(store, options);
  Must(lake.Create("T", OneColumn()));
  for (int64_t rows : {10, 20, 30}) Must(lake.Insert("T", rows));
  Must(lake.Delete("T", 1, {3}));
  EXPECT_TRUE(store->Head(lake.LogFile("T", "00000000000000000004.checkpoint.parquet")).ok());
  EXPECT_THAT(Must(store->Read(lake.LogFile("T", "_last_checkpoint"))), HasSubstr(R"({"version":4,"size":)"));
  Must(lake.Insert("T", 40));
  Replayed log = lake.Replay("T");
  EXPECT_EQ(log.rows, 99);
  // Without what the checkpoint says too, a restart goes on from it.
  for (int version = 0; version <= 4; ++version) {
    Must(store->Delete(lake.LogFile("T", "0000000000000000000" + std::to_string(version) + ".json")));
  }
  lake.CloseMirror();
  lake.OpenMirror(options);
  Must(lake.Delete("T", 1, {5}));
  const std::string commit = Must(store->Read(lake.LogFile("T", "00000000000000000006.json")));
  EXPECT_THAT(commit, HasSubstr(R"({"appId":"firn-mirror","version":6})"));
  // It knew the file and its vector of the checkpoint.
  EXPECT_THAT(commit, HasSubstr(R"("cardinality":1}}})"));
  EXPECT_THAT(commit, HasSubstr(R"("cardinality":2}}})"));
  // Nor does the loss of the hint matter.
  Must(store->Delete(lake.LogFile("T", "_last_checkpoint")));
  lake.CloseMirror();
  lake.OpenMirror(options);
  Must(lake.Insert("T", 1));
  EXPECT_TRUE(store->Head(lake.LogFile("T", "00000000000000000007.json")).ok());
}

TEST(Mirror, OldLogFilesGoAndYoungOnesStay) {
  for (bool old : {true, false}) {
    std::shared_ptr<storage::Store> store = storage::OpenMemoryStore();
    MirrorOptions options = Lake::Options();
    options.log.checkpoint_every = 2;
    options.log.clean_every = 1;
    options.log.log_kept = old ? -Micros{3600} * 1000000 : Micros{3600} * 1000000;
    Lake lake(store, options);
    Must(lake.Create("T", OneColumn()));
    for (int i = 0; i < 6; ++i) Must(lake.Insert("T", 1));
    // Checkpoints are at 2, 4 and 6; what is older than the one before the last is needless.
    EXPECT_EQ(store->Head(lake.LogFile("T", "00000000000000000003.json")).ok(), !old);
    EXPECT_EQ(store->Head(lake.LogFile("T", "00000000000000000002.checkpoint.parquet")).ok(), !old);
    EXPECT_TRUE(store->Head(lake.LogFile("T", "00000000000000000004.checkpoint.parquet")).ok());
    EXPECT_TRUE(store->Head(lake.LogFile("T", "00000000000000000005.json")).ok());
    lake.CloseMirror();
    lake.OpenMirror(options);
    Must(lake.Insert("T", 1));
    EXPECT_TRUE(store->Head(lake.LogFile("T", "00000000000000000007.json")).ok());
  }
}

}  // namespace
}  // namespace firn::delta

// Upkeep on a catalog in memory: what is merged, what is given up, what is deleted, and above all what is not.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>

#include "base/errors.h"
#include "faults/fault_store.h"
#include "unit/pipeline/upkeep_lake.h"

namespace firn::pipeline {
namespace {

using catalog::Catalog;
using catalog::Must;
using catalog::Object;
using catalog::ObjectChange;
using catalog::ObjectRef;
using catalog::RowsOf;
using catalog::StatePtr;
using catalog::TableNamed;
using catalog::TableVersionPtr;
using catalog::VersionOf;
using ::testing::IsEmpty;

class UpkeepTest : public ::testing::Test {
 protected:
  UpkeepTest()
      : catalog(Must(catalog::OpenLake(storage::OpenMemoryStore(clock), catalog::TestOptions(&clock)))),
        schema_id(Must(catalog::MakeSchema(*catalog))) {
    Must(catalog::MakeTable(*catalog, schema_id, "T"));
  }

  std::unique_ptr<Keeper> NewKeeper(KeeperOptions options = SmallOptions()) {
    auto keeper = std::make_unique<Keeper>(*catalog, CountingRewrite(*catalog), options);
    Must(keeper->Start());
    return keeper;
  }
  /// Commits `count` inserts of one row, a second apart.
  void InsertMany(int count, const std::string& name = "T") {
    for (int i = 0; i < count; ++i) {
      Must(InsertSized(*catalog, name, 1, 1000));
      clock.Advance(std::chrono::seconds(1));
    }
  }
  size_t FilesOf(const std::string& name) { return VersionOf(*catalog, name)->files->files().size(); }
  int64_t OldestOf(const std::string& name) {
    return catalog->Current()->Head(TableNamed(*catalog, name)->id)->oldest_sequence;
  }
  Status Alter(const ObjectRef& object, Object changed) {
    catalog::Transaction transaction;
    transaction.objects = {ObjectChange::Alter(*object, std::move(changed))};
    FIRN_TRY(catalog->Commit(std::move(transaction)));
    return Ok();
  }
  Status Drop(const std::string& name) {
    catalog::Transaction transaction;
    transaction.objects = {ObjectChange::Drop(*TableNamed(*catalog, name))};
    FIRN_TRY(catalog->Commit(std::move(transaction)));
    return Ok();
  }
  /// CREATE TABLE name CLONE T, relying on T's snapshot.
  Status Clone(const std::string& name, const TableVersionPtr& source, const catalog::HistoryNeed& need) {
    Object table = catalog::NewObject(catalog::TableInfo(*TableNamed(*catalog, "T")->As<catalog::TableInfo>()),
                                      schema_id, name, "ACCOUNTADMIN");
    FIRN_ASSIGN(TableVersionPtr version, catalog->CloneTable(table.id, *source));
    table.As<catalog::TableInfo>()->location = version->metadata->location;
    catalog::Transaction transaction;
    transaction.tables.push_back(
        catalog::PendingTable::New(std::make_shared<const Object>(table), name, std::move(version)));
    transaction.objects = {ObjectChange::Create(std::move(table))};
    transaction.needs = {need};
    FIRN_TRY(catalog->Commit(std::move(transaction)));
    return Ok();
  }
  /// CREATE STREAM … ON TABLE T as it is now.
  std::string Stream(bool append_only) {
    catalog::StreamInfo info{.table_id = TableNamed(*catalog, "T")->id, .append_only = append_only};
    Object stream = catalog::NewObject(info, schema_id, append_only ? "SA" : "S", "ACCOUNTADMIN");
    std::string id = stream.id;
    catalog::Transaction transaction;
    transaction.offsets = {
        {id, std::string(catalog::kSnapshotOffset), std::nullopt, *VersionOf(*catalog, "T")->snapshot_id}};
    transaction.objects = {ObjectChange::Create(std::move(stream))};
    Must(catalog->Commit(std::move(transaction)));
    return id;
  }

  TestClock clock{Micros{1'700'000'000} * kSecond};
  std::unique_ptr<Catalog> catalog;
  std::string schema_id;
};

TEST_F(UpkeepTest, SmallFilesBecomeOneAndRowsStay) {
  auto keeper = NewKeeper();
  InsertMany(3);
  Must(keeper->Look());
  EXPECT_EQ(FilesOf("T"), 3u);
  InsertMany(1);
  Must(keeper->Look());
  EXPECT_EQ(FilesOf("T"), 1u);
  EXPECT_EQ(RowsOf(*catalog, "T"), 4);
  const iceberg::Snapshot& snapshot = **VersionOf(*catalog, "T")->metadata->CurrentSnapshot()->get();
  EXPECT_EQ(snapshot.operation(), "replace");
  EXPECT_EQ(snapshot.summary.at("firn.verb"), "COMPACT");
  // The file is as old as the newest of what it holds: a statement that saw those rows sees no new ones.
  EXPECT_EQ(VersionOf(*catalog, "T")->files->files()[0]->data->data_sequence_number, 4);
  EXPECT_EQ(keeper->stats().files_compacted, 4u);
}

TEST_F(UpkeepTest, AFileOfManyDeletedRowsIsWrittenAnew) {
  Must(InsertSized(*catalog, "T", 10, 100 << 20));
  for (uint64_t row : {1, 2, 3, 4}) Must(DeleteRow(*catalog, "T", 0, row));
  auto keeper = NewKeeper();
  Must(keeper->Look());
  TableVersionPtr version = VersionOf(*catalog, "T");
  ASSERT_EQ(version->files->files().size(), 1u);
  EXPECT_FALSE(version->files->files()[0]->HasDeletes());
  EXPECT_EQ(version->files->files()[0]->data->record_count, 6);
}

TEST_F(UpkeepTest, RowsThatAnAppendOnlyStreamHasNotReadStay) {
  InsertMany(1);
  Stream(true);
  for (int i = 0; i < 5; ++i) Must(InsertSized(*catalog, "T", 2, 1000));
  Must(DeleteRow(*catalog, "T", 1, 0));
  auto keeper = NewKeeper();
  Must(keeper->Look());
  // One file has a deleted row that the stream still shows: it is left alone, the others are merged.
  EXPECT_EQ(FilesOf("T"), 2u);
  EXPECT_EQ(RowsOf(*catalog, "T"), 10);
}

TEST_F(UpkeepTest, CompactionCanBeSwitchedOff) {
  ObjectRef table = TableNamed(*catalog, "T");
  Object changed = *table;
  changed.options["ENABLE_DATA_COMPACTION"] = "false";
  Must(Alter(table, changed));
  auto keeper = NewKeeper();
  InsertMany(6);
  Must(keeper->Look());
  EXPECT_EQ(FilesOf("T"), 6u);
}

TEST_F(UpkeepTest, CompactionGivesWayToAWriterWhoHoldsTheTable) {
  InsertMany(4);
  auto keeper = NewKeeper();
  ObjectRef table = TableNamed(*catalog, "T");
  Must(catalog->locks().Lock({.table_id = table->id, .table_name = "T", .owner = "a writer", .query_id = "q"}));
  const size_t objects = ObjectsUnder(*catalog, "data/");
  Must(keeper->Look());
  EXPECT_EQ(FilesOf("T"), 4u);
  EXPECT_EQ(keeper->stats().gave_way, 1u);
  EXPECT_EQ(ObjectsUnder(*catalog, "data/"), objects);  // what was written is gone
  catalog->locks().ReleaseAll("a writer");
  InsertMany(1);
  Must(keeper->Look());
  EXPECT_EQ(FilesOf("T"), 1u);
}

TEST_F(UpkeepTest, ATableThatIsBehindIsNotCompacted) {
  auto keeper = NewKeeper();
  const std::string id = TableNamed(*catalog, "T")->id;
  bool behind = true;
  keeper->GiveWayTo([&](const std::string& table) { return behind && table == id; });
  InsertMany(4);
  Must(keeper->Look());
  EXPECT_EQ(FilesOf("T"), 4u);
  behind = false;
  InsertMany(1);
  Must(keeper->Look());
  EXPECT_EQ(FilesOf("T"), 1u);
}

TEST_F(UpkeepTest, DeletesThatCameMeanwhileAreCarriedOver) {
  for (int i = 0; i < 4; ++i) Must(InsertSized(*catalog, "T", 10, 1000));
  // The newest file is the first.
  Must(DeleteRow(*catalog, "T", 1, 3));
  Rewrite plain = CountingRewrite(*catalog);
  bool once = true;
  auto rewrite = [&](const catalog::CatalogState& state, const ObjectRef& table, const catalog::TableVersion& version,
                     const CompactionGroup& group, engine::CancelToken& cancel) {
    auto written = plain(state, table, version, group, cancel);
    if (std::exchange(once, false)) {
      Must(DeleteRow(*catalog, "T", 1, 2));
      Must(DeleteRow(*catalog, "T", 1, 5));
    }
    return written;
  };
  TableVersionPtr before = VersionOf(*catalog, "T");
  Keeper keeper(*catalog, rewrite, SmallOptions());
  Must(keeper.Start());
  Must(keeper.Look());
  TableVersionPtr version = VersionOf(*catalog, "T");
  ASSERT_EQ(version->files->files().size(), 1u);
  EXPECT_EQ(version->files->files()[0]->data->record_count, 39);
  EXPECT_EQ(RowsOf(*version), 37);
  // Position 2 of the file stays, 5 moves up over the deleted 3; the files before it have all their rows.
  std::vector<uint64_t> want;
  uint64_t start = 0;
  for (const iceberg::LiveFilePtr& file : before->files->files()) {
    if (file->HasDeletes()) want = {start + 2, start + 4};
    start += 10 - (file->HasDeletes() ? 1 : 0);
  }
  auto deleted = Must(iceberg::LoadDeletes(*version->store, *version->files->files()[0]));
  EXPECT_EQ(deleted->Positions(), want);
}

TEST_F(UpkeepTest, OldSnapshotsAreGivenUpAndTheirFilesGo) {
  auto keeper = NewKeeper();
  std::vector<Micros> times;
  for (int i = 0; i < 40; ++i) {
    InsertMany(1);
    times.push_back(catalog->Current()->time());
    Must(keeper->Look());
  }
  const int64_t last = VersionOf(*catalog, "T")->metadata->last_sequence_number;
  EXPECT_GE(OldestOf("T"), last - 6);
  EXPECT_THAT(MissingFiles(*catalog, "T"), IsEmpty());
  EXPECT_EQ(RowsOf(*catalog, "T"), 40);
  clock.Advance(std::chrono::minutes(1));
  Must(keeper->Look());
  // Metadata, manifest list, manifest and data file of each commit are not all there any more.
  EXPECT_LT(ObjectsUnder(*catalog, "data/"), 60u);
  ObjectRef table = TableNamed(*catalog, "T");
  auto old = catalog->TableAsOf(*catalog->Current(), *table, {.time = times[3]});
  ASSERT_FALSE(old.ok());
  EXPECT_EQ(old.error().Code(), "000707") << old.error().Message();
  EXPECT_TRUE(catalog->TableAsOf(*catalog->Current(), *table, {.time = times[39]}).ok());
  // A second process finds the same.
  auto other = Must(catalog::OpenLake(catalog->store(), catalog::TestOptions(&clock)));
  EXPECT_FALSE(other->TableAsOf(*other->Current(), *table, {.time = times[3]}).ok());
  EXPECT_EQ(RowsOf(*other, "T"), 40);
}

TEST_F(UpkeepTest, SnapshotsGoWithTheirRetention) {
  KeeperOptions options = SmallOptions();
  options.limits.max_snapshots = 1000;
  InsertMany(3);
  auto keeper = NewKeeper(options);
  clock.Advance(std::chrono::hours(30));
  InsertMany(2);
  Must(keeper->Look());
  // What was current 24 hours ago is the third snapshot.
  EXPECT_EQ(OldestOf("T"), 3);
  EXPECT_THAT(MissingFiles(*catalog, "T"), IsEmpty());
}

TEST_F(UpkeepTest, AStreamHoldsItsSnapshot) {
  InsertMany(1);
  const std::string stream = Stream(false);
  const int64_t held = catalog->Current()->OffsetsOf(stream).at(std::string(catalog::kSnapshotOffset));
  auto keeper = NewKeeper();
  for (int i = 0; i < 40; ++i) {
    InsertMany(1);
    Must(keeper->Look());
  }
  ObjectRef table = TableNamed(*catalog, "T");
  EXPECT_GT(OldestOf("T"), 10);
  EXPECT_THAT(MissingFiles(*catalog, "T"), IsEmpty());
  TableVersionPtr version = Must(catalog->TableAtSnapshot(*catalog->Current(), *table, held));
  EXPECT_EQ(RowsOf(*version), 1);
  for (const auto& file : version->files->files()) {
    EXPECT_TRUE(catalog->store()->Head(Must(catalog->store()->PathOf(file->data->path))).ok());
  }
  // Not for ever: MAX_DATA_EXTENSION_TIME_IN_DAYS.
  clock.Advance(std::chrono::hours(24 * 15));
  for (int i = 0; i < 10; ++i) {
    InsertMany(1);
    Must(keeper->Look());
  }
  EXPECT_FALSE(catalog->TableAtSnapshot(*catalog->Current(), *table, held).ok());
}

TEST_F(UpkeepTest, WhatAStatementReadsStays) {
  auto keeper = NewKeeper();
  InsertMany(3);
  TableVersionPtr pinned = VersionOf(*catalog, "T");
  std::shared_ptr<void> pin = catalog->pins().Take();
  auto all_there = [&] {
    for (const auto& file : pinned->files->files()) {
      if (!catalog->store()->Head(Must(catalog->store()->PathOf(file->data->path))).ok()) return false;
    }
    return true;
  };
  for (int i = 0; i < 30; ++i) {
    InsertMany(1);
    clock.Advance(std::chrono::minutes(1));
    Must(keeper->Look());
  }
  EXPECT_TRUE(all_there());
  EXPECT_GT(keeper->stats().files_waiting, 0u);
  pin.reset();
  clock.Advance(std::chrono::minutes(1));
  Must(keeper->Look());
  EXPECT_FALSE(all_there());
  EXPECT_EQ(keeper->stats().files_waiting, 0u);
}

TEST_F(UpkeepTest, ACursorHoldsItsSnapshot) {
  InsertMany(3);
  const ObjectRef table = TableNamed(*catalog, "T");
  const int64_t held = *VersionOf(*catalog, "T")->snapshot_id;
  Leases::Held cursors{{table->id, {held}}};
  KeeperOptions options = SmallOptions();
  options.cursors = [&] { return cursors; };
  auto keeper = NewKeeper(options);
  auto look = [&](int times) {
    for (int i = 0; i < times; ++i) {
      InsertMany(1);
      Must(keeper->Look());
    }
  };
  look(30);
  EXPECT_GT(OldestOf("T"), 10);
  EXPECT_EQ(RowsOf(*Must(catalog->TableAtSnapshot(*catalog->Current(), *table, held))), 3);
  EXPECT_THAT(MissingFiles(*catalog, "T"), IsEmpty());
  // The process that has the cursor need not be the one that looks after the table; this one's lease even lapses.
  auto other = Must(catalog::OpenLake(catalog->store(), catalog::TestOptions(&clock)));
  Leases::Held theirs = cursors;
  Leases lease(*other, SmallOptions().limits.lease, "", [&] { return theirs; });
  Must(lease.Renew(true));
  cursors.clear();
  clock.Advance(std::chrono::minutes(2));
  look(20);
  EXPECT_GT(OldestOf("T"), 40);
  EXPECT_EQ(RowsOf(*Must(catalog->TableAtSnapshot(*catalog->Current(), *table, held))), 3);
  theirs.clear();
  Must(lease.Renew(true));
  clock.Advance(std::chrono::minutes(2));
  look(20);
  EXPECT_FALSE(catalog->TableAtSnapshot(*catalog->Current(), *table, held).ok());
  EXPECT_THAT(MissingFiles(*catalog, "T"), IsEmpty());
}

TEST_F(UpkeepTest, TheLeaseOfAProcessThatWasKilledEndsWhenItStartsAnew) {
  const std::filesystem::path folder = catalog::NewFolderPath();
  std::filesystem::create_directories(folder);
  const std::string file = folder / "lease";
  KeeperOptions options = SmallOptions();
  options.lease_file = file;
  InsertMany(1);
  const std::string name = [&] {
    auto killed = Must(catalog::OpenLake(catalog->store(), catalog::TestOptions(&clock)));
    Leases lease(*killed, options.limits.lease, file);
    Must(lease.Renew(true));
    auto listed = Must(catalog->store()->List(std::string(kLeaseFolder)));
    return listed.at(0).path;
  }();
  // As if it had not been given back: the position of long ago.
  Must(catalog->store()->Put(name, R"({"version":1,"position":1})"));
  auto keeper = NewKeeper(options);
  EXPECT_EQ(Must(catalog->store()->List(std::string(kLeaseFolder))).size(), 1u);
  for (int i = 0; i < 30; ++i) {
    InsertMany(1);
    clock.Advance(std::chrono::minutes(1));
    Must(keeper->Look());
  }
  EXPECT_GT(keeper->stats().files_deleted, 0u);
  std::filesystem::remove_all(folder);
}

TEST_F(UpkeepTest, AnotherProcessThatReadsHoldsFilesToo) {
  auto other = Must(catalog::OpenLake(catalog->store(), catalog::TestOptions(&clock)));
  Leases lease(*other, SmallOptions().limits.lease);
  std::shared_ptr<void> pin = other->pins().Take();
  Must(lease.Renew(true));
  auto keeper = NewKeeper();
  // It renews its lease no more, so that it has no share in the upkeep; for four hours it may still be reading.
  for (int i = 0; i < 30; ++i) {
    InsertMany(1);
    clock.Advance(std::chrono::minutes(2));
    Must(keeper->Look());
  }
  EXPECT_GT(keeper->stats().files_waiting, 0u);
  EXPECT_EQ(keeper->stats().files_deleted, 0u);
  pin.reset();
  Must(other->Head());
  Must(lease.Renew(true));
  clock.Advance(std::chrono::seconds(20));
  Must(keeper->Look());
  EXPECT_GT(keeper->stats().files_deleted, 0u);
}

TEST_F(UpkeepTest, TablesAreSharedByThoseAlive) {
  auto other = Must(catalog::OpenLake(catalog->store(), catalog::TestOptions(&clock)));
  Leases first(*catalog, kSecond * 60), second(*other, kSecond * 60);
  Must(first.Renew(true));
  Must(second.Renew(true));
  Must(first.Renew(true));
  int firsts = 0;
  for (int i = 0; i < 100; ++i) {
    const std::string id = "table " + std::to_string(i);
    EXPECT_NE(first.IsMine(id), second.IsMine(id));
    firsts += first.IsMine(id) ? 1 : 0;
  }
  EXPECT_GT(firsts, 10);
  EXPECT_LT(firsts, 90);
  clock.Advance(std::chrono::minutes(2));
  Must(first.Renew(true));
  EXPECT_TRUE(first.IsMine("table 1"));
  EXPECT_TRUE(first.IsMine("table 2"));
}

TEST_F(UpkeepTest, ACloneKeepsTheFilesOfItsSource) {
  InsertMany(3);
  TableVersionPtr source = VersionOf(*catalog, "T");
  const std::string id = TableNamed(*catalog, "T")->id;
  Must(Clone("C", source, {id, 3, 0}));
  auto keeper = NewKeeper();
  for (int i = 0; i < 40; ++i) {
    InsertMany(1);
    Must(keeper->Look());
  }
  Must(keeper->Look());
  EXPECT_THAT(MissingFiles(*catalog, "C"), IsEmpty());
  EXPECT_THAT(MissingFiles(*catalog, "T"), IsEmpty());
  EXPECT_EQ(RowsOf(*catalog, "C"), 3);
  // And when the source is gone for good.
  Must(Drop("T"));
  clock.Advance(std::chrono::hours(26));
  Must(keeper->Look());
  clock.Advance(std::chrono::minutes(1));
  Must(keeper->Look());
  EXPECT_EQ(catalog->Current()->ById(id), nullptr);
  EXPECT_THAT(MissingFiles(*catalog, "C"), IsEmpty());
  EXPECT_LT(ObjectsUnder(*catalog, "data/" + id + "/"), 10u);
}

TEST_F(UpkeepTest, ACloneOfWhatWasGivenUpLoses) {
  InsertMany(2);
  TableVersionPtr source = VersionOf(*catalog, "T");
  auto keeper = NewKeeper();
  for (int i = 0; i < 20; ++i) {
    InsertMany(1);
    Must(keeper->Look());
  }
  Status cloned = Clone("C", source, {TableNamed(*catalog, "T")->id, 2, 0});
  ASSERT_FALSE(cloned.ok());
  EXPECT_TRUE(cloned.error().Is(errors::kConflict));
}

TEST_F(UpkeepTest, DroppedTablesComeBackWithinTheirRetentionOnly) {
  InsertMany(2);
  ObjectRef table = TableNamed(*catalog, "T");
  Must(Drop("T"));
  auto keeper = NewKeeper();
  clock.Advance(std::chrono::hours(20));
  Must(keeper->Look());
  ObjectRef dropped = catalog->Current()->ById(table->id);
  ASSERT_NE(dropped, nullptr);
  catalog::Transaction undrop;
  undrop.objects = {ObjectChange::Undrop(*dropped)};
  Must(catalog->Commit(std::move(undrop)));
  EXPECT_EQ(RowsOf(*catalog, "T"), 2);
  EXPECT_THAT(MissingFiles(*catalog, "T"), IsEmpty());
  Must(Drop("T"));
  dropped = catalog->Current()->ById(table->id);
  clock.Advance(std::chrono::hours(26));
  Must(keeper->Look());
  clock.Advance(std::chrono::minutes(1));
  Must(keeper->Look());
  EXPECT_EQ(ObjectsUnder(*catalog, "data/" + table->id + "/"), 0u);
  catalog::Transaction late;
  late.objects = {ObjectChange::Undrop(*dropped)};
  EXPECT_FALSE(catalog->Commit(std::move(late)).ok());
  // The log tells the same to who reads it anew.
  auto other = Must(catalog::OpenLake(catalog->store(), catalog::TestOptions(&clock)));
  EXPECT_EQ(other->Current()->ById(table->id), nullptr);
}

TEST_F(UpkeepTest, OrphansGoAfterThreeDays) {
  InsertMany(2);
  const std::string id = TableNamed(*catalog, "T")->id;
  Must(catalog->store()->Put("data/" + id + "/data/orphan.parquet", "x"));
  Must(catalog->store()->Put("data/" + id + "/_delta_log/00000000000000000000.json", "x"));
  Must(catalog->store()->Put("data/no-such-table/data/orphan.parquet", "x"));
  auto keeper = NewKeeper();
  auto there = [&](const std::string& path) { return catalog->store()->Head(path).ok(); };
  clock.Advance(std::chrono::hours(70));
  Must(keeper->Look());
  clock.Advance(std::chrono::minutes(1));
  Must(keeper->Look());
  EXPECT_TRUE(there("data/" + id + "/data/orphan.parquet"));
  EXPECT_TRUE(there("data/no-such-table/data/orphan.parquet"));
  clock.Advance(std::chrono::hours(7));
  Must(keeper->Look());
  clock.Advance(std::chrono::minutes(1));
  Must(keeper->Look());
  EXPECT_FALSE(there("data/" + id + "/data/orphan.parquet"));
  EXPECT_FALSE(there("data/no-such-table/data/orphan.parquet"));
  EXPECT_TRUE(there("data/" + id + "/_delta_log/00000000000000000000.json"));
  EXPECT_THAT(MissingFiles(*catalog, "T"), IsEmpty());
}

TEST_F(UpkeepTest, WhatAKilledProcessWasAboutToDeleteIsAnOrphan) {
  Must(InsertSized(*catalog, "T", 10, 100 << 20));
  for (uint64_t row : {1, 2}) Must(DeleteRow(*catalog, "T", 0, row));
  const std::string vectors = "data/" + TableNamed(*catalog, "T")->id + "/metadata/";
  auto count = [&] {
    auto files = Must(catalog->store()->List(vectors));
    return std::ranges::count_if(files, [](const auto& file) { return file.path.ends_with(".puffin"); });
  };
  ASSERT_EQ(count(), 2);
  auto keeper = NewKeeper();
  clock.Advance(std::chrono::hours(40));
  Must(keeper->Look());  // the first vector waits in its memory, which is gone with it
  ASSERT_GT(keeper->stats().files_waiting, 0u);
  ASSERT_EQ(count(), 2);
  keeper = NewKeeper();
  clock.Advance(std::chrono::hours(80));
  Must(keeper->Look());
  clock.Advance(std::chrono::minutes(1));
  Must(keeper->Look());
  // The manifest of the snapshot that stays tells of the first vector too: as deleted.
  EXPECT_EQ(count(), 1);
  EXPECT_THAT(MissingFiles(*catalog, "T"), IsEmpty());
}

TEST_F(UpkeepTest, AppliedPositionsAreInTheSnapshotOfACompaction) {
  InsertMany(4);
  catalog::Transaction move;
  move.offsets = {{TableNamed(*catalog, "T")->id, "7", std::nullopt, 42}};
  Must(catalog->Commit(std::move(move)));
  auto keeper = NewKeeper();
  Must(keeper->Look());
  const iceberg::Snapshot& snapshot = **VersionOf(*catalog, "T")->metadata->CurrentSnapshot()->get();
  EXPECT_EQ(snapshot.summary.at("firn.applied"), "{\"7\":42}");
  EXPECT_EQ(catalog->Current()->OffsetsOf(TableNamed(*catalog, "T")->id).at("7"), 42);
}

// --- under faults ----------------------------------------------------------------------------------------------------

class UpkeepFaultTest : public ::testing::TestWithParam<faults::Cut> {};
INSTANTIATE_TEST_SUITE_P(Cuts, UpkeepFaultTest,
                         ::testing::Values(faults::Cut::kKill, faults::Cut::kPower,
                                           faults::Cut::kPowerBringsBackDeletes));

constexpr int kRounds = 8;

/// Commits, compacts, expires and deletes; ends early when the store is cut.
void WorkOnIt(Catalog& catalog, TestClock& clock) {
  Keeper keeper(catalog, CountingRewrite(catalog), SmallOptions());
  if (!keeper.Start().ok()) return;
  for (int i = 0; i < kRounds; ++i) {
    if (!InsertSized(catalog, "A", 1, 1000).ok()) return;
    clock.Advance(std::chrono::minutes(7));
    if (!keeper.Look().ok()) return;
  }
}

TEST_P(UpkeepFaultTest, NoNamedFileIsEverGone) {
  for (int64_t step = 1;; ++step) {
    SCOPED_TRACE("cut at step " + std::to_string(step));
    TestClock clock{Micros{1'700'000'000} * kSecond};
    std::shared_ptr<faults::FaultStore> disk = Must(faults::FaultStore::OnMemory());
    {
      auto made = Must(catalog::OpenLake(disk, catalog::TestOptions(&clock)));
      std::string schema_id = Must(catalog::MakeSchema(*made));
      Must(made->Commit(catalog::NewTableTransaction(*made, schema_id, "A", {1})));
    }
    std::shared_ptr<faults::FaultStore> store = Must(disk->Reopen(faults::Cut::kKill));
    auto working = Must(catalog::OpenLake(store, catalog::TestOptions(&clock)));
    store->CutAtStep(store->steps() + step);
    WorkOnIt(*working, clock);
    const bool reached = store->is_cut();
    working.reset();
    std::shared_ptr<faults::FaultStore> next = Must(store->Reopen(GetParam()));
    auto opened = Must(catalog::OpenLake(next, catalog::TestOptions(&clock)));
    const int64_t rows = RowsOf(*opened, "A");
    EXPECT_THAT(MissingFiles(*opened, "A"), IsEmpty());
    WorkOnIt(*opened, clock);
    EXPECT_EQ(RowsOf(*opened, "A"), rows + kRounds);
    EXPECT_THAT(MissingFiles(*opened, "A"), IsEmpty());
    if (::testing::Test::HasFailure()) return;
    if (!reached) {
      EXPECT_GT(step, 100);
      return;
    }
  }
}

}  // namespace
}  // namespace firn::pipeline

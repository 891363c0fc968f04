// The commit protocol under faults: what was acknowledged is there once, what was not is absent or whole, and the
// catalog opens.
#include <gmock/gmock.h>

#include <atomic>
#include <set>
#include <thread>

#include "base/errors.h"
#include "catalog/log_entry.h"
#include "faults/fault_store.h"
#include "unit/catalog/lake.h"

namespace firn::catalog {
namespace {

using faults::Cut;
using faults::FaultStore;
using faults::Lost;

/// Files of a commit are written side by side, as in the program; their steps come in any order.
CatalogOptions SideBySide() {
  CatalogOptions options = TestOptions();
  options.parallel_writes = 4;
  return options;
}

/// Three tables with a row each, and the catalog closed again.
std::shared_ptr<FaultStore> ThreeTables() {
  std::shared_ptr<FaultStore> store = Must(FaultStore::OnMemory());
  std::unique_ptr<Catalog> catalog = Must(OpenLake(store));
  std::string schema_id = Must(MakeSchema(*catalog));
  for (const char* name : {"A", "B", "C"}) {
    Must(catalog->Commit(NewTableTransaction(*catalog, schema_id, name, {1})));
  }
  return store;
}

class CutTest : public ::testing::TestWithParam<Cut> {};
INSTANTIATE_TEST_SUITE_P(Cuts, CutTest, ::testing::Values(Cut::kKill, Cut::kPower, Cut::kPowerBringsBackDeletes),
                         [](const auto& param) {
                           return param.param == Cut::kKill    ? "Kill"
                                  : param.param == Cut::kPower ? "Power"
                                                               : "PowerBringsBackDeletes";
                         });

/// Runs `work` on a store that is cut at its step 1, 2, 3 … until it is not cut any more; after each cut the next
/// process opens the catalog and `check` judges, told whether the work was acknowledged.
void CutAtEveryStep(const std::function<std::shared_ptr<FaultStore>()>& prepare, Cut cut,
                    const std::function<bool(Catalog&)>& work, const std::function<void(Catalog&, bool)>& check,
                    const CatalogOptions& options = TestOptions()) {
  for (int64_t step = 1;; ++step) {
    SCOPED_TRACE("cut at step " + std::to_string(step));
    std::shared_ptr<FaultStore> before = prepare();
    std::shared_ptr<FaultStore> store = Must(before->Reopen(Cut::kKill));
    std::unique_ptr<Catalog> catalog = Must(OpenLake(store, options));
    store->CutAtStep(store->steps() + step);
    const bool acknowledged = work(*catalog);
    const bool reached = store->is_cut();
    catalog.reset();
    std::shared_ptr<FaultStore> next = Must(store->Reopen(cut));
    Result<std::unique_ptr<Catalog>> opened = OpenLake(next);
    ASSERT_TRUE(opened.ok()) << opened.error().Message();
    check(**opened, acknowledged);
    // The catalog can be written again, and opens once more.
    Must(Insert(**opened, "A", 1000));
    opened = OpenLake(Must(next->Reopen(Cut::kPower)));
    ASSERT_TRUE(opened.ok()) << opened.error().Message();
    EXPECT_GE(RowsOf(**opened, "A"), 1000);
    if (::testing::Test::HasFailure()) return;
    if (!reached) {
      EXPECT_TRUE(acknowledged);
      EXPECT_GT(step, 10);
      return;
    }
  }
}

TEST_P(CutTest, ATransactionOverThreeTablesIsWholeOrAbsent) {
  for (const CatalogOptions& options : {TestOptions(), SideBySide()}) {
    bool said_failed = false;
    CutAtEveryStep(
        ThreeTables, GetParam(),
        [&](Catalog& catalog) {
          Result<CommitResult> result = InsertAll(catalog, {"A", "B", "C"}, 5);
          said_failed = !result.ok() && !result.error().Is(errors::kOutcomeUnknown);
          return result.ok();
        },
        [&](Catalog& catalog, bool acknowledged) {
          const int64_t rows = RowsOf(catalog, "A");
          EXPECT_TRUE(rows == 1 || rows == 6) << rows;
          EXPECT_EQ(RowsOf(catalog, "B"), rows);
          EXPECT_EQ(RowsOf(catalog, "C"), rows);
          EXPECT_TRUE(!acknowledged || rows == 6);
          EXPECT_TRUE(!said_failed || rows == 1);
        },
        options);
  }
}

TEST_P(CutTest, ATableWithItsRowsIsWholeOrAbsent) {
  CutAtEveryStep(
      ThreeTables, GetParam(),
      [](Catalog& catalog) {
        std::string schema_id = Must(catalog.Head())->Schema("DB", "PUBLIC")->id;
        Object object = NewObject(TableInfo{}, schema_id, "NEW", "");
        iceberg::NewTableOptions options;
        iceberg::Field field;
        field.name = "N";
        field.type = iceberg::Type::Of(iceberg::Kind::kLong);
        options.fields = {field};
        TableVersionPtr initial = Must(catalog.NewTable(object.id, options));
        Result<iceberg::DataFile> file = MakeFile(catalog, *initial, 9);
        if (!file.ok()) return false;
        iceberg::TableChange change;
        change.added = {*file};
        PendingTable pending = PendingTable::New(std::make_shared<const Object>(object), "NEW", initial);
        Must(pending.Add(Verb::kInsert, initial, change, {}));
        Transaction transaction;
        transaction.objects = {ObjectChange::Create(object)};
        transaction.tables = {pending};
        return catalog.Commit(std::move(transaction)).ok();
      },
      [](Catalog& catalog, bool acknowledged) {
        TableVersionPtr version = VersionOf(catalog, "NEW");
        EXPECT_TRUE(!version || RowsOf(*version) == 9);
        EXPECT_TRUE(!acknowledged || version);
      });
}

TEST_P(CutTest, AnUpdateIsCountedOnceOrNotAtAll) {
  CutAtEveryStep(
      ThreeTables, GetParam(), [](Catalog& catalog) { return CountOnce(catalog, "B").ok(); },
      [](Catalog& catalog, bool acknowledged) {
        const int64_t value = RowsOf(catalog, "B");
        EXPECT_TRUE(value == 1 || value == 2) << value;
        EXPECT_TRUE(!acknowledged || value == 2);
        EXPECT_EQ(VersionOf(catalog, "B")->files->files().size(), 1u);
      });
}

TEST_P(CutTest, ANewAccountIsMadeWholeOrAgain) {
  for (int64_t step = 1;; ++step) {
    std::shared_ptr<FaultStore> store = Must(FaultStore::OnMemory());
    store->CutAtStep(step);
    Result<std::unique_ptr<Catalog>> first = OpenLake(store);
    const bool reached = store->is_cut();
    const bool opened = first.ok();
    first = Error(errors::kInternal);
    std::unique_ptr<Catalog> next = Must(OpenLake(Must(store->Reopen(GetParam()))));
    EXPECT_EQ(next->Current()->position(), 1);
    EXPECT_NE(next->Current()->Find("", ObjectKind::kUser, "ADMIN"), nullptr);
    if (!reached) {
      EXPECT_TRUE(opened);
      return;
    }
  }
}

TEST_P(CutTest, ACheckpointMayBeLostAtAnyStep) {
  for (int64_t step = 1;; ++step) {
    std::shared_ptr<FaultStore> store = ThreeTables();
    std::unique_ptr<Catalog> catalog = Must(OpenLake(store));
    for (int i = 0; i < 3; ++i) {
      Must(Insert(*catalog, "A", 1));
      Must(catalog->Checkpoint());
    }
    Must(Insert(*catalog, "A", 1));
    store->CutAtStep(store->steps() + step);
    const bool written = catalog->Checkpoint().ok();
    const bool reached = store->is_cut();
    catalog.reset();
    std::unique_ptr<Catalog> next = Must(OpenLake(Must(store->Reopen(GetParam()))));
    EXPECT_EQ(RowsOf(*next, "A"), 5);
    if (!reached) {
      EXPECT_TRUE(written);
      return;
    }
  }
}

TEST(Replay, WhatAnOpenedCatalogShowsOutlivesThePower) {
  bool left_unsynced = false;
  for (int64_t step = 1;; ++step) {
    SCOPED_TRACE("killed at step " + std::to_string(step));
    std::shared_ptr<FaultStore> store = ThreeTables();
    std::unique_ptr<Catalog> catalog = Must(OpenLake(store));
    store->CutAtStep(store->steps() + step);
    const bool acknowledged = InsertAll(*catalog, {"A", "B"}, 5).ok();
    const bool reached = store->is_cut();
    catalog.reset();
    std::shared_ptr<FaultStore> killed = Must(store->Reopen(Cut::kKill));
    std::unique_ptr<Catalog> shown = Must(OpenLake(killed));
    const int64_t position = shown->Current()->position();
    const int64_t rows = RowsOf(*shown, "A");
    left_unsynced = left_unsynced || (!acknowledged && rows == 6);
    shown.reset();
    std::unique_ptr<Catalog> next = Must(OpenLake(Must(killed->Reopen(Cut::kPower))));
    EXPECT_EQ(next->Current()->position(), position);
    EXPECT_EQ(RowsOf(*next, "A"), rows);
    if (::testing::Test::HasFailure()) return;
    if (!reached) break;
  }
  EXPECT_TRUE(left_unsynced);
}

TEST(LostAnswers, TheSameBytesAreSentUntilTheOutcomeIsKnown) {
  TestClock clock(1'700'000'000'000'000);
  for (Lost lost : {Lost::kWritten, Lost::kNotWritten}) {
    std::shared_ptr<FaultStore> store = ThreeTables();
    std::unique_ptr<Catalog> catalog = Must(OpenLake(store, TestOptions(&clock)));
    store->LoseAnswers("catalog/log/", lost, 3);
    const int64_t position = catalog->Current()->position();
    CommitResult result = Must(Insert(*catalog, "A", 4));
    EXPECT_EQ(result.position, position + 1);
    EXPECT_EQ(RowsOf(*catalog, "A"), 5);
    std::unique_ptr<Catalog> next = Must(OpenLake(Must(store->Reopen(Cut::kPower))));
    EXPECT_EQ(next->Current()->position(), position + 1);
    EXPECT_EQ(RowsOf(*next, "A"), 5);
  }
}

TEST(LostAnswers, AFailureAfterALostAnswerIsNotTheOutcome) {
  TestClock clock(1'700'000'000'000'000);
  std::shared_ptr<FaultStore> store = ThreeTables();
  std::unique_ptr<Catalog> catalog = Must(OpenLake(store, TestOptions(&clock)));
  store->LoseAnswers("catalog/log/", Lost::kWritten, 1);
  store->FailWrites("catalog/log/", 2);
  Must(Insert(*catalog, "A", 4));
  EXPECT_EQ(RowsOf(*catalog, "A"), 5);
}

TEST(LostAnswers, ALateWriteOfOursIsNotASecondCommit) {
  TestClock clock(1'700'000'000'000'000);
  std::shared_ptr<FaultStore> store = ThreeTables();
  std::unique_ptr<Catalog> catalog = Must(OpenLake(store, TestOptions(&clock)));
  store->LoseAnswers("catalog/log/", Lost::kLandsLater, 1);
  Must(Insert(*catalog, "A", 4));
  Must(store->LandLateWrites());
  EXPECT_EQ(RowsOf(*catalog, "A"), 5);
  Must(Insert(*catalog, "A", 4));
  std::unique_ptr<Catalog> next = Must(OpenLake(Must(store->Reopen(Cut::kPower))));
  EXPECT_EQ(RowsOf(*next, "A"), 9);
}

TEST(LostAnswers, AnotherProcessWinsWhileOursIsUnknown) {
  TestClock clock(1'700'000'000'000'000);
  std::shared_ptr<FaultStore> store = ThreeTables();
  std::unique_ptr<Catalog> catalog = Must(OpenLake(store, TestOptions(&clock)));
  std::shared_ptr<FaultStore> rival_store = store->AnotherProcess();
  std::unique_ptr<Catalog> rival = Must(OpenLake(rival_store));
  store->LoseAnswers("catalog/log/", Lost::kNotWritten, 1);
  std::atomic<int> attempts = 0;
  store->BeforePutIfAbsent([&](const std::string& path) {
    // Between the lost try and the next one.
    if (path.starts_with("catalog/log/") && ++attempts == 2) Must(Insert(*rival, "A", 100));
  });
  Must(Insert(*catalog, "A", 4));
  EXPECT_EQ(RowsOf(*catalog, "A"), 105);
  EXPECT_EQ(RowsOf(*rival, "A"), 105);
  EXPECT_GE(attempts, 3);
}

TEST(LostAnswers, ACommitThatIsClosedOverSaysUnknownAndIsWholeOrAbsent) {
  for (Lost lost : {Lost::kLandsLater, Lost::kNotWritten}) {
    std::shared_ptr<FaultStore> store = ThreeTables();
    std::unique_ptr<Catalog> catalog = Must(OpenLake(store));
    store->LoseAnswers("catalog/log/", lost, 1'000'000);
    Result<CommitResult> result = CommitResult{};
    std::atomic<int> tries = 0;
    store->BeforePutIfAbsent([&](const std::string&) { ++tries; });
    std::thread session([&] { result = Insert(*catalog, "A", 4); });
    while (tries < 2) std::this_thread::yield();
    catalog.reset();
    session.join();
    EXPECT_TRUE(result.error().Is(errors::kOutcomeUnknown));
    Must(store->LandLateWrites());
    std::unique_ptr<Catalog> next = Must(OpenLake(Must(store->Reopen(Cut::kPower))));
    EXPECT_EQ(RowsOf(*next, "A"), lost == Lost::kLandsLater ? 5 : 1);
  }
}

TEST(Readers, SeeAnEntryOnlyOnceItIsDurable) {
  std::shared_ptr<FaultStore> store = ThreeTables();
  std::unique_ptr<Catalog> catalog = Must(OpenLake(store));
  store->HoldAnswers("catalog/log/");
  std::thread session([&] { Must(Insert(*catalog, "A", 4)); });
  store->WaitForHeldAnswers(1);
  EXPECT_EQ(RowsOf(*catalog, "A"), 1);
  store->ReleaseAnswers();
  session.join();
  EXPECT_EQ(RowsOf(*catalog, "A"), 5);
}

TEST(FailedFsync, StopsTheWriterLoudly) {
  for (const char* prefix : {"catalog/log/", "data/"}) {
    std::shared_ptr<FaultStore> store = ThreeTables();
    std::unique_ptr<Catalog> catalog = Must(OpenLake(store));
    TableVersionPtr version = VersionOf(*catalog, "A");
    iceberg::TableChange change;
    change.added = {Must(MakeFile(*catalog, *version, 4))};
    store->FailSync(prefix);
    PendingTable pending(TableNamed(*catalog, "A"), "A");
    Must(pending.Add(Verb::kInsert, version, change, {}));
    Transaction transaction;
    transaction.tables = {pending};
    Result<CommitResult> failed = catalog->Commit(transaction);
    ASSERT_FALSE(failed.ok());
    EXPECT_TRUE(failed.error().Is(errors::kWriterStopped) || failed.error().Is(errors::kOutcomeUnknown))
        << failed.error().Message();
    ASSERT_TRUE(catalog->stopped().has_value());
    EXPECT_TRUE(catalog->Commit(transaction).error().Is(errors::kWriterStopped));
    // Reading goes on, and shows nothing that might be lost.
    EXPECT_EQ(RowsOf(*catalog, "A"), 1);
    catalog.reset();
    std::unique_ptr<Catalog> next = Must(OpenLake(Must(store->Reopen(Cut::kPower))));
    EXPECT_EQ(RowsOf(*next, "A"), 1);
  }
}

TEST(FullDisk, FailsTheCommitAndTheNextOneWorks) {
  for (const CatalogOptions& options : {TestOptions(), SideBySide()}) {
    for (const char* prefix : {"catalog/log/", "data/"}) {
      std::shared_ptr<FaultStore> store = ThreeTables();
      std::unique_ptr<Catalog> catalog = Must(OpenLake(store, options));
      TableVersionPtr version = VersionOf(*catalog, "A");
      iceberg::TableChange change;
      change.added = {Must(MakeFile(*catalog, *version, 4))};
      PendingTable pending(TableNamed(*catalog, "A"), "A");
      Must(pending.Add(Verb::kInsert, version, change, {}));
      Transaction transaction;
      transaction.tables = {pending};
      store->FailWrites(prefix);
      EXPECT_TRUE(catalog->Commit(transaction).error().Is(errors::kStorage));
      EXPECT_FALSE(catalog->stopped().has_value());
      EXPECT_EQ(RowsOf(*catalog, "A"), 1);
      Must(catalog->Commit(transaction));
      EXPECT_EQ(RowsOf(*catalog, "A"), 5);
      EXPECT_EQ(RowsOf(*Must(OpenLake(Must(store->Reopen(Cut::kPower)))), "A"), 5);
    }
  }
}

TEST(LostRaces, AppendsAreRebasedAndUpdatesAreConflicts) {
  std::shared_ptr<FaultStore> store = ThreeTables();
  std::unique_ptr<Catalog> catalog = Must(OpenLake(store));
  std::shared_ptr<FaultStore> rival_store = store->AnotherProcess();
  std::unique_ptr<Catalog> rival = Must(OpenLake(rival_store));
  int races = 3;
  store->BeforePutIfAbsent([&](const std::string& path) {
    if (path.starts_with("catalog/log/") && races-- > 0) Must(Insert(*rival, "A", 10));
  });
  Must(Insert(*catalog, "A", 4));
  EXPECT_EQ(RowsOf(*catalog, "A"), 35);
  EXPECT_EQ(RowsOf(*rival, "A"), 35);
  races = 1;
  store->BeforePutIfAbsent([&](const std::string& path) {
    if (path.starts_with("catalog/log/") && races-- > 0) Must(CountOnce(*rival, "B"));
  });
  Result<CommitResult> lost = CountOnce(*catalog, "B");
  ASSERT_TRUE(lost.error().Is(errors::kConflict));
  EXPECT_EQ(RowsOf(*catalog, "B"), 2);
  // What the lost rounds wrote is gone: each metadata file is in the log.
  std::set<std::string> named;
  for (int64_t n = 1; n <= catalog->Current()->position(); ++n) {
    LogEntry entry = Must(ParseLogEntry(Must(store->Read(LogPath(n))), "entry"));
    for (const CommitRecord& commit : entry.commits) {
      for (const TableMove& move : commit.tables) named.insert(move.to);
    }
  }
  for (const auto& info : Must(store->List("data/"))) {
    EXPECT_TRUE(!info.path.ends_with(".metadata.json") || named.contains(store->Uri(info.path))) << info.path;
  }
}

/// Eight sessions, `processes` catalogs on one store, each adds one to the counter until it has done so often enough.
void CountTogether(int processes, int sessions, int times) {
  std::shared_ptr<FaultStore> store = ThreeTables();
  std::vector<std::shared_ptr<FaultStore>> stores;
  std::vector<std::unique_ptr<Catalog>> catalogs;
  for (int i = 0; i < processes; ++i) {
    stores.push_back(store->AnotherProcess());
    catalogs.push_back(Must(OpenLake(stores.back())));
  }
  std::atomic<bool> done = false;
  std::thread reader([&] {
    int64_t last = 0;
    while (!done) {
      const int64_t value = RowsOf(*catalogs[0], "A");
      EXPECT_GE(value, last);
      last = value;
      std::this_thread::yield();
    }
  });
  std::vector<std::thread> threads;
  for (int i = 0; i < sessions; ++i) {
    threads.emplace_back([&, i] {
      Catalog& catalog = *catalogs[i % processes];
      const std::string owner = "session-" + std::to_string(i);
      const std::string table_id = TableNamed(catalog, "A")->id;
      for (int done_so_far = 0; done_so_far < times;) {
        Must(catalog.locks().Lock({table_id, "A", owner, owner, Clock::System().Now() + 600'000'000}));
        Result<CommitResult> counted = CountOnce(catalog, "A");
        catalog.locks().ReleaseAll(owner);
        if (counted.ok()) {
          ++done_so_far;
        } else {
          ASSERT_TRUE(counted.error().Is(errors::kConflict)) << counted.error().Message();
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  done = true;
  reader.join();
  for (auto& catalog : catalogs) EXPECT_EQ(RowsOf(*catalog, "A"), 1 + sessions * times);
  catalogs.clear();
  EXPECT_EQ(RowsOf(*Must(OpenLake(Must(store->Reopen(Cut::kPower)))), "A"), 1 + sessions * times);
}

TEST(Counters, OneProcessLosesNothing) { CountTogether(1, 8, 50); }
TEST(Counters, TwoProcessesLoseNothing) { CountTogether(2, 8, 50); }

TEST(Transactions, AreSeenWholeByAPollingReaderInAnotherProcess) {
  std::shared_ptr<FaultStore> store = ThreeTables();
  std::unique_ptr<Catalog> catalog = Must(OpenLake(store));
  std::shared_ptr<FaultStore> reader_store = store->AnotherProcess();
  std::unique_ptr<Catalog> reader = Must(OpenLake(reader_store));
  std::atomic<bool> done = false;
  std::atomic<int64_t> looks = 0;
  std::thread polling([&] {
    while (!done) {
      StatePtr state = Must(reader->Head());
      std::vector<int64_t> rows;
      for (const char* name : {"A", "B", "C"}) {
        ObjectRef table = state->InSchema("DB", "PUBLIC", ObjectKind::kTable, name);
        rows.push_back(RowsOf(*Must(reader->TableAt(*state, *table))));
      }
      EXPECT_EQ(rows[0], rows[1]);
      EXPECT_EQ(rows[0], rows[2]);
      ++looks;
    }
  });
  for (int i = 0; i < 100 || looks < 20; ++i) Must(InsertAll(*catalog, {"A", "B", "C"}, 1));
  done = true;
  polling.join();
}

/// Counts what goes to the store.
class CountingStore final : public storage::Store {
 public:
  explicit CountingStore(std::shared_ptr<storage::Store> inner) : inner_(std::move(inner)) {}
  int64_t calls() const { return calls_; }
  int64_t bytes() const { return bytes_; }

  Result<std::string> Read(const std::string& path) override { return ++calls_, inner_->Read(path); }
  Result<std::string> ReadRange(const std::string& path, uint64_t offset, uint64_t length) override {
    return ++calls_, inner_->ReadRange(path, offset, length);
  }
  Result<storage::ObjectInfo> Head(const std::string& path) override { return ++calls_, inner_->Head(path); }
  Result<std::vector<storage::ObjectInfo>> List(const std::string& prefix, const std::string& after) override {
    return ++calls_, inner_->List(prefix, after);
  }
  Status Put(const std::string& path, std::string_view bytes) override {
    bytes_ += static_cast<int64_t>(bytes.size());
    return ++calls_, inner_->Put(path, bytes);
  }
  Status PutIfAbsent(const std::string& path, std::string_view bytes) override {
    bytes_ += static_cast<int64_t>(bytes.size());
    return ++calls_, inner_->PutIfAbsent(path, bytes);
  }
  Status Sync(const std::vector<std::string>& paths) override { return ++calls_, inner_->Sync(paths); }
  Status Delete(const std::string& path) override { return ++calls_, inner_->Delete(path); }
  std::string Uri(const std::string& path) const override { return inner_->Uri(path); }
  Result<std::string> PathOf(std::string_view uri) const override { return inner_->PathOf(uri); }

 private:
  std::shared_ptr<storage::Store> inner_;
  std::atomic<int64_t> calls_ = 0;
  std::atomic<int64_t> bytes_ = 0;
};

TEST(ManyCommits, StayFlatInCallsAndBytes) {
  auto store = std::make_shared<CountingStore>(storage::OpenMemoryStore());
  std::unique_ptr<Catalog> catalog = Must(OpenLake(store));
  Must(MakeTable(*catalog, Must(MakeSchema(*catalog)), "T"));
  auto hundred = [&] {
    const int64_t calls = store->calls();
    const int64_t bytes = store->bytes();
    for (int i = 0; i < 100; ++i) Must(Insert(*catalog, "T", 1));
    return std::pair(store->calls() - calls, store->bytes() - bytes);
  };
  hundred();
  hundred();
  const auto early = hundred();
  for (int i = 0; i < 16; ++i) hundred();
  const auto late = hundred();
  EXPECT_EQ(RowsOf(*catalog, "T"), 2000);
  EXPECT_LE(late.first, early.first * 5 / 4) << "store calls";
  EXPECT_LE(late.second, early.second * 5 / 4) << "bytes written";
}

}  // namespace
}  // namespace firn::catalog

// The fault fake has to fail as it says, or the tests built on it prove nothing.
#include "faults/fault_store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "base/errors.h"
#include "unit/storage/stores.h"

namespace firn::faults {
namespace {

std::unique_ptr<FaultStore> Open() { return std::move(*FaultStore::OnMemory()); }

std::unique_ptr<FaultStore> Next(FaultStore& store, Cut cut) {
  auto next = store.Reopen(cut);
  EXPECT_TRUE(next.ok());
  return std::move(*next);
}

bool Has(FaultStore& store, const std::string& path) { return store.Read(path).ok(); }

TEST(FaultStore, CountsSteps) {
  auto store = Open();
  ASSERT_TRUE(store->Put("a", "1").ok());
  EXPECT_EQ(store->steps(), 3);
  ASSERT_TRUE(store->PutIfAbsent("b", "1").ok());
  EXPECT_EQ(store->steps(), 6);
  ASSERT_TRUE(store->Sync({"a", "b"}).ok());
  EXPECT_EQ(store->steps(), 9);
  ASSERT_TRUE(store->Delete("a").ok());
  EXPECT_EQ(store->steps(), 11);
  ASSERT_TRUE(store->Read("b").ok());
  EXPECT_EQ(store->steps(), 11);
}

// What is left of a PutIfAbsent that was cut at each of its steps.
TEST(FaultStore, CutsAPutIfAbsent) {
  struct Case {
    int64_t step;
    bool unknown, left_by_kill, left_by_power_cut;
  };
  for (Case c : {Case{1, false, false, false}, Case{2, true, true, false}, Case{3, true, true, true}}) {
    for (Cut cut : {Cut::kKill, Cut::kPower}) {
      auto store = Open();
      store->CutAtStep(c.step);
      EXPECT_FALSE(store->is_cut());
      Status put = store->PutIfAbsent("log/1", "x");
      EXPECT_TRUE(store->is_cut());
      EXPECT_TRUE(put.error().Is(c.unknown ? errors::kOutcomeUnknown : errors::kWriterStopped)) << c.step;
      EXPECT_TRUE(store->PutIfAbsent("log/2", "x").error().Is(errors::kWriterStopped));
      EXPECT_TRUE(store->Put("log/2", "x").error().Is(errors::kWriterStopped));
      EXPECT_TRUE(store->Delete("log/2").error().Is(errors::kWriterStopped));
      EXPECT_TRUE(store->Sync({}).error().Is(errors::kWriterStopped));
      EXPECT_TRUE(store->Read("log/1").error().Is(errors::kStorage));
      EXPECT_TRUE(store->List("").error().Is(errors::kStorage));
      auto next = Next(*store, cut);
      EXPECT_EQ(Has(*next, "log/1"), cut == Cut::kKill ? c.left_by_kill : c.left_by_power_cut) << c.step;
      EXPECT_FALSE(Has(*next, "log/2"));
      EXPECT_TRUE(store->Read("log/1").error().Is(errors::kStorage)) << "the old process is dead";
      EXPECT_EQ(next->steps(), 0);
      EXPECT_TRUE(next->Put("log/3", "x").ok());
    }
  }
}

TEST(FaultStore, PowerCutRestoresWhatAPutReplaced) {
  for (int64_t step : {4, 5, 6}) {
    auto store = Open();
    ASSERT_TRUE(store->Put("x", "old").ok());
    store->CutAtStep(step);
    EXPECT_FALSE(store->Put("x", "new").ok());
    EXPECT_EQ(*Next(*store, Cut::kPower)->Read("x"), step == 6 ? "new" : "old") << step;
  }
}

TEST(FaultStore, BytesThatNobodySyncedAreGoneAfterAPowerCutOnly) {
  for (Cut cut : {Cut::kKill, Cut::kPower}) {
    auto store = Open();
    ASSERT_TRUE(store->WriteUnsynced("data/1.parquet", "1").ok());
    ASSERT_TRUE(store->WriteUnsynced("data/2.parquet", "2").ok());
    ASSERT_TRUE(store->Sync({"data/1.parquet"}).ok());
    ASSERT_TRUE(store->Put("data/other", "x").ok());  // syncs the folder, not the bytes of 2.parquet
    EXPECT_EQ(*store->Read("data/2.parquet"), "2");
    auto next = Next(*store, cut);
    EXPECT_TRUE(Has(*next, "data/1.parquet"));
    EXPECT_TRUE(Has(*next, "data/other"));
    EXPECT_EQ(Has(*next, "data/2.parquet"), cut == Cut::kKill);
    auto last = Next(*next, Cut::kPower);
    EXPECT_FALSE(Has(*last, "data/2.parquet"));
  }
}

TEST(FaultStore, ASyncThatIsCutMakesNothingDurable) {
  for (int64_t step : {1, 2, 3, 4}) {
    auto store = Open();
    ASSERT_TRUE(store->WriteUnsynced("a", "1").ok());
    ASSERT_TRUE(store->WriteUnsynced("b", "2").ok());
    store->CutAtStep(step);
    EXPECT_EQ(store->Sync({"a", "b"}).ok(), step == 4);
    auto next = Next(*store, Cut::kPower);
    EXPECT_EQ(Has(*next, "a"), step == 4) << step;
    EXPECT_EQ(Has(*next, "b"), step == 4) << step;
  }
}

// On a real folder: DuckDB writes there without the store.
TEST(FaultStore, FilesOfAnotherWriterInAFolder) {
  storage::TempFolder folder;
  std::shared_ptr<storage::Store> inner = std::move(*storage::OpenLocalStore(folder.path()));
  ASSERT_TRUE(inner->Put("before", "x").ok());
  auto store = std::move(*FaultStore::On(inner));
  EXPECT_EQ(store->Uri("x"), inner->Uri("x"));
  EXPECT_EQ(*store->PathOf(inner->Uri("x/y")), "x/y");
  for (const char* name : {"/1.parquet", "/2.parquet"}) std::ofstream(folder.path() + name) << "bytes";
  ASSERT_TRUE(store->Sync({"2.parquet"}).ok());
  auto next = Next(*store, Cut::kPower);
  EXPECT_TRUE(Has(*next, "before"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/1.parquet"));
  EXPECT_TRUE(std::filesystem::exists(folder.path() + "/2.parquet"));
}

TEST(FaultStore, DeletesMayComeBack) {
  auto store = Open();
  ASSERT_TRUE(store->Put("x", "1").ok());
  ASSERT_TRUE(store->Put("y", "1").ok());
  ASSERT_TRUE(store->Delete("x").ok());
  ASSERT_TRUE(store->Delete("y").ok());
  ASSERT_TRUE(store->Put("y", "2").ok());
  ASSERT_TRUE(store->WriteUnsynced("z", "1").ok());
  ASSERT_TRUE(store->Delete("z").ok());
  auto killed = Next(*store, Cut::kKill);
  EXPECT_FALSE(Has(*killed, "x"));
  auto next = Next(*killed, Cut::kPowerBringsBackDeletes);
  EXPECT_EQ(*next->Read("x"), "1");
  EXPECT_EQ(*next->Read("y"), "2");
  EXPECT_FALSE(Has(*next, "z"));
  ASSERT_TRUE(next->Delete("x").ok());
  EXPECT_FALSE(Has(*Next(*next, Cut::kPower), "x"));
}

TEST(FaultStore, LosesAnswers) {
  auto store = Open();
  store->LoseAnswers("log/", Lost::kWritten);
  store->LoseAnswers("log/", Lost::kNotWritten, 2);
  EXPECT_TRUE(store->Put("elsewhere", "x").ok());
  EXPECT_TRUE(store->PutIfAbsent("log/1", "1").error().Is(errors::kOutcomeUnknown));
  EXPECT_EQ(*store->Read("log/1"), "1");
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(store->PutIfAbsent("log/2", "2").error().Is(errors::kOutcomeUnknown));
  EXPECT_FALSE(Has(*store, "log/2"));
  EXPECT_TRUE(store->PutIfAbsent("log/2", "2").ok());
  store->LoseAnswers("log/", Lost::kWritten);
  EXPECT_TRUE(store->PutIfAbsent("log/2", "other").error().Is(errors::kOutcomeUnknown));
  EXPECT_EQ(*store->Read("log/2"), "2");
  EXPECT_EQ(*Next(*store, Cut::kPower)->Read("log/1"), "1");
}

TEST(FaultStore, WritesMayLandLater) {
  auto store = Open();
  store->LoseAnswers("log/", Lost::kLandsLater, 2);
  EXPECT_TRUE(store->PutIfAbsent("log/1", "late").error().Is(errors::kOutcomeUnknown));
  EXPECT_TRUE(store->PutIfAbsent("log/2", "late").error().Is(errors::kOutcomeUnknown));
  EXPECT_FALSE(Has(*store, "log/1"));
  ASSERT_TRUE(store->PutIfAbsent("log/1", "other").ok());
  auto next = Next(*store, Cut::kKill);
  ASSERT_TRUE(next->LandLateWrites().ok());
  EXPECT_EQ(*next->Read("log/1"), "other");
  EXPECT_EQ(*next->Read("log/2"), "late");
  ASSERT_TRUE(next->Delete("log/2").ok());
  ASSERT_TRUE(next->LandLateWrites().ok());
  EXPECT_FALSE(Has(*next, "log/2"));
}

TEST(FaultStore, FailsWritesAndSyncs) {
  auto store = Open();
  store->FailWrites("a", 2);
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(store->Put("a", "x").error().Is(errors::kStorage));
  EXPECT_FALSE(Has(*store, "a"));
  EXPECT_TRUE(store->Put("a", "x").ok());
  store->FailSync("b");
  EXPECT_TRUE(store->Put("a", "y").ok());
  EXPECT_TRUE(store->PutIfAbsent("b", "x").error().Is(errors::kWriterStopped));
  EXPECT_TRUE(store->Put("a", "z").error().Is(errors::kWriterStopped));
  EXPECT_TRUE(store->Sync({"a"}).error().Is(errors::kWriterStopped));
  EXPECT_TRUE(store->Delete("a").error().Is(errors::kWriterStopped));
  EXPECT_EQ(*store->Read("a"), "y");
  EXPECT_FALSE(Has(*store, "b"));
  EXPECT_TRUE(Next(*store, Cut::kKill)->Put("a", "z").ok());

  auto other = Open();
  ASSERT_TRUE(other->WriteUnsynced("t/1.parquet", "1").ok());
  other->FailWrites("t/");  // not a rule for Sync
  other->FailSync("t/");
  EXPECT_TRUE(other->Sync({"t/1.parquet"}).error().Is(errors::kWriterStopped));
}

TEST(FaultStore, HoldsAnswers) {
  auto store = Open();
  store->HoldAnswers("log/");
  std::atomic<bool> answered{false};
  std::thread writer([&] {
    EXPECT_TRUE(store->PutIfAbsent("log/1", "x").ok());
    answered = true;
  });
  store->WaitForHeldAnswers(1);
  EXPECT_EQ(*store->Read("log/1"), "x");
  EXPECT_FALSE(answered);
  EXPECT_TRUE(store->Put("elsewhere", "x").ok());
  store->ReleaseAnswers();
  writer.join();
  EXPECT_TRUE(answered);
}

TEST(FaultStore, RacesAreLostToAnotherProcess) {
  auto store = Open();
  auto rival = store->AnotherProcess();
  store->BeforePutIfAbsent([&](const std::string& path) {
    if (path == "log/2") EXPECT_TRUE(rival->PutIfAbsent(path, "rival").ok());
  });
  EXPECT_TRUE(store->PutIfAbsent("log/1", "x").ok());
  EXPECT_TRUE(store->PutIfAbsent("log/2", "x").error().Is(errors::kAlreadyThere));
  EXPECT_EQ(*store->Read("log/2"), "rival");
  EXPECT_EQ(*rival->Read("log/1"), "x");
  store->CutNow();
  EXPECT_TRUE(rival->Put("y", "x").ok()) << "a kill ends one process";
  auto next = Next(*store, Cut::kPower);
  EXPECT_TRUE(rival->is_cut()) << "a power cut ends all";
  EXPECT_TRUE(rival->Put("y", "x").error().Is(errors::kWriterStopped));
  EXPECT_EQ(*next->Read("log/2"), "rival");
}

// A name that a killed process left unsynced becomes durable with its folder.
TEST(FaultStore, TheNextWriterInTheFolderMakesAKilledOnesNameDurable) {
  for (bool loses : {false, true}) {
    auto store = Open();
    store->CutAtStep(2);
    EXPECT_TRUE(store->PutIfAbsent("log/1", "x").error().Is(errors::kOutcomeUnknown));
    auto next = Next(*store, Cut::kKill);
    EXPECT_EQ(next->PutIfAbsent(loses ? "log/1" : "log/2", "y").ok(), !loses);
    EXPECT_EQ(*Next(*next, Cut::kPower)->Read("log/1"), "x");
  }
}

}  // namespace
}  // namespace firn::faults

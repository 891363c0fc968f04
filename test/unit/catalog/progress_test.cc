// Offsets and runs in commits: rule 8's lost races, claims of runs, restarts from log and checkpoint.
#include <gmock/gmock.h>

#include "base/errors.h"
#include "base/ids.h"
#include "unit/catalog/lake.h"

namespace firn::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

class ProgressTest : public ::testing::Test {
 protected:
  void SetUp() override {
    store_ = storage::OpenMemoryStore();
    catalog_ = Must(OpenLake(store_, TestOptions(&clock_)));
    std::string schema = Must(MakeSchema(*catalog_));
    Must(MakeTable(*catalog_, schema, "T"));
    StatePtr state = catalog_->Current();
    table_ = state->Find(schema, ObjectKind::kTable, "T");
    stream_ = NewObject(StreamInfo{table_->id, true, false}, schema, "S", "ACCOUNTADMIN");
    TaskInfo task;
    task.text = "SELECT 1";
    task_ = NewObject(task, schema, "J", "ACCOUNTADMIN");
    Transaction made;
    made.objects = {ObjectChange::Create(stream_), ObjectChange::Create(task_)};
    made.offsets = {{stream_.id, std::string(kSnapshotOffset), std::nullopt, 7}};
    Must(catalog_->Commit(made));
  }
  Status Move(const std::string& owner, const std::string& key, std::optional<int64_t> from,
              std::optional<int64_t> to) {
    Transaction transaction;
    transaction.offsets = {{owner, key, from, to}};
    FIRN_TRY(catalog_->Commit(transaction));
    return Ok();
  }
  Status Put(RunRecord run, std::optional<RunState> expected) {
    Transaction transaction;
    transaction.runs = {{std::move(run), expected}};
    FIRN_TRY(catalog_->Commit(transaction));
    return Ok();
  }
  RunRecord NewRun(Micros scheduled) {
    RunRecord run;
    run.id = NewUuid();
    run.object_id = task_.id;
    run.graph_run_id = run.id;
    run.scheduled = scheduled;
    return run;
  }

  TestClock clock_{1'700'000'000'000'000};
  std::shared_ptr<storage::Store> store_;
  std::unique_ptr<Catalog> catalog_;
  ObjectRef table_;
  Object stream_;
  Object task_;
};

TEST_F(ProgressTest, AnOffsetMovesOnceFromWhereItStood) {
  EXPECT_TRUE(Move(stream_.id, "snapshot", 7, 8).ok());
  Status late = Move(stream_.id, "snapshot", 7, 9);
  ASSERT_FALSE(late.ok());
  EXPECT_TRUE(late.error().Is(errors::kConflict));
  EXPECT_THAT(catalog_->Current()->OffsetsOf(stream_.id), ElementsAre(Pair("snapshot", 8)));
  EXPECT_TRUE(Move(table_->id, "buffer-1", std::nullopt, 100).ok());
  EXPECT_TRUE(Move(table_->id, "buffer-2", std::nullopt, 5).ok());
  EXPECT_FALSE(Move(NewUuid(), "buffer-2", std::nullopt, 5).ok());
}

TEST_F(ProgressTest, OffsetsAndRunsAreThereAfterARestart) {
  RunRecord run = NewRun(clock_.Now());
  run.counts = {{"rows_inserted", 3}};
  ASSERT_TRUE(Put(run, std::nullopt).ok());
  for (bool checkpoint : {false, true}) {
    if (checkpoint) ASSERT_TRUE(catalog_->Checkpoint().ok());
    catalog_.reset();
    catalog_ = Must(OpenLake(store_, TestOptions(&clock_)));
    StatePtr state = catalog_->Current();
    EXPECT_THAT(state->OffsetsOf(stream_.id), ElementsAre(Pair("snapshot", 7)));
    ASSERT_NE(state->Run(run.id), nullptr);
    EXPECT_EQ(state->Run(run.id)->counts.at("rows_inserted"), 3);
    EXPECT_EQ(state->OpenRuns().size(), 1u);
    ObjectRef stream = state->ById(stream_.id);
    ASSERT_NE(stream, nullptr);
    EXPECT_TRUE(stream->As<StreamInfo>()->append_only);
  }
}

TEST_F(ProgressTest, ARunIsTakenByOneProcess) {
  RunRecord run = NewRun(clock_.Now());
  ASSERT_TRUE(Put(run, std::nullopt).ok());
  EXPECT_FALSE(Put(run, std::nullopt).ok());
  run.state = RunState::kExecuting;
  run.node = "a";
  run.lease = clock_.Now() + 30'000'000;
  ASSERT_TRUE(Put(run, RunState::kRequested).ok());
  RunRecord other = run;
  other.node = "b";
  EXPECT_FALSE(Put(other, RunState::kRequested).ok());
  EXPECT_FALSE(Put(other, RunState::kExecuting).ok());
  clock_.Advance(std::chrono::minutes(1));
  EXPECT_TRUE(Put(other, RunState::kExecuting).ok());
  other.state = RunState::kSucceeded;
  EXPECT_TRUE(Put(other, RunState::kExecuting).ok());
  EXPECT_TRUE(catalog_->Current()->OpenRuns().empty());
}

TEST_F(ProgressTest, RunsAreForgottenAfterAWeekOrAThousand) {
  std::string first;
  for (size_t i = 0; i < kRunsOfObjectMax + 2; ++i) {
    RunRecord run = NewRun(clock_.Now() + static_cast<Micros>(i));
    run.state = RunState::kSucceeded;
    if (i == 0) first = run.id;
    ASSERT_TRUE(Put(run, std::nullopt).ok());
  }
  StatePtr state = catalog_->Current();
  EXPECT_EQ(state->RunsOf(task_.id, kRunsOfObjectMax * 2).size(), kRunsOfObjectMax);
  EXPECT_EQ(state->Run(first), nullptr);
  clock_.Advance(std::chrono::microseconds(kRunKept * 2));
  RunRecord last = NewRun(clock_.Now());
  ASSERT_TRUE(Put(last, std::nullopt).ok());
  EXPECT_EQ(catalog_->Current()->RunsOf(task_.id).size(), 1u);
}

}  // namespace
}  // namespace firn::catalog

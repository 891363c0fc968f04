// Commits, validity, time travel and restarts on memory and on a folder.
#include <gmock/gmock.h>

#include <filesystem>
#include <thread>

#include "base/errors.h"
#include "base/ids.h"
#include "catalog/log_entry.h"
#include "catalog/versions.h"
#include "iceberg/metadata_update.h"
#include "unit/catalog/lake.h"

namespace firn::catalog {
namespace {

using ::testing::HasSubstr;

class CommitTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (GetParam()) {
      folder_ = NewFolderPath();
      store_ = Must(storage::OpenLocalStore(folder_));
    } else {
      store_ = storage::OpenMemoryStore();
    }
    Reopen();
    schema_id_ = Must(MakeSchema(*catalog_));
  }
  void TearDown() override {
    catalog_.reset();
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }
  void Reopen() {
    catalog_.reset();
    catalog_ = Must(OpenLake(store_, TestOptions(&clock_)));
  }
  void Table(const std::string& name) { Must(MakeTable(*catalog_, schema_id_, name)); }

  /// What a session's DELETE of one position of a file does.
  Status DeleteRow(PendingTable* pending, const TableVersionPtr& pinned, const std::string& path, uint64_t position,
                   std::vector<iceberg::ColumnRange> predicate = {}) {
    FIRN_ASSIGN(TableVersionPtr over, pending->Over(pinned));
    const iceberg::LiveFilePtr* file = over->files->Find(path);
    EXPECT_NE(file, nullptr);
    FIRN_ASSIGN(auto old, iceberg::LoadDeletes(*over->store, **file));
    auto vector = std::make_shared<iceberg::DeletionVector>();
    if ((*file)->pending) *vector = *(*file)->pending;
    if (old) vector->UnionWith(*old);
    vector->Add(position);
    iceberg::TableChange change;
    change.operation = iceberg::Operation::kDelete;
    change.vectors[path] = vector;
    iceberg::ReadSet reads;
    reads.touched = {path};
    reads.predicate = std::move(predicate);
    return pending->Add(Verb::kDelete, pinned, std::move(change), std::move(reads));
  }
  iceberg::ColumnRange Between(int64_t low, int64_t high) {
    iceberg::ColumnRange range;
    range.field_id = 1;
    range.lower = iceberg::Value(low);
    range.upper = iceberg::Value(high);
    return range;
  }
  Transaction Of(PendingTable pending, const std::string& kind) {
    Transaction transaction;
    transaction.statements = {Statement(kind)};
    transaction.tables.push_back(std::move(pending));
    return transaction;
  }

  TestClock clock_{1'700'000'000'000'000};
  std::string folder_;
  std::shared_ptr<storage::Store> store_;
  std::unique_ptr<Catalog> catalog_;
  std::string schema_id_;
};

INSTANTIATE_TEST_SUITE_P(Stores, CommitTest, ::testing::Bool(),
                         [](const auto& param) { return param.param ? "Folder" : "Memory"; });

TEST_P(CommitTest, ANewAccountHasItsUserRolesAndWarehouse) {
  StatePtr state = catalog_->Current();
  ObjectRef admin = state->Find("", ObjectKind::kUser, "ADMIN");
  ASSERT_NE(admin, nullptr);
  EXPECT_TRUE(VerifyPassword(admin->As<UserInfo>()->password_hash, "secret"));
  EXPECT_EQ(admin->As<UserInfo>()->default_role, "ACCOUNTADMIN");
  EXPECT_EQ(state->Children("", ObjectKind::kRole).size(), 5u);
  EXPECT_NE(state->Find("", ObjectKind::kWarehouse, "COMPUTE_WH"), nullptr);
  EXPECT_EQ(catalog_->generated_password(), std::nullopt);
  Reopen();
  EXPECT_EQ(catalog_->Current()->Find("", ObjectKind::kUser, "ADMIN")->id, admin->id);
}

TEST_P(CommitTest, RowsAreThereAfterARestart) {
  Table("T");
  for (int i = 1; i <= 5; ++i) Must(Insert(*catalog_, "T", i));
  EXPECT_EQ(RowsOf(*catalog_, "T"), 15);
  Reopen();
  EXPECT_EQ(RowsOf(*catalog_, "T"), 15);
  EXPECT_EQ(VersionOf(*catalog_, "T")->metadata->snapshots.size(), 5u);
  // From a checkpoint too, and without one.
  Must(catalog_->Checkpoint());
  Must(Insert(*catalog_, "T", 10));
  Reopen();
  EXPECT_EQ(RowsOf(*catalog_, "T"), 25);
  for (const auto& info : Must(store_->List("catalog/checkpoint/"))) Must(store_->Put(info.path, "{ torn"));
  Reopen();
  EXPECT_EQ(RowsOf(*catalog_, "T"), 25);
}

TEST_P(CommitTest, ATableIsCreatedWithItsFirstRows) {
  Must(catalog_->Commit(NewTableTransaction(*catalog_, schema_id_, "CTAS", {3, 4})));
  EXPECT_EQ(RowsOf(*catalog_, "CTAS"), 7);
  TableVersionPtr version = VersionOf(*catalog_, "CTAS");
  EXPECT_EQ(version->metadata->snapshots.size(), 1u);
  EXPECT_THAT(version->metadata_location, HasSubstr("data/" + version->table_id + "/metadata/"));
  Reopen();
  EXPECT_EQ(RowsOf(*catalog_, "CTAS"), 7);
}

TEST_P(CommitTest, ANameIsGivenOnce) {
  Table("T");
  Result<ObjectRef> again = MakeTable(*catalog_, schema_id_, "T");
  ASSERT_FALSE(again.ok());
  EXPECT_TRUE(again.error().Is(errors::kObjectExists));
  Object view = NewObject(ViewInfo{}, schema_id_, "T", "");
  Transaction transaction;
  transaction.objects = {ObjectChange::Create(view)};
  EXPECT_TRUE(catalog_->Commit(std::move(transaction)).error().Is(errors::kObjectExists));
}

TEST_P(CommitTest, ReplaceValidatesTheUuidAndAlterTheVersion) {
  Table("T");
  ObjectRef old = TableNamed(*catalog_, "T");
  auto replace = [&] {
    Transaction transaction = NewTableTransaction(*catalog_, schema_id_, "T", {2});
    transaction.objects = {ObjectChange::Replace(*old, transaction.objects[0].object)};
    return catalog_->Commit(std::move(transaction));
  };
  Must(replace());
  ObjectRef fresh = TableNamed(*catalog_, "T");
  EXPECT_NE(fresh->id, old->id);
  EXPECT_EQ(RowsOf(*catalog_, "T"), 2);
  EXPECT_EQ(catalog_->Current()->LatestDropped(schema_id_, ObjectKind::kTable, "T")->id, old->id);
  EXPECT_TRUE(replace().error().Is(errors::kConflict));

  Object changed = *fresh;
  changed.comment = "one";
  Transaction transaction;
  transaction.objects = {ObjectChange::Alter(*fresh, changed)};
  Must(catalog_->Commit(transaction));
  EXPECT_TRUE(catalog_->Commit(transaction).error().Is(errors::kConflict));
  EXPECT_EQ(TableNamed(*catalog_, "T")->comment, "one");
  EXPECT_EQ(TableNamed(*catalog_, "T")->version, 2);
}

TEST_P(CommitTest, DropUndropAndWhatHappensToWritersMeanwhile) {
  Table("T");
  Must(Insert(*catalog_, "T", 4));
  ObjectRef table = TableNamed(*catalog_, "T");
  TableVersionPtr version = VersionOf(*catalog_, "T");
  PendingTable pending(table, "DB.PUBLIC.T");
  iceberg::TableChange change;
  change.added = {Must(MakeFile(*catalog_, *version, 1))};
  Must(pending.Add(Verb::kInsert, version, change, {}));

  Transaction drop;
  drop.objects = {ObjectChange::Drop(*table)};
  Must(catalog_->Commit(drop));
  EXPECT_EQ(TableNamed(*catalog_, "T"), nullptr);
  Result<CommitResult> late = catalog_->Commit(Of(pending, "INSERT"));
  ASSERT_TRUE(late.error().Is(errors::kConflict));
  EXPECT_THAT(late.error().Message(), HasSubstr("T"));

  Transaction undrop;
  undrop.objects = {ObjectChange::Undrop(*catalog_->Current()->LatestDropped(schema_id_, ObjectKind::kTable, "T"))};
  Must(catalog_->Commit(undrop));
  EXPECT_EQ(RowsOf(*catalog_, "T"), 4);
  Must(catalog_->Commit(Of(pending, "INSERT")));
  EXPECT_EQ(RowsOf(*catalog_, "T"), 5);
  EXPECT_TRUE(catalog_->Commit(undrop).error().Is(errors::kConflict));
}

TEST_P(CommitTest, AppendsPassOverEachOtherAndMayBeInOneEntry) {
  Table("T");
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 5; ++k) Must(Insert(*catalog_, "T", 1));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(RowsOf(*catalog_, "T"), 40);
  EXPECT_EQ(VersionOf(*catalog_, "T")->metadata->snapshots.size(), 40u);
  Reopen();
  EXPECT_EQ(RowsOf(*catalog_, "T"), 40);
}

TEST_P(CommitTest, ADeleteLosesToOneThatTouchedItsFile) {
  Table("T");
  Must(Insert(*catalog_, "T", 10));
  ObjectRef table = TableNamed(*catalog_, "T");
  TableVersionPtr version = VersionOf(*catalog_, "T");
  const std::string path = version->files->files()[0]->data->path;
  PendingTable first(table, "T");
  PendingTable second(table, "T");
  Must(DeleteRow(&first, version, path, 1));
  Must(DeleteRow(&second, version, path, 2));
  Must(catalog_->Commit(Of(first, "DELETE")));
  EXPECT_TRUE(catalog_->Commit(Of(second, "DELETE")).error().Is(errors::kConflict));
  EXPECT_EQ(RowsOf(*catalog_, "T"), 9);
  PendingTable again(table, "T");
  Must(DeleteRow(&again, VersionOf(*catalog_, "T"), path, 2));
  Must(catalog_->Commit(Of(again, "DELETE")));
  EXPECT_EQ(RowsOf(*catalog_, "T"), 8);
  Reopen();
  EXPECT_EQ(RowsOf(*catalog_, "T"), 8);
}

TEST_P(CommitTest, AForeignFileThatMayMatchInvalidatesInAutocommitOnly) {
  Table("T");
  Must(Insert(*catalog_, "T", 10));
  ObjectRef table = TableNamed(*catalog_, "T");
  auto attempt = [&](int64_t low, int64_t high, bool explicit_transaction, Verb foreign_verb) {
    TableVersionPtr version = VersionOf(*catalog_, "T");
    PendingTable pending(table, "T");
    Must(DeleteRow(&pending, version, version->files->files()[0]->data->path, 3, {Between(low, high)}));
    iceberg::TableChange foreign;
    foreign.added = {Must(MakeFile(*catalog_, *version, 1, 100, 200))};
    PendingTable other(table, "T");
    Must(other.Add(foreign_verb, version, foreign, iceberg::ReadSet{{}, false, {}}));
    Must(catalog_->Commit(Of(other, std::string(Name(foreign_verb)))));
    Transaction transaction = Of(pending, "DELETE");
    transaction.explicit_transaction = explicit_transaction;
    return catalog_->Commit(std::move(transaction));
  };
  EXPECT_TRUE(attempt(150, 160, false, Verb::kInsert).error().Is(errors::kConflict));
  EXPECT_TRUE(attempt(300, 400, false, Verb::kInsert).ok());
  EXPECT_TRUE(attempt(150, 160, true, Verb::kInsert).ok());
  EXPECT_TRUE(attempt(150, 160, true, Verb::kMerge).error().Is(errors::kConflict));
}

TEST_P(CommitTest, StatementsOfATransactionSeeTheirOwnWritesAndMakeOneSnapshot) {
  Table("T");
  Must(Insert(*catalog_, "T", 10));
  ObjectRef table = TableNamed(*catalog_, "T");
  TableVersionPtr version = VersionOf(*catalog_, "T");
  PendingTable pending(table, "T");
  iceberg::TableChange insert;
  insert.added = {Must(MakeFile(*catalog_, *version, 5)), Must(MakeFile(*catalog_, *version, 7))};
  const std::string own = insert.added[0].path;
  const std::string replaced = insert.added[1].path;
  Must(pending.Add(Verb::kInsert, version, insert, {}));
  EXPECT_EQ(RowsOf(*Must(pending.Over(version))), 22);

  // Another session's INSERT is seen by the next statement (READ COMMITTED).
  Must(Insert(*catalog_, "T", 100));
  version = VersionOf(*catalog_, "T");
  EXPECT_EQ(RowsOf(*Must(pending.Over(version))), 122);
  std::string committed;
  for (const auto& file : version->files->files()) {
    if (file->data->record_count == 10) committed = file->data->path;
  }
  Must(DeleteRow(&pending, version, own, 0));
  Must(DeleteRow(&pending, version, committed, 9));
  Must(DeleteRow(&pending, version, own, 4));
  iceberg::TableChange remove;
  remove.operation = iceberg::Operation::kDelete;
  remove.removed = {replaced};
  Must(pending.Add(Verb::kDelete, version, remove, {}));
  EXPECT_EQ(RowsOf(*Must(pending.Over(version))), 100 + 9 + 3);
  EXPECT_EQ(RowsOf(*catalog_, "T"), 110);
  EXPECT_EQ(pending.written_files().size(), 2u);

  Transaction transaction = Of(pending, "COMMIT");
  transaction.explicit_transaction = true;
  CommitResult result = Must(catalog_->Commit(std::move(transaction)));
  ASSERT_EQ(result.tables.size(), 1u);
  EXPECT_EQ(RowsOf(*result.tables[0].second), 112);
  EXPECT_EQ(VersionOf(*catalog_, "T")->metadata->snapshots.size(), 3u);
  Reopen();
  EXPECT_EQ(RowsOf(*catalog_, "T"), 112);
}

TEST_P(CommitTest, AnEarlierStatementsFileThatOthersChangedIsAConflictAtOnce) {
  Table("T");
  Must(Insert(*catalog_, "T", 10));
  ObjectRef table = TableNamed(*catalog_, "T");
  TableVersionPtr version = VersionOf(*catalog_, "T");
  const std::string path = version->files->files()[0]->data->path;
  PendingTable pending(table, "T");
  Must(DeleteRow(&pending, version, path, 1));
  PendingTable other(table, "T");
  Must(DeleteRow(&other, version, path, 2));
  Must(catalog_->Commit(Of(other, "DELETE")));
  EXPECT_TRUE(pending.Over(VersionOf(*catalog_, "T")).error().Is(errors::kConflict));
}

TEST_P(CommitTest, SeveralTablesAreAllOrNothing) {
  Table("A");
  Table("B");
  Must(InsertAll(*catalog_, {"A", "B"}, 2));
  EXPECT_EQ(RowsOf(*catalog_, "A"), 2);
  EXPECT_EQ(RowsOf(*catalog_, "B"), 2);
  // A conflict on one undoes both.
  TableVersionPtr a = VersionOf(*catalog_, "A");
  PendingTable pending_a(TableNamed(*catalog_, "A"), "A");
  Must(DeleteRow(&pending_a, a, a->files->files()[0]->data->path, 0));
  TableVersionPtr b = VersionOf(*catalog_, "B");
  PendingTable pending_b(TableNamed(*catalog_, "B"), "B");
  iceberg::TableChange change;
  change.added = {Must(MakeFile(*catalog_, *b, 50))};
  Must(pending_b.Add(Verb::kInsert, b, change, {}));
  Transaction transaction;
  transaction.statements = {Statement("DELETE"), Statement("INSERT")};
  transaction.tables = {pending_b, pending_a};
  PendingTable rival(TableNamed(*catalog_, "A"), "A");
  Must(DeleteRow(&rival, a, a->files->files()[0]->data->path, 1));
  Must(catalog_->Commit(Of(rival, "DELETE")));
  EXPECT_TRUE(catalog_->Commit(transaction).error().Is(errors::kConflict));
  EXPECT_EQ(RowsOf(*catalog_, "A"), 1);
  EXPECT_EQ(RowsOf(*catalog_, "B"), 2);
}

TEST_P(CommitTest, AnAppendPassesOverAnAddedNullableColumnADeleteDoesNot) {
  Table("T");
  Must(Insert(*catalog_, "T", 10));
  ObjectRef table = TableNamed(*catalog_, "T");
  TableVersionPtr version = VersionOf(*catalog_, "T");
  PendingTable append(table, "T");
  iceberg::TableChange change;
  change.added = {Must(MakeFile(*catalog_, *version, 5))};
  Must(append.Add(Verb::kInsert, version, change, {}));
  PendingTable remove(table, "T");
  Must(DeleteRow(&remove, version, version->files->files()[0]->data->path, 0));

  auto add_column = [&](const std::string& name) {
    PendingTable alter(table, "T");
    return alter.Edit(Verb::kAlter, VersionOf(*catalog_, "T"),
                      [name](iceberg::TableMetadata* metadata, int64_t now_ms) -> Status {
                        iceberg::SchemaChange schema(metadata->schema(), metadata->last_column_id,
                                                     metadata->format_version);
                        iceberg::Field field;
                        field.name = name;
                        field.type = iceberg::Type::Of(iceberg::Kind::kString);
                        FIRN_TRY(schema.AddColumn("", field));
                        return iceberg::SetSchema(metadata, schema.schema(), schema.last_column_id(), now_ms);
                      })
                   .ok()
               ? catalog_->Commit(Of(alter, "ALTER"))
               : Result<CommitResult>(Error(errors::kInternal));
  };
  Must(add_column("C"));
  EXPECT_EQ(VersionOf(*catalog_, "T")->metadata->schema().fields.size(), 2u);
  Must(catalog_->Commit(Of(append, "INSERT")));
  EXPECT_EQ(RowsOf(*catalog_, "T"), 15);
  Result<CommitResult> lost = catalog_->Commit(Of(remove, "DELETE"));
  ASSERT_TRUE(lost.error().Is(errors::kConflict));
  EXPECT_THAT(lost.error().Message(), HasSubstr("columns"));
}

TEST_P(CommitTest, RequestsAreRememberedAcrossRestarts) {
  Table("T");
  CommitResult result = Must(Insert(*catalog_, "T", 3, "request-1"));
  for (int round = 0; round < 3; ++round) {
    CommittedRequestRef request = Must(catalog_->Head())->FindRequest("ADMIN", "request-1");
    ASSERT_NE(request, nullptr);
    EXPECT_EQ(request->statement.rows_inserted, 3);
    EXPECT_EQ(request->position, result.position);
    if (round == 1) Must(catalog_->Checkpoint());
    Reopen();
  }
  EXPECT_EQ(Must(catalog_->Head())->FindRequest("ADMIN", "request-2"), nullptr);
  // A copy of the request that comes while the first is under way is not committed twice.
  EXPECT_TRUE(Insert(*catalog_, "T", 3, "request-1").error().Is(errors::kConflict));
  EXPECT_EQ(RowsOf(*catalog_, "T"), 3);
}

TEST_P(CommitTest, TimeTravelByTimeStatementAndSnapshotBeyondTheKeptOnes) {
  CatalogOptions options = TestOptions(&clock_);
  options.snapshots_kept = 3;
  catalog_.reset();
  catalog_ = Must(OpenLake(store_, options));
  clock_.Advance(std::chrono::seconds(1));
  Table("T");
  const Micros created = TableNamed(*catalog_, "T")->created_on;
  std::vector<Micros> times;
  std::vector<std::string> queries;
  std::vector<int64_t> snapshots;
  for (int i = 0; i < 30; ++i) {
    clock_.Advance(std::chrono::seconds(1));
    CommitResult result = Must(Insert(*catalog_, "T", 1));
    times.push_back(result.time);
    const auto& snapshot = **result.tables[0].second->metadata->CurrentSnapshot();
    queries.push_back(snapshot->summary.at(kQueryIdKey));
    snapshots.push_back(snapshot->snapshot_id);
  }
  EXPECT_EQ(VersionOf(*catalog_, "T")->metadata->snapshots.size(), 3u);
  for (int round = 0; round < 2; ++round) {
    StatePtr state = Must(catalog_->Head());
    ObjectRef table = TableNamed(*catalog_, "T");
    auto rows = [&](TimePoint::Kind kind, Micros time, const std::string& query) {
      return RowsOf(*Must(catalog_->TableAsOf(*state, *table, TimePoint{kind, time, query})));
    };
    for (int i : {0, 1, 13, 26, 27, 29}) {
      EXPECT_EQ(rows(TimePoint::Kind::kAtTime, times[i], ""), i + 1);
      EXPECT_EQ(rows(TimePoint::Kind::kAtTime, times[i] + 400'000, ""), i + 1);
      EXPECT_EQ(rows(TimePoint::Kind::kBeforeTime, times[i], ""), i);
      EXPECT_EQ(rows(TimePoint::Kind::kAtStatement, 0, queries[i]), i + 1);
      EXPECT_EQ(rows(TimePoint::Kind::kBeforeStatement, 0, queries[i]), i);
      EXPECT_EQ(RowsOf(*Must(catalog_->TableAtSnapshot(*state, *table, snapshots[i]))), i + 1);
    }
    EXPECT_EQ(rows(TimePoint::Kind::kAtTime, created, ""), 0);
    auto fails = [&](TimePoint point) {
      return catalog_->TableAsOf(*state, *table, point).error().Is(errors::kNoTimeTravel);
    };
    EXPECT_TRUE(fails({TimePoint::Kind::kBeforeTime, created, ""}));
    EXPECT_TRUE(fails({TimePoint::Kind::kAtStatement, 0, NewQueryId()}));
    EXPECT_TRUE(catalog_->TableAtSnapshot(*state, *table, 7).error().Is(errors::kNoTimeTravel));
    Reopen();
  }
}

TEST_P(CommitTest, ACloneSharesFilesAndGoesItsOwnWay) {
  Table("T");
  Must(Insert(*catalog_, "T", 10));
  TableVersionPtr source = VersionOf(*catalog_, "T");
  Object object = *TableNamed(*catalog_, "T");
  object.id = NewUuid();
  object.name = "C";
  object.created_on = 0;
  TableVersionPtr initial = Must(catalog_->CloneTable(object.id, *source));
  object.As<TableInfo>()->location = initial->metadata->location;
  Transaction transaction;
  transaction.statements = {Statement("CREATE_TABLE")};
  transaction.tables = {PendingTable::New(std::make_shared<const Object>(object), "C", initial)};
  transaction.objects = {ObjectChange::Create(object)};
  Must(catalog_->Commit(std::move(transaction)));
  EXPECT_EQ(RowsOf(*catalog_, "C"), 10);
  Must(Insert(*catalog_, "C", 5));
  Must(Insert(*catalog_, "T", 1));
  Reopen();
  EXPECT_EQ(RowsOf(*catalog_, "C"), 15);
  EXPECT_EQ(RowsOf(*catalog_, "T"), 11);
}

TEST_P(CommitTest, SequencesLeaseBlocksThatAreNeverGivenBack) {
  Object sequence = NewObject(SequenceInfo{10, 5, false}, schema_id_, "S", "");
  Transaction transaction;
  transaction.objects = {ObjectChange::Create(sequence)};
  Must(catalog_->Commit(transaction));
  std::vector<int64_t> numbers;
  for (int64_t count : {1, 3, 200, 1}) {
    for (const auto& run : Must(catalog_->NextNumbers(sequence.id, count))) {
      EXPECT_EQ(run.step, 5);
      for (int64_t i = 0; i < run.count; ++i) numbers.push_back(run.first + i * run.step);
    }
  }
  ASSERT_EQ(numbers.size(), 205u);
  for (size_t i = 0; i < numbers.size(); ++i) EXPECT_EQ(numbers[i], 10 + 5 * static_cast<int64_t>(i));
  Reopen();
  EXPECT_GT(Must(catalog_->NextNumbers(sequence.id, 1))[0].first, numbers.back());
  EXPECT_TRUE(catalog_->NextNumbers(NewUuid(), 1).error().Is(errors::kCannotPerform));
}

TEST_P(CommitTest, TwoProcessesNeverGetTheSameNumber) {
  Object sequence = NewObject(SequenceInfo{}, schema_id_, "S", "");
  Transaction transaction;
  transaction.objects = {ObjectChange::Create(sequence)};
  Must(catalog_->Commit(transaction));
  std::unique_ptr<Catalog> other = Must(OpenLake(store_));
  std::set<int64_t> seen;
  for (int i = 0; i < 200; ++i) {
    for (Catalog* catalog : {catalog_.get(), other.get()}) {
      for (const auto& run : Must(catalog->NextNumbers(sequence.id, 3))) {
        for (int64_t k = 0; k < run.count; ++k) EXPECT_TRUE(seen.insert(run.first + k).second);
      }
    }
  }
  EXPECT_EQ(seen.size(), 1200u);
}

TEST_P(CommitTest, NothingToCommitMakesNoEntry) {
  Table("T");
  const int64_t position = catalog_->Current()->position();
  TableVersionPtr version = VersionOf(*catalog_, "T");
  PendingTable pending(TableNamed(*catalog_, "T"), "T");
  Must(pending.Add(Verb::kUpdate, version, {}, {}));
  EXPECT_EQ(Must(catalog_->Commit(Of(pending, "UPDATE"))).position, position);
}

TEST_P(CommitTest, AWithdrawnCommitIsNotCommitted) {
  Table("T");
  Locks& locks = catalog_->locks();
  Must(locks.Lock({"x", "x", "a", "q", 0}));
  // Canceled before it was queued: the writer drops it, or it was faster; never in between.
  for (int i = 0; i < 20; ++i) {
    TableVersionPtr version = VersionOf(*catalog_, "T");
    const int64_t before = RowsOf(*version);
    PendingTable pending(TableNamed(*catalog_, "T"), "T");
    iceberg::TableChange change;
    change.added = {Must(MakeFile(*catalog_, *version, 1))};
    Must(pending.Add(Verb::kInsert, version, change, {}));
    Result<CommitResult> result = catalog_->Commit(Of(pending, "INSERT"), [] { return true; });
    if (result.ok()) {
      EXPECT_EQ(RowsOf(*catalog_, "T"), before + 1);
    } else {
      EXPECT_TRUE(result.error().Is(errors::kCanceled));
      Must(Insert(*catalog_, "T", 10));
      EXPECT_EQ(RowsOf(*catalog_, "T"), before + 10);
    }
  }
}

TEST_P(CommitTest, TokensFindTheirUser) {
  NewToken token = MakeToken("ci", clock_.Now(), clock_.Now() + 60'000'000);
  ObjectRef admin = catalog_->Current()->Find("", ObjectKind::kUser, "ADMIN");
  Object changed = *admin;
  changed.As<UserInfo>()->tokens.push_back(token.row);
  Transaction transaction;
  transaction.objects = {ObjectChange::Alter(*admin, changed)};
  Must(catalog_->Commit(transaction));
  Reopen();
  StatePtr state = catalog_->Current();
  ASSERT_TRUE(FindToken(*state, token.text, clock_.Now()).has_value());
  EXPECT_EQ(FindToken(*state, token.text, clock_.Now())->user->name, "ADMIN");
  EXPECT_FALSE(FindToken(*state, token.text, token.row.expires).has_value());
  EXPECT_FALSE(FindToken(*state, token.text + "0", clock_.Now()).has_value());
}

TEST(ForeignTables, OnlyUnderAnAllowedFolderAndInsideTheirLocation) {
  const std::string root = NewFolderPath();
  std::filesystem::create_directories(root + "/allowed");
  std::string metadata_uri;
  {
    std::unique_ptr<Catalog> theirs = Must(OpenLake(Must(storage::OpenLocalStore(root + "/allowed/lake"))));
    Must(MakeTable(*theirs, Must(MakeSchema(*theirs)), "T"));
    Must(Insert(*theirs, "T", 6));
    metadata_uri = VersionOf(*theirs, "T")->metadata_location;
  }
  std::shared_ptr<storage::Store> own = Must(storage::OpenLocalStore(root + "/own"));
  {
    std::unique_ptr<Catalog> catalog = Must(OpenLake(own));
    EXPECT_TRUE(catalog->ForeignTable("t", metadata_uri).error().Is(errors::kOutsideLocation));
  }
  CatalogOptions options = TestOptions();
  options.allowed_folders = {root + "/allowed"};
  std::unique_ptr<Catalog> catalog = Must(OpenLake(own, options));
  TableVersionPtr version = Must(catalog->ForeignTable("t", metadata_uri));
  EXPECT_EQ(RowsOf(*version), 6);
  EXPECT_TRUE(catalog->ForeignTable("t", "s3://bucket/x.metadata.json").error().Is(errors::kUnsupported));
  EXPECT_TRUE(catalog->ForeignTable("t", "file://" + root + "/allowed/none").error().Is(errors::kNotFound));

  // It becomes a table of ours that is read only.
  std::string schema_id = Must(MakeSchema(*catalog));
  TableInfo info;
  info.location = version->metadata->location;
  info.read_only = true;
  Object object = NewObject(info, schema_id, "F", "");
  Transaction transaction;
  transaction.tables = {PendingTable::New(std::make_shared<const Object>(object), "F", version)};
  transaction.objects = {ObjectChange::Create(object)};
  Must(catalog->Commit(transaction));
  catalog = Must(OpenLake(own, options));
  EXPECT_EQ(RowsOf(*catalog, "F"), 6);
  iceberg::TableChange change;
  change.added.emplace_back();
  change.added[0].path = version->metadata->location + "/data/x.parquet";
  PendingTable pending(TableNamed(*catalog, "F"), "F");
  Must(pending.Add(Verb::kInsert, VersionOf(*catalog, "F"), change, {}));
  Transaction insert;
  insert.tables = {pending};
  EXPECT_TRUE(catalog->Commit(insert).error().Is(errors::kUnsupported));

  // Metadata that names files elsewhere.
  const std::string path = metadata_uri.substr(7);
  std::string hostile_path = path.substr(0, path.rfind('/')) + "/00009-hostile.metadata.json";
  auto local = Must(storage::OpenLocalStore(root));
  std::string text = Must(local->Read(path.substr(root.size() + 1)));
  for (const std::string& location : {std::string("file:///etc"), std::string("file:///"), root}) {
    iceberg::TableMetadata metadata = Must(iceberg::ParseTableMetadata(text, "x"));
    metadata.location = location;
    Must(local->Put(hostile_path.substr(root.size() + 1), metadata.ToJson()));
    auto read = catalog->ForeignTable("t", "file://" + hostile_path);
    ASSERT_FALSE(read.ok()) << location;
    // "file:///" without its slashes at the end is no location at all.
    EXPECT_TRUE(read.error().Is(errors::kOutsideLocation) || read.error().Is(errors::kUnsupported))
        << location << ": " << read.error().Message();
  }
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace firn::catalog

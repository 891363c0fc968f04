// The power goes at every step of a commit: the old snapshot stays readable, and one whose metadata was answered for is
// whole. A failed attempt can be made again with what is left of it.
#include <gtest/gtest.h>

#include "base/errors.h"
#include "faults/fault_store.h"
#include "unit/iceberg/table_fixture.h"

namespace firn::iceberg {
namespace {

using faults::Cut;
using faults::FaultStore;

struct Table {
  TableMetadata metadata;
  TableFilesPtr files;
  std::string uri;
};

DataFile Data(const TableMetadata& metadata, const std::string& name) {
  DataFile file;
  file.path = metadata.location + "/data/" + name;
  file.record_count = 10;
  file.size = 100;
  return file;
}

Result<Table> Commit(storage::Store& store, const Table& table, TableChange change) {
  FIRN_ASSIGN(auto prepared, PreparedChange::Make(store, table.metadata, *table.files, std::move(change)));
  FIRN_ASSIGN(auto applied, prepared.Apply(store, table.metadata, *table.files, 5'000'000));
  Table out{std::move(applied.metadata), std::move(applied.files), ""};
  FIRN_ASSIGN(out.uri, WriteTableMetadata(store, &out.metadata, table.uri, 0));
  return out;
}

/// A table whose next commit does all there is to do: append, vector, removal, merge.
Table Start(storage::Store& store) {
  NewTableOptions options;
  options.location = store.Uri("t");
  options.fields = {MakeField("id", Type::Of(Kind::kLong))};
  options.properties = {{kMinCountToMerge, "2"}};
  Table table{*NewTable(std::move(options)), std::make_shared<const TableFiles>(), ""};
  for (const char* name : {"a", "b", "c"}) {
    TableChange change;
    change.added = {Data(table.metadata, name)};
    if (*name == 'c') change.added.push_back(Data(table.metadata, "d"));
    table.metadata.properties[kMergeEnabled] = "false";
    table = *Commit(store, table, std::move(change));
  }
  table.metadata.properties.erase(kMergeEnabled);
  return table;
}

TableChange Change(const Table& table) {
  TableChange change;
  change.operation = Operation::kOverwrite;
  change.added = {Data(table.metadata, "e")};
  change.removed = {table.metadata.location + "/data/c"};
  auto vector = std::make_shared<DeletionVector>();
  vector->Add(3);
  change.vectors[table.metadata.location + "/data/d"] = vector;
  return change;
}

std::vector<std::string> Loaded(storage::Store& store, const std::string& uri) {
  auto metadata = ReadTableMetadata(store, uri);
  EXPECT_TRUE(metadata.ok()) << metadata.error().Message();
  auto files = LoadTableFiles(store, *metadata);
  EXPECT_TRUE(files.ok()) << files.error().Message();
  for (const LiveFilePtr& file : (*files)->files()) EXPECT_TRUE(LoadDeletes(store, *file).ok());
  return Describe(**files);
}

TEST(CommitFaults, PowerGoesAtEveryStep) {
  bool done = false;
  int committed = 0;
  for (int64_t step = 1; !done && step < 100; ++step) {
    auto store = *FaultStore::OnMemory();
    Table table = Start(*store);
    std::vector<std::string> before = Loaded(*store, table.uri);
    int64_t start = store->steps();
    store->CutAtStep(start + step);
    auto after = Commit(*store, table, Change(table));
    done = !store->is_cut();
    auto next = store->Reopen(Cut::kPower);
    ASSERT_TRUE(next.ok());
    EXPECT_EQ(Loaded(**next, table.uri), before) << step;
    if (after.ok()) {
      ++committed;
      EXPECT_EQ(Loaded(**next, after->uri), Describe(*after->files)) << step;
    }
  }
  EXPECT_TRUE(done);
  EXPECT_EQ(committed, 1);
}

/// Fails every write from a given one on, until told otherwise.
class Failing : public storage::Store {
 public:
  explicit Failing(std::unique_ptr<storage::Store> inner) : inner_(std::move(inner)) {}
  Result<std::string> Read(const std::string& path) override { return inner_->Read(path); }
  Result<std::string> ReadRange(const std::string& path, uint64_t offset, uint64_t length) override {
    return inner_->ReadRange(path, offset, length);
  }
  Result<storage::ObjectInfo> Head(const std::string& path) override { return inner_->Head(path); }
  Result<std::vector<storage::ObjectInfo>> List(const std::string& prefix, const std::string& after) override {
    return inner_->List(prefix, after);
  }
  Status Put(const std::string& path, std::string_view bytes) override {
    if (writes_left_-- <= 0) return Error(errors::kStorage, {path, "the disk is full"});
    return inner_->Put(path, bytes);
  }
  Status PutIfAbsent(const std::string& path, std::string_view bytes) override {
    return inner_->PutIfAbsent(path, bytes);
  }
  Status Sync(const std::vector<std::string>& paths) override { return inner_->Sync(paths); }
  Status Delete(const std::string& path) override { return inner_->Delete(path); }
  std::string Uri(const std::string& path) const override { return inner_->Uri(path); }
  Result<std::string> PathOf(std::string_view uri) const override { return inner_->PathOf(uri); }
  std::atomic<int> writes_left_{1000};

 private:
  std::unique_ptr<storage::Store> inner_;
};

TEST(CommitFaults, AFailedAttemptIsMadeAgain) {
  int failures = 0;
  for (int writes = 0; writes < 8; ++writes) {
    Failing store(storage::OpenMemoryStore());
    Table table = Start(store);
    auto prepared = PreparedChange::Make(store, table.metadata, *table.files, Change(table));
    ASSERT_TRUE(prepared.ok());
    store.writes_left_ = writes;
    auto failed = prepared->Apply(store, table.metadata, *table.files, 5'000'000);
    failures += !failed.ok();
    store.writes_left_ = 1000;
    auto applied = failed.ok() ? std::move(failed) : prepared->Apply(store, table.metadata, *table.files, 5'000'000);
    ASSERT_TRUE(applied.ok()) << applied.error().Message();
    auto uri = WriteTableMetadata(store, &applied->metadata, table.uri, 0);
    ASSERT_TRUE(uri.ok());
    EXPECT_EQ(Loaded(store, *uri), Describe(*applied->files));
    // What the failed attempt left is told, and is none of what the table needs.
    for (const std::string& leftover : prepared->Leftovers(false)) {
      ASSERT_TRUE(store.Delete(*store.PathOf(leftover)).ok());
    }
    EXPECT_EQ(Loaded(store, *uri), Describe(*applied->files));
  }
  EXPECT_GE(failures, 3);
}

}  // namespace
}  // namespace firn::iceberg

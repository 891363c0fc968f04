// Commits: what they write is what a reader loads; numbers, summaries, merging, rebase, conflicts.
#include "iceberg/table_change.h"

#include <gtest/gtest.h>

#include <set>

#include "base/errors.h"
#include "unit/iceberg/table_fixture.h"

namespace firn::iceberg {
namespace {

TEST(TableChange, Appends) {
  for (int version : {2, 3}) {
    TableFixture table(version);
    table.Commit(TableFixture::Append({table.Data("a", 0, 10), table.Data("b", 10, 5)}));
    table.Commit(TableFixture::Append({table.Data("c", 15, 1)}));
    EXPECT_EQ(table.files_->files().size(), 3u);
    const DataFile& c = *(*table.files_->Find(table.Path("c")))->data;
    EXPECT_EQ(c.data_sequence_number, 2);
    EXPECT_EQ(table.metadata_.last_sequence_number, 2);
    EXPECT_EQ(table.metadata_.next_row_id, version == 3 ? 16 : 0);
    if (version == 3) EXPECT_EQ(c.first_row_id, 15);
    if (version == 3) EXPECT_EQ((**table.metadata_.CurrentSnapshot())->added_rows, 1);
    EXPECT_EQ(table.Summary("operation"), "append");
    EXPECT_EQ(table.Summary("added-data-files"), "1");
    EXPECT_EQ(table.Summary("added-records"), "1");
    EXPECT_EQ(table.Summary("total-data-files"), "3");
    EXPECT_EQ(table.Summary("total-records"), "16");
    EXPECT_EQ(table.Summary("total-files-size"), "1600");
    EXPECT_EQ(table.Summary("deleted-data-files"), "-");
    EXPECT_EQ(table.metadata_.snapshot_log.size(), 2u);
    EXPECT_EQ((**table.metadata_.CurrentSnapshot())->parent_snapshot_id, (*table.metadata_.snapshots[0])->snapshot_id);
  }
}

TEST(TableChange, AnEmptyAppendIsASnapshot) {
  TableFixture table;
  TableChange change;
  change.summary["firn.applied"] = "x";
  table.Commit(change);
  EXPECT_EQ(table.Summary("firn.applied"), "x");
  EXPECT_EQ(table.Summary("total-records"), "0");
  EXPECT_TRUE(table.files_->files().empty());
}

TEST(TableChange, VectorsReplaceEachOther) {
  TableFixture table;
  table.Commit(TableFixture::Append({table.Data("a", 0, 10), table.Data("b", 10, 5)}));
  table.Commit(table.Delete("a", {1, 2}));
  EXPECT_EQ(table.Summary("operation"), "delete");
  EXPECT_EQ(table.Summary("added-dvs"), "1");
  EXPECT_EQ(table.Summary("added-position-deletes"), "2");
  EXPECT_EQ(table.Summary("total-delete-files"), "1");
  table.Commit(table.Delete("a", {9}));
  EXPECT_EQ(table.Summary("added-position-deletes"), "3");
  EXPECT_EQ(table.Summary("removed-position-deletes"), "2");
  EXPECT_EQ(table.Summary("removed-dvs"), "1");
  EXPECT_EQ(table.Summary("total-delete-files"), "1");
  EXPECT_EQ(table.Summary("total-position-deletes"), "3");
  const LiveFilePtr* live = table.files_->Find(table.Path("a"));
  auto deletes = LoadDeletes(*table.store_, **live);
  ASSERT_TRUE(deletes.ok()) << deletes.error().Message();
  EXPECT_EQ((*deletes)->Positions(), (std::vector<uint64_t>{1, 2, 9}));
  auto none = LoadDeletes(*table.store_, **table.files_->Find(table.Path("b")));
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(*none, nullptr);
  table.Commit(table.Remove("a"));  // takes its vector with it
  EXPECT_EQ(table.Summary("removed-dvs"), "1");
  EXPECT_EQ(table.Summary("deleted-data-files"), "1");
  EXPECT_EQ(table.Summary("total-delete-files"), "0");
  EXPECT_EQ(table.Summary("total-records"), "5");
  EXPECT_EQ(table.files_->files().size(), 1u);
  table.Commit(TableFixture::Append({table.Data("c", 15, 1)}));
  for (const LoadedManifestPtr& manifest : table.files_->manifests()) EXPECT_FALSE(manifest->live.empty());
}

TEST(TableChange, DeletingEveryRowRemovesTheFile) {
  TableFixture table;
  table.Commit(TableFixture::Append({table.Data("a", 0, 3), table.Data("b", 3, 3)}));
  table.Commit(table.Delete("a", {0}));
  table.Commit(table.Delete("a", {1, 2}));
  EXPECT_EQ(table.files_->Find(table.Path("a")), nullptr);
  EXPECT_EQ(table.Summary("deleted-data-files"), "1");
  EXPECT_EQ(table.Summary("added-dvs"), "-");
  EXPECT_EQ(table.Summary("total-delete-files"), "0");
}

TEST(TableChange, RowsAddedAndMarkedInOneCommit) {
  TableFixture table;
  TableChange change = TableFixture::Append({table.Data("a", 0, 10)});
  auto vector = std::make_shared<DeletionVector>();
  vector->Add(4);
  change.operation = Operation::kOverwrite;
  change.vectors[table.Path("a")] = vector;
  table.Commit(std::move(change));
  auto deletes = LoadDeletes(*table.store_, **table.files_->Find(table.Path("a")));
  ASSERT_TRUE(deletes.ok());
  EXPECT_EQ((*deletes)->Positions(), std::vector<uint64_t>{4});
}

TEST(TableChange, EntriesKeepTheirHistory) {
  TableFixture table;
  table.Commit(TableFixture::Append({table.Data("a", 0, 10), table.Data("b", 10, 5)}));
  int64_t first = *table.metadata_.current_snapshot_id;
  table.Commit(table.Remove("a"));
  ASSERT_EQ(table.files_->manifests().size(), 1u);
  const LoadedManifest& manifest = *table.files_->manifests()[0];
  auto bytes = table.store_->Read(*table.store_->PathOf(manifest.file.path));
  auto entries = ReadManifest(*bytes, manifest.file);
  ASSERT_TRUE(entries.ok());
  ASSERT_EQ(entries->size(), 2u);
  EXPECT_EQ((*entries)[0].status, EntryStatus::kDeleted);
  EXPECT_EQ((*entries)[0].snapshot_id, *table.metadata_.current_snapshot_id);
  EXPECT_EQ((*entries)[0].file->first_row_id, 0);
  EXPECT_EQ((*entries)[1].status, EntryStatus::kExisting);
  EXPECT_EQ((*entries)[1].snapshot_id, first);
  EXPECT_EQ((*entries)[1].file->data_sequence_number, 1);
  EXPECT_EQ((*entries)[1].file->first_row_id, 10);
  auto before = LoadTableFiles(*table.store_, table.metadata_, first);  // time travel
  ASSERT_TRUE(before.ok());
  EXPECT_EQ((*before)->files().size(), 2u);
}

TEST(TableChange, SmallManifestsMergeInTiers) {
  TableFixture table(3, {}, {{kMinCountToMerge, "4"}});
  std::set<std::string> seen;
  size_t most = 0;
  for (int i = 0; i < 100; ++i) {
    table.Commit(TableFixture::Append({table.Data("f" + std::to_string(i), i, 1)}));
    most = std::max(most, table.files_->manifests().size());
  }
  EXPECT_EQ(table.files_->files().size(), 100u);
  EXPECT_LE(most, 4u * 4u);  // three of each tier, and what waits for the next commit
  EXPECT_GE(most, 4u);
  EXPECT_EQ(table.metadata_.next_row_id, 100);  // merging gives no row ids away
  std::vector<bool> ids(100);
  for (const LiveFilePtr& file : table.files_->files()) ids[static_cast<size_t>(*file->data->first_row_id)] = true;
  EXPECT_EQ(std::count(ids.begin(), ids.end(), true), 100);
  for (int i = 0; i < 100; i += 2) table.Commit(table.Remove("f" + std::to_string(i)));
  EXPECT_EQ(table.files_->files().size(), 50u);
  EXPECT_EQ(table.Summary("total-data-files"), "50");
}

TEST(TableChange, MergingCanBeTurnedOff) {
  TableFixture table(3, {}, {{kMinCountToMerge, "2"}, {kMergeEnabled, "false"}});
  for (int i = 0; i < 10; ++i) table.Commit(TableFixture::Append({table.Data("f" + std::to_string(i), i, 1)}));
  EXPECT_EQ(table.files_->manifests().size(), 10u);
}

TEST(TableChange, SpecsHaveTheirOwnManifests) {
  TableFixture table(3, {{"id", ParseTransform("bucket[4]")}});
  table.Commit(TableFixture::Append({table.Data("a", 0, 10)}));
  DataFile old_spec = table.Data("b", 10, 5);
  ASSERT_TRUE(SetPartitioning(&table.metadata_, {{"id", ParseTransform("truncate[10]")}}, 0).ok());
  table.Commit(TableFixture::Append({old_spec, table.Data("c", 30, 5)}));
  EXPECT_EQ(table.files_->manifests().size(), 3u);
  EXPECT_EQ(table.Summary("changed-partition-count"), "2");
  ColumnRange range;
  range.field_id = 1;
  range.lower = range.upper = Value(int64_t{31});
  auto selected = table.files_->Select(FilePruner(table.metadata_, table.metadata_.schema(), {range}));
  ASSERT_EQ(selected.size(), 1u);
  EXPECT_EQ(selected[0]->data->path, table.Path("c"));
}

TEST(TableChange, ManifestsAreReusedAfterALostRace) {
  TableFixture table;
  table.Commit(TableFixture::Append({table.Data("a", 0, 10), table.Data("b", 10, 5)}));
  auto base = table.files_;
  TableChange change = table.Delete("a", {3});
  change.added = {table.Data("c", 20, 2)};
  change.operation = Operation::kOverwrite;
  auto prepared = PreparedChange::Make(*table.store_, table.metadata_, *table.files_, change);
  ASSERT_TRUE(prepared.ok());
  auto lost = prepared->Apply(*table.store_, table.metadata_, *table.files_, table.now_);
  ASSERT_TRUE(lost.ok());
  auto objects = [&] { return table.store_->List("")->size(); };
  size_t before = objects();
  EXPECT_TRUE(prepared->Leftovers(false).empty());

  table.Commit(TableFixture::Append({table.Data("x", 40, 7)}));
  before = objects();
  EXPECT_FALSE(FindConflict(*base, table.metadata_, *table.files_, change, {{}, false, {}}));
  table.Apply(*prepared);
  EXPECT_EQ(objects(), before + 1);  // the manifest list alone
  const DataFile& c = *(*table.files_->Find(table.Path("c")))->data;
  EXPECT_EQ(c.data_sequence_number, 3);
  EXPECT_EQ(c.first_row_id, 22);
  EXPECT_EQ((*table.files_->Find(table.Path("a")))->vector->data_sequence_number, 3);
  auto leftovers = prepared->Leftovers(false);
  ASSERT_EQ(leftovers.size(), 1u);  // the list of the lost attempt
  EXPECT_NE(leftovers[0].find("snap-"), std::string::npos);
  EXPECT_EQ(prepared->Leftovers(true).size(), 5u);  // two lists, two manifests, a vector
}

TEST(TableChange, MergesAreReusedAfterALostRace) {
  TableFixture table(3, {}, {{kMinCountToMerge, "3"}});
  for (int i = 0; i < 3; ++i) table.Commit(TableFixture::Append({table.Data("f" + std::to_string(i), i, 1)}));
  auto prepared = PreparedChange::Make(*table.store_, table.metadata_, *table.files_,
                                       TableFixture::Append({table.Data("late", 50, 1)}));
  ASSERT_TRUE(prepared.ok());
  auto lost = prepared->Apply(*table.store_, table.metadata_, *table.files_, table.now_);
  ASSERT_TRUE(lost.ok());
  EXPECT_EQ(lost->files->manifests().size(), 2u);
  // The winner does not merge, so that the three small ones are still there.
  table.metadata_.properties[kMergeEnabled] = "false";
  table.Commit(TableFixture::Append({table.Data("winner", 60, 1)}));
  table.metadata_.properties.erase(kMergeEnabled);
  size_t before = table.store_->List("")->size();
  table.Apply(*prepared);
  EXPECT_EQ(table.store_->List("")->size(), before + 1);
  EXPECT_EQ(table.files_->manifests().size(), 3u);
}

TEST(TableChange, AFileThatIsGoneIsAConflict) {
  TableFixture table;
  table.Commit(TableFixture::Append({table.Data("a", 0, 10)}));
  auto prepared = PreparedChange::Make(*table.store_, table.metadata_, *table.files_, table.Remove("a"));
  ASSERT_TRUE(prepared.ok());
  table.Commit(table.Remove("a"));
  auto applied = prepared->Apply(*table.store_, table.metadata_, *table.files_, table.now_);
  ASSERT_FALSE(applied.ok());
  EXPECT_TRUE(applied.error().Is(errors::kConflict));
}

TEST(TableChange, ConflictsOfRule4) {
  TableFixture table;
  table.Commit(TableFixture::Append({table.Data("a", 0, 10), table.Data("b", 10, 5)}));
  auto base = table.files_;
  ColumnRange wanted;
  wanted.field_id = 1;
  wanted.lower = Value(int64_t{0});
  wanted.upper = Value(int64_t{9});
  ReadSet reads;
  reads.predicate = {wanted};
  TableChange change = table.Delete("a", {3});
  auto conflict = [&] { return FindConflict(*base, table.metadata_, *table.files_, change, reads); };

  EXPECT_FALSE(conflict());
  table.Commit(TableFixture::Append({table.Data("far", 100, 5)}));
  EXPECT_FALSE(conflict());
  table.Commit(table.Delete("b", {1}));
  EXPECT_FALSE(conflict());
  table.Commit(TableFixture::Append({table.Data("near", 5, 1)}));
  EXPECT_TRUE(conflict());
  reads.added_files_matter = false;
  EXPECT_FALSE(conflict());
  reads.touched = {table.Path("b")};
  EXPECT_TRUE(conflict());  // it got a vector
  reads.touched = {};
  reads.added_files_matter = true;
  reads.predicate = {};
  EXPECT_TRUE(conflict());
  reads.added_files_matter = false;
  table.Commit(table.Delete("a", {4}));
  EXPECT_TRUE(conflict());
  table.Commit(table.Remove("a"));
  EXPECT_TRUE(conflict());
}

TEST(TableChange, CompactionDoesNotLookLikeNewRows) {
  TableFixture table;
  table.Commit(TableFixture::Append({table.Data("a", 0, 10), table.Data("b", 10, 5)}));
  auto base = table.files_;
  TableChange compact;
  compact.operation = Operation::kReplace;
  compact.removed = {table.Path("b")};
  DataFile merged = table.Data("b2", 10, 5);
  merged.data_sequence_number = 1;
  compact.added = {merged};
  table.Commit(compact);
  EXPECT_EQ((*table.files_->Find(table.Path("b2")))->data->data_sequence_number, 1);
  EXPECT_EQ((*table.files_->Find(table.Path("b2")))->data->file_sequence_number, 2);
  ReadSet everything;
  EXPECT_FALSE(FindConflict(*base, table.metadata_, *table.files_, table.Delete("a", {1}), everything));
  EXPECT_TRUE(FindConflict(*base, table.metadata_, *table.files_, table.Remove("b"), everything));
}

TEST(TableChange, Branches) {
  TableFixture table;
  table.Commit(TableFixture::Append({table.Data("a", 0, 10)}));
  int64_t main = *table.metadata_.current_snapshot_id;
  TableChange change = TableFixture::Append({table.Data("b", 10, 5)});
  change.branch = "audit";
  auto prepared = PreparedChange::Make(*table.store_, table.metadata_, *table.files_, change);
  ASSERT_TRUE(prepared.ok());
  auto applied = prepared->Apply(*table.store_, table.metadata_, *table.files_, table.now_);
  ASSERT_TRUE(applied.ok());
  EXPECT_EQ(applied->metadata.current_snapshot_id, main);
  EXPECT_EQ(applied->metadata.refs.at("audit").snapshot_id, applied->snapshot_id);
  EXPECT_EQ(applied->metadata.snapshot_log.size(), 1u);
}

TEST(TableChange, TwoSnapshotsInOneMetadataFile) {
  TableFixture table;
  auto first = PreparedChange::Make(*table.store_, table.metadata_, *table.files_,
                                    TableFixture::Append({table.Data("a", 0, 1)}));
  auto second = PreparedChange::Make(*table.store_, table.metadata_, *table.files_,
                                     TableFixture::Append({table.Data("b", 1, 1)}));
  ASSERT_TRUE(first.ok() && second.ok());
  table.Apply(*first);
  table.Apply(*second);
  auto uri = WriteTableMetadata(*table.store_, &table.metadata_, "", 0);
  ASSERT_TRUE(uri.ok());
  auto read = ReadTableMetadata(*table.store_, *uri);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->snapshots.size(), 2u);
  EXPECT_EQ((*LoadTableFiles(*table.store_, *read))->files().size(), 2u);
}

TEST(TableChange, BreachesOfTheFormatAreRefused) {
  TableFixture v2(2), v3(3);
  auto make = [](TableFixture& table, TableChange change) {
    return PreparedChange::Make(*table.store_, table.metadata_, *table.files_, std::move(change));
  };
  v2.Commit(TableFixture::Append({v2.Data("a", 0, 10)}));
  v3.Commit(TableFixture::Append({v3.Data("a", 0, 10)}));
  EXPECT_TRUE(make(v2, v2.Delete("a", {1})).error().Is(errors::kUnsupported));
  TableChange position_deletes;
  position_deletes.operation = Operation::kDelete;
  position_deletes.added_deletes = {v3.Data("d", 0, 1)};
  position_deletes.added_deletes[0].content = FileContent::kPositionDeletes;
  EXPECT_TRUE(make(v3, position_deletes).error().Is(errors::kUnsupported));
  TableChange append = v3.Remove("a");
  append.operation = Operation::kAppend;
  EXPECT_TRUE(make(v3, append).error().Is(errors::kInternal));
  EXPECT_TRUE(make(v3, v3.Delete("unknown", {1})).error().Is(errors::kInternal));
  EXPECT_TRUE(make(v3, v3.Delete("a", {10})).error().Is(errors::kInternal));
  EXPECT_TRUE(make(v3, v3.Delete("a", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})).error().Is(errors::kInternal));
  EXPECT_TRUE(
      make(v3, v3.Delete("a", {5, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109})).error().Is(errors::kInternal));
  TableChange foreign_spec = TableFixture::Append({v3.Data("b", 0, 1)});
  foreign_spec.added[0].spec_id = 9;
  EXPECT_TRUE(make(v3, foreign_spec).error().Is(errors::kInternal));
}

TEST(TableChange, PositionDeleteFilesOfVersionTwo) {
  TableFixture table(2, {{"id", ParseTransform("truncate[100]")}});
  table.Commit(TableFixture::Append({table.Data("a", 0, 10), table.Data("b", 10, 5), table.Data("c", 200, 5)}));
  auto deletes = [&](const std::string& name, int64_t lower, const std::string& of) {
    DataFile file = table.Data(name, lower, 2);
    file.content = FileContent::kPositionDeletes;
    file.columns.clear();
    if (!of.empty()) file.referenced_data_file = table.Path(of);
    return file;
  };
  TableChange change;
  change.operation = Operation::kDelete;
  change.added_deletes = {deletes("d1", 0, "a"), deletes("d2", 0, "")};
  table.Commit(change);
  auto names = [&](const std::string& name) {
    std::string out;
    for (const DataFilePtr& file : (*table.files_->Find(table.Path(name)))->position_deletes) {
      out += file->path.substr(file->path.size() - 2);
    }
    return out;
  };
  EXPECT_EQ(names("a"), "d1d2");
  EXPECT_EQ(names("b"), "d2");
  EXPECT_EQ(names("c"), "");  // another partition
  table.Commit(TableFixture::Append({table.Data("later", 20, 5)}));
  EXPECT_EQ(names("later"), "");  // newer than the deletes
  EXPECT_EQ(table.Summary("total-position-deletes"), "4");

  const LiveFilePtr& a = *table.files_->Find(table.Path("a"));
  EXPECT_TRUE(LoadDeletes(*table.store_, *a).error().Is(errors::kUnsupported));
  PositionDeleteReader reader = [&](const DataFile& file) -> Result<std::vector<std::pair<std::string, uint64_t>>> {
    if (file.path.ends_with("d1")) return std::vector<std::pair<std::string, uint64_t>>{{table.Path("a"), 3}};
    return std::vector<std::pair<std::string, uint64_t>>{{table.Path("a"), 5}, {table.Path("b"), 1}};
  };
  EXPECT_EQ((*LoadDeletes(*table.store_, *a, reader))->Positions(), (std::vector<uint64_t>{3, 5}));
  table.Commit(table.Remove("a"));
  EXPECT_EQ(table.Summary("removed-position-delete-files"), "1");  // d1 was of that file alone
  EXPECT_EQ(names("b"), "d2");
  table.Commit(table.Remove("b"));
  table.Commit(table.Remove("c"));
  EXPECT_EQ(table.Summary("total-delete-files"), "0");  // d2 is older than all that is left
}

TEST(TableChange, UpgradeGivesRowIdsToOldFiles) {
  TableFixture table(2);
  table.Commit(TableFixture::Append({table.Data("a", 0, 10), table.Data("b", 10, 5)}));
  table.Commit(TableFixture::Append({table.Data("c", 15, 5)}));
  DataFile old_deletes = table.Data("d1", 0, 2);
  old_deletes.content = FileContent::kPositionDeletes;
  old_deletes.referenced_data_file = table.Path("a");
  TableChange change;
  change.operation = Operation::kDelete;
  change.added_deletes = {old_deletes};
  table.Commit(change);
  ASSERT_TRUE(UpgradeFormat(&table.metadata_, 3, 0).ok());
  EXPECT_FALSE((*table.files_->Find(table.Path("a")))->data->first_row_id.has_value());
  table.Commit(TableFixture::Append({table.Data("new", 50, 2)}));
  EXPECT_EQ(table.metadata_.next_row_id, 22);
  EXPECT_EQ((**table.metadata_.CurrentSnapshot())->added_rows, 22);
  std::set<int64_t> firsts;
  for (const LiveFilePtr& file : table.files_->files()) firsts.insert(file->data->first_row_id.value_or(-1));
  EXPECT_EQ(firsts.size(), 4u);
  EXPECT_FALSE(firsts.contains(-1));
  EXPECT_EQ((*table.files_->Find(table.Path("a")))->position_deletes.size(), 1u);
  // The first vector of a file takes the place of its older position deletes.
  auto vector = std::make_shared<DeletionVector>();
  vector->Add(std::vector<uint64_t>{0, 1, 2});
  TableChange marks;
  marks.operation = Operation::kDelete;
  marks.vectors[table.Path("a")] = vector;
  table.Commit(marks);
  EXPECT_EQ(table.Summary("removed-position-delete-files"), "1");
  EXPECT_TRUE((*table.files_->Find(table.Path("a")))->position_deletes.empty());
}

TEST(Preview, ShowsWhatWillBe) {
  TableFixture table;
  table.Commit(TableFixture::Append({table.Data("a", 0, 10), table.Data("b", 10, 5)}));
  TableChange change = table.Delete("a", {2});
  change.removed = {table.Path("b")};
  change.added = {table.Data("c", 20, 3)};
  change.operation = Operation::kOverwrite;
  auto preview = Preview(table.metadata_, *table.files_, change);
  ASSERT_TRUE(preview.ok());
  EXPECT_EQ((*preview)->files().size(), 2u);
  EXPECT_EQ((*preview)->Find(table.Path("b")), nullptr);
  EXPECT_EQ((*(*preview)->Find(table.Path("c")))->data->first_row_id, 15);
  auto deletes = LoadDeletes(*table.store_, **(*preview)->Find(table.Path("a")));
  EXPECT_EQ((*deletes)->Positions(), std::vector<uint64_t>{2});
  change.removed = {table.Path("none")};
  EXPECT_FALSE(Preview(table.metadata_, *table.files_, change).ok());
  change.removed = {};
  change.vectors[table.Path("none")] = std::make_shared<DeletionVector>();
  EXPECT_FALSE(Preview(table.metadata_, *table.files_, change).ok());
}

// One transaction: its statements, each planned on the preview of those before it, give what one commit gives.
TEST(Combine, StatementsOfATransaction) {
  TableFixture table;
  table.Commit(TableFixture::Append({table.Data("a", 0, 10), table.Data("b", 10, 5)}));
  TableChange insert = TableFixture::Append({table.Data("n1", 20, 5), table.Data("n2", 25, 5)});
  TableChange mark = table.Delete("a", {1});
  auto on_new = std::make_shared<DeletionVector>();
  on_new->Add(0);
  mark.vectors[table.Path("n1")] = on_new;
  TableChange drop = table.Remove("n2");
  drop.removed.push_back(table.Path("b"));
  TableChange all = Combine(Combine(insert, mark), drop);
  EXPECT_EQ(all.operation, Operation::kOverwrite);
  EXPECT_EQ(all.added.size(), 1u);
  EXPECT_EQ(all.removed, std::vector<std::string>{table.Path("b")});
  EXPECT_EQ(all.vectors.size(), 2u);
  table.Commit(all);
  EXPECT_EQ(table.files_->files().size(), 2u);
  EXPECT_TRUE((*table.files_->Find(table.Path("n1")))->vector);
  EXPECT_EQ(Combine(insert, insert).operation, Operation::kAppend);
  TableChange nothing_left = Combine(insert, [&] {
    TableChange both = table.Remove("n1");
    both.removed.push_back(table.Path("n2"));
    return both;
  }());
  EXPECT_TRUE(nothing_left.added.empty() && nothing_left.removed.empty());
}

TEST(LoadForeignFiles, PathsStayUnderTheLocation) {
  TableFixture table;
  table.Commit(TableFixture::Append({table.Data("a", 0, 10)}));
  auto before = table.files_;
  auto load = [&] {
    return LoadForeignFiles(*table.store_, table.metadata_, ***table.metadata_.CurrentSnapshot(), *before);
  };
  table.Commit(TableFixture::Append({table.Data("b", 10, 5)}));
  EXPECT_TRUE(load().ok());
  for (const char* name : {"/elsewhere/c", "/../u/c", "x/c", "/data/./c", "/data/%2e%2e/c", "/data/.."}) {
    auto saved = table;
    DataFile outside = table.Data("c", 20, 5);
    outside.path = (name[0] == '/' && name[1] == 'e' ? table.store_->Uri("lake/u") : table.metadata_.location) + name;
    table.Commit(TableFixture::Append({outside}));
    EXPECT_TRUE(load().error().Is(errors::kOutsideLocation)) << name;
    before = table.files_;  // what was there before is nobody's fault (a clone's files)
    EXPECT_TRUE(load().ok());
    before = saved.files_;
    table = std::move(saved);
  }
  Snapshot snapshot = ***table.metadata_.CurrentSnapshot();
  snapshot.manifest_list = table.store_->Uri("lake/other/list.avro");
  auto loaded = LoadForeignFiles(*table.store_, table.metadata_, snapshot, *before);
  EXPECT_TRUE(loaded.error().Is(errors::kOutsideLocation));
}

TEST(LoadTableFiles, DamageIsTold) {
  TableFixture table;
  table.Commit(TableFixture::Append({table.Data("a", 0, 10)}));
  table.Commit(table.Delete("a", {3}));
  const LiveFilePtr& live = *table.files_->Find(table.Path("a"));
  std::string puffin = *table.store_->PathOf(live->vector->path);
  std::string good = *table.store_->Read(puffin);
  std::string bad = good;
  bad[20] = static_cast<char>(bad[20] ^ 1);
  ASSERT_TRUE(table.store_->Put(puffin, bad).ok());
  EXPECT_TRUE(LoadDeletes(*table.store_, *live).error().Is(errors::kCorrupt));
  ASSERT_TRUE(table.store_->Put(puffin, good.substr(0, 20)).ok());
  EXPECT_TRUE(LoadDeletes(*table.store_, *live).error().Is(errors::kCorrupt));
  ASSERT_TRUE(table.store_->Delete(puffin).ok());
  EXPECT_TRUE(LoadDeletes(*table.store_, *live).error().Is(errors::kNotFound));
  LiveFile wrong = *live;
  DataFile entry = *live->vector;
  entry.record_count = 2;
  wrong.vector = std::make_shared<const DataFile>(entry);
  ASSERT_TRUE(table.store_->Put(puffin, good).ok());
  EXPECT_TRUE(LoadDeletes(*table.store_, wrong).error().Is(errors::kCorrupt));

  std::string manifest = *table.store_->PathOf(table.files_->manifests()[0]->file.path);
  ASSERT_TRUE(table.store_->Delete(manifest).ok());
  EXPECT_TRUE(LoadTableFiles(*table.store_, table.metadata_).error().Is(errors::kNotFound));
  EXPECT_TRUE(LoadTableFiles(*table.store_, table.metadata_, 99).error().Is(errors::kInvalidInput));
}

}  // namespace
}  // namespace firn::iceberg

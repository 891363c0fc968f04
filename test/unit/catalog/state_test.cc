// Objects, names and their replay: pure, no store.
#include "catalog/state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "base/errors.h"
#include "base/ids.h"
#include "catalog/log_entry.h"
#include "catalog/persistent_map.h"

namespace firn::catalog {
namespace {

using ::testing::ElementsAre;

TEST(PersistentMap, EqualsAnOrderedMapAndLeavesOlderCopiesAlone) {
  std::mt19937 random(7);
  PersistentMap<int> map;
  std::map<std::string, int> model;
  std::vector<std::pair<PersistentMap<int>, std::map<std::string, int>>> copies;
  for (int i = 0; i < 5000; ++i) {
    std::string key = std::to_string(random() % 700);
    if (random() % 3 == 0) {
      EXPECT_EQ(map.Erase(key), model.erase(key) == 1);
    } else {
      map.Set(key, i);
      model[key] = i;
    }
    if (i % 500 == 0) copies.emplace_back(map, model);
  }
  copies.emplace_back(map, model);
  for (const auto& [copy, expected] : copies) {
    std::map<std::string, int> seen;
    std::string last;
    copy.ForEach([&](const std::string& key, const int& value) {
      EXPECT_LT(last, key);
      last = key;
      seen[key] = value;
    });
    EXPECT_EQ(seen, expected);
    EXPECT_EQ(copy.size(), expected.size());
  }
  std::vector<std::string> with_prefix;
  map.VisitPrefix("12", [&](const std::string& key, const int&) {
    with_prefix.push_back(key);
    return true;
  });
  std::vector<std::string> expected;
  for (const auto& [key, value] : model) {
    if (key.starts_with("12")) expected.push_back(key);
  }
  EXPECT_EQ(with_prefix, expected);
}

class StateTest : public ::testing::Test {
 protected:
  Object Apply(ObjectChange change) {
    CommitRecord commit;
    commit.objects.push_back(change);
    time_ += 10;
    Status applied = builder_.Apply(commit, 1, time_);
    EXPECT_TRUE(applied.ok());
    return change.object;
  }
  Object Create(ObjectInfo info, const std::string& parent, const std::string& name) {
    return Apply(ObjectChange::Create(NewObject(std::move(info), parent, name, "ACCOUNTADMIN")));
  }
  std::vector<std::string> Names(const std::vector<ObjectRef>& objects) {
    std::vector<std::string> names;
    for (const ObjectRef& object : objects) names.push_back(object->name);
    return names;
  }
  const CatalogState& state() { return builder_.state(); }

  StateBuilder builder_{CatalogState()};
  Micros time_ = 1000;
};

TEST_F(StateTest, FindsByExactNameThenByTheOnlyOtherCase) {
  Object database = Create(DatabaseInfo{}, "", "DB");
  Object schema = Create(SchemaInfo{}, database.id, "PUBLIC");
  Object lower = Create(TableInfo{}, schema.id, "orders");
  EXPECT_EQ(state().InSchema("db", "public", ObjectKind::kTable, "ORDERS")->id, lower.id);
  Object mixed = Create(TableInfo{}, schema.id, "Orders");
  EXPECT_EQ(state().InSchema("DB", "PUBLIC", ObjectKind::kTable, "ORDERS"), nullptr);
  EXPECT_EQ(state().InSchema("DB", "PUBLIC", ObjectKind::kTable, "Orders")->id, mixed.id);
  Object upper = Create(TableInfo{}, schema.id, "ORDERS");
  EXPECT_EQ(state().InSchema("DB", "PUBLIC", ObjectKind::kTable, "ORDERS")->id, upper.id);
  EXPECT_EQ(state().FullName(upper), "DB.PUBLIC.ORDERS");
}

TEST_F(StateTest, TablesAndViewsShareNamesOtherKindsDoNot) {
  Object database = Create(DatabaseInfo{}, "", "DB");
  Object schema = Create(SchemaInfo{}, database.id, "S");
  Object view = Create(ViewInfo{}, schema.id, "X");
  Object stage = Create(StageInfo{}, schema.id, "X");
  EXPECT_EQ(state().Find(schema.id, ObjectKind::kTable, "X")->id, view.id);
  EXPECT_EQ(state().Find(schema.id, ObjectKind::kTable, "X")->kind(), ObjectKind::kView);
  EXPECT_EQ(state().Find(schema.id, ObjectKind::kStage, "X")->id, stage.id);
  EXPECT_THAT(Names(state().Children(schema.id, ObjectKind::kTable)), ElementsAre());
  EXPECT_THAT(Names(state().Children(schema.id, ObjectKind::kView)), ElementsAre("X"));
}

TEST_F(StateTest, DropKeepsTheLatestForUndropAndChildrenStayInside) {
  Object database = Create(DatabaseInfo{}, "", "DB");
  Object schema = Create(SchemaInfo{}, database.id, "S");
  Object first = Create(TableInfo{}, schema.id, "T");
  Apply(ObjectChange::Drop(first));
  Object second = Create(TableInfo{}, schema.id, "T");
  Apply(ObjectChange::Drop(second));
  EXPECT_EQ(state().Find(schema.id, ObjectKind::kTable, "T"), nullptr);
  EXPECT_EQ(state().LatestDropped(schema.id, ObjectKind::kTable, "T")->id, second.id);
  std::vector<ObjectRef> dropped = state().DroppedChildren(schema.id, ObjectKind::kTable);
  ASSERT_EQ(dropped.size(), 2u);
  EXPECT_EQ(dropped[0]->id, second.id);
  EXPECT_EQ(dropped[1]->id, first.id);
  Apply(ObjectChange::Undrop(second));
  EXPECT_EQ(state().Find(schema.id, ObjectKind::kTable, "T")->id, second.id);
  EXPECT_EQ(state().LatestDropped(schema.id, ObjectKind::kTable, "T")->id, first.id);

  Apply(ObjectChange::Drop(*state().ById(database.id)));
  EXPECT_EQ(state().Database("DB"), nullptr);
  EXPECT_FALSE(state().IsAlive(*state().ById(second.id)));
  EXPECT_EQ(state().ById(second.id)->dropped_on, 0);
  Apply(ObjectChange::Undrop(*state().ById(database.id)));
  EXPECT_EQ(state().InSchema("DB", "S", ObjectKind::kTable, "T")->id, second.id);
  EXPECT_TRUE(state().IsAlive(*state().ById(second.id)));
}

TEST_F(StateTest, RenameMovesTheNameAndAViewVanishesWhenDropped) {
  Object database = Create(DatabaseInfo{}, "", "DB");
  Object schema = Create(SchemaInfo{}, database.id, "S");
  Object view = Create(ViewInfo{}, schema.id, "V");
  Object renamed = view;
  renamed.name = "W";
  Apply(ObjectChange::Alter(view, renamed));
  EXPECT_EQ(state().Find(schema.id, ObjectKind::kView, "V"), nullptr);
  EXPECT_EQ(state().Find(schema.id, ObjectKind::kView, "W")->id, view.id);
  Apply(ObjectChange::Drop(renamed));
  EXPECT_EQ(state().ById(view.id), nullptr);
}

TEST_F(StateTest, RequestsAreForgottenAfterADay) {
  StatementInfo statement;
  statement.query_id = "q1";
  statement.request_id = "r1";
  statement.user = "ADMIN";
  statement.rows_inserted = 5;
  LogEntry entry{NewUuid(), 1, 100 * kRequestKept, "test", {}};
  entry.commits.push_back({NewUuid(), {statement}, {}, {}, {}});
  ASSERT_TRUE(builder_.Apply(entry).ok());
  EXPECT_EQ(state().FindRequest("ADMIN", "r1")->statement.rows_inserted, 5);
  EXPECT_EQ(state().FindRequest("OTHER", "r1"), nullptr);
  entry.commits.clear();
  entry.position = 2;
  entry.time += kRequestKept;
  ASSERT_TRUE(builder_.Apply(entry).ok());
  EXPECT_NE(state().FindRequest("ADMIN", "r1"), nullptr);
  entry.position = 3;
  entry.time += 1;
  ASSERT_TRUE(builder_.Apply(entry).ok());
  EXPECT_EQ(state().FindRequest("ADMIN", "r1"), nullptr);
}

TEST_F(StateTest, AnEntryOutOfOrderIsRefused) {
  LogEntry entry{NewUuid(), 2, 5, "test", {}};
  Status applied = builder_.Apply(entry);
  ASSERT_FALSE(applied.ok());
  EXPECT_TRUE(applied.error().Is(errors::kCorrupt));
}

/// One object of every kind, each member away from its default.
std::vector<Object> OneOfEach() {
  ColumnInfo column;
  column.field_id = 3;
  column.name = "a \"b\"";
  column.type = SqlType::Number(10, 2);
  column.nullable = false;
  column.default_text = "CURRENT_DATE()";
  column.autoincrement = Autoincrement{"seq", 5, -2, true};
  column.comment = "c";
  column.collation = "en-ci";
  column.primary_key = true;
  column.unique = true;
  ColumnInfo integer;
  integer.field_id = 4;
  integer.name = "I";
  integer.type = SqlType::Integer();
  ColumnInfo wide = integer;
  wide.type = SqlType::Number(38, 0);
  TableInfo table;
  table.location = "mem://data/x";
  table.transient = true;
  table.iceberg = true;
  table.read_only = true;
  table.format_version = 2;
  table.columns = {column, integer, wide};
  table.constraints = {{TableConstraint::Type::kForeignKey, "fk", {"a"}, "T2", {"b"}, "RELY"}};
  table.cluster_by = "DATE_TRUNC('day', ts)";
  table.retention_days = 0;
  table.dynamic = DynamicInfo{"SELECT 1", "1 day", "W", "FULL", "FULL", "a join", false, true, "why", {"input"}};
  UserInfo user;
  user.password_hash = "hash";
  user.login_name = "L";
  user.display_name = "D";
  user.email = "e@x";
  user.default_role = "R";
  user.default_warehouse = "W";
  user.default_namespace = "N";
  user.disabled = true;
  user.must_change_password = true;
  user.tokens = {{"t", "00ff", 7, 6, "R", "c", true}};
  std::vector<ObjectInfo> infos = {
      DatabaseInfo{true, 7, "SRC"},
      SchemaInfo{true, true, 3},
      table,
      ViewInfo{"CREATE VIEW …", "SELECT 1", {column}, true, true, "DB", "S"},
      StageInfo{"file:///x", {{"TYPE", "CSV"}}, {{"ON_ERROR", "CONTINUE"}}, "sealed", true},
      FileFormatInfo{"JSON", {{"STRIP_OUTER_ARRAY", "TRUE"}}},
      SequenceInfo{-5, 3, true},
      WarehouseInfo{"Large", "SNOWPARK-OPTIMIZED", 0, false},
      user,
      RoleInfo{},
      PipeInfo{"COPY INTO t", "table", true, "{}", 3, {{2, 5, "batch", "ADD COLUMN a INT"}}},
      StreamInfo{"table", true, true},
      TaskInfo{"W", "5 MINUTES", {"task"}, "TRUE", "SELECT 1", true, true, 7, 3, 2, 99},
      FunctionInfo{{{"A", SqlType::Integer(), "1"}}, true, {column}, "SELECT 1", true, true},
  };
  std::vector<Object> objects;
  for (ObjectInfo& info : infos) {
    // Tables, views and streams share names.
    const bool is_view = std::holds_alternative<ViewInfo>(info);
    const bool is_stream = std::holds_alternative<StreamInfo>(info);
    Object object = NewObject(std::move(info), "parent", is_view ? "view" : is_stream ? "stream" : "nämé", "OWNER");
    object.comment = "comment";
    object.created_on = 11;
    object.altered_on = 12;
    object.version = 4;
    object.options = {{"CHANGE_TRACKING", "TRUE"}};
    objects.push_back(std::move(object));
  }
  return objects;
}

LogEntry EntryOfEverything() {
  LogEntry entry{NewUuid(), 1, 99, "node", {}};
  CommitRecord commit;
  commit.id = NewUuid();
  StatementInfo statement{"q", "r", "u", "role", "MERGE", "hash", 1, 2, 3, 4, "done"};
  commit.statements = {statement};
  for (Object& object : OneOfEach()) commit.objects.push_back(ObjectChange::Create(std::move(object)));
  const std::string sequence_id = commit.objects[6].object.id;
  const std::string table_id = commit.objects[2].object.id;
  commit.objects.push_back(ObjectChange::Drop(commit.objects[0].object));
  commit.tables = {{table_id, Verb::kOverwrite, "from", "to", -5, 77}, {table_id, Verb::kAlter, "", "to", {}, {}}};
  commit.sequences = {{sequence_id, -5, 295}};
  commit.offsets = {{table_id, "buffer", {}, 12}, {table_id, "gone", 3, {}}};
  RunRecord run;
  run.id = NewUuid();
  run.object_id = table_id;
  run.state = RunState::kExecuting;
  run.scheduled = 98;
  run.error_message = "none";
  run.counts = {{"rows", 5}};
  commit.runs = {run};
  entry.commits = {commit};
  return entry;
}

TEST(LogEntryJson, ComesBackAsItWas) {
  LogEntry entry = EntryOfEverything();
  std::string text = ToJson(entry);
  Result<LogEntry> read = ParseLogEntry(text, "entry");
  ASSERT_TRUE(read.ok()) << read.error().Message();
  EXPECT_EQ(ToJson(*read), text);
  const auto& columns = read->commits[0].objects[2].object.As<TableInfo>()->columns;
  EXPECT_EQ(columns, entry.commits[0].objects[2].object.As<TableInfo>()->columns);
  EXPECT_EQ(columns[1].type.id, TypeId::kInteger);
  EXPECT_EQ(columns[2].type.id, TypeId::kNumber);
  EXPECT_EQ(*read->commits[0].tables[0].snapshot_id, -5);
  EXPECT_EQ(read->commits[0].statements[0].rows_unloaded, 4);
}

TEST(LogEntryJson, CheckpointsHoldTheWholeState) {
  StateBuilder builder{CatalogState()};
  ASSERT_TRUE(builder.Apply(EntryOfEverything()).ok());
  StatePtr state = builder.Finish();
  std::string text = CheckpointCodec::ToJson(*state);
  Result<StatePtr> read = CheckpointCodec::Parse(text, "checkpoint");
  ASSERT_TRUE(read.ok()) << read.error().Message();
  EXPECT_EQ(CheckpointCodec::ToJson(**read), text);
  EXPECT_EQ((*read)->position(), 1);
  EXPECT_NE((*read)->FindRequest("u", "r"), nullptr);
  EXPECT_NE((*read)->LatestDropped("parent", ObjectKind::kDatabase, "nämé"), nullptr);
  ObjectRef sequence = (*read)->Find("parent", ObjectKind::kSequence, "nämé");
  EXPECT_EQ(*(*read)->SequenceNext(sequence->id), 295);
  ObjectRef table = (*read)->Find("parent", ObjectKind::kTable, "nämé");
  EXPECT_EQ((*read)->Head(table->id)->metadata_location, "to");
}

TEST(LogEntryJson, WhatIsUnknownStopsTheNode) {
  const std::string text = ToJson(EntryOfEverything());
  auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    size_t at = changed.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return changed.replace(at, from.size(), to);
  };
  for (const std::string& changed :
       {with("\"version\":1", "\"version\":2"), with("\"change\":\"create\"", "\"change\":\"fold\""),
        with("\"kind\":\"STAGE\"", "\"kind\":\"GLACIER\""), with("\"verb\":\"INSERT OVERWRITE\"", "\"verb\":\"X\"")}) {
    Result<LogEntry> read = ParseLogEntry(changed, "catalog/log/1");
    ASSERT_FALSE(read.ok());
    EXPECT_TRUE(read.error().Is(errors::kVersionUnknown)) << read.error().Message();
  }
  for (const std::string& changed :
       {text.substr(0, text.size() / 2), std::string(), std::string("[]"), with("\"position\":1", "\"position\":\"1\""),
        with("\"commits\":[", "\"commits\":[7,"), std::string(5000, '[')}) {
    Result<LogEntry> read = ParseLogEntry(changed, "catalog/log/1");
    ASSERT_FALSE(read.ok());
    EXPECT_TRUE(read.error().Is(errors::kCorrupt)) << read.error().Message();
  }
}

TEST(LogPaths, AreTwentyDigits) {
  EXPECT_EQ(LogPath(42), "catalog/log/00000000000000000042");
  EXPECT_EQ(PositionOf(LogPath(42)), 42);
  EXPECT_EQ(PositionOf("catalog/log/42"), std::nullopt);
  EXPECT_EQ(PositionOf("catalog/log/0000000000000000004x"), std::nullopt);
}

}  // namespace
}  // namespace firn::catalog

// Evolution of columns and the quarantine, over a pipeline that the registry made.
#include <gmock/gmock.h>

#include <set>

#include "pipeline/silver/quarantine.h"
#include "statements/together.h"
#include "unit/pipeline/silver_fixture.h"

namespace firn::pipeline::testing {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

namespace {

const Actor kActor{"ADMIN", "ACCOUNTADMIN"};

std::string Event(int id, const std::string& more) {
  return "{\"order_id\":" + std::to_string(id) + ",\"updated_at\":\"2024-01-01\"" + more + "}";
}

}  // namespace

TEST_F(SilverTest, NewColumnsAreTypedFromTheWholeBatch) {
  MakePipeline(Orders());
  Post({Event(1, R"(,"note":1,"none":null,"list":[1])"), Event(2, R"(,"note":2.5,"list":[])"), Event(3, "")});
  SilverCounts counts = Step();
  EXPECT_EQ(counts["rows_inserted"], 3);
  EXPECT_EQ(counts["rows_quarantined"], 0);
  EXPECT_THAT(Rows("SELECT order_id, note, list FROM sales.silver.orders ORDER BY 1"),
              ElementsAre("1|1|[1]", "2|2.5|[]", "3|NULL|NULL"));
  EXPECT_THAT(
      Rows("SELECT column_name, data_type FROM sales.information_schema.columns WHERE table_schema = 'SILVER' AND "
           "table_name = 'ORDERS' AND column_name IN ('NOTE', 'NONE', 'LIST') ORDER BY 1"),
      ElementsAre("LIST|ARRAY", "NOTE|FLOAT"))
      << "what is null everywhere is not added";
  Pipeline now = Current();
  EXPECT_EQ(now.info().schema_version, 2);
  ASSERT_THAT(now.info().schema_versions, ::testing::Not(IsEmpty()));
  EXPECT_EQ(now.info().schema_versions.back().cause, "batch-1");
  EXPECT_EQ(now.info().schema_versions.back().change, "ADD COLUMN LIST ARRAY\nADD COLUMN NOTE FLOAT");
  Post({Event(4, R"(,"NOTE":7,"none":"now")"), Event(5, R"(,"note":"text")")});
  counts = Step();
  EXPECT_EQ(counts["rows_inserted"], 1);
  EXPECT_THAT(Rows("SELECT order_id, note, none FROM sales.silver.orders WHERE order_id > 3"), ElementsAre("4|7|now"));
  EXPECT_THAT(Rows("SELECT _code, _column FROM ERROR_TABLE(sales.bronze.orders)"), ElementsAre("TYPE_MISMATCH|NOTE"));
}

TEST_F(SilverTest, ColumnsThatSeveralStatementsAddInOneCommitHaveFieldIdsOfTheirOwn) {
  MakePipeline(Orders());
  const std::string alter = "ALTER TABLE sales.silver.orders ";
  engine::CancelToken cancel;
  Status changed = statements::RunTogether(
      *session_,
      {statements::Define(alter + "ADD COLUMN a NUMBER(3,0), b VARCHAR"),
       statements::Define(alter + "ALTER COLUMN total SET DATA TYPE NUMBER(12,2)"),
       statements::Define(alter + "ADD COLUMN c VARCHAR"), statements::Define(alter + "RENAME COLUMN b TO b2"),
       statements::Define(alter + "DROP COLUMN c"), statements::Define(alter + "ADD COLUMN d VARCHAR")},
      {}, cancel);
  ASSERT_TRUE(changed.ok()) << changed.error().Message();
  catalog::StatePtr state = node_.catalog->Current();
  catalog::ObjectRef table = Current().silver;
  catalog::TableVersionPtr version = *node_.catalog->TableAt(*state, *table);
  std::set<int> ids;
  for (const catalog::ColumnInfo& column : table->As<catalog::TableInfo>()->columns) {
    EXPECT_TRUE(ids.insert(column.field_id).second) << column.name;
    const iceberg::Field* field = version->metadata->schema().FindByName(column.name);
    ASSERT_NE(field, nullptr) << column.name;
    EXPECT_EQ(field->id, column.field_id) << column.name;
  }
  EXPECT_EQ(ids.size(), version->metadata->schema().fields.size());
  // The id of the column that was dropped again is nobody's.
  EXPECT_EQ(version->metadata->last_column_id, *ids.rbegin());
  EXPECT_FALSE(ids.contains(*ids.rbegin() - 1));
  Execute("INSERT INTO sales.silver.orders (order_id, a, b2, d) VALUES (1, 7, 'x', 'y')");
  EXPECT_THAT(Rows("SELECT order_id, a, b2, d FROM sales.silver.orders"), ElementsAre("1|7|x|y"));
}

TEST_F(SilverTest, DecimalsWiden) {
  MakePipeline(Orders());
  Post({Event(1, R"(,"total":1.25)")});
  Step();
  Post({Event(2, R"(,"total":123456789012.5)")});
  EXPECT_EQ(Step()["rows_inserted"], 1);
  EXPECT_THAT(Rows("SELECT order_id, total FROM sales.silver.orders ORDER BY 1"),
              ElementsAre("1|1.25", "2|123456789012.50"));
  EXPECT_EQ(Current().info().schema_versions.back().change, "ALTER COLUMN TOTAL SET DATA TYPE NUMBER(14,2)");
}

TEST_F(SilverTest, ReplayPatchesAndKeepsTheSeq) {
  PipelineSpec spec = Orders();
  MakePipeline(spec);
  Post({Event(1, R"(,"total":"many")"), Event(2, R"(,"total":"few")"), Event(3, "")});
  EXPECT_EQ(Step()["rows_quarantined"], 2);
  Post({R"({"order_id":1,"status":"newer","updated_at":"2024-01-02"})"});
  Step();
  engine::CancelToken cancel;
  QuarantineFilter filter{.codes = {"TYPE_MISMATCH"}, .columns = {"TOTAL"}};
  auto page = ListQuarantine(node_, kActor, spec, filter, std::nullopt, 1, cancel);
  ASSERT_TRUE(page.ok()) << page.error().Message();
  ASSERT_THAT(page->rows, SizeIs(1));
  EXPECT_EQ(page->rows[0].seq, 1);
  EXPECT_EQ(page->rows[0].raw, R"({"order_id":1,"total":"many","updated_at":"2024-01-01"})");
  ASSERT_TRUE(page->next.has_value());
  page = ListQuarantine(node_, kActor, spec, filter, page->next, 1, cancel);
  ASSERT_TRUE(page.ok());
  ASSERT_THAT(page->rows, SizeIs(1));
  EXPECT_EQ(page->rows[0].seq, 2);
  EXPECT_FALSE(page->next.has_value());

  auto replayed = ReplayQuarantine(node_, kActor, spec, filter, {{"total", "5"}}, cancel);
  ASSERT_TRUE(replayed.ok()) << replayed.error().Message();
  EXPECT_EQ(replayed->replayed, 2);
  SilverCounts counts = Step();
  EXPECT_EQ(counts["rows_inserted"], 1);
  EXPECT_EQ(counts["rows_stale"], 1) << "the original _seq and time lose against what came later";
  EXPECT_THAT(Rows("SELECT order_id, status, total, _seq FROM sales.silver.orders ORDER BY 1"),
              ElementsAre("1|newer|NULL|4", "2|NULL|5.00|2", "3|NULL|NULL|3"));
  EXPECT_THAT(Rows("SELECT DISTINCT _status FROM ERROR_TABLE(sales.bronze.orders)"), ElementsAre("replayed"));
  replayed = ReplayQuarantine(node_, kActor, spec, filter, {{"total", "6"}}, cancel);
  ASSERT_TRUE(replayed.ok());
  EXPECT_EQ(replayed->replayed, 0) << "twice is once";
  EXPECT_EQ(Step()["rows_read"], 0);
}

TEST_F(SilverTest, WhatIsNoObjectStaysAndCanBeDiscarded) {
  PipelineSpec spec = Orders();
  MakePipeline(spec);
  Post({"[1]", Event(2, R"(,"total":"few")")});
  EXPECT_EQ(Step()["rows_quarantined"], 2);
  Execute(
      "INSERT INTO sales.bronze.orders__errors SELECT CURRENT_TIMESTAMP(), 'b', 9, NULL, 'ingest', 'INVALID_UTF8', "
      "NULL, 'm', TO_BINARY('7BFF', 'HEX'), 1, 'open'");
  engine::CancelToken cancel;
  auto replayed = ReplayQuarantine(node_, kActor, spec, {}, {{"total", "5"}}, cancel);
  ASSERT_TRUE(replayed.ok()) << replayed.error().Message();
  EXPECT_EQ(replayed->replayed, 1);
  EXPECT_EQ(replayed->skipped, 2);
  EXPECT_EQ(Step()["rows_inserted"], 1);
  auto discarded = DiscardQuarantine(node_, kActor, spec, {.seqs = {1}}, cancel);
  ASSERT_TRUE(discarded.ok()) << discarded.error().Message();
  EXPECT_EQ(*discarded, 1);
  EXPECT_THAT(Rows("SELECT _seq, _status FROM ERROR_TABLE(sales.bronze.orders) ORDER BY _seq"),
              ElementsAre("1|discarded", "2|replayed", "9|open"));
}

}  // namespace firn::pipeline::testing

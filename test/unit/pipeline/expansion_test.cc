// What a pipeline expands to: every text is SQL, and says what the contract says.
#include "pipeline/registry/expansion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/registry/spec_text.h"
#include "sql/parser.h"

namespace firn::pipeline {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

PipelineSpec Yaml(const std::string& text) {
  auto spec = ParseSpecYaml(text);
  EXPECT_TRUE(spec.ok()) << spec.error().Message();
  return spec.ok() ? *spec : PipelineSpec{};
}

PipelineSpec Orders(const std::string& more) {
  return Yaml(
      "pipeline: sales.orders\ncolumns:\n  - {name: id, type: bigint, primary_key: true}\n"
      "  - {name: order, type: string}\n  - {name: at, type: timestamp}\n" +
      more);
}

void ExpectSql(const std::string& text) {
  auto parsed = sql::Parse(text);
  EXPECT_TRUE(parsed.ok()) << parsed.error().Message() << "\n" << text;
}

void ExpectAllSql(const PipelineSpec& spec) {
  const catalog::CatalogState nothing;
  for (const auto& steps : {BronzeSteps(spec), SilverSteps(spec), MergeSteps(spec), CheckSteps(spec)}) {
    for (const auto& step : steps) {
      auto text = step.text(nothing);
      ASSERT_TRUE(text.ok());
      ExpectSql(*text);
    }
  }
}

TEST(Expansion, EveryTextIsSql) {
  for (const char* merge : {"{type: upsert, order_by: [at]}", "{type: upsert, on_missing: keep}", "{type: append}",
                            "{type: scd2, order_by: [at], delete_when: \"_op = 'd' or id < 0\"}", "{type: snapshot}"}) {
    ExpectAllSql(Orders(std::string("merge: ") + merge + "\nexpect: [{name: e, check: id > 0 and _op <> 'x'}]\n"));
  }
  ExpectAllSql(Yaml("pipeline: a.b\nmode: raw"));
  ExpectAllSql(Yaml("pipeline: a.b\nmode: infer\nevolve: rescue"));
  ExpectAllSql(Yaml("pipeline: '\"x y\".\"t\"'\ncolumns: [{name: a b, type: json}]\nformat: delta"));
}

TEST(Expansion, TheNewestVersionWins) {
  const std::string merge = MergeSql(Orders("merge: {type: upsert, order_by: [at]}"));
  EXPECT_THAT(merge, HasSubstr("ON t.ID = s.ID"));
  EXPECT_THAT(merge, HasSubstr("WHEN MATCHED AND (s.AT > t.AT OR (s.AT = t.AT AND s._SEQ > t._SEQ)) AND s._DELETED"));
  EXPECT_THAT(merge, HasSubstr("ORDER BY AT DESC, _SEQ DESC) = 1"));
  EXPECT_THAT(merge, HasSubstr("\"ORDER\" = s.\"ORDER\""));
  EXPECT_THAT(MergeSql(Orders("merge: {type: upsert, on_missing: keep}")),
              HasSubstr("COALESCE(s.\"ORDER\", t.\"ORDER\")"));
}

TEST(Expansion, SilverHasTheKeyAndTheSystemsColumns) {
  EXPECT_EQ(SilverColumnsSql(Orders("merge: {type: upsert}")),
            "ID BIGINT NOT NULL,\n  \"ORDER\" VARCHAR(16777216),\n  AT TIMESTAMP_NTZ(9),\n  _SEQ BIGINT,\n"
            "  _UPDATED_AT TIMESTAMP_LTZ(6),\n  PRIMARY KEY (ID)");
  EXPECT_THAT(SilverColumnsSql(Orders("merge: {type: append}")), Not(HasSubstr("PRIMARY KEY")));
  EXPECT_THAT(SilverColumnsSql(Orders("merge: {type: scd2}")), HasSubstr("PRIMARY KEY (ID, _VALID_FROM)"));
  EXPECT_THAT(SilverColumnsSql(Orders("evolve: rescue")), HasSubstr("_RESCUED VARIANT"));
  EXPECT_THAT(SilverColumnsSql(Yaml("pipeline: a.b\nmode: raw")), HasSubstr("_RAW VARIANT"));
}

TEST(Expansion, GoldStatementsAreSqlOfTheirMode) {
  auto text = [&](const std::string& write) {
    PipelineSpec spec = Orders(
        "gold:\n  g:\n    query: select id as k, count(*) as n from sales.silver.orders group by 1\n"
        "    write: " +
        write + "\n");
    std::string sql = GoldTaskSql(spec, spec.gold[0], {"K", "N"});
    ExpectSql(sql);
    return sql;
  };
  EXPECT_THAT(text("{mode: overwrite}"), HasSubstr("INSERT OVERWRITE INTO SALES.GOLD.G (K, N)\n"));
  EXPECT_THAT(text("{mode: append}"), HasSubstr("INSERT INTO SALES.GOLD.G (K, N)\n"));
  EXPECT_THAT(text("{mode: merge, key: [k]}"), HasSubstr("WHEN MATCHED THEN UPDATE SET N = s.N\n"));
  EXPECT_THAT(text("{mode: partition_overwrite, key: [k]}"), HasSubstr("WHERE q.K IS NOT DISTINCT FROM t.K"));
}

TEST(Expansion, GoldComesBehindWhatItReads) {
  PipelineSpec spec = Orders(
      "gold:\n  a: {query: select * from sales.gold.b}\n  b: {query: select 1 as x}\n"
      "  aa: {query: select 2 as y, after: [sales.gold.a]}\n");
  std::vector<std::string> order;
  for (const GoldSpec* gold : GoldInOrder(spec)) order.push_back(gold->name);
  EXPECT_THAT(order, ::testing::ElementsAre("B", "A", "AA"));
}

}  // namespace
}  // namespace firn::pipeline

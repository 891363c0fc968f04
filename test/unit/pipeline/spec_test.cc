// Pipelines as people write them, and their canonical JSON.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/errors.h"
#include "pipeline/registry/spec_text.h"
#include "pipeline/registry/units.h"

namespace firn::pipeline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kOrders = R"yaml(
pipeline: sales.orders
mode: manual
columns:
  - {name: order_id,  type: bigint, required: true, primary_key: true}
  - {name: status,    type: string}
  - {name: total,     type: decimal(18,2)}
  - {name: updated_at,type: timestamp}
merge:
  type: upsert
  order_by: [updated_at]
  delete_when: "_op = 'd'"
  on_missing: "null"
evolve: {new_column: add, widen: safe, incompatible: quarantine}
expect:
  - {name: positive_total, check: "total >= 0", on_violation: quarantine}
format: iceberg
flush: {max_bytes: 64MB, max_rows: 500000, max_delay: 5s}
target_lag: 10s
retention: {bronze: 30d, quarantine: 30d, tombstones: 7d}
gold:
  daily_revenue:
    query: SELECT CAST(updated_at AS DATE) AS day, SUM(total) AS revenue FROM sales.silver.orders GROUP BY 1
    schedule: "USING CRON 0 6 * * * America/Sao_Paulo"
    write: {mode: merge, key: [day]}
)yaml";

PipelineSpec Yaml(const std::string& text) {
  auto spec = ParseSpecYaml(text);
  EXPECT_TRUE(spec.ok()) << spec.error().Message();
  return spec.ok() ? *spec : PipelineSpec{};
}

std::string Fault(const std::string& text) {
  auto spec = ParseSpecYaml(text);
  return spec.ok() ? "no error" : spec.error().Message();
}

TEST(Spec, TheContractsExample) {
  PipelineSpec spec = Yaml(kOrders);
  EXPECT_EQ(spec.domain, "SALES");
  EXPECT_EQ(spec.table, "ORDERS");
  ASSERT_EQ(spec.columns.size(), 4u);
  EXPECT_EQ(spec.columns[0].name, "ORDER_ID");
  EXPECT_EQ(spec.columns[0].type, SqlType::Integer());
  EXPECT_TRUE(spec.columns[0].key && spec.columns[0].required);
  EXPECT_EQ(spec.columns[2].type, SqlType::Number(18, 2));
  EXPECT_EQ(spec.columns[3].type.id, TypeId::kTimestampNtz);
  EXPECT_TRUE(spec.columns[3].order);
  EXPECT_THAT(spec.KeyColumns(), ElementsAre("ORDER_ID"));
  EXPECT_EQ(spec.merge, MergeType::kUpsert);
  EXPECT_THAT(spec.order_by, ElementsAre("UPDATED_AT"));
  EXPECT_EQ(spec.delete_when, "_op = 'd'");
  EXPECT_EQ(spec.expectations.at(0).check, "total >= 0");
  EXPECT_EQ(spec.flush.bytes, 64u << 20);
  EXPECT_EQ(spec.flush.delay, 5000000);
  EXPECT_EQ(spec.target_lag, 10000000);
  EXPECT_EQ(spec.retention.tombstones, Micros{7} * 86400 * 1000000);
  ASSERT_EQ(spec.gold.size(), 1u);
  EXPECT_EQ(spec.gold[0].name, "DAILY_REVENUE");
  EXPECT_EQ(spec.gold[0].mode, GoldMode::kMerge);
  EXPECT_THAT(spec.gold[0].key, ElementsAre("DAY"));
}

TEST(Spec, CanonicalJsonIsReadBackAsItWas) {
  for (const char* text :
       {kOrders, "pipeline: a.b\nmode: single_column\n", "pipeline: a.b\nmode: auto_inference\n",
        "pipeline: '\"my d\".\"T\"'\ncolumns: [{name: '\"mixed\"', type: json}, {name: my col, type: varchar(3), "
        "required: true}]\n"
        "evolve: rescue\ndurability: memory\nformat: delta\nflush: {max_bytes: 5000}\n"
        "gold: {g: {query: select 1 as x, target_lag: 5 minutes}, f: {query: select 1 as x, after: [d.gold.g]}}\n"}) {
    PipelineSpec spec = Yaml(text);
    const std::string json = ToJson(spec);
    auto again = ParseSpecJson(json);
    ASSERT_TRUE(again.ok()) << again.error().Message() << "\n" << json;
    EXPECT_EQ(ToJson(*again), json);
    EXPECT_EQ(again->columns.size(), spec.columns.size());
    for (size_t i = 0; i < spec.columns.size(); ++i) EXPECT_EQ(again->columns[i].name, spec.columns[i].name);
    EXPECT_EQ(again->domain, spec.domain);
  }
}

TEST(Spec, DefaultsAreTheContracts) {
  PipelineSpec spec =
      Yaml("pipeline: a.b\ncolumns: [{name: id, type: int, primary_key: true}, {name: v, type: string}]");
  EXPECT_EQ(spec.mode, PipelineMode::kManual);
  EXPECT_EQ(spec.merge, MergeType::kUpsert);
  EXPECT_EQ(spec.evolve.mode, EvolveMode::kEvolve);
  EXPECT_EQ(spec.format, TableFormat::kIceberg);
  EXPECT_EQ(spec.durability, Durability::kFsync);
  EXPECT_EQ(spec.time_zone, "UTC");
  EXPECT_EQ(Yaml("pipeline: a.b\ncolumns: [{name: v, type: string}]").merge, MergeType::kAppend);
  EXPECT_FALSE(Yaml("pipeline: a.b\ncolumns: [{name: v, type: string}]\nevolve: freeze").evolve.widen);
}

TEST(Spec, AnUnquotedNullIsTheWord) {
  EXPECT_EQ(
      Yaml("pipeline: a.b\ncolumns: [{name: k, type: int, primary_key: true}]\nmerge: {on_missing: null}").on_missing,
      OnMissing::kNull);
}

TEST(Spec, FaultsNameTheirPlace) {
  const std::string head = "pipeline: a.b\ncolumns: [{name: k, type: int, primary_key: true}]\n";
  EXPECT_THAT(Fault("pipeline: a.b\ncolumns:\n  - {name: x, type: integr}\n"),
              HasSubstr("line 3, column 21: column X: 'integr' is no type"));
  EXPECT_THAT(Fault(head + "colour: red\n"), HasSubstr("line 3, column 9: 'colour' is no key of the pipeline"));
  EXPECT_THAT(Fault(head + "merge: {type: upsrt}\n"), HasSubstr("line 3, column 15: type must be one of append"));
  EXPECT_THAT(Fault(head + "target_lag: 10\n"), HasSubstr("'10' is no duration"));
  EXPECT_THAT(Fault(head + "target_lag: 10 parsecs\n"), HasSubstr("is no duration"));
  EXPECT_THAT(Fault(head + "target_lag: 99999999999999999999d\n"), HasSubstr("is no duration"));
  EXPECT_THAT(Fault(head + "flush: {max_bytes: 64TB}\n"), HasSubstr("is no size"));
  EXPECT_THAT(Fault(head + "flush: {max_bytes: 2GB}\n"), HasSubstr("must be between 1KB and 1GB"));
  EXPECT_THAT(Fault(head + "merge: {order_by: [nope]}\n"), HasSubstr("there is no column NOPE"));
  EXPECT_THAT(Fault(head + "expect: [{name: e, check: 'k >'}]\n"), HasSubstr("check of e"));
  EXPECT_THAT(Fault(head + "time_zone: Mars/Olympus\n"), HasSubstr("is no time zone"));
  EXPECT_THAT(Fault(head + "mode: [\n"), HasSubstr("line 4"));
  EXPECT_THAT(Fault(head + "---\n" + head), HasSubstr("2 YAML documents"));
  EXPECT_THAT(Fault(head + "pipeline: c.d\n"), HasSubstr("'pipeline' is there twice"));
  EXPECT_THAT(Fault("pipeline: b\ncolumns: [{name: k, type: int}]"), HasSubstr("'b' is not domain.table"));
  EXPECT_THAT(Fault("pipeline: a.b\n"), HasSubstr("columns are missing"));
  EXPECT_THAT(Fault("pipeline: a.b\ncolumns: [{name: k, type: int}]\nmerge: {type: upsert}"), HasSubstr("primary_key"));
  EXPECT_THAT(Fault("pipeline: a.b\ncolumns: [{name: k, type: int}, {name: K, type: int}]"), HasSubstr("there twice"));
  EXPECT_THAT(Fault("pipeline: a.b\ncolumns: [{name: _op, type: int}]"), HasSubstr("reserved"));
  EXPECT_THAT(Fault(head + "gold: {g: {query: selec 1}}"), HasSubstr("query of gold.g"));
  EXPECT_THAT(Fault(head + "gold: {g: {query: select 1, schedule: USING CRON 99 * * * * UTC}}"), HasSubstr("schedule"));
  EXPECT_THAT(Fault(head + "gold: {g: {query: select 1, write: {mode: merge}}}"), HasSubstr("have a key"));
  EXPECT_THAT(Fault(""), HasSubstr("YAML documents"));
}

TEST(Spec, LimitsHold) {
  std::string many = "pipeline: a.b\ncolumns:\n";
  for (size_t i = 0; i <= kSpecColumnsMax; ++i) many += "  - {name: c" + std::to_string(i) + ", type: int}\n";
  EXPECT_THAT(Fault(many), HasSubstr("columns: 2001, at most 2000"));
  // Aliases that double sixteen times.
  std::string bomb = "pipeline: a.b\na0: &a0 [x, x]\n";
  for (int i = 1; i < 20; ++i) {
    const std::string from = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + from + ", " + from + "]\n";
  }
  EXPECT_THAT(Fault(bomb), HasSubstr("exceeds the limit"));
  EXPECT_THAT(Fault(std::string(kSpecNameMax + 1, 'x') + ": 1\n" + std::string(1 << 20, ' ')),
              HasSubstr("exceeds the limit"));
}

TEST(Units, AreReadAndWritten) {
  for (const char* text : {"5s", "30d", "90s", "100ms", "2h", "7m", "3us"}) {
    ASSERT_TRUE(ParseDuration(text)) << text;
    EXPECT_EQ(DurationText(*ParseDuration(text)), text);
  }
  EXPECT_EQ(ParseDuration("5 minutes"), Micros{300} * 1000000);
  EXPECT_EQ(ParseDuration("1 week"), Micros{7} * 86400 * 1000000);
  EXPECT_FALSE(ParseDuration("-5s"));
  EXPECT_FALSE(ParseDuration("5"));
  EXPECT_EQ(ParseSize("64MB"), 64u << 20);
  EXPECT_EQ(ParseSize("1000"), 1000u);
  EXPECT_EQ(SizeText(64u << 20), "64MB");
  EXPECT_EQ(SizeText(1000), "1000");
}

}  // namespace
}  // namespace firn::pipeline

// What a change of a pipeline needs.
#include "pipeline/registry/change.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/registry/spec_text.h"

namespace firn::pipeline {
namespace {

PipelineSpec Spec(const std::string& columns, const std::string& more = "") {
  auto spec =
      ParseSpecYaml("pipeline: a.b\ncolumns: [{name: id, type: int, primary_key: true}" + columns + "]\n" + more);
  EXPECT_TRUE(spec.ok()) << spec.error().Message();
  return spec.ok() ? *spec : PipelineSpec{};
}

/// "" for no effect, "ok" or "rebuild".
std::string Verdict(const PipelineSpec& before, const PipelineSpec& after) {
  auto effects = Compare(before, after);
  return effects.empty() ? "" : NeedsRebuild(effects) ? "rebuild" : "ok";
}

TEST(Change, WhatTheContractLetsPass) {
  const std::string v = ", {name: v, type: 'number(10,2)'}";
  EXPECT_EQ(Verdict(Spec(v), Spec(v)), "");
  EXPECT_EQ(Verdict(Spec(""), Spec(v)), "ok");
  EXPECT_EQ(Verdict(Spec(v), Spec(", {name: v, type: 'number(12,2)'}")), "ok");
  EXPECT_EQ(Verdict(Spec(v), Spec(v, "target_lag: 1m\n")), "ok");
  EXPECT_EQ(Verdict(Spec(v), Spec(v, "expect: [{name: e, check: v > 0}]\n")), "ok");
  EXPECT_EQ(Verdict(Spec(v), Spec(v, "gold: {g: {query: select 1 as x}}\n")), "ok");
  EXPECT_EQ(Verdict(Spec(v), Spec(v, "format: delta\n")), "ok");
}

TEST(Change, WhatNeedsBronzeReplayed) {
  const std::string v = ", {name: v, type: 'number(10,2)'}";
  EXPECT_EQ(Verdict(Spec(v), Spec("")), "rebuild");
  EXPECT_EQ(Verdict(Spec(v), Spec(", {name: w, type: 'number(10,2)'}")), "rebuild");
  EXPECT_EQ(Verdict(Spec(v), Spec(", {name: v, type: 'number(8,2)'}")), "rebuild");
  EXPECT_EQ(Verdict(Spec(v), Spec(", {name: v, type: 'number(10,3)'}")), "rebuild");
  EXPECT_EQ(Verdict(Spec(v), Spec(", {name: v, type: string}")), "rebuild");
  EXPECT_EQ(Verdict(Spec(v), Spec(", {name: v, type: 'number(10,2)', primary_key: true}")), "rebuild");
  EXPECT_EQ(Verdict(Spec(v), Spec(v, "merge: {type: scd2}\n")), "rebuild");
  EXPECT_EQ(Verdict(Spec(v), Spec(v, "merge: {type: upsert, order_by: [v]}\n")), "rebuild");
}

}  // namespace
}  // namespace firn::pipeline

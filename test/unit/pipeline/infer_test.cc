// Columns out of sample events.
#include "pipeline/registry/infer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace firn::pipeline {
namespace {

std::string Lines(int count, const std::function<std::string(int)>& line) {
  std::string text;
  for (int i = 0; i < count; ++i) text += line(i) + "\n";
  return text;
}

std::string TypeOf(const std::string& body, const std::string& column) {
  auto inferred = InferColumns(body, BodyFormat::kNdjson);
  if (!inferred.ok()) return inferred.error().Message();
  for (const InferredColumn& one : inferred->columns) {
    if (one.rule.name == column) return one.rule.type.id == TypeId::kInteger ? "BIGINT" : one.rule.type.Text();
  }
  return "none";
}

std::string Values(std::initializer_list<const char*> values) {
  std::string text;
  for (const char* value : values) text += std::string(R"({"v":)") + value + "}\n";
  return text;
}

TEST(Infer, NumbersByTheWholeSample) {
  EXPECT_EQ(TypeOf(Values({"1", "2", "-3"}), "V"), "BIGINT");
  EXPECT_EQ(TypeOf(Values({"1", "2.5"}), "V"), "NUMBER(38,1)");
  EXPECT_EQ(TypeOf(Values({"1", "2.55", "3.1"}), "V"), "NUMBER(38,2)");
  EXPECT_EQ(TypeOf(Values({"1", "2e9"}), "V"), "FLOAT");
  EXPECT_EQ(TypeOf(Values({"0.1234567890123"}), "V"), "FLOAT");
  EXPECT_EQ(TypeOf(Values({"12345678901234567890"}), "V"), "NUMBER(38,0)");
}

TEST(Infer, TextsStayTextsUnlessAHundredParse) {
  auto date = [](int i) {
    return R"({"v":"2026-01-)" + std::string(i % 28 < 9 ? "0" : "") + std::to_string(i % 28 + 1) + "\"}";
  };
  EXPECT_EQ(TypeOf(Lines(99, date), "V"), "VARCHAR(16777216)");
  EXPECT_EQ(TypeOf(Lines(100, date), "V"), "DATE");
  EXPECT_EQ(TypeOf(Lines(100, date) + R"({"v":"soon"})", "V"), "VARCHAR(16777216)");
  auto time = [](int) { return R"({"v":"2026-01-01T10:00:00"})"; };
  auto zoned = [](int) { return R"({"v":"2026-01-01T10:00:00Z"})"; };
  EXPECT_EQ(TypeOf(Lines(100, time), "V"), "TIMESTAMP_NTZ(9)");
  EXPECT_EQ(TypeOf(Lines(100, zoned), "V"), "TIMESTAMP_TZ(9)");
  EXPECT_EQ(TypeOf(Lines(100, time) + Lines(1, zoned), "V"), "VARCHAR(16777216)");
  EXPECT_EQ(TypeOf(Values({"\"007\"", "\"008\""}), "V"), "VARCHAR(16777216)");
}

TEST(Infer, MixturesLoseNothing) {
  EXPECT_EQ(TypeOf(Values({"1", "\"a\""}), "V"), "VARCHAR(16777216)");
  EXPECT_EQ(TypeOf(Values({"true", "null"}), "V"), "BOOLEAN");
  EXPECT_EQ(TypeOf(Values({"{\"a\":1}", "1"}), "V"), "VARIANT");
  EXPECT_EQ(TypeOf(Values({"{\"a\":1}"}), "V"), "OBJECT");
  EXPECT_EQ(TypeOf(Values({"[1]"}), "V"), "ARRAY");
}

TEST(Infer, WhatHasNoColumnIsSaid) {
  auto inferred = InferColumns(R"([{"a":1,"n":null,"_x":2},{"A":3,"b":1}])", BodyFormat::kJson);
  ASSERT_TRUE(inferred.ok());
  ASSERT_EQ(inferred->columns.size(), 2u);
  EXPECT_EQ(inferred->columns[0].rule.name, "A");
  EXPECT_EQ(inferred->columns[0].seen, 1u);
  EXPECT_EQ(inferred->columns[1].rule.name, "B");
  EXPECT_EQ(inferred->samples, 2u);
  EXPECT_THAT(inferred->skipped, ::testing::SizeIs(3));
  EXPECT_FALSE(InferColumns("[]", BodyFormat::kJson).ok());
  EXPECT_FALSE(InferColumns("{", BodyFormat::kJson).ok());
}

}  // namespace
}  // namespace firn::pipeline

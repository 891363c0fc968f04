#include "catalog/scopes.h"

#include <gtest/gtest.h>

namespace firn::catalog {
namespace {

bool Allows(const char* scope, Right right, const std::vector<std::string_view>& names = {}) {
  auto parsed = ParseScope(scope);
  EXPECT_TRUE(parsed) << scope;
  return parsed && parsed->Allows(right, names);
}

TEST(ScopesTest, NamesCompareWithoutCaseUnlessQuoted) {
  EXPECT_TRUE(Allows("ingest:sales.orders", Right::kIngest, {"SALES", "ORDERS"}));
  EXPECT_FALSE(Allows("ingest:sales.orders", Right::kIngest, {"SALES", "ORDERS2"}));
  EXPECT_FALSE(Allows("ingest:sales.orders", Right::kIngest, {"OTHER", "ORDERS"}));
  EXPECT_TRUE(Allows("ingest:sales.\"or.d\"\"ers\"", Right::kIngest, {"SALES", "or.d\"ers"}));
  EXPECT_FALSE(Allows("ingest:sales.\"orders\"", Right::kIngest, {"SALES", "ORDERS"}));
}

TEST(ScopesTest, AStarIsOneNameAndAtTheEndAllThatFollow) {
  EXPECT_TRUE(Allows("read:sales.gold.*", Right::kRead, {"SALES", "GOLD", "X"}));
  EXPECT_FALSE(Allows("read:sales.gold.*", Right::kRead, {"SALES", "SILVER", "X"}));
  EXPECT_TRUE(Allows("read:*.gold.x", Right::kRead, {"SALES", "GOLD", "X"}));
  EXPECT_FALSE(Allows("read:*.gold.x", Right::kRead, {"SALES", "GOLD", "Y"}));
  EXPECT_TRUE(Allows("read:sales.*", Right::kRead, {"SALES", "SILVER", "X"}));
  EXPECT_FALSE(Allows("read:sales.*", Right::kRead, {"SALES2", "SILVER", "X"}));
  EXPECT_TRUE(Allows("read:*", Right::kRead, {"SALES", "SILVER", "X"}));
  EXPECT_FALSE(Allows("read:*", Right::kIngest, {"SALES", "X"}));
}

TEST(ScopesTest, RightsAreApart) {
  EXPECT_TRUE(Allows("jobs:run", Right::kJobsRun));
  EXPECT_FALSE(Allows("jobs:run", Right::kPipelinesWrite));
  EXPECT_TRUE(Allows("pipelines:write", Right::kPipelinesWrite));
  EXPECT_TRUE(Allows("pipelines:write", Right::kPipelineCreate));
  EXPECT_FALSE(Allows("pipeline:create", Right::kPipelinesWrite));
  EXPECT_FALSE(Allows("pipelines:write", Right::kAdmin));
  EXPECT_FALSE(Allows("jobs:run", Right::kRead, {"A", "B", "C"}));
  for (Right right : {Right::kIngest, Right::kRead, Right::kJobsRun, Right::kPipelinesWrite, Right::kAdmin}) {
    EXPECT_TRUE(Allows("admin", right, {"A", "B"}));
  }
}

TEST(ScopesTest, WhatIsNoScope) {
  for (const char* text : {"",
                           "read",
                           "read:",
                           "read:a",
                           "read:a.b",
                           "read:a.b.c.d",
                           "read:a..c",
                           "read:.a.b",
                           "read:a.b.",
                           "ingest:a",
                           "ingest:a.b.c",
                           "ingest:a.b*",
                           "ingest:a b.c",
                           "ingest:\"\".a",
                           "ingest:\"a.b",
                           "ingest:\"a\"x.b",
                           "jobs:run:x",
                           "jobs",
                           "Admin",
                           "admin:*",
                           "ingest:*.",
                           "read:a.*.*.*"}) {
    EXPECT_FALSE(ParseScope(text)) << text;
  }
  EXPECT_FALSE(ParseScope("ingest:a." + std::string(2000, 'x')));
}

}  // namespace
}  // namespace firn::catalog

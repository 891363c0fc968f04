// An engine with the functions registered, and expressions of Snowflake SQL run through parser, rewrite and printer.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "engine/engine.h"
#include "functions/register.h"
#include "functions/rewrite.h"
#include "sql/parser.h"
#include "sql/printer.h"

namespace firn::functions {

class FunctionsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    engine::EngineOptions options;
    options.threads = 1;
    options.memory_limit_bytes = 512 << 20;
    auto opened = engine::Engine::Open(options);
    ASSERT_TRUE(opened.ok()) << opened.error().Message();
    engine_ = std::move(opened).value();
    auto registered = Register(*engine_);
    ASSERT_TRUE(registered.ok()) << registered.error().Message();
  }
  static void TearDownTestSuite() { engine_.reset(); }

  /// The value as TO_VARCHAR prints it, "NULL", or "<code>: <message>".
  std::string Text(const std::string& expression) {
    auto parsed = sql::ParseExpression(expression);
    if (!parsed.ok()) return parsed.error().Code() + ": " + parsed.error().Message();
    sql::ExprPtr expr = std::move(parsed).value();
    auto rewritten = RewriteAll(&expr);
    if (!rewritten.ok()) return rewritten.error().Code() + ": " + rewritten.error().Message();
    return Query("SELECT \"firn$cast\"(" + sql::Print(*expr) + ", 'VARCHAR(16777216)')");
  }
  /// All rows of Snowflake SQL (no tables), cells by '|', rows by ';'.
  std::string Rows(const std::string& text) {
    auto parsed = sql::ParseQuery(text);
    if (!parsed.ok()) return parsed.error().Code() + ": " + parsed.error().Message();
    auto rewritten = RewriteQuery(**parsed);
    if (!rewritten.ok()) return rewritten.error().Code() + ": " + rewritten.error().Message();
    return Query(sql::Print(**parsed));
  }
  std::string Query(const std::string& duckdb) {
    engine::CancelToken cancel;
    engine::Statement statement;
    statement.sql = duckdb;
    statement.time_zone = facts.contains("TIMEZONE") ? facts["TIMEZONE"] : "UTC";
    statement.facts = std::make_shared<const std::map<std::string, std::string>>(facts);
    auto batches = engine_->Collect(statement, cancel, &columns);
    if (!batches.ok()) return batches.error().Code() + ": " + batches.error().Message();
    std::string out;
    for (const engine::Batch& batch : *batches) {
      for (int64_t row = 0; row < batch.rows(); ++row) {
        if (!out.empty()) out += ';';
        for (int i = 0; i < static_cast<int>(columns.size()); ++i) {
          if (i > 0) out += '|';
          out += batch.IsNull(i, row) ? "NULL" : batch.Text(i, row);
        }
      }
    }
    return out;
  }

  std::map<std::string, std::string> facts;
  SessionFacts session;
  std::vector<engine::ResultColumn> columns;

 private:
  // What the planner does to a tree, without names and rights: functions_fixture.cc.
  Status RewriteAll(sql::ExprPtr* expr);
  Status RewriteQuery(sql::Query& query);
  Status RewriteRelation(sql::RelationPtr& relation);

  static inline std::unique_ptr<engine::Engine> engine_;
};

}  // namespace firn::functions

// Hostile texts end in an error or a tree, never in a crash: deep nesting, long chains, large and broken texts.
#include <gtest/gtest.h>

#include <random>

#include "base/errors.h"
#include "sql/parser.h"
#include "sql/printer.h"

namespace firn::sql {
namespace {

std::string Repeat(const std::string& text, size_t count) {
  std::string out;
  out.reserve(text.size() * count);
  for (size_t i = 0; i < count; ++i) out += text;
  return out;
}

// Parses, and where that works walks the tree in every way there is.
std::string Outcome(const std::string& text) {
  Result<std::vector<Statement>> statements = Parse(text);
  if (!statements.ok()) return statements.error().Is(errors::kLimit) ? "limit" : statements.error().Message();
  for (const Statement& statement : *statements) {
    if (const QueryStatement* query = statement.As<QueryStatement>()) {
      QueryPtr copy = Clone(*query->query);
      EXPECT_EQ(Print(*copy).size(), Print(*query->query).size());
    }
  }
  return "ok";
}

TEST(Hostile, DeepNesting) {
  constexpr size_t kDeep = 10000;
  const std::string kTexts[] = {
      "SELECT " + Repeat("(", kDeep) + "1" + Repeat(")", kDeep),
      "SELECT " + Repeat("(", kDeep),
      "SELECT " + Repeat("f(", kDeep) + "1" + Repeat(")", kDeep),
      "SELECT " + Repeat("TRIM(", kDeep) + "1" + Repeat(")", kDeep),
      "SELECT " + Repeat("NOT ", kDeep) + "TRUE",
      "SELECT " + Repeat("- ", kDeep) + "1",
      "SELECT " + Repeat("[", kDeep) + Repeat("]", kDeep),
      "SELECT " + Repeat("{'a': ", kDeep) + "1" + Repeat("}", kDeep),
      "SELECT " + Repeat("CASE WHEN ", kDeep) + "1" + Repeat(" THEN 1 END", kDeep),
      "SELECT " + Repeat("CAST(", kDeep) + "1" + Repeat(" AS INT)", kDeep),
      Repeat("SELECT * FROM (", kDeep) + "SELECT 1" + Repeat(")", kDeep),
      Repeat("(", kDeep) + "SELECT 1" + Repeat(")", kDeep),
      "SELECT * FROM " + Repeat("(", kDeep) + "t" + Repeat(")", kDeep),
      "SELECT " + Repeat("(SELECT ", kDeep) + "1" + Repeat(")", kDeep),
      "SELECT " + Repeat("a IN (SELECT ", kDeep) + "1" + Repeat(")", kDeep),
      "SELECT " + Repeat("EXISTS (SELECT ", kDeep) + "1" + Repeat(")", kDeep),
      Repeat("WITH a AS (", kDeep) + "SELECT 1" + Repeat(") SELECT 1", kDeep),
      "ALTER SESSION SET a = " + Repeat("(", kDeep) + "1" + Repeat(")", kDeep),
      "SELECT 1" + Repeat(" IN (a", kDeep) + Repeat(")", kDeep),
      "SELECT 1" + Repeat(" LIKE ANY (a", kDeep) + Repeat(")", kDeep),
      "SELECT SUM(1) OVER (ORDER BY " + Repeat("SUM(1) OVER (ORDER BY ", kDeep) + "1" + Repeat(")", kDeep) + ")",
      "SELECT v" + Repeat("[v", kDeep) + Repeat("]", kDeep),
  };
  for (const std::string& text : kTexts) EXPECT_EQ(Outcome(text), "limit") << text.substr(0, 60);
}

TEST(Hostile, LongChains) {
  constexpr size_t kLong = 10000;
  const std::string kLimited[] = {
      "SELECT a" + Repeat(" + a", kLong),
      "SELECT a" + Repeat(" - a", kLong),
      "SELECT a" + Repeat("::INT", kLong),
      "SELECT a" + Repeat(" IS NULL", kLong),
      "SELECT a" + Repeat(" = a", kLong),
      "SELECT a" + Repeat(" COLLATE 'x'", kLong),
      "SELECT * FROM a" + Repeat(" JOIN a ON TRUE", kLong),
      "SELECT * FROM a" + Repeat(", a", kLong),
      "SELECT 1" + Repeat(" UNION SELECT 1", kLong),
      "SELECT 1" + Repeat(" UNION ALL SELECT 1 EXCEPT SELECT 2", kLong),
      // Chains within parentheses add up.
      "SELECT " + Repeat("(", 900) + "a" + Repeat(Repeat(" + a", 900) + ")", 900),
  };
  for (const std::string& text : kLimited) EXPECT_EQ(Outcome(text), "limit") << text.substr(0, 60);
  const std::string kBalanced[] = {
      "SELECT a" + Repeat(" OR a", kLong),
      "SELECT a" + Repeat(" AND a = 1", kLong),
      "SELECT a" + Repeat(" || a", kLong),
      "SELECT 1" + Repeat(" UNION ALL SELECT 1", kLong),
      "SELECT a" + Repeat(" + a", 900),
      "SELECT v" + Repeat(":a", kLong),
      "SELECT v" + Repeat("[0]", kLong),
      "SELECT 1" + Repeat(", 1", kLong),
      "SELECT a IN (1" + Repeat(", 1", kLong) + ")",
      "SELECT CASE" + Repeat(" WHEN a THEN 1", kLong) + " END",
      "SELECT " + Repeat("(", 990) + "1" + Repeat(")", 990),
      "SELECT " + Repeat("f(", 900) + "1" + Repeat(")", 900),
  };
  for (const std::string& text : kBalanced) EXPECT_EQ(Outcome(text), "ok") << text.substr(0, 60);
}

TEST(Hostile, LargeTexts) {
  std::string values = "INSERT INTO t VALUES (0, 'x', 1.5)";
  for (int i = 1; i < 100000; ++i)
    values += ", (" + std::to_string(i) + ", 'some text', NULL, -1.5, 'and some more of it')";
  Result<std::vector<Statement>> statements = Parse(values);
  ASSERT_TRUE(statements.ok()) << statements.error().Message();
  const Insert& insert = *statements->front().As<Insert>();
  EXPECT_EQ(std::get<Values>(insert.source->body).rows.size(), 100000u);
  EXPECT_GT(Print(*insert.source).size(), values.size());

  EXPECT_EQ(Outcome("SELECT '" + std::string(10 << 20, 'x') + "'"), "ok");
  EXPECT_EQ(Outcome("SELECT 1 -- " + std::string(10 << 20, 'x')), "ok");
  EXPECT_EQ(Outcome("SELECT " + std::string(10 << 20, 'x')), "ok");
  EXPECT_EQ(Outcome("SELECT 1" + Repeat(" ", kStatementLengthMax)), "limit");
  EXPECT_EQ(Outcome(Repeat("COMMIT;", kStatementCountMax)), "ok");
  EXPECT_EQ(Outcome(Repeat("COMMIT;", kStatementCountMax + 1)), "limit");
  // An error does not repeat a token of ten megabytes.
  EXPECT_LT(Outcome("SELECT '" + std::string(10 << 20, 'x')).size(), 400u);
}

TEST(Hostile, BrokenUtf8) {
  for (const char* bytes : {"\xff", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80"}) {
    Result<std::vector<Statement>> statements = Parse(std::string("SELECT '") + bytes + "'");
    ASSERT_FALSE(statements.ok());
    EXPECT_TRUE(statements.error().Is(errors::kInvalidInput));
  }
  EXPECT_FALSE(Parse(std::string("SELECT 1\0, 2", 12)).ok());
  EXPECT_TRUE(Parse("\xEF\xBB\xBFSELECT '日本', \"größe\", größe").ok());
}

// Every beginning of a text, and texts with tokens changed at random, end in an error or a tree.
TEST(Hostile, CutAndShuffled) {
  const std::string kTexts[] = {
      "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c) SELECT a, SUM(x) OVER (PARTITION BY y ORDER BY z "
      "ROWS "
      "BETWEEN 1 PRECEDING AND CURRENT ROW) s, v:a.b[0]::INT, CASE WHEN a LIKE ANY ('x','y') THEN {'k': [1,2]} END "
      "FROM t AT "
      "(OFFSET => -5) x LEFT JOIN LATERAL FLATTEN(input => x.v) f ON TRUE PIVOT (SUM(q) FOR p IN ('a' AS b)) WHERE "
      "(a,b) IN "
      "(SELECT 1,2) GROUP BY ROLLUP(a) QUALIFY 1=1 ORDER BY 1 NULLS FIRST LIMIT 5 OFFSET 2",
      "MERGE INTO t USING s ON t.k=s.k WHEN MATCHED AND s.d THEN UPDATE SET a=DEFAULT WHEN NOT MATCHED THEN INSERT (a) "
      "VALUES "
      "(EXTRACT(year FROM d), TRIM(BOTH 'x' FROM y), INTERVAL '1 day, 2 h')",
      "CREATE OR REPLACE TABLE t (a INT AUTOINCREMENT (1,1) NOT NULL DEFAULT 5, CONSTRAINT c FOREIGN KEY (a) "
      "REFERENCES o (b)) "
      "CLUSTER BY (a) COMMENT = 'x' FILE_FORMAT = (TYPE = CSV NULL_IF = ('a')) AS SELECT $1, ?, :1, $v FROM @s/p "
      "(PATTERN => 'x')",
      "GRANT SELECT ON ALL TABLES IN SCHEMA s TO ROLE r WITH GRANT OPTION; SHOW TERSE TABLES LIKE 'x' IN SCHEMA s "
      "LIMIT 5",
  };
  std::mt19937 random(7);
  for (const std::string& text : kTexts) {
    for (size_t cut = 0; cut <= text.size(); ++cut) EXPECT_FALSE(Outcome(text.substr(0, cut)).empty());
    for (int round = 0; round < 3000; ++round) {
      std::string changed = text;
      for (int n = 0; n < 3; ++n) {
        size_t at = random() % changed.size();
        size_t from = random() % changed.size();
        changed.replace(at, random() % 6, changed.substr(from, random() % 8));
        if (changed.empty()) changed = "x";
      }
      EXPECT_FALSE(Outcome(changed).empty());
    }
  }
}

}  // namespace
}  // namespace firn::sql

// Aggregates and window functions over several rows, functions in FROM, and the session's facts.
#include <gtest/gtest.h>

#include "functions_fixture.h"

namespace firn::functions {
namespace {

class Tables : public FunctionsTest {};

TEST_F(Tables, Aggregates) {
  EXPECT_EQ(Rows("SELECT AVG(column1) AS a, SUM(column1) AS b, COUNT(*) AS c FROM VALUES (1), (2), (NULL), (4)"),
            "2.333333|7|4");
  EXPECT_EQ(
      Rows("SELECT LISTAGG(column1, ',') WITHIN GROUP (ORDER BY column1 DESC) AS a FROM VALUES ('x'), ('y'), (NULL)"),
      "y,x");
  EXPECT_EQ(Rows("SELECT LISTAGG(column1, ',') AS a FROM VALUES ('x') WHERE column1 = 'q'"), "");
  EXPECT_EQ(Rows("SELECT ARRAY_AGG(column1) WITHIN GROUP (ORDER BY column1) AS a FROM VALUES (2), (NULL), (1)"),
            "[1,2]");
  EXPECT_EQ(Rows("SELECT ARRAY_AGG(column1) AS a FROM VALUES (2) WHERE column1 > 5"), "[]");
  EXPECT_EQ(Rows("SELECT OBJECT_AGG(column1, column2) AS a FROM VALUES ('b', 1), ('a', 2), ('c', NULL)"),
            "{\"a\":2,\"b\":1}");
  EXPECT_EQ(Rows("SELECT OBJECT_AGG(column1, column2) AS a FROM VALUES ('b', 1), ('b', 2)").substr(0, 6), "100098");
  EXPECT_EQ(
      Rows("SELECT COUNT(column1, column2) AS a, COUNT(DISTINCT column1) AS b FROM VALUES (1, 2), (1, NULL), (3, 4)"),
      "2|2");
  EXPECT_EQ(Rows("SELECT SUM(column1) AS a FROM VALUES ('1.5'), ('2')"), "3.5");
  EXPECT_EQ(Rows("SELECT MEDIAN(column1) AS a FROM VALUES (10.50), (34.50)"), "22.5000");
  EXPECT_EQ(
      Rows("SELECT PERCENTILE_DISC(0.25) WITHIN GROUP (ORDER BY column1 DESC) AS a FROM VALUES (1), (2), (3), (4)"),
      "4");
  EXPECT_EQ(Rows("SELECT MODE(column1) AS a, BOOLXOR_AGG(column1) AS b FROM VALUES (1), (0), (0)"), "0|true");
  EXPECT_EQ(Rows("SELECT column1 AS k, AVG(column2) AS a FROM VALUES ('a', 1), ('b', 2), ('a', 2) GROUP BY column1 "
                 "ORDER BY 1"),
            "a|1.500000;b|2.000000");
}

TEST_F(Tables, Windows) {
  EXPECT_EQ(Rows("SELECT AVG(column1) OVER (PARTITION BY column2) AS a FROM VALUES (1, 1), (2, 1) ORDER BY 1"),
            "1.500;1.500");
  EXPECT_EQ(Rows("SELECT RATIO_TO_REPORT(column1) OVER () AS a FROM VALUES (1), (3) ORDER BY 1"), "0.250000;0.750000");
  EXPECT_EQ(Rows("SELECT CONDITIONAL_TRUE_EVENT(column1 > 1) OVER (ORDER BY column1) AS a FROM VALUES (1), (2), (3) "
                 "ORDER BY column1"),
            "0;1;2");
  EXPECT_EQ(Rows("SELECT FIRST_VALUE(column1) IGNORE NULLS OVER (ORDER BY column2) AS a FROM VALUES (NULL, 1), (7, 2) "
                 "ORDER BY column2"),
            "7;7");
  EXPECT_EQ(Rows("SELECT LAG(column1) OVER (ORDER BY column1) AS a FROM VALUES (1), (2) ORDER BY column1"), "NULL;1");
  EXPECT_EQ(Text("ROW_NUMBER()").substr(0, 6), "001065");
}

TEST_F(Tables, Flatten) {
  EXPECT_EQ(Rows("SELECT f.\"SEQ\", f.\"INDEX\", f.\"VALUE\", f.\"PATH\" FROM TABLE(FLATTEN(INPUT => PARSE_JSON('[1, "
                 ",77]'))) AS f"),
            "1|0|1|[0];1|2|77|[2]");
  EXPECT_EQ(Rows("SELECT t.column1 AS a, f.\"KEY\" AS k, f.\"VALUE\" AS v FROM VALUES (1, '{\"a\":1,\"b\":[2]}'), (2, "
                 "'{}') AS t, "
                 "LATERAL FLATTEN(INPUT => PARSE_JSON(t.column2)) AS f ORDER BY 1, 2"),
            "1|a|1;1|b|[2]");
  EXPECT_EQ(Rows("SELECT t.column1 AS a, f.\"VALUE\" AS v FROM VALUES (1, '[]') AS t, "
                 "LATERAL FLATTEN(INPUT => PARSE_JSON(t.column2), OUTER => TRUE) AS f"),
            "1|NULL");
  EXPECT_EQ(Rows("SELECT f.\"PATH\", f.\"VALUE\" FROM TABLE(FLATTEN(INPUT => PARSE_JSON('{\"a\":1, \"b\":[77,88], "
                 "\"c\":{\"d\":\"X\"}}'), RECURSIVE => TRUE)) AS f"),
            "a|1;b|[77,88];b[0]|77;b[1]|88;c|{\"d\":\"X\"};c.d|\"X\"");
  EXPECT_EQ(
      Rows("SELECT f.\"PATH\" FROM TABLE(FLATTEN(INPUT => PARSE_JSON('{\"a\":1, \"b\":[77,88]}'), PATH => 'b')) AS f"),
      "b[0];b[1]");
}

TEST_F(Tables, GeneratorAndSplits) {
  EXPECT_EQ(Rows("SELECT SEQ4() AS s, UNIFORM(1, 1, RANDOM()) AS u FROM TABLE(GENERATOR(ROWCOUNT => 3)) AS g"),
            "0|1;1|1;2|1");
  EXPECT_EQ(Rows("SELECT COUNT(*) AS c, COUNT(DISTINCT RANDOM()) AS d FROM TABLE(GENERATOR(ROWCOUNT => 5000)) AS g"),
            "5000|5000");
  EXPECT_EQ(Rows("SELECT f.\"SEQ\", f.\"INDEX\", f.\"VALUE\" FROM TABLE(SPLIT_TO_TABLE('a.b', '.')) AS f"),
            "1|1|a;1|2|b");
  EXPECT_EQ(Rows("SELECT f.\"VALUE\" FROM TABLE(STRTOK_SPLIT_TO_TABLE('a.b c', '. ')) AS f"), "a;b;c");
  EXPECT_EQ(Rows("SELECT COUNT(DISTINCT UUID_STRING()) AS a FROM TABLE(GENERATOR(ROWCOUNT => 10)) AS g"), "10");
}

TEST_F(Tables, SessionFactsBecomeLiterals) {
  session.user = "ANNA";
  session.role = "ACCOUNTADMIN";
  session.statement_start = 1'700'000'000'123'456;
  session.query_id = [](int64_t index) { return index == -2 ? std::optional<std::string>("q2") : std::nullopt; };
  session.variables["X"] = "7";
  EXPECT_EQ(Text("CURRENT_USER()"), "ANNA");
  EXPECT_EQ(Text("CURRENT_DATABASE()"), "NULL");
  EXPECT_EQ(Text("LAST_QUERY_ID(-2)"), "q2");
  EXPECT_EQ(Text("LAST_QUERY_ID()"), "NULL");
  EXPECT_EQ(Text("GETVARIABLE('X')"), "7");
  EXPECT_EQ(Text("IS_ROLE_IN_SESSION('ACCOUNTADMIN')"), "true");
  facts["TIMEZONE"] = "America/Los_Angeles";
  EXPECT_EQ(Text("CURRENT_TIMESTAMP()"), "2023-11-14 14:13:20.123 -0800");
  EXPECT_EQ(Text("CURRENT_DATE()"), "2023-11-14");
  EXPECT_EQ(Text("SYSDATE()"), "2023-11-14 22:13:20.123");
}

TEST_F(Tables, AliasTypesInGroupsJoinsAndUnions) {
  EXPECT_EQ(Rows("SELECT v, COUNT(*) AS c FROM (SELECT PARSE_JSON(column1) AS v FROM VALUES ('{\"a\":1}'), ('{ \"a\": "
                 "1 }'), ('2')) AS t GROUP BY v ORDER BY 2, 1"),
            "2|1;{\"a\":1}|2");
  EXPECT_EQ(Rows("SELECT a.v FROM (SELECT PARSE_JSON('[1]') AS v) AS a JOIN (SELECT PARSE_JSON('[ 1 ]') AS v) AS b ON "
                 "a.v = b.v"),
            "[1]");
  EXPECT_EQ(Rows("SELECT PARSE_JSON('1') AS v UNION ALL SELECT TO_VARIANT('x') ORDER BY 1"), "1;\"x\"");
  EXPECT_EQ(Rows("SELECT '2024-01-01 00:00:00 +0100'::TIMESTAMP_TZ AS v UNION SELECT '2024-01-01 00:00:00 "
                 "+0100'::TIMESTAMP_TZ")
                .substr(0, 5),
            "{inst");
}

}  // namespace
}  // namespace firn::functions

// Plain SQL through the engine: results, their types, errors, cancelling, time-outs, pooled connections.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <duckdb/parser/parsed_data/create_scalar_function_info.hpp>
#include <filesystem>
#include <thread>

#include "base/errors.h"
#include "base/ids.h"
#include "engine/engine.h"
#include "engine/native.h"

namespace firn::engine {
namespace {

class QueryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto engine = Engine::Open({.threads = 2});
    ASSERT_TRUE(engine.ok()) << engine.error().Message();
    engine_ = std::move(engine).value();
  }

  Result<std::vector<Batch>> Query(const std::string& sql) {
    return engine_->Collect({.sql = sql}, cancel_, &columns_);
  }

  /// The first value as text, or the error's message.
  std::string One(const std::string& sql) {
    auto batches = Query(sql);
    if (!batches.ok()) return batches.error().Code() + " " + batches.error().Message();
    return batches->empty() ? "no rows" : batches->front().IsNull(0, 0) ? "NULL" : batches->front().Text(0, 0);
  }

  const ErrorRow* Row(const std::string& sql) {
    auto batches = Query(sql);
    EXPECT_FALSE(batches.ok()) << sql;
    if (batches.ok()) return nullptr;
    message_ = batches.error().Message();
    return &batches.error().row();
  }

  std::unique_ptr<Engine> engine_;
  CancelToken cancel_;
  std::vector<ResultColumn> columns_;
  std::string message_;
};

TEST_F(QueryTest, GivesValuesOfAllTypes) {
  EXPECT_EQ(One("SELECT 42"), "42");
  EXPECT_EQ(One("SELECT 1.50::DECIMAL(10,2)"), "1.50");
  EXPECT_EQ(One("SELECT 'x' || 'y'"), "xy");
  EXPECT_EQ(One("SELECT '\\xAB'::BLOB"), "AB");
  EXPECT_EQ(One("SELECT true"), "true");
  EXPECT_EQ(One("SELECT DATE '2024-02-29'"), "2024-02-29");
  EXPECT_EQ(One("SELECT [1, NULL, 3]"), "[1,null,3]");
  EXPECT_EQ(One("SELECT {'a': DATE '2024-01-01'}"), "{\"a\":\"2024-01-01\"}");
  EXPECT_EQ(One("SELECT MAP {'k': 1}"), "{\"k\":1}");
  EXPECT_EQ(One("SELECT INTERVAL 1 DAY"), "1 day");
  EXPECT_EQ(One("SELECT '6ba7b810-9dad-11d1-80b4-00c04fd430c8'::UUID"), "6ba7b810-9dad-11d1-80b4-00c04fd430c8");
  EXPECT_EQ(One("SELECT sum(x::BIGINT) FROM range(4) t(x)"), "6");
  EXPECT_EQ(One("SELECT NULL"), "NULL");
  EXPECT_EQ(One("SELECT 1 WHERE false"), "no rows");
}

TEST_F(QueryTest, ReportsSnowflakeTypes) {
  auto columns = engine_->Describe(
      {.sql = "SELECT 1 AS a, 1::DECIMAL(10,2) AS b, 1::DOUBLE AS c, 'x' AS d, true AS e, DATE '2024-01-01' AS f,"
              " TIME '01:02:03' AS g, TIMESTAMP '2024-01-01' AS h, TIMESTAMPTZ '2024-01-01' AS i, 'x'::BLOB AS j,"
              " [1] AS k, {'x': 1} AS l, sum(1::BIGINT) AS m, NULL AS n"});
  ASSERT_TRUE(columns.ok()) << columns.error().Message();
  std::vector<std::string> texts;
  for (auto& column : *columns) texts.push_back(column.name + " " + std::string(RowOf(column.type.id).name));
  EXPECT_THAT(texts, testing::ElementsAre("a INTEGER", "b NUMBER", "c FLOAT", "d VARCHAR", "e BOOLEAN", "f DATE",
                                          "g TIME", "h TIMESTAMP_NTZ", "i TIMESTAMP_LTZ", "j BINARY", "k ARRAY",
                                          "l OBJECT", "m INTEGER", "n INTEGER"));
  EXPECT_EQ((*columns)[1].type, SqlType::Number(10, 2));
}

TEST_F(QueryTest, StreamsInOrderAndBatches) {
  auto stream = engine_->Run({.sql = "SELECT range AS i FROM range(100000)"}, cancel_);
  ASSERT_TRUE(stream.ok()) << stream.error().Message();
  int64_t next = 0;
  while (true) {
    auto batch = (*stream)->Next();
    ASSERT_TRUE(batch.ok()) << batch.error().Message();
    if (!*batch) break;
    EXPECT_LE((*batch)->rows(), 8192);
    for (int64_t row = 0; row < (*batch)->rows(); ++row) ASSERT_EQ((*batch)->Int64(0, row), next++);
  }
  EXPECT_EQ(next, 100000);
  EXPECT_FALSE((*stream)->Next()->has_value());
}

TEST_F(QueryTest, MapsErrors) {
  EXPECT_EQ(Row("SELECT 'x'::INT"), &errors::kNumericUnrecognized);
  EXPECT_EQ(message_, "Numeric value 'x' is not recognized");
  EXPECT_EQ(Row("SELECT 'x'::DOUBLE"), &errors::kNumericUnrecognized);
  EXPECT_EQ(Row("SELECT 'x'::DECIMAL(10,2)"), &errors::kNumericUnrecognized);
  EXPECT_EQ(message_, "Numeric value 'x' is not recognized");
  EXPECT_EQ(Row("SELECT 'x'::DATE"), &errors::kDateUnrecognized);
  EXPECT_EQ(message_, "Date 'x' is not recognized");
  EXPECT_EQ(Row("SELECT 'x'::TIMESTAMP"), &errors::kTimestampUnrecognized);
  EXPECT_EQ(message_, "Timestamp 'x' is not recognized");
  EXPECT_EQ(Row("SELECT 'x'::TIMESTAMPTZ"), &errors::kTimestampUnrecognized);
  EXPECT_EQ(Row("SELECT 'x'::TIME"), &errors::kTimestampUnrecognized);
  EXPECT_EQ(Row("SELECT 'x'::BOOLEAN"), &errors::kBooleanUnrecognized);
  EXPECT_EQ(message_, "Boolean value 'x' is not recognized");
  EXPECT_EQ(Row("SELECT 300::TINYINT"), &errors::kNumericOutOfRange);
  EXPECT_EQ(message_, "Numeric value '300' is out of range");
  EXPECT_EQ(Row("SELECT 9223372036854775807 + 1::BIGINT"), &errors::kNumericOutOfRange);
  EXPECT_EQ(Row("SELECT 1234.5::DECIMAL(3,1)"), &errors::kNumberTooLarge);
  EXPECT_EQ(message_, "Number out of representable range: type NUMBER(3,1), value 1234.5");
  EXPECT_EQ(Row("SELECT 123456::INT::DECIMAL(3,1)"), &errors::kNumberTooLarge);
  EXPECT_EQ(Row("SELECT '123456'::DECIMAL(3,1)"), &errors::kNumericUnrecognized);
  EXPECT_EQ(Row("SELECT (SELECT x FROM range(2) t(x))"), &errors::kSubqueryRows) << message_;
  EXPECT_EQ(Row("SELECT nope FROM (SELECT 1 AS a)"), &errors::kInvalidIdentifier);
  EXPECT_EQ(message_, "SQL compilation error:\ninvalid identifier 'nope'");
  EXPECT_EQ(Row("SELECT nope"), &errors::kInvalidIdentifier);
  EXPECT_EQ(Row("SELECT t.nope FROM (SELECT 1 AS a) t"), &errors::kInvalidIdentifier);
  EXPECT_EQ(Row("SELECT u.nope FROM (SELECT 1 AS a) t"), &errors::kInvalidIdentifier);
  EXPECT_EQ(Row("SELECT a FROM (SELECT 1 AS a) t, (SELECT 1 AS a) u"), &errors::kAmbiguousColumn);
  EXPECT_EQ(Row("SELECT * FROM nope"), &errors::kObjectNotFound);
  EXPECT_EQ(Row("SELECT nope(1)"), &errors::kUnknownFunction);
  EXPECT_EQ(Row("SELECT * FROM nope(1)"), &errors::kUnknownFunction);
  EXPECT_EQ(Row("SELECT sqrt('x', 'y')"), &errors::kInvalidArgumentTypes);
  EXPECT_EQ(Row("SELECT a, count(*) FROM (SELECT 1 AS a, 2 AS b) GROUP BY b"), &errors::kNotAggregate);
  EXPECT_EQ(message_,
            "SQL compilation error:\n'a' in select clause is neither an aggregate nor in the group by clause.");
  EXPECT_EQ(Row("SELECT a, count(*) FROM (SELECT 1 AS a, 2 AS b)"), &errors::kNotAggregate);
  EXPECT_EQ(Row("SELECT 1 FROM (SELECT 1 AS a) WHERE sum(a) > 1"), &errors::kInvalidExpression);
  EXPECT_EQ(Row("SELECT error('boo')"), &errors::kInternal);
}

TEST_F(QueryTest, CarriesAFirnErrorThroughDuckDb) {
  auto status = RegisterWith(*engine_, [](duckdb::Connection& connection) {
    duckdb::ScalarFunction refuse("refuse", {duckdb::LogicalType::VARCHAR}, duckdb::LogicalType::BIGINT,
                                  [](duckdb::DataChunk& args, duckdb::ExpressionState&, duckdb::Vector&) {
                                    auto text = args.data[0].GetValue(0).ToString();
                                    throw SnowflakeException(Error(errors::kVariantCast, {text, "\"|{0}"}));
                                  });
    duckdb::CreateScalarFunctionInfo info(refuse);
    duckdb::Catalog::GetSystemCatalog(*connection.context).CreateFunction(*connection.context, info);
  });
  ASSERT_TRUE(status.ok()) << status.error().Message();
  auto batches = Query("SELECT refuse('a ''b'' \"c\"\nd' || x) FROM range(3) t(x)");
  ASSERT_FALSE(batches.ok());
  EXPECT_TRUE(batches.error().Is(errors::kVariantCast)) << batches.error().Message();
  EXPECT_EQ(batches.error().Message(), "Failed to cast variant value a 'b' \"c\"\nd0 to \"|{0}");
}

TEST_F(QueryTest, GivesFactsToFunctions) {
  auto status = RegisterWith(*engine_, [](duckdb::Connection& connection) {
    duckdb::ScalarFunction fact("fact", {duckdb::LogicalType::VARCHAR}, duckdb::LogicalType::VARCHAR,
                                [](duckdb::DataChunk& args, duckdb::ExpressionState& state, duckdb::Vector& result) {
                                  auto text = FactOf(state.GetContext(), args.data[0].GetValue(0).ToString());
                                  result.Reference(duckdb::Value(text));
                                });
    duckdb::CreateScalarFunctionInfo info(fact);
    duckdb::Catalog::GetSystemCatalog(*connection.context).CreateFunction(*connection.context, info);
  });
  ASSERT_TRUE(status.ok()) << status.error().Message();
  Statement statement{.sql = "SELECT fact('A') || '/' || fact('B')"};
  statement.facts =
      std::make_shared<const std::map<std::string, std::string>>(std::map<std::string, std::string>{{"A", "1"}});
  auto batches = engine_->Collect(statement, cancel_);
  ASSERT_TRUE(batches.ok()) << batches.error().Message();
  EXPECT_EQ(batches->front().Text(0, 0), "1/");
  EXPECT_EQ(One("SELECT fact('A')"), "");
}

TEST_F(QueryTest, KeptRowsAreARelationAsLongAsTheyLive) {
  auto kept =
      engine_->Keep({.sql = "SELECT range AS n, CASE WHEN range % 3 > 0 THEN 'some text of the row ' || range END "
                            "AS t, [range] AS l, n FROM range(100000) ORDER BY n DESC"},
                    cancel_);
  ASSERT_TRUE(kept.ok()) << kept.error().Message();
  const std::string from = " FROM " + (*kept)->Relation();
  EXPECT_EQ((*kept)->rows(), 100000);
  EXPECT_EQ(One("SELECT count(*)" + from), "100000");
  EXPECT_EQ(One("SELECT sum(n) || ' ' || count(t) || ' ' || max(t) || ' ' || sum(l[1])" + from + " AS k"),
            "4999950000 66666 some text of the row 99998 4999950000");
  EXPECT_EQ(One("SELECT k.n_1" + from + " AS k WHERE t LIKE '% 77'"), "77");
  // In their order, also where several threads read.
  EXPECT_EQ(One("SELECT count(*) FROM (SELECT n, lag(n) OVER () AS before" + from + ") WHERE n <> before - 1"), "0");
  auto batches = Query("SELECT n" + from);
  ASSERT_TRUE(batches.ok()) << batches.error().Message();
  int64_t next = 99999;
  for (const Batch& batch : *batches) {
    for (int64_t row = 0; row < batch.rows(); ++row) EXPECT_EQ(batch.Int64(0, row), next--);
  }
  EXPECT_EQ(next, -1);
  EXPECT_EQ(One("SELECT count(*)" + from + " AS a JOIN (SELECT *" + from + ") AS b ON a.n = b.n + 1"), "99999");
  // A stream goes on though the rows were given up.
  auto stream = engine_->Run({.sql = "SELECT t" + from}, cancel_);
  ASSERT_TRUE(stream.ok()) << stream.error().Message();
  kept->reset();
  int64_t rows = 0;
  while (auto batch = (*stream)->Next().value()) rows += batch->rows();
  EXPECT_EQ(rows, 100000);
  EXPECT_EQ(Row("SELECT count(*)" + from), &errors::kInternal);
  auto none = engine_->Keep({.sql = "SELECT 1 AS a, NULL AS b WHERE false"}, cancel_);
  ASSERT_TRUE(none.ok()) << none.error().Message();
  EXPECT_EQ(One("SELECT count(*), count(b) FROM " + (*none)->Relation()), "0");
  EXPECT_EQ(One("SELECT a FROM " + (*none)->Relation()), "no rows");
  EXPECT_FALSE(engine_->Keep({.sql = "SELECT error('no')"}, cancel_).ok());
}

TEST_F(QueryTest, TimeZoneIsTheStatements) {
  auto text = [&](const std::string& zone) {
    Statement statement{.sql = "SELECT CAST(TIMESTAMPTZ '2024-07-01 00:00:00+00' AS VARCHAR)", .time_zone = zone};
    auto batches = engine_->Collect(statement, cancel_);
    return batches.ok() ? batches->front().Text(0, 0) : batches.error().Message();
  };
  EXPECT_EQ(text("UTC"), "2024-07-01 00:00:00+00");
  EXPECT_EQ(text("America/New_York"), "2024-06-30 20:00:00-04");
  EXPECT_EQ(text("UTC"), "2024-07-01 00:00:00+00");
}

// An endless query; nothing but an interrupt ends it.
constexpr const char* kEndless =
    "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range + b.range = -1";

TEST_F(QueryTest, CancelEndsARunningStatement) {
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    cancel_.Cancel();
  });
  EXPECT_EQ(Row(kEndless), &errors::kCanceled);
  other.join();
  EXPECT_EQ(Row("SELECT 1"), &errors::kCanceled);
  CancelToken fresh;
  EXPECT_TRUE(engine_->Collect({.sql = "SELECT 1"}, fresh).ok());
}

TEST_F(QueryTest, CancelBetweenBatchesEndsAStream) {
  auto stream = engine_->Run({.sql = "SELECT range FROM range(100000000)"}, cancel_);
  ASSERT_TRUE(stream.ok());
  ASSERT_TRUE((*stream)->Next().ok());
  cancel_.Cancel();
  auto batch = (*stream)->Next();
  ASSERT_FALSE(batch.ok());
  EXPECT_TRUE(batch.error().Is(errors::kCanceled));
}

TEST_F(QueryTest, TimeoutEndsARunningStatement) {
  cancel_.SetTimeout(1);
  EXPECT_EQ(Row(kEndless), &errors::kTimeout);
  EXPECT_THAT(message_, testing::HasSubstr("timeout of 1 second(s)"));
}

TEST_F(QueryTest, TimeoutOfZeroAndATokenThatGoesFirstAreHarmless) {
  {
    CancelToken token;
    token.SetTimeout(1);
  }
  cancel_.SetTimeout(1);
  cancel_.SetTimeout(0);
  std::this_thread::sleep_for(std::chrono::milliseconds(1200));
  EXPECT_EQ(One("SELECT 1"), "1");
}

TEST_F(QueryTest, MemoryLimitIsAnError) {
  auto small = Engine::Open({.threads = 1, .memory_limit_bytes = 20 << 20});
  ASSERT_TRUE(small.ok());
  auto batches = (*small)->Collect(
      {.sql =
           "SELECT max(l) FROM (SELECT list(range::VARCHAR || 'some text to fill memory') AS l FROM range(5000000))"},
      cancel_);
  ASSERT_FALSE(batches.ok());
  EXPECT_TRUE(batches.error().Is(errors::kLimit)) << batches.error().Message();
}

TEST_F(QueryTest, FilesOutsideAreClosed) {
  auto path = std::filesystem::temp_directory_path() / ("firn_" + NewUuid());
  EXPECT_FALSE(Query("SELECT * FROM read_text('/etc/hostname')").ok());
  EXPECT_FALSE(Query("COPY (SELECT 1) TO '" + path.string() + "'").ok());
  EXPECT_FALSE(Query("INSTALL spatial").ok());
  EXPECT_FALSE(Query("SET enable_external_access = true").ok());
  EXPECT_FALSE(Query("ATTACH '" + path.string() + "' AS x").ok());
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(QueryTest, ManyThreadsAtOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        CancelToken token;
        auto batches =
            engine_->Collect({.sql = "SELECT sum(range) + " + std::to_string(t) + " FROM range(1000)"}, token);
        if (!batches.ok() || batches->front().Int64(0, 0) != 499500 + t) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace firn::engine

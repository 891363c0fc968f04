// Engine::Write: files and their statistics, partitions, failures that leave nothing.
#include <gmock/gmock.h>

#include <thread>

#include "iceberg/value.h"
#include "unit/engine/lake.h"

namespace firn::engine {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class WriteTest : public LakeTest {
 protected:
  /// A bound as text.
  static std::string BoundText(const iceberg::Type& type, const std::optional<std::string>& bound) {
    if (!bound) return "none";
    return iceberg::ToText(type, iceberg::FromBinary(type, *bound).value());
  }
  static std::string Bounds(const iceberg::DataFile& file, int id, SqlType sql) {
    const auto* column = file.Column(id);
    if (column == nullptr) return "no metrics";
    auto type = iceberg::ParsePrimitive(sql.Iceberg()).value();
    return BoundText(type, column->lower) + ".." + BoundText(type, column->upper) + " " +
           std::to_string(column->value_count) + "/" + std::to_string(column->null_count) + "/" +
           std::to_string(column->nan_count);
  }
};

TEST_F(WriteTest, StatisticsBecomeMetrics) {
  std::vector<PinnedColumn> columns = {Column("I", 1, SqlType::Integer()),
                                       Column("N", 2, SqlType::Number(10, 2)),
                                       Column("F", 3, SqlType::Of(TypeId::kFloat)),
                                       Column("D", 4, SqlType::Of(TypeId::kDate)),
                                       Column("T", 5, SqlType::Timestamp(TypeId::kTimestampNtz)),
                                       Column("S", 6, SqlType::Varchar()),
                                       Column("V", 7, SqlType::Of(TypeId::kVariant)),
                                       Column("B", 8, SqlType::Of(TypeId::kBoolean)),
                                       Column("A", 9, SqlType::Varchar()),
                                       Column("NN", 10, SqlType::Of(TypeId::kFloat))};
  auto file = *WriteOne(
                   "SELECT * FROM (VALUES (-3, 1.25, 0.0, DATE '2024-01-09', TIMESTAMP '2024-01-09 10:00:00.000001',"
                   " 'aaaaaaaaaaaaaaaaaaaaaaaa', '{}', true, NULL, 'NaN'::DOUBLE),"
                   " (40, -1.25, 8.5, DATE '1969-12-31', TIMESTAMP '1960-01-01', 'zzzzzzzzzzzzzzzzzzzz', '[]', false,"
                   " NULL, 1.0), (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL))",
                   columns)
                   .data;
  EXPECT_EQ(file.record_count, 3);
  EXPECT_EQ(file.size, static_cast<int64_t>(std::filesystem::file_size(file.path.substr(7))));
  EXPECT_EQ(Bounds(file, 1, columns[0].type), "-3..40 3/1/-1");
  EXPECT_EQ(Bounds(file, 2, columns[1].type), "-1.25..1.25 3/1/-1");
  EXPECT_EQ(Bounds(file, 3, columns[2].type), "-0..8.5 3/1/0");
  EXPECT_EQ(Bounds(file, 4, columns[3].type), "1969-12-31..2024-01-09 3/1/-1");
  EXPECT_EQ(Bounds(file, 5, columns[4].type), "1960-01-01T00:00:00.000000..2024-01-09T10:00:00.000001 3/1/-1");
  EXPECT_EQ(Bounds(file, 6, columns[5].type), "aaaaaaaaaaaaaaaa..zzzzzzzzzzzzzzz{ 3/1/-1");
  EXPECT_EQ(Bounds(file, 7, columns[6].type), "none..none 3/1/-1");
  EXPECT_EQ(Bounds(file, 8, columns[7].type), "false..true 3/1/-1");
  EXPECT_EQ(Bounds(file, 9, columns[8].type), "none..none 3/3/-1");
  EXPECT_EQ(file.Column(10)->nan_count, -1);
}

TEST_F(WriteTest, NoRowsNoFiles) {
  std::vector<PinnedColumn> columns = {Column("I", 1, SqlType::Integer())};
  EXPECT_THAT(Write("SELECT 1 WHERE false", columns), IsEmpty());
  EXPECT_THAT(FilesLeft(), IsEmpty());
}

TEST_F(WriteTest, LargeWritesAreSeveralFilesInOrder) {
  std::vector<PinnedColumn> columns = {Column("I", 1, SqlType::Integer())};
  auto target = Target(columns);
  target.file_bytes_max = 1 << 20;
  auto files = TryWrite("SELECT hash(range)::HUGEINT % 1000000007 FROM range(1000000)", target);
  ASSERT_TRUE(files.ok()) << files.error().Message();
  EXPECT_GT(files->size(), 2U);
  int64_t rows = 0;
  std::vector<iceberg::LiveFile> live;
  for (auto& file : *files) {
    rows += file.record_count;
    live.push_back({std::make_shared<const iceberg::DataFile>(file)});
  }
  EXPECT_EQ(rows, 1000000);
  EXPECT_EQ(Rows("SELECT count(DISTINCT i) > 900000, count(i) FROM lake_scan(0)", {Pin(columns, live)}),
            std::vector<std::string>{"true|1000000"});
}

TEST_F(WriteTest, FailuresLeaveNothing) {
  std::vector<PinnedColumn> columns = {Column("I", 1, SqlType::Integer())};
  auto failed =
      TryWrite("SELECT CASE WHEN range = 900000 THEN 'x' ELSE range::VARCHAR END FROM range(1000000)", Target(columns));
  ASSERT_FALSE(failed.ok());
  EXPECT_TRUE(failed.error().Is(errors::kNumericUnrecognized)) << failed.error().Message();
  EXPECT_THAT(FilesLeft(), IsEmpty());

  columns[0].nullable = false;
  auto null = TryWrite("SELECT NULL::BIGINT", Target(columns));
  ASSERT_FALSE(null.ok());
  EXPECT_TRUE(null.error().Is(errors::kNullNotAllowed));
  EXPECT_THAT(FilesLeft(), IsEmpty());

  std::thread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    cancel_.Cancel();
  });
  auto canceled = TryWrite("SELECT range FROM range(100000000000)", Target(columns));
  canceller.join();
  ASSERT_FALSE(canceled.ok());
  EXPECT_TRUE(canceled.error().Is(errors::kCanceled)) << canceled.error().Message();
  EXPECT_THAT(FilesLeft(), IsEmpty());
}

TEST_F(WriteTest, CancellingAtAnyMomentLeavesNothing) {
  std::vector<PinnedColumn> columns = {Column("I", 1, SqlType::Integer())};
  for (int i = 0; i < 40; ++i) {
    CancelToken token;
    std::thread canceller([&] {
      std::this_thread::sleep_for(std::chrono::microseconds(250 * i));
      token.Cancel();
    });
    Statement statement;
    statement.sql = "SELECT range FROM range(1000000000000)";
    auto files = engine_->Write(std::move(statement), Target(columns), token);
    canceller.join();
    ASSERT_FALSE(files.ok());
    EXPECT_TRUE(files.error().Is(errors::kCanceled)) << files.error().Message();
    ASSERT_THAT(FilesLeft(), IsEmpty()) << i;
  }
}

TEST_F(WriteTest, PartitionsByEveryTransform) {
  struct Case {
    const char* transform;
    SqlType type;
    std::string values;  // SQL of the source values
  };
  const std::vector<Case> cases = {
      {"identity", SqlType::Varchar(), "VALUES ('a'), ('b c/=%'), (NULL), ('')"},
      {"identity", SqlType::Number(10, 2), "VALUES (1.50), (-2.25), (NULL)"},
      {"identity", SqlType::Timestamp(TypeId::kTimestampLtz), "VALUES (TIMESTAMPTZ '2024-01-01 10:00:00.5+02')"},
      {"bucket[4]", SqlType::Integer(), "SELECT range FROM range(50) UNION ALL SELECT NULL"},
      {"bucket[7]", SqlType::Varchar(), "SELECT 'iceberg ' || range FROM range(50)"},
      {"bucket[3]", SqlType::Number(20, 3), "SELECT range * 1.125 FROM range(50)"},
      {"bucket[5]", SqlType::Of(TypeId::kDate), "SELECT DATE '2017-11-16' + range::INT FROM range(20)"},
      {"truncate[10]", SqlType::Integer(), "VALUES (-11), (-1), (0), (9), (10), (NULL)"},
      {"truncate[3]", SqlType::Varchar(), "VALUES ('iceberg'), ('üöäß'), ('ic'), (NULL)"},
      {"truncate[50]", SqlType::Number(9, 2), "VALUES (10.65), (-0.01)"},
      {"year", SqlType::Of(TypeId::kDate), "VALUES (DATE '1969-12-31'), (DATE '2024-02-29'), (NULL)"},
      {"month", SqlType::Timestamp(TypeId::kTimestampNtz),
       "VALUES (TIMESTAMP '1969-12-31 23:00:00'), (TIMESTAMP '2024-02-29 01:00:00')"},
      {"day", SqlType::Timestamp(TypeId::kTimestampLtz),
       "VALUES (TIMESTAMPTZ '1969-12-31 23:30:00+00'), (TIMESTAMPTZ '2024-02-29 23:59:59-05'), (NULL)"},
      {"hour", SqlType::Timestamp(TypeId::kTimestampNtz),
       "VALUES (TIMESTAMP '1969-12-31 23:30:00'), (TIMESTAMP '2024-02-29 01:59:59')"},
  };
  for (const auto& test : cases) {
    std::vector<PinnedColumn> columns = {Column("P", 1, test.type), Column("X", 2, SqlType::Integer())};
    auto target = Target(columns);
    auto spec = std::make_shared<iceberg::PartitionSpec>();
    spec->spec_id = 3;
    spec->fields = {{1, 1000, "p_part", iceberg::ParseTransform(test.transform)},
                    {2, 1001, "x_void", iceberg::ParseTransform("void")}};
    target.spec = spec;
    auto files = TryWrite("SELECT v, 5 FROM (" + test.values + ") t(v)", target);
    ASSERT_TRUE(files.ok()) << test.transform << files.error().Message();
    auto source = target.schema->FindById(1)->type;
    auto result = spec->fields[0].transform.ResultType(source);
    for (const auto& file : *files) {
      EXPECT_EQ(file.spec_id, 3);
      ASSERT_EQ(file.partition.size(), 2U);
      EXPECT_TRUE(iceberg::IsNull(file.partition[1]));
      // Every bound of the file transforms to the file's partition value, by Iceberg's own transform.
      auto lower = file.LowerBound(1, source);
      if (!lower) {
        EXPECT_TRUE(iceberg::IsNull(file.partition[0])) << test.transform;
        continue;
      }
      EXPECT_EQ(iceberg::ToText(result, spec->fields[0].transform.Apply(source, *lower)),
                iceberg::ToText(result, file.partition[0]))
          << test.transform;
    }
  }
}

TEST_F(WriteTest, PartitionsPruneScans) {
  std::vector<PinnedColumn> columns = {Column("P", 1, SqlType::Integer()), Column("X", 2, SqlType::Integer())};
  auto metadata = std::make_shared<iceberg::TableMetadata>();
  metadata->schemas = {*SchemaOf(columns)};
  iceberg::PartitionSpec spec;
  spec.fields = {{1, 1000, "p_bucket", iceberg::ParseTransform("bucket[8]")}};
  metadata->partition_specs = {spec};
  auto target = Target(columns);
  target.spec = std::make_shared<const iceberg::PartitionSpec>(spec);
  auto files = TryWrite("SELECT range, range * 2 FROM range(1000)", target);
  ASSERT_TRUE(files.ok()) << files.error().Message();
  ASSERT_EQ(files->size(), 8U);
  std::vector<iceberg::LiveFile> live;
  for (auto& file : *files) live.push_back({std::make_shared<const iceberg::DataFile>(file)});
  auto table = Pin(columns, live, metadata);
  EXPECT_THAT(Explain("SELECT x FROM lake_scan(0) WHERE p = 500", {table}), testing::HasSubstr("1/8"));
  EXPECT_THAT(Rows("SELECT x FROM lake_scan(0) WHERE p = 500", {table}), ElementsAre("1000"));
  EXPECT_THAT(Rows("SELECT sum(x) FROM lake_scan(0) WHERE p IN (1, 2, 3)", {table}), ElementsAre("12"));
}

}  // namespace
}  // namespace firn::engine

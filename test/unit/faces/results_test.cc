#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/ids.h"
#include "faces/snowflake/arrow_result.h"
#include "faces/snowflake/json_result.h"
#include "faces/snowflake/result_writer.h"
#include "faces/snowflake/rows_batch.h"
#include "unit/faces/engine_batches.h"

namespace firn::faces {
namespace {

std::shared_ptr<arrow::RecordBatch> Shaped(const Sample& sample) {
  auto shape = ArrowShape::Make(sample.columns, *sample.batch->schema(), 2);
  EXPECT_TRUE(shape.ok()) << shape.error().Message();
  auto shaped = shape->Shape(*sample.batch);
  EXPECT_TRUE(shaped.ok()) << shaped.error().Message();
  EXPECT_TRUE((*shaped)->ValidateFull().ok()) << (*shaped)->ValidateFull().ToString();
  return *shaped;
}

std::string Values(const arrow::RecordBatch& batch, const char* column) {
  std::string out;
  auto array = batch.GetColumnByName(column);
  for (int64_t i = 0; i < array->length(); ++i) {
    out += (i > 0 ? " | " : "") + (array->IsNull(i) ? "null" : array->GetScalar(i).ValueOrDie()->ToString());
  }
  return out;
}

TEST(ArrowResultTest, GivesTheWiresTypesAndValues) {
  auto batch = Shaped(AllTypes());
  EXPECT_EQ(Values(*batch, "I"), "1 | null | -9223372036854775808");
  EXPECT_EQ(batch->GetColumnByName("N")->type()->ToString(), "int64");
  EXPECT_EQ(Values(*batch, "N"), "1234 | null | -5");
  EXPECT_EQ(batch->GetColumnByName("W")->type()->ToString(), "decimal128(38, 2)");
  EXPECT_EQ(Values(*batch, "W"), "1000000000000000000.00 | null | -0.01");
  EXPECT_EQ(Values(*batch, "B"), "true | null | false");
  EXPECT_EQ(Values(*batch, "D").substr(0, 10), "2022-01-08");
  EXPECT_EQ(batch->GetColumnByName("TM")->type()->ToString(), "int64");
  EXPECT_EQ(Values(*batch, "TM"), "3600000001000 | null | 0");
  EXPECT_EQ(batch->GetColumnByName("TS")->type()->ToString(), "struct<epoch: int64, fraction: int32>");
  EXPECT_EQ(
      Values(*batch, "TS"),
      "{epoch:int64 = 1700000000, fraction:int32 = 123456000} | null | {epoch:int64 = -2, fraction:int32 = 500000000}");
  EXPECT_EQ(Values(*batch, "TS3"), "1700000000123 | null | -1501");
  EXPECT_EQ(Values(*batch, "TZ"),
            "{epoch:int64 = 1700000000, fraction:int32 = 123456000, timezone:int32 = 1500} | null | "
            "{epoch:int64 = -1, fraction:int32 = 999999000, timezone:int32 = 960}");
  EXPECT_EQ(Values(*batch, "V"), "{\n  \"a\": [\n    1\n  ]\n} | null | 1");
}

TEST(ArrowResultTest, CarriesTheMetadataThatDriversNeed) {
  auto schema = Shaped(AllTypes())->schema();
  auto value = [&](const char* column, const char* key) {
    return schema->GetFieldByName(column)->metadata()->Get(key).ValueOrDie();
  };
  EXPECT_EQ(value("I", "logicalType"), "FIXED");
  EXPECT_EQ(value("I", "precision"), "38");
  EXPECT_EQ(value("N", "scale"), "2");
  EXPECT_EQ(value("TS", "scale"), "9");
  EXPECT_EQ(value("TS3", "scale"), "3");
  EXPECT_EQ(value("TZ", "byteLength"), "16");
  EXPECT_EQ(value("T", "charLength"), "16777216");
  EXPECT_EQ(value("V", "logicalType"), "VARIANT");
}

TEST(ArrowResultTest, SlicedBatchesGiveTheSameRows) {
  Sample sample = AllTypes();
  auto whole = Shaped(sample);
  for (int64_t first : {0, 1, 2}) {
    Sample part{sample.columns, sample.batch->Slice(first)};
    EXPECT_TRUE(Shaped(part)->Equals(*whole->Slice(first))) << first;
  }
}

TEST(ArrowResultTest, RefusesATypeThatCannotBeSent) {
  auto schema = arrow::schema({arrow::field("X", arrow::list(arrow::int32()))});
  auto shape = ArrowShape::Make({{.name = "X", .type = SqlType::Integer()}}, *schema, 2);
  ASSERT_FALSE(shape.ok());
  EXPECT_NE(shape.error().Message().find("column X"), std::string::npos);
}

TEST(ArrowResultTest, TakesOtherScalesAndWidths) {
  arrow::Decimal128Builder builder(arrow::decimal128(20, 3));
  builder.Append(arrow::Decimal128(12345)).ok();
  Sample sample{{{.name = "N", .type = SqlType::Number(12, 2)}}, nullptr};
  sample.batch =
      arrow::RecordBatch::Make(arrow::schema({arrow::field("N", builder.type())}), 1, {builder.Finish().ValueOrDie()});
  EXPECT_EQ(Values(*Shaped(sample), "N"), "12.35");  // half away from zero
}

std::string JsonOf(const Sample& sample) {
  auto shape = JsonShape::Make(sample.columns, *sample.batch->schema(), 2);
  EXPECT_TRUE(shape.ok());
  std::string out = "[";
  EXPECT_TRUE(shape->Append(*sample.batch, 0, sample.batch->num_rows(), &out).ok());
  return out + "]";
}

TEST(JsonResultTest, WritesEveryCellAsStringOrNull) {
  boost::json::value parsed = boost::json::parse(JsonOf(AllTypes()));
  const auto& rows = parsed.as_array();
  ASSERT_EQ(rows.size(), 3);
  auto cell = [&](size_t row, size_t column) { return boost::json::serialize(rows[row].as_array()[column]); };
  std::vector<std::string> first, third;
  for (size_t i = 0; i < 13; ++i) {
    first.push_back(cell(0, i));
    EXPECT_EQ(cell(1, i), "null");
    third.push_back(cell(2, i));
  }
  EXPECT_EQ(first, (std::vector<std::string>{
                       "\"1\"", "\"12.34\"", "\"1000000000000000000.00\"", "\"1.5\"", "\"1\"", "\"a\\\"b\"",
                       "\"19000\"", "\"3600.000001000\"", "\"1700000000.123456000\"", "\"1700000000.123\"",
                       "\"1700000000.123456000 1500\"", "\"00FF\"", "\"{\\n  \\\"a\\\": [\\n    1\\n  ]\\n}\""}));
  EXPECT_EQ(third, (std::vector<std::string>{"\"-9223372036854775808\"", "\"-0.05\"", "\"-0.01\"", "\"-1e+300\"",
                                             "\"0\"", "\"\"", "\"-1\"", "\"0.000000000\"", "\"-1.500000000\"",
                                             "\"-1.501\"", "\"-0.000001000 960\"", "\"\"", "\"1\""}));
}

TEST(JsonResultTest, TextCellsGiveTheSameAsBatches) {
  Sample sample = AllTypes();
  std::vector<session::Row> rows = {{"1", "12.34", "1000000000000000000.00", "1.5", "true", "a\"b", "2022-01-08",
                                     "01:00:00.000001", "2023-11-14 22:13:20.123456", "2023-11-14 22:13:20.123456",
                                     "2023-11-14 23:13:20.123456 +0100", "00FF", R"({"a":[1]})"},
                                    session::Row(13)};
  std::string out = "[";
  ASSERT_TRUE(AppendJsonRows(sample.columns, rows, 2, &out).ok());
  Sample two{sample.columns, sample.batch->Slice(0, 2)};
  EXPECT_EQ(out + "]", JsonOf(two));
  auto batch = BatchOfRows(sample.columns, rows);
  ASSERT_TRUE(batch.ok()) << batch.error().Message();
  EXPECT_EQ(JsonOf({sample.columns, *batch}), JsonOf(two));
}

TEST(JsonResultTest, RefusesACellOfAnotherType) {
  std::string out;
  EXPECT_FALSE(AppendJsonRows({{.name = "D", .type = SqlType::Of(TypeId::kDate)}}, {{"tomorrow"}}, 2, &out).ok());
  EXPECT_FALSE(BatchOfRows({{.name = "D", .type = SqlType::Of(TypeId::kDate)}}, {{"tomorrow"}}).ok());
}

session::Answer Streamed(const std::vector<Sample>& samples) {
  session::Answer answer;
  answer.statement_type = session::statement_type::kSelect;
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  for (const Sample& sample : samples) batches.push_back(sample.batch);
  answer.columns = Numbers(0, 0).columns;
  answer.stream = std::make_unique<BatchStream>(std::move(batches));
  return answer;
}

/// All rows of a result, put together from its parts.
std::vector<int64_t> NumbersIn(const WrittenResult& result, ChunkStore& chunks) {
  std::vector<int64_t> out;
  auto add_arrow = [&](const std::string& bytes) {
    for (const auto& batch : ReadIpc(bytes)) {
      const auto& column = static_cast<const arrow::Int64Array&>(*batch->column(0));
      for (int64_t i = 0; i < column.length(); ++i) out.push_back(column.Value(i));
    }
  };
  auto add_json = [&](const std::string& rows) {
    boost::json::value parsed = boost::json::parse("[" + rows + "]");
    for (const auto& row : parsed.as_array()) {
      out.push_back(std::stoll(row.as_array()[0].as_string().c_str()));
    }
  };
  auto add = [&](const std::string& bytes) {
    result.format == WireFormat::kArrow ? add_arrow(bytes) : add_json(bytes);
  };
  std::string first = result.inline_rows;
  if (result.format == WireFormat::kArrow) FromBase64(result.inline_rows, &first);
  if (!first.empty()) add(first);
  EXPECT_EQ(static_cast<int64_t>(out.size()), result.inline_count);
  for (const WrittenChunk& chunk : result.chunks) {
    auto found = chunks.Find(chunk.secret);
    EXPECT_TRUE(found.has_value());
    size_t before = out.size();
    add(*found->bytes);
    EXPECT_EQ(static_cast<int64_t>(out.size() - before), chunk.rows);
    EXPECT_EQ(found->bytes->size(), chunk.bytes);
  }
  return out;
}

class ResultWriterTest : public ::testing::TestWithParam<WireFormat> {};

TEST_P(ResultWriterTest, DealsRowsToPartsWithoutLosingAny) {
  ChunkStore chunks("", Clock::System());
  session::Answer answer = Streamed({Numbers(0, 5), Numbers(5, 3000), Numbers(3005, 0), Numbers(3005, 20000)});
  auto result = WriteResult(answer, GetParam(), 2, chunks, {.inline_bytes = 2000, .chunk_bytes = 50000});
  ASSERT_TRUE(result.ok()) << result.error().Message();
  EXPECT_EQ(result->total, 23005);
  EXPECT_GT(result->chunks.size(), 5);
  EXPECT_LT(result->inline_count, 200);
  std::vector<int64_t> rows = NumbersIn(*result, chunks);
  ASSERT_EQ(rows.size(), 23005);
  for (int64_t i = 0; i < 23005; ++i) ASSERT_EQ(rows[static_cast<size_t>(i)], i);
}

TEST_P(ResultWriterTest, KeepsASmallResultInside) {
  ChunkStore chunks("", Clock::System());
  session::Answer answer = Streamed({Numbers(0, 1000)});
  auto result = WriteResult(answer, GetParam(), 2, chunks);
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(result->chunks.empty());
  EXPECT_EQ(NumbersIn(*result, chunks).size(), 1000);
}

TEST_P(ResultWriterTest, AnEmptyResultIsAnEmptyText) {
  ChunkStore chunks("", Clock::System());
  for (const std::vector<Sample>& samples : {std::vector<Sample>{}, std::vector<Sample>{Numbers(0, 0)}}) {
    session::Answer answer = Streamed(samples);
    auto result = WriteResult(answer, GetParam(), 2, chunks);
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(result->inline_rows, "");
    EXPECT_EQ(result->total, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, ResultWriterTest, ::testing::Values(WireFormat::kArrow, WireFormat::kJson));

}  // namespace
}  // namespace firn::faces

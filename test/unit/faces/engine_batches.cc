#include "unit/faces/engine_batches.h"

#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>

namespace firn::faces {

namespace {

template <class Builder, class Value>
std::shared_ptr<arrow::Array> Three(std::shared_ptr<arrow::DataType> type, Value first, Value third) {
  Builder builder(type, arrow::default_memory_pool());
  builder.Append(first).ok();
  builder.AppendNull().ok();
  builder.Append(third).ok();
  return builder.Finish().ValueOrDie();
}

std::shared_ptr<arrow::Array> ThreeTexts(const std::string& first, const std::string& third) {
  return Three<arrow::StringBuilder>(arrow::utf8(), first, third);
}

/// Wide decimals: 10^20 and -1, of scale 2.
arrow::Decimal128 Wide() { return arrow::Decimal128("100000000000000000000"); }

std::shared_ptr<arrow::Array> ThreeInstants() {
  auto instants = Three<arrow::TimestampBuilder>(arrow::timestamp(arrow::TimeUnit::MICRO),
                                                 int64_t{1'700'000'000'123'456}, int64_t{-1});
  auto offsets = Three<arrow::Int32Builder>(arrow::int32(), 60, -480);
  uint8_t bits = 0b101;
  auto validity = arrow::Buffer::FromString(std::string(1, static_cast<char>(bits)));
  return arrow::StructArray::Make({instants, offsets}, std::vector<std::string>{"instant", "offset_minutes"}, validity)
      .ValueOrDie();
}

}  // namespace

Sample AllTypes() {
  using enum TypeId;
  auto micros = arrow::timestamp(arrow::TimeUnit::MICRO);
  struct Row {
    const char* name;
    SqlType type;
    std::shared_ptr<arrow::Array> array;
  };
  std::vector<Row> rows = {
      {"I", SqlType::Integer(), Three<arrow::Int64Builder>(arrow::int64(), int64_t{1}, INT64_MIN)},
      {"N", SqlType::Number(10, 2),
       Three<arrow::Decimal128Builder>(arrow::decimal128(10, 2), arrow::Decimal128(1234), arrow::Decimal128(-5))},
      {"W", SqlType::Number(38, 2),
       Three<arrow::Decimal128Builder>(arrow::decimal128(38, 2), Wide(), arrow::Decimal128(-1))},
      {"F", SqlType::Of(kFloat), Three<arrow::DoubleBuilder>(arrow::float64(), 1.5, -1e300)},
      {"B", SqlType::Of(kBoolean), Three<arrow::BooleanBuilder>(arrow::boolean(), true, false)},
      {"T", SqlType::Varchar(), ThreeTexts("a\"b", "")},
      {"D", SqlType::Of(kDate), Three<arrow::Date32Builder>(arrow::date32(), 19000, -1)},
      {"TM", SqlType::Of(kTime),
       Three<arrow::Time64Builder>(arrow::time64(arrow::TimeUnit::MICRO), int64_t{3'600'000'001}, int64_t{0})},
      {"TS", SqlType::Timestamp(kTimestampNtz),
       Three<arrow::TimestampBuilder>(micros, int64_t{1'700'000'000'123'456}, int64_t{-1'500'000})},
      {"TS3", SqlType::Timestamp(kTimestampNtz, 3),
       Three<arrow::TimestampBuilder>(micros, int64_t{1'700'000'000'123'456}, int64_t{-1'500'001})},
      {"TZ", SqlType::Timestamp(kTimestampTz), ThreeInstants()},
      {"BI", SqlType::Of(kBinary),
       Three<arrow::BinaryBuilder>(arrow::binary(), std::string("\x00\xff", 2), std::string())},
      {"V", SqlType::Of(kVariant), ThreeTexts(R"({"a":[1]})", "1")},
  };
  Sample sample;
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (auto& row : rows) {
    sample.columns.push_back({.name = row.name, .type = row.type});
    fields.push_back(arrow::field(row.name, row.array->type()));
    arrays.push_back(row.array);
  }
  sample.batch = arrow::RecordBatch::Make(arrow::schema(fields), 3, arrays);
  return sample;
}

Sample Numbers(int64_t first, int64_t rows) {
  arrow::Int64Builder numbers;
  arrow::StringBuilder texts;
  for (int64_t i = first; i < first + rows; ++i) {
    numbers.Append(i).ok();
    texts.Append("row " + std::to_string(i)).ok();
  }
  Sample sample;
  sample.columns = {{.name = "N", .type = SqlType::Integer()}, {.name = "T", .type = SqlType::Varchar()}};
  sample.batch =
      arrow::RecordBatch::Make(arrow::schema({arrow::field("N", arrow::int64()), arrow::field("T", arrow::utf8())}),
                               rows, {numbers.Finish().ValueOrDie(), texts.Finish().ValueOrDie()});
  return sample;
}

std::vector<std::shared_ptr<arrow::RecordBatch>> ReadIpc(const std::string& bytes) {
  arrow::io::BufferReader input(arrow::Buffer::FromString(bytes));
  auto reader = arrow::ipc::RecordBatchStreamReader::Open(&input).ValueOrDie();
  return reader->ToRecordBatches().ValueOrDie();
}

}  // namespace firn::faces

#include "faces/snowflake/rows_batch.h"

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_decimal.h>
#include <arrow/array/builder_nested.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/builder_time.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>

#include "base/errors.h"
#include "faces/snowflake/cell_text.h"

namespace firn::faces {

namespace {

std::shared_ptr<arrow::DataType> InstantWithOffset() {
  return arrow::struct_({arrow::field("instant", arrow::timestamp(arrow::TimeUnit::MICRO)),
                         arrow::field("offset_minutes", arrow::int32())});
}

std::shared_ptr<arrow::DataType> EngineType(const SqlType& type) {
  switch (type.id) {
    case TypeId::kBinary:
      return arrow::binary();
    case TypeId::kBoolean:
      return arrow::boolean();
    case TypeId::kDate:
      return arrow::date32();
    case TypeId::kFloat:
      return arrow::float64();
    case TypeId::kInteger:
    case TypeId::kNumber:
      return arrow::decimal128(type.precision > 0 ? type.precision : 38, type.scale);
    case TypeId::kTime:
      return arrow::time64(arrow::TimeUnit::MICRO);
    case TypeId::kTimestampLtz:
    case TypeId::kTimestampNtz:
      return arrow::timestamp(arrow::TimeUnit::MICRO);
    case TypeId::kTimestampTz:
      return InstantWithOffset();
    default:
      return arrow::utf8();
  }
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool AppendBinary(std::string_view hex, arrow::BinaryBuilder& builder) {
  if (hex.size() % 2 != 0) return false;
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2) {
    int high = HexDigit(hex[i]), low = HexDigit(hex[i + 1]);
    if (high < 0 || low < 0) return false;
    bytes += static_cast<char>(high * 16 + low);
  }
  return builder.Append(bytes).ok();
}

bool AppendInstantWithOffset(std::string_view text, arrow::StructBuilder& builder) {
  auto parsed = ParseTimestamp(text);
  if (!parsed || !builder.Append().ok()) return false;
  return static_cast<arrow::TimestampBuilder&>(*builder.field_builder(0)).Append(parsed->micros).ok() &&
         static_cast<arrow::Int32Builder&>(*builder.field_builder(1)).Append(parsed->offset_minutes).ok();
}

template <class Builder, class Value>
bool AppendParsed(arrow::ArrayBuilder& builder, const std::optional<Value>& value) {
  return value && static_cast<Builder&>(builder).Append(*value).ok();
}

/// False where the text is not of the type.
bool AppendCell(const SqlType& type, std::string_view text, arrow::ArrayBuilder& builder) {
  switch (type.id) {
    case TypeId::kBinary:
      return AppendBinary(text, static_cast<arrow::BinaryBuilder&>(builder));
    case TypeId::kBoolean:
      if (text != "true" && text != "false") return false;
      return static_cast<arrow::BooleanBuilder&>(builder).Append(text == "true").ok();
    case TypeId::kDate: {
      auto days = ParseDate(text);
      return days && static_cast<arrow::Date32Builder&>(builder).Append(static_cast<int32_t>(*days)).ok();
    }
    case TypeId::kFloat:
      return AppendParsed<arrow::DoubleBuilder>(builder, ParseReal(text));
    case TypeId::kInteger:
    case TypeId::kNumber: {
      auto value = ParseDecimal(text, type.scale);
      if (!value) return false;
      arrow::Decimal128 decimal(static_cast<int64_t>(*value >> 64), static_cast<uint64_t>(*value));
      return static_cast<arrow::Decimal128Builder&>(builder).Append(decimal).ok();
    }
    case TypeId::kTime:
      return AppendParsed<arrow::Time64Builder>(builder, ParseTime(text));
    case TypeId::kTimestampLtz:
    case TypeId::kTimestampNtz: {
      auto parsed = ParseTimestamp(text);
      return parsed && static_cast<arrow::TimestampBuilder&>(builder).Append(parsed->micros).ok();
    }
    case TypeId::kTimestampTz:
      return AppendInstantWithOffset(text, static_cast<arrow::StructBuilder&>(builder));
    default:
      return static_cast<arrow::StringBuilder&>(builder).Append(text).ok();
  }
}

Result<std::shared_ptr<arrow::Array>> ColumnOf(const session::OutputColumn& column, size_t index,
                                               const std::vector<session::Row>& rows) {
  auto made = arrow::MakeBuilder(EngineType(column.type));
  if (!made.ok()) return Error(errors::kInternal, {made.status().ToString()});
  auto builder = std::move(made).ValueUnsafe();
  for (const session::Row& row : rows) {
    if (index >= row.size()) return Error(errors::kInternal, {"a row of another width than its columns"});
    const session::Cell& cell = row[index];
    bool good = cell ? AppendCell(column.type, *cell, *builder) : builder->AppendNull().ok();
    if (!good) {
      return Error(errors::kInternal, {"column " + column.name + " of type " + column.type.Text() + " holds '" +
                                       cell->substr(0, 100) + "'"});
    }
  }
  auto array = builder->Finish();
  if (!array.ok()) return Error(errors::kInternal, {array.status().ToString()});
  return std::move(array).ValueUnsafe();
}

}  // namespace

Result<std::shared_ptr<arrow::RecordBatch>> BatchOfRows(const std::vector<session::OutputColumn>& columns,
                                                        const std::vector<session::Row>& rows) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (size_t i = 0; i < columns.size(); ++i) {
    FIRN_ASSIGN(auto array, ColumnOf(columns[i], i, rows));
    fields.push_back(arrow::field(columns[i].name, array->type()));
    arrays.push_back(std::move(array));
  }
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), static_cast<int64_t>(rows.size()),
                                  std::move(arrays));
}

}  // namespace firn::faces

#include "faces/pipeline_face/row_text.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <map>

#include "faces/json_text.h"
#include "faces/snowflake/cell_text.h"

namespace firn::faces {

namespace {

constexpr Micros kDayMicros = Micros{86'400} * 1'000'000;

int64_t FloorDivide(int64_t value, int64_t divisor) { return value / divisor - (value % divisor < 0 ? 1 : 0); }

void AppendDate(int64_t days, std::string* out) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()));
  *out += text;
}

/// Fraction digits where there are any.
void AppendTime(Micros micros, std::string* out) {
  const int64_t seconds = micros / 1'000'000, fraction = micros % 1'000'000;
  char text[32];
  std::snprintf(text, sizeof text, "%02d:%02d:%02d", static_cast<int>(seconds / 3600),
                static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
  *out += text;
  if (fraction == 0) return;
  std::snprintf(text, sizeof text, ".%06d", static_cast<int>(fraction));
  *out += text;
}

void AppendTimestamp(Micros micros, std::string* out) {
  const int64_t days = FloorDivide(micros, kDayMicros);
  AppendDate(days, out);
  *out += 'T';
  AppendTime(micros - days * kDayMicros, out);
}

/// The instant of a struct of instant and offset in minutes.
void AppendZoned(const arrow::Array& array, int64_t row, std::string* out) {
  const auto& pair = static_cast<const arrow::StructArray&>(array);
  const auto& instants = static_cast<const arrow::TimestampArray&>(*pair.field(0));
  const std::shared_ptr<arrow::Array> offsets = pair.field(1);
  const int64_t minutes = offsets->type_id() == arrow::Type::INT16
                              ? static_cast<const arrow::Int16Array&>(*offsets).Value(row)
                              : static_cast<const arrow::Int32Array&>(*offsets).Value(row);
  AppendTimestamp(instants.Value(row) + minutes * 60 * 1'000'000, out);
  const int64_t shown = minutes < 0 ? -minutes : minutes;
  char text[16];
  std::snprintf(text, sizeof text, "%c%02d:%02d", minutes < 0 ? '-' : '+', static_cast<int>(shown / 60),
                static_cast<int>(shown % 60));
  *out += text;
}

std::string_view TextView(const arrow::Array& array, int64_t row) {
  switch (array.type_id()) {
    case arrow::Type::LARGE_STRING:
      return static_cast<const arrow::LargeStringArray&>(array).GetView(row);
    case arrow::Type::STRING_VIEW:
      return static_cast<const arrow::StringViewArray&>(array).GetView(row);
    default:
      return static_cast<const arrow::StringArray&>(array).GetView(row);
  }
}

bool IsText(const arrow::Array& array) {
  return array.type_id() == arrow::Type::STRING || array.type_id() == arrow::Type::LARGE_STRING ||
         array.type_id() == arrow::Type::STRING_VIEW;
}

double RealValue(const arrow::Array& array, int64_t row) {
  if (array.type_id() == arrow::Type::FLOAT) return static_cast<const arrow::FloatArray&>(array).Value(row);
  return static_cast<const arrow::DoubleArray&>(array).Value(row);
}

/// JSON's numbers have no NaN and no infinity.
bool IsJsonNumber(const engine::Batch& batch, int column, int64_t row) {
  const arrow::Array& array = *batch.arrow()->column(column);
  bool real = array.type_id() == arrow::Type::DOUBLE || array.type_id() == arrow::Type::FLOAT;
  return !real || std::isfinite(RealValue(array, row));
}

}  // namespace

std::string TypeText(const SqlType& type) { return type.id == TypeId::kInteger ? "NUMBER(38,0)" : type.Text(); }

RowText::RowText(std::vector<engine::ResultColumn> columns, bool big_as_text, bool lower_names)
    : columns_(std::move(columns)), big_as_text_(big_as_text) {
  for (engine::ResultColumn& column : columns_) {
    if (lower_names && column.name == Upper(column.name)) column.name = Lower(column.name);
  }
  std::map<std::string, int> seen;
  for (const engine::ResultColumn& column : columns_) {
    const int times = ++seen[column.name];
    keys_.push_back(times == 1 ? column.name : column.name + "_" + std::to_string(times));
    switch (column.type.id) {
      case TypeId::kInteger:
      case TypeId::kNumber:
        shapes_.push_back(Shape::kNumber);
        break;
      case TypeId::kFloat:
      case TypeId::kBoolean:
        shapes_.push_back(Shape::kReal);
        break;
      case TypeId::kArray:
      case TypeId::kObject:
      case TypeId::kVariant:
        shapes_.push_back(Shape::kJson);
        break;
      default:
        shapes_.push_back(Shape::kText);
    }
  }
}

std::string RowText::Columns() const {
  std::string out = "[";
  for (const engine::ResultColumn& column : columns_) {
    out += out.size() == 1 ? "{\"name\":" : ",{\"name\":";
    AppendJsonString(column.name, &out);
    out += ",\"type\":";
    AppendJsonString(TypeText(column.type), &out);
    out += '}';
  }
  return out + "]";
}

void RowText::Plain(const engine::Batch& batch, int column, int64_t row, std::string* out) const {
  const arrow::Array& array = *batch.arrow()->column(column);
  switch (array.type_id()) {
    case arrow::Type::BOOL:
      *out += static_cast<const arrow::BooleanArray&>(array).Value(row) ? "true" : "false";
      return;
    case arrow::Type::INT64:
      return AppendNumber(static_cast<const arrow::Int64Array&>(array).Value(row), out);
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE: {
      const double value = RealValue(array, row);
      if (std::isfinite(value)) return AppendReal(value, out);
      *out += std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
      return;
    }
    case arrow::Type::DATE32:
      return AppendDate(static_cast<const arrow::Date32Array&>(array).Value(row), out);
    case arrow::Type::TIME64:
      return AppendTime(static_cast<const arrow::Time64Array&>(array).Value(row), out);
    case arrow::Type::TIMESTAMP:
      AppendTimestamp(static_cast<const arrow::TimestampArray&>(array).Value(row), out);
      if (columns_[static_cast<size_t>(column)].type.id == TypeId::kTimestampLtz) *out += 'Z';
      return;
    case arrow::Type::STRUCT:
      return AppendZoned(array, row, out);
    default:
      if (IsText(array)) {
        *out += TextView(array, row);
        return;
      }
      *out += batch.Text(column, row);
  }
}

void RowText::Cell(const engine::Batch& batch, int column, int64_t row, std::string* out) const {
  if (batch.IsNull(column, row)) {
    *out += "null";
    return;
  }
  const arrow::Array& array = *batch.arrow()->column(column);
  const Shape shape = shapes_[static_cast<size_t>(column)];
  if (shape == Shape::kJson && IsText(array)) return AppendIndentedJson(TextView(array, row), 0, out);
  if (shape == Shape::kText && IsText(array)) return AppendJsonString(TextView(array, row), out);
  const bool quoted = shape == Shape::kText || (shape == Shape::kNumber && big_as_text_) ||
                      (shape == Shape::kReal && !IsJsonNumber(batch, column, row));
  if (quoted) *out += '"';
  Plain(batch, column, row, out);
  if (quoted) *out += '"';
}

void RowText::Array(const engine::Batch& batch, int64_t row, std::string* out) const {
  *out += '[';
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (i > 0) *out += ',';
    Cell(batch, static_cast<int>(i), row, out);
  }
  *out += ']';
}

void RowText::Object(const engine::Batch& batch, int64_t row, std::string* out) const {
  *out += '{';
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (i > 0) *out += ',';
    AppendJsonString(keys_[i], out);
    *out += ':';
    Cell(batch, static_cast<int>(i), row, out);
  }
  *out += '}';
}

namespace {

void AppendCsv(std::string_view text, std::string* out) {
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos) {
    *out += text;
    return;
  }
  *out += '"';
  for (char c : text) {
    if (c == '"') *out += '"';
    *out += c;
  }
  *out += '"';
}

}  // namespace

void RowText::CsvHeader(std::string* out) const {
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (i > 0) *out += ',';
    AppendCsv(columns_[i].name, out);
  }
  *out += '\n';
}

void RowText::CsvRow(const engine::Batch& batch, int64_t row, std::string* out) const {
  std::string cell;
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (i > 0) *out += ',';
    if (batch.IsNull(static_cast<int>(i), row)) continue;
    cell.clear();
    Plain(batch, static_cast<int>(i), row, &cell);
    AppendCsv(cell, out);
  }
  *out += '\n';
}

}  // namespace firn::faces

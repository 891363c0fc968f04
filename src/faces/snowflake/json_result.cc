#include "faces/snowflake/json_result.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>

#include "base/errors.h"
#include "base/ids.h"
#include "faces/json_text.h"
#include "faces/snowflake/arrow_columns.h"
#include "faces/snowflake/cell_text.h"
#include "faces/snowflake/wire_type.h"

namespace firn::faces {

namespace {

constexpr int kTimeZoneBias = 1440;

/// Writes one value that is not NULL, quotes included.
using AppendValue = void (*)(const SqlType&, const arrow::Array&, int64_t row, std::string*);

void AppendInt64(const SqlType& type, const arrow::Array& array, int64_t row, std::string* out) {
  *out += '"';
  AppendScaled(static_cast<const arrow::Int64Array&>(array).Value(row), type.scale, out);
  *out += '"';
}

void AppendDecimal(const SqlType& type, const arrow::Array& array, int64_t row, std::string* out) {
  arrow::Decimal128 value(static_cast<const arrow::Decimal128Array&>(array).GetValue(row));
  auto wide = static_cast<Int128>((static_cast<unsigned __int128>(value.high_bits()) << 64) | value.low_bits());
  *out += '"';
  AppendScaled(wide, type.scale, out);
  *out += '"';
}

void AppendDouble(const SqlType&, const arrow::Array& array, int64_t row, std::string* out) {
  *out += '"';
  AppendReal(static_cast<const arrow::DoubleArray&>(array).Value(row), out);
  *out += '"';
}

void AppendBoolean(const SqlType&, const arrow::Array& array, int64_t row, std::string* out) {
  *out += static_cast<const arrow::BooleanArray&>(array).Value(row) ? "\"1\"" : "\"0\"";
}

void AppendDays(const SqlType&, const arrow::Array& array, int64_t row, std::string* out) {
  *out += '"';
  AppendNumber(static_cast<const arrow::Date32Array&>(array).Value(row), out);
  *out += '"';
}

void AppendText(const SqlType&, const arrow::Array& array, int64_t row, std::string* out) {
  AppendJsonString(static_cast<const arrow::StringArray&>(array).GetView(row), out);
}

void AppendHex(const SqlType&, const arrow::Array& array, int64_t row, std::string* out) {
  std::string_view bytes = static_cast<const arrow::BinaryArray&>(array).GetView(row);
  *out += '"';
  *out += HexUpper({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  *out += '"';
}

/// int64 of the column's scale: TIME, and timestamps up to scale 7.
void AppendScaledSeconds(const SqlType& type, const arrow::Array& array, int64_t row, std::string* out) {
  *out += '"';
  AppendScaled(static_cast<const arrow::Int64Array&>(array).Value(row), WireScale(type), out);
  *out += '"';
}

Micros EpochMicros(const arrow::StructArray& array, int64_t row) {
  const auto& seconds = static_cast<const arrow::Int64Array&>(*array.field(0));
  const auto& nanos = static_cast<const arrow::Int32Array&>(*array.field(1));
  return seconds.Value(row) * 1'000'000 + nanos.Value(row) / 1000;
}

void AppendEpoch(const SqlType& type, const arrow::Array& array, int64_t row, std::string* out) {
  *out += '"';
  AppendSeconds(EpochMicros(static_cast<const arrow::StructArray&>(array), row), WireScale(type), out);
  *out += '"';
}

void AppendEpochAndZone(const SqlType& type, const arrow::Array& array, int64_t row, std::string* out) {
  const auto& fields = static_cast<const arrow::StructArray&>(array);
  *out += '"';
  AppendSeconds(EpochMicros(fields, row), WireScale(type), out);
  *out += ' ';
  AppendNumber(static_cast<const arrow::Int32Array&>(*fields.field(2)).Value(row), out);
  *out += '"';
}

/// By the wire's Arrow type: the JSON text is made from what an Arrow driver would get.
AppendValue WriterOf(const SqlType& type, const arrow::DataType& wire) {
  switch (wire.id()) {
    case arrow::Type::INT64:
      return type.id == TypeId::kInteger || type.id == TypeId::kNumber ? AppendInt64 : AppendScaledSeconds;
    case arrow::Type::DECIMAL128:
      return AppendDecimal;
    case arrow::Type::DOUBLE:
      return AppendDouble;
    case arrow::Type::BOOL:
      return AppendBoolean;
    case arrow::Type::DATE32:
      return AppendDays;
    case arrow::Type::BINARY:
      return AppendHex;
    case arrow::Type::STRUCT:
      return type.id == TypeId::kTimestampTz ? AppendEpochAndZone : AppendEpoch;
    default:
      return AppendText;
  }
}

Error BadCell(const session::OutputColumn& column, std::string_view cell) {
  return Error(errors::kInternal, {"column " + column.name + " of type " + column.type.Text() + " holds '" +
                                   std::string(cell.substr(0, 100)) + "'"});
}

Status AppendTimestampCell(const session::OutputColumn& column, const std::string& cell, std::string* out) {
  auto parsed = ParseTimestamp(cell);
  if (!parsed) return BadCell(column, cell);
  *out += '"';
  AppendSeconds(parsed->micros, WireScale(column.type), out);
  if (column.type.id == TypeId::kTimestampTz) {
    *out += ' ';
    AppendNumber(parsed->offset_minutes + kTimeZoneBias, out);
  }
  *out += '"';
  return Ok();
}

Status AppendCell(const session::OutputColumn& column, const std::string& cell, int json_indent, std::string* out) {
  switch (column.type.id) {
    case TypeId::kBoolean:
      if (cell != "true" && cell != "false") return BadCell(column, cell);
      *out += cell == "true" ? "\"1\"" : "\"0\"";
      return Ok();
    case TypeId::kDate: {
      auto days = ParseDate(cell);
      if (!days) return BadCell(column, cell);
      *out += '"';
      AppendNumber(*days, out);
      *out += '"';
      return Ok();
    }
    case TypeId::kTime: {
      auto micros = ParseTime(cell);
      if (!micros) return BadCell(column, cell);
      *out += '"';
      AppendSeconds(*micros, WireScale(column.type), out);
      *out += '"';
      return Ok();
    }
    case TypeId::kTimestampLtz:
    case TypeId::kTimestampNtz:
    case TypeId::kTimestampTz:
      return AppendTimestampCell(column, cell, out);
    case TypeId::kArray:
    case TypeId::kObject:
    case TypeId::kVariant: {
      std::string text;
      AppendIndentedJson(cell, json_indent, &text);
      AppendJsonString(text, out);
      return Ok();
    }
    default:
      AppendJsonString(cell, out);
      return Ok();
  }
}

}  // namespace

struct JsonShape::Column {
  ColumnPlan plan;
  SqlType type;
  AppendValue append = nullptr;
};

Result<JsonShape> JsonShape::Make(const std::vector<session::OutputColumn>& columns, const arrow::Schema& engine_schema,
                                  int json_indent) {
  if (static_cast<size_t>(engine_schema.num_fields()) != columns.size()) {
    return Error(errors::kInternal, {"the engine gave another number of columns"});
  }
  JsonShape shape;
  for (size_t i = 0; i < columns.size(); ++i) {
    auto column = std::make_shared<Column>();
    const auto& type = *engine_schema.field(static_cast<int>(i))->type();
    FIRN_ASSIGN(column->plan, PlanColumn(columns[i], type, json_indent));
    column->type = columns[i].type;
    column->append = WriterOf(columns[i].type, *column->plan.field->type());
    shape.columns_.push_back(std::move(column));
  }
  return shape;
}

Status JsonShape::Append(const arrow::RecordBatch& batch, int64_t first, int64_t count, std::string* out) const {
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  arrays.reserve(columns_.size());
  for (size_t i = 0; i < columns_.size(); ++i) {
    const ColumnPlan& plan = columns_[i]->plan;
    FIRN_ASSIGN(auto array, plan.convert(plan, batch.column(static_cast<int>(i))->Slice(first, count)));
    arrays.push_back(std::move(array));
  }
  for (int64_t row = 0; row < count; ++row) {
    *out += row == 0 ? "[" : ",[";
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) *out += ',';
      if (arrays[i]->IsNull(row))
        *out += "null";
      else
        columns_[i]->append(columns_[i]->type, *arrays[i], row, out);
    }
    *out += ']';
  }
  return Ok();
}

Status AppendJsonRows(const std::vector<session::OutputColumn>& columns, const std::vector<session::Row>& rows,
                      int json_indent, std::string* out) {
  for (size_t r = 0; r < rows.size(); ++r) {
    if (rows[r].size() != columns.size()) return Error(errors::kInternal, {"a row of another width than its columns"});
    *out += r == 0 ? "[" : ",[";
    for (size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) *out += ',';
      if (!rows[r][i])
        *out += "null";
      else
        FIRN_TRY(AppendCell(columns[i], *rows[r][i], json_indent, out));
    }
    *out += ']';
  }
  return Ok();
}

}  // namespace firn::faces

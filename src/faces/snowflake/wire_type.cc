#include "faces/snowflake/wire_type.h"

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>

#include <algorithm>

#include "faces/json_text.h"

namespace firn::faces {

namespace {

struct WireSizes {
  int64_t precision = -1, scale = -1, length = -1, byte_length = -1;  ///< -1: null in rowtype
};

WireSizes SizesOf(const SqlType& type) {
  switch (type.id) {
    case TypeId::kInteger:
      return {38, 0, -1, -1};
    case TypeId::kNumber:
      return {type.precision, type.scale, -1, -1};
    case TypeId::kVarchar:
    case TypeId::kNull: {
      int64_t length = type.length > 0 ? type.length : kVarcharDefaultLength;
      return {-1, -1, length, std::min(length * 4, kVarcharMaxLength)};
    }
    case TypeId::kBinary: {
      int64_t length = type.length > 0 ? type.length : kBinaryDefaultLength;
      return {-1, -1, length, length};
    }
    case TypeId::kTime:
    case TypeId::kTimestampLtz:
    case TypeId::kTimestampNtz:
    case TypeId::kTimestampTz:
      return {0, WireScale(type), -1, -1};
    default:
      return {};
  }
}

void AppendSize(const char* name, int64_t value, std::string* out) {
  *out += name;
  if (value < 0)
    *out += "null";
  else
    AppendNumber(value, out);
}

const char* LogicalType(TypeId id) {
  switch (id) {
    case TypeId::kArray:
      return "ARRAY";
    case TypeId::kBinary:
      return "BINARY";
    case TypeId::kBoolean:
      return "BOOLEAN";
    case TypeId::kDate:
      return "DATE";
    case TypeId::kFloat:
      return "REAL";
    case TypeId::kInteger:
    case TypeId::kNumber:
      return "FIXED";
    case TypeId::kNull:
    case TypeId::kVarchar:
      return "TEXT";
    case TypeId::kObject:
      return "OBJECT";
    case TypeId::kTime:
      return "TIME";
    case TypeId::kTimestampLtz:
      return "TIMESTAMP_LTZ";
    case TypeId::kTimestampNtz:
      return "TIMESTAMP_NTZ";
    case TypeId::kTimestampTz:
      return "TIMESTAMP_TZ";
    case TypeId::kVariant:
      return "VARIANT";
  }
  return "TEXT";
}

std::shared_ptr<arrow::DataType> WireArrowType(const SqlType& type, bool as_int64) {
  switch (type.id) {
    case TypeId::kInteger:
    case TypeId::kNumber:
      return as_int64 ? arrow::int64() : arrow::decimal128(38, type.scale);
    case TypeId::kFloat:
      return arrow::float64();
    case TypeId::kBoolean:
      return arrow::boolean();
    case TypeId::kDate:
      return arrow::date32();
    case TypeId::kBinary:
      return arrow::binary();
    case TypeId::kTime:
      return arrow::int64();
    case TypeId::kTimestampLtz:
    case TypeId::kTimestampNtz:
      if (!IsStructTimestamp(type)) return arrow::int64();
      return arrow::struct_({arrow::field("epoch", arrow::int64()), arrow::field("fraction", arrow::int32())});
    case TypeId::kTimestampTz:
      return arrow::struct_({arrow::field("epoch", arrow::int64()), arrow::field("fraction", arrow::int32()),
                             arrow::field("timezone", arrow::int32())});
    default:
      return arrow::utf8();
  }
}

}  // namespace

int WireScale(const SqlType& type) {
  if (type.id != TypeId::kTime && !type.IsTimestamp()) return 0;
  return std::clamp(type.scale, 0, 9);
}

void AppendRowType(const session::OutputColumn& column, std::string* out) {
  WireSizes sizes = SizesOf(column.type);
  *out += "{\"name\":";
  AppendJsonString(column.name, out);
  *out += ",\"database\":";
  AppendJsonString(column.database, out);
  *out += ",\"schema\":";
  AppendJsonString(column.schema, out);
  *out += ",\"table\":";
  AppendJsonString(column.table, out);
  *out += column.nullable ? ",\"nullable\":true,\"type\":\"" : ",\"nullable\":false,\"type\":\"";
  *out += RowOf(column.type.id).wire;
  AppendSize("\",\"byteLength\":", sizes.byte_length, out);
  AppendSize(",\"length\":", sizes.length, out);
  AppendSize(",\"scale\":", sizes.scale, out);
  AppendSize(",\"precision\":", sizes.precision, out);
  *out += ",\"collation\":null}";
}

std::shared_ptr<arrow::Field> WireField(const session::OutputColumn& column, bool as_int64) {
  WireSizes sizes = SizesOf(column.type);
  if (column.type.id == TypeId::kTimestampTz) sizes.byte_length = 16;  // "16" announces the struct of three fields
  auto text = [](int64_t value) { return std::to_string(std::max<int64_t>(value, 0)); };
  auto metadata =
      arrow::key_value_metadata({"logicalType", "precision", "scale", "charLength", "byteLength", "finalType"},
                                {LogicalType(column.type.id), text(sizes.precision), text(sizes.scale),
                                 text(sizes.length), text(sizes.byte_length), "T"});
  // Nullable whatever the column says: rowtype tells drivers what was declared, and readers of Arrow trust this flag.
  return arrow::field(column.name, WireArrowType(column.type, as_int64), /*nullable=*/true, std::move(metadata));
}

}  // namespace firn::faces

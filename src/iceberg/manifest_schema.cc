#include "iceberg/manifest_schema.h"

#include <cctype>
#include <cstdio>
#include <set>

#include "iceberg/json.h"

namespace firn::iceberg {

namespace {

std::string Required(int id, const char* name, const std::string& type) {
  return "{\"name\":\"" + std::string(name) + "\",\"type\":" + type + ",\"field-id\":" + std::to_string(id) + "}";
}

std::string Optional(int id, const char* name, const std::string& type) {
  return "{\"name\":\"" + std::string(name) + "\",\"type\":[\"null\"," + type +
         "],\"default\":null,\"field-id\":" + std::to_string(id) + "}";
}

std::string Primitive(const char* name) { return "\"" + std::string(name) + "\""; }

std::string Record(const std::string& name, const std::vector<std::string>& fields) {
  return "{\"type\":\"record\",\"name\":\"" + name +
         "\",\"fields\":" + JsonArray(fields, [](const std::string& f) { return f; }) + "}";
}

/// A map with int keys: an array of key and value records.
std::string IntMap(int key_id, int value_id, const char* value) {
  std::string name = "k" + std::to_string(key_id) + "_v" + std::to_string(value_id);
  return "{\"type\":\"array\",\"items\":" +
         Record(name, {Required(key_id, "key", Primitive("int")), Required(value_id, "value", Primitive(value))}) +
         ",\"logicalType\":\"map\"}";
}

std::string List(int element_id, const std::string& items) {
  return "{\"type\":\"array\",\"items\":" + items + ",\"element-id\":" + std::to_string(element_id) + "}";
}

/// Avro names are [A-Za-z_][A-Za-z0-9_]*; other characters are written as the Java reference does: _x and hex.
std::string AvroName(const std::string& name) {
  std::string out;
  for (char c : name) {
    auto byte = static_cast<unsigned char>(c);
    bool letter = std::isalpha(byte) || c == '_';
    bool digit = std::isdigit(byte) != 0;
    if (letter || (digit && !out.empty())) {
      out.push_back(c);
    } else if (digit) {
      out += {'_', c};
    } else {
      char hex[8];
      std::snprintf(hex, sizeof hex, "_x%02X", byte);
      out += hex;
    }
  }
  return out.empty() ? "_" : out;
}

/// A named type (fixed) may be defined once; after that its name stands for it.
std::string Fixed(const std::string& name, int size, const std::string& logical, std::set<std::string>* defined) {
  if (!defined->insert(name).second) return "\"" + name + "\"";
  return "{\"type\":\"fixed\",\"name\":\"" + name + "\",\"size\":" + std::to_string(size) + logical + "}";
}

std::string Timestamp(const char* unit, bool utc) {
  return std::string("{\"type\":\"long\",\"logicalType\":\"timestamp-") + unit +
         "\",\"adjust-to-utc\":" + (utc ? "true" : "false") + "}";
}

std::string AvroType(const Type& type, std::set<std::string>* defined) {
  switch (type.kind) {
    case Kind::kBoolean:
      return Primitive("boolean");
    case Kind::kInt:
      return Primitive("int");
    case Kind::kLong:
      return Primitive("long");
    case Kind::kFloat:
      return Primitive("float");
    case Kind::kDouble:
      return Primitive("double");
    case Kind::kDate:
      return R"({"type":"int","logicalType":"date"})";
    case Kind::kTime:
      return R"({"type":"long","logicalType":"time-micros"})";
    case Kind::kTimestamp:
      return Timestamp("micros", false);
    case Kind::kTimestampTz:
      return Timestamp("micros", true);
    case Kind::kTimestampNs:
      return Timestamp("nanos", false);
    case Kind::kTimestampTzNs:
      return Timestamp("nanos", true);
    case Kind::kUuid:
      return Fixed("uuid_fixed", 16, ",\"logicalType\":\"uuid\"", defined);
    case Kind::kFixed:
      return Fixed("fixed_" + std::to_string(type.length), type.length, "", defined);
    case Kind::kDecimal: {
      std::string digits = std::to_string(type.precision), scale = std::to_string(type.scale);
      return Fixed("decimal_" + digits + "_" + scale, DecimalBytesRequired(type.precision),
                   ",\"logicalType\":\"decimal\",\"precision\":" + digits + ",\"scale\":" + scale, defined);
    }
    case Kind::kBinary:
      return Primitive("bytes");
    default:
      return Primitive("string");
  }
}

}  // namespace

int DecimalBytesRequired(int precision) {
  unsigned __int128 largest = 1;
  for (int i = 0; i < precision; ++i) largest *= 10;
  largest -= 1;
  int bits = 1;  // the sign
  for (; largest > 0; largest >>= 1) ++bits;
  return (bits + 7) / 8;
}

std::vector<PartitionColumn> PartitionColumns(const PartitionSpec& spec, const Schema& schema) {
  std::vector<PartitionColumn> out;
  for (size_t i = 0; i < spec.fields.size(); ++i) {
    out.push_back({spec.fields[i].field_id, spec.fields[i].name, spec.ResultType(schema, i)});
  }
  return out;
}

std::string ManifestEntrySchema(int format_version, const std::vector<PartitionColumn>& partition) {
  std::set<std::string> defined;
  std::vector<std::string> columns;
  for (const PartitionColumn& column : partition) {
    columns.push_back(Optional(column.field_id, AvroName(column.name).c_str(), AvroType(column.type, &defined)));
  }
  std::vector<std::string> file = {
      Required(134, "content", Primitive("int")),
      Required(100, "file_path", Primitive("string")),
      Required(101, "file_format", Primitive("string")),
      Required(102, "partition", Record("r102", columns)),
      Required(103, "record_count", Primitive("long")),
      Required(104, "file_size_in_bytes", Primitive("long")),
      Optional(108, "column_sizes", IntMap(117, 118, "long")),
      Optional(109, "value_counts", IntMap(119, 120, "long")),
      Optional(110, "null_value_counts", IntMap(121, 122, "long")),
      Optional(137, "nan_value_counts", IntMap(138, 139, "long")),
      Optional(125, "lower_bounds", IntMap(126, 127, "bytes")),
      Optional(128, "upper_bounds", IntMap(129, 130, "bytes")),
      Optional(131, "key_metadata", Primitive("bytes")),
      Optional(132, "split_offsets", List(133, Primitive("long"))),
      Optional(135, "equality_ids", List(136, Primitive("int"))),
      Optional(140, "sort_order_id", Primitive("int")),
  };
  if (format_version >= 3) file.push_back(Optional(142, "first_row_id", Primitive("long")));
  file.push_back(Optional(143, "referenced_data_file", Primitive("string")));
  if (format_version >= 3) {
    file.push_back(Optional(144, "content_offset", Primitive("long")));
    file.push_back(Optional(145, "content_size_in_bytes", Primitive("long")));
  }
  return Record("manifest_entry", {
                                      Required(0, "status", Primitive("int")),
                                      Optional(1, "snapshot_id", Primitive("long")),
                                      Optional(3, "sequence_number", Primitive("long")),
                                      Optional(4, "file_sequence_number", Primitive("long")),
                                      Required(2, "data_file", Record("r2", file)),
                                  });
}

std::string ManifestFileSchema(int format_version) {
  std::string summary = Record("r508", {
                                           Required(509, "contains_null", Primitive("boolean")),
                                           Optional(518, "contains_nan", Primitive("boolean")),
                                           Optional(510, "lower_bound", Primitive("bytes")),
                                           Optional(511, "upper_bound", Primitive("bytes")),
                                       });
  std::vector<std::string> fields = {
      Required(500, "manifest_path", Primitive("string")),     Required(501, "manifest_length", Primitive("long")),
      Required(502, "partition_spec_id", Primitive("int")),    Required(517, "content", Primitive("int")),
      Required(515, "sequence_number", Primitive("long")),     Required(516, "min_sequence_number", Primitive("long")),
      Required(503, "added_snapshot_id", Primitive("long")),   Required(504, "added_files_count", Primitive("int")),
      Required(505, "existing_files_count", Primitive("int")), Required(506, "deleted_files_count", Primitive("int")),
      Required(512, "added_rows_count", Primitive("long")),    Required(513, "existing_rows_count", Primitive("long")),
      Required(514, "deleted_rows_count", Primitive("long")),  Optional(507, "partitions", List(508, summary)),
      Optional(519, "key_metadata", Primitive("bytes")),
  };
  if (format_version >= 3) fields.push_back(Optional(520, "first_row_id", Primitive("long")));
  return Record("manifest_file", fields);
}

}  // namespace firn::iceberg

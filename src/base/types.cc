#include "base/types.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/errors.h"

namespace firn {

namespace {

// clang-format off
constexpr std::array kTypes = {
  TypeRow{TypeId::kArray,        "ARRAY",         "",                                             "\"ARRAY\"",       "string",       "array"},
  TypeRow{TypeId::kBinary,       "BINARY",        "VARBINARY",                                    "BLOB",            "binary",       "binary"},
  TypeRow{TypeId::kBoolean,      "BOOLEAN",       "BOOL",                                         "BOOLEAN",         "boolean",      "boolean"},
  TypeRow{TypeId::kDate,         "DATE",          "",                                             "DATE",            "date",         "date"},
  TypeRow{TypeId::kFloat,        "FLOAT",         "FLOAT4 FLOAT8 DOUBLE DOUBLE_PRECISION REAL",   "DOUBLE",          "double",       "real"},
  TypeRow{TypeId::kInteger,      "INTEGER",       "INT BIGINT SMALLINT TINYINT BYTEINT",          "BIGINT",          "long",         "fixed"},
  TypeRow{TypeId::kNull,         "NULL",          "",                                             "VARCHAR",         "string",       "text"},
  TypeRow{TypeId::kNumber,       "NUMBER",        "DECIMAL DEC NUMERIC",                          "DECIMAL({p},{s})", "decimal({p}, {s})", "fixed"},
  TypeRow{TypeId::kObject,       "OBJECT",        "",                                             "\"OBJECT\"",      "string",       "object"},
  TypeRow{TypeId::kTime,         "TIME",          "",                                             "TIME",            "time",         "time"},
  TypeRow{TypeId::kTimestampLtz, "TIMESTAMP_LTZ", "TIMESTAMPLTZ TIMESTAMP_WITH_LOCAL_TIME_ZONE",  "TIMESTAMPTZ",     "timestamptz",  "timestamp_ltz"},
  TypeRow{TypeId::kTimestampNtz, "TIMESTAMP_NTZ", "DATETIME TIMESTAMPNTZ TIMESTAMP_WITHOUT_TIME_ZONE", "TIMESTAMP",   "timestamp",    "timestamp_ntz"},
  TypeRow{TypeId::kTimestampTz,  "TIMESTAMP_TZ",  "TIMESTAMPTZ TIMESTAMP_WITH_TIME_ZONE",         "TIMESTAMP_TZ",    "struct",       "timestamp_tz"},
  TypeRow{TypeId::kVarchar,      "VARCHAR",       "STRING TEXT NVARCHAR NVARCHAR2 CHAR_VARYING NCHAR_VARYING CHAR CHARACTER NCHAR", "VARCHAR", "string", "text"},
  TypeRow{TypeId::kVariant,      "VARIANT",       "",                                             "\"VARIANT\"",     "string",       "variant"},
};
// clang-format on

bool HasAlias(const TypeRow& row, std::string_view name) {
  std::string_view rest = row.aliases;
  while (!rest.empty()) {
    size_t end = std::min(rest.find(' '), rest.size());
    if (rest.substr(0, end) == name) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

std::string FillParameters(std::string_view text, const SqlType& type) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 3) == "{p}") {
      out += std::to_string(type.precision);
      i += 2;
    } else if (text.substr(i, 3) == "{s}") {
      out += std::to_string(type.scale);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool IsChar(std::string_view name) { return name == "CHAR" || name == "CHARACTER" || name == "NCHAR"; }

Status CheckRange(int64_t value, int64_t low, int64_t high, const char* what) {
  if (value < low || value > high) return Error(errors::kInvalidValue, {std::to_string(value), what});
  return Ok();
}

Result<SqlType> WithParameters(SqlType type, std::string_view name, std::span<const int64_t> given) {
  size_t most = type.id == TypeId::kNumber ? 2 : 1;
  bool takes = type.id == TypeId::kNumber || type.id == TypeId::kVarchar || type.id == TypeId::kBinary ||
               type.id == TypeId::kTime || type.IsTimestamp();
  if (!given.empty() && (!takes || given.size() > most)) return Error(errors::kInvalidType, {std::string(name)});
  if (type.id == TypeId::kVarchar && IsChar(name)) type.length = 1;
  if (given.empty()) return type;
  switch (type.id) {
    case TypeId::kNumber:
      FIRN_TRY(CheckRange(given[0], 1, 38, "precision"));
      type.precision = static_cast<int>(given[0]);
      if (given.size() == 2) {
        FIRN_TRY(CheckRange(given[1], 0, std::min<int64_t>(37, given[0]), "scale"));
        type.scale = static_cast<int>(given[1]);
      }
      return type;
    case TypeId::kVarchar:
    case TypeId::kBinary:
      FIRN_TRY(CheckRange(given[0], 1, kVarcharMaxLength, "length"));
      type.length = given[0];
      return type;
    default:
      FIRN_TRY(CheckRange(given[0], 0, 9, "scale"));
      type.scale = static_cast<int>(given[0]);
      return type;
  }
}

}  // namespace

std::span<const TypeRow> Types() { return kTypes; }

const TypeRow& RowOf(TypeId id) { return kTypes[static_cast<size_t>(id)]; }

SqlType SqlType::Of(TypeId id) {
  switch (id) {
    case TypeId::kInteger:
    case TypeId::kNumber:
      return {id, 38, 0, 0};
    case TypeId::kVarchar:
    case TypeId::kNull:
      return {id, 0, 0, kVarcharDefaultLength};
    case TypeId::kBinary:
      return {id, 0, 0, kBinaryDefaultLength};
    case TypeId::kTime:
    case TypeId::kTimestampLtz:
    case TypeId::kTimestampNtz:
    case TypeId::kTimestampTz:
      return {id, 0, 9, 0};
    default:
      return {id, 0, 0, 0};
  }
}

std::string SqlType::Text() const {
  switch (id) {
    case TypeId::kInteger:
      return "NUMBER(38,0)";
    case TypeId::kNumber:
      return "NUMBER(" + std::to_string(precision) + "," + std::to_string(scale) + ")";
    case TypeId::kVarchar:
    case TypeId::kNull:
      return "VARCHAR(" + std::to_string(length) + ")";
    case TypeId::kBinary:
      return "BINARY(" + std::to_string(length) + ")";
    case TypeId::kTime:
    case TypeId::kTimestampLtz:
    case TypeId::kTimestampNtz:
    case TypeId::kTimestampTz:
      return std::string(RowOf(id).name) + "(" + std::to_string(scale) + ")";
    default:
      return RowOf(id).name;
  }
}

std::string SqlType::DuckDb() const { return FillParameters(RowOf(id).duckdb, *this); }
std::string SqlType::Iceberg() const { return FillParameters(RowOf(id).iceberg, *this); }

std::string SqlType::ShowColumnsJson(bool nullable) const {
  std::string tail = std::string(",\"nullable\":") + (nullable ? "true" : "false");
  switch (id) {
    case TypeId::kInteger:
    case TypeId::kNumber:
      return "{\"type\":\"FIXED\",\"precision\":" + std::to_string(precision) + ",\"scale\":" + std::to_string(scale) +
             tail + "}";
    case TypeId::kVarchar:
    case TypeId::kNull:
      return "{\"type\":\"TEXT\",\"length\":" + std::to_string(length) +
             ",\"byteLength\":" + std::to_string(length > kVarcharMaxLength / 4 ? kVarcharMaxLength : length * 4) +
             tail + ",\"fixed\":false}";
    case TypeId::kBinary:
      return "{\"type\":\"BINARY\",\"length\":" + std::to_string(length) + ",\"byteLength\":" + std::to_string(length) +
             tail + ",\"fixed\":true}";
    case TypeId::kTime:
    case TypeId::kTimestampLtz:
    case TypeId::kTimestampNtz:
    case TypeId::kTimestampTz:
      return std::string("{\"type\":\"") + RowOf(id).name + "\",\"precision\":0,\"scale\":" + std::to_string(scale) +
             tail + "}";
    case TypeId::kFloat:
      return "{\"type\":\"REAL\"" + tail + "}";
    default:
      return std::string("{\"type\":\"") + RowOf(id).name + "\"" + tail + "}";
  }
}

std::string SqlType::InformationSchemaName() const {
  if (id == TypeId::kInteger) return "NUMBER";
  if (id == TypeId::kVarchar || id == TypeId::kNull) return "TEXT";
  return RowOf(id).name;
}

Result<SqlType> ParseType(std::string_view name, std::span<const int64_t> parameters, TypeId timestamp_mapping) {
  std::string key = Upper(name);
  std::replace(key.begin(), key.end(), ' ', '_');
  if (key == "TIMESTAMP") return WithParameters(SqlType::Of(timestamp_mapping), key, parameters);
  for (const TypeRow& row : kTypes) {
    if (row.id != TypeId::kNull && (key == row.name || HasAlias(row, key))) {
      return WithParameters(SqlType::Of(row.id), key, parameters);
    }
  }
  return Error(errors::kInvalidType, {std::string(name)});
}

Result<SqlType> ParseTypeText(std::string_view text) {
  size_t open = text.find('(');
  if (open == std::string_view::npos) return ParseType(text, {});
  std::vector<int64_t> parameters;
  std::string_view rest = text.substr(open + 1);
  while (!rest.empty() && rest.front() != ')') {
    int64_t value = 0;
    auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (error != std::errc()) return Error(errors::kInvalidType, {std::string(text)});
    parameters.push_back(value);
    rest.remove_prefix(static_cast<size_t>(end - rest.data()));
    while (!rest.empty() && (rest.front() == ',' || rest.front() == ' ')) rest.remove_prefix(1);
  }
  return ParseType(text.substr(0, open), parameters);
}

std::string Upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool EqualsIgnoreCase(std::string_view a, std::string_view b) { return a.size() == b.size() && Upper(a) == Upper(b); }

}  // namespace firn

#include "engine/result_types.h"

namespace firn::engine {

namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;

/// The TIMESTAMP_TZ of base/types.h: by alias, since any struct may have the same fields.
bool IsTimestampTz(const LogicalType& type) {
  return type.id() == LogicalTypeId::STRUCT && type.HasAlias() && type.GetAlias() == "TIMESTAMP_TZ";
}

/// DuckDB text of the cast that a column needs, with `{}` for the column; null if none.
const char* CastFor(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::STRUCT:
      return IsTimestampTz(type) ? nullptr : "CAST(to_json({}) AS VARCHAR)";
    case LogicalTypeId::LIST:
    case LogicalTypeId::ARRAY:
    case LogicalTypeId::MAP:
    case LogicalTypeId::UNION:
    case LogicalTypeId::VARIANT:
      return "CAST(to_json({}) AS VARCHAR)";
    case LogicalTypeId::UUID:
    case LogicalTypeId::INTERVAL:
    case LogicalTypeId::TIME_TZ:
    case LogicalTypeId::TIME_NS:
    case LogicalTypeId::BIT:
    case LogicalTypeId::ENUM:
    case LogicalTypeId::GEOMETRY:
    case LogicalTypeId::BIGNUM:
      return "CAST({} AS VARCHAR)";
    case LogicalTypeId::TIMESTAMP_SEC:
    case LogicalTypeId::TIMESTAMP_MS:
    case LogicalTypeId::TIMESTAMP_NS:
      return "CAST({} AS TIMESTAMP)";
    case LogicalTypeId::FLOAT:
      return "CAST({} AS DOUBLE)";
    case LogicalTypeId::UTINYINT:
    case LogicalTypeId::USMALLINT:
    case LogicalTypeId::UINTEGER:
      return "CAST({} AS BIGINT)";
    case LogicalTypeId::UHUGEINT:
      return "CAST({} AS HUGEINT)";
    default:
      return nullptr;
  }
}

std::string Quoted(const std::string& text, char quote) {
  std::string out(1, quote);
  for (char c : text) {
    if (c == quote) out += quote;
    out += c;
  }
  out += quote;
  return out;
}

SqlType VarcharType(const LogicalType& type) {
  if (!type.HasAlias()) return SqlType::Varchar();
  const auto& alias = type.GetAlias();
  if (alias == "VARIANT" || alias == "JSON") return SqlType::Of(TypeId::kVariant);
  if (alias == "OBJECT") return SqlType::Of(TypeId::kObject);
  if (alias == "ARRAY") return SqlType::Of(TypeId::kArray);
  return SqlType::Varchar();
}

}  // namespace

std::string QuoteName(const std::string& name) { return Quoted(name, '"'); }
std::string QuoteText(const std::string& text) { return Quoted(text, '\''); }

SqlType ResultType(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::SQLNULL:
      return SqlType::Of(TypeId::kNull);
    case LogicalTypeId::BOOLEAN:
      return SqlType::Of(TypeId::kBoolean);
    case LogicalTypeId::TINYINT:
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::INTEGER:
    case LogicalTypeId::BIGINT:
    case LogicalTypeId::HUGEINT:
    case LogicalTypeId::UTINYINT:
    case LogicalTypeId::USMALLINT:
    case LogicalTypeId::UINTEGER:
    case LogicalTypeId::UBIGINT:
    case LogicalTypeId::UHUGEINT:
      return SqlType::Integer();
    case LogicalTypeId::DECIMAL:
      return SqlType::Number(duckdb::DecimalType::GetWidth(type), duckdb::DecimalType::GetScale(type));
    case LogicalTypeId::FLOAT:
    case LogicalTypeId::DOUBLE:
      return SqlType::Of(TypeId::kFloat);
    case LogicalTypeId::DATE:
      return SqlType::Of(TypeId::kDate);
    case LogicalTypeId::TIME:
      return SqlType::Of(TypeId::kTime);
    case LogicalTypeId::TIMESTAMP:
    case LogicalTypeId::TIMESTAMP_SEC:
    case LogicalTypeId::TIMESTAMP_MS:
    case LogicalTypeId::TIMESTAMP_NS:
      return SqlType::Timestamp(TypeId::kTimestampNtz);
    case LogicalTypeId::TIMESTAMP_TZ:
      return SqlType::Timestamp(TypeId::kTimestampLtz);
    case LogicalTypeId::BLOB:
      return SqlType::Of(TypeId::kBinary);
    case LogicalTypeId::STRUCT:
      return IsTimestampTz(type) ? SqlType::Timestamp(TypeId::kTimestampTz) : SqlType::Of(TypeId::kObject);
    case LogicalTypeId::MAP:
    case LogicalTypeId::UNION:
      return SqlType::Of(TypeId::kObject);
    case LogicalTypeId::LIST:
    case LogicalTypeId::ARRAY:
      return SqlType::Of(TypeId::kArray);
    case LogicalTypeId::VARIANT:
      return SqlType::Of(TypeId::kVariant);
    case LogicalTypeId::VARCHAR:
      return VarcharType(type);
    default:
      return SqlType::Varchar();
  }
}

std::vector<ResultColumn> ResultColumns(const duckdb::vector<std::string>& names,
                                        const duckdb::vector<LogicalType>& types) {
  std::vector<ResultColumn> columns;
  columns.reserve(names.size());
  for (size_t i = 0; i < names.size(); ++i) columns.push_back({names[i], ResultType(types[i])});
  return columns;
}

std::optional<std::string> WrapForResult(const std::string& sql, const duckdb::vector<std::string>& names,
                                         const duckdb::vector<LogicalType>& types) {
  bool needed = false;
  for (const auto& type : types) needed = needed || CastFor(type) != nullptr;
  if (!needed) return std::nullopt;
  std::string list;
  for (size_t i = 0; i < types.size(); ++i) {
    std::string column = "#" + std::to_string(i + 1);
    if (const char* cast = CastFor(types[i])) {
      std::string text = cast;
      column = text.replace(text.find("{}"), 2, column);
    }
    list += (i == 0 ? "" : ", ") + column + " AS " + QuoteName(names[i]);
  }
  return "SELECT " + list + " FROM (" + sql + ") AS firn_result";
}

}  // namespace firn::engine

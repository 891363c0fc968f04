// The Snowflake types that Firn has: one row a type in kTypes, from which parsing, DESCRIBE, SHOW, the wire's rowtype,
// DuckDB's and Iceberg's names are made. Source: docs.snowflake.com "Summary of data types"; INT is 64-bit by decision.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace firn {

enum class TypeId : uint8_t {
  kArray,
  kBinary,
  kBoolean,
  kDate,
  kFloat,
  kInteger,  ///< INT and its aliases: 64 bits, reported as NUMBER(38,0)
  kNull,     ///< an untyped NULL; a result column of it is reported as VARCHAR
  kNumber,
  kObject,
  kTime,
  kTimestampLtz,
  kTimestampNtz,
  kTimestampTz,
  kVarchar,
  kVariant,
};

struct TypeRow {
  TypeId id;
  const char* name;     ///< Snowflake's name: "NUMBER"
  const char* aliases;  ///< blank-separated, `_` for a blank inside: "DOUBLE_PRECISION"
  const char* duckdb;   ///< DuckDB type text; `{p}`, `{s}` are filled. Types that DuckDB lacks are aliases (see note)
  const char* iceberg;  ///< Iceberg primitive; `{p}`, `{s}` are filled
  const char* wire;     ///< rowtype.type of the Snowflake protocol, lower case
};
// Note: VARIANT, OBJECT and ARRAY are JSON text: in DuckDB a VARCHAR with that alias; TIMESTAMP_TZ is a
// STRUCT(instant TIMESTAMP, offset_minutes INTEGER) with the alias TIMESTAMP_TZ. `functions` creates these types.

std::span<const TypeRow> Types();
const TypeRow& RowOf(TypeId id);

constexpr int64_t kVarcharMaxLength = 134217728;
constexpr int64_t kVarcharDefaultLength = 16777216;
constexpr int64_t kBinaryDefaultLength = 8388608;

/// A type with its parameters. precision/scale: NUMBER; scale: fraction digits of TIME and TIMESTAMP_*; length:
/// characters of VARCHAR, bytes of BINARY.
struct SqlType {
  TypeId id = TypeId::kVarchar;
  int precision = 0;
  int scale = 0;
  int64_t length = 0;

  static SqlType Number(int precision, int scale) { return {TypeId::kNumber, precision, scale, 0}; }
  static SqlType Integer() { return {TypeId::kInteger, 38, 0, 0}; }
  static SqlType Varchar(int64_t length = kVarcharDefaultLength) { return {TypeId::kVarchar, 0, 0, length}; }
  static SqlType Timestamp(TypeId id, int scale = 9) { return {id, 0, scale, 0}; }
  /// A type with default parameters.
  static SqlType Of(TypeId id);

  bool operator==(const SqlType&) const = default;
  bool IsTimestamp() const {
    return id == TypeId::kTimestampNtz || id == TypeId::kTimestampLtz || id == TypeId::kTimestampTz;
  }
  bool IsSemiStructured() const { return id == TypeId::kVariant || id == TypeId::kObject || id == TypeId::kArray; }

  /// "NUMBER(10,2)", "VARCHAR(16777216)", "TIMESTAMP_NTZ(9)": as DESCRIBE TABLE prints it.
  std::string Text() const;
  std::string DuckDb() const;
  std::string Iceberg() const;
  /// {"type":"FIXED","precision":10,"scale":2,"nullable":true}: as SHOW COLUMNS prints it.
  std::string ShowColumnsJson(bool nullable) const;
  /// INFORMATION_SCHEMA.COLUMNS.DATA_TYPE: "NUMBER", "TEXT" …
  std::string InformationSchemaName() const;
};

/// The type that `name` (any case; "DOUBLE PRECISION" with one blank) and its parameters mean. TIMESTAMP is NTZ unless
/// `timestamp_mapping` says otherwise. Errors: kInvalidType, kInvalidValue.
Result<SqlType> ParseType(std::string_view name, std::span<const int64_t> parameters,
                          TypeId timestamp_mapping = TypeId::kTimestampNtz);
/// Reads back what SqlType::Text() wrote.
Result<SqlType> ParseTypeText(std::string_view text);

/// Upper case of ASCII letters, as unquoted identifiers fold.
std::string Upper(std::string_view text);
std::string Lower(std::string_view text);
bool EqualsIgnoreCase(std::string_view a, std::string_view b);

}  // namespace firn

// DuckDB's types as Snowflake's: the alias types of semi-structured values and TIMESTAMP_TZ, and what kind a type is.
// Used inside this room. Pure.
#pragma once

#include <duckdb/common/types.hpp>
#include <string>

#include "base/types.h"

namespace firn::functions {

/// VARCHAR holding the canonical JSON text of functions/variant_text.h, with the alias VARIANT, OBJECT, ARRAY.
duckdb::LogicalType VariantType();
duckdb::LogicalType ObjectType();
duckdb::LogicalType ArrayType();
/// STRUCT(instant TIMESTAMP in UTC, offset_minutes INTEGER) with the alias TIMESTAMP_TZ.
duckdb::LogicalType TimestampTzType();

/// What an expression's type is to Snowflake, whatever DuckDB type it has.
enum class Shape {
  kNull,
  kBoolean,
  kNumber,
  kDouble,
  kText,
  kBinary,
  kDate,
  kTime,
  kNtz,
  kLtz,
  kTz,
  kVariant,
  kObject,
  kArray,
  kInterval,
  kOther
};
Shape ShapeOf(const duckdb::LogicalType& type);
inline bool IsSemi(Shape shape) {
  return shape == Shape::kVariant || shape == Shape::kObject || shape == Shape::kArray;
}
inline bool IsTimestamp(Shape shape) { return shape == Shape::kNtz || shape == Shape::kLtz || shape == Shape::kTz; }

/// Digits of a kNumber type: BIGINT counts as (19,0) within arithmetic, HUGEINT and UBIGINT as (38,0).
struct Digits {
  int precision = 0;
  int scale = 0;
  int Leading() const { return precision - scale; }
};
Digits DigitsOf(const duckdb::LogicalType& type);
bool IsIntegerType(const duckdb::LogicalType& type);

/// DuckDB's type for one of Snowflake's, and back: HUGEINT is NUMBER(38,0), an unknown one VARCHAR.
duckdb::LogicalType DuckType(const SqlType& type);
SqlType SqlTypeOf(const duckdb::LogicalType& type);
/// "NUMBER(38,0)", "VARCHAR": as error texts name argument types.
std::string TypeName(const duckdb::LogicalType& type);

}  // namespace firn::functions

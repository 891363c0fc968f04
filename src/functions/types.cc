#include "functions/types.h"

#include <duckdb.hpp>

namespace firn::functions {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;

namespace {

LogicalType Named(LogicalType type, const char* alias) {
  type.SetAlias(alias);
  return type;
}

}  // namespace

LogicalType VariantType() { return Named(LogicalType(LogicalTypeId::VARCHAR), "VARIANT"); }
LogicalType ObjectType() { return Named(LogicalType(LogicalTypeId::VARCHAR), "OBJECT"); }
LogicalType ArrayType() { return Named(LogicalType(LogicalTypeId::VARCHAR), "ARRAY"); }
LogicalType TimestampTzType() {
  return Named(LogicalType::STRUCT({{"instant", LogicalType::TIMESTAMP}, {"offset_minutes", LogicalType::INTEGER}}),
               "TIMESTAMP_TZ");
}

Shape ShapeOf(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::SQLNULL:
      return Shape::kNull;
    case LogicalTypeId::BOOLEAN:
      return Shape::kBoolean;
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
    case LogicalTypeId::INTEGER_LITERAL:
    case LogicalTypeId::DECIMAL:
      return Shape::kNumber;
    case LogicalTypeId::FLOAT:
    case LogicalTypeId::DOUBLE:
      return Shape::kDouble;
    case LogicalTypeId::BLOB:
      return Shape::kBinary;
    case LogicalTypeId::DATE:
      return Shape::kDate;
    case LogicalTypeId::TIME:
      return Shape::kTime;
    case LogicalTypeId::TIMESTAMP:
    case LogicalTypeId::TIMESTAMP_SEC:
    case LogicalTypeId::TIMESTAMP_MS:
    case LogicalTypeId::TIMESTAMP_NS:
      return Shape::kNtz;
    case LogicalTypeId::TIMESTAMP_TZ:
      return Shape::kLtz;
    case LogicalTypeId::INTERVAL:
      return Shape::kInterval;
    case LogicalTypeId::STRUCT:
      return type.GetAlias() == "TIMESTAMP_TZ" ? Shape::kTz : Shape::kOther;
    case LogicalTypeId::VARCHAR: {
      std::string alias = type.GetAlias();
      if (alias == "VARIANT") return Shape::kVariant;
      if (alias == "OBJECT") return Shape::kObject;
      if (alias == "ARRAY") return Shape::kArray;
      return alias == "JSON" ? Shape::kOther : Shape::kText;
    }
    case LogicalTypeId::STRING_LITERAL:
    case LogicalTypeId::CHAR:
    case LogicalTypeId::UUID:
    case LogicalTypeId::ENUM:
      return Shape::kText;
    default:
      return Shape::kOther;
  }
}

Digits DigitsOf(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::DECIMAL: {
      return {duckdb::DecimalType::GetWidth(type), duckdb::DecimalType::GetScale(type)};
    }
    case LogicalTypeId::TINYINT:
    case LogicalTypeId::UTINYINT:
      return {3, 0};
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::USMALLINT:
      return {5, 0};
    case LogicalTypeId::INTEGER:
    case LogicalTypeId::UINTEGER:
      return {10, 0};
    case LogicalTypeId::BIGINT:
      return {19, 0};
    default:
      return {38, 0};
  }
}

bool IsIntegerType(const LogicalType& type) {
  return ShapeOf(type) == Shape::kNumber && type.id() != LogicalTypeId::DECIMAL;
}

LogicalType DuckType(const SqlType& type) {
  switch (type.id) {
    case TypeId::kArray:
      return ArrayType();
    case TypeId::kBinary:
      return LogicalType::BLOB;
    case TypeId::kBoolean:
      return LogicalType::BOOLEAN;
    case TypeId::kDate:
      return LogicalType::DATE;
    case TypeId::kFloat:
      return LogicalType::DOUBLE;
    case TypeId::kInteger:
      return LogicalType::BIGINT;
    case TypeId::kNumber:
      return LogicalType::DECIMAL(static_cast<uint8_t>(type.precision), static_cast<uint8_t>(type.scale));
    case TypeId::kObject:
      return ObjectType();
    case TypeId::kTime:
      return LogicalType::TIME;
    case TypeId::kTimestampLtz:
      return LogicalType::TIMESTAMP_TZ;
    case TypeId::kTimestampNtz:
      return LogicalType::TIMESTAMP;
    case TypeId::kTimestampTz:
      return TimestampTzType();
    case TypeId::kVariant:
      return VariantType();
    case TypeId::kNull:
    case TypeId::kVarchar:
      return LogicalType::VARCHAR;
  }
  return LogicalType::VARCHAR;
}

SqlType SqlTypeOf(const LogicalType& type) {
  switch (ShapeOf(type)) {
    case Shape::kNull:
      return SqlType::Of(TypeId::kNull);
    case Shape::kBoolean:
      return SqlType::Of(TypeId::kBoolean);
    case Shape::kNumber: {
      if (type.id() != LogicalTypeId::DECIMAL) {
        return type.id() == LogicalTypeId::HUGEINT ? SqlType::Number(38, 0) : SqlType::Integer();
      }
      Digits digits = DigitsOf(type);
      return SqlType::Number(digits.precision, digits.scale);
    }
    case Shape::kDouble:
      return SqlType::Of(TypeId::kFloat);
    case Shape::kBinary:
      return SqlType::Of(TypeId::kBinary);
    case Shape::kDate:
      return SqlType::Of(TypeId::kDate);
    case Shape::kTime:
      return SqlType::Of(TypeId::kTime);
    case Shape::kNtz:
      return SqlType::Of(TypeId::kTimestampNtz);
    case Shape::kLtz:
      return SqlType::Of(TypeId::kTimestampLtz);
    case Shape::kTz:
      return SqlType::Of(TypeId::kTimestampTz);
    case Shape::kVariant:
      return SqlType::Of(TypeId::kVariant);
    case Shape::kObject:
      return SqlType::Of(TypeId::kObject);
    case Shape::kArray:
      return SqlType::Of(TypeId::kArray);
    default:
      return SqlType::Of(TypeId::kVarchar);
  }
}

std::string TypeName(const LogicalType& type) {
  if (ShapeOf(type) == Shape::kInterval) return "INTERVAL";
  return SqlTypeOf(type).Text();
}

}  // namespace firn::functions

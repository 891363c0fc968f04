#include "engine/value_convert.h"

#include "base/errors.h"

namespace firn::engine {

namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using iceberg::Kind;

duckdb::hugeint_t ToHuge(iceberg::Int128 value) {
  return duckdb::hugeint_t(static_cast<int64_t>(value >> 64), static_cast<uint64_t>(value));
}
iceberg::Int128 FromHuge(duckdb::hugeint_t value) {
  return static_cast<iceberg::Int128>(value.upper) << 64 | static_cast<iceberg::Int128>(value.lower);
}

Error Refused(const iceberg::Type& type) { return Error(errors::kUnsupported, {"values of type " + type.Text()}); }

/// `child` gives the DuckDB type of a child.
template <class Child>
Result<LogicalType> NestedType(const iceberg::Type& type, Child child) {
  if (type.kind == Kind::kList) {
    FIRN_ASSIGN(auto element, child(type.children[0].type));
    return LogicalType::LIST(element);
  }
  if (type.kind == Kind::kMap) {
    FIRN_ASSIGN(auto key, child(type.children[0].type));
    FIRN_ASSIGN(auto value, child(type.children[1].type));
    return LogicalType::MAP(key, value);
  }
  duckdb::child_list_t<LogicalType> fields;
  for (const auto& field : type.children) {
    FIRN_ASSIGN(auto of_field, child(field.type));
    fields.emplace_back(field.name, of_field);
  }
  return LogicalType::STRUCT(std::move(fields));
}

}  // namespace

Result<LogicalType> FileType(const iceberg::Type& type) {
  switch (type.kind) {
    case Kind::kBoolean:
      return LogicalType(LogicalType::BOOLEAN);
    case Kind::kInt:
      return LogicalType(LogicalType::INTEGER);
    case Kind::kLong:
      return LogicalType(LogicalType::BIGINT);
    case Kind::kFloat:
      return LogicalType(LogicalType::FLOAT);
    case Kind::kDouble:
      return LogicalType(LogicalType::DOUBLE);
    case Kind::kDecimal:
      return LogicalType::DECIMAL(static_cast<uint8_t>(type.precision), static_cast<uint8_t>(type.scale));
    case Kind::kDate:
      return LogicalType(LogicalType::DATE);
    case Kind::kTime:
      return LogicalType(LogicalType::TIME);
    case Kind::kTimestamp:
      return LogicalType(LogicalType::TIMESTAMP);
    case Kind::kTimestampNs:
      return LogicalType(LogicalType::TIMESTAMP_NS);
    case Kind::kTimestampTz:
    case Kind::kTimestampTzNs:
      return LogicalType(LogicalType::TIMESTAMP_TZ);
    case Kind::kString:
    case Kind::kUnknown:
      return LogicalType(LogicalType::VARCHAR);
    case Kind::kUuid:
      return LogicalType(LogicalType::UUID);
    case Kind::kFixed:
    case Kind::kBinary:
      return LogicalType(LogicalType::BLOB);
    case Kind::kStruct:
    case Kind::kList:
    case Kind::kMap:
      return NestedType(type, FileType);
    default:
      return Refused(type);
  }
}

Result<LogicalType> DuckType(const iceberg::Type& type, const SqlType* sql) {
  if (type.IsNested()) {
    FIRN_ASSIGN(auto nested, NestedType(type, [](const iceberg::Type& child) { return DuckType(child, nullptr); }));
    if (sql != nullptr && sql->id == TypeId::kTimestampTz) nested.SetAlias("TIMESTAMP_TZ");
    return nested;
  }
  FIRN_ASSIGN(auto plain, FileType(type));
  // Nanoseconds are cut to what the SQL side has.
  if (type.kind == Kind::kTimestampNs) return LogicalType(LogicalType::TIMESTAMP);
  if (sql == nullptr) return plain;
  if (type.kind == Kind::kInt) return LogicalType(LogicalType::BIGINT);
  if (type.kind == Kind::kFloat) return LogicalType(LogicalType::DOUBLE);
  if (type.kind == Kind::kString && sql->IsSemiStructured()) plain.SetAlias(RowOf(sql->id).name);
  return plain;
}

Result<iceberg::Type> StoredType(const SqlType& type) {
  if (type.id == TypeId::kTimestampTz) {
    return Error(errors::kUnsupported, {"a TIMESTAMP_TZ column without the table's schema"});
  }
  return iceberg::ParsePrimitive(type.Iceberg());
}

duckdb::Value ToDuck(const iceberg::Type& type, const iceberg::Value& value) {
  using duckdb::Value;
  if (iceberg::IsNull(value) || !iceberg::Fits(type, value)) return Value();
  switch (type.kind) {
    case Kind::kBoolean:
      return Value::BOOLEAN(std::get<bool>(value));
    case Kind::kInt:
      return Value::INTEGER(std::get<int32_t>(value));
    case Kind::kLong:
      return Value::BIGINT(std::get<int64_t>(value));
    case Kind::kFloat:
      return Value::FLOAT(std::get<float>(value));
    case Kind::kDouble:
      return Value::DOUBLE(std::get<double>(value));
    case Kind::kDecimal:
      return Value::DECIMAL(ToHuge(std::get<iceberg::Int128>(value)), static_cast<uint8_t>(type.precision),
                            static_cast<uint8_t>(type.scale));
    case Kind::kDate:
      return Value::DATE(duckdb::date_t(std::get<int32_t>(value)));
    case Kind::kTime:
      return Value::TIME(duckdb::dtime_t(std::get<int64_t>(value)));
    case Kind::kTimestamp:
      return Value::TIMESTAMP(duckdb::timestamp_t(std::get<int64_t>(value)));
    case Kind::kTimestampTz:
      return Value::TIMESTAMPTZ(duckdb::timestamp_tz_t(std::get<int64_t>(value)));
    case Kind::kString:
      return Value(std::get<std::string>(value));
    case Kind::kFixed:
    case Kind::kBinary:
      return Value::BLOB_RAW(std::get<std::string>(value));
    default:
      return Value();
  }
}

std::optional<iceberg::Value> FromDuck(const iceberg::Type& type, const duckdb::Value& value) {
  if (value.IsNull()) return iceberg::Value();
  auto plain = FileType(type);
  duckdb::Value cast;
  std::string failed;
  if (type.kind == Kind::kBoolean && value.type().id() == LogicalTypeId::VARCHAR) {
    const auto& text = duckdb::StringValue::Get(value);
    return iceberg::Value(text == "1" || text == "true");
  }
  if (!plain.ok() || !value.DefaultTryCastAs(*plain, cast, &failed, true) || cast.IsNull()) return std::nullopt;
  switch (type.kind) {
    case Kind::kBoolean:
      return iceberg::Value(cast.GetValueUnsafe<bool>());
    case Kind::kInt:
      return iceberg::Value(cast.GetValueUnsafe<int32_t>());
    case Kind::kLong:
      return iceberg::Value(cast.GetValueUnsafe<int64_t>());
    case Kind::kFloat:
      return iceberg::Value(cast.GetValueUnsafe<float>());
    case Kind::kDouble:
      return iceberg::Value(cast.GetValueUnsafe<double>());
    case Kind::kDecimal:
      return iceberg::Value(FromHuge(duckdb::IntegralValue::Get(cast)));
    case Kind::kDate:
      return iceberg::Value(cast.GetValueUnsafe<duckdb::date_t>().days);
    case Kind::kTime:
      return iceberg::Value(cast.GetValueUnsafe<duckdb::dtime_t>().micros);
    case Kind::kTimestamp:
      return iceberg::Value(cast.GetValueUnsafe<duckdb::timestamp_t>().value);
    case Kind::kTimestampTz:
      return iceberg::Value(cast.GetValueUnsafe<duckdb::timestamp_tz_t>().value);
    case Kind::kString:
    case Kind::kFixed:
    case Kind::kBinary:
      return iceberg::Value(duckdb::StringValue::Get(cast));
    default:
      return std::nullopt;
  }
}

}  // namespace firn::engine

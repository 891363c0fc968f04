#include "functions/cast.h"

#include <algorithm>

namespace firn::functions {

BoundExpr Plain(ClientContext& context, BoundExpr expr) {
  const auto& type = expr->return_type;
  switch (type.id()) {
    case LogicalTypeId::FLOAT:
      return DuckCast(context, std::move(expr), LogicalType::DOUBLE);
    case LogicalTypeId::UBIGINT:
    case LogicalTypeId::UHUGEINT:
      return DuckCast(context, std::move(expr), LogicalType::HUGEINT);
    case LogicalTypeId::TIMESTAMP_SEC:
    case LogicalTypeId::TIMESTAMP_MS:
    case LogicalTypeId::TIMESTAMP_NS:
      return DuckCast(context, std::move(expr), LogicalType::TIMESTAMP);
    case LogicalTypeId::TIME_TZ:
      return DuckCast(context, std::move(expr), LogicalType::TIME);
    case LogicalTypeId::UUID:
    case LogicalTypeId::ENUM:
    case LogicalTypeId::BIT:
      return DuckCast(context, std::move(expr), LogicalType::VARCHAR);
    default:
      break;
  }
  return ShapeOf(type) == Shape::kOther ? ToVariant(context, std::move(expr)) : std::move(expr);
}

BoundExpr CastTo(ClientContext& context, BoundExpr expr, const SqlType& type, OnFailure failure) {
  expr = Plain(context, std::move(expr));
  switch (type.id) {
    case TypeId::kNumber:
      return ToNumber(context, std::move(expr), type.precision, type.scale, failure);
    case TypeId::kInteger:
      return ToInteger(context, std::move(expr), failure);
    case TypeId::kFloat:
      return ToDouble(context, std::move(expr), failure);
    case TypeId::kBoolean:
      return ToBoolean(context, std::move(expr), failure);
    case TypeId::kNull:
    case TypeId::kVarchar:
      expr = ToText(context, std::move(expr));
      return type.length < kVarcharDefaultLength && type.id == TypeId::kVarchar
                 ? WithLength(std::move(expr), type.length, failure)
                 : std::move(expr);
    case TypeId::kBinary:
      return ToBinary(context, std::move(expr), FactAt(context, "BINARY_INPUT_FORMAT"), failure);
    case TypeId::kDate:
      return ToDate(context, std::move(expr), "", failure);
    case TypeId::kTime:
      return CutFraction(context, ToTime(context, std::move(expr), "", failure), type.scale);
    case TypeId::kTimestampLtz:
    case TypeId::kTimestampNtz:
    case TypeId::kTimestampTz:
      return CutFraction(context, ToTimestamp(context, std::move(expr), type.id, "", failure), type.scale);
    case TypeId::kVariant:
      return ToVariant(context, std::move(expr));
    case TypeId::kArray:
      return ToArray(context, std::move(expr));
    case TypeId::kObject:
      return ToObject(context, std::move(expr), failure);
  }
  return expr;
}

namespace {

LogicalType CommonNumber(const LogicalType& left, const LogicalType& right) {
  if (IsIntegerType(left) && IsIntegerType(right)) {
    bool wide = DigitsOf(left).precision > 19 || DigitsOf(right).precision > 19;
    return wide ? LogicalType::HUGEINT : LogicalType::BIGINT;
  }
  Digits a = DigitsOf(left), b = DigitsOf(right);
  int scale = std::max(a.scale, b.scale);
  int precision = std::min(38, std::max(a.Leading(), b.Leading()) + scale);
  return LogicalType::DECIMAL(static_cast<uint8_t>(precision), static_cast<uint8_t>(scale));
}

/// Among dates and timestamps the one that keeps most: DATE < NTZ < LTZ < TZ.
int TimeRank(Shape shape) {
  switch (shape) {
    case Shape::kDate:
      return 1;
    case Shape::kNtz:
      return 2;
    case Shape::kLtz:
      return 3;
    case Shape::kTz:
      return 4;
    default:
      return 0;
  }
}

}  // namespace

LogicalType CommonType(const LogicalType& left, const LogicalType& right, const char* name) {
  Shape a = ShapeOf(left), b = ShapeOf(right);
  if (a == Shape::kNull) return right;
  if (b == Shape::kNull) return left;
  if (a == Shape::kNumber && b == Shape::kNumber) return CommonNumber(left, right);
  if (a == b) return a == Shape::kDouble ? LogicalType::DOUBLE : left;
  if (IsSemi(a) && IsSemi(b)) return VariantType();
  if (TimeRank(a) > 0 && TimeRank(b) > 0) return TimeRank(a) > TimeRank(b) ? left : right;
  if (a == Shape::kText) std::swap(a, b);
  const LogicalType& other = ShapeOf(left) == Shape::kText ? right : left;
  if (b == Shape::kText) {
    if (a == Shape::kNumber) return LogicalType::DECIMAL(18, 5);
    if (a != Shape::kOther && a != Shape::kInterval) return other;
  }
  if ((a == Shape::kNumber && b == Shape::kDouble) || (a == Shape::kDouble && b == Shape::kNumber)) {
    return LogicalType::DOUBLE;
  }
  if (a == Shape::kVariant || b == Shape::kVariant) return VariantType();
  Raise(errors::kInvalidArgumentTypes, {name, TypeName(left) + ", " + TypeName(right)});
}

BoundExpr CoerceTo(ClientContext& context, BoundExpr expr, const LogicalType& type) {
  if (expr->return_type == type) return expr;
  if (type.id() == LogicalTypeId::HUGEINT && ShapeOf(expr->return_type) == Shape::kNumber) {
    return DuckCast(context, std::move(expr), type);
  }
  if (type.id() == LogicalTypeId::INTERVAL) return DuckCast(context, std::move(expr), type);
  return CastTo(context, std::move(expr), SqlTypeOf(type));
}

LogicalType CoerceAll(ClientContext& context, std::vector<BoundExpr>& exprs, const char* name) {
  LogicalType type(LogicalTypeId::SQLNULL);
  for (auto& expr : exprs) expr = Plain(context, std::move(expr));
  // Constant text beside numbers keeps its own digits: COALESCE('17', 1) is 17.
  bool numbers = std::any_of(exprs.begin(), exprs.end(), [](const BoundExpr& expr) {
    Shape shape = ShapeOf(expr->return_type);
    return shape == Shape::kNumber || shape == Shape::kDouble;
  });
  for (auto& expr : exprs) {
    bool text = ShapeOf(expr->return_type) == Shape::kText;
    if (numbers && text && expr->IsFoldable()) expr = ToArithmetic(context, std::move(expr));
    type = CommonType(type, expr->return_type, name);
  }
  if (type.id() == LogicalTypeId::SQLNULL) type = LogicalType::VARCHAR;
  if (IsIntegerType(type) && type.id() != LogicalTypeId::HUGEINT) type = LogicalType::BIGINT;
  for (auto& expr : exprs) expr = CoerceTo(context, std::move(expr), type);
  return type;
}

}  // namespace firn::functions

#include "functions/bind.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <duckdb/catalog/catalog.hpp>
#include <duckdb/execution/expression_executor.hpp>
#include <duckdb/function/function_binder.hpp>
#include <duckdb/planner/expression/bound_case_expression.hpp>
#include <duckdb/planner/expression/bound_cast_expression.hpp>
#include <duckdb/planner/expression/bound_comparison_expression.hpp>
#include <duckdb/planner/expression/bound_conjunction_expression.hpp>
#include <duckdb/planner/expression/bound_constant_expression.hpp>
#include <duckdb/planner/expression/bound_function_expression.hpp>
#include <duckdb/planner/expression/bound_operator_expression.hpp>

#include "engine/native.h"
#include "functions/types.h"

namespace firn::functions {

namespace {

/// Snowflake's defaults of the parameters that functions read, for statements whose facts leave them out.
constexpr std::array kDefaults = {
    std::pair{"BINARY_INPUT_FORMAT", "HEX"},
    std::pair{"BINARY_OUTPUT_FORMAT", "HEX"},
    std::pair{"DATE_INPUT_FORMAT", "AUTO"},
    std::pair{"DATE_OUTPUT_FORMAT", "YYYY-MM-DD"},
    std::pair{"TIMESTAMP_INPUT_FORMAT", "AUTO"},
    std::pair{"TIMESTAMP_NTZ_OUTPUT_FORMAT", "YYYY-MM-DD HH24:MI:SS.FF3"},
    std::pair{"TIMESTAMP_OUTPUT_FORMAT", "YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM"},
    std::pair{"TIMEZONE", "UTC"},
    std::pair{"TIME_INPUT_FORMAT", "AUTO"},
    std::pair{"TIME_OUTPUT_FORMAT", "HH24:MI:SS"},
    std::pair{"TWO_DIGIT_CENTURY_START", "1970"},
    std::pair{"WEEK_OF_YEAR_POLICY", "0"},
    std::pair{"WEEK_START", "0"},
};

duckdb::vector<BoundExpr> ToDuck(std::vector<BoundExpr> args) {
  duckdb::vector<BoundExpr> out;
  for (auto& arg : args) out.push_back(std::move(arg));
  return out;
}

}  // namespace

void BindCall::BadTypes() const {
  std::string types;
  for (const auto& arg : args) types += (types.empty() ? "" : ", ") + (arg ? TypeName(arg->return_type) : "?");
  Raise(errors::kInvalidArgumentTypes, {name, types});
}

std::string FactAt(ClientContext& context, const char* parameter) {
  std::string value = engine::FactOf(context, parameter);
  if (!value.empty()) return value;
  for (const auto& [name, fallback] : kDefaults) {
    if (std::string_view(name) == parameter) return fallback;
  }
  return {};
}

int64_t IntFactAt(ClientContext& context, const char* parameter) {
  std::string text = FactAt(context, parameter);
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

BoundExpr Constant(Value value) { return duckdb::make_uniq<duckdb::BoundConstantExpression>(std::move(value)); }

BoundExpr NullOf(const LogicalType& type) { return Constant(Value(type)); }

std::optional<Value> ConstantOf(ClientContext& context, const duckdb::Expression& expr) {
  if (expr.GetExpressionClass() == duckdb::ExpressionClass::BOUND_CONSTANT) {
    return expr.Cast<duckdb::BoundConstantExpression>().value;
  }
  if (!expr.IsFoldable()) return std::nullopt;
  Value value;
  if (!duckdb::ExpressionExecutor::TryEvaluateScalar(context, expr, value)) return std::nullopt;
  return value;
}

std::string ConstantText(BindCall& call, size_t i) {
  auto value = ConstantOf(call.context, *call.args[i]);
  if (!value || value->IsNull() || ShapeOf(value->type()) != Shape::kText) call.BadTypes();
  return duckdb::StringValue::Get(*value);
}

int64_t ConstantInt(BindCall& call, size_t i) {
  auto value = ConstantOf(call.context, *call.args[i]);
  Value as_int;
  std::string error;
  if (!value || value->IsNull() || ShapeOf(value->type()) != Shape::kNumber ||
      !value->DefaultTryCastAs(LogicalType::BIGINT, as_int, &error)) {
    call.BadTypes();
  }
  return as_int.GetValue<int64_t>();
}

bool IsNullConstant(const duckdb::Expression& expr) {
  return expr.GetExpressionClass() == duckdb::ExpressionClass::BOUND_CONSTANT &&
         expr.Cast<duckdb::BoundConstantExpression>().value.IsNull();
}

BoundExpr Fold(ClientContext& context, BoundExpr expr) {
  if (expr->GetExpressionClass() == duckdb::ExpressionClass::BOUND_CONSTANT) return expr;
  auto value = ConstantOf(context, *expr);
  if (!value) return expr;
  value->Reinterpret(expr->return_type);
  return Constant(std::move(*value));
}

BoundExpr Duck(ClientContext& context, const char* name, std::vector<BoundExpr> args) {
  duckdb::FunctionBinder binder(context);
  duckdb::ErrorData error;
  auto result = binder.BindScalarFunction(DEFAULT_SCHEMA, name, ToDuck(std::move(args)), error);
  if (!result) error.Throw();
  return result;
}

BoundExpr DuckCast(ClientContext& context, BoundExpr expr, const LogicalType& type) {
  return duckdb::BoundCastExpression::AddCastToType(context, std::move(expr), type);
}

BoundExpr Retype(BoundExpr expr, const LogicalType& type) {
  if (expr->return_type == type) return expr;
  if (expr->GetExpressionClass() == duckdb::ExpressionClass::BOUND_CONSTANT) {
    Value value = expr->Cast<duckdb::BoundConstantExpression>().value;
    value.Reinterpret(type);
    return Constant(std::move(value));
  }
  return duckdb::make_uniq<duckdb::BoundCastExpression>(std::move(expr), type,
                                                        duckdb::BoundCastInfo(duckdb::DefaultCasts::ReinterpretCast));
}

BoundExpr Compare(duckdb::ExpressionType op, BoundExpr left, BoundExpr right) {
  return duckdb::make_uniq<duckdb::BoundComparisonExpression>(op, std::move(left), std::move(right));
}

namespace {

BoundExpr Operator(duckdb::ExpressionType op, LogicalType type, BoundExpr arg) {
  auto result = duckdb::make_uniq<duckdb::BoundOperatorExpression>(op, std::move(type));
  result->children.push_back(std::move(arg));
  return result;
}

}  // namespace

BoundExpr IsNull(BoundExpr expr) {
  return Operator(duckdb::ExpressionType::OPERATOR_IS_NULL, LogicalType::BOOLEAN, std::move(expr));
}

BoundExpr Not(BoundExpr expr) {
  return Operator(duckdb::ExpressionType::OPERATOR_NOT, LogicalType::BOOLEAN, std::move(expr));
}

BoundExpr And(BoundExpr left, BoundExpr right) {
  return duckdb::make_uniq<duckdb::BoundConjunctionExpression>(duckdb::ExpressionType::CONJUNCTION_AND, std::move(left),
                                                               std::move(right));
}

BoundExpr Or(BoundExpr left, BoundExpr right) {
  return duckdb::make_uniq<duckdb::BoundConjunctionExpression>(duckdb::ExpressionType::CONJUNCTION_OR, std::move(left),
                                                               std::move(right));
}

BoundExpr If(BoundExpr test, BoundExpr then, BoundExpr otherwise) {
  return duckdb::make_uniq<duckdb::BoundCaseExpression>(std::move(test), std::move(then), std::move(otherwise));
}

BoundExpr Coalesce(std::vector<BoundExpr> args) {
  if (args.size() == 1) return std::move(args[0]);
  auto result = duckdb::make_uniq<duckdb::BoundOperatorExpression>(duckdb::ExpressionType::OPERATOR_COALESCE,
                                                                   args[0]->return_type);
  result->children = ToDuck(std::move(args));
  return result;
}

BoundExpr Kernel(std::string identity, LogicalType result, std::vector<BoundExpr> args, duckdb::scalar_function_t run,
                 KernelTraits traits) {
  if (!traits.sees_nulls &&
      std::any_of(args.begin(), args.end(), [](const BoundExpr& arg) { return IsNullConstant(*arg); })) {
    return NullOf(result);
  }
  duckdb::vector<LogicalType> types;
  for (const auto& arg : args) types.push_back(arg->return_type);
  auto stability = traits.volatile_result ? duckdb::FunctionStability::VOLATILE : duckdb::FunctionStability::CONSISTENT;
  auto nulls = traits.sees_nulls ? duckdb::FunctionNullHandling::SPECIAL_HANDLING
                                 : duckdb::FunctionNullHandling::DEFAULT_NULL_HANDLING;
  duckdb::ScalarFunction function(std::move(identity), std::move(types), result, std::move(run), nullptr, nullptr,
                                  nullptr, nullptr, LogicalType(LogicalTypeId::INVALID), stability, nulls);
  function.SetFallible();
  return duckdb::make_uniq<duckdb::BoundFunctionExpression>(std::move(result), std::move(function),
                                                            ToDuck(std::move(args)), nullptr);
}

}  // namespace firn::functions

// Conditional expressions: docs.snowflake.com/en/sql-reference/expressions-conditional
#include <array>

#include "functions/cast.h"
#include "functions/families.h"
#include "functions/kernel.h"
#include "functions/operators.h"
#include "functions/variant_text.h"

namespace firn::functions {

namespace {

using duckdb::ExpressionType;

std::vector<BoundExpr> Two(BoundExpr a, BoundExpr b) {
  std::vector<BoundExpr> out;
  out.push_back(std::move(a));
  out.push_back(std::move(b));
  return out;
}

/// CASE test WHEN …: both branches brought to one type.
BoundExpr Choose(BindCall& call, BoundExpr test, BoundExpr then, BoundExpr otherwise) {
  auto branches = Two(std::move(then), std::move(otherwise));
  CoerceAll(call.context, branches, call.name);
  return If(std::move(test), std::move(branches[0]), std::move(branches[1]));
}

BoundExpr Truth(BindCall& call, size_t i) {
  BoundExpr arg = call.Take(i);
  if (ShapeOf(arg->return_type) == Shape::kText) arg = ToArithmetic(call.context, std::move(arg));
  return ToBoolean(call.context, Plain(call.context, std::move(arg)));
}

BoundNode BindBoolAnd(BindCall& call) { return And(Truth(call, 0), Truth(call, 1)); }
BoundNode BindBoolOr(BindCall& call) { return Or(Truth(call, 0), Truth(call, 1)); }
BoundNode BindBoolXor(BindCall& call) {
  return Compare(ExpressionType::COMPARE_NOTEQUAL, Truth(call, 0), Truth(call, 1));
}
BoundNode BindBoolNot(BindCall& call) { return Not(Truth(call, 0)); }

BoundNode BindCoalesce(BindCall& call) {
  CoerceAll(call.context, call.args, call.name);
  return Coalesce(std::move(call.args));
}

BoundNode BindDecode(BindCall& call) {
  size_t pairs = (call.size() - 1) / 2;
  std::vector<BoundExpr> results;
  for (size_t i = 0; i < pairs; ++i) results.push_back(call.Take(2 + 2 * i));
  bool has_default = call.size() % 2 == 0;
  results.push_back(has_default ? call.Take(call.size() - 1) : NullOf(LogicalType(LogicalTypeId::SQLNULL)));
  CoerceAll(call.context, results, call.name);
  BoundExpr out = std::move(results.back());
  for (size_t i = pairs; i > 0; --i) {
    BoundExpr same =
        CompareAs(call.context, ExpressionType::COMPARE_NOT_DISTINCT_FROM, call.Copy(0), call.Take(2 * i - 1));
    out = If(std::move(same), std::move(results[i - 1]), std::move(out));
  }
  return out;
}

BoundNode BindEqualNull(BindCall& call) {
  return CompareAs(call.context, ExpressionType::COMPARE_NOT_DISTINCT_FROM, call.Take(0), call.Take(1));
}

/// Over the arguments' texts: DuckDB's greatest would compare these.
BoundExpr ExtremeVariant(BindCall& call, bool greatest, bool ignore_nulls) {
  auto type = call.Type(0);
  auto run = MapTexts<std::optional<std::string_view>>(
      [=](const std::vector<std::optional<std::string_view>>& texts) -> std::optional<std::string_view> {
        std::optional<std::string_view> best;
        for (const auto& text : texts) {
          if (!text && !ignore_nulls) return std::nullopt;
          if (text && (!best || (greatest ? VariantLess(*best, *text) : VariantLess(*text, *best)))) best = text;
        }
        return best;
      });
  return Kernel(std::string("firn ") + call.name, type, std::move(call.args), std::move(run), {.sees_nulls = true});
}

BoundExpr Extreme(BindCall& call, const char* duckdb, bool ignore_nulls) {
  LogicalType type = CoerceAll(call.context, call.args, call.name);
  if (call.size() == 1) return call.Take(0);
  if (IsSemi(ShapeOf(type))) return ExtremeVariant(call, duckdb[0] == 'g', ignore_nulls);
  BoundExpr any_null;
  for (size_t i = 0; i < call.size() && !ignore_nulls; ++i) {
    BoundExpr test = IsNull(call.Copy(i));
    any_null = any_null ? Or(std::move(any_null), std::move(test)) : std::move(test);
  }
  BoundExpr out = Retype(Duck(call.context, duckdb, std::move(call.args)), type);
  return ignore_nulls ? std::move(out) : If(std::move(any_null), NullOf(type), std::move(out));
}
BoundNode BindGreatest(BindCall& call) { return Extreme(call, "greatest", false); }
BoundNode BindGreatestIgnoreNulls(BindCall& call) { return Extreme(call, "greatest", true); }
BoundNode BindLeast(BindCall& call) { return Extreme(call, "least", false); }
BoundNode BindLeastIgnoreNulls(BindCall& call) { return Extreme(call, "least", true); }

BoundNode BindIff(BindCall& call) { return Choose(call, Truth(call, 0), call.Take(1), call.Take(2)); }

BoundNode BindNullIf(BindCall& call) {
  auto type = Plain(call.context, call.Copy(0))->return_type;
  BoundExpr same = CompareAs(call.context, ExpressionType::COMPARE_EQUAL, call.Copy(0), call.Take(1));
  BoundExpr value = Plain(call.context, call.Take(0));
  return If(std::move(same), NullOf(type), std::move(value));
}

BoundNode BindNvl2(BindCall& call) { return Choose(call, Not(IsNull(call.Take(0))), call.Take(1), call.Take(2)); }

BoundExpr NumberArgument(BindCall& call) {
  BoundExpr arg = ToArithmetic(call.context, Plain(call.context, call.Take(0)));
  Shape shape = ShapeOf(arg->return_type);
  if (shape == Shape::kNull) return NullOf(LogicalType::BIGINT);
  if (shape != Shape::kNumber && shape != Shape::kDouble)
    Raise(errors::kInvalidArgumentTypes, {call.name, TypeName(arg->return_type)});
  return arg;
}
BoundExpr ZeroOf(ClientContext& context, const LogicalType& type) {
  return Fold(context, DuckCast(context, Constant(Value::BIGINT(0)), type));
}
BoundNode BindNullIfZero(BindCall& call) {
  BoundExpr arg = NumberArgument(call);
  auto type = arg->return_type;
  BoundExpr zero = Compare(ExpressionType::COMPARE_EQUAL, arg->Copy(), ZeroOf(call.context, type));
  return If(std::move(zero), NullOf(type), std::move(arg));
}
BoundNode BindZeroIfNull(BindCall& call) {
  BoundExpr arg = NumberArgument(call);
  BoundExpr zero = ZeroOf(call.context, arg->return_type);
  return Coalesce(Two(std::move(arg), std::move(zero)));
}

/// The first argument of the two where neither is NULL.
BoundExpr ValueWhereBoth(BindCall& call, size_t wanted, size_t other) {
  BoundExpr value = ToDouble(call.context, Plain(call.context, call.Take(wanted)));
  BoundExpr missing = IsNull(call.Take(other));
  return If(std::move(missing), NullOf(LogicalType::DOUBLE), std::move(value));
}
BoundNode BindRegrValX(BindCall& call) { return ValueWhereBoth(call, 1, 0); }
BoundNode BindRegrValY(BindCall& call) { return ValueWhereBoth(call, 0, 1); }

// clang-format off
constexpr std::array kConditional = {
    Function{"BOOLAND", "a, b", Native{BindBoolAnd}, "BOOLAND(1, -2)", "true", "functions/booland"},
    Function{"BOOLNOT", "a", Native{BindBoolNot}, "BOOLNOT(10)", "false", "functions/boolnot"},
    Function{"BOOLOR", "a, b", Native{BindBoolOr}, "BOOLOR(0, 0)", "false", "functions/boolor"},
    Function{"BOOLXOR", "a, b", Native{BindBoolXor}, "BOOLXOR(2, 0)", "true", "functions/boolxor"},
    Function{"COALESCE", "value, ...", Native{BindCoalesce}, "COALESCE(NULL, NULL, 3)", "3", "functions/coalesce"},
    Function{"DECODE", "value, search, result, ...", Native{BindDecode}, "DECODE(2, 1, 'one', 2, 'two', NULL, '-NULL-', 'other')", "two", "functions/decode"},
    Function{"EQUAL_NULL", "a, b", Native{BindEqualNull}, "EQUAL_NULL(NULL, NULL)", "true", "functions/equal_null"},
    Function{"GREATEST", "value, ...", Native{BindGreatest}, "GREATEST(1, 3, NULL)", "NULL", "functions/greatest"},
    Function{"GREATEST_IGNORE_NULLS", "value, ...", Native{BindGreatestIgnoreNulls}, "GREATEST_IGNORE_NULLS(1, 3, NULL)", "3", "functions/greatest_ignore_nulls"},
    Function{"IFF", "condition, then, otherwise", Native{BindIff}, "IFF(TRUE, 'true', 'false')", "true", "functions/iff"},
    Function{"IFNULL", "a, b", Native{BindCoalesce}, "IFNULL(NULL, 'food')", "food", "functions/ifnull"},
    Function{"LEAST", "value, ...", Native{BindLeast}, "LEAST(1, 3, 0, 4)", "0", "functions/least"},
    Function{"LEAST_IGNORE_NULLS", "value, ...", Native{BindLeastIgnoreNulls}, "LEAST_IGNORE_NULLS(1, 3, NULL)", "1", "functions/least_ignore_nulls"},
    Function{"NULLIF", "a, b", Native{BindNullIf}, "NULLIF(0, 0)", "NULL", "functions/nullif"},
    Function{"NULLIFZERO", "value", Native{BindNullIfZero}, "NULLIFZERO(0)", "NULL", "functions/nullifzero"},
    Function{"NVL", "a, b", Native{BindCoalesce}, "NVL(NULL, 'food')", "food", "functions/nvl"},
    Function{"NVL2", "test, then, otherwise", Native{BindNvl2}, "NVL2(NULL, 5, 8)", "8", "functions/nvl2"},
    Function{"REGR_VALX", "y, x", Native{BindRegrValX}, "REGR_VALX(NULL, 10)", "NULL", "functions/regr_valx"},
    Function{"REGR_VALY", "y, x", Native{BindRegrValY}, "REGR_VALY(10, 2)", "10", "functions/regr_valy"},
    Function{"ZEROIFNULL", "value", Native{BindZeroIfNull}, "ZEROIFNULL(NULL)", "0", "functions/zeroifnull"},
};
// clang-format on

}  // namespace

std::span<const Function> ConditionalFunctions() { return kConditional; }

}  // namespace firn::functions

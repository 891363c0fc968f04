// Aggregates: docs.snowflake.com/en/sql-reference/functions-aggregation. Each is DuckDB's over coerced arguments, or a
// rewrite around one; OVER, FILTER and DISTINCT move to the aggregate inside.
#include <array>

#include "base/errors.h"
#include "functions/families.h"
#include "functions/tree.h"
#include "sql/printer.h"

namespace firn::functions {

namespace {

using sql::Call;
using sql::ExprPtr;

ExprPtr As(char letter, ExprPtr expr) {
  return sql::MakeExpr(DuckCall(std::string("firn$as_") + letter, std::move(expr)));
}

ExprPtr NotNull(const ExprPtr& expr) {
  return sql::MakeExpr(sql::IsTest{sql::IsTest::What::kNull, true, sql::Clone(*expr)});
}

ExprPtr AndBoth(ExprPtr a, ExprPtr b) {
  if (!a) return b;
  return sql::MakeExpr(sql::Binary{sql::BinaryOp::kAnd, std::move(a), std::move(b)});
}

Result<ExprPtr> Count(Call&& call, const RewriteContext& context) {
  bool only_null_free = call.args.size() > 1;
  Call out = DuckCall("count", std::vector<ExprPtr>{});
  out.star = call.star;
  if (only_null_free) {
    // Rows where all arguments are present; distinct by all of them.
    std::string test = "CASE WHEN ", row = " THEN ROW(";
    std::vector<ExprPtr> args;
    for (size_t i = 0; i < call.args.size(); ++i) {
      std::string at = "{" + std::to_string(i) + "}";
      test += (i > 0 ? " AND " : "") + at + " IS NOT NULL";
      row += (i > 0 ? ", " : "") + at;
      args.push_back(std::move(call.args[i].value));
    }
    out.args.push_back({{}, DuckText(test + row + ") END", std::move(args))});
  } else if (!call.star) {
    ExprPtr value = std::move(call.args[0].value);
    if (call.distinct) value = sql::MakeExpr(DuckCall("firn$order_key", std::move(value)));
    out.args.push_back({{}, std::move(value)});
  }
  MoveModifiers(call, out);
  return sql::MakeExpr(std::move(out), context.at);
}

/// DuckDB's estimate is off by an eighth; the exact count is what Snowflake's (1.6 %) stands for.
Result<ExprPtr> ApproxCount(Call&& call, const RewriteContext& context) {
  call.distinct = true;
  return Count(std::move(call), context);
}

/// sum / count, with the scale that AVG has: S + 6 (at most 12), S + 3 with OVER.
Result<ExprPtr> Average(Call&& call, const RewriteContext& context) {
  Call sum = DuckCall("sum", As('n', sql::Clone(*call.args[0].value)));
  Call count = DuckCall("count", std::move(call.args[0].value));
  bool window = call.over.has_value();
  count.over = CloneWindow(call.over);
  count.distinct = call.distinct;
  if (call.filter) count.filter = sql::Clone(*call.filter);
  MoveModifiers(call, sum);
  return sql::MakeExpr(DuckCall(window ? "firn$average_over" : "firn$average", sql::MakeExpr(std::move(sum)),
                                sql::MakeExpr(std::move(count))),
                       context.at);
}

/// The first argument coerced; with DISTINCT an ORDER BY of that argument is coerced the same, as DuckDB wants it.
ExprPtr Coerced(char letter, Call& call) {
  std::string text = sql::Print(*call.args[0].value);
  for (auto& item : call.within_group) {
    if (call.distinct && sql::Print(*item.expr) == text) item.expr = As(letter, std::move(item.expr));
  }
  return As(letter, std::move(call.args[0].value));
}

Result<ExprPtr> ListAgg(Call&& call, const RewriteContext& context) {
  ExprPtr separator = call.args.size() > 1 ? std::move(call.args[1].value) : TextLiteral("");
  Call joined = DuckCall("string_agg", Coerced('t', call), std::move(separator));
  MoveModifiers(call, joined);
  return sql::MakeExpr(DuckCall("fn$coalesce", sql::MakeExpr(std::move(joined)), TextLiteral("")), context.at);
}

Result<ExprPtr> ArrayOf(Call&& call, const RewriteContext& context) {
  call.filter = AndBoth(std::move(call.filter), NotNull(call.args[0].value));
  Call list = DuckCall("list", Coerced('v', call));
  MoveModifiers(call, list);
  return sql::MakeExpr(DuckCall("firn$list_to_array", sql::MakeExpr(std::move(list))), context.at);
}
Result<ExprPtr> ArrayUnique(Call&& call, const RewriteContext& context) {
  call.distinct = true;
  return ArrayOf(std::move(call), context);
}

Result<ExprPtr> ObjectAgg(Call&& call, const RewriteContext& context) {
  Call list = DuckCall(
      "list", sql::MakeExpr(DuckCall("firn$object", std::move(call.args[0].value), std::move(call.args[1].value))));
  MoveModifiers(call, list);
  return sql::MakeExpr(DuckCall("firn$merge_objects", sql::MakeExpr(std::move(list))), context.at);
}

/// With a third argument: the values of so many rows, as an ARRAY.
template <bool Most>
Result<ExprPtr> ValueBy(Call&& call, const RewriteContext& context) {
  bool many = call.args.size() > 2;
  std::vector<ExprPtr> args;
  args.push_back(many ? As('v', std::move(call.args[0].value)) : std::move(call.args[0].value));
  args.push_back(As('k', std::move(call.args[1].value)));
  if (many) args.push_back(As('i', std::move(call.args[2].value)));
  Call out = DuckCall(Most ? "arg_max" : "arg_min", std::move(args));
  MoveModifiers(call, out);
  if (!many) return sql::MakeExpr(std::move(out), context.at);
  return sql::MakeExpr(DuckCall("firn$list_to_array", sql::MakeExpr(std::move(out))), context.at);
}

/// A multiset's union over arrays: each value as often as in the array that has it most.
Result<ExprPtr> ArrayUnion(Call&& call, const RewriteContext& context) {
  Call list = DuckCall("list", As('a', std::move(call.args[0].value)));
  MoveModifiers(call, list);
  return sql::MakeExpr(DuckCall("firn$unite_arrays", sql::MakeExpr(std::move(list))), context.at);
}

/// The k most frequent values with their counts. Exact: `counters` is not needed.
Result<ExprPtr> TopValues(Call&& call, const RewriteContext& context) {
  ExprPtr most = call.args.size() > 1 ? std::move(call.args[1].value) : NumberLiteral(1);
  Call list = DuckCall("list", As('v', std::move(call.args[0].value)));
  MoveModifiers(call, list);
  return sql::MakeExpr(DuckCall("firn$top_values", sql::MakeExpr(std::move(list)), std::move(most)), context.at);
}

/// The sum of the rows' hashes, mixed: the order of the rows does not count. HASH_AGG(*) takes every column.
Result<ExprPtr> HashAgg(Call&& call, const RewriteContext& context) {
  std::string text = "\"fn$hash\"(";
  std::vector<ExprPtr> args;
  if (call.star) text += "*COLUMNS(*)";
  for (size_t i = 0; i < call.args.size(); ++i) {
    text += (i > 0 ? ", {" : "{") + std::to_string(i) + "}";
    args.push_back(std::move(call.args[i].value));
  }
  call.star = false;
  Call sum = DuckCall("sum", DuckText(text + ")::HUGEINT", std::move(args)));
  MoveModifiers(call, sum);
  return sql::MakeExpr(DuckCall("firn$hash_of_sum", sql::MakeExpr(std::move(sum))), context.at);
}

/// PERCENTILE_x(p) WITHIN GROUP (ORDER BY value [DESC]). DuckDB counts a negative p from the other end.
Result<ExprPtr> Percentile(Call&& call, const RewriteContext& context, const char* duckdb, char letter) {
  if (call.within_group.size() != 1) {
    return Error(errors::kMissingArgument, {"WITHIN GROUP (ORDER BY …) with one expression"}, context.at);
  }
  ExprPtr value = std::move(call.within_group[0].expr);
  ExprPtr share = std::move(call.args[0].value);
  if (call.within_group[0].descending) share = sql::MakeExpr(sql::Unary{sql::UnaryOp::kMinus, std::move(share)});
  call.within_group.clear();
  if (letter != '.') value = As(letter, std::move(value));
  Call out = DuckCall(duckdb, std::move(value), std::move(share));
  MoveModifiers(call, out);
  return sql::MakeExpr(std::move(out), context.at);
}
Result<ExprPtr> PercentileCont(Call&& call, const RewriteContext& context) {
  return Percentile(std::move(call), context, "quantile_cont", 'm');
}
Result<ExprPtr> PercentileDisc(Call&& call, const RewriteContext& context) {
  return Percentile(std::move(call), context, "quantile_disc", '.');
}

/// DuckDB's function of the same name over DOUBLE, its NaN as NULL.
template <const char* const* Name>
Result<ExprPtr> WithoutNan(Call&& call, const RewriteContext& context) {
  std::vector<ExprPtr> args;
  for (auto& arg : call.args) args.push_back(As('d', std::move(arg.value)));
  Call out = DuckCall(*Name, std::move(args));
  MoveModifiers(call, out);
  return sql::MakeExpr(DuckCall("firn$no_nan", sql::MakeExpr(std::move(out))), context.at);
}
constexpr const char* kCorr = "corr";
constexpr const char* kIntercept = "regr_intercept";
constexpr const char* kR2 = "regr_r2";
constexpr const char* kSlope = "regr_slope";

/// TRUE where exactly one row is.
Result<ExprPtr> BoolXorAgg(Call&& call, const RewriteContext& context) {
  Call count =
      DuckCall("sum", sql::MakeExpr(sql::Cast{As('b', std::move(call.args[0].value)), SqlType::Integer(), false}));
  MoveModifiers(call, count);
  return sql::MakeExpr(sql::Binary{sql::BinaryOp::kEq, sql::MakeExpr(std::move(count)), NumberLiteral(1)}, context.at);
}

// The examples of aggregates stand over one row; ones over more are in the unit tests and in test/sql.
// clang-format off
constexpr std::array kAggregate = {
    Function{"ANY_VALUE", "value", Rename{"any_value", "."}, "ANY_VALUE(7)", "7", "functions/any_value"},
    Function{"APPROX_COUNT_DISTINCT", "value, ...", Rewrite{ApproxCount}, "APPROX_COUNT_DISTINCT(7)", "1", "functions/approx_count_distinct"},
    Function{"APPROX_PERCENTILE", "value, share", Rename{"approx_quantile", "d."}, "APPROX_PERCENTILE(7, 0.5)", "7", "functions/approx_percentile"},
    Function{"APPROX_TOP_K", "value [, k] [, counters]", Rewrite{TopValues}, "APPROX_TOP_K(7, 2)", "[[7,1]]", "functions/approx_top_k"},
    Function{"ARRAYAGG", "value", Rewrite{ArrayOf}, "ARRAYAGG(7)", "[7]", "functions/array_agg"},
    Function{"ARRAY_AGG", "value", Rewrite{ArrayOf}, "ARRAY_AGG(NULL)", "[]", "functions/array_agg"},
    Function{"ARRAY_UNION_AGG", "array", Rewrite{ArrayUnion}, "ARRAY_UNION_AGG([1, 1, 2])", "[1,1,2]", "functions/array_union_agg"},
    Function{"ARRAY_UNIQUE_AGG", "value", Rewrite{ArrayUnique}, "ARRAY_UNIQUE_AGG(7)", "[7]", "functions/array_unique_agg"},
    Function{"AVG", "value", Rewrite{Average}, "AVG(2)", "2.000000", "functions/avg"},
    Function{"BITANDAGG", "value", Rename{"bit_and", "i"}, "BITANDAGG(7)", "7", "functions/bitand_agg"},
    Function{"BITAND_AGG", "value", Rename{"bit_and", "i"}, "BITAND_AGG(7)", "7", "functions/bitand_agg"},
    Function{"BITORAGG", "value", Rename{"bit_or", "i"}, "BITORAGG(7)", "7", "functions/bitor_agg"},
    Function{"BITOR_AGG", "value", Rename{"bit_or", "i"}, "BITOR_AGG(7)", "7", "functions/bitor_agg"},
    Function{"BITXORAGG", "value", Rename{"bit_xor", "i"}, "BITXORAGG(7)", "7", "functions/bitxor_agg"},
    Function{"BITXOR_AGG", "value", Rename{"bit_xor", "i"}, "BITXOR_AGG(7)", "7", "functions/bitxor_agg"},
    Function{"BIT_ANDAGG", "value", Rename{"bit_and", "i"}, "BIT_ANDAGG(7)", "7", "functions/bitand_agg"},
    Function{"BIT_AND_AGG", "value", Rename{"bit_and", "i"}, "BIT_AND_AGG(7)", "7", "functions/bitand_agg"},
    Function{"BIT_ORAGG", "value", Rename{"bit_or", "i"}, "BIT_ORAGG(7)", "7", "functions/bitor_agg"},
    Function{"BIT_OR_AGG", "value", Rename{"bit_or", "i"}, "BIT_OR_AGG(7)", "7", "functions/bitor_agg"},
    Function{"BIT_XORAGG", "value", Rename{"bit_xor", "i"}, "BIT_XORAGG(7)", "7", "functions/bitxor_agg"},
    Function{"BIT_XOR_AGG", "value", Rename{"bit_xor", "i"}, "BIT_XOR_AGG(7)", "7", "functions/bitxor_agg"},
    Function{"BOOLAND_AGG", "value", Rename{"bool_and", "b"}, "BOOLAND_AGG(7)", "true", "functions/booland_agg"},
    Function{"BOOLOR_AGG", "value", Rename{"bool_or", "b"}, "BOOLOR_AGG(0)", "false", "functions/boolor_agg"},
    Function{"BOOLXOR_AGG", "value", Rewrite{BoolXorAgg}, "BOOLXOR_AGG(TRUE)", "true", "functions/boolxor_agg"},
    Function{"CORR", "y, x", Rewrite{WithoutNan<&kCorr>}, "CORR(1, 2)", "NULL", "functions/corr"},
    Function{"COUNT", "value, ...", Rewrite{Count}, "COUNT(*)", "1", "functions/count"},
    Function{"COUNT_IF", "condition", Same{"b"}, "COUNT_IF(1 > 2)", "0", "functions/count_if"},
    Function{"COVAR_POP", "y, x", Same{"d"}, "COVAR_POP(1, 2)", "0", "functions/covar_pop"},
    Function{"COVAR_SAMP", "y, x", Same{"d"}, "COVAR_SAMP(1, 2)", "NULL", "functions/covar_samp"},
    Function{"GROUPING", "value, ...", Rename{"grouping", "."}, "", "", "functions/grouping"},
    Function{"GROUPING_ID", "value, ...", Rename{"grouping", "."}, "", "", "functions/grouping_id"},
    Function{"HASH_AGG", "value, ...", Rewrite{HashAgg}, "HASH_AGG(7) = HASH_AGG(7)", "true", "functions/hash_agg"},
    Function{"HLL", "value, ...", Rewrite{ApproxCount}, "HLL(7)", "1", "functions/hll"},
    Function{"KURTOSIS", "value", Same{"d"}, "KURTOSIS(1)", "NULL", "functions/kurtosis"},
    Function{"LISTAGG", "value [, separator]", Rewrite{ListAgg}, "LISTAGG(7, ',')", "7", "functions/listagg"},
    Function{"MAX", "value", Same{"."}, "MAX(7)", "7", "functions/max"},
    Function{"MAX_BY", "value, by [, most]", Rewrite{ValueBy<true>}, "MAX_BY('a', 7)", "a", "functions/max_by"},
    Function{"MEDIAN", "value", Rename{"median", "m"}, "MEDIAN(7)", "7.000", "functions/median"},
    Function{"MIN", "value", Same{"."}, "MIN(7)", "7", "functions/min"},
    Function{"MIN_BY", "value, by [, most]", Rewrite{ValueBy<false>}, "MIN_BY('a', 7)", "a", "functions/min_by"},
    Function{"MODE", "value", Same{"."}, "MODE(7)", "7", "functions/mode"},
    Function{"OBJECT_AGG", "key, value", Rewrite{ObjectAgg}, "OBJECT_AGG('a', 1)", "{\"a\":1}", "functions/object_agg"},
    Function{"PERCENTILE_CONT", "share", Rewrite{PercentileCont}, "PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY 2)", "2.000", "functions/percentile_cont"},
    Function{"PERCENTILE_DISC", "share", Rewrite{PercentileDisc}, "PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY 2)", "2", "functions/percentile_disc"},
    Function{"REGR_AVGX", "y, x", Same{"d"}, "REGR_AVGX(1, 2)", "2", "functions/regr_avgx"},
    Function{"REGR_AVGY", "y, x", Same{"d"}, "REGR_AVGY(1, 2)", "1", "functions/regr_avgy"},
    Function{"REGR_COUNT", "y, x", Same{"d"}, "REGR_COUNT(1, 2)", "1", "functions/regr_count"},
    Function{"REGR_INTERCEPT", "y, x", Rewrite{WithoutNan<&kIntercept>}, "REGR_INTERCEPT(1, 2)", "NULL", "functions/regr_intercept"},
    Function{"REGR_R2", "y, x", Rewrite{WithoutNan<&kR2>}, "REGR_R2(1, 2)", "NULL", "functions/regr_r2"},
    Function{"REGR_SLOPE", "y, x", Rewrite{WithoutNan<&kSlope>}, "REGR_SLOPE(1, 2)", "NULL", "functions/regr_slope"},
    Function{"REGR_SXX", "y, x", Same{"d"}, "REGR_SXX(1, 2)", "0", "functions/regr_sxx"},
    Function{"REGR_SXY", "y, x", Same{"d"}, "REGR_SXY(1, 2)", "0", "functions/regr_sxy"},
    Function{"REGR_SYY", "y, x", Same{"d"}, "REGR_SYY(1, 2)", "0", "functions/regr_syy"},
    Function{"SKEW", "value", Rename{"skewness", "d"}, "SKEW(1)", "NULL", "functions/skew"},
    Function{"STDDEV", "value", Rename{"stddev_samp", "d"}, "STDDEV(1)", "NULL", "functions/stddev"},
    Function{"STDDEV_POP", "value", Same{"d"}, "STDDEV_POP(1)", "0", "functions/stddev_pop"},
    Function{"STDDEV_SAMP", "value", Same{"d"}, "STDDEV_SAMP(1)", "NULL", "functions/stddev"},
    Function{"SUM", "value", Same{"n"}, "SUM(7)", "7", "functions/sum"},
    Function{"VARIANCE", "value", Rename{"var_samp", "d"}, "VARIANCE(1)", "NULL", "functions/variance"},
    Function{"VARIANCE_POP", "value", Rename{"var_pop", "d"}, "VARIANCE_POP(1)", "0", "functions/variance_pop"},
    Function{"VARIANCE_SAMP", "value", Rename{"var_samp", "d"}, "VARIANCE_SAMP(1)", "NULL", "functions/variance"},
    Function{"VAR_POP", "value", Same{"d"}, "VAR_POP(1)", "0", "functions/var_pop"},
    Function{"VAR_SAMP", "value", Same{"d"}, "VAR_SAMP(1)", "NULL", "functions/var_samp"},
};
// clang-format on

}  // namespace

std::span<const Function> AggregateFunctions() { return kAggregate; }

}  // namespace firn::functions

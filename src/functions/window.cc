// Window functions: docs.snowflake.com/en/sql-reference/functions-window. Aggregates with OVER are in aggregate.cc.
#include <array>

#include "functions/families.h"
#include "functions/tree.h"

namespace firn::functions {

namespace {

using sql::Call;
using sql::ExprPtr;

/// value / sum(value) over the partition; NULL where the sum is 0.
Result<ExprPtr> RatioToReport(Call&& call, const RewriteContext& context) {
  ExprPtr value = std::move(call.args[0].value);
  Call sum = DuckCall("sum", sql::MakeExpr(DuckCall("firn$as_n", sql::Clone(*value))));
  MoveModifiers(call, sum);
  ExprPtr whole = sql::MakeExpr(DuckCall("fn$nullifzero", sql::MakeExpr(std::move(sum))));
  return sql::MakeExpr(sql::Binary{sql::BinaryOp::kDiv, std::move(value), std::move(whole)}, context.at);
}

/// How often the value was another than the one before, so far in the partition; NULL is no change. The aggregate
/// firn$changes (changes.cc) works on hashes.
Result<ExprPtr> ConditionalChangeEvent(Call&& call, const RewriteContext& context) {
  std::vector<ExprPtr> args;
  args.push_back(std::move(call.args[0].value));
  Call changes =
      DuckCall("firn$changes", DuckText("CASE WHEN {0} IS NOT NULL THEN \"fn$hash\"({0}) END", std::move(args)));
  MoveModifiers(call, changes);
  using Kind = sql::FrameBound::Kind;
  changes.over->frame = sql::WindowFrame{
      sql::WindowFrame::Unit::kRows, {Kind::kUnboundedPreceding, nullptr}, {Kind::kCurrentRow, nullptr}};
  return sql::MakeExpr(std::move(changes), context.at);
}

/// How many rows so far had a true condition.
Result<ExprPtr> ConditionalTrueEvent(Call&& call, const RewriteContext& context) {
  std::vector<ExprPtr> args;
  args.push_back(sql::MakeExpr(DuckCall("firn$as_b", std::move(call.args[0].value))));
  Call count = DuckCall("count", DuckText("CASE WHEN {0} THEN 1 END", std::move(args)));
  MoveModifiers(call, count);
  using Kind = sql::FrameBound::Kind;
  count.over->frame = sql::WindowFrame{
      sql::WindowFrame::Unit::kRows, {Kind::kUnboundedPreceding, nullptr}, {Kind::kCurrentRow, nullptr}};
  return sql::MakeExpr(std::move(count), context.at);
}

// clang-format off
constexpr std::array kWindow = {
    Function{"CONDITIONAL_CHANGE_EVENT", "value", Rewrite{ConditionalChangeEvent}, "CONDITIONAL_CHANGE_EVENT(7) OVER (ORDER BY 1)", "0", "functions/conditional_change_event"},
    Function{"CONDITIONAL_TRUE_EVENT", "condition", Rewrite{ConditionalTrueEvent}, "CONDITIONAL_TRUE_EVENT(TRUE) OVER (ORDER BY 1)", "1", "functions/conditional_true_event"},
    Function{"CUME_DIST", "", Same{"."}, "CUME_DIST() OVER (ORDER BY 1)", "1", "functions/cume_dist"},
    Function{"DENSE_RANK", "", Same{"."}, "DENSE_RANK() OVER (ORDER BY 1)", "1", "functions/dense_rank"},
    Function{"FIRST_VALUE", "value", Same{"."}, "FIRST_VALUE(7) OVER (ORDER BY 1)", "7", "functions/first_value"},
    Function{"LAG", "value [, offset] [, otherwise]", Same{"."}, "LAG(7, 1, 0) OVER (ORDER BY 1)", "0", "functions/lag"},
    Function{"LAST_VALUE", "value", Same{"."}, "LAST_VALUE(7) OVER (ORDER BY 1)", "7", "functions/last_value"},
    Function{"LEAD", "value [, offset] [, otherwise]", Same{"."}, "LEAD(7) OVER (ORDER BY 1)", "NULL", "functions/lead"},
    Function{"NTH_VALUE", "value, n", Same{"."}, "NTH_VALUE(7, 1) OVER (ORDER BY 1)", "7", "functions/nth_value"},
    Function{"NTILE", "buckets", Same{"i"}, "NTILE(4) OVER (ORDER BY 1)", "1", "functions/ntile"},
    Function{"PERCENT_RANK", "", Same{"."}, "PERCENT_RANK() OVER (ORDER BY 1)", "0", "functions/percent_rank"},
    Function{"RANK", "", Same{"."}, "RANK() OVER (ORDER BY 1)", "1", "functions/rank"},
    Function{"RATIO_TO_REPORT", "value", Rewrite{RatioToReport}, "RATIO_TO_REPORT(7) OVER ()", "1.000000", "functions/ratio_to_report"},
    Function{"ROW_NUMBER", "", Same{"."}, "ROW_NUMBER() OVER (ORDER BY 1)", "1", "functions/row_number"},
};
// clang-format on

}  // namespace

std::span<const Function> WindowFunctions() { return kWindow; }

}  // namespace firn::functions

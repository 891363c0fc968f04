#include "functions/tree.h"

namespace firn::functions {

using namespace sql;  // NOLINT: this file only builds its nodes

Call DuckCall(std::string name, std::vector<ExprPtr> args) {
  Call call;
  call.name.parts.push_back({std::move(name), true, {}});
  for (auto& arg : args) call.args.push_back({{}, std::move(arg)});
  return call;
}

ExprPtr TextLiteral(std::string text) { return MakeExpr(Literal{Literal::Kind::kString, std::move(text)}); }

ExprPtr NumberLiteral(int64_t value) {
  ExprPtr magnitude = MakeExpr(Literal{Literal::Kind::kNumber, std::to_string(value < 0 ? -value : value)});
  return value < 0 ? MakeExpr(Unary{UnaryOp::kMinus, std::move(magnitude)}) : std::move(magnitude);
}

ExprPtr NullLiteral() { return MakeExpr(Literal{Literal::Kind::kNull, {}}); }

ExprPtr DuckText(std::string text, std::vector<ExprPtr> args) {
  return MakeExpr(DuckExpr{std::move(text), std::move(args)});
}

void MoveModifiers(Call& from, Call& to) {
  to.distinct = from.distinct;
  to.within_group = std::move(from.within_group);
  to.filter = std::move(from.filter);
  to.ignore_nulls = from.ignore_nulls;
  to.over = std::move(from.over);
}

namespace {

ExprPtr CloneOrNull(const ExprPtr& expr) { return expr ? Clone(*expr) : nullptr; }

}  // namespace

std::optional<Window> CloneWindow(const std::optional<Window>& window) {
  if (!window) return std::nullopt;
  Window out;
  for (const auto& expr : window->partition_by) out.partition_by.push_back(Clone(*expr));
  for (const auto& item : window->order_by) {
    out.order_by.push_back({Clone(*item.expr), item.descending, item.nulls_first});
  }
  if (window->frame) {
    const WindowFrame& frame = *window->frame;
    out.frame = WindowFrame{frame.unit,
                            {frame.start.kind, CloneOrNull(frame.start.offset)},
                            {frame.end.kind, CloneOrNull(frame.end.offset)}};
  }
  return out;
}

std::optional<std::string> WordOf(const Expr& expr) {
  if (const auto* literal = expr.As<Literal>()) {
    if (literal->kind == Literal::Kind::kString) return literal->text;
  }
  if (const auto* column = expr.As<ColumnRef>()) {
    if (column->parts.size() == 1) return column->parts[0].text;
  }
  return std::nullopt;
}

}  // namespace firn::functions

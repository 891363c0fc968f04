// Walks the children of a node of the syntax tree, so that a pass over the tree names only the kinds it cares about.
// `on_expr` is Status(sql::ExprPtr&), `on_query` is Status(sql::Query&); the first error ends the walk.
#pragma once

#include "base/result.h"
#include "sql/query.h"

namespace firn::planner {

namespace visit_internal {

template <class OnExpr>
Status Optional(sql::ExprPtr& expr, OnExpr& on_expr) {
  return expr ? on_expr(expr) : Ok();
}

template <class OnExpr>
Status List(std::vector<sql::ExprPtr>& list, OnExpr& on_expr) {
  for (sql::ExprPtr& expr : list) FIRN_TRY(on_expr(expr));
  return Ok();
}

template <class OnExpr>
Status Order(std::vector<sql::OrderItem>& list, OnExpr& on_expr) {
  for (sql::OrderItem& item : list) FIRN_TRY(on_expr(item.expr));
  return Ok();
}

template <class OnExpr>
Status OfWindow(sql::Window& window, OnExpr& on_expr) {
  FIRN_TRY(List(window.partition_by, on_expr));
  FIRN_TRY(Order(window.order_by, on_expr));
  if (window.frame) {
    FIRN_TRY(Optional(window.frame->start.offset, on_expr));
    FIRN_TRY(Optional(window.frame->end.offset, on_expr));
  }
  return Ok();
}

/// One overload a kind of node that has children.
template <class OnExpr, class OnQuery>
struct Children {
  OnExpr& on_expr;
  OnQuery& on_query;

  template <class T>
  Status operator()(T&) {
    return Ok();
  }
  Status operator()(sql::Star& star) {
    for (auto& [value, name] : star.replace) FIRN_TRY(on_expr(value));
    return Ok();
  }
  Status operator()(sql::Unary& node) { return on_expr(node.arg); }
  Status operator()(sql::Binary& node) {
    FIRN_TRY(on_expr(node.left));
    return on_expr(node.right);
  }
  Status operator()(sql::IsTest& node) { return on_expr(node.arg); }
  Status operator()(sql::Between& node) {
    FIRN_TRY(on_expr(node.arg));
    FIRN_TRY(on_expr(node.low));
    return on_expr(node.high);
  }
  Status operator()(sql::InList& node) {
    FIRN_TRY(on_expr(node.arg));
    return List(node.items, on_expr);
  }
  Status operator()(sql::InQuery& node) {
    FIRN_TRY(on_expr(node.arg));
    return on_query(*node.query);
  }
  Status operator()(sql::Exists& node) { return on_query(*node.query); }
  Status operator()(sql::ScalarQuery& node) { return on_query(*node.query); }
  Status operator()(sql::QuantifiedCompare& node) {
    FIRN_TRY(on_expr(node.arg));
    return on_query(*node.query);
  }
  Status operator()(sql::Like& node) {
    FIRN_TRY(on_expr(node.arg));
    FIRN_TRY(List(node.patterns, on_expr));
    return Optional(node.escape, on_expr);
  }
  Status operator()(sql::Case& node) {
    FIRN_TRY(Optional(node.operand, on_expr));
    for (auto& [when, then] : node.whens) {
      FIRN_TRY(on_expr(when));
      FIRN_TRY(on_expr(then));
    }
    return Optional(node.otherwise, on_expr);
  }
  Status operator()(sql::Cast& node) { return on_expr(node.arg); }
  Status operator()(sql::Call& node) {
    for (sql::Argument& arg : node.args) FIRN_TRY(on_expr(arg.value));
    FIRN_TRY(Order(node.within_group, on_expr));
    FIRN_TRY(Optional(node.filter, on_expr));
    return node.over ? OfWindow(*node.over, on_expr) : Ok();
  }
  Status operator()(sql::Path& node) {
    FIRN_TRY(on_expr(node.base));
    for (auto& step : node.steps) {
      if (auto* index = std::get_if<sql::ExprPtr>(&step)) FIRN_TRY(on_expr(*index));
    }
    return Ok();
  }
  Status operator()(sql::ArrayLiteral& node) { return List(node.items, on_expr); }
  Status operator()(sql::ObjectLiteral& node) {
    for (auto& [key, value] : node.pairs) {
      FIRN_TRY(on_expr(key));
      FIRN_TRY(on_expr(value));
    }
    return Ok();
  }
  Status operator()(sql::Tuple& node) { return List(node.items, on_expr); }
  Status operator()(sql::Collate& node) { return on_expr(node.arg); }
  Status operator()(sql::DuckExpr& node) { return List(node.args, on_expr); }
};

}  // namespace visit_internal

template <class OnExpr, class OnQuery>
Status ForEachChild(sql::Expr& expr, OnExpr&& on_expr, OnQuery&& on_query) {
  visit_internal::Children<OnExpr, OnQuery> children{on_expr, on_query};
  return std::visit(children, expr.node);
}

/// The expressions of a window definition.
template <class OnExpr>
Status ForEachChild(sql::Window& window, OnExpr&& on_expr) {
  return visit_internal::OfWindow(window, on_expr);
}

}  // namespace firn::planner

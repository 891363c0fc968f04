#include "functions_fixture.h"

#include "../../../src/planner/visit.h"

namespace firn::functions {

Status FunctionsTest::RewriteAll(sql::ExprPtr* expr) {
  FIRN_TRY(planner::ForEachChild(
      **expr, [&](sql::ExprPtr& child) { return RewriteAll(&child); },
      [&](sql::Query& query) { return RewriteQuery(query); }));
  auto* call = (*expr)->As<sql::Call>();
  if (call == nullptr) return Ok();
  Position at = (*expr)->at;
  FIRN_ASSIGN(*expr, RewriteCall(std::move(*call), at, session));
  return Ok();
}

Status FunctionsTest::RewriteRelation(sql::RelationPtr& relation) {
  if (auto* query = relation->As<sql::QueryRelation>()) return RewriteQuery(*query->query);
  if (auto* join = relation->As<sql::JoinRelation>()) {
    FIRN_TRY(RewriteRelation(join->left));
    FIRN_TRY(RewriteRelation(join->right));
    return join->on ? RewriteAll(&join->on) : Ok();
  }
  if (auto* values = relation->As<sql::ValuesRelation>()) {
    for (auto& row : values->rows) {
      for (auto& cell : row) FIRN_TRY(RewriteAll(&cell));
    }
  }
  auto* function = relation->As<sql::FunctionRelation>();
  if (function == nullptr) return Ok();
  auto* call = function->call->As<sql::Call>();
  for (auto& arg : call->args) FIRN_TRY(RewriteAll(&arg.value));
  sql::TableAlias alias = std::move(relation->alias);
  FIRN_ASSIGN(relation, RewriteTableFunction(std::move(*call), relation->at, session));
  relation->alias = std::move(alias);
  return Ok();
}

Status FunctionsTest::RewriteQuery(sql::Query& query) {
  if (auto* set = std::get_if<sql::SetOperation>(&query.body)) {
    FIRN_TRY(RewriteQuery(*set->left));
    FIRN_TRY(RewriteQuery(*set->right));
  }
  if (auto* select = query.AsSelect()) {
    if (select->from) FIRN_TRY(RewriteRelation(select->from));
    for (auto& item : select->items) FIRN_TRY(RewriteAll(&item.expr));
    for (auto* expr : {&select->where, &select->having, &select->qualify}) {
      if (*expr) FIRN_TRY(RewriteAll(expr));
    }
    if (select->group_by) {
      for (auto& set : select->group_by->sets) {
        for (auto& expr : set) FIRN_TRY(RewriteAll(&expr));
      }
    }
  }
  for (auto& item : query.order_by) FIRN_TRY(RewriteAll(&item.expr));
  return Ok();
}

}  // namespace firn::functions

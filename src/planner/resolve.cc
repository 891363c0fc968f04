#include "planner/resolve.h"

#include <algorithm>

#include "base/errors.h"
#include "functions/rewrite.h"
#include "planner/catalog_functions.h"
#include "planner/changes.h"
#include "planner/history.h"
#include "planner/information_schema.h"
#include "planner/result_scan.h"
#include "planner/stage_scan.h"
#include "planner/value.h"
#include "planner/visit.h"
#include "sql/parser.h"
#include "sql/printer.h"

namespace firn::planner {

namespace {

/// Names that stand for something inside one query: CTEs, and the columns of relations for $1.
struct Scope {
  const Scope* outer = nullptr;
  std::set<std::string> common_tables;
  struct Known {
    std::string alias;
    std::vector<std::string> columns;
  };
  std::vector<Known> relations;

  bool HasCommonTable(const std::string& name) const {
    for (const Scope* scope = this; scope; scope = scope->outer) {
      if (scope->common_tables.contains(name)) return true;
    }
    return false;
  }
};

class Resolver {
 public:
  Resolver(StatementContext& context, int depth) : context_(context), depth_(depth) {}

  Status Query(sql::Query& query, const Scope* outer);
  Status Expr(sql::ExprPtr& expr, Scope& scope);
  Status Relation(sql::RelationPtr& relation, Scope& scope);

 private:
  Status Select(sql::Select& select, Scope& scope);
  Status Named(sql::RelationPtr& relation, Scope& scope);
  Status Changes(sql::RelationPtr& relation, const ChangeRange& range, Scope& scope);
  Status Stream(sql::RelationPtr& relation, const catalog::Object& stream, Scope& scope);
  Status View(sql::RelationPtr& relation, const FullName& name, const catalog::ViewInfo& view);
  Status Column(sql::ExprPtr& expr, Scope& scope);
  Status ByPosition(sql::ExprPtr& expr, Scope& scope);
  Status Function(sql::RelationPtr& relation, Scope& scope);
  Status Join(sql::JoinRelation& join, Scope& scope);
  Status Pivot(sql::PivotRelation& pivot, Scope& scope);
  Status Rows(std::vector<std::vector<sql::ExprPtr>>& rows, Scope& scope);
  Status Each(std::vector<sql::ExprPtr>& list, Scope& scope);
  Status Optional(sql::ExprPtr& expr, Scope& scope) { return expr ? Expr(expr, scope) : Ok(); }
  void Know(const sql::Relation& relation, std::vector<std::string> columns, Scope& scope);

  StatementContext& context_;
  int depth_;  ///< of views
};

Status Resolver::Each(std::vector<sql::ExprPtr>& list, Scope& scope) {
  for (sql::ExprPtr& expr : list) FIRN_TRY(Expr(expr, scope));
  return Ok();
}

Status Resolver::Rows(std::vector<std::vector<sql::ExprPtr>>& rows, Scope& scope) {
  for (auto& row : rows) FIRN_TRY(Each(row, scope));
  return Ok();
}

Status Resolver::Query(sql::Query& query, const Scope* outer) {
  Scope scope{.outer = outer};
  for (sql::CommonTable& table : query.with) {
    if (query.recursive) scope.common_tables.insert(table.name.text);
    FIRN_TRY(Query(*table.query, &scope));
    scope.common_tables.insert(table.name.text);
  }
  if (auto* select = std::get_if<sql::Select>(&query.body)) {
    FIRN_TRY(Select(*select, scope));
  } else if (auto* set = std::get_if<sql::SetOperation>(&query.body)) {
    FIRN_TRY(Query(*set->left, &scope));
    FIRN_TRY(Query(*set->right, &scope));
  } else {
    FIRN_TRY(Rows(std::get<sql::Values>(query.body).rows, scope));
  }
  for (sql::OrderItem& item : query.order_by) FIRN_TRY(Expr(item.expr, scope));
  FIRN_TRY(Optional(query.limit, scope));
  return Optional(query.offset, scope);
}

Status Resolver::Select(sql::Select& select, Scope& scope) {
  if (select.from) FIRN_TRY(Relation(select.from, scope));
  for (sql::SelectItem& item : select.items) FIRN_TRY(Expr(item.expr, scope));
  FIRN_TRY(Optional(select.top, scope));
  FIRN_TRY(Optional(select.where, scope));
  if (select.group_by) FIRN_TRY(Rows(select.group_by->sets, scope));
  FIRN_TRY(Optional(select.having, scope));
  FIRN_TRY(Optional(select.qualify, scope));
  if (select.connect_by) {
    FIRN_TRY(Optional(select.connect_by->start_with, scope));
    FIRN_TRY(Optional(select.connect_by->condition, scope));
  }
  for (auto& [name, window] : select.windows) {
    FIRN_TRY(ForEachChild(window, [&](sql::ExprPtr& child) { return Expr(child, scope); }));
  }
  return Ok();
}

Status Resolver::Expr(sql::ExprPtr& expr, Scope& scope) {
  if (expr->As<sql::ColumnRef>()) return Column(expr, scope);
  if (expr->As<sql::PositionRef>()) return ByPosition(expr, scope);
  if (auto* variable = expr->As<sql::VariableRef>()) {
    FIRN_ASSIGN(expr, VariableValue(context_, variable->name, expr->at));
    return Ok();
  }
  if (auto* bind = expr->As<sql::BindRef>()) {
    FIRN_ASSIGN(expr, BindValue(context_, *bind, expr->at));
    return Ok();
  }
  FIRN_TRY(ForEachChild(
      *expr, [&](sql::ExprPtr& child) { return Expr(child, scope); },
      [&](sql::Query& query) { return Query(query, &scope); }));
  if (auto* call = expr->As<sql::Call>()) {
    FIRN_TRY(SettleName(context_, &call->name));
    FIRN_ASSIGN(bool answered, CatalogFunction(context_, *call, &expr));
    if (answered) return Ok();
    Position at = expr->at;
    FIRN_ASSIGN(expr, functions::RewriteCall(std::move(*call), at, context_.facts));
  } else if (auto* star = expr->As<sql::Star>()) {
    if (star->qualifier.size() > 1) star->qualifier.erase(star->qualifier.begin(), star->qualifier.end() - 1);
  }
  return Ok();
}

/// db.schema.t.c is t.c: relations print under their alias or last name.
Status Resolver::Column(sql::ExprPtr& expr, Scope&) {
  auto& parts = expr->As<sql::ColumnRef>()->parts;
  if (parts.size() >= 2 && !parts.back().quoted && parts.back().text == "NEXTVAL") {
    sql::ObjectName name{.parts = {parts.begin(), parts.end() - 1}, .dynamic = nullptr, .at = expr->at};
    FIRN_ASSIGN(bool found, NextValue(context_, name, &expr));
    if (found) return Ok();
  }
  if (parts.size() > 2) parts.erase(parts.begin(), parts.end() - 2);
  return Ok();
}

Status Resolver::ByPosition(sql::ExprPtr& expr, Scope& scope) {
  auto* position = expr->As<sql::PositionRef>();
  std::string alias = position->qualifier.empty() ? "" : position->qualifier.back().text;
  for (const Scope::Known& known : scope.relations) {
    if (!alias.empty() && known.alias != alias) continue;
    auto n = static_cast<size_t>(position->number);
    if (n < 1 || n > known.columns.size()) break;
    std::vector<sql::Ident> parts;
    if (!known.alias.empty()) parts.push_back({known.alias, true, {}});
    parts.push_back({known.columns[n - 1], true, {}});
    expr = sql::MakeExpr(sql::ColumnRef{std::move(parts)}, expr->at);
    return Ok();
  }
  return Error(errors::kInvalidIdentifier, {"$" + std::to_string(position->number)}, expr->at);
}

void Resolver::Know(const sql::Relation& relation, std::vector<std::string> columns, Scope& scope) {
  for (size_t i = 0; i < relation.alias.columns.size() && i < columns.size(); ++i) {
    columns[i] = relation.alias.columns[i].text;
  }
  scope.relations.push_back({relation.alias.name ? relation.alias.name->text : "", std::move(columns)});
}

Status Resolver::Relation(sql::RelationPtr& relation, Scope& scope) {
  if (relation->As<sql::NamedRelation>()) return Named(relation, scope);
  if (auto* query = relation->As<sql::QueryRelation>()) {
    FIRN_TRY(Query(*query->query, &scope));
    std::vector<std::string> columns;
    if (const sql::Select* select = query->query->AsSelect()) {
      for (const sql::SelectItem& item : select->items) {
        if (item.expr->As<sql::Star>()) return Ok();
        columns.push_back(item.alias ? item.alias->text : item.default_name);
      }
    }
    Know(*relation, std::move(columns), scope);
    return Ok();
  }
  if (relation->As<sql::FunctionRelation>()) return Function(relation, scope);
  if (auto* values = relation->As<sql::ValuesRelation>()) {
    FIRN_TRY(Rows(values->rows, scope));
    std::vector<std::string> columns;
    for (size_t i = 0; !values->rows.empty() && i < values->rows[0].size(); ++i) {
      columns.push_back("COLUMN" + std::to_string(i + 1));
    }
    Know(*relation, std::move(columns), scope);
    return Ok();
  }
  if (relation->As<sql::StageRelation>()) {
    std::vector<std::string> columns;
    FIRN_TRY(PlanStageRelation(context_, relation, &columns));
    Know(*relation, std::move(columns), scope);
    return Ok();
  }
  if (auto* join = relation->As<sql::JoinRelation>()) return Join(*join, scope);
  if (auto* pivot = relation->As<sql::PivotRelation>()) return Pivot(*pivot, scope);
  if (auto* unpivot = relation->As<sql::UnpivotRelation>()) return Relation(unpivot->source, scope);
  return Ok();
}

Status Resolver::Join(sql::JoinRelation& join, Scope& scope) {
  FIRN_TRY(Relation(join.left, scope));
  FIRN_TRY(Relation(join.right, scope));
  FIRN_TRY(Optional(join.on, scope));
  return Optional(join.match_condition, scope);
}

Status Resolver::Pivot(sql::PivotRelation& pivot, Scope& scope) {
  FIRN_TRY(Relation(pivot.source, scope));
  FIRN_TRY(Expr(pivot.aggregate, scope));
  for (auto& [value, alias] : pivot.values) FIRN_TRY(Expr(value, scope));
  if (pivot.query) FIRN_TRY(Query(*pivot.query, &scope));
  return Optional(pivot.default_value, scope);
}

Status Resolver::Function(sql::RelationPtr& relation, Scope& scope) {
  auto& function = *relation->As<sql::FunctionRelation>();
  auto* call = function.call->As<sql::Call>();
  if (!call) return Error(errors::kUnsupported, {"TABLE() of an expression"}, relation->at);
  for (sql::Argument& arg : call->args) FIRN_TRY(Expr(arg.value, scope));
  if (call->name.parts.size() == 1 && call->name.parts[0].text == "RESULT_SCAN") {
    return PlanResultScan(context_, *call, relation);
  }
  FIRN_ASSIGN(bool history, PlanHistory(context_, *call, relation));
  if (history) return Ok();
  sql::TableAlias alias = std::move(relation->alias);
  FIRN_ASSIGN(sql::RelationPtr made, functions::RewriteTableFunction(std::move(*call), relation->at, context_.facts));
  made->alias = std::move(alias);
  relation = std::move(made);
  return Ok();
}

Status Resolver::Named(sql::RelationPtr& relation, Scope& scope) {
  auto& named = *relation->As<sql::NamedRelation>();
  FIRN_TRY(SettleName(context_, &named.name));
  const auto& parts = named.name.parts;
  if (parts.size() == 1 && scope.HasCommonTable(parts[0].text)) {
    sql::Ident name = parts[0];
    relation->node = sql::DuckRelation{.text = sql::QuoteIdent(name.text), .args = {}, .lateral = false};
    if (!relation->alias.name) relation->alias.name = std::move(name);
    return Ok();
  }
  if (!relation->alias.name) relation->alias.name = parts.back();
  if (parts.size() >= 2 && parts[parts.size() - 2].text == "INFORMATION_SCHEMA") {
    return PlanInformationSchema(context_, relation);
  }
  FIRN_ASSIGN(FullName name, Qualify(context_, named.name, "SELECT"));
  FIRN_ASSIGN(FoundRelation found, FindRelation(context_, name, named.name.at));
  if (found.view) return View(relation, found.name, *found.view);
  if (found.stream) return Stream(relation, *found.object, scope);
  FIRN_ASSIGN(FoundTable table, Travel(context_, std::move(*found.table), named.travel));
  std::vector<std::string> columns;
  for (const catalog::ColumnInfo& column : table.info().columns) columns.push_back(column.name);
  if (!table.temporary) context_.tables_read[table.object->id] = table.version->snapshot_id;
  int number = context_.AddTable(table);
  std::optional<sql::Sample> sample = named.sample;
  std::string text = "lake_scan(" + std::to_string(number) + ")";
  if (sample) {
    sql::Query query;
    sql::Select select;
    select.items.push_back({sql::MakeExpr(sql::Star{}), std::nullopt, ""});
    select.from = sql::MakeRelation(sql::DuckRelation{.text = text, .args = {}, .lateral = false});
    query.body = std::move(select);
    relation->node = sql::QueryRelation{std::make_unique<sql::Query>(std::move(query)), false, sample};
  } else {
    relation->node = sql::DuckRelation{.text = text, .args = {}, .lateral = false};
  }
  Know(*relation, std::move(columns), scope);
  return Ok();
}

Status Resolver::Changes(sql::RelationPtr& relation, const ChangeRange& range, Scope& scope) {
  FIRN_ASSIGN(std::string text, ChangesSql(context_, range));
  relation->node = sql::DuckRelation{.text = "(" + text + ")", .args = {}, .lateral = false};
  Know(*relation, ChangeColumns(range.table), scope);
  return Ok();
}

Status Resolver::Stream(sql::RelationPtr& relation, const catalog::Object& stream, Scope& scope) {
  FIRN_ASSIGN(ChangeRange range, StreamRange(context_, stream));
  if (range.to->snapshot_id) {
    std::optional<int64_t> from = range.from ? range.from->snapshot_id : std::nullopt;
    context_.stream_moves.push_back(
        {stream.id, std::string(catalog::kSnapshotOffset), from, range.to->snapshot_id});
  }
  return Changes(relation, range, scope);
}

/// The view's query in the view's own place; only the columns that it had when it was made.
Status Resolver::View(sql::RelationPtr& relation, const FullName& name, const catalog::ViewInfo& view) {
  if (depth_ >= kViewDepthMax) {
    return Error(errors::kLimit, {"the depth of views at " + name.Text(), std::to_string(kViewDepthMax), "views"},
                 relation->at);
  }
  FIRN_ASSIGN(sql::QueryPtr inner, sql::ParseQuery(view.query));
  NamePlace outer_place = std::exchange(context_.place, NamePlace{view.database, view.schema});
  Resolver resolver(context_, depth_ + 1);
  Status resolved = resolver.Query(*inner, nullptr);
  context_.place = std::move(outer_place);
  FIRN_TRY(std::move(resolved));

  sql::Select select;
  sql::TableAlias alias{.name = sql::Ident{"V", true, {}}, .columns = {}};
  for (const auto& column : view.columns) {
    alias.columns.push_back({column.name, true, {}});
    select.items.push_back({sql::MakeExpr(sql::ColumnRef{{{column.name, true, {}}}}), std::nullopt, column.name});
  }
  select.from = sql::MakeRelation(sql::QueryRelation{std::move(inner), false, std::nullopt}, std::move(alias));
  auto query = std::make_unique<sql::Query>();
  query->body = std::move(select);
  relation->node = sql::QueryRelation{std::move(query), false, std::nullopt};
  return Ok();
}

}  // namespace

Status ResolveQuery(StatementContext& context, sql::Query& query) {
  return Resolver(context, 0).Query(query, nullptr);
}

Status ResolveExpr(StatementContext& context, sql::ExprPtr& expr) {
  Scope scope;
  return Resolver(context, 0).Expr(expr, scope);
}

Status ResolveStageColumns(StatementContext& context, sql::ExprPtr& expr, const std::string& alias) {
  Scope scope;
  Scope::Known known{alias, {}};
  for (size_t i = 0; i < kTransformColumnsMax; ++i) known.columns.push_back("c" + std::to_string(i));
  scope.relations.push_back(std::move(known));
  return Resolver(context, 0).Expr(expr, scope);
}

Status ResolveRelation(StatementContext& context, sql::RelationPtr& relation) {
  Scope scope;
  return Resolver(context, 0).Relation(relation, scope);
}

Result<engine::Statement> PlanQuery(StatementContext& context, sql::Query& query) {
  FIRN_TRY(ResolveQuery(context, query));
  return context.Statement(sql::Print(query));
}

}  // namespace firn::planner

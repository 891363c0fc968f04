#include "planner/resolve.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "base/errors.h"
#include "functions/rewrite.h"
#include "planner/catalog_functions.h"
#include "planner/changes.h"
#include "planner/error_table.h"
#include "planner/get_lineage.h"
#include "planner/hierarchy.h"
#include "planner/history.h"
#include "planner/information_schema.h"
#include "planner/merged_names.h"
#include "planner/outer_marks.h"
#include "planner/query_shape.h"
#include "planner/resolver.h"
#include "planner/result_scan.h"
#include "planner/stage_scan.h"
#include "planner/user_function.h"
#include "planner/value.h"
#include "planner/visit.h"
#include "sql/changes_call.h"
#include "sql/parser.h"
#include "sql/pivot_column.h"
#include "sql/printer.h"

namespace firn::planner {

namespace {

bool IsCallOf(const sql::Expr& expr, std::string_view name) {
  const auto* call = expr.As<sql::Call>();
  return call && call->args.size() == 1 && call->name.parts.size() == 1 && call->name.parts[0].text == name;
}

}  // namespace

Status Resolver::Each(std::vector<sql::ExprPtr>& list, Scope& scope) {
  for (sql::ExprPtr& expr : list) FIRN_TRY(Expr(expr, scope));
  return Ok();
}

Status Resolver::Rows(std::vector<std::vector<sql::ExprPtr>>& rows, Scope& scope) {
  for (auto& row : rows) FIRN_TRY(Each(row, scope));
  return Ok();
}

namespace {

/// Copies of the common tables that can be named, already resolved, for a query of the planner's own over a part of
/// this one.
void CopyCommonTables(const Scope* scope, sql::Query* query) {
  if (!scope) return;
  CopyCommonTables(scope->outer, query);
  for (size_t i = 0; scope->query && i < scope->tables_done; ++i) {
    const sql::CommonTable& table = scope->query->with[i];
    std::erase_if(query->with, [&](const sql::CommonTable& other) { return other.name.text == table.name.text; });
    query->with.push_back({table.name, table.columns, sql::Clone(*table.query)});
    query->recursive = query->recursive || scope->query->recursive;
  }
}

}  // namespace

Status Resolver::Query(sql::Query& query, const Scope* outer) {
  FIRN_TRY(RewriteHierarchy(query));
  Scope scope{.outer = outer, .query = &query};
  for (sql::CommonTable& table : query.with) {
    if (IsRecursive(table)) {
      query.recursive = true;
      scope.common_tables[table.name.text] = NamesOf(table);
    }
    FIRN_TRY(Query(*table.query, &scope));
    scope.common_tables[table.name.text] = NamesOf(table);
    ++scope.tables_done;
  }
  if (auto* select = std::get_if<sql::Select>(&query.body)) {
    FIRN_TRY(Select(*select, scope));
  } else if (auto* set = std::get_if<sql::SetOperation>(&query.body)) {
    FIRN_TRY(Query(*set->left, &scope));
    FIRN_TRY(Query(*set->right, &scope));
    FIRN_TRY(CheckWidths(*set));
  } else {
    FIRN_TRY(Rows(std::get<sql::Values>(query.body).rows, scope));
  }
  FIRN_TRY(CheckDistinctOrder(query));
  scope.ordering = true;
  for (sql::OrderItem& item : query.order_by) FIRN_TRY(Expr(item.expr, scope));
  FIRN_TRY(Optional(query.limit, scope));
  return Optional(query.offset, scope);
}

Status Resolver::Select(sql::Select& select, Scope& scope) {
  FIRN_TRY(RewriteOuterMarks(select));
  scope.select = &select;
  if (select.from) FIRN_TRY(Relation(select.from, scope));
  FIRN_TRY(ExpandStars(select, scope));
  for (sql::SelectItem& item : select.items) {
    bool by_name = IsCallOf(*item.expr, "IDENTIFIER") || IsCallOf(*item.expr, "CONNECT_BY_ROOT");
    FIRN_TRY(Expr(item.expr, scope));
    auto* column = by_name ? item.expr->As<sql::ColumnRef>() : nullptr;
    if (column) item.default_name = column->parts.back().text;
  }
  FIRN_TRY(Optional(select.top, scope));
  FIRN_TRY(Optional(select.where, scope));
  if (select.group_by) FIRN_TRY(Rows(select.group_by->sets, scope));
  FIRN_TRY(Optional(select.having, scope));
  FIRN_TRY(Optional(select.qualify, scope));
  for (auto& [name, window] : select.windows) {
    FIRN_TRY(ForEachChild(window, [&](sql::ExprPtr& child) { return Expr(child, scope); }));
  }
  return Ok();
}

/// IDENTIFIER('c') as a column; CONNECT_BY_ROOT outside of a hierarchy is its operand.
Result<bool> Resolver::ByOperand(sql::ExprPtr& expr, Scope& scope) {
  if (IsCallOf(*expr, "CONNECT_BY_ROOT")) {
    sql::ExprPtr arg = std::move(expr->As<sql::Call>()->args[0].value);
    expr = std::move(arg);
    FIRN_TRY(Expr(expr, scope));
    return true;
  }
  if (!IsCallOf(*expr, "IDENTIFIER")) return false;
  FIRN_ASSIGN(session::Cell text, context_.Evaluate(*expr->As<sql::Call>()->args[0].value, SqlType::Varchar()));
  if (!text) return Error(errors::kInvalidExpression, {"IDENTIFIER of NULL"}, expr->at);
  FIRN_ASSIGN(sql::ObjectName name, sql::ParseObjectName(*text));
  expr = sql::MakeExpr(sql::ColumnRef{std::move(name.parts)}, expr->at);
  FIRN_TRY(Column(expr, scope));
  return true;
}

/// What a star means here, by asking the engine for the columns of FROM.
Result<std::vector<std::string>> Resolver::StarColumns(sql::Star& star, Position at, Scope& scope) {
  if (!scope.select || !scope.select->from) return Error(errors::kInvalidExpression, {"* without FROM"}, at);
  if (!star.replace.empty() || !star.rename.empty()) {
    return Error(errors::kUnsupported, {"* REPLACE or RENAME inside of an expression"}, at);
  }
  if (star.qualifier.size() > 1) star.qualifier.erase(star.qualifier.begin(), star.qualifier.end() - 1);
  sql::Query query;
  CopyCommonTables(&scope, &query);
  sql::Select select;
  select.items.push_back({sql::MakeExpr(sql::Star{star.qualifier, star.ilike, star.exclude, {}, {}}, at), {}, ""});
  select.from = sql::Clone(*scope.select->from);
  query.body = std::move(select);
  FIRN_ASSIGN(auto columns, context_.session.node().engine->Describe(context_.Statement(sql::Print(query))));
  std::vector<std::string> names;
  for (const engine::ResultColumn& column : columns) names.push_back(column.name);
  return names;
}

/// * ILIKE … REPLACE … RENAME …, which DuckDB has not together, as a list of columns.
Status Resolver::ExpandStars(sql::Select& select, Scope& scope) {
  std::vector<sql::SelectItem> items;
  for (sql::SelectItem& item : select.items) {
    auto* star = item.expr->As<sql::Star>();
    if (!star || !star->ilike || (star->replace.empty() && star->rename.empty())) {
      items.push_back(std::move(item));
      continue;
    }
    auto replace = std::exchange(star->replace, {});
    auto rename = std::exchange(star->rename, {});
    FIRN_ASSIGN(auto names, StarColumns(*star, item.expr->at, scope));
    for (const std::string& name : names) {
      sql::SelectItem column{
          planner::Column(star->qualifier.empty() ? "" : star->qualifier.back().text, name), {}, name};
      for (auto& [value, replaced] : replace) {
        if (replaced.text == name) column.expr = std::move(value);
      }
      for (auto& [from, to] : rename) {
        if (from.text == name) column.alias = to;
      }
      items.push_back(std::move(column));
    }
  }
  select.items = std::move(items);
  return Ok();
}

Status Resolver::StarPairs(sql::ObjectLiteral& object, Scope& scope) {
  FIRN_ASSIGN(auto names, StarColumns(*object.star, {}, scope));
  std::string qualifier = object.star->qualifier.empty() ? "" : object.star->qualifier.back().text;
  object.star.reset();
  std::vector<std::pair<sql::ExprPtr, sql::ExprPtr>> pairs;
  for (const std::string& name : names) pairs.emplace_back(TextLiteral(name), planner::Column(qualifier, name));
  std::move(object.pairs.begin(), object.pairs.end(), std::back_inserter(pairs));
  object.pairs = std::move(pairs);
  return Ok();
}

/// f(*): its columns; OBJECT_CONSTRUCT(*): names and columns.
Status Resolver::StarArguments(sql::Call& call, Scope& scope) {
  std::string name = call.name.parts.empty() ? "" : call.name.parts.back().text;
  if (call.star && name == "COUNT") return Ok();
  if (std::exchange(call.star, false)) call.args.push_back({"", sql::MakeExpr(sql::Star{})});
  bool pairs = name.starts_with("OBJECT_CONSTRUCT");
  std::vector<sql::Argument> args;
  for (sql::Argument& arg : call.args) {
    auto* star = arg.value->As<sql::Star>();
    if (!star) {
      args.push_back(std::move(arg));
      continue;
    }
    FIRN_ASSIGN(auto names, StarColumns(*star, arg.value->at, scope));
    std::string qualifier = star->qualifier.empty() ? "" : star->qualifier.back().text;
    for (const std::string& name : names) {
      if (pairs) args.push_back({"", TextLiteral(name)});
      args.push_back({"", planner::Column(qualifier, name)});
    }
  }
  call.args = std::move(args);
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
  FIRN_ASSIGN(bool replaced, ByOperand(expr, scope));
  if (replaced) return Ok();
  if (auto* unary = expr->As<sql::Unary>()) {
    if (unary->op == sql::UnaryOp::kPrior) return Error(errors::kInvalidIdentifier, {"PRIOR"}, expr->at);
    if (unary->op == sql::UnaryOp::kOuterMark) return Error(errors::kUnsupported, {"(+) outside of WHERE"}, expr->at);
  }
  if (auto* object = expr->As<sql::ObjectLiteral>(); object && object->star) FIRN_TRY(StarPairs(*object, scope));
  if (auto* call = expr->As<sql::Call>()) FIRN_TRY(StarArguments(*call, scope));
  FIRN_TRY(ForEachChild(
      *expr, [&](sql::ExprPtr& child) { return Expr(child, scope); },
      [&](sql::Query& query) { return Query(query, &scope); }));
  if (auto* call = expr->As<sql::Call>()) {
    FIRN_TRY(SettleName(context_, &call->name));
    FIRN_ASSIGN(bool answered, CatalogFunction(context_, *call, &expr));
    if (answered) return Ok();
    if (auto function = FindUserFunction(context_, call->name)) return UserScalar(expr, *function);
    Position at = expr->at;
    if (!call->name.parts.empty() && functions::IsVolatile(call->name.parts.back().text)) context_.repeatable = false;
    FIRN_ASSIGN(expr, functions::RewriteCall(std::move(*call), at, context_.facts));
  } else if (auto* star = expr->As<sql::Star>()) {
    if (star->qualifier.size() > 1) star->qualifier.erase(star->qualifier.begin(), star->qualifier.end() - 1);
  }
  return Ok();
}

/// db.schema.t.c is t.c: relations print under their alias or last name.
Status Resolver::Column(sql::ExprPtr& expr, Scope& scope) {
  auto& parts = expr->As<sql::ColumnRef>()->parts;
  if (arguments_ && TakeArgument(expr, scope)) return Ok();
  if (depth_ == 0) context_.columns.Add(parts, expr->at, scope.relations);
  if (parts.size() >= 2 && !parts.back().quoted && parts.back().text == "NEXTVAL") {
    sql::ObjectName name{.parts = {parts.begin(), parts.end() - 1}, .dynamic = nullptr, .at = expr->at};
    Position at = expr->at;
    FIRN_ASSIGN(bool found, NextValue(context_, name, &expr));
    if (found) return RefuseInReadOnly(context_, "NEXTVAL", at);
  }
  if (parts.size() > 2) parts.erase(parts.begin(), parts.end() - 2);
  if (parts.size() == 1 && !scope.ordering) TakeLeft(parts, *scope.relations);
  return Ok();
}

Status Resolver::ByPosition(sql::ExprPtr& expr, Scope& scope) {
  auto* position = expr->As<sql::PositionRef>();
  std::string alias = position->qualifier.empty() ? "" : position->qualifier.back().text;
  for (const KnownRelation& known : *scope.relations) {
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
  scope.relations->push_back({relation.alias.name ? relation.alias.name->text : "", std::move(columns)});
}

Status Resolver::Relation(sql::RelationPtr& relation, Scope& scope) {
  if (relation->As<sql::NamedRelation>()) return Named(relation, scope);
  if (auto* query = relation->As<sql::QueryRelation>()) {
    FIRN_TRY(Query(*query->query, &scope));
    std::vector<std::string> columns = NamesOf(*query->query);
    if (!columns.empty()) Know(*relation, std::move(columns), scope);
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
    FIRN_TRY(RefuseInReadOnly(context_, "a stage", relation->at));
    std::vector<std::string> columns;
    FIRN_TRY(PlanStageRelation(context_, relation, &columns));
    Know(*relation, std::move(columns), scope);
    return Ok();
  }
  if (auto* join = relation->As<sql::JoinRelation>()) return Join(*join, scope);
  if (relation->As<sql::PivotRelation>()) return Pivot(relation, scope);
  if (auto* unpivot = relation->As<sql::UnpivotRelation>()) return Relation(unpivot->source, scope);
  return Ok();
}

Status Resolver::Join(sql::JoinRelation& join, Scope& scope) {
  FIRN_TRY(Relation(join.left, scope));
  size_t right = scope.relations->size();
  FIRN_TRY(Relation(join.right, scope));
  if (join.natural || !join.using_columns.empty()) MergeNames(join, right, *scope.relations);
  FIRN_TRY(Optional(join.on, scope));
  return Optional(join.match_condition, scope);
}

/// PIVOT (f(x) FOR c IN (v, …)) as SELECT …, f(x) FILTER (WHERE c = v), … GROUP BY all that neither f nor c takes:
/// DuckDB's own takes plain aggregates alone.
Status Resolver::Pivot(sql::RelationPtr& relation, Scope& scope) {
  auto& pivot = *relation->As<sql::PivotRelation>();
  Scope inner{.outer = &scope};
  FIRN_TRY(Relation(pivot.source, inner));
  for (auto& [value, alias] : pivot.values) FIRN_TRY(Expr(value, scope));
  if (pivot.values.empty()) FIRN_TRY(PivotValues(pivot, scope));
  FIRN_TRY(Optional(pivot.default_value, scope));

  sql::Select select;
  select.from = std::move(pivot.source);
  inner.select = &select;
  sql::Star all;
  FIRN_ASSIGN(auto columns, StarColumns(all, relation->at, inner));
  sql::Call& call = *pivot.aggregate->As<sql::Call>();
  std::set<std::string> taken{pivot.column.text};
  for (const sql::Argument& arg : call.args) {
    if (const auto* column = arg.value->As<sql::ColumnRef>()) taken.insert(column->parts.back().text);
  }
  std::vector<sql::ExprPtr> keys;
  for (const std::string& name : columns) {
    if (taken.contains(name)) continue;
    select.items.push_back({planner::Column("", name), std::nullopt, name});
    keys.push_back(planner::Column("", name));
  }
  if (!keys.empty()) select.group_by.emplace(sql::GroupBy::Kind::kList).sets.push_back(std::move(keys));
  for (auto& [value, alias] : pivot.values) {
    std::string name = sql::PivotColumn(pivot, *value, alias);
    sql::ExprPtr cell = sql::Clone(*pivot.aggregate);
    cell->As<sql::Call>()->filter = sql::MakeExpr(
        sql::Binary{sql::BinaryOp::kEq, sql::MakeExpr(sql::ColumnRef{{pivot.column}}), std::move(value)}, relation->at);
    FIRN_TRY(Expr(cell, inner));
    if (pivot.default_value) {
      sql::DuckExpr filled{"coalesce({0}, {1})", {}};
      filled.args.push_back(std::move(cell));
      filled.args.push_back(sql::Clone(*pivot.default_value));
      cell = sql::MakeExpr(std::move(filled), relation->at);
    }
    select.items.push_back({std::move(cell), sql::Ident{name, true, relation->at}, name});
  }
  std::vector<std::string> names;
  for (const sql::SelectItem& item : select.items) names.push_back(item.default_name);
  auto query = std::make_unique<sql::Query>();
  query->body = std::move(select);
  relation->node = sql::QueryRelation{std::move(query), false, std::nullopt};
  Know(*relation, std::move(names), scope);
  return Ok();
}

/// ANY or a query in the list of PIVOT: DuckDB wants its columns told, so the values are read now.
Status Resolver::PivotValues(sql::PivotRelation& pivot, Scope& scope) {
  sql::Query query;
  CopyCommonTables(&scope, &query);
  if (pivot.query) {
    const bool ordered = !pivot.query->order_by.empty();
    FIRN_TRY(Query(*pivot.query, &scope));
    sql::Select all;
    all.items.push_back({sql::MakeExpr(sql::Star{}), std::nullopt, ""});
    all.from = sql::MakeRelation(sql::QueryRelation{std::move(pivot.query), false, std::nullopt});
    query.body = std::move(all);
    // Else the columns would stand in whatever order the threads of a scan came.
    if (!ordered) query.order_by.push_back({sql::MakeExpr(sql::Literal{sql::Literal::Kind::kNumber, "1"}), false, {}});
  } else {
    sql::Select distinct;
    distinct.distinct = true;
    distinct.items.push_back({sql::MakeExpr(sql::ColumnRef{{pivot.column}}), std::nullopt, pivot.column.text});
    distinct.from = sql::Clone(*pivot.source);
    query.body = std::move(distinct);
    for (sql::OrderItem& item : pivot.any_order) FIRN_TRY(Expr(item.expr, scope));
    query.order_by = std::move(pivot.any_order);
    if (query.order_by.empty()) query.order_by.push_back({sql::MakeExpr(sql::ColumnRef{{pivot.column}}), false, {}});
  }
  FIRN_ASSIGN(pivot.values, ConstantsOf(context_, query));
  if (pivot.values.empty()) return Error(errors::kInvalidExpression, {"PIVOT of no values"}, pivot.column.at);
  return Ok();
}

Status Resolver::Function(sql::RelationPtr& relation, Scope& scope) {
  auto& function = *relation->As<sql::FunctionRelation>();
  auto* call = function.call->As<sql::Call>();
  if (!call) return Error(errors::kUnsupported, {"TABLE() of an expression"}, relation->at);
  if (IsTableCall(*call)) return TableCall(relation, scope);
  FIRN_ASSIGN(bool is_error_table, NameErrorTable(context_, *call, relation.get()));
  if (is_error_table) return Named(relation, scope);
  for (sql::Argument& arg : call->args) FIRN_TRY(Expr(arg.value, scope));
  if (call->name.parts.size() == 1 && call->name.parts[0].text == "RESULT_SCAN") {
    return PlanResultScan(context_, *call, relation);
  }
  const auto& parts = call->name.parts;
  const FullName written{parts.size() == 3 ? parts[0].text : context_.place.database, "INFORMATION_SCHEMA",
                         parts.empty() ? "" : parts.back().text};
  FIRN_ASSIGN(bool history, PlanHistory(context_, *call, relation));
  if (history) {
    if (depth_ == 0) context_.named.push_back(written);
    return Ok();
  }
  FIRN_ASSIGN(bool lineage, PlanGetLineage(context_, *call, relation));
  if (lineage) return Ok();
  if (auto function = FindUserFunction(context_, call->name)) return UserTable(relation, *function, scope);
  sql::TableAlias alias = std::move(relation->alias);
  FIRN_ASSIGN(sql::RelationPtr made, functions::RewriteTableFunction(std::move(*call), relation->at, context_.facts));
  made->alias = std::move(alias);
  relation = std::move(made);
  return Ok();
}

namespace {

/// What DuckDB calls `text`, or a sample of its rows.
decltype(sql::Relation::node) Sampled(std::string text, std::optional<sql::Sample> sample) {
  sql::DuckRelation rows{.text = std::move(text), .args = {}, .lateral = false};
  if (!sample) return rows;
  sql::Select select;
  select.items.push_back({sql::MakeExpr(sql::Star{}), std::nullopt, ""});
  select.from = sql::MakeRelation(std::move(rows));
  auto query = std::make_unique<sql::Query>();
  query->body = std::move(select);
  return sql::QueryRelation{std::move(query), false, std::move(sample)};
}

}  // namespace

Status Resolver::Named(sql::RelationPtr& relation, Scope& scope) {
  auto& named = *relation->As<sql::NamedRelation>();
  FIRN_TRY(SettleName(context_, &named.name));
  const auto& parts = named.name.parts;
  const auto* common = parts.size() == 1 ? scope.CommonTable(parts[0].text) : nullptr;
  if (common) {
    sql::Ident name = parts[0];
    std::vector<std::string> columns = *common;
    if (named.travel) return Error(errors::kUnsupported, {"AT | BEFORE of a common table"}, relation->at);
    relation->node = Sampled(sql::QuoteIdent(name.text), named.sample);
    if (!relation->alias.name) relation->alias.name = std::move(name);
    if (!columns.empty()) Know(*relation, std::move(columns), scope);
    return Ok();
  }
  if (!relation->alias.name) relation->alias.name = parts.back();
  if (parts.size() >= 2 && parts[parts.size() - 2].text == "INFORMATION_SCHEMA") {
    if (named.travel || named.sample) {
      return Error(errors::kUnsupported, {"AT | BEFORE and SAMPLE of INFORMATION_SCHEMA"}, relation->at);
    }
    std::string database = parts.size() == 3 ? parts[0].text : context_.place.database;
    if (depth_ == 0) context_.named.push_back({std::move(database), "INFORMATION_SCHEMA", parts.back().text});
    return PlanInformationSchema(context_, relation);
  }
  FIRN_ASSIGN(FullName name, Qualify(context_, named.name, "SELECT"));
  if (PlanObjectDependencies(context_, name, relation)) return Ok();
  FIRN_ASSIGN(FoundRelation found, FindRelation(context_, name, named.name.at));
  if (depth_ == 0) context_.named.push_back(found.name);
  if (found.view && named.travel) return Error(errors::kUnsupported, {"AT | BEFORE of a view"}, relation->at);
  if (found.stream) FIRN_TRY(RefuseInReadOnly(context_, "a stream", relation->at));
  if (found.view) {
    FIRN_TRY(View(relation, found.name, *found.view));
    std::vector<std::string> columns;
    for (const catalog::ColumnInfo& column : found.view->columns) columns.push_back(column.name);
    Know(*relation, std::move(columns), scope);
    return Ok();
  }
  if (found.stream) return Stream(relation, *found.object, scope);
  FIRN_ASSIGN(FoundTable table, Travel(context_, std::move(*found.table), named.travel));
  std::vector<std::string> columns;
  for (const catalog::ColumnInfo& column : table.info().columns) columns.push_back(column.name);
  if (!table.temporary) context_.tables_read[table.object->id] = table.version->snapshot_id;
  if (!table.temporary && !named.travel) context_.snapshots[table.object->id] = table.version->snapshot_id;
  int number = context_.AddTable(table);
  relation->node = Sampled("lake_scan(" + std::to_string(number) + ")", named.sample);
  Know(*relation, std::move(columns), scope);
  return Ok();
}

Status Resolver::Changes(sql::RelationPtr& relation, const ChangeRange& range, Scope& scope) {
  FIRN_ASSIGN(std::string text, ChangesSql(context_, range));
  relation->node = sql::DuckRelation{.text = "(" + text + ")", .args = {}, .lateral = false};
  Know(*relation, ChangeColumns(range.table), scope);
  return Ok();
}

Status Resolver::TableCall(sql::RelationPtr& relation, Scope& scope) {
  sql::Call call = std::move(*relation->As<sql::FunctionRelation>()->call->As<sql::Call>());
  FIRN_TRY(RefuseInReadOnly(context_, "CHANGES", relation->at));
  FIRN_ASSIGN(ChangeRange range, RangeOfCall(context_, call, relation->at));
  if (depth_ == 0) context_.named.push_back(range.table.name);
  context_.tables_read[range.table.object->id] = range.to->snapshot_id;
  if (!relation->alias.name) relation->alias.name = sql::Ident{range.table.name.name, true, {}};
  if (call.name.parts[0].text == sql::kChangesCall) return Changes(relation, range, scope);
  FoundTable table = range.table;
  table.version = range.to;
  std::vector<std::string> columns;
  for (const catalog::ColumnInfo& column : table.info().columns) columns.push_back(column.name);
  const int number = context_.AddTable(table);
  relation->node = Sampled("lake_scan(" + std::to_string(number) + ")", std::nullopt);
  Know(*relation, std::move(columns), scope);
  return Ok();
}

Status Resolver::Stream(sql::RelationPtr& relation, const catalog::Object& stream, Scope& scope) {
  FIRN_ASSIGN(ChangeRange range, StreamRange(context_, stream));
  if (range.to->snapshot_id) {
    std::optional<int64_t> from = range.from ? range.from->snapshot_id : std::nullopt;
    context_.stream_moves.push_back({stream.id, std::string(catalog::kSnapshotOffset), from, range.to->snapshot_id});
    NeedHistory(context_, range.table, range.to);
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
  std::optional<sql::Sample> sample = relation->As<sql::NamedRelation>()->sample;
  relation->node = sql::QueryRelation{std::move(query), false, std::move(sample)};
  return Ok();
}

Status ResolveQuery(StatementContext& context, sql::Query& query) { return Resolver(context, 0).Query(query, nullptr); }

Status ResolveExpr(StatementContext& context, sql::ExprPtr& expr) {
  Scope scope;
  return Resolver(context, 0).Expr(expr, scope);
}

Status ResolveStageColumns(StatementContext& context, sql::ExprPtr& expr, const std::string& alias) {
  Scope scope;
  KnownRelation known{alias, {}};
  for (size_t i = 0; i < kTransformColumnsMax; ++i) known.columns.push_back("c" + std::to_string(i));
  scope.relations->push_back(std::move(known));
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

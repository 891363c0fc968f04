#include "planner/column_origins.h"

#include <algorithm>
#include <utility>

#include "functions/function.h"
#include "planner/query_shape.h"
#include "planner/visit.h"
#include "sql/changes_call.h"
#include "sql/parser.h"
#include "sql/pivot_column.h"

namespace firn::planner {

namespace {

using catalog::ObjectKind;
using catalog::ObjectRef;

void Merge(Origins* into, Origins from) { into->merge(from); }

bool IsNamed(const std::vector<sql::Ident>& names, const std::string& name) {
  return std::ranges::any_of(names, [&](const sql::Ident& one) { return EqualsIgnoreCase(one.text, name); });
}

/// SQL's ILIKE with % and _.
bool Matches(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '%') {
    return Matches(pattern.substr(1), text) || (!text.empty() && Matches(pattern, text.substr(1)));
  }
  if (text.empty()) return false;
  return (pattern[0] == '_' || EqualsIgnoreCase(pattern.substr(0, 1), text.substr(0, 1))) &&
         Matches(pattern.substr(1), text.substr(1));
}

/// What the built-in table functions give, and whether it comes from their arguments.
struct CallColumns {
  const char* function;
  std::vector<std::string> columns;
};
const std::vector<CallColumns>& TableCalls() {
  static const std::vector<CallColumns> calls{
      {"FLATTEN", {"SEQ", "KEY", "PATH", "INDEX", "VALUE", "THIS"}},
      {"GENERATOR", {}},
      {"SPLIT_TO_TABLE", {"SEQ", "INDEX", "VALUE"}},
      {"STRTOK_SPLIT_TO_TABLE", {"SEQ", "INDEX", "VALUE"}},
  };
  return calls;
}

std::string AliasOf(const sql::Relation& relation) { return relation.alias.name ? relation.alias.name->text : ""; }

/// Rows under an alias, with the names that it gives to the first of them.
void AddRows(DerivedRows rows, const sql::TableAlias& alias, OriginScope& scope) {
  const std::string name = alias.name ? alias.name->text : "";
  for (size_t i = 0; i < rows.columns.size(); ++i) {
    DerivedColumn& column = rows.columns[i];
    scope.fields.push_back(
        {name, i < alias.columns.size() ? alias.columns[i].text : column.name, std::move(column.from)});
  }
  if (rows.others) scope.open.push_back({name, *std::move(rows.others)});
}

}  // namespace

std::vector<std::string> ColumnNamesOf(const catalog::CatalogState& state, const catalog::Object& object) {
  std::vector<std::string> names;
  auto add = [&](const std::vector<catalog::ColumnInfo>& columns) {
    for (const catalog::ColumnInfo& column : columns) names.push_back(column.name);
  };
  if (const auto* table = object.As<catalog::TableInfo>()) {
    add(table->columns);
  } else if (const auto* view = object.As<catalog::ViewInfo>()) {
    add(view->columns);
  } else if (const auto* function = object.As<catalog::FunctionInfo>()) {
    add(function->columns);
  } else if (const auto* stream = object.As<catalog::StreamInfo>()) {
    ObjectRef table = state.ById(stream->table_id);
    if (table) names = ColumnNamesOf(state, *table);
    for (const char* name : {"METADATA$ACTION", "METADATA$ISUPDATE", "METADATA$ROW_ID"}) names.emplace_back(name);
  }
  return names;
}

ObjectRef ColumnOrigins::Find(const sql::ObjectName& name) const {
  std::vector<sql::Ident> parts = name.parts;
  if (name.dynamic) {
    const auto* text = name.dynamic->As<sql::Literal>();
    if (!text || text->kind != sql::Literal::Kind::kString) return nullptr;
    auto parsed = sql::ParseObjectName(text->text);
    if (!parsed.ok()) return nullptr;
    parts = parsed->parts;
  }
  if (parts.empty() || parts.size() > 3) return nullptr;
  const std::string& database = parts.size() == 3 ? parts[0].text : place_.database;
  std::string schema = parts.size() >= 2 ? parts[parts.size() - 2].text : place_.schema;
  if (schema.empty()) schema = "PUBLIC";  // db..t
  return state_.InSchema(database, schema, ObjectKind::kTable, parts.back().text);
}

ObjectRef ColumnOrigins::FindFunction(const sql::ObjectName& name) const {
  const auto& parts = name.parts;
  if (parts.empty() || parts.size() > 3) return nullptr;
  if (parts.size() == 1 && functions::FindFunction(parts[0].text).row) return nullptr;
  return state_.InSchema(parts.size() == 3 ? parts[0].text : place_.database,
                         parts.size() >= 2 ? parts[parts.size() - 2].text : place_.schema, ObjectKind::kFunction,
                         parts.back().text);
}

// --- expressions -----------------------------------------------------------------------------------------------------

/// For the names of objects alone.
void ColumnOrigins::Walk(sql::ExprPtr& expr, OriginScope& scope) {
  if (expr) (void)OfExpr(expr, scope);
}

Origins ColumnOrigins::OfExpr(sql::ExprPtr& expr, OriginScope& scope) {
  if (const auto* column = expr->As<sql::ColumnRef>()) return OfName(column->parts, scope);
  if (const auto* position = expr->As<sql::PositionRef>()) return OfPosition(*position, scope);
  Origins from;
  auto all_columns = [&](sql::Star& star) {
    DerivedRows rows;
    AddStar(star, scope, &rows);
    for (DerivedColumn& column : rows.columns) Merge(&from, std::move(column.from));
    if (rows.others) Merge(&from, *std::move(rows.others));
  };
  if (auto* star = expr->As<sql::Star>()) all_columns(*star);
  if (auto* object = expr->As<sql::ObjectLiteral>(); object && object->star) all_columns(*object->star);
  if (auto* call = expr->As<sql::Call>()) {
    sql::Star star;
    const bool counts = call->name.parts.size() == 1 && call->name.parts[0].text == "COUNT";
    if (call->star && !counts) all_columns(star);
    Merge(&from, OfFunction(call->name));
  }
  const bool exists = expr->As<sql::Exists>() != nullptr;
  auto on_expr = [&](sql::ExprPtr& child) {
    Merge(&from, OfExpr(child, scope));
    return Ok();
  };
  auto on_query = [&](sql::Query& query) {
    DerivedRows rows = OfQuery(query, &scope);
    for (DerivedColumn& column : rows.columns) {
      if (!exists) Merge(&from, std::move(column.from));
    }
    if (rows.others && !exists) Merge(&from, *std::move(rows.others));
    return Ok();
  };
  (void)ForEachChild(*expr, on_expr, on_query);  // neither fails
  return from;
}

Origins ColumnOrigins::OfName(const std::vector<sql::Ident>& parts, OriginScope& scope) {
  const std::string& name = parts.back().text;
  const std::string alias = parts.size() > 1 ? parts[parts.size() - 2].text : "";
  for (const OriginScope::Field& field : scope.fields) {
    if (!EqualsIgnoreCase(field.name, name)) continue;
    if (alias.empty() ? !field.hidden : EqualsIgnoreCase(field.alias, alias)) {
      return alias.empty() && field.merged ? *field.merged : field.from;
    }
  }
  for (size_t i = 0; scope.items && alias.empty() && i < scope.items->size(); ++i) {
    sql::SelectItem& item = (*scope.items)[i];
    if (!item.alias || !EqualsIgnoreCase(item.alias->text, name) || !scope.items_open.insert(i).second) continue;
    Origins from = OfExpr(item.expr, scope);
    scope.items_open.erase(i);
    return from;
  }
  for (const OriginScope::Open& open : scope.open) {
    if (alias.empty() || EqualsIgnoreCase(open.alias, alias)) return open.from;
  }
  if (!scope.outer) return {};
  OriginScope outer = *scope.outer;  // what it holds open while it is asked is its own
  return OfName(parts, outer);
}

Origins ColumnOrigins::OfPosition(const sql::PositionRef& position, const OriginScope& scope) {
  const std::string alias = position.qualifier.empty() ? "" : position.qualifier.back().text;
  int left = position.number;
  for (const OriginScope::Field& field : scope.fields) {
    if (!alias.empty() && !EqualsIgnoreCase(field.alias, alias)) continue;
    if (--left == 0) return field.from;
  }
  return {};
}

/// What the body of a SQL function of one value reads by itself; its arguments are the caller's.
Origins ColumnOrigins::OfFunction(const sql::ObjectName& name) {
  ObjectRef object = FindFunction(name);
  const auto* function = object ? object->As<catalog::FunctionInfo>() : nullptr;
  if (!function || function->returns_table) return {};
  functions_.insert(object->id);
  auto [known, is_new] = of_functions_.try_emplace(object->id);  // empty while it is looked at: it may call itself
  if (!is_new) return known->second;
  auto body = sql::ParseExpression("(" + function->body + "\n)");
  if (!body.ok()) return {};
  ObjectRef schema = state_.ById(object->parent_id);
  NamePlace outer = std::exchange(place_, NamePlace{state_.ById(schema->parent_id)->name, schema->name});
  OriginScope scope;
  Origins from = OfExpr(*body, scope);
  place_ = std::move(outer);
  return of_functions_[object->id] = std::move(from);
}

// --- queries ---------------------------------------------------------------------------------------------------------

DerivedRows ColumnOrigins::OfQuery(sql::Query& query, const OriginScope* outer) {
  OriginScope scope;
  scope.outer = outer;
  for (sql::CommonTable& table : query.with) {
    const bool recursive = IsRecursive(table);
    if (recursive) scope.common_tables[table.name.text] = {};
    DerivedRows rows = OfQuery(*table.query, &scope);
    for (size_t i = 0; i < table.columns.size() && i < rows.columns.size(); ++i) {
      rows.columns[i].name = table.columns[i].text;
    }
    for (bool grown = recursive; grown;) {  // once more with what is known of it, until nothing is new
      scope.common_tables[table.name.text] = rows;
      DerivedRows again = OfQuery(*table.query, &scope);
      grown = false;
      for (size_t i = 0; i < again.columns.size() && i < rows.columns.size(); ++i) {
        const size_t before = rows.columns[i].from.size();
        Merge(&rows.columns[i].from, std::move(again.columns[i].from));
        grown = grown || rows.columns[i].from.size() != before;
      }
    }
    scope.common_tables[table.name.text] = std::move(rows);
  }
  DerivedRows rows;
  if (auto* select = query.AsSelect()) {
    rows = OfSelect(*select, scope);
  } else if (auto* set = std::get_if<sql::SetOperation>(&query.body)) {
    rows = OfSetOperation(*set, scope);
  } else {
    rows = OfRows(std::get<sql::Values>(query.body).rows, scope);
  }
  for (sql::OrderItem& item : query.order_by) Walk(item.expr, scope);
  Walk(query.limit, scope);
  Walk(query.offset, scope);
  return rows;
}

DerivedRows ColumnOrigins::OfRows(std::vector<std::vector<sql::ExprPtr>>& rows, OriginScope& scope) {
  DerivedRows out;
  for (auto& row : rows) {
    if (out.columns.size() < row.size()) out.columns.resize(row.size());
    for (size_t i = 0; i < row.size(); ++i) Merge(&out.columns[i].from, OfExpr(row[i], scope));
  }
  for (size_t i = 0; i < out.columns.size(); ++i) out.columns[i].name = "COLUMN" + std::to_string(i + 1);
  return out;
}

/// What EXCEPT takes away gives nothing.
DerivedRows ColumnOrigins::OfSetOperation(sql::SetOperation& set, OriginScope& scope) {
  DerivedRows left = OfQuery(*set.left, &scope), right = OfQuery(*set.right, &scope);
  if (set.op == sql::SetOp::kExcept) return left;
  for (size_t i = 0; i < right.columns.size(); ++i) {
    DerivedColumn& column = right.columns[i];
    auto same = std::ranges::find_if(left.columns, [&](const DerivedColumn& other) {
      return set.by_name && EqualsIgnoreCase(other.name, column.name);
    });
    if (!set.by_name && i < left.columns.size()) same = left.columns.begin() + static_cast<std::ptrdiff_t>(i);
    if (same != left.columns.end()) {
      Merge(&same->from, std::move(column.from));
    } else if (set.by_name) {
      left.columns.push_back(std::move(column));
    }
  }
  if (right.others) Merge(left.others ? &*left.others : &left.others.emplace(), *std::move(right.others));
  return left;
}

DerivedRows ColumnOrigins::OfSelect(sql::Select& select, OriginScope& scope) {
  if (select.from) AddRelation(*select.from, scope);
  scope.items = &select.items;
  DerivedRows rows;
  for (size_t i = 0; i < select.items.size(); ++i) {
    scope.items_open = {i};
    AddItem(select.items[i], scope, &rows);
  }
  scope.items_open.clear();
  for (sql::ExprPtr* clause : {&select.top, &select.where, &select.having, &select.qualify}) Walk(*clause, scope);
  if (select.group_by) {
    for (auto& set : select.group_by->sets) {
      for (sql::ExprPtr& key : set) Walk(key, scope);
    }
  }
  if (select.connect_by) {
    Walk(select.connect_by->start_with, scope);
    Walk(select.connect_by->condition, scope);
  }
  return rows;
}

void ColumnOrigins::AddItem(sql::SelectItem& item, OriginScope& scope, DerivedRows* rows) {
  if (auto* star = item.expr->As<sql::Star>()) return AddStar(*star, scope, rows);
  rows->columns.push_back({item.alias ? item.alias->text : item.default_name, OfExpr(item.expr, scope)});
}

void ColumnOrigins::AddStar(sql::Star& star, OriginScope& scope, DerivedRows* rows) {
  const std::string alias = star.qualifier.empty() ? "" : star.qualifier.back().text;
  for (const OriginScope::Field& field : scope.fields) {
    if (alias.empty() ? field.hidden : !EqualsIgnoreCase(field.alias, alias)) continue;
    if (star.ilike && !Matches(*star.ilike, field.name)) continue;
    if (IsNamed(star.exclude, field.name)) continue;
    DerivedColumn column{field.name, alias.empty() && field.merged ? *field.merged : field.from};
    for (auto& [value, name] : star.replace) {
      if (EqualsIgnoreCase(name.text, field.name)) column.from = OfExpr(value, scope);
    }
    for (const auto& [from, to] : star.rename) {
      if (EqualsIgnoreCase(from.text, field.name)) column.name = to.text;
    }
    rows->columns.push_back(std::move(column));
  }
  for (const OriginScope::Open& open : scope.open) {
    if (!alias.empty() && !EqualsIgnoreCase(open.alias, alias)) continue;
    Merge(rows->others ? &*rows->others : &rows->others.emplace(), open.from);
  }
}

// --- FROM ------------------------------------------------------------------------------------------------------------

void ColumnOrigins::AddObject(const catalog::Object& object, const sql::TableAlias& alias, OriginScope& scope) {
  objects_.insert(object.id);
  DerivedRows rows;
  for (std::string& name : ColumnNamesOf(state_, object)) rows.columns.push_back({name, {{object.id, name}}});
  AddRows(std::move(rows), alias, scope);
}

void ColumnOrigins::AddRelation(sql::Relation& relation, OriginScope& scope) {
  if (relation.As<sql::NamedRelation>()) return AddNamed(relation, scope);
  if (relation.As<sql::FunctionRelation>()) return AddCall(relation, scope);
  if (relation.As<sql::PivotRelation>()) return AddPivot(relation, scope);
  if (relation.As<sql::UnpivotRelation>()) return AddUnpivot(relation, scope);
  if (auto* join = relation.As<sql::JoinRelation>()) return AddJoin(*join, scope);
  if (auto* query = relation.As<sql::QueryRelation>()) {
    return AddRows(OfQuery(*query->query, &scope), relation.alias, scope);
  }
  if (auto* values = relation.As<sql::ValuesRelation>()) {
    return AddRows(OfRows(values->rows, scope), relation.alias, scope);
  }
  if (relation.As<sql::StageRelation>()) scope.open.push_back({AliasOf(relation), {}});
}

void ColumnOrigins::AddNamed(sql::Relation& relation, OriginScope& scope) {
  const sql::ObjectName& name = relation.As<sql::NamedRelation>()->name;
  sql::TableAlias alias = relation.alias;
  if (!alias.name && !name.parts.empty()) alias.name = name.parts.back();
  for (const OriginScope* at = &scope; at && name.parts.size() == 1; at = at->outer) {
    auto common = at->common_tables.find(name.parts[0].text);
    if (common != at->common_tables.end()) return AddRows(common->second, alias, scope);
  }
  if (ObjectRef object = Find(name)) return AddObject(*object, alias, scope);
  scope.open.push_back({alias.name ? alias.name->text : "", {}});  // INFORMATION_SCHEMA, or gone
}

void ColumnOrigins::AddCall(sql::Relation& relation, OriginScope& scope) {
  auto* call = relation.As<sql::FunctionRelation>()->call->As<sql::Call>();
  if (!call || call->name.parts.empty()) return;
  const std::string& name = call->name.parts.back().text;
  if (name == sql::kChangesCall || name == sql::kSnapshotCall || name == "ERROR_TABLE") {
    // The table that stands as an argument; ERROR_TABLE gives other columns than it has.
    const auto* column = call->args.empty() ? nullptr : call->args[0].value->As<sql::ColumnRef>();
    ObjectRef table = column ? Find({.parts = column->parts, .dynamic = nullptr, .at = {}}) : nullptr;
    sql::TableAlias alias = relation.alias;
    if (!alias.name && column) alias.name = column->parts.back();
    if (table && name != "ERROR_TABLE") return AddObject(*table, alias, scope);
    scope.open.push_back({alias.name ? alias.name->text : "", {}});
    return;
  }
  Origins from;
  for (sql::Argument& arg : call->args) Merge(&from, OfExpr(arg.value, scope));
  ObjectRef function = FindFunction(call->name);
  if (function && function->As<catalog::FunctionInfo>()->returns_table) {
    return AddObject(*function, relation.alias, scope);
  }
  auto known = std::ranges::find_if(TableCalls(), [&](const CallColumns& row) { return name == row.function; });
  if (known == TableCalls().end()) {
    scope.open.push_back({AliasOf(relation), std::move(from)});
    return;
  }
  DerivedRows rows;
  for (const std::string& column : known->columns) rows.columns.push_back({column, from});
  AddRows(std::move(rows), relation.alias, scope);
}

void ColumnOrigins::AddJoin(sql::JoinRelation& join, OriginScope& scope) {
  const size_t first = scope.fields.size();
  AddRelation(*join.left, scope);
  const size_t middle = scope.fields.size();
  AddRelation(*join.right, scope);
  for (size_t i = middle; i < scope.fields.size(); ++i) {
    OriginScope::Field& right = scope.fields[i];
    if (!join.natural && !IsNamed(join.using_columns, right.name)) continue;
    for (size_t k = first; k < middle; ++k) {
      OriginScope::Field& left = scope.fields[k];
      if (left.hidden || right.hidden || !EqualsIgnoreCase(left.name, right.name)) continue;
      Origins both = join.kind == sql::JoinKind::kRight ? Origins{} : left.merged.value_or(left.from);
      if (join.kind == sql::JoinKind::kRight || join.kind == sql::JoinKind::kFull) Merge(&both, right.from);
      left.merged = std::move(both);
      right.hidden = true;
      break;
    }
  }
  Walk(join.on, scope);
  Walk(join.match_condition, scope);
}

/// All columns that the aggregate and IN do not take, then one a value.
void ColumnOrigins::AddPivot(sql::Relation& relation, OriginScope& scope) {
  auto& pivot = *relation.As<sql::PivotRelation>();
  OriginScope inner;
  inner.outer = &scope;
  AddRelation(*pivot.source, inner);
  std::vector<sql::Ident> taken{pivot.column};
  for (const sql::Argument& arg : pivot.aggregate->As<sql::Call>()->args) {
    if (const auto* column = arg.value->As<sql::ColumnRef>()) taken.push_back(column->parts.back());
  }
  DerivedRows rows;
  for (const OriginScope::Field& field : inner.fields) {
    if (!field.hidden && !IsNamed(taken, field.name)) rows.columns.push_back({field.name, field.from});
  }
  Origins cell = OfExpr(pivot.aggregate, inner);
  Merge(&cell, OfName({pivot.column}, inner));
  if (pivot.default_value) Merge(&cell, OfExpr(pivot.default_value, inner));
  for (auto& [value, alias] : pivot.values) {
    rows.columns.push_back({sql::PivotColumn(pivot, *value, alias), cell});
  }
  if (pivot.query) (void)OfQuery(*pivot.query, &scope);
  if (pivot.values.empty()) rows.others = std::move(cell);
  AddRows(std::move(rows), relation.alias, scope);
}

void ColumnOrigins::AddUnpivot(sql::Relation& relation, OriginScope& scope) {
  auto& unpivot = *relation.As<sql::UnpivotRelation>();
  OriginScope inner;
  inner.outer = &scope;
  AddRelation(*unpivot.source, inner);
  DerivedRows rows;
  Origins values;
  for (const OriginScope::Field& field : inner.fields) {
    const bool taken = std::ranges::any_of(
        unpivot.columns, [&](const auto& column) { return EqualsIgnoreCase(column.first.text, field.name); });
    if (taken) {
      Merge(&values, field.from);
    } else if (!field.hidden) {
      rows.columns.push_back({field.name, field.from});
    }
  }
  rows.columns.push_back({unpivot.name_column.text, {}});
  rows.columns.push_back({unpivot.value_column.text, std::move(values)});
  AddRows(std::move(rows), relation.alias, scope);
}

}  // namespace firn::planner

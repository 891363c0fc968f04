#include "planner/query_shape.h"

#include <algorithm>
#include <optional>

#include "base/errors.h"

namespace firn::planner {

namespace {

bool Names(const sql::Query& query, const std::string& table);

/// Whether a table of that bare name stands in FROM.
bool Names(const sql::Relation& relation, const std::string& table) {
  if (const auto* named = relation.As<sql::NamedRelation>()) {
    return named->name.parts.size() == 1 && named->name.parts[0].text == table;
  }
  if (const auto* query = relation.As<sql::QueryRelation>()) return Names(*query->query, table);
  if (const auto* pivot = relation.As<sql::PivotRelation>()) return Names(*pivot->source, table);
  if (const auto* unpivot = relation.As<sql::UnpivotRelation>()) return Names(*unpivot->source, table);
  const auto* join = relation.As<sql::JoinRelation>();
  return join && (Names(*join->left, table) || Names(*join->right, table));
}

bool Names(const sql::Query& query, const std::string& table) {
  for (const sql::CommonTable& inner : query.with) {
    if (inner.name.text == table) return false;
  }
  if (const sql::Select* select = query.AsSelect()) return select->from && Names(*select->from, table);
  const auto* set = std::get_if<sql::SetOperation>(&query.body);
  return set && (Names(*set->left, table) || Names(*set->right, table));
}

/// The number of columns, where it can be told from the text.
std::optional<size_t> WidthOf(const sql::Query& query) {
  if (const auto* set = std::get_if<sql::SetOperation>(&query.body)) return WidthOf(*set->left);
  if (const auto* values = std::get_if<sql::Values>(&query.body)) return values->rows[0].size();
  const sql::Select& select = *query.AsSelect();
  for (const sql::SelectItem& item : select.items) {
    if (item.expr->As<sql::Star>()) return std::nullopt;
  }
  return select.items.size();
}

}  // namespace

bool IsRecursive(const sql::CommonTable& table) {
  const auto* set = std::get_if<sql::SetOperation>(&table.query->body);
  bool all = set && set->op == sql::SetOp::kUnionAll && !set->by_name;
  return all && Names(*set->right, table.name.text) && !Names(*set->left, table.name.text);
}

std::vector<std::string> NamesOf(const sql::Query& query) {
  if (const auto* set = std::get_if<sql::SetOperation>(&query.body)) return NamesOf(*set->left);
  std::vector<std::string> names;
  if (const auto* values = std::get_if<sql::Values>(&query.body)) {
    for (size_t i = 1; i <= values->rows[0].size(); ++i) names.push_back("COLUMN" + std::to_string(i));
  }
  const sql::Select* select = query.AsSelect();
  for (size_t i = 0; select && i < select->items.size(); ++i) {
    const sql::SelectItem& item = select->items[i];
    if (item.expr->As<sql::Star>()) return {};
    names.push_back(item.alias ? item.alias->text : item.default_name);
  }
  return names;
}

std::vector<std::string> NamesOf(const sql::CommonTable& table) {
  if (table.columns.empty()) return NamesOf(*table.query);
  std::vector<std::string> names;
  for (const sql::Ident& column : table.columns) names.push_back(column.text);
  return names;
}

Status CheckDistinctOrder(const sql::Query& query) {
  const sql::Select* select = query.AsSelect();
  if (!select || !select->distinct) return Ok();
  std::vector<std::string> names = NamesOf(query);
  if (names.empty()) return Ok();
  for (const sql::SelectItem& item : select->items) {
    if (const auto* column = item.expr->As<sql::ColumnRef>()) names.push_back(column->parts.back().text);
  }
  for (const sql::OrderItem& item : query.order_by) {
    const auto* column = item.expr->As<sql::ColumnRef>();
    if (!column || std::find(names.begin(), names.end(), column->parts.back().text) != names.end()) continue;
    return Error(errors::kInvalidExpression, {"[" + column->parts.back().text + "] is not a valid order by expression"},
                 item.expr->at);
  }
  return Ok();
}

Status CheckWidths(const sql::SetOperation& set) {
  if (set.by_name) return Ok();
  std::optional<size_t> left = WidthOf(*set.left), right = WidthOf(*set.right);
  if (!left || !right || *left == *right) return Ok();
  return Error(errors::kSetOperatorColumns, {std::to_string(*left), std::to_string(*right), "2"}, set.right->at);
}

}  // namespace firn::planner

// Queries and relations as DuckDB SQL.
#include <algorithm>

#include "sql/pivot_column.h"
#include "sql/print.h"

namespace firn::sql {

namespace {

constexpr const char* kValuesAlias = "firn$values";

// Whether a query must stand in parentheses as an operand of a set operation.
bool IsBareOperand(const Query& query) {
  const Select* select = query.AsSelect();
  return select != nullptr && select->top == nullptr && query.with.empty() && query.order_by.empty() &&
         !query.order_by_all && query.limit == nullptr && query.offset == nullptr;
}

size_t WidestRow(const std::vector<std::vector<ExprPtr>>& rows) {
  size_t widest = 0;
  for (const auto& row : rows) widest = std::max(widest, row.size());
  return widest;
}

std::string NumberedColumns(size_t count) {
  std::string list = "(";
  for (size_t i = 1; i <= count; ++i) list += (i > 1 ? ", \"COLUMN" : "\"COLUMN") + std::to_string(i) + "\"";
  return list + ")";
}

}  // namespace

std::string PivotColumn(const PivotRelation& pivot, const Expr& value, const std::optional<Ident>& alias) {
  std::string suffix = pivot.aggregate_alias ? "_" + pivot.aggregate_alias->text : "";
  if (alias) return alias->text + suffix;
  const Literal* literal = value.As<Literal>();
  if (literal == nullptr) return Print(value) + suffix;
  if (literal->kind == Literal::Kind::kString) return "'" + literal->text + suffix + "'";
  if (literal->kind == Literal::Kind::kBoolean) return Upper(literal->text) + suffix;
  return (literal->kind == Literal::Kind::kNull ? "NULL" : literal->text) + suffix;
}

void Writer::Write(const Query& query) {
  bool before = bigint_literals_;
  bigint_literals_ = false;
  if (!query.with.empty()) {
    out_ += query.recursive ? "WITH RECURSIVE " : "WITH ";
    for (size_t i = 0; i < query.with.size(); ++i) {
      const CommonTable& table = query.with[i];
      if (i > 0) out_ += ", ";
      Name(table.name.text);
      if (!table.columns.empty()) Names(table.columns);
      out_ += " AS (";
      Write(*table.query);
      out_ += ')';
    }
    out_ += ' ';
  }
  std::visit([this](const auto& body) { Body(body); }, query.body);
  if (query.order_by_all) out_ += " ORDER BY ALL ASC NULLS LAST";
  if (!query.order_by.empty()) Order(query.order_by);
  Limit(query);
  bigint_literals_ = before;
}

void Writer::Limit(const Query& query) {
  const Select* select = query.AsSelect();
  const Expr* top = select != nullptr ? select->top.get() : nullptr;
  if (top != nullptr && query.limit != nullptr) {
    out_ += " LIMIT least(";
    Write(*top);
    out_ += ", ";
    Write(*query.limit);
    out_ += ')';
  } else if (top != nullptr || query.limit != nullptr) {
    out_ += " LIMIT ";
    Write(top != nullptr ? *top : *query.limit);
  }
  if (query.offset != nullptr) {
    out_ += " OFFSET ";
    Write(*query.offset);
  }
}

void Writer::Body(const Select& select) {
  out_ += select.distinct ? "SELECT DISTINCT " : "SELECT ";
  for (size_t i = 0; i < select.items.size(); ++i) {
    const SelectItem& item = select.items[i];
    if (i > 0) out_ += ", ";
    Write(*item.expr);
    const std::string& name = item.alias ? item.alias->text : item.default_name;
    if (!name.empty() && item.expr->As<Star>() == nullptr) out_ += " AS " + QuoteIdent(name);
  }
  if (select.from != nullptr) {
    out_ += " FROM ";
    Write(*select.from);
  }
  if (select.where != nullptr) {
    out_ += " WHERE ";
    Write(*select.where);
  }
  // The planner leaves no hierarchy; as it stands DuckDB refuses it.
  if (select.connect_by) {
    out_ += " CONNECT BY ";
    Write(*select.connect_by->condition);
  }
  if (select.group_by) Group(*select.group_by);
  if (select.having != nullptr) {
    out_ += " HAVING ";
    Write(*select.having);
  }
  for (size_t i = 0; i < select.windows.size(); ++i) {
    out_ += i > 0 ? ", " : " WINDOW ";
    Name(select.windows[i].first.text);
    out_ += " AS (";
    WindowText(select.windows[i].second, {});
    out_ += ')';
  }
  if (select.qualify != nullptr) {
    out_ += " QUALIFY ";
    Write(*select.qualify);
  }
}

void Writer::Group(const GroupBy& group) {
  out_ += " GROUP BY ";
  switch (group.kind) {
    case GroupBy::Kind::kAll:
      out_ += "ALL";
      return;
    case GroupBy::Kind::kList:
      List(group.sets[0]);
      return;
    case GroupBy::Kind::kRollup:
    case GroupBy::Kind::kCube:
      out_ += group.kind == GroupBy::Kind::kRollup ? "ROLLUP (" : "CUBE (";
      List(group.sets[0]);
      out_ += ')';
      return;
    case GroupBy::Kind::kSets:
      out_ += "GROUPING SETS (";
      for (size_t i = 0; i < group.sets.size(); ++i) {
        out_ += i > 0 ? ", (" : "(";
        List(group.sets[i]);
        out_ += ')';
      }
      out_ += ')';
      return;
  }
}

void Writer::Operand(const Query& query) {
  bool bare = IsBareOperand(query);
  if (!bare) out_ += '(';
  Write(query);
  if (!bare) out_ += ')';
}

void Writer::Body(const SetOperation& set) {
  Operand(*set.left);
  switch (set.op) {
    case SetOp::kUnion:
      out_ += " UNION ";
      break;
    case SetOp::kUnionAll:
      out_ += " UNION ALL ";
      break;
    case SetOp::kIntersect:
      out_ += " INTERSECT ";
      break;
    case SetOp::kExcept:
      out_ += " EXCEPT ";
      break;
  }
  if (set.by_name) out_ += "BY NAME ";
  Operand(*set.right);
}

void Writer::Rows(const std::vector<std::vector<ExprPtr>>& rows) {
  out_ += "(VALUES ";
  for (size_t i = 0; i < rows.size(); ++i) {
    out_ += i > 0 ? ", (" : "(";
    List(rows[i]);
    out_ += ')';
  }
  out_ += ')';
}

void Writer::Body(const Values& values) {
  out_ += "SELECT * FROM ";
  Rows(values.rows);
  out_ += " AS " + QuoteIdent(kValuesAlias) + NumberedColumns(WidestRow(values.rows));
}

// --- FROM ------------------------------------------------------------------------------------------------------------

void Writer::Write(const Relation& relation) {
  std::visit([&](const auto& node) { From(node, relation); }, relation.node);
}

void Writer::Alias(const TableAlias& alias) {
  if (!alias.name) return;
  out_ += " AS " + QuoteIdent(alias.name->text);
  if (!alias.columns.empty()) Names(alias.columns);
}

void Writer::SampleText(const std::optional<Sample>& sample) {
  if (!sample) return;
  out_ += " TABLESAMPLE ";
  if (sample->rows) {
    out_ += "reservoir(" + sample->amount + " ROWS)";
  } else {
    out_ += (sample->block ? "system(" : "bernoulli(") + sample->amount + "%)";
  }
  if (sample->seed) out_ += " REPEATABLE (" + std::to_string(*sample->seed) + ")";
}

void Writer::From(const NamedRelation& node, const Relation& relation) {
  Dotted(node.name.parts);
  if (node.travel) {  // of a common table; the planner pins all others
    out_ += node.travel->before ? " BEFORE (" : " AT (";
    Write(*node.travel->value);
    out_ += ')';
  }
  Alias(relation.alias);
  SampleText(node.sample);
}

void Writer::From(const QueryRelation& node, const Relation& relation) {
  out_ += node.lateral ? "LATERAL (" : "(";
  Write(*node.query);
  out_ += ')';
  Alias(relation.alias);
  SampleText(node.sample);
}

void Writer::From(const FunctionRelation& node, const Relation& relation) {
  if (node.lateral) out_ += "LATERAL ";
  Write(*node.call);
  Alias(relation.alias);
}

void Writer::From(const ValuesRelation& node, const Relation& relation) {
  Rows(node.rows);
  out_ += " AS " + QuoteIdent(relation.alias.name ? relation.alias.name->text : kValuesAlias);
  if (relation.alias.columns.empty()) {
    out_ += NumberedColumns(WidestRow(node.rows));
  } else {
    Names(relation.alias.columns);
  }
}

// The planner leaves none; as it stands DuckDB finds no such table.
void Writer::From(const StageRelation& node, const Relation& relation) {
  out_ += QuoteIdent("@" + node.location);
  Alias(relation.alias);
}

void Writer::JoinSide(const Relation& side) {
  bool join = side.As<JoinRelation>() != nullptr;
  if (join) out_ += '(';
  Write(side);
  if (join) out_ += ')';
}

void Writer::From(const JoinRelation& node, const Relation& relation) {
  if (relation.alias.name) out_ += '(';
  // The left side of a chain of joins needs no parentheses.
  const JoinRelation* left = node.left->As<JoinRelation>();
  if (left != nullptr && !node.left->alias.name) {
    Write(*node.left);
  } else {
    JoinSide(*node.left);
  }
  bool condition = node.on != nullptr || !node.using_columns.empty() || node.natural;
  if (node.natural) out_ += " NATURAL";
  switch (node.kind) {
    case JoinKind::kInner:
      out_ += condition ? " JOIN " : " CROSS JOIN ";
      break;
    case JoinKind::kLeft:
      out_ += " LEFT JOIN ";
      break;
    case JoinKind::kRight:
      out_ += " RIGHT JOIN ";
      break;
    case JoinKind::kFull:
      out_ += " FULL JOIN ";
      break;
    case JoinKind::kCross:
      out_ += condition ? " JOIN " : " CROSS JOIN ";
      break;
    case JoinKind::kAsof:
      out_ += " ASOF LEFT JOIN ";
      break;
  }
  JoinSide(*node.right);
  if (node.kind == JoinKind::kAsof && node.match_condition != nullptr) {
    out_ += " ON (";
    Write(*node.match_condition);
    if (node.on != nullptr) {
      out_ += " AND ";
      Write(*node.on);
    }
    out_ += ')';
  } else if (node.on != nullptr) {
    out_ += " ON ";
    Write(*node.on);
  } else if (!node.using_columns.empty()) {
    out_ += " USING ";
    Names(node.using_columns);
  } else if (!condition && node.kind != JoinKind::kInner && node.kind != JoinKind::kCross) {
    out_ += " ON TRUE";
  }
  if (relation.alias.name) {
    out_ += ')';
    Alias(relation.alias);
  }
}

void Writer::From(const PivotRelation& node, const Relation& relation) {
  out_ += "(SELECT *";
  if (node.default_value != nullptr && !node.values.empty()) {
    out_ += " REPLACE (";
    for (size_t i = 0; i < node.values.size(); ++i) {
      if (i > 0) out_ += ", ";
      std::string column = QuoteIdent(PivotColumn(node, *node.values[i].first, node.values[i].second));
      out_ += "coalesce(" + column + ", ";
      Write(*node.default_value);
      out_ += ") AS " + column;
    }
    out_ += ')';
  }
  out_ += " FROM ";
  JoinSide(*node.source);
  out_ += " PIVOT (";
  Write(*node.aggregate);
  out_ += " FOR ";
  Name(node.column.text);
  out_ += " IN (";
  for (size_t i = 0; i < node.values.size(); ++i) {
    if (i > 0) out_ += ", ";
    Write(*node.values[i].first);
    out_ += " AS " + QuoteIdent(PivotColumn(node, *node.values[i].first, node.values[i].second));
  }
  // The planner turns a query and ANY into values; as they stand DuckDB refuses them.
  if (node.query != nullptr) {
    Write(*node.query);
  } else if (node.values.empty()) {
    out_ += "ANY";
  }
  out_ += ")))";
  Alias(relation.alias);
}

void Writer::From(const UnpivotRelation& node, const Relation& relation) {
  out_ += "(SELECT * FROM ";
  JoinSide(*node.source);
  out_ += node.include_nulls ? " UNPIVOT INCLUDE NULLS (" : " UNPIVOT (";
  Name(node.value_column.text);
  out_ += " FOR ";
  Name(node.name_column.text);
  out_ += " IN (";
  for (size_t i = 0; i < node.columns.size(); ++i) {
    if (i > 0) out_ += ", ";
    Name(node.columns[i].first.text);
    if (node.columns[i].second) out_ += " AS " + QuoteIdent(node.columns[i].second->text);
  }
  out_ += ")))";
  Alias(relation.alias);
}

void Writer::From(const DuckRelation& node, const Relation& relation) {
  if (node.lateral) out_ += "LATERAL ";
  Template(node.text, node.args);
  Alias(relation.alias);
}

}  // namespace firn::sql

// Deep copies of the syntax tree.
#include "sql/query.h"

namespace firn::sql {

namespace {

ExprPtr Copy(const ExprPtr& expr) { return expr == nullptr ? nullptr : Clone(*expr); }
QueryPtr Copy(const QueryPtr& query) { return query == nullptr ? nullptr : Clone(*query); }
RelationPtr Copy(const RelationPtr& relation) { return relation == nullptr ? nullptr : Clone(*relation); }

std::vector<ExprPtr> Copy(const std::vector<ExprPtr>& list) {
  std::vector<ExprPtr> copy;
  copy.reserve(list.size());
  for (const ExprPtr& expr : list) copy.push_back(Copy(expr));
  return copy;
}
std::vector<std::vector<ExprPtr>> Copy(const std::vector<std::vector<ExprPtr>>& rows) {
  std::vector<std::vector<ExprPtr>> copy;
  copy.reserve(rows.size());
  for (const auto& row : rows) copy.push_back(Copy(row));
  return copy;
}
std::vector<std::pair<ExprPtr, ExprPtr>> Copy(const std::vector<std::pair<ExprPtr, ExprPtr>>& pairs) {
  std::vector<std::pair<ExprPtr, ExprPtr>> copy;
  copy.reserve(pairs.size());
  for (const auto& [a, b] : pairs) copy.emplace_back(Copy(a), Copy(b));
  return copy;
}
OrderItem Copy(const OrderItem& item) { return {Copy(item.expr), item.descending, item.nulls_first}; }
std::vector<OrderItem> Copy(const std::vector<OrderItem>& items) {
  std::vector<OrderItem> copy;
  copy.reserve(items.size());
  for (const OrderItem& item : items) copy.push_back(Copy(item));
  return copy;
}
std::vector<Argument> Copy(const std::vector<Argument>& args) {
  std::vector<Argument> copy;
  copy.reserve(args.size());
  for (const Argument& arg : args) copy.push_back({arg.name, Copy(arg.value)});
  return copy;
}
Window Copy(const Window& window) {
  Window copy{Copy(window.partition_by), Copy(window.order_by), std::nullopt};
  if (window.frame) {
    copy.frame = WindowFrame{window.frame->unit,
                             {window.frame->start.kind, Copy(window.frame->start.offset)},
                             {window.frame->end.kind, Copy(window.frame->end.offset)}};
  }
  return copy;
}
Star Copy(const Star& star) {
  Star copy{star.qualifier, star.ilike, star.exclude, {}, star.rename};
  for (const auto& [value, name] : star.replace) copy.replace.emplace_back(Copy(value), name);
  return copy;
}

struct ExprCopier {
  Position at;

  template <class T>
  ExprPtr Make(T node) const {
    return MakeExpr(std::move(node), at);
  }
  ExprPtr operator()(const Literal& n) const { return Make(n); }
  ExprPtr operator()(const IntervalLiteral& n) const { return Make(n); }
  ExprPtr operator()(const ColumnRef& n) const { return Make(n); }
  ExprPtr operator()(const PositionRef& n) const { return Make(n); }
  ExprPtr operator()(const VariableRef& n) const { return Make(n); }
  ExprPtr operator()(const BindRef& n) const { return Make(n); }
  ExprPtr operator()(const DefaultValue& n) const { return Make(n); }
  ExprPtr operator()(const Star& n) const { return Make(Copy(n)); }
  ExprPtr operator()(const Unary& n) const { return Make(Unary{n.op, Copy(n.arg)}); }
  ExprPtr operator()(const Binary& n) const { return Make(Binary{n.op, Copy(n.left), Copy(n.right)}); }
  ExprPtr operator()(const IsTest& n) const { return Make(IsTest{n.what, n.negated, Copy(n.arg)}); }
  ExprPtr operator()(const Between& n) const {
    return Make(Between{n.negated, Copy(n.arg), Copy(n.low), Copy(n.high)});
  }
  ExprPtr operator()(const InList& n) const { return Make(InList{n.negated, Copy(n.arg), Copy(n.items)}); }
  ExprPtr operator()(const InQuery& n) const { return Make(InQuery{n.negated, Copy(n.arg), Copy(n.query)}); }
  ExprPtr operator()(const Exists& n) const { return Make(Exists{Copy(n.query)}); }
  ExprPtr operator()(const ScalarQuery& n) const { return Make(ScalarQuery{Copy(n.query)}); }
  ExprPtr operator()(const QuantifiedCompare& n) const {
    return Make(QuantifiedCompare{n.op, n.all, Copy(n.arg), Copy(n.query)});
  }
  ExprPtr operator()(const Like& n) const {
    return Make(Like{n.kind, n.match, n.negated, Copy(n.arg), Copy(n.patterns), Copy(n.escape)});
  }
  ExprPtr operator()(const Case& n) const { return Make(Case{Copy(n.operand), Copy(n.whens), Copy(n.otherwise)}); }
  ExprPtr operator()(const Cast& n) const { return Make(Cast{Copy(n.arg), n.type, n.try_cast}); }
  ExprPtr operator()(const Call& n) const {
    Call copy{n.name, Copy(n.args), n.distinct, n.star, Copy(n.within_group), Copy(n.filter), n.ignore_nulls, {}};
    if (n.over) copy.over = Copy(*n.over);
    return Make(std::move(copy));
  }
  ExprPtr operator()(const Path& n) const {
    Path copy{Copy(n.base), {}};
    for (const auto& step : n.steps) {
      if (const std::string* key = std::get_if<std::string>(&step)) {
        copy.steps.emplace_back(*key);
      } else {
        copy.steps.emplace_back(Copy(std::get<ExprPtr>(step)));
      }
    }
    return Make(std::move(copy));
  }
  ExprPtr operator()(const ArrayLiteral& n) const { return Make(ArrayLiteral{Copy(n.items)}); }
  ExprPtr operator()(const ObjectLiteral& n) const {
    ObjectLiteral copy{Copy(n.pairs), nullptr};
    if (n.star != nullptr) copy.star = std::make_unique<Star>(Copy(*n.star));
    return Make(std::move(copy));
  }
  ExprPtr operator()(const Tuple& n) const { return Make(Tuple{Copy(n.items)}); }
  ExprPtr operator()(const Collate& n) const { return Make(Collate{Copy(n.arg), n.collation}); }
  ExprPtr operator()(const DuckExpr& n) const { return Make(DuckExpr{n.text, Copy(n.args)}); }
};

struct RelationCopier {
  const Relation& relation;

  template <class T>
  RelationPtr Make(T node) const {
    return MakeRelation(std::move(node), relation.alias, relation.at);
  }
  RelationPtr operator()(const NamedRelation& n) const {
    NamedRelation copy{n.name, {}, n.sample};
    if (n.travel) copy.travel = TimeTravel{n.travel->before, n.travel->kind, Copy(n.travel->value)};
    return Make(std::move(copy));
  }
  RelationPtr operator()(const QueryRelation& n) const {
    return Make(QueryRelation{Copy(n.query), n.lateral, n.sample});
  }
  RelationPtr operator()(const FunctionRelation& n) const { return Make(FunctionRelation{Copy(n.call), n.lateral}); }
  RelationPtr operator()(const ValuesRelation& n) const { return Make(ValuesRelation{Copy(n.rows)}); }
  RelationPtr operator()(const StageRelation& n) const { return Make(StageRelation{n.location, Copy(n.options)}); }
  RelationPtr operator()(const JoinRelation& n) const {
    return Make(JoinRelation{n.kind, n.natural, Copy(n.left), Copy(n.right), Copy(n.on), Copy(n.match_condition),
                             n.using_columns});
  }
  RelationPtr operator()(const PivotRelation& n) const {
    PivotRelation copy{Copy(n.source),    Copy(n.aggregate), n.aggregate_alias,    n.column, {},
                       Copy(n.any_order), Copy(n.query),     Copy(n.default_value)};
    for (const auto& [value, alias] : n.values) copy.values.emplace_back(Copy(value), alias);
    return Make(std::move(copy));
  }
  RelationPtr operator()(const UnpivotRelation& n) const {
    return Make(UnpivotRelation{Copy(n.source), n.include_nulls, n.value_column, n.name_column, n.columns});
  }
  RelationPtr operator()(const DuckRelation& n) const { return Make(DuckRelation{n.text, Copy(n.args), n.lateral}); }
};

Select Copy(const Select& select) {
  Select copy;
  copy.distinct = select.distinct;
  copy.top = Copy(select.top);
  for (const SelectItem& item : select.items) copy.items.push_back({Copy(item.expr), item.alias, item.default_name});
  copy.from = Copy(select.from);
  copy.where = Copy(select.where);
  if (select.group_by) copy.group_by = GroupBy{select.group_by->kind, Copy(select.group_by->sets)};
  copy.having = Copy(select.having);
  copy.qualify = Copy(select.qualify);
  if (select.connect_by) {
    copy.connect_by = ConnectBy{Copy(select.connect_by->start_with), Copy(select.connect_by->condition)};
  }
  for (const auto& [name, window] : select.windows) copy.windows.emplace_back(name, Copy(window));
  return copy;
}

}  // namespace

ExprPtr Clone(const Expr& expr) { return std::visit(ExprCopier{expr.at}, expr.node); }

RelationPtr Clone(const Relation& relation) { return std::visit(RelationCopier{relation}, relation.node); }

QueryPtr Clone(const Query& query) {
  auto copy = std::make_unique<Query>();
  copy->at = query.at;
  copy->recursive = query.recursive;
  for (const CommonTable& table : query.with) {
    copy->with.push_back({table.name, table.columns, Copy(table.query)});
  }
  if (const Select* select = query.AsSelect()) {
    copy->body = Copy(*select);
  } else if (const SetOperation* set = std::get_if<SetOperation>(&query.body)) {
    copy->body = SetOperation{set->op, set->by_name, Copy(set->left), Copy(set->right)};
  } else {
    copy->body = Values{Copy(std::get<Values>(query.body).rows)};
  }
  copy->order_by_all = query.order_by_all;
  copy->order_by = Copy(query.order_by);
  copy->limit = Copy(query.limit);
  copy->offset = Copy(query.offset);
  return copy;
}

}  // namespace firn::sql

// The writer behind sql/printer.h: appends DuckDB SQL to one string. Expressions are in print_expression.cc, queries in
// print_query.cc; nothing outside this folder includes it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sql/printer.h"

namespace firn::sql {

class Writer {
 public:
  void Write(const Expr& expr);
  void Write(const Query& query);
  void Write(const Relation& relation);
  std::string Take() { return std::move(out_); }

 private:
  // --- expressions ---------------------------------------------------------------------------------------------------
  void Node(const Literal& node);
  void Node(const IntervalLiteral& node);
  void Node(const ColumnRef& node);
  void Node(const PositionRef& node);
  void Node(const VariableRef& node);
  void Node(const BindRef& node);
  void Node(const Star& node);
  void Node(const Unary& node);
  void Node(const Binary& node);
  void Node(const IsTest& node);
  void Node(const Between& node);
  void Node(const InList& node);
  void Node(const InQuery& node);
  void Node(const Exists& node);
  void Node(const ScalarQuery& node);
  void Node(const QuantifiedCompare& node);
  void Node(const Like& node);
  void Node(const Case& node);
  void Node(const Cast& node);
  void Node(const Call& node);
  void Node(const Path& node);
  void Node(const ArrayLiteral& node);
  void Node(const ObjectLiteral& node);
  void Node(const Tuple& node);
  void Node(const Collate& node);
  void Node(const DefaultValue& node);
  void Node(const DuckExpr& node);

  void Number(std::string_view text);
  void Arithmetic(const Binary& node);
  void IntervalChain(const char* function, const Expr& base, const IntervalLiteral& interval);
  void Template(std::string_view text, const std::vector<ExprPtr>& args);
  void OneLike(const Like& node, const Expr& pattern);
  void WindowText(const Window& window, std::string_view function);
  void Bound(const FrameBound& bound);
  void CallBegin(const char* function) { out_ += '"', out_ += function, out_ += "\"("; }

  // --- lists and names -----------------------------------------------------------------------------------------------
  void List(const std::vector<ExprPtr>& list);
  void Order(const std::vector<OrderItem>& items);
  void Name(std::string_view name) { out_ += QuoteIdent(name); }
  void Names(const std::vector<Ident>& names);
  void Dotted(const std::vector<Ident>& parts);

  // --- queries -------------------------------------------------------------------------------------------------------
  void Body(const Select& select);
  void Body(const SetOperation& set);
  void Body(const Values& values);
  void Operand(const Query& query);
  void Rows(const std::vector<std::vector<ExprPtr>>& rows);
  void Limit(const Query& query);
  void Group(const GroupBy& group);
  void Alias(const TableAlias& alias);
  void SampleText(const std::optional<Sample>& sample);

  void From(const NamedRelation& node, const Relation& relation);
  void From(const QueryRelation& node, const Relation& relation);
  void From(const FunctionRelation& node, const Relation& relation);
  void From(const ValuesRelation& node, const Relation& relation);
  void From(const StageRelation& node, const Relation& relation);
  void From(const JoinRelation& node, const Relation& relation);
  void From(const PivotRelation& node, const Relation& relation);
  void From(const UnpivotRelation& node, const Relation& relation);
  void From(const DuckRelation& node, const Relation& relation);
  void JoinSide(const Relation& side);

  std::string out_;
  bool bigint_literals_ = false;  ///< inside arithmetic among literals alone
};

}  // namespace firn::sql

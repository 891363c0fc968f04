// The syntax tree of queries: SELECT, set operations, VALUES, and what may stand in FROM. See sql/ast.h.
#pragma once

#include "sql/ast.h"

namespace firn::sql {

struct SelectItem {
  ExprPtr expr;
  std::optional<Ident> alias;
  /// What Snowflake names the column without an alias: the source text in upper case, or the column's own name.
  std::string default_name;
};

/// AT | BEFORE (TIMESTAMP => … | OFFSET => … | STATEMENT => … | STREAM => …)
struct TimeTravel {
  bool before = false;
  enum class Kind { kTimestamp, kOffset, kStatement, kStream } kind;
  ExprPtr value;
};
struct Sample {
  bool block = false;  ///< SYSTEM | BLOCK instead of BERNOULLI | ROW
  bool rows = false;   ///< amount is a number of rows, not a percentage
  std::string amount;
  std::optional<int64_t> seed;
};
struct TableAlias {
  std::optional<Ident> name;
  std::vector<Ident> columns;
};

// --- FROM ------------------------------------------------------------------------------------------------------------

struct NamedRelation {
  ObjectName name;
  std::optional<TimeTravel> travel;
  std::optional<Sample> sample;
};
struct QueryRelation {
  QueryPtr query;
  bool lateral = false;
  std::optional<Sample> sample;
};
/// FLATTEN(…), TABLE(f(…)), GENERATOR, RESULT_SCAN
struct FunctionRelation {
  ExprPtr call;  ///< a Call
  bool lateral = false;
};
/// VALUES (…), (…)
struct ValuesRelation {
  std::vector<std::vector<ExprPtr>> rows;
};
/// @stage/path (FILE_FORMAT => …, PATTERN => …)
struct StageRelation {
  std::string location;  ///< as written, without the @
  std::vector<Argument> options;
};
enum class JoinKind { kInner, kLeft, kRight, kFull, kCross, kAsof };
struct JoinRelation {
  JoinKind kind;
  bool natural = false;
  RelationPtr left, right;
  ExprPtr on;               ///< may be null
  ExprPtr match_condition;  ///< kAsof
  std::vector<Ident> using_columns;
};
struct PivotRelation {
  RelationPtr source;
  ExprPtr aggregate;  ///< a Call
  std::optional<Ident> aggregate_alias;
  Ident column;
  std::vector<std::pair<ExprPtr, std::optional<Ident>>> values;  ///< empty: ANY, or `query`
  std::vector<OrderItem> any_order;                              ///< of ANY
  QueryPtr query;
  ExprPtr default_value;
};
struct UnpivotRelation {
  RelationPtr source;
  bool include_nulls = false;
  Ident value_column, name_column;
  std::vector<std::pair<Ident, std::optional<Ident>>> columns;
};
/// DuckDB text in FROM made by the planner: lake_scan(7), read_csv(…). `{0}` … stand for the arguments.
struct DuckRelation {
  std::string text;
  std::vector<ExprPtr> args;
  bool lateral = false;
};

struct Relation {
  Position at;
  TableAlias alias;
  std::variant<NamedRelation, QueryRelation, FunctionRelation, ValuesRelation, StageRelation, JoinRelation,
               PivotRelation, UnpivotRelation, DuckRelation>
      node;

  template <class T>
  T* As() {
    return std::get_if<T>(&node);
  }
  template <class T>
  const T* As() const {
    return std::get_if<T>(&node);
  }
};
template <class T>
RelationPtr MakeRelation(T node, TableAlias alias = {}, Position at = {}) {
  auto relation = std::make_unique<Relation>();
  relation->at = at;
  relation->alias = std::move(alias);
  relation->node = std::move(node);
  return relation;
}
RelationPtr Clone(const Relation& relation);

// --- SELECT ----------------------------------------------------------------------------------------------------------

struct GroupBy {
  /// kSets: GROUPING SETS; each set of `sets` is a list. kList, kRollup, kCube use sets[0].
  enum class Kind { kAll, kList, kRollup, kCube, kSets } kind;
  std::vector<std::vector<ExprPtr>> sets;
};
struct ConnectBy {
  ExprPtr start_with;  ///< may be null
  ExprPtr condition;   ///< holds Unary kPrior
};
struct Select {
  bool distinct = false;
  ExprPtr top;
  std::vector<SelectItem> items;
  RelationPtr from;  ///< may be null; comma-separated relations are cross joins
  ExprPtr where;
  std::optional<GroupBy> group_by;
  ExprPtr having;
  ExprPtr qualify;
  std::optional<ConnectBy> connect_by;
  std::vector<std::pair<Ident, Window>> windows;  ///< WINDOW w AS (…)
};
enum class SetOp { kUnion, kUnionAll, kIntersect, kExcept };
struct SetOperation {
  SetOp op;
  bool by_name = false;
  QueryPtr left, right;
};
struct Values {
  std::vector<std::vector<ExprPtr>> rows;
};

struct CommonTable {
  Ident name;
  std::vector<Ident> columns;
  QueryPtr query;
};

/// A whole query: one body with what stands around it.
struct Query {
  Position at;
  bool recursive = false;
  std::vector<CommonTable> with;
  std::variant<Select, SetOperation, Values> body;
  bool order_by_all = false;
  std::vector<OrderItem> order_by;
  ExprPtr limit;   ///< may be null
  ExprPtr offset;  ///< may be null

  Select* AsSelect() { return std::get_if<Select>(&body); }
  const Select* AsSelect() const { return std::get_if<Select>(&body); }
};

}  // namespace firn::sql

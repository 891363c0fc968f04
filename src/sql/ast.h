// The syntax tree of expressions and queries. The parser makes it with positions in the source text; `functions`
// rewrites call nodes; `planner` replaces names by what they mean; the printer turns it into DuckDB SQL. A tree has one
// owner; nothing here locks. Each kind of node is a struct of its own in the variant of Expr, Relation or QueryBody.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/types.h"

namespace firn::sql {

struct Expr;
struct Query;
struct Relation;
using ExprPtr = std::unique_ptr<Expr>;
using QueryPtr = std::unique_ptr<Query>;
using RelationPtr = std::unique_ptr<Relation>;

/// An identifier, folded: upper case unless it was quoted.
struct Ident {
  std::string text;
  bool quoted = false;
  Position at;
};

/// db.schema.name, 1 to 3 parts (`db..t` has an empty middle part). `dynamic`: IDENTIFIER($v), IDENTIFIER(?),
/// TABLE($v), FROM ?, whose parts the planner fills in from its value (in FROM, a text with @ names a stage).
struct ObjectName {
  std::vector<Ident> parts;
  std::shared_ptr<Expr> dynamic;
  Position at;
  /// The parts joined by dots, as error texts show them.
  std::string Text() const;
};

// --- expressions -----------------------------------------------------------------------------------------------------

struct Literal {
  enum class Kind { kNull, kBoolean, kNumber, kString, kBinary } kind;
  std::string text;  ///< kBoolean: "true"/"false"; kNumber: as written; kString: decoded; kBinary: raw bytes
};
struct IntervalLiteral {
  struct Part {
    std::string amount;  ///< a decimal integer, perhaps negative
    std::string unit;    ///< "year", "quarter", "month", "week", "day", "hour", "minute", "second", "millisecond" …
  };
  std::vector<Part> parts;  ///< in written order, which is the order of adding
};
struct ColumnRef {
  std::vector<Ident> parts;
};
/// $1, t.$2
struct PositionRef {
  std::vector<Ident> qualifier;
  int number;
};
/// $x
struct VariableRef {
  std::string name;
};
/// `?` (numbered from 1 in the order of the text), `:1`, `:name`
struct BindRef {
  int number = 0;
  std::string name;
};
/// *, t.*, with Snowflake's modifiers
struct Star {
  std::vector<Ident> qualifier;
  std::optional<std::string> ilike;
  std::vector<Ident> exclude;
  std::vector<std::pair<ExprPtr, Ident>> replace;
  std::vector<std::pair<Ident, Ident>> rename;
};
/// kOuterMark: column(+)
enum class UnaryOp { kMinus, kPlus, kNot, kPrior, kOuterMark };
struct Unary {
  UnaryOp op;
  ExprPtr arg;
};
enum class BinaryOp {
  kOr,
  kAnd,
  kEq,
  kNe,
  kLt,
  kLe,
  kGt,
  kGe,
  kDistinct,
  kNotDistinct,
  kAdd,
  kSub,
  kMul,
  kDiv,
  kMod,
  kConcat
};
struct Binary {
  BinaryOp op;
  ExprPtr left, right;
};
/// x IS [NOT] NULL | TRUE | FALSE
struct IsTest {
  enum class What { kNull, kTrue, kFalse } what;
  bool negated;
  ExprPtr arg;
};
struct Between {
  bool negated;
  ExprPtr arg, low, high;
};
struct InList {
  bool negated;
  ExprPtr arg;
  std::vector<ExprPtr> items;
};
struct InQuery {
  bool negated;
  ExprPtr arg;
  QueryPtr query;
};
struct Exists {
  QueryPtr query;
};
struct ScalarQuery {
  QueryPtr query;
};
/// x <op> ANY | ALL (query)
struct QuantifiedCompare {
  BinaryOp op;
  bool all;
  ExprPtr arg;
  QueryPtr query;
};
struct Like {
  enum class Kind { kLike, kILike, kRLike } kind;
  enum class Match { kOne, kAny, kAll } match;
  bool negated;
  ExprPtr arg;
  std::vector<ExprPtr> patterns;
  ExprPtr escape;  ///< may be null
};
struct Case {
  ExprPtr operand;  ///< may be null
  std::vector<std::pair<ExprPtr, ExprPtr>> whens;
  ExprPtr otherwise;  ///< may be null
};
struct Cast {
  ExprPtr arg;
  SqlType type;
  bool try_cast = false;
};
struct OrderItem {
  ExprPtr expr;
  bool descending = false;
  std::optional<bool> nulls_first;  ///< unset: Snowflake's default, NULL is the largest value
};
struct FrameBound {
  enum class Kind { kUnboundedPreceding, kPreceding, kCurrentRow, kFollowing, kUnboundedFollowing } kind;
  ExprPtr offset;
};
struct WindowFrame {
  enum class Unit { kRows, kRange, kGroups } unit;
  FrameBound start, end;
};
struct Window {
  std::vector<ExprPtr> partition_by;
  std::vector<OrderItem> order_by;
  std::optional<WindowFrame> frame;
};
struct Argument {
  std::string name;  ///< of `name => value`, upper case; else empty
  ExprPtr value;
};
/// f(…), with everything that may follow. EXTRACT, POSITION, TRIM and the like arrive here with plain arguments.
struct Call {
  ObjectName name;
  std::vector<Argument> args;
  bool distinct = false;
  bool star = false;  ///< COUNT(*)
  std::vector<OrderItem> within_group;
  ExprPtr filter;
  std::optional<bool> ignore_nulls;
  std::optional<Window> over;
};
/// v:a.b[0]['c']
struct Path {
  ExprPtr base;
  std::vector<std::variant<std::string, ExprPtr>> steps;  ///< a key, or an index expression in brackets
};
struct ArrayLiteral {
  std::vector<ExprPtr> items;
};
struct ObjectLiteral {
  std::vector<std::pair<ExprPtr, ExprPtr>> pairs;
  std::unique_ptr<Star> star;  ///< {*}
};
/// (a, b)
struct Tuple {
  std::vector<ExprPtr> items;
};
struct Collate {
  ExprPtr arg;
  std::string collation;
};
/// DEFAULT in VALUES or behind `column =`
struct DefaultValue {};
/// DuckDB text made by a rewrite: `{0}` … stand for the arguments, which are printed in parentheses where needed.
struct DuckExpr {
  std::string text;
  std::vector<ExprPtr> args;
};

struct Expr {
  Position at;
  std::variant<Literal, IntervalLiteral, ColumnRef, PositionRef, VariableRef, BindRef, Star, Unary, Binary, IsTest,
               Between, InList, InQuery, Exists, ScalarQuery, QuantifiedCompare, Like, Case, Cast, Call, Path,
               ArrayLiteral, ObjectLiteral, Tuple, Collate, DefaultValue, DuckExpr>
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
ExprPtr MakeExpr(T node, Position at = {}) {
  auto expr = std::make_unique<Expr>();
  expr->at = at;
  expr->node = std::move(node);
  return expr;
}
ExprPtr Clone(const Expr& expr);
QueryPtr Clone(const Query& query);

}  // namespace firn::sql

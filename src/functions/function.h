// The shape of a row: one Snowflake function. A family file (string.cc, date.cc …) holds a sorted array of rows, each
// row's code just above it; functions.cc lists the families. Rows are constants: any thread may read them.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "functions/session_facts.h"
#include "sql/query.h"

namespace firn::functions {

struct BindCall;   // functions/bind.h
struct BoundNode;  // functions/bind.h

/// What a rewrite may look at besides the call.
struct RewriteContext {
  Position at;
  const SessionFacts& facts;
};

/// A function of DuckDB with the same meaning. `takes` says what each argument is coerced to before the call, one
/// letter an argument, the last one for all that follow: t text, i integer, d double, n number or double (text becomes
/// DOUBLE), m the same with three more fraction digits, b boolean, y binary (text stays), v variant, a array, o object,
/// k its order key, . as it is.
struct Rename {
  const char* duckdb;
  const char* takes;
};
/// The same as Rename under the same name in lower case.
struct Same {
  const char* takes;
};
/// DuckDB text with the signature's parameter names in braces: "CASE WHEN {test} THEN …".
struct Macro {
  const char* text;
};
/// A pure function on the call's tree.
struct Rewrite {
  Result<sql::ExprPtr> (*apply)(sql::Call&& call, const RewriteContext& context);
};
/// C++: called when DuckDB binds the call, with typed arguments; gives back the expression to run.
struct Native {
  BoundNode (*bind)(BindCall& call);
};
/// A literal made from the session's facts.
struct FromSession {
  Result<sql::ExprPtr> (*make)(const sql::Call& call, const RewriteContext& context);
};
/// Known, and will not be there.
struct Refuse {
  const char* reason;
};
/// A function in FROM.
struct TableRewrite {
  Result<sql::RelationPtr> (*apply)(sql::Call&& call, const RewriteContext& context);
  const char* columns;  ///< blank-separated names of its columns, in order
};
using How = std::variant<Same, Rename, Macro, Rewrite, Native, FromSession, Refuse, TableRewrite>;

struct Function {
  const char* name;       ///< upper case
  const char* signature;  ///< "text, start [, length = 5]", "value, ..."; see Parameter
  How how;
  const char* example;   ///< an expression; "" where a value cannot be shown (random, session)
  const char* expected;  ///< its text as TO_VARCHAR gives it, "NULL" for NULL
  const char* page;      ///< docs.snowflake.com/en/sql-reference/<page>
};

enum class Kind { kScalar, kAggregate, kWindow, kTable };

struct Family {
  const char* name;
  Kind kind;
  std::span<const Function> rows;
};

/// All families, in a fixed order.
std::span<const Family> Families();

struct Found {
  const Function* row;
  Kind kind;
};
/// The row of `name` (any case), or a null row.
Found FindFunction(std::string_view name);

/// A parameter of a signature: "text, start [, length = 5]"; "..." stands for any number more.
struct Parameter {
  std::string name;
  bool optional = false;
  std::string fallback;  ///< literal that a left-out argument stands for: 5, ' '; empty: none
};
std::vector<Parameter> ParametersOf(std::string_view signature);

/// How many arguments a signature allows; most < 0: any number.
struct ArgumentCounts {
  int least;
  int most;
};
ArgumentCounts CountsOf(std::string_view signature);

}  // namespace firn::functions

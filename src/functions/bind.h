// Building DuckDB expressions at bind time: what a Native row's bind step works with. Each call of a scalar function is
// registered in DuckDB as "fn$<name>" taking anything; its bind step sees the argument types and composes DuckDB's
// own functions, casts, and kernels of ours. Used inside this room only, during DuckDB's bind, on its thread.
#pragma once

#include <duckdb.hpp>
#include <duckdb/common/types/value.hpp>
#include <duckdb/function/scalar_function.hpp>
#include <duckdb/planner/expression.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/types.h"
#include "functions/function.h"
#include "functions/raise.h"

namespace firn::functions {

using duckdb::ClientContext;
using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::Value;
using BoundExpr = duckdb::unique_ptr<duckdb::Expression>;

struct BoundNode {
  BoundExpr expr;
  BoundNode(BoundExpr e) : expr(std::move(e)) {}  // NOLINT: implicit by design
};

/// A call being bound. `args` are bound and typed; a bind step takes them by Take().
struct BindCall {
  ClientContext& context;
  const char* name;  ///< upper case, for errors
  std::vector<BoundExpr> args;

  size_t size() const { return args.size(); }
  const LogicalType& Type(size_t i) const { return args[i]->return_type; }
  BoundExpr Take(size_t i) { return std::move(args[i]); }
  BoundExpr Copy(size_t i) const { return args[i]->Copy(); }
  /// Raises kInvalidArgumentTypes naming all argument types.
  [[noreturn]] void BadTypes() const;
};

// --- facts -----------------------------------------------------------------------------------------------------------

/// A session parameter at bind time, or Snowflake's default for it.
std::string FactAt(ClientContext& context, const char* parameter);
int64_t IntFactAt(ClientContext& context, const char* parameter);

// --- expressions -----------------------------------------------------------------------------------------------------

BoundExpr Constant(Value value);
BoundExpr NullOf(const LogicalType& type);
/// The value of an expression without columns; nullopt where it has some, or its evaluation fails.
std::optional<Value> ConstantOf(ClientContext& context, const duckdb::Expression& expr);
/// A constant text argument (a format, a part name). Errors: kInvalidArgumentTypes where it is not constant text.
std::string ConstantText(BindCall& call, size_t i);
/// A constant integer argument.
int64_t ConstantInt(BindCall& call, size_t i);
bool IsNullConstant(const duckdb::Expression& expr);
/// Replaces an expression without columns by its value, keeping its type; leaves it where evaluation fails.
BoundExpr Fold(ClientContext& context, BoundExpr expr);

/// DuckDB's scalar function `name` over `args`, bound by DuckDB's own rules.
BoundExpr Duck(ClientContext& context, const char* name, std::vector<BoundExpr> args);
template <class... Args>
BoundExpr Duck(ClientContext& context, const char* name, BoundExpr first, Args... rest) {
  std::vector<BoundExpr> args;
  args.push_back(std::move(first));
  (args.push_back(std::move(rest)), ...);
  return Duck(context, name, std::move(args));
}
/// DuckDB's cast.
BoundExpr DuckCast(ClientContext& context, BoundExpr expr, const LogicalType& type);
/// The same bytes under another type of the same physical type (VARCHAR as VARIANT …).
BoundExpr Retype(BoundExpr expr, const LogicalType& type);
BoundExpr Compare(duckdb::ExpressionType op, BoundExpr left, BoundExpr right);
BoundExpr IsNull(BoundExpr expr);
BoundExpr Not(BoundExpr expr);
BoundExpr And(BoundExpr left, BoundExpr right);
BoundExpr Or(BoundExpr left, BoundExpr right);
/// CASE WHEN test THEN then ELSE otherwise; both of one type.
BoundExpr If(BoundExpr test, BoundExpr then, BoundExpr otherwise);
BoundExpr Coalesce(std::vector<BoundExpr> args);

// --- kernels ---------------------------------------------------------------------------------------------------------

struct KernelTraits {
  bool volatile_result = false;  ///< a new value for each row (RANDOM)
  bool sees_nulls = false;       ///< called for NULL arguments too
};
/// An expression that runs `run` over `args`. `identity` must tell apart kernels with other captured values: DuckDB
/// shares the result of expressions that are equal by it and by their arguments.
BoundExpr Kernel(std::string identity, LogicalType result, std::vector<BoundExpr> args, duckdb::scalar_function_t run,
                 KernelTraits traits = {});

}  // namespace firn::functions

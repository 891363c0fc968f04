// The operators that the printer writes as calls ("firn$add"(a, b) …) and the comparisons: bind steps that give back
// DuckDB's own operator where it means the same. For register.cc and functions that reuse an operator.
#pragma once

#include "functions/bind.h"

namespace firn::functions {

struct OperatorRow {
  const char* name;  ///< in DuckDB: "firn$add"
  BoundNode (*bind)(BindCall& call);
};
/// All of them: operators.cc, operators_access.cc; and what rewrites of aggregates, context and table functions call:
/// aggregate_kernels.cc, bitmap.cc, table_kernels.cc.
std::span<const OperatorRow> ArithmeticOperators();
std::span<const OperatorRow> AccessOperators();
std::span<const OperatorRow> AggregateKernels();
std::span<const OperatorRow> BitmapKernels();
std::span<const OperatorRow> TableKernels();

BoundExpr Add(ClientContext& context, BoundExpr left, BoundExpr right);
BoundExpr Subtract(ClientContext& context, BoundExpr left, BoundExpr right);
BoundExpr Multiply(ClientContext& context, BoundExpr left, BoundExpr right);
/// `scale` < 0: by Snowflake's rule. `zero` says what a zero divisor gives.
enum class ZeroDivisor { kRaise, kZero };
BoundExpr Divide(ClientContext& context, BoundExpr left, BoundExpr right, int scale = -1,
                 ZeroDivisor zero = ZeroDivisor::kRaise);
BoundExpr Modulo(ClientContext& context, BoundExpr left, BoundExpr right);
BoundExpr Negate(ClientContext& context, BoundExpr arg);
/// Both sides as text (or both BINARY), joined.
BoundExpr Concat(ClientContext& context, BoundExpr left, BoundExpr right);
/// `op` over both sides brought to one type; TIMESTAMP_TZ compares by instant.
BoundExpr CompareAs(ClientContext& context, duckdb::ExpressionType op, BoundExpr left, BoundExpr right);

/// v:key, v[index]
BoundExpr GetItem(ClientContext& context, BoundExpr value, BoundExpr key);

}  // namespace firn::functions

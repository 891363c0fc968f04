// Fixed-point columns for kernels: DuckDB stores NUMBER by its precision in 16, 32, 64 or 128 bits. Used inside this
// room, at bind time.
#pragma once

#include "functions/bind.h"
#include "functions/cast.h"
#include "functions/kernel.h"
#include "functions/number.h"
#include "functions/types.h"

namespace firn::functions {

/// A number widened to one of two widths: 64 bits (BIGINT, DECIMAL(18,s)) or 128 (HUGEINT, DECIMAL(38,s)).
struct FixedInput {
  BoundExpr expr;
  Digits digits;
  bool wide = false;
};
FixedInput WidenFixed(ClientContext& context, BoundExpr number);

/// Calls f.template operator()<T>() with the C++ type that stores `type`.
template <class F>
auto WithStored(const LogicalType& type, F&& f) {
  switch (type.InternalType()) {
    case duckdb::PhysicalType::INT16:
      return f.template operator()<int16_t>();
    case duckdb::PhysicalType::INT32:
      return f.template operator()<int32_t>();
    case duckdb::PhysicalType::INT64:
      return f.template operator()<int64_t>();
    default:
      return f.template operator()<int128>();
  }
}
template <class F>
auto WithWidth(bool wide, F&& f) {
  return wide ? f.template operator()<int128>() : f.template operator()<int64_t>();
}

/// "FIXED[SB8](18,2){nullable}"
std::string FixedTypeName(int precision, int scale);
/// Raises kNumberTooLarge for a value of the given scale that does not fit.
[[noreturn]] void RaiseTooLarge(const LogicalType& target, int128 value, int value_scale);

}  // namespace firn::functions

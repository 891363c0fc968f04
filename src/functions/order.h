// How VARIANT, ARRAY, OBJECT and TIMESTAMP_TZ values are ordered and grouped: numbers by value before strings by their
// bytes, TIMESTAMP_TZ by its instant. Register() calls it once, under the registration's own transaction.
#pragma once

#include <string>
#include <string_view>

#include "functions/bind.h"

namespace firn::functions {

/// Bytes that compare as the values do (VariantLess), and are equal where the values are.
std::string VariantOrderKey(std::string_view value);

/// What stands for `value` where values are told apart or ordered: itself for most types.
BoundExpr OrderKey(ClientContext& context, BoundExpr value);

/// Tells DuckDB's binder about ORDER BY, GROUP BY, DISTINCT and PARTITION BY of those types, and adds min and max.
void RegisterOrder(ClientContext& context);

}  // namespace firn::functions

// Builders of ARRAY and OBJECT values, shared by literals, functions and aggregates. At bind time.
#pragma once

#include "functions/bind.h"

namespace firn::functions {

/// [a, b]: NULL is `undefined`.
BoundExpr MakeArray(ClientContext& context, std::vector<BoundExpr> items);
/// {k: v}: pairs with NULL key or value are dropped; `keep_null` keeps values as JSON null. Raises kDuplicateKey.
BoundExpr MakeObject(ClientContext& context, std::vector<BoundExpr> pairs, bool keep_null);

}  // namespace firn::functions

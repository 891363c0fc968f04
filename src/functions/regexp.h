// Regular expressions for RLIKE and the REGEXP_ family: RE2 within DuckDB. At bind time.
#pragma once

#include "functions/bind.h"

namespace firn::functions {

/// Whether the whole of `text` matches `pattern`. `parameters`: letters of c, i, m, e, s. Errors: kInvalidValue.
BoundExpr MatchWhole(ClientContext& context, BoundExpr text, BoundExpr pattern, const std::string& parameters);

}  // namespace firn::functions

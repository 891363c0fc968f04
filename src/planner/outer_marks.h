// a.x = b.y(+) in WHERE, the old spelling of an outer join, as LEFT JOINs in FROM. The resolver calls it on each SELECT
// before anything in it is resolved. Pure.
#pragma once

#include "base/result.h"
#include "sql/query.h"

namespace firn::planner {

/// Does nothing to a SELECT without (+) in WHERE. Errors: kUnsupported, kInvalidIdentifier.
Status RewriteOuterMarks(sql::Select& select);

}  // namespace firn::planner

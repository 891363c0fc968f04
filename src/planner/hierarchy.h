// [START WITH …] CONNECT BY … as a recursive common table: the anchor is the rows of START WITH, each step joins the
// relation with the rows found last. LEVEL, CONNECT_BY_ROOT and SYS_CONNECT_BY_PATH become columns that go down the
// tree. The resolver calls it on each query before anything in it is resolved. Pure.
#pragma once

#include "base/result.h"
#include "sql/query.h"

namespace firn::planner {

/// Does nothing to a query without CONNECT BY. Errors: kUnsupported (more than one relation in FROM), kTooFewArguments.
Status RewriteHierarchy(sql::Query& query);

}  // namespace firn::planner

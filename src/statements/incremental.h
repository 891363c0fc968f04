// Incremental refresh of dynamic tables: what changed in the inputs since the last refresh becomes what changes in the
// table. Filter, projection and inner joins are linear: the query over each input's changes, with the inputs before it
// as they are and those after it as they were, gives the rows to add and to take away. A query with GROUP BY gives the
// groups that changed, and these are computed anew. For dynamic_table.cc.
#pragma once

#include <optional>
#include <string>

#include "catalog/objects.h"
#include "planner/context.h"
#include "statements/execution.h"

namespace firn::statements {

/// Why a query (the SELECT of a dynamic table, names resolve in the context's place) has to be computed as a whole; ""
/// where it need not. Errors: those of looking up names.
Result<std::string> WhyNotIncremental(Execution& run, const std::string& query);

struct RefreshedRows {
  int64_t inserted = 0;
  int64_t deleted = 0;
};
/// Puts the changes since `before` (the table's offsets) into the transaction. None: it has to be a full refresh after
/// all, for an input's older snapshot is gone. Errors: those of planning and of the engine.
Result<std::optional<RefreshedRows>> RefreshByChanges(Execution& run, const planner::FoundTable& table,
                                                      const catalog::Offsets& before);

}  // namespace firn::statements

// Lineage: which table's rows come from which, read from the definitions in the catalog (views, dynamic tables,
// streams, tasks, functions) as their SQL is parsed now. Pure over a state; any thread.
#pragma once

#include <string>
#include <vector>

#include "catalog/state.h"

namespace firn::faces {

struct LineageEdge {
  std::string from, to;  ///< ids of tables, views, streams, functions
  std::string through;   ///< id of what moves the rows: a view, dynamic table, stream, task or function
};

/// All edges of the account. Definitions that no longer parse, and names that mean nothing, give none.
std::vector<LineageEdge> LineageOf(const catalog::CatalogState& state);

}  // namespace firn::faces

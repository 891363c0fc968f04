// Lineage: which table's rows and columns come from which, read from the definitions in the catalog (views, dynamic
// tables, streams, tasks, functions) as their SQL is parsed now. Pure over a state; any thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "catalog/state.h"

namespace firn::planner {

struct LineageEdge {
  std::string from, to;  ///< ids of tables, views, streams, functions
  std::string through;   ///< id of what moves the rows: a view, dynamic table, stream, task or function
  /// (column of `from`, column of `to`), in the order of the latter; empty where only other rows are picked by it.
  std::vector<std::pair<std::string, std::string>> columns = {};
  bool calls = false;  ///< `from` is a function of one value that the definition calls: no rows
};

/// All edges of the account. Definitions that no longer parse, and names that mean nothing, give none.
std::vector<LineageEdge> LineageOf(const catalog::CatalogState& state);

}  // namespace firn::planner

// Stages in FROM and in COPY: which files a location means, whether they may be read, and the DuckDB call that reads
// them by the file format's options. Paths are checked by real path against --allow-dir (design: "Paths").
#pragma once

#include <string>
#include <vector>

#include "planner/context.h"
#include "sql/option.h"
#include "sql/query.h"

namespace firn::planner {

/// Replaces a StageRelation; `columns` get the names of $1, $2 …
Status PlanStageRelation(StatementContext& context, sql::RelationPtr& relation, std::vector<std::string>* columns);

}  // namespace firn::planner

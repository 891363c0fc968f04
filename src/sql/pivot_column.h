// The name of a column that PIVOT makes: the alias, or the value as written, quotes included; the aggregate's alias is
// a suffix inside the quotes. For the printer and the planner. Pure.
#pragma once

#include <optional>
#include <string>

#include "sql/query.h"

namespace firn::sql {

std::string PivotColumn(const PivotRelation& pivot, const Expr& value, const std::optional<Ident>& alias);

}  // namespace firn::sql

// Joins by USING and NATURAL: which columns they make one, and what a bare name means that both sides have. For the
// resolver of one statement; one thread.
#pragma once

#include <vector>

#include "planner/named_columns.h"
#include "sql/query.h"

namespace firn::planner {

/// A bare name that both sides of a join by USING or NATURAL have means the left one.
void TakeLeft(std::vector<sql::Ident>& parts, const std::vector<KnownRelation>& relations);

/// Notes a join over columns of one name; `right` is the first relation of its right side. A NATURAL join without such
/// columns becomes one of all pairs.
void MergeNames(sql::JoinRelation& join, size_t right, std::vector<KnownRelation>& relations);

}  // namespace firn::planner

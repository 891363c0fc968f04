// CLUSTER BY as Iceberg partition transforms: a column is identity, DATE_TRUNC('day', c) and TO_DATE(c) are day,
// YEAR(c) and DATE_TRUNC('year', c) are year …, TRUNCATE(n, c) and BUCKET(n, c) are Iceberg's. Other expressions are
// kept as text and cluster nothing, as a clustering key without automatic clustering does.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "catalog/objects.h"
#include "iceberg/partition_spec.h"
#include "sql/ast.h"

namespace firn::statements {

/// Errors: kInvalidIdentifier for a column that the table does not have.
Result<std::vector<std::pair<std::string, iceberg::Transform>>> PartitionOf(
    const std::vector<sql::ExprPtr>& keys, const std::vector<catalog::ColumnInfo>& columns);

}  // namespace firn::statements

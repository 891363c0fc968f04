// Iceberg's partition transforms in SQL. For this room's writer.
#pragma once

#include <duckdb.hpp>
#include <string>

#include "base/result.h"
#include "iceberg/partition_spec.h"

namespace firn::engine {

/// DuckDB SQL that gives the partition value of `column` (an expression of the type FileType(source)).
/// Errors: kUnsupported (a transform that is unknown or does not fit).
Result<std::string> TransformSql(const iceberg::Transform& transform, const iceberg::Type& source,
                                 const std::string& column);

/// Registers firn_transform(value, type text, transform text), which does bucket and truncate. Throws.
void RegisterTransform(duckdb::Connection& connection);

}  // namespace firn::engine

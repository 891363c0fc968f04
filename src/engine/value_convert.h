// Iceberg's types and values as DuckDB's, and back. For this room; pure.
#pragma once

#include <duckdb.hpp>
#include <optional>

#include "base/types.h"
#include "iceberg/schema.h"
#include "iceberg/value.h"

namespace firn::engine {

/// The DuckDB type in which a column is read and written in SQL. `type` is Iceberg's, `sql` the catalog's type of a
/// top-level column; null for nested fields. Errors: kUnsupported (variant, geometry, geography).
Result<duckdb::LogicalType> DuckType(const iceberg::Type& type, const SqlType* sql);
/// The DuckDB type in which Parquet files hold it, for writing: INTEGER for int, FLOAT for float … Errors: as above.
Result<duckdb::LogicalType> FileType(const iceberg::Type& type);
/// The Iceberg type that a catalog type is stored as. Errors: kUnsupported for TIMESTAMP_TZ, whose fields have ids.
Result<iceberg::Type> StoredType(const SqlType& type);

/// A value of `type` as DuckDB's; NULL for null and for what DuckDB has no value of.
duckdb::Value ToDuck(const iceberg::Type& type, const iceberg::Value& value);
/// The reverse: nothing if the value does not fit.
std::optional<iceberg::Value> FromDuck(const iceberg::Type& type, const duckdb::Value& value);

}  // namespace firn::engine

// Columns of tables: from a definition or a query's result to the catalog's ColumnInfo and Iceberg's fields, and what a
// writer needs to know of a table. Used by the verbs that make, alter and fill tables.
#pragma once

#include <string>
#include <vector>

#include "catalog/objects.h"
#include "engine/engine.h"
#include "iceberg/schema.h"
#include "planner/context.h"
#include "sql/statement_ddl.h"

namespace firn::statements {

/// VARIANT and kin are strings; TIMESTAMP_TZ is struct<instant: timestamp, offset_minutes: int>.
iceberg::Type IcebergType(const SqlType& type);
/// What a column of a table that was made elsewhere is in Snowflake's types: struct → OBJECT, list → ARRAY, map →
/// OBJECT, uuid and fixed → VARCHAR and BINARY. Errors: kUnsupported (geometry, geography, variant in binary form).
Result<SqlType> SqlTypeOf(const iceberg::Type& type);

/// Catalog columns of definitions, field ids not given yet. Errors: kDuplicateColumn, kInvalidType.
Result<std::vector<catalog::ColumnInfo>> ColumnsOf(const std::vector<sql::ColumnDef>& definitions);
/// Of a query's columns (CTAS). Errors: kDuplicateColumn.
Result<std::vector<catalog::ColumnInfo>> ColumnsOf(const std::vector<engine::ResultColumn>& columns);

iceberg::Field FieldOf(const catalog::ColumnInfo& column);
/// Sets each column's field id from the schema's field of the same name.
void TakeFieldIds(std::vector<catalog::ColumnInfo>* columns, const iceberg::Schema& schema);

/// The option of the object, or of the schema or database that it lies in.
std::optional<std::string> InheritedOption(const catalog::CatalogState& state, const catalog::Object& object,
                                           const char* name);
/// TARGET_FILE_SIZE of the table in bytes; none: AUTO.
std::optional<int64_t> TargetFileBytes(const catalog::CatalogState& state, const catalog::Object& table);

/// Where and how rows of the table are written. Temporary tables have the folder tmp/<session>/<table id>.
engine::WriteTarget TargetOf(const catalog::CatalogState& state, const planner::FoundTable& table);

}  // namespace firn::statements

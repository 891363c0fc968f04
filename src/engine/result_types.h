// Which Snowflake type a DuckDB result column has, and the casts that bring DuckDB's other types to one. For this room.
#pragma once

#include <duckdb.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"

namespace firn::engine {

/// The type reported for a column. Integers of all widths are kInteger, nested types are read as JSON text.
SqlType ResultType(const duckdb::LogicalType& type);

std::vector<ResultColumn> ResultColumns(const duckdb::vector<std::string>& names,
                                        const duckdb::vector<duckdb::LogicalType>& types);

/// `sql` wrapped so that every column has one of the Arrow types that callers know (utf8, bool, int8 … int64, uint64,
/// float64, decimal128, date32, time64[us], timestamp[us], binary, null, the TIMESTAMP_TZ struct); nothing if `sql`
/// already is so.
std::optional<std::string> WrapForResult(const std::string& sql, const duckdb::vector<std::string>& names,
                                         const duckdb::vector<duckdb::LogicalType>& types);

/// A name in double quotes.
std::string QuoteName(const std::string& name);
/// Text in single quotes.
std::string QuoteText(const std::string& text);

}  // namespace firn::engine

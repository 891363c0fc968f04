// lake_scan(i): DuckDB's Parquet scan over the i-th table that the running statement pins, with deletes, columns by
// field id, defaults and pruning. For this room.
#pragma once

#include <duckdb.hpp>
#include <memory>

#include "engine/delete_cache.h"

namespace firn::engine {

/// Registers the table function in the system catalog. Throws DuckDB's exceptions.
void RegisterLakeScan(duckdb::Connection& connection, std::shared_ptr<DeleteCache> deletes);

}  // namespace firn::engine

// The rows of a materialized result as a relation: KeptRows of engine.h, behind the table function "firn$kept"(n). For
// this room.
#pragma once

#include <duckdb.hpp>
#include <memory>

#include "engine/connection_pool.h"
#include "engine/engine.h"

namespace firn::engine {

/// Takes the result's rows, which are in blocks of the database of `pool`.
std::shared_ptr<KeptRows> KeepRows(std::shared_ptr<ConnectionPool> pool, duckdb::MaterializedQueryResult& result);

void RegisterKeptScan(duckdb::Connection& connection);

}  // namespace firn::engine

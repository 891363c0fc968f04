// The helper function of position-delete writing. For this room.
#pragma once

#include <duckdb.hpp>

namespace firn::engine {

/// Registers firn_position(i): the i-th position of the file being written. Throws DuckDB's exceptions.
void RegisterPositions(duckdb::Connection& connection);

}  // namespace firn::engine

// "firn$memory"(n): the table function behind MemoryRows. For this room; registered when an engine opens.
#pragma once

#include <duckdb.hpp>

namespace firn::engine {

void RegisterMemoryScan(duckdb::Connection& connection);

}  // namespace firn::engine

// The routes of the Snowflake protocol, one row a route, by subject. Each takes the shared services by reference; they
// outlive the server.
#pragma once

#include <vector>

#include "faces/snowflake/services.h"
#include "http/routes.h"

namespace firn::faces {

/// Login, renewal, heartbeat, logout, telemetry.
std::vector<http::Route> LoginRoutes(SnowflakeServices& services);
/// Statements: run, cancel, result, monitoring.
std::vector<http::Route> QueryRoutes(SnowflakeServices& services);
/// Parts of results.
std::vector<http::Route> ChunkRoutes(SnowflakeServices& services);

}  // namespace firn::faces

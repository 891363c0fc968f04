// The reading side of the Iceberg REST catalog, at /iceberg: a warehouse is a database, a namespace a schema. For
// PyIceberg, Spark, Trino, DuckDB. Routes are made once by `cli`; node and sessions must outlive the server.
#pragma once

#include <vector>

#include "http/routes.h"
#include "session/node.h"
#include "session/sessions.h"

namespace firn::faces {

std::vector<http::Route> IcebergRoutes(session::Node& node, session::Sessions& sessions);

}  // namespace firn::faces

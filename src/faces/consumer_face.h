// The consumer API at /v1: keys, queries, published functions, tables, lineage, jobs and runs; and /auth/login. Routes
// are made once by `cli`; node and sessions must outlive the server.
#pragma once

#include <vector>

#include "http/routes.h"
#include "session/node.h"
#include "session/sessions.h"

namespace firn::faces {

std::vector<http::Route> ConsumerRoutes(session::Node& node, session::Sessions& sessions);

}  // namespace firn::faces

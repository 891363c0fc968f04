// The consumer API at /v1: keys, queries, published functions, tables, lineage, jobs and runs; and /auth/login. Routes
// are made once by `cli`; node, sessions and cursors must outlive the server.
#pragma once

#include <vector>

#include "faces/pipeline_face/open_cursors.h"
#include "http/routes.h"
#include "session/node.h"
#include "session/sessions.h"

namespace firn::faces {

std::vector<http::Route> ConsumerRoutes(session::Node& node, session::Sessions& sessions, OpenCursors& cursors);

}  // namespace firn::faces

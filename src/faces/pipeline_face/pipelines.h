// /v1/pipelines: pipelines made, listed, changed and dropped; their SQL, versions, and columns inferred from samples.
// Routes are made once by `cli`; node and sessions must outlive the server.
#pragma once

#include <vector>

#include "http/routes.h"
#include "session/node.h"
#include "session/sessions.h"

namespace firn::faces {

std::vector<http::Route> PipelineRoutes(session::Node& node, session::Sessions& sessions);

}  // namespace firn::faces

// /v1/pipelines/{domain}/{table}/quarantine: the rows that did not fit, listed, replayed with a patch, or discarded.
// Routes are made once by `cli`; node and sessions must outlive the server.
#pragma once

#include <vector>

#include "http/routes.h"
#include "session/node.h"
#include "session/sessions.h"

namespace firn::faces {

std::vector<http::Route> QuarantineRoutes(session::Node& node, session::Sessions& sessions);

}  // namespace firn::faces

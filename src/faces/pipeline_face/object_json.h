// What the routes about tables, jobs and runs share: JSON of times, names of objects, and who may see them. Any thread.
#pragma once

#include <boost/json.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "catalog/state.h"
#include "faces/pipeline_face/access.h"
#include "http/routes.h"
#include "session/node.h"

namespace firn::faces {

class QueryPages;

/// "2026-01-31T12:00:00.000000Z", or null for 0.
boost::json::value MomentJson(Micros time);
/// "DB.SCHEMA.NAME" of an object of a schema, dropped ones included; "" for an unknown id.
std::string NameOf(const catalog::CatalogState& state, const std::string& id);
/// Whether the caller may read an object of a schema, by its name.
bool MaySee(const catalog::CatalogState& state, const Access& access, const catalog::Object& object);

http::Response JsonAnswer(int status, const boost::json::value& body);

/// A route's work on one state of the catalog, for a caller who was let in.
struct Visit {
  session::Node& node;
  const http::Request& request;
  const Access& access;
  catalog::StatePtr state;
};
using Visitor = std::function<http::Response(const Visit&)>;
http::Handler Visiting(session::Node& node, const Gate& gate, Visitor visitor);

/// `limit` of the query, from 1 to `most`; `otherwise` where it is not given. Errors: kInvalidInput.
Result<size_t> ListLimit(const http::Request& request, size_t otherwise, size_t most);

/// /v1/tables and /v1/lineage.
std::vector<http::Route> TableRoutes(session::Node& node, session::Sessions& sessions);
/// /v1/jobs and /v1/runs.
std::vector<http::Route> JobRoutes(session::Node& node, session::Sessions& sessions);
/// The query side of the older API: /consumption, /transform, /read_data.
std::vector<http::Route> CompatibleRoutes(session::Node& node, session::Sessions& sessions,
                                          const std::shared_ptr<const QueryPages>& pages);
/// Its registry: /endpoints.
std::vector<http::Route> EndpointRoutes(session::Node& node, session::Sessions& sessions);

}  // namespace firn::faces

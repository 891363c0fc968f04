// Published functions: table functions with HTTP_ENDPOINT = TRUE, at /v1/api, and the OpenAPI document that is
// generated from the catalog. Any thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "catalog/state.h"
#include "faces/pipeline_face/access.h"
#include "http/routes.h"
#include "session/node.h"
#include "session/sessions.h"

namespace firn::faces {

class QueryPages;

struct PublishedFunction {
  std::string domain, layer;
  catalog::ObjectRef object;
  const catalog::FunctionInfo& info() const { return *object->As<catalog::FunctionInfo>(); }
};

/// All that the caller may read, by name.
std::vector<PublishedFunction> PublishedFunctions(const catalog::CatalogState& state, const Access& access);
/// OpenAPI 3.1 as JSON text.
std::string OpenApiText(const std::vector<PublishedFunction>& functions);

/// /v1/api.
std::vector<http::Route> PublishedRoutes(session::Node& node, session::Sessions& sessions,
                                         const std::shared_ptr<const QueryPages>& pages);

}  // namespace firn::faces

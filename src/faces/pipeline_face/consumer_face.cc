#include "faces/consumer_face.h"

#include <iterator>

#include "faces/pipeline_face/access.h"
#include "faces/pipeline_face/object_json.h"
#include "faces/pipeline_face/published.h"
#include "faces/pipeline_face/query_page.h"

namespace firn::faces {

std::vector<http::Route> ConsumerRoutes(session::Node& node, session::Sessions& sessions, OpenCursors& cursors) {
  const auto pages = std::make_shared<const QueryPages>(node, cursors);
  std::vector<http::Route> routes;
  auto add = [&](std::vector<http::Route> family) {
    routes.insert(routes.end(), std::make_move_iterator(family.begin()), std::make_move_iterator(family.end()));
  };
  add(AuthRoutes(sessions));
  add(KeyRoutes(node, sessions));
  add(QueryRoutes(node, sessions, pages));
  add(PublishedRoutes(node, sessions, pages));
  add(TableRoutes(node, sessions));
  add(JobRoutes(node, sessions));
  add(CompatibleRoutes(node, sessions, pages));
  add(EndpointRoutes(node, sessions));
  return routes;
}

}  // namespace firn::faces

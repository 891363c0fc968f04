#include "faces/pipeline_face/object_json.h"

#include <charconv>

#include "base/errors.h"
#include "faces/pipeline_face/problem.h"
#include "planner/information_schema.h"

namespace firn::faces {

boost::json::value MomentJson(Micros time) {
  if (time == 0) return nullptr;
  std::string text = planner::TimeText(time);
  if (text.size() > 10) text[10] = 'T';
  return boost::json::string(text + "Z");
}

std::string NameOf(const catalog::CatalogState& state, const std::string& id) {
  catalog::ObjectRef object = state.ById(id);
  return object ? state.FullName(*object) : "";
}

bool MaySee(const catalog::CatalogState& state, const Access& access, const catalog::Object& object) {
  catalog::ObjectRef schema = state.ById(object.parent_id);
  catalog::ObjectRef database = schema ? state.ById(schema->parent_id) : nullptr;
  return database && access.Allows(Right::kRead, {database->name, schema->name, object.name});
}

http::Response JsonAnswer(int status, const boost::json::value& body) {
  http::Response response = http::Response::Json(status, boost::json::serialize(body));
  response.gzip = true;
  return response;
}

http::Handler Visiting(session::Node& node, const Gate& gate, Visitor visitor) {
  return [&node, gate, visitor = std::move(visitor)](http::Request& request) {
    http::Response refusal;
    AccessPtr access = gate.Admit(request, &refusal);
    if (!access) return refusal;
    auto state = node.catalog->Head();
    if (!state.ok()) return FailureAnswer(request, state.error());
    return visitor({node, request, *access, *state});
  };
}

Result<size_t> ListLimit(const http::Request& request, size_t otherwise, size_t most) {
  auto text = request.QueryParameter("limit");
  if (!text) return otherwise;
  size_t limit = 0;
  auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
  if (error != std::errc() || end != text->data() + text->size() || limit < 1 || limit > most) {
    return Error(errors::kInvalidInput, {"limit: a number from 1 to " + std::to_string(most) + " is wanted"});
  }
  return limit;
}

}  // namespace firn::faces

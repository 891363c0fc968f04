#include "faces/pipeline_face/published.h"

#include <algorithm>
#include <memory>

#include "base/errors.h"
#include "faces/pipeline_face/problem.h"
#include "faces/pipeline_face/query_page.h"
#include "sql/printer.h"

namespace firn::faces {

namespace {

using catalog::ObjectKind;
using catalog::ObjectRef;

bool IsPageOption(std::string_view name) { return std::ranges::find(kPageOptions, name) != std::end(kPageOptions); }

/// Null: there is no published function of that name.
ObjectRef FindPublished(const catalog::CatalogState& state, std::string_view domain, std::string_view layer,
                        std::string_view name) {
  ObjectRef function = state.InSchema(domain, layer, ObjectKind::kFunction, name);
  if (!function || !function->As<catalog::FunctionInfo>()->http_endpoint) return nullptr;
  return function;
}

/// The call with a bind for each given parameter. Errors: kInvalidInput, naming the parameter.
Status TakeArguments(const http::Request& request, const catalog::FunctionInfo& info, QueryAsk* ask,
                     std::string* arguments) {
  std::vector<std::string> given;
  for (const auto& [name, value] : request.query) {
    if (IsPageOption(name)) continue;
    auto known =
        std::ranges::find_if(info.arguments, [&](const auto& row) { return EqualsIgnoreCase(row.name, name); });
    if (known == info.arguments.end()) return Error(errors::kInvalidInput, {"there is no parameter '" + name + "'"});
    if (std::ranges::find(given, known->name) != given.end()) {
      return Error(errors::kInvalidInput, {"the parameter '" + name + "' is given twice"});
    }
    given.push_back(known->name);
    *arguments += (arguments->empty() ? "" : ", ") + sql::QuoteIdent(known->name) + " => ?";
    ask->bindings[std::to_string(given.size())] = {.type = "TEXT", .values = {value}};
  }
  for (const catalog::FunctionArgument& argument : info.arguments) {
    if (argument.default_text || std::ranges::find(given, argument.name) != given.end()) continue;
    return Error(errors::kInvalidInput, {"the parameter '" + argument.name + "' is wanted"});
  }
  return Ok();
}

http::Response Call(session::Node& node, const QueryPages& pages, const Gate& gate, const http::Request& request) {
  http::Response refusal;
  const std::string_view file = request.PathParameter("file");
  const size_t dot = file.rfind('.');
  auto format = PageFormatOf(dot == std::string_view::npos ? "" : file.substr(dot + 1));
  const std::string_view domain = request.PathParameter("domain"), layer = request.PathParameter("layer");
  const std::string_view name = file.substr(0, std::min(dot, file.size()));
  AccessPtr access = gate.Admit(request, Right::kRead, {domain, layer, name}, &refusal);
  if (!access) return refusal;
  auto state = node.catalog->Head();
  if (!state.ok()) return FailureAnswer(request, state.error());
  ObjectRef function = FindPublished(**state, domain, layer, name);
  if (!format || !function) {
    return ProblemAnswer(request, problems::kNotFound,
                         "There is no published function of that name; it ends with .json, .ndjson, .csv, .parquet or "
                         ".arrow.");
  }
  QueryAsk ask{.format = *format, .published = true};
  std::string arguments;
  auto read = [&]() -> Status {
    FIRN_TRY(TakePageOptions(request, &ask));
    return TakeArguments(request, *function->As<catalog::FunctionInfo>(), &ask, &arguments);
  };
  if (Status status = read(); !status.ok()) return FailureAnswer(request, status.error());
  ObjectRef schema = (*state)->ById(function->parent_id);
  ObjectRef database = (*state)->ById(schema->parent_id);
  ask.sql = "SELECT * FROM TABLE(" + sql::QuoteIdent(database->name) + "." + sql::QuoteIdent(schema->name) + "." +
            sql::QuoteIdent(function->name) + "(" + arguments + "))";
  if (Status status = CheckStreaming(ask); !status.ok()) return FailureAnswer(request, status.error());
  return pages.Answer(request, *access, ask);
}

http::Response OpenApi(session::Node& node, const Gate& gate, const http::Request& request) {
  http::Response refusal;
  AccessPtr access = gate.Admit(request, &refusal);
  if (!access) return refusal;
  auto state = node.catalog->Head();
  if (!state.ok()) return FailureAnswer(request, state.error());
  http::Response response = http::Response::Json(200, OpenApiText(PublishedFunctions(**state, *access)));
  response.gzip = true;
  return response;
}

}  // namespace

std::vector<PublishedFunction> PublishedFunctions(const catalog::CatalogState& state, const Access& access) {
  std::vector<PublishedFunction> functions;
  for (const ObjectRef& database : state.Children("", ObjectKind::kDatabase)) {
    for (const ObjectRef& schema : state.Children(database->id, ObjectKind::kSchema)) {
      for (const ObjectRef& function : state.Children(schema->id, ObjectKind::kFunction)) {
        if (!function->As<catalog::FunctionInfo>()->http_endpoint) continue;
        if (!access.Allows(Right::kRead, {database->name, schema->name, function->name})) continue;
        functions.push_back({database->name, schema->name, function});
      }
    }
  }
  return functions;
}

std::vector<http::Route> PublishedRoutes(session::Node& node, session::Sessions& sessions,
                                         const std::shared_ptr<const QueryPages>& pages) {
  const Gate gate(node, sessions);
  http::Handler call = [&node, pages, gate](http::Request& request) { return Call(node, *pages, gate, request); };
  http::Handler document = [&node, gate](http::Request& request) { return OpenApi(node, gate, request); };
  constexpr auto kWorker = http::RunOn::kWorker;
  return {
      {"GET", "/v1/api/openapi.json", document, kWorker, "OpenAPI document of the published functions."},
      {"GET", "/v1/api/{domain}/{layer}/{file}", call, kWorker,
       "Rows of a published function (`name.json`, `.ndjson`, `.csv`, `.parquet`, `.arrow`) for its parameters."},
  };
}

}  // namespace firn::faces

#include <functional>
#include <string>

#include "base/errors.h"
#include "base/percent.h"
#include "catalog/catalog.h"
#include "faces/iceberg_face.h"
#include "faces/iceberg_rest/answer.h"
#include "faces/iceberg_rest/oauth.h"
#include "faces/json_text.h"

namespace firn::faces {

namespace {

using catalog::ObjectKind;

constexpr char kLevelSeparator = '\x1f';  ///< between the levels of a namespace, as the specification has it
constexpr std::string_view kBearer = "Bearer ";

/// What a request of a signed-in user sees.
struct Scope {
  session::Node& node;
  catalog::StatePtr state;
};

using ScopedHandler = std::function<http::Response(const Scope&, const http::Request&)>;

http::Response NoSuchWarehouse(std::string_view name) {
  return IcebergError(404, "NoSuchWarehouseException", "Database '" + std::string(name) + "' does not exist.");
}

http::Response NoSuchNamespace(std::string_view name) {
  return IcebergError(404, "NoSuchNamespaceException", "Namespace does not exist: " + std::string(name));
}

http::Response NoSuchTable(const http::Request& request) {
  return IcebergError(404, "NoSuchTableException",
                      "Table does not exist: " + std::string(request.PathParameter("namespace")) + "." +
                          std::string(request.PathParameter("table")));
}

catalog::ObjectRef FindSchema(const Scope& scope, const http::Request& request) {
  return scope.state->Schema(request.PathParameter("prefix"), request.PathParameter("namespace"));
}

catalog::ObjectRef FindTable(const Scope& scope, const http::Request& request) {
  catalog::ObjectRef schema = FindSchema(scope, request);
  if (!schema) return nullptr;
  catalog::ObjectRef found = scope.state->Find(schema->id, ObjectKind::kTable, request.PathParameter("table"));
  return found && found->kind() == ObjectKind::kTable ? found : nullptr;
}

http::Response Config(const Scope& scope, const http::Request& request) {
  std::string_view warehouse = request.QueryParameter("warehouse").value_or("");
  if (warehouse.empty()) return IcebergError(400, "BadRequestException", "Name a database as the warehouse.");
  catalog::ObjectRef database = scope.state->Database(warehouse);
  if (!database) return NoSuchWarehouse(warehouse);
  std::string body = "{\"defaults\":{},\"overrides\":{\"prefix\":";
  AppendJsonString(PercentEncode(database->name), &body);
  body +=
      ",\"rest-metrics-reporting-enabled\":\"false\"},\"endpoints\":["
      "\"GET /v1/{prefix}/namespaces\",\"GET /v1/{prefix}/namespaces/{namespace}\","
      "\"HEAD /v1/{prefix}/namespaces/{namespace}\",\"GET /v1/{prefix}/namespaces/{namespace}/tables\","
      "\"GET /v1/{prefix}/namespaces/{namespace}/tables/{table}\","
      "\"HEAD /v1/{prefix}/namespaces/{namespace}/tables/{table}\"]}";
  return http::Response::Json(200, std::move(body));
}

http::Response ListNamespaces(const Scope& scope, const http::Request& request) {
  catalog::ObjectRef database = scope.state->Database(request.PathParameter("prefix"));
  if (!database) return NoSuchWarehouse(request.PathParameter("prefix"));
  std::string_view parent = request.QueryParameter("parent").value_or("");
  if (!parent.empty()) {
    if (!scope.state->Schema(database->name, parent)) return NoSuchNamespace(parent);
    return http::Response::Json(200, "{\"namespaces\":[]}");  // schemas have no schemas inside
  }
  std::string body = "{\"namespaces\":[";
  bool first = true;
  for (const auto& schema : scope.state->Children(database->id, ObjectKind::kSchema)) {
    body += first ? "[" : ",[";
    first = false;
    AppendJsonString(schema->name, &body);
    body += ']';
  }
  return http::Response::Json(200, body + "]}");
}

http::Response GetNamespace(const Scope& scope, const http::Request& request) {
  catalog::ObjectRef schema = FindSchema(scope, request);
  if (!schema) return NoSuchNamespace(request.PathParameter("namespace"));
  std::string body = "{\"namespace\":[";
  AppendJsonString(schema->name, &body);
  body += "],\"properties\":{\"owner\":";
  AppendJsonString(schema->owner, &body);
  if (!schema->comment.empty()) {
    body += ",\"comment\":";
    AppendJsonString(schema->comment, &body);
  }
  return http::Response::Json(200, body + "}}");
}

http::Response HasNamespace(const Scope& scope, const http::Request& request) {
  if (!FindSchema(scope, request)) return NoSuchNamespace(request.PathParameter("namespace"));
  return http::Response{.status = 204, .content_type = ""};
}

http::Response ListTables(const Scope& scope, const http::Request& request) {
  catalog::ObjectRef schema = FindSchema(scope, request);
  if (!schema) return NoSuchNamespace(request.PathParameter("namespace"));
  std::string body = "{\"identifiers\":[";
  bool first = true;
  for (const auto& table : scope.state->Children(schema->id, ObjectKind::kTable)) {
    body += first ? "{\"namespace\":[" : ",{\"namespace\":[";
    first = false;
    AppendJsonString(schema->name, &body);
    body += "],\"name\":";
    AppendJsonString(table->name, &body);
    body += '}';
  }
  return http::Response::Json(200, body + "]}");
}

/// The metadata file's own text; a compressed one is unpacked.
Result<std::string> MetadataText(const catalog::TableVersion& version) {
  FIRN_ASSIGN(std::string path, version.store->PathOf(version.metadata_location));
  Result<std::string> text = version.store->Read(path);
  if (text.ok() && text->starts_with("\x1f\x8b")) return version.metadata->ToJson();
  return text;
}

http::Response LoadTable(const Scope& scope, const http::Request& request) {
  catalog::ObjectRef table = FindTable(scope, request);
  if (!table) return NoSuchTable(request);
  auto version = scope.node.catalog->TableAt(*scope.state, *table);
  if (!version.ok()) return IcebergFailure(version.error());
  auto metadata = MetadataText(**version);
  if (!metadata.ok()) return IcebergFailure(metadata.error());
  std::string body = "{\"metadata-location\":";
  AppendJsonString((*version)->metadata_location, &body);
  body += ",\"metadata\":" + *metadata + ",\"config\":{}}";
  http::Response response = http::Response::Json(200, std::move(body));
  response.gzip = true;
  return response;
}

http::Response HasTable(const Scope& scope, const http::Request& request) {
  if (!FindTable(scope, request)) return NoSuchTable(request);
  return http::Response{.status = 204, .content_type = ""};
}

http::Response Guarded(session::Node& node, session::Sessions& sessions, const http::Request& request,
                       const ScopedHandler& handler) {
  std::string_view header = request.Header("Authorization").value_or("");
  if (!header.starts_with(kBearer)) {
    return IcebergError(401, "NotAuthorizedException", "A bearer token is wanted: see oauth/tokens.");
  }
  auto caller = sessions.ReadBearer(header.substr(kBearer.size()));
  if (!caller.ok()) return IcebergFailure(caller.error());
  if (request.PathParameter("namespace").find(kLevelSeparator) != std::string_view::npos) {
    return NoSuchNamespace(request.PathParameter("namespace"));
  }
  auto state = node.catalog->Head();
  if (!state.ok()) return IcebergFailure(state.error());
  return handler({node, *state}, request);
}

}  // namespace

std::vector<http::Route> IcebergRoutes(session::Node& node, session::Sessions& sessions) {
  auto guarded = [&node, &sessions](const ScopedHandler& handler) -> http::Handler {
    return [&node, &sessions, handler](http::Request& request) { return Guarded(node, sessions, request, handler); };
  };
  constexpr auto kWorker = http::RunOn::kWorker;
  const std::string schema = "/iceberg/v1/{prefix}/namespaces/{namespace}";
  return {
      {"GET", "/iceberg/v1/config", guarded(Config), kWorker, "Where a database's catalog is (`warehouse=`)."},
      {"POST", "/iceberg/v1/oauth/tokens",
       http::Handler([&sessions](http::Request& request) { return IssueOAuthToken(sessions, request); }), kWorker,
       "A bearer token for a user's name and password."},
      {"GET", "/iceberg/v1/{prefix}/namespaces", guarded(ListNamespaces), kWorker, "Schemas of a database."},
      {"GET", schema, guarded(GetNamespace), kWorker, "A schema."},
      {"HEAD", schema, guarded(HasNamespace), kWorker, "Whether a schema is there."},
      {"GET", schema + "/tables", guarded(ListTables), kWorker, "Tables of a schema."},
      {"GET", schema + "/tables/{table}", guarded(LoadTable), kWorker, "A table's metadata."},
      {"HEAD", schema + "/tables/{table}", guarded(HasTable), kWorker, "Whether a table is there."},
  };
}

}  // namespace firn::faces

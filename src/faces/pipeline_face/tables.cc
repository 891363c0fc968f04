// GET /v1/tables, /v1/tables/{domain}/{layer}/{table} and /v1/lineage: what there is, and what it is made of.
#include <map>

#include "faces/pipeline_face/object_json.h"
#include "faces/pipeline_face/problem.h"
#include "faces/pipeline_face/row_text.h"
#include "planner/lineage.h"

namespace firn::faces {

namespace {

namespace json = boost::json;
using catalog::CatalogState;
using catalog::Object;
using catalog::ObjectKind;
using catalog::ObjectRef;
using planner::LineageEdge;
using planner::LineageOf;

constexpr size_t kFilesShown = 1000;
constexpr size_t kSnapshotsShown = 100;  ///< the newest
constexpr Micros kMilli = 1000;

const char* KindOf(const Object& object) {
  if (object.As<catalog::ViewInfo>()) return "view";
  const auto* table = object.As<catalog::TableInfo>();
  return table && table->dynamic ? "dynamic_table" : "table";
}

json::object Summary(const CatalogState& state, const Object& object) {
  ObjectRef schema = state.ById(object.parent_id);
  json::object out{{"domain", state.ById(schema->parent_id)->name},
                   {"layer", schema->name},
                   {"name", object.name},
                   {"kind", KindOf(object)},
                   {"comment", object.comment},
                   {"created_on", MomentJson(object.created_on)}};
  if (const catalog::TableHead* head = state.Head(object.id)) {
    out["snapshot_id"] = head->snapshot_id ? json::value(std::to_string(*head->snapshot_id)) : json::value(nullptr);
    out["changed_on"] = MomentJson(head->time);
  }
  return out;
}

http::Response List(const Visit& visit) {
  const std::string_view domain = visit.request.QueryParameter("domain").value_or("");
  const std::string_view layer = visit.request.QueryParameter("layer").value_or("");
  json::array tables;
  for (const ObjectRef& database : visit.state->Children("", ObjectKind::kDatabase)) {
    if (!domain.empty() && !EqualsIgnoreCase(database->name, domain)) continue;
    for (const ObjectRef& schema : visit.state->Children(database->id, ObjectKind::kSchema)) {
      if (!layer.empty() && !EqualsIgnoreCase(schema->name, layer)) continue;
      for (ObjectKind kind : {ObjectKind::kTable, ObjectKind::kView}) {
        for (const ObjectRef& object : visit.state->Children(schema->id, kind)) {
          if (!visit.access.Allows(Right::kRead, {database->name, schema->name, object->name})) continue;
          tables.push_back(Summary(*visit.state, *object));
        }
      }
    }
  }
  return JsonAnswer(200, json::object{{"tables", std::move(tables)}});
}

json::array Columns(const Object& object) {
  const auto* view = object.As<catalog::ViewInfo>();
  json::array columns;
  for (const catalog::ColumnInfo& column : view ? view->columns : object.As<catalog::TableInfo>()->columns) {
    columns.push_back(json::object{{"name", column.name},
                                   {"type", TypeText(column.type)},
                                   {"nullable", column.nullable},
                                   {"primary_key", column.primary_key},
                                   {"comment", column.comment}});
  }
  return columns;
}

json::array Snapshots(const iceberg::TableMetadata& metadata) {
  json::array snapshots;
  for (auto at = metadata.snapshots.rbegin(); at != metadata.snapshots.rend(); ++at) {
    if (snapshots.size() == kSnapshotsShown) break;
    const iceberg::Snapshot& snapshot = ***at;
    json::object summary;
    for (const auto& [name, value] : snapshot.summary) summary[name] = value;
    snapshots.push_back(json::object{{"snapshot_id", std::to_string(snapshot.snapshot_id)},
                                     {"time", MomentJson(snapshot.timestamp_ms * kMilli)},
                                     {"operation", snapshot.operation()},
                                     {"summary", std::move(summary)}});
  }
  return snapshots;
}

int64_t LiveRows(const iceberg::LiveFile& file) {
  int64_t rows = file.data->record_count;
  return file.vector ? rows - file.vector->record_count : rows;
}

/// Counts of all, and the first files one by one.
json::object Files(const iceberg::TableFiles& files) {
  json::array list;
  int64_t rows = 0;
  for (const iceberg::LiveFilePtr& file : files.files()) {
    rows += LiveRows(*file);
    if (list.size() >= kFilesShown) continue;
    list.push_back(json::object{{"path", file->data->path},
                                {"rows", LiveRows(*file)},
                                {"bytes", file->data->size},
                                {"has_deletes", file->HasDeletes()}});
  }
  return {{"count", files.files().size()}, {"rows", rows}, {"bytes", files.total_size()}, {"list", std::move(list)}};
}

json::object EdgeJson(const CatalogState& state, const LineageEdge& edge) {
  ObjectRef through = state.ById(edge.through);
  std::string kind(through ? Name(through->kind()) : "");
  if (through && through->kind() == ObjectKind::kTable) kind = "DYNAMIC TABLE";
  json::array columns;
  for (const auto& [from, to] : edge.columns) columns.push_back(json::object{{"from", from}, {"to", to}});
  return {{"from", NameOf(state, edge.from)},
          {"to", NameOf(state, edge.to)},
          {"through", json::object{{"kind", kind}, {"name", NameOf(state, edge.through)}}},
          {"columns", std::move(columns)}};
}

/// Both ends are the caller's to see.
bool Shown(const Visit& visit, const LineageEdge& edge) {
  ObjectRef from = visit.state->ById(edge.from), to = visit.state->ById(edge.to);
  return !edge.calls && from && to && MaySee(*visit.state, visit.access, *from) &&
         MaySee(*visit.state, visit.access, *to);
}

json::object LineageOfTable(const Visit& visit, const std::string& id) {
  json::array upstream, downstream;
  for (const LineageEdge& edge : LineageOf(*visit.state)) {
    if ((edge.from != id && edge.to != id) || !Shown(visit, edge)) continue;
    (edge.to == id ? upstream : downstream).push_back(EdgeJson(*visit.state, edge));
  }
  return {{"upstream", std::move(upstream)}, {"downstream", std::move(downstream)}};
}

http::Response One(const Visit& visit) {
  const std::string_view domain = visit.request.PathParameter("domain");
  const std::string_view layer = visit.request.PathParameter("layer");
  const std::string_view name = visit.request.PathParameter("table");
  if (!visit.access.Allows(Right::kRead, {domain, layer, name})) {
    return Forbidden(visit.request, visit.access, Right::kRead, {domain, layer, name});
  }
  ObjectRef object = visit.state->InSchema(domain, layer, ObjectKind::kTable, name);
  if (!object || (!object->As<catalog::TableInfo>() && !object->As<catalog::ViewInfo>())) {
    return ProblemAnswer(visit.request, problems::kUnknownTable, "There is no table or view of that name.");
  }
  json::object body = Summary(*visit.state, *object);
  body["columns"] = Columns(*object);
  body["lineage"] = LineageOfTable(visit, object->id);
  if (object->As<catalog::TableInfo>()) {
    auto version = visit.node.catalog->TableAt(*visit.state, *object);
    if (!version.ok()) return FailureAnswer(visit.request, version.error());
    body["metadata_location"] = (*version)->metadata_location;
    body["snapshots"] = Snapshots(*(*version)->metadata);
    body["files"] = Files(*(*version)->files);
  } else {
    body["query"] = object->As<catalog::ViewInfo>()->query;
  }
  return JsonAnswer(200, body);
}

http::Response Lineage(const Visit& visit) {
  json::array edges;
  for (const LineageEdge& edge : LineageOf(*visit.state)) {
    if (Shown(visit, edge)) edges.push_back(EdgeJson(*visit.state, edge));
  }
  return JsonAnswer(200, json::object{{"edges", std::move(edges)}});
}

}  // namespace

std::vector<http::Route> TableRoutes(session::Node& node, session::Sessions& sessions) {
  const Gate gate(node, sessions);
  constexpr auto kWorker = http::RunOn::kWorker;
  return {
      {"GET", "/v1/lineage", Visiting(node, gate, Lineage), kWorker, "Which tables' rows and columns come from which."},
      {"GET", "/v1/tables", Visiting(node, gate, List), kWorker, "Tables and views (`domain=`, `layer=`)."},
      {"GET", "/v1/tables/{domain}/{layer}/{table}", Visiting(node, gate, One), kWorker,
       "A table's columns, snapshots, files and lineage."},
  };
}

}  // namespace firn::faces

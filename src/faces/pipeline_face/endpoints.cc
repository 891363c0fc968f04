// /endpoints of the older API: the registry of pipelines under its old words. An endpoint is a pipeline; its version is
// that of its columns.
#include <algorithm>

#include "base/errors.h"
#include "faces/pipeline_face/object_json.h"
#include "faces/pipeline_face/problem.h"
#include "pipeline/registry/change.h"
#include "pipeline/registry/infer.h"
#include "pipeline/registry/registry.h"
#include "pipeline/registry/spec_text.h"

namespace firn::faces {

namespace {

namespace json = boost::json;
using pipeline::Pipeline;
using pipeline::PipelineSpec;

std::string Lowered(const std::string& name) { return name == Upper(name) ? Lower(name) : name; }

/// The old word for a column's type.
const char* OldType(const SqlType& type) {
  switch (type.id) {
    case TypeId::kInteger:
      return "integer";
    case TypeId::kNumber:
      return type.scale == 0 ? "integer" : "decimal";
    case TypeId::kFloat:
      return "float";
    case TypeId::kBoolean:
      return "boolean";
    case TypeId::kDate:
      return "date";
    case TypeId::kTimestampLtz:
    case TypeId::kTimestampNtz:
    case TypeId::kTimestampTz:
      return "timestamp";
    case TypeId::kArray:
      return "array";
    case TypeId::kObject:
    case TypeId::kVariant:
      return "json";
    default:
      return "string";
  }
}

/// What a pipeline's spec calls it.
std::string NewType(std::string type) {
  type = Lower(type);
  if (type == "integer") return "bigint";
  if (type == "float") return "double";
  if (type == "array") return "json";
  if (type == "decimal") return "decimal(38,9)";
  return type;
}

const char* OldMode(pipeline::PipelineMode mode) {
  switch (mode) {
    case pipeline::PipelineMode::kInfer:
      return "AUTO_INFERENCE";
    case pipeline::PipelineMode::kRaw:
      return "SINGLE_COLUMN";
    default:
      return "MANUAL";
  }
}

json::array Columns(const PipelineSpec& spec) {
  json::array columns;
  for (const pipeline::ColumnRule& column : spec.columns) {
    columns.push_back(json::object{{"name", Lowered(column.name)},
                                   {"type", OldType(column.type)},
                                   {"required", column.required},
                                   {"primary_key", column.key}});
  }
  return columns;
}

json::object Endpoint(const Pipeline& found) {
  const std::string domain = Lowered(found.spec.domain), name = Lowered(found.spec.table);
  return {{"id", domain + "/" + name},
          {"name", name},
          {"domain", domain},
          {"version", found.info().schema_version},
          {"mode", OldMode(found.spec.mode)},
          {"columns", Columns(found.spec)},
          {"endpoint_url", "/ingest/" + domain + "/" + name},
          {"schema_url", "/endpoints/" + domain + "/" + name + "/download"},
          {"status", found.info().paused ? "inactive" : "active"},
          {"created_at", MomentJson(found.pipe->created_on)},
          {"updated_at", MomentJson(found.pipe->altered_on ? found.pipe->altered_on : found.pipe->created_on)}};
}

bool MaySeePipeline(const Visit& visit, const PipelineSpec& spec) {
  return visit.access.Allows(Right::kPipelinesWrite) ||
         visit.access.Allows(Right::kIngest, {spec.domain, spec.table}) ||
         visit.access.Allows(Right::kRead, {spec.domain, "SILVER", spec.table});
}

std::optional<Pipeline> Find(const Visit& visit) {
  auto found =
      pipeline::FindPipeline(*visit.state, visit.request.PathParameter("domain"), visit.request.PathParameter("name"));
  if (!found.ok() || !MaySeePipeline(visit, found->spec)) return std::nullopt;
  return std::move(*found);
}

http::Response Missing(const Visit& visit) {
  return ProblemAnswer(visit.request, problems::kNotFound, "Endpoint not found.");
}

/// The old body as a pipeline's spec: rows with a primary key are merged by it, others appended.
Result<PipelineSpec> SpecOf(const json::value& body, std::string domain, std::string name) {
  if (!body.is_object()) return Error(errors::kInvalidInput, {"the body is not a JSON object"});
  const json::object& given = body.as_object();
  auto text = [&](const char* member, const std::string& otherwise) {
    const json::value* value = given.if_contains(member);
    return value && value->is_string() ? std::string(value->as_string()) : otherwise;
  };
  domain = text("domain", domain);
  name = text("name", name);
  if (domain.empty() || name.empty()) return Error(errors::kInvalidInput, {"domain and name are wanted"});
  bool keyed = false;
  json::array columns;
  const json::value* list = given.if_contains("columns");
  if (list && !list->is_array()) return Error(errors::kInvalidInput, {"columns: a list is wanted"});
  for (const json::value& item : list ? list->as_array() : json::array{}) {
    if (!item.is_object()) return Error(errors::kInvalidInput, {"columns: objects are wanted"});
    json::object column;
    for (const auto& member : item.as_object()) {
      if (member.key() == "description") continue;  // pipelines keep no descriptions of columns
      column[member.key()] = member.value();
    }
    if (const json::value* type = column.if_contains("type"); type && type->is_string()) {
      column["type"] = NewType(std::string(type->as_string()));
    }
    const json::value* key = column.if_contains("primary_key");
    keyed = keyed || (key && key->is_bool() && key->as_bool());
    columns.push_back(std::move(column));
  }
  json::object spec{{"pipeline", domain + "." + name}, {"mode", Lower(text("mode", "manual"))}};
  if (!columns.empty()) spec["columns"] = std::move(columns);
  spec["merge"] = json::object{{"type", keyed ? "upsert" : "append"}};
  return pipeline::ParseSpecJson(json::serialize(spec));
}

http::Response List(const Visit& visit) {
  const std::string_view domain = visit.request.QueryParameter("domain").value_or("");
  std::vector<Pipeline> all = pipeline::ListPipelines(*visit.state);
  if (visit.request.QueryParameter("order_by").value_or("") == "created_at") {
    std::ranges::stable_sort(all, {}, [](const Pipeline& one) { return one.pipe->created_on; });
  }
  json::array listed;
  for (const Pipeline& one : all) {
    if (!domain.empty() && !EqualsIgnoreCase(one.spec.domain, domain)) continue;
    if (MaySeePipeline(visit, one.spec)) listed.push_back(Endpoint(one));
  }
  return JsonAnswer(200, listed);
}

http::Response Get(const Visit& visit) {
  auto found = Find(visit);
  return found ? JsonAnswer(200, Endpoint(*found)) : Missing(visit);
}

http::Response Shown(const Visit& visit, const PipelineSpec& spec, int status) {
  auto state = visit.node.catalog->Head();
  if (!state.ok()) return FailureAnswer(visit.request, state.error());
  auto found = pipeline::FindPipeline(**state, spec.domain, spec.table);
  return found.ok() ? JsonAnswer(status, Endpoint(*found)) : FailureAnswer(visit.request, found.error());
}

Result<PipelineSpec> BodySpec(const Visit& visit) {
  boost::system::error_code failed;
  const json::value body = json::parse(visit.request.body, failed);
  if (failed) return Error(errors::kInvalidInput, {"the body is not JSON"});
  return SpecOf(body, std::string(visit.request.PathParameter("domain")),
                std::string(visit.request.PathParameter("name")));
}

http::Response Create(const Visit& visit) {
  auto spec = BodySpec(visit);
  if (!spec.ok()) return FailureAnswer(visit.request, spec.error());
  engine::CancelToken cancel;
  auto made = pipeline::CreatePipeline(visit.node, {visit.access.user, visit.access.role}, *spec, cancel);
  return made.ok() ? Shown(visit, *spec, 200) : FailureAnswer(visit.request, made.error());
}

/// What the old body cannot say stays as it was.
http::Response Update(const Visit& visit) {
  auto found = Find(visit);
  if (!found) return Missing(visit);
  auto given = BodySpec(visit);
  if (!given.ok()) return FailureAnswer(visit.request, given.error());
  PipelineSpec spec = found->spec;
  spec.columns = given->columns;
  if (pipeline::NeedsRebuild(pipeline::Compare(found->spec, spec))) {
    return ProblemAnswer(visit.request, problems::kIncompatible,
                         "The change needs the data to be rebuilt: PUT /v1/pipelines with rebuild=true.");
  }
  engine::CancelToken cancel;
  pipeline::ChangeOrder order{spec, false, false, "PUT " + RequestId(visit.request)};
  Status changed = pipeline::ChangePipeline(visit.node, {visit.access.user, visit.access.role}, *found, order, cancel);
  return changed.ok() ? Shown(visit, spec, 200) : FailureAnswer(visit.request, changed.error());
}

http::Response Remove(const Visit& visit) {
  auto found = Find(visit);
  if (!found) return Missing(visit);
  engine::CancelToken cancel;
  Status dropped = pipeline::DropPipeline(visit.node, {visit.access.user, visit.access.role}, *found, false, cancel);
  if (!dropped.ok()) return FailureAnswer(visit.request, dropped.error());
  const std::string id = Lowered(found->spec.domain) + "/" + Lowered(found->spec.table);
  return JsonAnswer(200, json::object{{"message", "Endpoint " + id + " deleted"}});
}

http::Response Versions(const Visit& visit) {
  auto found = Find(visit);
  if (!found) return Missing(visit);
  json::array versions;
  for (const catalog::SchemaVersion& one : found->info().schema_versions) versions.push_back(one.version);
  return JsonAnswer(200, json::object{{"domain", Lowered(found->spec.domain)},
                                      {"name", Lowered(found->spec.table)},
                                      {"versions", std::move(versions)},
                                      {"latest", found->info().schema_version}});
}

/// JSON is YAML.
http::Response Yaml(const Visit& visit) {
  auto found = Find(visit);
  if (!found) return Missing(visit);
  return JsonAnswer(200, json::object{{"name", Lowered(found->spec.table)},
                                      {"domain", Lowered(found->spec.domain)},
                                      {"version", found->info().schema_version},
                                      {"mode", OldMode(found->spec.mode)},
                                      {"schema", json::object{{"columns", Columns(found->spec)}}}});
}

/// From one sample, bare or as {"payload": …} or {"data": …}.
http::Response Infer(const Visit& visit) {
  boost::system::error_code failed;
  const json::value body = json::parse(visit.request.body, failed);
  if (failed || !body.is_object()) return ProblemAnswer(visit.request, problems::kBadJson, "A JSON object is wanted.");
  const json::value* sample = &body;
  for (const char* name : {"payload", "data"}) {
    const json::value* inner = body.as_object().if_contains(name);
    if (inner && inner->is_object()) sample = inner;
  }
  auto inferred = pipeline::InferColumns(json::serialize(*sample), pipeline::BodyFormat::kJson);
  if (!inferred.ok()) return FailureAnswer(visit.request, inferred.error());
  PipelineSpec spec;
  for (const pipeline::InferredColumn& column : inferred->columns) spec.columns.push_back(column.rule);
  return JsonAnswer(200, json::object{{"columns", Columns(spec)}});
}

}  // namespace

std::vector<http::Route> EndpointRoutes(session::Node& node, session::Sessions& sessions) {
  const Gate gate(node, sessions);
  auto with = [&](Visitor visitor) { return Visiting(node, gate, std::move(visitor)); };
  auto writing = [&](Visitor visitor) {
    return Visiting(node, gate, [visitor = std::move(visitor)](const Visit& visit) {
      if (visit.access.Allows(Right::kPipelinesWrite)) return visitor(visit);
      return Forbidden(visit.request, visit.access, Right::kPipelinesWrite);
    });
  };
  constexpr auto kWorker = http::RunOn::kWorker;
  return {
      {"GET", "/endpoints", with(List), kWorker, "Pipelines as endpoints (`domain=`, `order_by=`)."},
      {"POST", "/endpoints", writing(Create), kWorker, "Makes a pipeline: {name, domain, mode, columns}."},
      {"POST", "/endpoints/infer", with(Infer), kWorker, "Columns of a sample."},
      {"GET", "/endpoints/{domain}/{name}", with(Get), kWorker, "An endpoint."},
      {"PUT", "/endpoints/{domain}/{name}", writing(Update), kWorker, "Changes its columns."},
      {"DELETE", "/endpoints/{domain}/{name}", writing(Remove), kWorker, "Drops the pipeline."},
      {"GET", "/endpoints/{domain}/{name}/versions", with(Versions), kWorker, "The versions of its columns."},
      {"GET", "/endpoints/{domain}/{name}/yaml", with(Yaml), kWorker, "Its columns, as JSON, which is YAML."},
      {"GET", "/endpoints/{domain}/{name}/download", with(Yaml), kWorker, "The same."},
  };
}

}  // namespace firn::faces

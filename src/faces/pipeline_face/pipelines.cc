#include "faces/pipeline_face/pipelines.h"

#include <boost/json.hpp>
#include <charconv>
#include <functional>

#include "base/errors.h"
#include "catalog/catalog.h"
#include "faces/pipeline_face/access.h"
#include "faces/pipeline_face/pipeline_json.h"
#include "faces/pipeline_face/problem.h"
#include "pipeline/registry/change.h"
#include "pipeline/registry/infer.h"
#include "pipeline/registry/registry.h"
#include "pipeline/registry/replay.h"
#include "pipeline/registry/spec_text.h"
#include "pipeline/silver/snapshot.h"

namespace firn::faces {

namespace {

namespace json = boost::json;
using pipeline::Pipeline;
using pipeline::PipelineSpec;

/// One request being answered.
struct Call {
  session::Node& node;
  http::Request& request;
  AccessPtr access;
  pipeline::Actor actor;
  engine::CancelToken cancel;

  http::Response Refuse(const ProblemRow& row, std::string_view detail) const {
    return ProblemAnswer(request, row, detail);
  }
  http::Response Fail(const Error& error) const { return FailureAnswer(request, error); }
  bool Flag(const char* name) const {
    auto value = request.QueryParameter(name);
    return value && (value->empty() || *value == "true" || *value == "1");
  }
};
using Answerer = http::Response (*)(Call& call);

/// Whoever may write pipelines sees all of them; else those that the key may ingest into or read.
bool MaySee(const Call& call, std::string_view domain, std::string_view table) {
  return call.access->Allows(Right::kPipelinesWrite) || call.access->Allows(Right::kIngest, {domain, table}) ||
         call.access->Allows(Right::kRead, {domain, "SILVER", table});
}

// --- bodies ----------------------------------------------------------------------------------------------------------

std::string MediaType(const http::Request& request) {
  std::string type = Lower(request.Header("Content-Type").value_or(""));
  type = type.substr(0, type.find(';'));
  while (!type.empty() && type.back() == ' ') type.pop_back();
  return type;
}

bool IsYaml(const std::string& type) {
  return type == "application/yaml" || type == "application/x-yaml" || type == "text/yaml" || type == "text/x-yaml";
}

/// The spec of the body; null with `*refusal` set.
std::optional<PipelineSpec> ReadBody(const Call& call, http::Response* refusal) {
  const std::string type = MediaType(call.request);
  const bool yaml = IsYaml(type);
  if (!yaml && type != "application/json") {
    *refusal = call.Refuse(problems::kMediaType, "A pipeline is application/yaml or application/json.");
    return std::nullopt;
  }
  auto spec = yaml ? pipeline::ParseSpecYaml(call.request.body) : pipeline::ParseSpecJson(call.request.body);
  if (spec.ok()) return std::move(*spec);
  ProblemMembers members;
  if (spec.error().at().line > 0) {
    members.emplace_back("position", "{\"line\":" + std::to_string(spec.error().at().line) +
                                         ",\"column\":" + std::to_string(spec.error().at().column) + "}");
  }
  *refusal = ProblemAnswer(call.request, problems::kInvalidPipeline, spec.error().Message(), members);
  return std::nullopt;
}

// --- one pipeline ----------------------------------------------------------------------------------------------------

/// "orders:pause" of the path: the table, and behind the last colon what to do.
struct Target {
  std::string domain, table, action;
};
Target TargetOf(const http::Request& request) {
  Target target{std::string(request.PathParameter("domain")), std::string(request.PathParameter("table")), ""};
  if (size_t colon = target.table.rfind(':'); colon != std::string::npos) {
    target.action = target.table.substr(colon + 1);
    target.table.resize(colon);
  }
  return target;
}

std::optional<Pipeline> Find(const Call& call, http::Response* refusal) {
  const Target target = TargetOf(call.request);
  auto state = call.node.catalog->Head();
  if (!state.ok()) {
    *refusal = call.Fail(state.error());
    return std::nullopt;
  }
  auto found = pipeline::FindPipeline(**state, target.domain, target.table);
  if (found.ok() && !MaySee(call, found->spec.domain, found->spec.table)) {
    *refusal = Forbidden(call.request, *call.access, Right::kPipelinesWrite);
    return std::nullopt;
  }
  if (found.ok()) return std::move(*found);
  *refusal =
      found.error().Is(errors::kKindNotFound)
          ? call.Refuse(problems::kUnknownTable, "There is no pipeline " + target.domain + "." + target.table + ".")
          : call.Fail(found.error());
  return std::nullopt;
}

std::string ETag(const Pipeline& pipeline) { return "\"" + std::to_string(pipeline.pipe->version) + "\""; }

http::Response Shown(const Pipeline& pipeline, int status = 200, std::optional<int64_t> lag = std::nullopt) {
  json::object body = PipelineJson(pipeline);
  if (lag) body["silver_lag_rows"] = *lag;
  http::Response response = http::Response::Json(status, json::serialize(body));
  response.headers.Add("ETag", ETag(pipeline));
  return response;
}

/// The pipeline as it is after a change.
http::Response ShownNow(const Call& call, const Pipeline& before, int status = 200) {
  auto state = call.node.catalog->Head();
  if (!state.ok()) return call.Fail(state.error());
  auto now = pipeline::PipelineOfPipe(**state, before.pipe->id);
  return now.ok() ? Shown(*now, status) : call.Fail(now.error());
}

// --- the routes ------------------------------------------------------------------------------------------------------

http::Response List(Call& call) {
  auto state = call.node.catalog->Head();
  if (!state.ok()) return call.Fail(state.error());
  json::array all;
  for (const Pipeline& one : pipeline::ListPipelines(**state)) {
    if (MaySee(call, one.spec.domain, one.spec.table)) all.push_back(PipelineJson(one));
  }
  return http::Response::Json(200, json::serialize(json::object{{"pipelines", std::move(all)}}));
}

http::Response Create(Call& call) {
  http::Response refusal;
  auto spec = ReadBody(call, &refusal);
  if (!spec) return refusal;
  const bool dry = call.Flag("dry_run");
  auto made = pipeline::CreatePipeline(call.node, call.actor, *spec, call.cancel, dry);
  if (!made.ok()) return call.Fail(made.error());
  if (!dry) {
    http::Response response = ShownNow(call, *made, 201);
    response.headers.Add("Location", "/v1/pipelines/" + spec->domain + "/" + spec->table);
    return response;
  }
  json::object answer{{"dry_run", true}, {"effects", json::array{{{"effect", "CREATE PIPELINE"}, {"rebuild", false}}}}};
  answer["spec"] = json::parse(pipeline::ToJson(*spec));
  return http::Response::Json(200, json::serialize(answer));
}

http::Response Get(Call& call) {
  http::Response refusal;
  auto found = Find(call, &refusal);
  if (!found) return refusal;
  if (auto known = call.request.Header("If-None-Match"); known && *known == ETag(*found)) {
    http::Response response{.status = 304, .content_type = ""};
    response.headers.Add("ETag", ETag(*found));
    return response;
  }
  auto lag = pipeline::SilverLag(call.node, *call.node.catalog->Current(), *found);
  return lag.ok() ? Shown(*found, 200, *lag) : call.Fail(lag.error());
}

json::array Shown(const std::vector<pipeline::Effect>& effects) {
  json::array list;
  for (const pipeline::Effect& one : effects) {
    list.push_back(json::object{{"effect", one.text}, {"rebuild", one.rebuild}});
  }
  return list;
}

/// If-Match names the version that the client has read. `*` is any.
bool VersionFits(const Call& call, const Pipeline& found, http::Response* refusal) {
  auto given = call.request.Header("If-Match");
  if (!given) {
    *refusal = call.Refuse(problems::kNeedsVersion, "If-Match must hold the pipeline's ETag.");
    return false;
  }
  std::string_view version = *given;
  if (version.starts_with("W/")) version.remove_prefix(2);
  const std::string now = ETag(found);
  if (version == "*" || version == now || "\"" + std::string(version) + "\"" == now) return true;
  *refusal = call.Refuse(problems::kVersionMismatch, "The pipeline is at version " + now + ".");
  return false;
}

http::Response Replace(Call& call) {
  http::Response refusal;
  auto found = Find(call, &refusal);
  if (!found) return refusal;
  auto spec = ReadBody(call, &refusal);
  if (!spec) return refusal;
  if (spec->domain != found->spec.domain || spec->table != found->spec.table) {
    return call.Refuse(problems::kBadRequest,
                       "The body is of another pipeline: " + spec->domain + "." + spec->table + ".");
  }
  const bool dry = call.Flag("dry_run");
  if (!dry && !VersionFits(call, *found, &refusal)) return refusal;
  const auto effects = pipeline::Compare(found->spec, *spec);
  const bool rebuild = call.Flag("rebuild");
  json::object answer{{"dry_run", dry}, {"rebuild", rebuild}, {"effects", Shown(effects)}};
  if (pipeline::NeedsRebuild(effects) && !rebuild) {
    if (dry) {
      answer["compatible"] = false;
      return http::Response::Json(200, json::serialize(answer));
    }
    std::string first;
    for (const auto& effect : effects) {
      if (effect.rebuild) first += (first.empty() ? "" : "; ") + effect.text;
    }
    return ProblemAnswer(call.request, problems::kIncompatible, first + ". With ?rebuild=true bronze is replayed.",
                         {{"effects", json::serialize(Shown(effects))}});
  }
  pipeline::ChangeOrder order{*spec, rebuild, dry, "PUT " + RequestId(call.request)};
  if (Status changed = pipeline::ChangePipeline(call.node, call.actor, *found, order, call.cancel); !changed.ok()) {
    return call.Fail(changed.error());
  }
  if (!dry) return ShownNow(call, *found);
  answer["compatible"] = !pipeline::NeedsRebuild(effects);
  return http::Response::Json(200, json::serialize(answer));
}

http::Response Drop(Call& call) {
  http::Response refusal;
  auto found = Find(call, &refusal);
  if (!found) return refusal;
  if (call.request.Header("If-Match") && !VersionFits(call, *found, &refusal)) return refusal;
  Status dropped = pipeline::DropPipeline(call.node, call.actor, *found, call.Flag("keep_tables"), call.cancel);
  if (!dropped.ok()) return call.Fail(dropped.error());
  return http::Response{.status = 204, .content_type = ""};
}

http::Response Versions(Call& call) {
  http::Response refusal;
  auto found = Find(call, &refusal);
  if (!found) return refusal;
  return http::Response::Json(200, json::serialize(VersionsJson(*found)));
}

http::Response Ddl(Call& call) {
  http::Response refusal;
  auto found = Find(call, &refusal);
  if (!found) return refusal;
  auto text = pipeline::PipelineDdl(call.node, call.actor, *found, call.cancel);
  if (!text.ok()) return call.Fail(text.error());
  http::Response response = http::Response::Text(200, std::move(*text) + "\n");
  response.content_type = "application/sql; charset=utf-8";
  return response;
}

/// Samples in, a pipeline to be read and posted out.
http::Response Infer(Call& call) {
  const std::string type = MediaType(call.request);
  const bool lines = type == "application/x-ndjson" || type == "application/ndjson" || type == "application/jsonl";
  if (!lines && type != "application/json") {
    return call.Refuse(problems::kMediaType, "Samples are application/json or application/x-ndjson.");
  }
  auto inferred =
      pipeline::InferColumns(call.request.body, lines ? pipeline::BodyFormat::kNdjson : pipeline::BodyFormat::kJson);
  if (!inferred.ok()) return call.Fail(inferred.error());
  const Target target = TargetOf(call.request);
  std::string name(call.request.QueryParameter("pipeline").value_or(""));
  if (!target.domain.empty()) name = target.domain + "." + target.table;
  return http::Response::Json(200, json::serialize(InferredJson(*inferred, name)));
}

http::Response SetPaused(Call& call, bool paused) {
  http::Response refusal;
  auto found = Find(call, &refusal);
  if (!found) return refusal;
  Status changed = pipeline::PausePipeline(call.node, call.actor, *found, paused, call.cancel);
  return changed.ok() ? ShownNow(call, *found) : call.Fail(changed.error());
}

http::Response Pause(Call& call) { return SetPaused(call, true); }
http::Response Resume(Call& call) { return SetPaused(call, false); }

http::Response Backfill(Call& call) {
  http::Response refusal;
  auto found = Find(call, &refusal);
  if (!found) return refusal;
  if (Status begun = pipeline::BeginBackfill(call.node, call.actor, *found, call.cancel); !begun.ok()) {
    return call.Fail(begun.error());
  }
  auto runs = pipeline::RequestMerge(call.node, *found);
  if (!runs.ok()) return call.Fail(runs.error());
  json::array list;
  for (const auto& [run, object] : *runs) list.push_back(json::object{{"run_id", run}, {"object", object}});
  return http::Response::Json(202, json::serialize(json::object{{"runs", std::move(list)}}));
}

http::Response Rebuild(Call& call) {
  http::Response refusal;
  auto found = Find(call, &refusal);
  if (!found) return refusal;
  pipeline::ChangeOrder order{found->spec, true, call.Flag("dry_run"), "rebuild " + RequestId(call.request)};
  Status changed = pipeline::ChangePipeline(call.node, call.actor, *found, order, call.cancel);
  return changed.ok() ? ShownNow(call, *found, 202) : call.Fail(changed.error());
}

/// {"batch_ids": […]}: these batches are a whole snapshot.
http::Response Commit(Call& call) {
  http::Response refusal;
  auto found = Find(call, &refusal);
  if (!found) return refusal;
  boost::system::error_code failed;
  const json::value body = json::parse(call.request.body, failed);
  if (failed) return call.Refuse(problems::kBadJson, failed.message());
  const json::value* ids = body.is_object() ? body.as_object().if_contains("batch_ids") : nullptr;
  std::vector<std::string> batches;
  if (ids != nullptr && ids->is_array()) {
    for (const json::value& id : ids->as_array()) {
      if (id.is_string()) batches.emplace_back(id.as_string());
    }
    if (batches.size() != ids->as_array().size()) batches.clear();
  }
  if (batches.empty()) return call.Refuse(problems::kBadRequest, "The body is {\"batch_ids\": [\"…\"]}.");
  Status marked = pipeline::CommitSnapshot(call.node, call.actor, found->spec, batches, call.cancel);
  if (!marked.ok()) return call.Fail(marked.error());
  return http::Response::Json(202, json::serialize(json::object{{"batches", batches.size()}}));
}

struct Action {
  const char* name;
  Answerer answer;
};
constexpr Action kActions[] = {{"backfill", Backfill}, {"commit", Commit},   {"infer", Infer},
                               {"pause", Pause},       {"rebuild", Rebuild}, {"resume", Resume}};

http::Response Act(Call& call) {
  const std::string wanted = TargetOf(call.request).action;
  for (const Action& action : kActions) {
    if (wanted == action.name) return action.answer(call);
  }
  return call.Refuse(problems::kNotFound,
                     "POST takes " + std::string(call.request.path) +
                         " with :pause, :resume, :backfill, :rebuild, :commit or :infer behind it.");
}

}  // namespace

std::vector<http::Route> PipelineRoutes(session::Node& node, session::Sessions& sessions) {
  auto route = [&](const char* method, const char* pattern, Answerer answer, const char* doc) {
    const bool writes = method != std::string_view("GET");
    http::Handler handler = [&node, gate = Gate(node, sessions), answer, writes](http::Request& request) {
      http::Response refusal;
      AccessPtr access =
          writes ? gate.Admit(request, Right::kPipelinesWrite, {}, &refusal) : gate.Admit(request, &refusal);
      if (!access) return refusal;
      pipeline::Actor actor{access->user, access->role};
      Call call{node, request, std::move(access), std::move(actor), {}};
      return answer(call);
    };
    return http::Route{.method = method, .pattern = pattern, .handler = std::move(handler), .doc = doc};
  };
  constexpr const char* kAll = "/v1/pipelines";
  constexpr const char* kOne = "/v1/pipelines/{domain}/{table}";
  return {
      route("GET", kAll, List, "All pipelines."),
      route("POST", kAll, Create, "Makes a pipeline from YAML or JSON; ?dry_run=true only checks it."),
      route("POST", "/v1/pipelines:infer", Infer, "Columns and types from sample events."),
      route("GET", kOne, Get, "A pipeline: its spec, version and objects."),
      route("PUT", kOne, Replace, "Changes a pipeline; If-Match holds its version; ?dry_run=true, ?rebuild=true."),
      route("DELETE", kOne, Drop, "Drops a pipeline; ?keep_tables=true leaves the data."),
      route("POST", kOne, Act, ":pause, :resume, :backfill, :rebuild, :commit, :infer behind the table's name."),
      route("GET", "/v1/pipelines/{domain}/{table}/versions", Versions, "How its columns changed."),
      route("GET", "/v1/pipelines/{domain}/{table}/ddl", Ddl, "The SQL that makes its objects."),
  };
}

}  // namespace firn::faces

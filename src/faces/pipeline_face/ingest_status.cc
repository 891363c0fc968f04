// GET /v1/pipelines/{domain}/{table}/status: how far rows have come.
#include <algorithm>

#include "base/types.h"
#include "faces/json_text.h"
#include "faces/pipeline_face/ingest.h"
#include "pipeline/registry/registry.h"

namespace firn::faces {

namespace {

class JsonObject {
 public:
  void Number(const char* name, int64_t value) {
    Name(name);
    AppendNumber(value, &text_);
  }
  void Seconds(const char* name, Micros value) {
    Name(name);
    text_ += std::to_string(static_cast<double>(value) / 1e6);
  }
  void Text(const char* name, std::string_view value) {
    Name(name);
    AppendJsonStringOrNull(value, &text_);
  }
  void Flag(const char* name, bool value) {
    Name(name);
    text_ += value ? "true" : "false";
  }
  void Json(const char* name, const std::string& json) {
    Name(name);
    text_ += json;
  }
  std::string Finish() { return text_ + "}"; }

 private:
  void Name(const char* name) {
    text_ += text_.size() > 1 ? ",\"" : "\"";
    text_ += name;
    text_ += "\":";
  }
  std::string text_ = "{";
};

std::string BufferJson(const pipeline::TableBufferStatus& status) {
  JsonObject out;
  out.Number("wal_bytes", static_cast<int64_t>(status.log_bytes));
  out.Number("segments", static_cast<int64_t>(status.segments));
  out.Number("last_seq", status.last_seq);
  out.Number("rows", static_cast<int64_t>(status.durable));
  out.Number("keys", static_cast<int64_t>(status.keys));
  out.Number("channels", static_cast<int64_t>(status.channels));
  out.Text("damage", status.damage);
  return out.Finish();
}

/// Null where nothing came yet, or it cannot be told now.
void AddLastSeq(session::Node& node, const catalog::CatalogState& state, const catalog::ObjectRef& table,
                JsonObject* out) {
  auto last = pipeline::LastSeq(node, state, table);
  out->Json("last_seq", last.ok() && *last ? std::to_string(**last) : "null");
}

std::string BronzeJson(session::Node& node, const catalog::CatalogState& state, const pipeline::Pipeline& pipeline,
                       const pipeline::IngestStatus& status) {
  JsonObject out;
  AddLastSeq(node, state, pipeline.bronze, &out);
  out.Number("lag_rows", static_cast<int64_t>(status.buffer.lag_rows));
  out.Number("lag_bytes", static_cast<int64_t>(status.buffer.lag_bytes));
  out.Seconds("lag_seconds", status.buffer.lag);
  out.Number("commits", static_cast<int64_t>(status.bronze.commits));
  out.Number("rows", status.bronze.rows);
  out.Number("quarantined", status.bronze.quarantined);
  out.Number("failures_in_a_row", static_cast<int64_t>(status.bronze.failures));
  out.Text("last_error", status.bronze.last_error);
  return out.Finish();
}

/// How far the merge is, and its last runs.
std::string SilverJson(session::Node& node, const catalog::CatalogState& state, const pipeline::Pipeline& pipeline) {
  JsonObject out;
  AddLastSeq(node, state, pipeline.silver, &out);
  auto lag = pipeline::SilverLag(node, state, pipeline);
  out.Json("lag_rows", lag.ok() ? std::to_string(*lag) : "null");
  const catalog::ObjectRef& task = pipeline.merge_task;
  out.Flag("started", task && task->As<catalog::TaskInfo>()->started);
  out.Flag("rebuilding", pipeline.new_silver != nullptr);
  std::vector<catalog::RunRef> runs = task ? state.RunsOf(task->id, 100) : std::vector<catalog::RunRef>();
  auto failed = std::ranges::find_if(runs, [](const auto& run) { return !run->error_message.empty(); });
  out.Text("last_error", failed == runs.end() ? "" : (*failed)->error_message);
  out.Text("last_run", runs.empty() ? "" : runs.front()->id);
  return out.Finish();
}

http::Response Status(IngestRequests& requests, http::Request& request) {
  const std::string domain(request.PathParameter("domain")), name(request.PathParameter("table"));
  http::Response refusal;
  auto access = requests.gate().Admit(request, &refusal);
  if (!access) return refusal;
  if (!access->Allows(Right::kIngest, {domain, name}) && !access->Allows(Right::kPipelinesWrite) &&
      !access->Allows(Right::kRead, {domain, "bronze", name})) {
    return Forbidden(request, *access, Right::kIngest, {domain, name});
  }
  pipeline::IngestTablePtr table = requests.FindTable(request, domain, name, &refusal);
  if (!table) return refusal;
  const pipeline::IngestStatus status = requests.ingest().StatusOf(*table);
  session::Node& node = requests.ingest().node();
  const catalog::StatePtr state = node.catalog->Current();
  auto pipeline = pipeline::PipelineOfPipe(*state, table->pipe->id);
  if (!pipeline.ok()) return FailureAnswer(request, pipeline.error());
  JsonObject out;
  out.Text("pipeline", table->spec.domain + "." + table->spec.table);
  out.Flag("paused", table->paused);
  out.Text("durable", table->durable);
  out.Number("schema_version", table->schema_version);
  out.Json("rate", std::to_string(status.bronze.rate));
  out.Json("buffer", BufferJson(status.buffer));
  out.Json("bronze", BronzeJson(node, *state, *pipeline, status));
  out.Json("silver", SilverJson(node, *state, *pipeline));
  return http::Response::Json(200, out.Finish());
}

}  // namespace

std::vector<http::Route> IngestStatusRoutes(const std::shared_ptr<IngestRequests>& requests) {
  return {{"GET", "/v1/pipelines/{domain}/{table}/status",
           http::Handler([requests](http::Request& request) { return Status(*requests, request); }),
           http::RunOn::kWorker, "How far the rows of a pipeline have come: buffer, bronze, silver."}};
}

}  // namespace firn::faces

#include "faces/pipeline_face/ingest.h"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <utility>

#include "base/errors.h"
#include "base/ids.h"
#include "faces/json_text.h"
#include "pipeline/registry/infer.h"
#include "pipeline/registry/registry.h"
#include "pipeline/registry/spec_text.h"
#include "pipeline/silver/strict_rows.h"

namespace firn::faces {

using pipeline::AppendResult;
using pipeline::BodyFormat;
using pipeline::Outcome;
using pipeline::PostedRows;

namespace {

constexpr size_t kBodyMax = size_t{16} << 20;      // as sent
constexpr size_t kInlineBytes = size_t{16} << 10;  // larger bodies are parsed by a worker
constexpr const char* kIdempotencyKey = "Idempotency-Key";

struct MediaType {
  std::string_view name;
  BodyFormat format;
};
constexpr MediaType kMediaTypes[] = {{"application/json", BodyFormat::kJson},
                                     {"application/x-ndjson", BodyFormat::kNdjson},
                                     {"application/ndjson", BodyFormat::kNdjson},
                                     {"application/jsonl", BodyFormat::kNdjson},
                                     {"application/x-jsonlines", BodyFormat::kNdjson}};

std::optional<BodyFormat> FormatOf(const http::Request& request) {
  const auto header = request.Header("Content-Type");
  if (!header) return BodyFormat::kJson;
  std::string_view type = header->substr(0, header->find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  for (const MediaType& row : kMediaTypes) {
    if (boost::beast::iequals({type.data(), type.size()}, {row.name.data(), row.name.size()})) return row.format;
  }
  return std::nullopt;
}

http::Response InvalidRows(const http::Request& request, size_t count, const std::string& faults, bool all) {
  return ProblemAnswer(request, problems::kInvalidRows,
                       std::to_string(count) + " rows are not valid; nothing was stored.",
                       {{"errors", faults}, {"errors_truncated", all ? "false" : "true"}});
}

/// strict=batch: no row is taken unless all fit, as far as a row alone can tell.
std::optional<http::Response> RefuseStrictly(const http::Request& request, session::Node& node,
                                             const pipeline::IngestTable& table, const PostedRows& rows) {
  if (rows.quarantined() > 0) {
    return InvalidRows(request, rows.quarantined(), FaultsJson(rows), rows.quarantined() == rows.faults().size());
  }
  if (table.spec.expectations.empty()) return std::nullopt;
  engine::CancelToken cancel;
  auto faults = pipeline::CheckStrictly(node, table.spec, table.pipe->owner, rows.rows(), cancel);
  if (!faults.ok()) return FailureAnswer(request, faults.error());
  if (faults->empty()) return std::nullopt;
  const size_t told = std::min(faults->size(), pipeline::kErrorsTold);
  std::string json = "[";
  for (size_t i = 0; i < told; ++i) {
    const pipeline::StrictFault& fault = (*faults)[i];
    json += (i > 0 ? ",{\"index\":" : "{\"index\":") + std::to_string(fault.index) + ",\"code\":";
    AppendJsonString(fault.reason.code, &json);
    json += ",\"column\":";
    AppendJsonStringOrNull(fault.reason.column, &json);
    json += ",\"message\":";
    AppendJsonString(fault.reason.message, &json);
    json += '}';
  }
  return InvalidRows(request, faults->size(), json + "]", told == faults->size());
}

bool IsTrue(std::string_view text) { return text == "true" || text == "1" || text.empty(); }

}  // namespace

/// One request on its way.
struct IngestRequests::Job {
  Job(http::Request& request_in, http::Responder respond_in, std::shared_ptr<IngestCall> call_in)
      : request(request_in), respond(std::move(respond_in)), call(std::move(call_in)) {}
  http::Request& request;
  http::Responder respond;
  std::shared_ptr<IngestCall> call;
  AccessPtr access;  ///< who asks, where the io thread could tell
  pipeline::IngestTablePtr table;
  pipeline::TableBuffer* buffer = nullptr;  ///< that takes it
  std::string parts;                        ///< AnswerParts
  size_t accepted = 0;
  size_t quarantined = 0;

  const std::string& body() const { return call->body ? *call->body : request.body; }
};

std::optional<http::Response> IngestRequests::ReadOptions(const http::Request& request, IngestCall* call) {
  if (auto wait = request.QueryParameter("wait")) {
    using Wait = IngestCall::Wait;
    if (*wait == "accepted") {
      call->wait = Wait::kAccepted;
    } else if (*wait == "bronze") {
      call->wait = Wait::kBronze;
    } else if (*wait == "silver") {
      call->wait = Wait::kSilver;
    } else {
      return ProblemAnswer(request, problems::kBadRequest, "wait is accepted, bronze or silver.");
    }
  }
  if (auto strict = request.QueryParameter("strict")) {
    if (*strict != "row" && *strict != "batch") {
      return ProblemAnswer(request, problems::kBadRequest, "strict is row or batch.");
    }
    call->strict_batch = *strict == "batch";
  }
  if (auto create = request.QueryParameter("create")) call->create = IsTrue(*create);
  if (auto dry = request.QueryParameter("dry_run")) call->dry_run = IsTrue(*dry);
  return std::nullopt;
}

pipeline::IngestTablePtr IngestRequests::FindTable(const http::Request& request, const std::string& domain,
                                                   const std::string& table, http::Response* refusal) {
  auto found = ingest_.Find(domain, table);
  if (found.ok()) return *found;
  if (found.error().Is(errors::kObjectNotFound)) {
    *refusal = ProblemAnswer(request, problems::kUnknownTable, "There is no pipeline " + domain + "." + table + ".");
  } else {
    *refusal = FailureAnswer(request, found.error());
  }
  return nullptr;
}

void IngestRequests::Take(http::Request& request, const http::Responder& respond, std::shared_ptr<IngestCall> call) {
  auto job = std::make_shared<Job>(request, respond, std::move(call));
  job->table = ingest_.Known(job->call->domain, job->call->table);
  // A password costs a tenth of a second; an unknown table or key, a look at the log; expectations, a query.
  const bool queries = job->table && job->call->strict_batch && !job->table->spec.expectations.empty();
  if (job->table && !queries && job->body().size() <= kInlineBytes) job->access = gate_.AdmitAtOnce(request);
  if (job->access) return Work(job);
  respond.OnWorker([this, job] { Work(job); });
}

void IngestRequests::Work(const std::shared_ptr<Job>& job) {
  const http::Request& request = job->request;
  const IngestCall& call = *job->call;
  http::Response refusal;
  const AccessPtr access = job->access ? job->access : gate_.Admit(request, &refusal);
  if (!access) return job->respond(std::move(refusal));
  if (!access->Allows(Right::kIngest, {call.domain, call.table})) {
    return job->respond(Forbidden(request, *access, Right::kIngest, {call.domain, call.table}));
  }
  if (!job->table) job->table = FindTable(request, call.domain, call.table, &refusal);
  if (!job->table && call.create && refusal.status == problems::kUnknownTable.status) {
    job->table = CreateTable(*job, *access, &refusal);
  }
  if (!job->table) return job->respond(std::move(refusal));
  if (job->table->paused) {
    return job->respond(ProblemAnswer(request, problems::kPaused, "Resume the pipeline to post rows."));
  }
  const auto format = FormatOf(request);
  if (!format) {
    return job->respond(
        ProblemAnswer(request, problems::kMediaType, "Rows come as application/json or application/x-ndjson."));
  }
  thread_local PostedRows batch;
  if (auto error = batch.Read(job->body(), *format, job->table->rules)) {
    return job->respond(BodyProblem(request, *error));
  }
  if (call.strict_batch) {
    if (auto refused = RefuseStrictly(request, ingest_.node(), *job->table, batch))
      return job->respond(*std::move(refused));
  }
  job->parts = AnswerParts(batch);
  job->accepted = batch.accepted();
  job->quarantined = batch.quarantined();
  if (call.dry_run) {
    return job->respond(MakeAnswer({.status = 200, .parts = job->parts, .durable = "none", .dry_run = true}));
  }
  Append(job, batch);
}

/// Rows are appended to its silver table: what their key is, nobody has said.
pipeline::IngestTablePtr IngestRequests::CreateTable(const Job& job, const Access& access, http::Response* refusal) {
  const http::Request& request = job.request;
  const IngestCall& call = *job.call;
  const auto format = FormatOf(request);
  if (!access.Allows(Right::kPipelineCreate)) {
    *refusal = Forbidden(request, access, Right::kPipelineCreate);
    return nullptr;
  }
  if (!format || call.dry_run) return nullptr;
  auto inferred = pipeline::InferColumns(job.body(), *format);
  if (!inferred.ok()) {
    *refusal = FailureAnswer(request, inferred.error());
    return nullptr;
  }
  pipeline::PipelineSpec wanted;
  wanted.domain = pipeline::ColumnName(call.domain);
  wanted.table = pipeline::ColumnName(call.table);
  for (pipeline::InferredColumn& column : inferred->columns) wanted.columns.push_back(std::move(column.rule));
  auto spec = pipeline::ParseSpecJson(pipeline::ToJson(wanted));  // with all checks of a written one
  if (!spec.ok()) {
    *refusal = ProblemAnswer(request, problems::kInvalidPipeline, spec.error().Message());
    return nullptr;
  }
  engine::CancelToken cancel;
  auto made = pipeline::CreatePipeline(ingest_.node(), {access.user, access.role}, *spec, cancel);
  // Another request may have been first.
  if (made.ok() || made.error().Is(errors::kObjectExists)) return FindTable(request, call.domain, call.table, refusal);
  *refusal = FailureAnswer(request, made.error());
  return nullptr;
}

void IngestRequests::Append(const std::shared_ptr<Job>& job, const PostedRows& rows) {
  const pipeline::IngestTable& table = *job->table;
  const IngestCall& call = *job->call;
  job->buffer = call.channel ? &table.HomeOf(call.channel->name) : table.buffer.get();
  const std::string batch_id = NewUuid();
  std::string hash;
  pipeline::Batch batch;
  batch.rows = rows.rows();
  batch.batch_id = batch_id;
  batch.schema_version = table.schema_version;
  batch.channel = call.channel;
  if (const auto key = job->request.Header(kIdempotencyKey)) {
    hash = Sha256(job->body());
    batch.key = pipeline::RequestKey{*key, hash, job->parts};
    for (const auto& other : table.adopted) {
      auto known = other->FindKey(*key, hash);
      if (!known) continue;
      job->buffer = other.get();
      return Finish(job, *std::move(known));
    }
  }
  auto finish = [this, job](AppendResult result) { Finish(job, std::move(result)); };
  job->buffer->Append(batch, std::move(finish), job->respond.lane());
}

void IngestRequests::Finish(const std::shared_ptr<Job>& job, AppendResult result) {
  if (!result.ok()) {
    return job->respond(AppendProblem(job->request, result, *job->buffer, ingest_.limits().table_bytes));
  }
  const IngestCall::Wait wait = job->call->wait;
  const bool nothing = job->accepted + job->quarantined == 0;
  if (wait == IngestCall::Wait::kAccepted || nothing) {
    return job->respond(AnswerOf(*job, result, nothing ? 200 : 202, ""));
  }
  const uint64_t position = result.ack.first_position + result.ack.rows;
  auto done = [this, job, result = std::move(result), wait](Status status) {
    if (status.ok() && wait == IngestCall::Wait::kSilver) {
      return ingest_.WhenInSilver(job->table->pipe, [job, result](const Status& merged) {
        job->respond(AnswerOf(*job, result, merged.ok() ? 200 : 202, merged.ok() ? "" : merged.error().Message()));
      });
    }
    // The rows are durable all the same; they come to bronze when what hinders has gone.
    job->respond(AnswerOf(*job, result, status.ok() ? 200 : 202, status.ok() ? "" : status.error().Message()));
  };
  ingest_.WhenInBronze(*job->buffer, position, std::move(done));
}

http::Response IngestRequests::AnswerOf(const Job& job, const AppendResult& result, int status,
                                        std::string_view waiting) {
  IngestAnswer answer;
  answer.status = status;
  answer.ack = &result.ack;
  answer.durable = job.table->durable;
  answer.waiting = waiting;
  answer.parts = job.parts;
  if (job.call->channel) answer.channel = &result.channel;
  if (result.outcome == Outcome::kReplayed) {
    answer.parts = result.answer;
    answer.replayed = true;
  } else if (result.outcome == Outcome::kDuplicate) {
    answer.status = 200;
    answer.parts = "\"accepted\":0,\"quarantined\":0\n\"errors\":[],\"errors_truncated\":false";
    answer.duplicates = job.accepted + job.quarantined;
    answer.ack = nullptr;
  }
  http::Response response = MakeAnswer(answer);
  return job.call->shape ? job.call->shape(std::move(response), job.accepted, job.quarantined) : response;
}

http::Route IngestRoute(std::string pattern, http::DeferredHandler handler, std::string doc) {
  return {"POST", std::move(pattern), std::move(handler), http::RunOn::kIoThread, std::move(doc), kBodyMax,
          false,  ServerRefusal};
}

std::vector<http::Route> IngestRoutes(pipeline::IngestNode& ingest, const Gate& gate) {
  auto requests = std::make_shared<IngestRequests>(ingest, gate);
  std::vector<http::Route> routes;
  routes.push_back(IngestRoute(
      "/v1/ingest/{domain}/{table}",
      [requests](http::Request& request, const http::Responder& respond) {
        auto call = std::make_shared<IngestCall>();
        call->domain = request.PathParameter("domain");
        call->table = request.PathParameter("table");
        if (auto refusal = IngestRequests::ReadOptions(request, call.get())) return respond(std::move(*refusal));
        requests->Take(request, respond, std::move(call));
      },
      "Takes rows of a pipeline: an object, an array, {\"data\":…}, {\"records\":[…]} or NDJSON."));
  for (auto* more : {ChannelRoutes, CompatibleIngestRoutes, IngestStatusRoutes}) {
    for (http::Route& route : more(requests)) routes.push_back(std::move(route));
  }
  return routes;
}

}  // namespace firn::faces

// Routes of clients of the FastAPI project: POST /ingest/{domain}/{endpoint}[/batch] and
// /send_data_bronze/{tenant}/{table}. They go the way of /v1/ingest; what differs: nothing is dropped silently, rows
// that are not valid go to quarantine.
#include <utility>

#include "faces/json_text.h"
#include "faces/pipeline_face/ingest.h"

namespace firn::faces {

namespace {

bool IsTrue(std::string_view text) { return text == "true" || text == "True" || text == "1" || text == "on"; }

std::string Begin(const char* status, const IngestCall& call) {
  std::string out = "{\"status\":\"";
  out += status;
  out += "\",\"endpoint\":";
  AppendJsonString(call.domain + "/" + call.table, &out);
  return out;
}

/// {"status":"success","endpoint":"d/t","records_sent":1,"validated":true}
http::Response OneAnswer(const IngestCall& call, const http::Response& answer, size_t accepted, size_t quarantined) {
  if (answer.status >= 300) return answer;
  std::string out = Begin("success", call);
  out += ",\"records_sent\":" + std::to_string(accepted + quarantined);
  out += quarantined == 0 ? ",\"validated\":true}" : ",\"validated\":false}";
  return http::Response::Json(200, std::move(out));
}

/// {"status":"completed","endpoint":"d/t","total_records":2,"validated_count":2}
http::Response BatchAnswer(const IngestCall& call, const http::Response& answer, size_t accepted, size_t quarantined) {
  if (answer.status >= 300) return answer;
  std::string out = Begin("completed", call);
  out += ",\"total_records\":" + std::to_string(accepted + quarantined);
  out += ",\"validated_count\":" + std::to_string(accepted);
  if (quarantined > 0) {
    out += ",\"failed_count\":" + std::to_string(quarantined);
    // The answer's own list of errors, up to the member behind it.
    const size_t from = answer.body.find("\"errors\":");
    const size_t to = answer.body.rfind(",\"errors_truncated\"");
    if (from != std::string::npos && to != std::string::npos) out += "," + answer.body.substr(from, to - from);
  }
  return http::Response::Json(200, out + "}");
}

using Shape = http::Response (*)(const IngestCall&, const http::Response&, size_t, size_t);

http::DeferredHandler Taking(const std::shared_ptr<IngestRequests>& requests, const char* domain, const char* table,
                             Shape shape) {
  return [requests, domain, table, shape](http::Request& request, const http::Responder& respond) {
    auto call = std::make_shared<IngestCall>();
    call->domain = request.PathParameter(domain);
    call->table = request.PathParameter(table);
    call->strict_batch = IsTrue(request.QueryParameter("strict").value_or(""));
    call->shape = [shape, domain = call->domain, table = call->table](const http::Response& answer, size_t accepted,
                                                                      size_t quarantined) {
      IngestCall named;
      named.domain = domain;
      named.table = table;
      return shape(named, answer, accepted, quarantined);
    };
    requests->Take(request, respond, std::move(call));
  };
}

}  // namespace

std::vector<http::Route> CompatibleIngestRoutes(const std::shared_ptr<IngestRequests>& requests) {
  return {
      IngestRoute("/ingest/{domain}/{endpoint}", Taking(requests, "domain", "endpoint", OneAnswer),
                  "One record as {\"data\":…}, for clients of the FastAPI project."),
      IngestRoute("/ingest/{domain}/{endpoint}/batch", Taking(requests, "domain", "endpoint", BatchAnswer),
                  "An array of records, for clients of the FastAPI project."),
      IngestRoute("/send_data_bronze/{tenant}/{table}", Taking(requests, "tenant", "table", OneAnswer),
                  "One record as {\"data\":…}, for the oldest clients of the FastAPI project."),
  };
}

}  // namespace firn::faces

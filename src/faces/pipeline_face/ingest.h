// The ingest routes (9.2 and 9.6 of the pipeline contract): rows in, as JSON or NDJSON, and channels; and those of the
// FastAPI project's clients. Made by `cli`; what they refer to must outlive the server.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "faces/pipeline_face/access.h"
#include "faces/pipeline_face/ingest_answer.h"
#include "http/routes.h"
#include "pipeline/ingest_node.h"

namespace firn::faces {

/// POST /v1/ingest/{domain}/{table}, …/channels/…, /v1/pipelines/{domain}/{table}/status and the compatible routes.
std::vector<http::Route> IngestRoutes(pipeline::IngestNode& ingest, const Gate& gate);

/// How rows of a request go in. Inner part of this folder.
struct IngestCall {
  enum class Wait : uint8_t { kAccepted, kBronze, kSilver };
  std::string domain, table;
  Wait wait = Wait::kAccepted;
  bool strict_batch = false;
  bool dry_run = false;
  bool create = false;                            ///< an unknown table is made, with columns inferred from the rows
  std::optional<pipeline::ChannelWrite> channel;  ///< its views point into the request
  /// Shapes a success for another client; none: the answer as it is.
  std::function<http::Response(http::Response, size_t accepted, size_t quarantined)> shape;
  /// The body to read instead of the request's own.
  std::optional<std::string> body;
};

class IngestRequests {
 public:
  IngestRequests(pipeline::IngestNode& ingest, const Gate& gate) : ingest_(ingest), gate_(gate) {}

  /// Admits, parses, checks, appends, and answers when it is durable: small bodies for known tables on the thread that
  /// calls, which is not blocked; the others on a worker.
  void Take(http::Request& request, const http::Responder& respond, std::shared_ptr<IngestCall> call);
  /// wait, strict, dry_run and create of the query. A Response: the refusal.
  static std::optional<http::Response> ReadOptions(const http::Request& request, IngestCall* call);
  /// The table, for a caller that may wait. Null: `*refusal`.
  pipeline::IngestTablePtr FindTable(const http::Request& request, const std::string& domain, const std::string& table,
                                     http::Response* refusal);

  pipeline::IngestNode& ingest() { return ingest_; }
  const Gate& gate() const { return gate_; }

 private:
  struct Job;
  void Work(const std::shared_ptr<Job>& job);
  pipeline::IngestTablePtr CreateTable(const Job& job, const Access& access, http::Response* refusal);
  void Append(const std::shared_ptr<Job>& job, const pipeline::PostedRows& batch);
  void Finish(const std::shared_ptr<Job>& job, pipeline::AppendResult result);
  static http::Response AnswerOf(const Job& job, const pipeline::AppendResult& result, int status,
                                 std::string_view waiting);

  pipeline::IngestNode& ingest_;
  const Gate& gate_;
};

/// A row for what takes rows, with its limits and refusals.
http::Route IngestRoute(std::string pattern, http::DeferredHandler handler, std::string doc);
/// channel_routes.cc, compatible_routes.cc, status_routes.cc
std::vector<http::Route> ChannelRoutes(const std::shared_ptr<IngestRequests>& requests);
std::vector<http::Route> CompatibleIngestRoutes(const std::shared_ptr<IngestRequests>& requests);
std::vector<http::Route> IngestStatusRoutes(const std::shared_ptr<IngestRequests>& requests);

}  // namespace firn::faces

// What ingest routes answer: the body of 9.2 of the pipeline contract, and the problems of what a buffer refuses. Pure;
// any thread.
#pragma once

#include <string>

#include "faces/pipeline_face/problem.h"
#include "pipeline/buffer/batch.h"
#include "pipeline/ingest/posted_rows.h"
#include "pipeline/ingest_node.h"

namespace firn::faces {

/// `"accepted":98,"quarantined":2` and behind a line's end `"errors":[…],"errors_truncated":false`: what is kept with
/// an Idempotency-Key.
std::string AnswerParts(const pipeline::PostedRows& batch);
/// `[{"index":7,"code":"TYPE_MISMATCH","column":"total","message":"…"}]`; lines of NDJSON have `line` too.
std::string FaultsJson(const pipeline::PostedRows& batch);

struct IngestAnswer {
  int status = 202;
  std::string_view parts;  ///< AnswerParts
  const pipeline::Ack* ack = nullptr;
  const char* durable = "fsync";
  size_t duplicates = 0;
  const pipeline::ChannelState* channel = nullptr;
  bool replayed = false;
  bool dry_run = false;
  std::string_view waiting = {};  ///< why a stage that was waited for was not reached
};
http::Response MakeAnswer(const IngestAnswer& answer);

/// A body that is refused as a whole.
http::Response BodyProblem(const http::Request& request, const pipeline::BodyError& error);
/// An Outcome that is a refusal. `table`: for X-RateLimit-*.
http::Response AppendProblem(const http::Request& request, const pipeline::AppendResult& result,
                             pipeline::TableBuffer& table, uint64_t table_bytes_max);

/// `"channel":"c","epoch":2,"continuation":"2:7","last_committed":100`
std::string ChannelJson(std::string_view name, const pipeline::ChannelState& state);

}  // namespace firn::faces

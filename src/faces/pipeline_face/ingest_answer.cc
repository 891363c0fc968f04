#include "faces/pipeline_face/ingest_answer.h"

#include <algorithm>

#include "faces/json_text.h"

namespace firn::faces {

using pipeline::BodyFault;
using pipeline::Outcome;

namespace {

struct OutcomeProblem {
  Outcome outcome;
  const ProblemRow* problem;
};

constexpr OutcomeProblem kOutcomes[] = {{Outcome::kKeyMismatch, &problems::kKeyMismatch},
                                        {Outcome::kKeyInFlight, &problems::kKeyInFlight},
                                        {Outcome::kKeysFull, &problems::kTooManyRequests},
                                        {Outcome::kChannelUnknown, &problems::kChannelNotFound},
                                        {Outcome::kChannelFenced, &problems::kChannelFenced},
                                        {Outcome::kChannelOffset, &problems::kChannelOffset},
                                        {Outcome::kChannelsFull, &problems::kTooManyRequests},
                                        {Outcome::kTableFull, &problems::kWalFull},
                                        {Outcome::kBufferFull, &problems::kWalFull},
                                        {Outcome::kInFlightFull, &problems::kWalFull},
                                        {Outcome::kDiskLow, &problems::kDiskLow},
                                        {Outcome::kClosing, &problems::kShuttingDown},
                                        {Outcome::kTableDamaged, &problems::kTableDamaged},
                                        {Outcome::kUnwritten, &problems::kWriteFailed},
                                        {Outcome::kStopped, &problems::kWriteFailed},
                                        {Outcome::kInvalid, &problems::kBadRequest}};

void AddSeq(const char* name, const pipeline::Ack* ack, int64_t seq, std::string* out) {
  *out += name;
  if (ack == nullptr || ack->rows == 0) {
    *out += "null";
  } else {
    AppendNumber(seq, out);
  }
}

}  // namespace

std::string FaultsJson(const pipeline::PostedRows& batch) {
  std::string out = "[";
  for (const pipeline::RowFault& fault : batch.faults()) {
    out += out.size() > 1 ? ",{\"index\":" : "{\"index\":";
    AppendNumber(fault.index, &out);
    if (fault.line > 0) {
      out += ",\"line\":";
      AppendNumber(fault.line, &out);
    }
    out += ",\"code\":\"";
    out += NameOf(fault.error.code);
    out += "\",\"column\":";
    AppendJsonStringOrNull(fault.error.column, &out);
    out += ",\"message\":";
    AppendJsonString(fault.error.message, &out);
    out += '}';
  }
  return out + "]";
}

std::string AnswerParts(const pipeline::PostedRows& batch) {
  std::string out;
  out.reserve(100);
  out += "\"accepted\":";
  AppendNumber(static_cast<int64_t>(batch.accepted()), &out);
  out += ",\"quarantined\":";
  AppendNumber(static_cast<int64_t>(batch.quarantined()), &out);
  out += "\n\"errors\":";
  out += batch.faults().empty() ? "[]" : FaultsJson(batch);
  out += batch.quarantined() > batch.faults().size() ? ",\"errors_truncated\":true" : ",\"errors_truncated\":false";
  return out;
}

std::string ChannelJson(std::string_view name, const pipeline::ChannelState& state) {
  std::string out = "\"channel\":";
  AppendJsonString(name, &out);
  out += ",\"epoch\":";
  AppendNumber(static_cast<int64_t>(state.epoch), &out);
  out += ",\"continuation\":\"" + state.Continuation() + "\",\"last_committed\":";
  if (state.committed) {
    AppendNumber(*state.committed, &out);
  } else {
    out += "null";
  }
  return out;
}

http::Response MakeAnswer(const IngestAnswer& answer) {
  const size_t line = std::min(answer.parts.find('\n'), answer.parts.size());
  std::string out;
  out.reserve(answer.parts.size() + 200);
  out += "{\"batch_id\":";
  if (answer.ack != nullptr) {
    AppendJsonStringOrNull(answer.ack->batch_id, &out);
  } else {
    out += "null";
  }
  out += ',';
  out.append(answer.parts.substr(0, line));
  out += ",\"duplicates\":";
  AppendNumber(static_cast<int64_t>(answer.duplicates), &out);
  AddSeq(",\"first_seq\":", answer.ack, answer.ack ? answer.ack->first_seq : 0, &out);
  AddSeq(",\"last_seq\":", answer.ack, answer.ack ? answer.ack->last_seq : 0, &out);
  out += ",\"durable\":\"";
  out += answer.durable;
  out += "\",";
  out.append(answer.parts.substr(std::min(line + 1, answer.parts.size())));
  if (answer.channel != nullptr) {
    out += ",\"continuation\":\"" + answer.channel->Continuation() + "\",\"last_committed\":";
    if (answer.channel->committed) {
      AppendNumber(*answer.channel->committed, &out);
    } else {
      out += "null";
    }
  }
  if (answer.dry_run) out += ",\"dry_run\":true";
  if (!answer.waiting.empty()) {
    out += ",\"waiting\":";
    AppendJsonString(answer.waiting, &out);
  }
  out += '}';
  http::Response response = http::Response::Json(answer.status, std::move(out));
  if (answer.replayed) response.headers.Add("Idempotency-Replayed", "true");
  return response;
}

http::Response BodyProblem(const http::Request& request, const pipeline::BodyError& error) {
  switch (error.fault) {
    case BodyFault::kEmpty:
      return ProblemAnswer(request, problems::kEmptyBody, error.message);
    case BodyFault::kTooLarge:
      return ProblemAnswer(request, problems::kTooLarge, error.message);
    case BodyFault::kTooManyRows:
      return ProblemAnswer(request, problems::kTooManyRows, error.message);
    case BodyFault::kBadJson:
      break;
  }
  return ProblemAnswer(request, problems::kBadJson, error.message, {{"offset", std::to_string(error.offset)}});
}

http::Response AppendProblem(const http::Request& request, const pipeline::AppendResult& result,
                             pipeline::TableBuffer& table, uint64_t table_bytes_max) {
  const auto* row = std::ranges::find(kOutcomes, result.outcome, &OutcomeProblem::outcome);
  const ProblemRow& problem = row == std::end(kOutcomes) ? problems::kInternal : *row->problem;
  ProblemMembers members;
  if (result.outcome == Outcome::kChannelOffset || result.outcome == Outcome::kChannelFenced) {
    members.emplace_back("last_committed",
                         result.channel.committed ? std::to_string(*result.channel.committed) : "null");
    members.emplace_back("continuation", "\"" + result.channel.Continuation() + "\"");
  }
  http::Response response = ProblemAnswer(request, problem, result.message, members, result.retry_after_seconds);
  if (problem.status == 429) {
    const uint64_t used = std::min(table.status().log_bytes, table_bytes_max);
    response.headers.Add("X-RateLimit-Limit", std::to_string(table_bytes_max));
    response.headers.Add("X-RateLimit-Remaining", std::to_string(table_bytes_max - used));
    response.headers.Add("X-RateLimit-Reset", std::to_string(std::max(result.retry_after_seconds, 1)));
  }
  return response;
}

}  // namespace firn::faces

#include "pipeline/silver/silver.h"

#include <algorithm>
#include <mutex>

#include "base/errors.h"
#include "base/ids.h"
#include "pipeline/silver/step.h"

namespace firn::pipeline {

namespace {

constexpr int64_t kPauseFirstMicros = 1000;  ///< after a lost race; doubled each time
constexpr int64_t kPauseMostMicros = 500000;
constexpr int kTriesMost = 50;

SilverCounts Zeros() {
  return {{"rows_read", 0},  {"rows_inserted", 0},  {"rows_updated", 0},    {"rows_deleted", 0},
          {"rows_stale", 0}, {"rows_duplicate", 0}, {"rows_quarantined", 0}};
}

catalog::StatementInfo InfoOf(const session::Session& session, const SilverRequest& request) {
  catalog::StatementInfo info;
  info.query_id = request.query_id;
  info.request_id = request.request_id;
  info.user = session.user();
  info.role = session.role;
  info.kind = "MERGE";
  std::string hash = Sha256(request.text);
  info.text_hash = HexLower({reinterpret_cast<const uint8_t*>(hash.data()), hash.size()});
  return info;
}

std::optional<SilverCounts> Repeated(session::Session& session, const SilverRequest& request) {
  if (request.request_id.empty()) return std::nullopt;
  auto done = session.node().catalog->Current()->FindRequest(session.user(), request.request_id);
  if (!done) return std::nullopt;
  SilverCounts counts = Zeros();
  counts["rows_inserted"] = done->statement.rows_inserted;
  counts["rows_updated"] = done->statement.rows_updated;
  counts["rows_deleted"] = done->statement.rows_deleted;
  return counts;
}

Result<planner::ChangeRange> BronzeRange(statements::Execution& run, const PipelineSpec& spec) {
  FIRN_ASSIGN(catalog::ObjectRef stream,
              planner::FindInSchema(run.context, SilverName(spec, "BRONZE", "_S"), catalog::ObjectKind::kStream));
  FIRN_ASSIGN(planner::ChangeRange range, planner::StreamRange(run.context, *stream));
  const std::string key(catalog::kSnapshotOffset);
  catalog::Offsets offsets = run.context.state().OffsetsOf(stream->id);
  auto offset = offsets.find(key);
  std::optional<int64_t> from;
  if (offset != offsets.end()) from = offset->second;
  run.context.stream_moves.push_back({stream->id, key, from, range.to->snapshot_id});
  return range;
}

Status Merge(SilverStep* step) {
  switch (step->spec.merge) {
    case MergeType::kAppend:
      return AppendRows(step);
    case MergeType::kUpsert:
      return UpsertRows(step);
    case MergeType::kScd2:
    case MergeType::kSnapshot:
      break;
  }
  return Error(errors::kUnsupported, {"merge: scd2 and snapshot"});
}

/// All of one try; what it changed waits in the session's transaction.
Result<SilverCounts> Attempt(statements::Execution& run, const PipelineSpec& spec) {
  FIRN_TRY(run.context.Pin());
  SilverStep step{.run = run, .spec = spec, .counts = Zeros()};
  // The lock comes first: it pins anew, and all that follows is read at that pin.
  FIRN_ASSIGN(step.silver, statements::LockTable(run, SilverName(spec, "SILVER", ""), "MERGE"));
  FIRN_ASSIGN(step.errors, planner::FindTable(run.context, SilverName(spec, "BRONZE", "__ERRORS"), "INSERT"));
  if (spec.merge == MergeType::kUpsert) {
    FIRN_ASSIGN(step.tombstones, planner::FindTable(run.context, SilverName(spec, "SILVER", "__DELETED"), "INSERT"));
  }
  FIRN_ASSIGN(planner::ChangeRange range, BronzeRange(run, spec));
  if (!planner::MayHaveChanges(range)) {
    run.context.stream_moves.clear();
    return step.counts;
  }
  const RowRules rules = spec.Rules();
  FIRN_ASSIGN(step.batch, ReadBatch(run, range, rules));
  step.counts["rows_read"] = step.batch.rows_read;
  FIRN_TRY(TypeRows(&step));
  FIRN_TRY(Merge(&step));
  FIRN_TRY(WriteRejected(&step));
  return step.counts;
}

Result<SilverCounts> Once(session::Session& session, const PipelineSpec& spec, const SilverRequest& request,
                          engine::CancelToken& cancel) {
  const statements::Request asked{.text = request.text, .request_id = request.request_id, .query_id = request.query_id};
  const sql::Statement none;
  session::OpenTransaction& transaction = session.transaction;
  catalog::Catalog& catalog = *session.node().catalog;
  statements::Execution run{session,
                            asked,
                            cancel,
                            request.query_id,
                            none,
                            planner::StatementContext(session, asked.bindings, cancel, request.query_id),
                            InfoOf(session, request),
                            nullptr};
  auto mark = transaction.Save();
  auto counts = Attempt(run, spec);
  if (!counts.ok()) {
    transaction.Restore(catalog, std::move(mark));
    transaction.Rollback(catalog);
    return counts;
  }
  transaction.AddStatement(run.info);
  for (const catalog::OffsetMove& move : run.context.stream_moves) transaction.AddOffset(move);
  FIRN_TRY(transaction.Commit(catalog, [&] { return cancel.canceled(); }));
  return counts;
}

}  // namespace

Result<SilverCounts> MergeSilver(session::Session& session, const PipelineSpec& spec, const SilverRequest& request,
                                 engine::CancelToken& cancel) {
  std::lock_guard lock(session.run_mutex);
  if (auto repeated = Repeated(session, request)) return *std::move(repeated);
  FIRN_TRY(session.parameters.Set("TIMEZONE", spec.time_zone));
  int64_t pause = kPauseFirstMicros;
  for (int tries = 1;; ++tries) {
    auto counts = Once(session, spec, request, cancel);
    if (counts.ok() || !counts.error().Is(errors::kConflict) || tries == kTriesMost) return counts;
    if (cancel.canceled()) return Error(errors::kCanceled);
    session.node().clock->Sleep(std::chrono::microseconds(pause / 2 + static_cast<int64_t>(RandomU64() % pause)));
    pause = std::min(pause * 2, kPauseMostMicros);
  }
}

}  // namespace firn::pipeline

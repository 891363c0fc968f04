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
constexpr int64_t kRowsMost = 500000;  ///< of one step: what is kept in memory

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

struct Bronze {
  planner::ChangeRange range;
  bool more = false;
};

/// The last snapshot that does not add more rows since `from` than one step takes, but at least one; none: all of them.
std::optional<int64_t> StopAt(const planner::ChangeRange& range) {
  int64_t rows = 0;
  std::optional<int64_t> last;
  bool counting = !range.from || !range.from->snapshot_id;
  const auto& snapshots = range.to->metadata->snapshots;
  // Older ones than the metadata lists have been taken already, or are too many to be told apart.
  if (!counting) {
    counting = std::ranges::none_of(snapshots,
                                    [&](const auto& one) { return (*one)->snapshot_id == *range.from->snapshot_id; });
  }
  for (const iceberg::SnapshotPtr& snapshot : snapshots) {
    if (counting) {
      rows += (*snapshot)->added_rows.value_or(0);
      if (rows > kRowsMost && last) return last;
      last = (*snapshot)->snapshot_id;
    } else {
      counting = (*snapshot)->snapshot_id == *range.from->snapshot_id;
    }
    if ((*snapshot)->snapshot_id == range.to->snapshot_id) break;
  }
  return std::nullopt;
}

Result<Bronze> ReadRange(statements::Execution& run, const PipelineSpec& spec, const SilverNames& names) {
  FIRN_ASSIGN(catalog::ObjectRef stream, planner::FindInSchema(run.context, SilverName(spec, "BRONZE", names.stream),
                                                               catalog::ObjectKind::kStream));
  Bronze bronze;
  FIRN_ASSIGN(bronze.range, planner::StreamRange(run.context, *stream));
  if (auto stop = StopAt(bronze.range)) {
    FIRN_ASSIGN(bronze.range.to, run.catalog().TableAtSnapshot(run.context.state(), *bronze.range.table.object, *stop));
    bronze.more = true;
  }
  std::optional<int64_t> from;
  if (bronze.range.from) from = bronze.range.from->snapshot_id;
  run.context.stream_moves.push_back(
      {stream->id, std::string(catalog::kSnapshotOffset), from, bronze.range.to->snapshot_id});
  return bronze;
}

Status Merge(SilverStep* step) {
  switch (step->spec.merge) {
    case MergeType::kAppend:
      return AppendRows(step);
    case MergeType::kUpsert:
      return UpsertRows(step);
    case MergeType::kScd2:
      return VersionRows(step);
    case MergeType::kSnapshot:
      return SnapshotRows(step);
  }
  return Ok();
}

/// What one try came to: the result, or what has to be changed before the next.
struct Outcome {
  SilverResult result;
  std::optional<SchemaNeeds> needs;
};

std::optional<SchemaNeeds> NeedsOf(const SilverBatch& batch) {
  SchemaNeeds needs{.batch_id = batch.first_batch, .columns = {}, .wider = batch.wider_columns};
  std::ranges::copy_if(batch.new_columns, std::back_inserter(needs.columns), &NewColumn::typed);
  if (needs.columns.empty() && needs.wider.empty()) return std::nullopt;
  return needs;
}

/// All of one try; what it changed waits in the session's transaction.
Result<Outcome> Attempt(statements::Execution& run, const PipelineSpec& spec, const SilverNames& names, bool evolves) {
  FIRN_TRY(run.context.Pin());
  SilverStep step{.run = run, .spec = spec, .names = names, .counts = Zeros()};
  // The lock comes first: it pins anew, and all that follows is read at that pin.
  FIRN_ASSIGN(step.silver, statements::LockTable(run, SilverName(spec, "SILVER", names.silver), "MERGE"));
  FIRN_ASSIGN(step.errors, planner::FindTable(run.context, SilverName(spec, "BRONZE", "__ERRORS"), "INSERT"));
  if (spec.merge != MergeType::kAppend) {
    FIRN_ASSIGN(step.tombstones, planner::FindTable(run.context, SilverName(spec, "SILVER", names.deleted), "INSERT"));
  }
  FIRN_ASSIGN(Bronze bronze, ReadRange(run, spec, names));
  Outcome outcome;
  outcome.result.counts = step.counts;
  if (!planner::MayHaveChanges(bronze.range)) {
    // Past snapshots that only took rows away the stream moves too, or it would be asked again and again.
    std::erase_if(run.context.stream_moves, [](const catalog::OffsetMove& move) { return move.from == move.to; });
    return outcome;
  }
  FIRN_TRY(ReadRows(&step, bronze.range, evolves));
  if (evolves) outcome.needs = NeedsOf(step.batch);
  if (outcome.needs) return outcome;
  step.bronze = bronze.range;
  step.counts["rows_read"] = step.batch.rows_read;
  FIRN_TRY(Merge(&step));
  FIRN_TRY(WriteRejected(&step));
  outcome.result = {std::move(step.counts), bronze.more};
  return outcome;
}

Result<Outcome> Once(session::Session& session, const PipelineSpec& spec, const SilverRequest& request,
                     engine::CancelToken& cancel, bool evolves) {
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
  auto outcome = Attempt(run, spec, request.names, evolves);
  if (!outcome.ok() || outcome->needs) {
    transaction.Restore(catalog, std::move(mark));
    transaction.Rollback(catalog);
    return outcome;
  }
  transaction.AddStatement(run.info);
  for (const catalog::OffsetMove& move : run.context.stream_moves) transaction.AddOffset(move);
  FIRN_TRY(transaction.Commit(catalog, [&] { return cancel.canceled(); }));
  return outcome;
}

}  // namespace

Result<SilverResult> MergeSilver(session::Session& session, PipelineSpec spec, const SilverRequest& request,
                                 engine::CancelToken& cancel, const Evolve& evolve) {
  std::lock_guard lock(session.run_mutex);
  if (auto repeated = Repeated(session, request)) return SilverResult{*std::move(repeated), true};
  FIRN_TRY(session.parameters.Set("TIMEZONE", spec.time_zone));
  int64_t pause = kPauseFirstMicros;
  for (int tries = 1;; ++tries) {
    auto outcome = Once(session, spec, request, cancel, evolve && tries < kTriesMost);
    if (outcome.ok() && outcome->needs) {
      FIRN_ASSIGN(spec, evolve(spec, *outcome->needs));
      continue;
    }
    if (outcome.ok()) return std::move(outcome->result);
    if (!outcome.error().Is(errors::kConflict) || tries == kTriesMost) return std::move(outcome).error();
    if (cancel.canceled()) return Error(errors::kCanceled);
    session.node().clock->Sleep(std::chrono::microseconds(pause / 2 + static_cast<int64_t>(RandomU64() % pause)));
    pause = std::min(pause * 2, kPauseMostMicros);
  }
}

}  // namespace firn::pipeline

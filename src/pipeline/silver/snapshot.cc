#include "pipeline/silver/snapshot.h"

#include <algorithm>

#include "base/errors.h"
#include "base/ids.h"
#include "pipeline/registry/expansion.h"
#include "pipeline/silver/step.h"
#include "sql/printer.h"
#include "statements/run.h"

namespace firn::pipeline {

namespace {

constexpr Micros kSeqEpoch = 1577836800000000;  ///< 2020 (commit-protocol rule 9)

std::string Texts(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + sql::QuoteText(text);
  return list;
}

/// Rows of silver that are older than the mark and that no row of its batches has the key of.
Status RemoveAbsent(SilverStep* step, const SnapshotMark& mark) {
  statements::Execution& run = step->run;
  const PipelineSpec& spec = step->spec;
  planner::ChangeRange all = step->bronze;
  all.from = nullptr;
  SilverStep set{.run = run, .spec = spec, .counts = {}};
  FIRN_TRY(ReadRows(&set, all, false, " WHERE \"_BATCH_ID\" IN (" + Texts(mark.batches) + ")"));
  // As the upsert of this step has left it.
  FIRN_ASSIGN(planner::FoundTable silver,
              planner::FindTable(run.context, SilverName(spec, "SILVER", step->names.silver), "MERGE"));
  const std::string absent =
      "SELECT t.file_index, t.file_row_number FROM lake_scan(" + std::to_string(run.context.AddTable(silver)) +
      ") AS t WHERE CAST(t.\"_SEQ\" AS BIGINT) < " + std::to_string(mark.seq) + " AND NOT EXISTS (FROM " +
      set.typed.Relation() + " AS w WHERE w.\"firn$bad\" IS NULL AND NOT w.\"firn$delete\" AND " +
      SameKey(spec, "w", "t") + ")";
  FIRN_ASSIGN(statements::RowPositions positions, statements::CollectPositions(run, run.context.Statement(absent)));
  if (positions.empty()) return Ok();
  iceberg::TableChange change;
  change.operation = iceberg::Operation::kDelete;
  FIRN_TRY(statements::RemoveRows(run, silver, positions, &change));
  run.info.rows_deleted += statements::CountOf(positions);
  step->counts["rows_deleted"] = run.info.rows_deleted;
  return statements::AddChange(run, silver, catalog::Verb::kMerge, std::move(change));
}

/// The mark of the last snapshot that bronze holds, as far as the step sees it.
Result<std::optional<SnapshotMark>> LastMark(SilverStep* step) {
  statements::Execution& run = step->run;
  planner::ChangeRange all = step->bronze;
  all.from = nullptr;
  FIRN_ASSIGN(std::string changes, planner::ChangesSql(run.context, all));
  FIRN_ASSIGN(auto batches,
              run.engine().Collect(run.context.Statement("SELECT \"_SEQ\", \"_RAW\" FROM (" + changes +
                                                         ") WHERE \"_SCHEMA_VERSION\" IS NULL AND \"_OP\" = '" +
                                                         kSnapshotOp + "' ORDER BY \"_SEQ\" DESC LIMIT 1"),
                                   run.cancel));
  if (batches.empty() || batches[0].rows() == 0) return std::optional<SnapshotMark>();
  return std::optional(ReadMark(batches[0].Int64(0, 0), batches[0].Text(1, 0)));
}

Result<session::Answer> Run(session::Session& session, const std::string& text, engine::CancelToken& cancel) {
  statements::Request request;
  request.text = text;
  request.query_id = NewQueryId();
  return statements::Run(session, request, cancel);
}

}  // namespace

Status SnapshotRows(SilverStep* step) {
  FIRN_ASSIGN(step->last_mark, LastMark(step));
  FIRN_TRY(UpsertRows(step));
  // A later snapshot says all that an earlier one does.
  return step->batch.marks.empty() ? Ok() : RemoveAbsent(step, step->batch.marks.back());
}

Status CommitSnapshot(session::Node& node, const Actor& actor, const PipelineSpec& spec,
                      const std::vector<std::string>& batches, engine::CancelToken& cancel) {
  if (spec.merge != MergeType::kSnapshot) {
    return Error(errors::kInvalidInput, {"The pipeline does not merge snapshots (merge: {type: snapshot})."});
  }
  if (batches.empty()) return Error(errors::kInvalidInput, {"A snapshot has at least one batch."});
  const ObjectNames names(spec);
  const std::string bronze = names.In(kBronzeSchema, names.bronze), list = Texts(batches);
  session::Session session(node, static_cast<int64_t>(RandomU64() >> 1), actor.user, actor.role);
  FIRN_ASSIGN(
      session::Answer known,
      Run(session, "SELECT COUNT(DISTINCT _BATCH_ID)::BIGINT FROM " + bronze + " WHERE _BATCH_ID IN (" + list + ")",
          cancel));
  FIRN_ASSIGN(auto counted, known.stream->Next());
  std::vector<std::string> distinct = batches;
  std::ranges::sort(distinct);
  distinct.erase(std::ranges::unique(distinct).begin(), distinct.end());
  if (!counted || counted->Int64(0, 0) != static_cast<int64_t>(distinct.size())) {
    return Error(errors::kInvalidInput, {"Not every batch is in bronze yet."});
  }
  known.stream.reset();
  std::string ids;
  for (const std::string& id : distinct) ids += (ids.empty() ? "[\"" : ", \"") + id + "\"";
  const std::string now = std::to_string((node.clock->Now() - kSeqEpoch) * 1024);
  FIRN_TRY(Run(session,
               "INSERT INTO " + bronze +
                   " (_SEQ, _INGESTED_AT, _BATCH_ID, _CHANNEL, _OFFSET, _OP, _SCHEMA_VERSION, _RAW) SELECT GREATEST(" +
                   now + ", MAX(_SEQ) + 1), CURRENT_TIMESTAMP(), NULL, NULL, NULL, '" + kSnapshotOp +
                   "', NULL, PARSE_JSON(" + sql::QuoteText(ids + "]") + ") FROM " + bronze,
               cancel));
  return Ok();
}

}  // namespace firn::pipeline

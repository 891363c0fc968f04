// merge: scd2. Every version of a key is a row that holds from its own time to the next version's (_VALID_FROM,
// _VALID_TO; none: still). A version that comes late splits the row in whose time it falls; a delete ends a row and
// begins none, and leaves a tombstone, so that what comes late and held before it ends there. What a key was is never
// written over: a row only ever comes to end earlier. With on_missing: keep a column that a version has not is that of
// the version before it; what has come already is not folded anew.
#include <algorithm>

#include "pipeline/silver/step.h"
#include "planner/value.h"
#include "sql/printer.h"

namespace firn::pipeline {

using sql::QuoteIdent;

namespace {

enum Action { kUpdate = 0, kInsert = 2, kDuplicate = 3, kDelete = 1, kNothing = 5 };

constexpr const char* kAt = "\"firn$at\"";

bool IsTime(const SqlType& type) { return type.IsTimestamp() || type.id == TypeId::kDate; }

/// When a row of the batch begins to hold: the first order_by column if it is a time, else when the event came in,
/// which its `_seq` tells (commit-protocol rule 9).
std::string BeginText(const PipelineSpec& spec) {
  for (const ColumnRule& column : spec.columns) {
    if (spec.order_by.empty() || column.name != spec.order_by[0] || !IsTime(column.type)) continue;
    const std::string name = QuoteIdent(column.name);
    if (column.type.id == TypeId::kTimestampLtz) return name;
    if (column.type.id == TypeId::kTimestampTz) {
      return "CAST(" +
             sql::Print(
                 *planner::CastTo(sql::MakeExpr(sql::DuckExpr{name, {}}), SqlType::Timestamp(TypeId::kTimestampLtz))) +
             " AS TIMESTAMPTZ)";
    }
    return "CAST(CAST(" + name + " AS TIMESTAMP) AS TIMESTAMPTZ)";
  }
  return "(TIMESTAMPTZ '2020-01-01 00:00:00+00' + to_microseconds(\"_SEQ\" // 1024))";
}

/// Of the key or of order_by: no row lacks it, and tombstones have it.
bool IsVersion(const PipelineSpec& spec, const ColumnRule& column) {
  return column.key || std::ranges::find(spec.order_by, column.name) != spec.order_by.end();
}

/// The events of the keys of the batch in one relation: rows of the batch, rows of the table, tombstones.
std::string EventsSql(const SilverStep& step, const std::string& table, const std::string& tombstones) {
  const PipelineSpec& spec = step.spec;
  const bool keep = spec.on_missing == OnMissing::kKeep;
  std::vector<std::string> names;
  std::string of_tombstone;
  for (const ColumnRule& column : spec.columns) {
    names.push_back(column.name);
    of_tombstone += (IsVersion(spec, column) ? "" : "NULL AS ") + QuoteIdent(column.name) + ", ";
  }
  const std::string columns = NameList(names, "") + ", \"_SEQ\"";
  const bool ids = statements::KeepsRowIds(step.silver);
  const std::string batch = "SELECT * FROM " + step.typed.Relation() +
                            " WHERE \"firn$bad\" IS NULL QUALIFY row_number() OVER (PARTITION BY " +
                            VersionColumns(spec) + ") = 1";
  const std::string met = " AS t WHERE EXISTS (FROM firn_batch AS w WHERE " + SameKey(spec, "w", "t") + ")";
  std::string fresh =
      "SELECT " + columns + ", \"_RESCUED\", \"firn$delete\", TRUE AS \"firn$new\", " + BeginText(spec) +
      " AS \"firn$at\", NULL::TIMESTAMPTZ AS \"firn$end\", NULL::UBIGINT AS \"firn$file\", NULL::BIGINT "
      "AS \"firn$position\", NULL::BIGINT AS \"firn$row_id\"" +
      (keep ? ", \"firn$has\"" : "") + " FROM firn_batch";
  std::string old =
      "SELECT " + columns + ", NULL AS \"_RESCUED\", FALSE AS \"firn$delete\", FALSE AS \"firn$new\", " +
      "\"_VALID_FROM\" AS \"firn$at\", \"_VALID_TO\" AS \"firn$end\", \"firn$file\", \"firn$position\", " +
      (ids ? "\"firn$row_id\"" : "NULL::BIGINT") + (keep ? ", NULL" : "") + " FROM " + table + met;
  std::string dead = "SELECT " + of_tombstone + "\"_SEQ\", NULL, TRUE, FALSE, " + BeginText(spec) +
                     ", NULL, NULL, NULL, NULL" + (keep ? ", NULL" : "") + " FROM " + tombstones + met;
  return "WITH firn_batch AS MATERIALIZED (" + batch + "), firn_events AS (" + fresh + " UNION ALL " + old +
         " UNION ALL " + dead + ")";
}

/// `relation` with the columns that new rows lack as the row before them has them, if it still holds at their time. A
/// delete begins a life of its own.
std::string FoldedSql(const PipelineSpec& spec, const std::string& relation) {
  const std::string keys = NameList(spec.KeyColumns(), ""), order = VersionOrder(spec, "ASC");
  std::string values;
  for (size_t i = 0; i < spec.columns.size(); ++i) {
    const ColumnRule& column = spec.columns[i];
    if (IsVersion(spec, column)) continue;
    const std::string name = QuoteIdent(column.name);
    const std::string own = "NOT \"firn$new\" OR substr(\"firn$has\", " + std::to_string(i + 1) + ", 1) = '1'";
    const std::string before = "last_value(CASE WHEN NOT \"firn$delete\" AND (" + own + ") THEN {'v': " + name +
                               ", 'end': \"firn$end\"} END IGNORE NULLS) OVER firn_life";
    values += (values.empty() ? "" : ", ") + std::string("CASE WHEN ") + own + " THEN " + name + " WHEN (" + before +
              ")['end'] <= \"firn$at\" THEN NULL ELSE (" + before + ")['v'] END AS " + name;
  }
  if (values.empty()) return "SELECT * FROM " + relation;
  return "SELECT * REPLACE (" + values + ") FROM (SELECT *, count(*) FILTER (\"firn$delete\") OVER (PARTITION BY " +
         keys + " ORDER BY " + order + " ROWS UNBOUNDED PRECEDING) AS \"firn$life\" FROM " + relation +
         ") WINDOW firn_life AS (PARTITION BY " + keys + ", \"firn$life\" ORDER BY " + order +
         " ROWS UNBOUNDED PRECEDING)";
}

/// `firn$span`: the end that the last row of the table before an event had, of an event that it may hold. A version
/// that is there already comes to nothing.
std::string PairsSql(const SilverStep& step, const std::string& table, const std::string& tombstones) {
  const PipelineSpec& spec = step.spec;
  const std::string over =
      " OVER (PARTITION BY " + NameList(spec.KeyColumns(), "") + " ORDER BY " + VersionOrder(spec, "ASC");
  std::string known = "SELECT *, \"firn$new\" AND count(*) FILTER (NOT \"firn$new\") OVER (PARTITION BY " +
                      VersionColumns(spec) + ") > 0 AS \"firn$known\" FROM firn_events";
  const bool keep = spec.on_missing == OnMissing::kKeep;
  std::string fresh = "(SELECT * FROM firn_known WHERE NOT \"firn$known\")";
  if (keep) fresh = "(" + FoldedSql(spec, fresh) + ")";
  // Where the order is no time, a late version has come after its successor began: it has never held.
  std::string begun = "SELECT * REPLACE (min(\"firn$at\")" + over +
                      " ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS \"firn$at\") FROM " + fresh;
  std::string lined = "SELECT *, lead(\"firn$at\")" + over + ") AS \"firn$next\", last_value(CASE WHEN NOT " +
                      "\"firn$new\" AND NOT \"firn$delete\" THEN {'end': \"firn$end\"} END IGNORE NULLS)" + over +
                      " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS \"firn$span\" FROM (" + begun + ")";
  std::string ended = "SELECT *, LEAST(\"firn$next\", CASE WHEN \"firn$span\".\"end\" > \"firn$at\" OR NOT " +
                      std::string("\"firn$new\" THEN \"firn$span\".\"end\" END) AS \"firn$to\" FROM (") + lined + ")";
  std::string action = "CASE WHEN \"firn$delete\" THEN IF(\"firn$new\", " + std::to_string(kDelete) + ", " +
                       std::to_string(kNothing) + ") WHEN \"firn$new\" THEN " + std::to_string(kInsert) +
                       " WHEN \"firn$to\" IS DISTINCT FROM \"firn$end\" THEN " + std::to_string(kUpdate) + " ELSE " +
                       std::to_string(kNothing) + " END";
  return EventsSql(step, table, tombstones) + ", firn_known AS (" + known + ") SELECT * EXCLUDE (\"firn$span\"" +
         (keep ? ", \"firn$has\"" : "") + "), " + action + " AS \"firn$action\" FROM (" + ended +
         ") UNION ALL BY NAME SELECT * EXCLUDE (\"firn$known\"" + (keep ? ", \"firn$has\"" : "") + "), " +
         std::to_string(kDuplicate) + " AS \"firn$action\" FROM firn_known WHERE \"firn$known\"";
}

std::vector<std::string> ScdRow(const SilverStep& step) {
  std::vector<std::string> row = NewRow(step, step.silver, "p");
  const auto& columns = step.silver.info().columns;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == "_VALID_FROM") row[i] = std::string("p.") + kAt;
    if (columns[i].name == "_VALID_TO") row[i] = "p.\"firn$to\"";
    if (columns[i].name == "_IS_CURRENT") row[i] = "p.\"firn$to\" IS NULL";
  }
  return row;
}

}  // namespace

Status VersionRows(SilverStep* step) {
  statements::Execution& run = step->run;
  const PipelineSpec& spec = step->spec;
  std::vector<std::string> columns = {"_VALID_FROM", "_VALID_TO"};
  for (const ColumnRule& column : spec.columns) columns.push_back(column.name);
  FIRN_ASSIGN(std::string table, ScanInBounds(step, step->silver, columns, true));
  FIRN_ASSIGN(std::string tombstones, ScanInBounds(step, *step->tombstones, {}, false));
  FIRN_ASSIGN(auto kept, run.engine().Keep(run.context.Statement(PairsSql(*step, table, tombstones)), run.cancel));
  const std::string pairs = kept->Relation();
  FIRN_ASSIGN(
      auto batches,
      run.engine().Collect(
          run.context.Statement("SELECT count(*) FILTER (\"firn$action\" = 0), count(*) FILTER (\"firn$action\" = 1), "
                                "count(*) FILTER (\"firn$action\" = 2), count(*) FILTER (\"firn$action\" = 3) FROM " +
                                pairs),
          run.cancel));
  step->counts["rows_updated"] = run.info.rows_updated = batches[0].Int64(kUpdate, 0);
  step->counts["rows_deleted"] = run.info.rows_deleted = batches[0].Int64(kDelete, 0);
  step->counts["rows_inserted"] = run.info.rows_inserted = batches[0].Int64(kInsert, 0);
  step->counts["rows_duplicate"] = batches[0].Int64(kDuplicate, 0);
  if (run.info.rows_deleted > 0) {
    FIRN_TRY(WriteTombstones(step, pairs + " AS p WHERE \"firn$action\" = " + std::to_string(kDelete)));
  }
  if (run.info.rows_inserted + run.info.rows_updated == 0) return Ok();
  const bool ids = statements::KeepsRowIds(step->silver) && run.info.rows_updated > 0;
  iceberg::TableChange change;
  change.operation = iceberg::Operation::kOverwrite;
  std::string rows = "SELECT " + statements::CastList(step->silver, ScdRow(*step)) +
                     (ids ? ", p.\"firn$row_id\"" : "") + " FROM " + pairs + " AS p WHERE \"firn$action\" IN (" +
                     std::to_string(kUpdate) + ", " + std::to_string(kInsert) + ")";
  FIRN_ASSIGN(change.added, statements::WriteRows(run, step->silver, run.context.Statement(std::move(rows)), ids));
  FIRN_ASSIGN(
      statements::RowPositions positions,
      statements::CollectPositions(run, run.context.Statement("SELECT \"firn$file\", \"firn$position\" FROM " + pairs +
                                                              " WHERE \"firn$action\" = " + std::to_string(kUpdate))));
  FIRN_TRY(statements::RemoveRows(run, step->silver, positions, &change));
  return statements::AddChange(run, step->silver, catalog::Verb::kMerge, std::move(change));
}

}  // namespace firn::pipeline

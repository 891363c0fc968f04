// merge: upsert. Of a key the highest version (order_by…, _seq) wins, in the batch, against the table and against the
// tombstones; what is lower is stale, what is equal a duplicate. A delete takes the row away and leaves a tombstone.
// With on_missing: keep the rows of a key that are newer than the table are folded in the order of their versions.
#include <algorithm>

#include "pipeline/silver/step.h"
#include "sql/printer.h"

namespace firn::pipeline {

using sql::QuoteIdent;

namespace {

enum Action { kUpdate = 0, kDelete = 1, kInsert = 2, kDuplicate = 3, kStale = 4 };

struct Relations {
  std::string table;       ///< a scan of silver, alias t: what is not joined by is read of the rows that are found
  std::string on;          ///< of `w` and `t`
  std::string tombstones;  ///< the last of each key, alias d; "": there are none
  std::string absent;      ///< a condition on `w`: not of the last snapshot, which has come since; "": never
};

Result<Relations> MakeRelations(SilverStep* step) {
  const PipelineSpec& spec = step->spec;
  Relations relations;
  FIRN_ASSIGN(relations.on, SameKeyInBounds(step, "w"));
  relations.table = "lake_scan(" + std::to_string(step->run.context.AddTable(step->silver)) + ")";
  if (step->last_mark) {
    std::string batches;
    for (const std::string& id : step->last_mark->batches) {
      batches += (batches.empty() ? "" : ", ") + sql::QuoteText(id);
    }
    relations.absent = "w.\"_SEQ\" < " + std::to_string(step->last_mark->seq) +
                       " AND COALESCE(w.\"firn$batch\", '') NOT IN (" + batches + ")";
  }
  if (step->tombstones->version->files->files().empty()) return relations;
  FIRN_ASSIGN(std::string tombstones, ScanInBounds(step, *step->tombstones, {}, false));
  relations.tombstones = "(SELECT * FROM " + tombstones + " QUALIFY row_number() OVER (PARTITION BY " +
                         NameList(spec.KeyColumns(), "") + " ORDER BY " + VersionOrder(spec, "DESC") + ") = 1)";
  return relations;
}

/// What becomes of a row `w` that has met `t` and `d`; rows that are not higher are told apart first.
std::string ActionText(const PipelineSpec& spec, const Relations& relations) {
  std::string text = "CASE";
  auto when = [&](const char* side, const std::string& condition, Action action) {
    if (*side == 'd' && relations.tombstones.empty()) return;
    text += " WHEN " + std::string(side) + ".\"_SEQ\" IS NOT NULL" + condition + " THEN " + std::to_string(action);
  };
  for (const char* side : {"d", "t"}) when(side, " AND " + SameVersion(spec, "w", side), kDuplicate);
  for (const char* side : {"d", "t"}) when(side, " AND " + Newer(spec, side, "w"), kStale);
  text += " WHEN w.\"firn$delete\" THEN " + std::to_string(kDelete);
  if (!relations.absent.empty()) {
    text += " WHEN t.\"_SEQ\" IS NULL AND " + relations.absent + " THEN " + std::to_string(kStale);
  }
  when("t", "", kUpdate);
  return text + " ELSE " + std::to_string(kInsert) + " END";
}

std::string Joined(const PipelineSpec& spec, const Relations& relations, const std::string& rows) {
  std::string joined = rows + " AS w LEFT JOIN " + relations.table + " AS t ON " + relations.on;
  if (!relations.tombstones.empty()) {
    joined += " LEFT JOIN " + relations.tombstones + " AS d ON " + SameKey(spec, "w", "d");
  }
  return joined;
}

/// on_missing: null. The newest row of each key is the whole of what the key becomes.
std::string NewestPairs(const SilverStep& step, const Relations& relations) {
  const PipelineSpec& spec = step.spec;
  std::string newest = "(SELECT * FROM " + step.typed.Relation() + " WHERE \"firn$bad\" IS NULL";
  if (step.keys->keys < step.keys->rows) {
    newest += " QUALIFY row_number() OVER (PARTITION BY " + NameList(spec.KeyColumns(), "") + " ORDER BY " +
              VersionOrder(spec, "DESC") + ") = 1";
  }
  return R"(SELECT w.* EXCLUDE ("_OP", "firn$number", "firn$bad"), )" + Places(step) + ", " +
         ActionText(spec, relations) + " AS \"firn$action\" FROM " + Joined(spec, relations, newest + ")");
}

/// on_missing: keep. `firn$rank` counts the versions of a key, from the lowest that is newer than the table; rows up to
/// the last delete say nothing any more.
std::string FoldedPairs(const SilverStep& step, const Relations& relations) {
  const PipelineSpec& spec = step.spec;
  const std::string keys = NameList(spec.KeyColumns(), "");
  std::string met = "SELECT w.*, " + ActionText(spec, relations) + " AS \"firn$action\" FROM " +
                    Joined(spec, relations,
                           "(SELECT * FROM " + step.typed.Relation() +
                               " WHERE \"firn$bad\" IS NULL QUALIFY row_number() OVER (PARTITION BY " + keys + ", " +
                               NameList(spec.order_by, "") + (spec.order_by.empty() ? "" : ", ") + "\"_SEQ\") = 1)");
  std::string ranked = "SELECT *, row_number() OVER (PARTITION BY " + keys + " ORDER BY " + VersionOrder(spec, "ASC") +
                       ") AS \"firn$rank\" FROM firn_met WHERE \"firn$action\" < " + std::to_string(kDuplicate);
  std::string marked = "SELECT *, COALESCE(max(CASE WHEN \"firn$delete\" THEN \"firn$rank\" END) OVER (PARTITION BY " +
                       keys + "), 0) AS \"firn$cut\" FROM firn_ranked";
  std::string folded =
      "SELECT " + keys + ", max(\"firn$rank\") AS \"firn$rank\", any_value(\"firn$cut\") AS \"firn$cut\"";
  std::string values;
  for (size_t i = 0; i < spec.columns.size(); ++i) {
    const ColumnRule& column = spec.columns[i];
    if (column.key) continue;
    // The version that the key gets is that of its last row.
    if (std::ranges::find(spec.order_by, column.name) != spec.order_by.end()) {
      values += ", w." + QuoteIdent(column.name);
      continue;
    }
    const std::string name = QuoteIdent(column.name), set = "\"firn$set" + std::to_string(i) + "\"";
    folded += ", arg_max({'v': " + name + "}, \"firn$rank\") FILTER (substr(\"firn$has\", " + std::to_string(i + 1) +
              ", 1) = '1' AND \"firn$rank\" > \"firn$cut\") AS " + set;
    values += ", CASE WHEN f." + set + " IS NOT NULL THEN f." + set + ".v WHEN f.\"firn$cut\" = 0 THEN t." + name +
              " END AS " + name;
  }
  folded += " FROM firn_marked GROUP BY " + keys;
  return "WITH firn_met AS MATERIALIZED (" + met + "), firn_ranked AS (" + ranked + "), firn_marked AS (" + marked +
         "), firn_folded AS (" + folded + ") SELECT " + NameList(spec.KeyColumns(), "w.") + values +
         ", w.\"_SEQ\", w.\"_RESCUED\", " + Places(step) +
         ", w.\"firn$action\", w.\"firn$delete\" FROM firn_folded AS f JOIN firn_marked AS w ON " +
         SameKey(spec, "f", "w") + " AND f.\"firn$rank\" = w.\"firn$rank\" LEFT JOIN " + relations.table + " AS t ON " +
         relations.on;
}

/// Rows of the batch that became nothing: those that a higher version of the batch, of the table or of a tombstone
/// stands above, and those that are there already.
Status CountStale(SilverStep* step, const Relations& relations, int64_t stale_pairs, int64_t duplicate_pairs) {
  const PipelineSpec& spec = step->spec;
  statements::Execution& run = step->run;
  const std::string good = " FROM " + step->typed.Relation() + " WHERE \"firn$bad\" IS NULL";
  const std::string version = VersionColumns(spec);
  if (spec.on_missing == OnMissing::kKeep) {
    std::string sql = "SELECT count(*) FILTER (a = " + std::to_string(kStale) +
                      "), count(*) FILTER (a = " + std::to_string(kDuplicate) + ") FROM (SELECT " +
                      ActionText(spec, relations) + " AS a FROM " +
                      Joined(spec, relations,
                             "(SELECT DISTINCT " + version + ", \"firn$delete\"" +
                                 (relations.absent.empty() ? "" : ", \"firn$batch\"") + good + ")") +
                      ")";
    FIRN_ASSIGN(auto batches, run.engine().Collect(run.context.Statement(std::move(sql)), run.cancel));
    stale_pairs = batches[0].Int64(0, 0);
    duplicate_pairs = batches[0].Int64(1, 0);
  }
  // Rows, distinct versions and keys of the batch: what is between them are duplicates and rows that were overtaken.
  FIRN_ASSIGN(const BatchKeys* found, KeysOf(step));
  int64_t versions = found->rows;
  if (found->keys < found->rows) {
    std::string sql = "SELECT count(*) FROM (SELECT DISTINCT " + version + good + ")";
    FIRN_ASSIGN(auto batches, run.engine().Collect(run.context.Statement(std::move(sql)), run.cancel));
    versions = batches[0].Int64(0, 0);
  }
  step->counts["rows_duplicate"] = duplicate_pairs + found->rows - versions;
  step->counts["rows_stale"] = stale_pairs + (spec.on_missing == OnMissing::kKeep ? 0 : versions - found->keys);
  return Ok();
}

/// The new rows and the removal of the old ones.
Status WriteSilver(SilverStep* step, const std::string& pairs) {
  statements::Execution& run = step->run;
  const bool ids = statements::KeepsRowIds(step->silver) && run.info.rows_updated > 0;
  iceberg::TableChange change;
  change.operation = iceberg::Operation::kOverwrite;
  if (run.info.rows_inserted + run.info.rows_updated > 0) {
    std::string sql = "SELECT " + statements::CastList(step->silver, NewRow(*step, step->silver, "p")) +
                      (ids ? ", p.\"firn$row_id\"" : "") + " FROM " + pairs + " AS p WHERE \"firn$action\" IN (" +
                      std::to_string(kUpdate) + ", " + std::to_string(kInsert) + ") ORDER BY " +
                      NameList(step->spec.KeyColumns(), "p.");
    FIRN_ASSIGN(change.added, statements::WriteRows(run, step->silver, run.context.Statement(std::move(sql)), ids));
  }
  std::string removed = "SELECT \"firn$file\", \"firn$position\" FROM " + pairs + " WHERE \"firn$file\" IS NOT NULL " +
                        "AND \"firn$action\" IN (" + std::to_string(kUpdate) + ", " + std::to_string(kDelete) + ")";
  FIRN_ASSIGN(statements::RowPositions positions,
              statements::CollectPositions(run, run.context.Statement(std::move(removed))));
  FIRN_TRY(statements::RemoveRows(run, step->silver, positions, &change));
  run.info.rows_deleted = statements::CountOf(positions) - run.info.rows_updated;
  step->counts["rows_deleted"] = run.info.rows_deleted;
  return statements::AddChange(run, step->silver, catalog::Verb::kMerge, std::move(change));
}

}  // namespace

Status UpsertRows(SilverStep* step) {
  statements::Execution& run = step->run;
  FIRN_ASSIGN(Relations relations, MakeRelations(step));
  const bool keep = step->spec.on_missing == OnMissing::kKeep;
  std::string sql = keep ? FoldedPairs(*step, relations) : NewestPairs(*step, relations);
  FIRN_ASSIGN(auto kept, run.engine().Keep(run.context.Statement(std::move(sql)), run.cancel));
  const std::string pairs = kept->Relation();
  std::string totals = "SELECT ";
  for (int action = kUpdate; action <= kStale; ++action) {
    totals += (action ? ", " : "") + std::string("count(*) FILTER (\"firn$action\" = ") + std::to_string(action) + ")";
  }
  FIRN_ASSIGN(auto batches, run.engine().Collect(run.context.Statement(totals + " FROM " + pairs), run.cancel));
  step->counts["rows_updated"] = run.info.rows_updated = batches[0].Int64(kUpdate, 0);
  step->counts["rows_inserted"] = run.info.rows_inserted = batches[0].Int64(kInsert, 0);
  FIRN_TRY(CountStale(step, relations, batches[0].Int64(kStale, 0), batches[0].Int64(kDuplicate, 0)));
  FIRN_TRY(WriteSilver(step, pairs));
  if (batches[0].Int64(kDelete, 0) == 0) return Ok();
  return WriteTombstones(step, pairs + " AS p WHERE \"firn$action\" = " + std::to_string(kDelete));
}

}  // namespace firn::pipeline

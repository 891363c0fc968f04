#include "pipeline/silver/step.h"

#include <algorithm>

#include "base/errors.h"
#include "pipeline/silver/typed_rows.h"
#include "sql/printer.h"

namespace firn::pipeline {

using sql::QuoteIdent;

namespace {

bool HasColumn(const planner::FoundTable& table, std::string_view name) {
  return std::ranges::any_of(table.info().columns, [&](const auto& column) { return column.name == name; });
}

/// Counts the rows that do not fit an expectation that warns, and refuses those of one that fails the run.
Status CheckExpectations(SilverStep* step) {
  std::vector<const Expectation*> counted;
  std::string sql = "SELECT ";
  for (const Expectation& expectation : step->spec.expectations) {
    if (expectation.on_violation == OnViolation::kQuarantine) continue;
    FIRN_ASSIGN(std::string check, ConditionSql(step->run.context, expectation.check));
    sql += (counted.empty() ? "" : ", ") + std::string("count(*) FILTER (NOT ") + check + ")";
    counted.push_back(&expectation);
  }
  if (counted.empty()) return Ok();
  sql += " FROM " + step->typed.Relation() + " WHERE \"firn$bad\" IS NULL AND NOT \"firn$delete\"";
  FIRN_ASSIGN(auto batches, step->run.engine().Collect(step->run.context.Statement(std::move(sql)), step->run.cancel));
  for (size_t i = 0; i < counted.size(); ++i) {
    const int64_t violations = batches[0].Int64(static_cast<int>(i), 0);
    if (violations > 0 && counted[i]->on_violation == OnViolation::kFail) {
      return Error(errors::kInvalidInput, {"Expectation '" + counted[i]->name + "' does not hold for " +
                                           std::to_string(violations) + " rows: " + counted[i]->check});
    }
    step->counts["warned." + counted[i]->name] = violations;
  }
  return Ok();
}

/// What the columns of the table of errors but `_TIME` come from.
constexpr std::pair<std::string_view, const char*> kErrorSources[] = {
    {"_BATCH_ID", "\"firn$batch\""},
    {"_SEQ", "\"firn$seq\""},
    {"_OP", "\"firn$op\""},
    {"_STAGE", "'merge'"},
    {"_CODE", "\"firn$code\""},
    {"_COLUMN", "\"firn$field\""},
    {"_MESSAGE", "\"firn$message\""},
    {"_RAW", "encode(\"firn$raw\")"},
    {"_SCHEMA_VERSION", "\"firn$version\""},
    {"_STATUS", "'open'"},
};

/// What of a row goes to the table of errors but why.
std::string RejectedColumns() {
  using Column = PieceColumn;
  return PieceText(Column::kSeq) + " AS \"firn$seq\", NULLIF(" + PieceText(Column::kVersion) +
         ", 0) AS \"firn$version\", " + PieceText(Column::kBatch) + " AS \"firn$batch\", " + PieceText(Column::kOp) +
         " AS \"firn$op\", " + PieceText(Column::kRaw) + " AS \"firn$raw\", ";
}

Result<std::shared_ptr<engine::KeptRows>> Keep(SilverStep* step, std::string sql) {
  return step->run.engine().Keep(step->run.context.Statement(std::move(sql)), step->run.cancel);
}

Status Reject(SilverStep* step, std::string sql) {
  FIRN_ASSIGN(auto kept, Keep(step, std::move(sql)));
  if (kept->rows() > 0) step->rejected.pieces.push_back(std::move(kept));
  return Ok();
}

Status TakeRows(SilverStep* step, const engine::MemoryRows& rows, const engine::MemoryRows& rejected) {
  using Column = PieceColumn;
  FIRN_ASSIGN(std::string typed, TypedRowsSql(step->run.context, step->spec, rows.Relation()));
  FIRN_ASSIGN(auto kept, Keep(step, std::move(typed)));
  const std::string piece = kept->Relation();
  step->typed.pieces.push_back(std::move(kept));
  if (rows.rows() > 0) {
    FIRN_TRY(Reject(step, "SELECT " + RejectedColumns() + ReasonSql(step->spec, &RowReason::code) +
                              " AS \"firn$code\", " + ReasonSql(step->spec, &RowReason::column) +
                              " AS \"firn$field\", " + ReasonSql(step->spec, &RowReason::message) +
                              " AS \"firn$message\" FROM " + rows.Relation() + " AS m JOIN " + piece + " AS w ON " +
                              PieceText(Column::kNumber) + " = w.\"firn$number\" WHERE w.\"firn$bad\" IS NOT NULL"));
  }
  return rejected.rows() == 0
             ? Ok()
             : Reject(step, "SELECT " + RejectedColumns() + PieceText(Column::kCode) + " AS \"firn$code\", " +
                                PieceText(Column::kField) + " AS \"firn$field\", " + PieceText(Column::kMessage) +
                                " AS \"firn$message\" FROM " + rejected.Relation() + " AS m");
}

}  // namespace

std::string KeptPieces::Relation() const {
  if (pieces.size() == 1) return pieces[0]->Relation();
  std::string all;
  for (const auto& piece : pieces) all += (all.empty() ? "(FROM " : " UNION ALL FROM ") + piece->Relation();
  return all + ")";
}

sql::ObjectName SilverName(const PipelineSpec& spec, const char* schema, const std::string& suffix) {
  sql::ObjectName name;
  for (const std::string& part : {spec.domain, std::string(schema), spec.table + suffix}) {
    name.parts.push_back({part, true, {}});
  }
  return name;
}

Status ReadRows(SilverStep* step, const planner::ChangeRange& range, bool evolves, const std::string& only) {
  const PipelineSpec& spec = step->spec;
  const bool raw = spec.mode == PipelineMode::kRaw;
  const RowRules rules(raw ? std::vector<ColumnRule>() : spec.columns, spec.evolve);
  const BatchOptions options{.raw = raw, .has = spec.on_missing == OnMissing::kKeep, .evolves = evolves, .only = only};
  FIRN_ASSIGN(step->batch, ReadBatch(step->run, range, rules, options,
                                     [&](const engine::MemoryRows& rows, const engine::MemoryRows& rejected) {
                                       return TakeRows(step, rows, rejected);
                                     }));
  if (step->typed.empty()) return Ok();  // the columns come first
  return CheckExpectations(step);
}

Result<const BatchKeys*> KeysOf(SilverStep* step) {
  if (step->keys) return &*step->keys;
  const std::vector<std::string> keys = step->spec.KeyColumns();
  std::string bounds;
  for (const std::string& key : keys) {
    const std::string name = QuoteIdent(key);
    bounds += std::string(", typeof(any_value(") + name + ")), CAST(min(" + name + ") AS VARCHAR), CAST(max(" + name +
              ") AS VARCHAR)";
  }
  const std::string names = NameList(keys, "");
  std::string sql = "SELECT COALESCE(sum(\"firn$n\"), 0)::BIGINT, count(*)" + bounds + " FROM (SELECT " + names +
                    ", count(*) AS \"firn$n\" FROM " + step->typed.Relation() +
                    " WHERE \"firn$bad\" IS NULL GROUP BY " + names + ")";
  FIRN_ASSIGN(auto batches, step->run.engine().Collect(step->run.context.Statement(std::move(sql)), step->run.cancel));
  BatchKeys found{.bounds = {}, .rows = batches[0].Int64(0, 0), .keys = batches[0].Int64(1, 0)};
  for (size_t i = 0; i < keys.size(); ++i) {
    const int at = static_cast<int>(3 * i + 2);
    if (batches[0].IsNull(at + 1, 0)) break;
    auto value = [&](int column) {
      return "CAST(" + sql::QuoteText(batches[0].Text(column, 0)) + " AS " + batches[0].Text(at, 0) + ")";
    };
    found.bounds += " AND t." + QuoteIdent(keys[i]) + " BETWEEN " + value(at + 1) + " AND " + value(at + 2);
  }
  step->keys = std::move(found);
  return &*step->keys;
}

Status WriteRejected(SilverStep* step) {
  statements::Execution& run = step->run;
  if (step->rejected.empty()) return Ok();
  std::string rows = step->rejected.Relation();
  if (step->names.replay) {
    const std::string errors = "lake_scan(" + std::to_string(run.context.AddTable(step->errors)) + ")";
    rows = "(SELECT r.* FROM " + rows + " AS r WHERE NOT EXISTS (FROM " + errors +
           R"( AS e WHERE e."_SEQ" = r."firn$seq" AND e."_CODE" = r."firn$code")))";
  }
  std::vector<std::string> sources;
  for (const catalog::ColumnInfo& column : step->errors.info().columns) {
    const std::string& name = column.name;
    std::string source = "NULL";
    for (const auto& [known, text] : kErrorSources) {
      if (name == known) source = text;
    }
    sources.push_back(name == "_TIME" ? NowText(*step) : std::move(source));
  }
  iceberg::TableChange change;
  FIRN_ASSIGN(change.added,
              statements::WriteRows(
                  run, step->errors,
                  run.context.Statement("SELECT " + statements::CastList(step->errors, sources) + " FROM " + rows)));
  int64_t count = 0;
  for (const iceberg::DataFile& file : change.added) count += file.record_count;
  step->counts["rows_quarantined"] = count;
  if (count == 0) return Ok();
  return statements::AddChange(run, step->errors, catalog::Verb::kInsert, std::move(change));
}

Status WriteTombstones(SilverStep* step, const std::string& rows) {
  statements::Execution& run = step->run;
  std::string sql =
      "SELECT " + statements::CastList(*step->tombstones, NewRow(*step, *step->tombstones, "p")) + " FROM " + rows;
  iceberg::TableChange change;
  FIRN_ASSIGN(change.added, statements::WriteRows(run, *step->tombstones, run.context.Statement(std::move(sql))));
  if (change.added.empty()) return Ok();
  return statements::AddChange(run, *step->tombstones, catalog::Verb::kInsert, std::move(change));
}

std::string NameList(const std::vector<std::string>& names, const std::string& prefix) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + prefix + QuoteIdent(name);
  return list;
}

std::string SameKey(const PipelineSpec& spec, const std::string& a, const std::string& b) {
  std::string same;
  for (const std::string& key : spec.KeyColumns()) {
    same += (same.empty() ? "" : " AND ") + a + "." + QuoteIdent(key) + " = " + b + "." + QuoteIdent(key);
  }
  return same;
}

std::string Newer(const PipelineSpec& spec, const std::string& a, const std::string& b) {
  std::string newer = a + ".\"_SEQ\" > " + b + ".\"_SEQ\"";
  for (size_t i = spec.order_by.size(); i-- > 0;) {
    const std::string left = a + "." + QuoteIdent(spec.order_by[i]), right = b + "." + QuoteIdent(spec.order_by[i]);
    newer = left + " > " + right + " OR (" + left + " = " + right + " AND (" + newer + "))";
  }
  return "(" + newer + ")";
}

std::string SameVersion(const PipelineSpec& spec, const std::string& a, const std::string& b) {
  std::string same = "(" + a + ".\"_SEQ\" = " + b + ".\"_SEQ\"";
  for (const std::string& name : spec.order_by) {
    same += " AND " + a + "." + QuoteIdent(name) + " = " + b + "." + QuoteIdent(name);
  }
  return same + ")";
}

std::string VersionColumns(const PipelineSpec& spec) {
  std::vector<std::string> names = spec.KeyColumns();
  names.insert(names.end(), spec.order_by.begin(), spec.order_by.end());
  names.push_back("_SEQ");
  return NameList(names, "");
}

std::string VersionOrder(const PipelineSpec& spec, const char* direction) {
  std::string order;
  for (const std::string& name : spec.order_by) order += QuoteIdent(name) + " " + direction + ", ";
  return order + "\"_SEQ\" " + direction;
}

Result<std::string> SameKeyInBounds(SilverStep* step, const std::string& alias) {
  FIRN_ASSIGN(const BatchKeys* keys, KeysOf(step));
  return SameKey(step->spec, alias, "t") + keys->bounds;
}

std::string Places(const SilverStep& step) {
  std::string places = R"(t.file_index AS "firn$file", t.file_row_number AS "firn$position")";
  if (statements::KeepsRowIds(step.silver)) {
    places += ", " + statements::RowIdText(step.silver, "t") + " AS \"firn$row_id\"";
  }
  return places;
}

Result<std::string> ScanInBounds(SilverStep* step, const planner::FoundTable& table,
                                 const std::vector<std::string>& columns, bool places) {
  FIRN_ASSIGN(const BatchKeys* keys, KeysOf(step));
  std::vector<std::string> names = step->spec.KeyColumns();
  auto add = [&](const std::vector<std::string>& more) {
    for (const std::string& name : more) {
      if (std::ranges::find(names, name) == names.end() && HasColumn(table, name)) names.push_back(name);
    }
  };
  add(step->spec.order_by);
  add(columns);
  std::string sql = "(SELECT " + NameList(names, "") + ", CAST(\"_SEQ\" AS BIGINT) AS \"_SEQ\"";
  if (places) sql += ", " + Places(*step);
  return sql + " FROM lake_scan(" + std::to_string(step->run.context.AddTable(table)) + ") AS t WHERE TRUE" +
         keys->bounds + ")";
}

std::string NowText(const SilverStep& step) {
  return "(TIMESTAMPTZ '1970-01-01 00:00:00+00' + to_microseconds(" + std::to_string(step.run.context.now) + "))";
}

std::vector<std::string> NewRow(const SilverStep& step, const planner::FoundTable& table, const std::string& alias) {
  std::vector<std::string> row;
  for (const catalog::ColumnInfo& column : table.info().columns) {
    const bool declared = std::ranges::any_of(step.spec.columns, [&](const auto& c) { return c.name == column.name; });
    if (column.name == "_UPDATED_AT" || column.name == "_DELETED_AT") {
      row.push_back(NowText(step));
    } else if (column.name == "_RAW") {
      row.push_back("\"fn$parse_json\"(" + alias + ".\"firn$raw\")");
    } else if (column.name == "_RESCUED") {
      row.push_back("\"fn$parse_json\"(" + alias + ".\"_RESCUED\")");
    } else if (declared || column.name == "_SEQ") {
      row.push_back(alias + "." + QuoteIdent(column.name));
    } else {
      row.push_back("NULL");
    }
  }
  return row;
}

}  // namespace firn::pipeline

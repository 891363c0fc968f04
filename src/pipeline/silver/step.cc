#include "pipeline/silver/step.h"

#include <algorithm>

#include "base/errors.h"
#include "planner/resolve.h"
#include "planner/value.h"
#include "sql/parser.h"
#include "sql/printer.h"

namespace firn::pipeline {

using sql::QuoteIdent;

namespace {

bool HasColumn(const planner::FoundTable& table, std::string_view name) {
  return std::ranges::any_of(table.info().columns, [&](const auto& column) { return column.name == name; });
}

/// The declared column as the batch's text of it, cast; NULL where it cannot be.
std::string TypedText(const ColumnRule& rule, const std::string& text, const std::string& time_zone) {
  auto tried = [&](const char* type) { return "TRY_CAST(" + text + " AS " + type + ")"; };
  switch (rule.type.id) {
    case TypeId::kInteger:
      return tried("BIGINT");
    case TypeId::kNumber:
      return tried(
          ("DECIMAL(" + std::to_string(rule.type.precision) + "," + std::to_string(rule.type.scale) + ")").c_str());
    case TypeId::kFloat:
      return tried("DOUBLE");
    case TypeId::kBoolean:
      return tried("BOOLEAN");
    case TypeId::kDate:
      return tried("DATE");
    case TypeId::kTime:
      return tried("TIME");
    case TypeId::kTimestampLtz:
      return tried("TIMESTAMPTZ");
    case TypeId::kTimestampNtz:
      // An instant is the wall clock of the pipeline's zone.
      if (time_zone == "UTC") return tried("TIMESTAMP");
      return "CASE WHEN length(" + text + ") > 10 AND substr(" + text + ", -6, 1) IN ('+', '-') THEN CAST(" +
             tried("TIMESTAMPTZ") + " AS TIMESTAMP) ELSE " + tried("TIMESTAMP") + " END";
    case TypeId::kVariant:
    case TypeId::kObject:
    case TypeId::kArray: {
      std::string parsed = "\"fn$parse_json\"(" + text + ")";
      sql::ExprPtr expr = sql::MakeExpr(sql::DuckExpr{std::move(parsed), {}});
      return sql::Print(*planner::CastTo(std::move(expr), rule.type));
    }
    default:
      return sql::Print(*planner::CastTo(sql::MakeExpr(sql::DuckExpr{text, {}}), rule.type));
  }
}

Result<std::string> Condition(SilverStep* step, const std::string& text) {
  FIRN_ASSIGN(sql::ExprPtr expr, sql::ParseExpression(text));
  FIRN_TRY(planner::ResolveExpr(step->run.context, expr));
  return "(" + sql::Print(*expr) + ")";
}

/// Counts the rows that do not fit an expectation that warns, and refuses those of one that fails the run.
Status CheckExpectations(SilverStep* step) {
  for (size_t i = 0; i < step->spec.expectations.size(); ++i) {
    const Expectation& expectation = step->spec.expectations[i];
    if (expectation.on_violation == OnViolation::kQuarantine) continue;
    FIRN_ASSIGN(std::string check, Condition(step, expectation.check));
    std::string sql = "SELECT count(*) FROM memory.main." + step->typed->name() +
                      " WHERE \"firn$bad\" IS NULL AND NOT \"firn$delete\" AND NOT " + check;
    FIRN_ASSIGN(auto batches,
                step->run.engine().Collect(step->run.context.Statement(std::move(sql)), step->run.cancel));
    const int64_t violations = batches[0].Int64(0, 0);
    if (violations > 0 && expectation.on_violation == OnViolation::kFail) {
      return Error(errors::kInvalidInput, {"Expectation '" + expectation.name + "' does not hold for " +
                                           std::to_string(violations) + " rows: " + expectation.check});
    }
    step->counts["warned." + expectation.name] = violations;
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

/// Why a row of `typed` is bad, by its firn$bad: code, column and message.
std::string Reason(const PipelineSpec& spec, const char* what) {
  std::string text = "CASE \"firn$bad\"";
  const bool code = what == std::string_view("code"), field = what == std::string_view("field");
  for (size_t i = 0; i < spec.columns.size(); ++i) {
    std::string message = "the value is none of " + spec.columns[i].type.Text();
    text += " WHEN " + std::to_string(i) + " THEN " +
            sql::QuoteText(code    ? "TYPE_MISMATCH"
                           : field ? spec.columns[i].name
                                   : message);
  }
  for (size_t i = 0; i < spec.expectations.size(); ++i) {
    const Expectation& expectation = spec.expectations[i];
    text += " WHEN " + std::to_string(kExpectation + static_cast<int>(i)) + " THEN " +
            (code    ? "'EXPECTATION'"
             : field ? "NULL"
                     : sql::QuoteText(expectation.name + ": " + expectation.check + " does not hold"));
  }
  return text + " END";
}

Result<std::string> KeyBounds(SilverStep* step) {
  std::string bounds, where;
  const std::vector<std::string> keys = step->spec.KeyColumns();
  for (const std::string& key : keys) {
    const std::string name = QuoteIdent(key);
    bounds += (bounds.empty() ? "" : ", ") + std::string("typeof(any_value(") + name + ")), CAST(min(" + name +
              ") AS VARCHAR), CAST(max(" + name + ") AS VARCHAR)";
  }
  std::string sql = "SELECT " + bounds + " FROM memory.main." + step->typed->name() + " WHERE \"firn$bad\" IS NULL";
  FIRN_ASSIGN(auto batches, step->run.engine().Collect(step->run.context.Statement(std::move(sql)), step->run.cancel));
  for (size_t i = 0; i < keys.size(); ++i) {
    const int at = static_cast<int>(3 * i);
    if (batches[0].IsNull(at + 1, 0)) break;
    auto value = [&](int column) {
      return "CAST(" + sql::QuoteText(batches[0].Text(column, 0)) + " AS " + batches[0].Text(at, 0) + ")";
    };
    where += " AND t." + QuoteIdent(keys[i]) + " BETWEEN " + value(at + 1) + " AND " + value(at + 2);
  }
  return where;
}

}  // namespace

sql::ObjectName SilverName(const PipelineSpec& spec, const char* schema, const std::string& suffix) {
  sql::ObjectName name;
  for (const std::string& part : {spec.domain, std::string(schema), spec.table + suffix}) {
    name.parts.push_back({part, true, {}});
  }
  return name;
}

Status TypeRows(SilverStep* step) {
  const PipelineSpec& spec = step->spec;
  const size_t count = spec.mode == PipelineMode::kRaw ? 0 : spec.columns.size();  // the row itself is the one column
  std::string columns, misfit = "CASE";
  for (size_t i = 0; i < count; ++i) {
    const std::string text = "\"firn$" + std::to_string(i) + "\"", name = QuoteIdent(spec.columns[i].name);
    columns += ", " + TypedText(spec.columns[i], text, spec.time_zone) + " AS " + name;
    misfit += " WHEN " + text + " IS NOT NULL AND " + name + " IS NULL THEN " + std::to_string(i);
  }
  misfit += count == 0 ? " WHEN FALSE THEN 0 END" : " END";
  FIRN_ASSIGN(std::string deleted, Condition(step, spec.delete_when.empty() ? "_op = 'd'" : spec.delete_when));
  if (spec.merge == MergeType::kAppend) deleted = "FALSE";
  std::string bad = "CASE WHEN \"firn$misfit\" IS NOT NULL THEN \"firn$misfit\" WHEN " + deleted + " THEN NULL";
  for (size_t i = 0; i < spec.expectations.size(); ++i) {
    if (spec.expectations[i].on_violation != OnViolation::kQuarantine) continue;
    FIRN_ASSIGN(std::string check, Condition(step, spec.expectations[i].check));
    bad += " WHEN NOT " + check + " THEN " + std::to_string(kExpectation + static_cast<int>(i));
  }
  std::string sql =
      "SELECT *, COALESCE(" + deleted + ", FALSE) AS \"firn$delete\", " + bad + " END AS \"firn$bad\" FROM (SELECT " +
      R"("firn$seq" AS "_SEQ", "firn$op" AS "_OP", "firn$batch", "firn$version", "firn$raw", "firn$has", )" +
      R"("firn$rescued" AS "_RESCUED")" + columns + ", " + misfit + " AS \"firn$misfit\" FROM memory.main." +
      step->batch.rows->name() + ")";
  statements::Execution& run = step->run;
  FIRN_ASSIGN(step->typed, planner::Scratch::Make(run.engine(), run.context.Statement(std::move(sql)), run.cancel));
  return CheckExpectations(step);
}

Status WriteRejected(SilverStep* step) {
  statements::Execution& run = step->run;
  std::string rows = "SELECT * FROM memory.main." + step->batch.rejected->name() +
                     R"( UNION ALL SELECT "_SEQ", "firn$version", "firn$batch", "_OP", "firn$raw", )" +
                     Reason(step->spec, "code") + ", " + Reason(step->spec, "field") + ", " +
                     Reason(step->spec, "message") + " FROM memory.main." + step->typed->name() +
                     " WHERE \"firn$bad\" IS NOT NULL";
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
              statements::WriteRows(run, step->errors,
                                    run.context.Statement("SELECT " + statements::CastList(step->errors, sources) +
                                                          " FROM (" + rows + ")")));
  int64_t count = 0;
  for (const iceberg::DataFile& file : change.added) count += file.record_count;
  step->counts["rows_quarantined"] = count;
  if (count == 0) return Ok();
  return statements::AddChange(run, step->errors, catalog::Verb::kInsert, std::move(change));
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

std::string VersionOrder(const PipelineSpec& spec, const char* direction) {
  std::string order;
  for (const std::string& name : spec.order_by) order += QuoteIdent(name) + " " + direction + ", ";
  return order + "\"_SEQ\" " + direction;
}

Result<std::string> SameKeyInBounds(SilverStep* step, const std::string& alias) {
  if (!step->key_bounds) {
    FIRN_ASSIGN(step->key_bounds, KeyBounds(step));
  }
  return SameKey(step->spec, alias, "t") + *step->key_bounds;
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
  if (!step->key_bounds) {
    FIRN_ASSIGN(step->key_bounds, KeyBounds(step));
  }
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
         *step->key_bounds + ")";
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

#include "pipeline/silver/typed_rows.h"

#include "pipeline/silver/batch.h"
#include "planner/resolve.h"
#include "planner/value.h"
#include "sql/parser.h"
#include "sql/printer.h"

namespace firn::pipeline {

using sql::QuoteIdent;

namespace {

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

}  // namespace

Result<std::string> ConditionSql(planner::StatementContext& context, const std::string& text) {
  FIRN_ASSIGN(sql::ExprPtr expr, sql::ParseExpression(text));
  FIRN_TRY(planner::ResolveExpr(context, expr));
  return "(" + sql::Print(*expr) + ")";
}

std::string PieceText(int column) { return "m.c" + std::to_string(column); }

Result<std::string> TypedRowsSql(planner::StatementContext& context, const PipelineSpec& spec,
                                 const std::string& relation) {
  using Column = PieceColumn;
  const bool raw = spec.mode == PipelineMode::kRaw;  // the row itself is the one column
  std::string columns, misfit;
  for (size_t i = 0; !raw && i < spec.columns.size(); ++i) {
    const std::string text = PieceText(static_cast<int>(Column::kFirstColumn + i)),
                      name = QuoteIdent(spec.columns[i].name);
    columns += ", " + TypedText(spec.columns[i], text, spec.time_zone) + " AS " + name;
    misfit += " WHEN " + text + " IS NOT NULL AND " + name + " IS NULL THEN " + std::to_string(i);
  }
  if (raw) columns += ", " + PieceText(Column::kRaw) + " AS \"firn$raw\"";
  if (spec.on_missing == OnMissing::kKeep) columns += ", " + PieceText(Column::kHas) + " AS \"firn$has\"";
  if (spec.merge == MergeType::kSnapshot) columns += ", " + PieceText(Column::kBatch) + " AS \"firn$batch\"";
  FIRN_ASSIGN(std::string deleted, ConditionSql(context, spec.delete_when.empty() ? "_op = 'd'" : spec.delete_when));
  if (spec.merge == MergeType::kAppend) deleted = "FALSE";
  std::string bad = "CASE WHEN \"firn$misfit\" IS NOT NULL THEN \"firn$misfit\" WHEN " + deleted + " THEN NULL";
  for (size_t i = 0; i < spec.expectations.size(); ++i) {
    if (spec.expectations[i].on_violation != OnViolation::kQuarantine) continue;
    FIRN_ASSIGN(std::string check, ConditionSql(context, spec.expectations[i].check));
    bad += " WHEN NOT " + check + " THEN " + std::to_string(kExpectation + static_cast<int>(i));
  }
  return "SELECT * EXCLUDE (\"firn$misfit\"), COALESCE(" + deleted + ", FALSE) AS \"firn$delete\", " + bad +
         " END AS \"firn$bad\" FROM (SELECT " + PieceText(Column::kSeq) + R"( AS "_SEQ", )" + PieceText(Column::kOp) +
         R"( AS "_OP", )" + PieceText(Column::kNumber) + R"( AS "firn$number", )" + PieceText(Column::kRescued) +
         R"( AS "_RESCUED")" + columns + ", " + (misfit.empty() ? "NULL::INTEGER" : "CASE" + misfit + " END") +
         " AS \"firn$misfit\" FROM " + relation + " AS m)";
}

RowReason ReasonOf(const PipelineSpec& spec, int64_t bad) {
  if (bad < kExpectation) {
    const ColumnRule& column = spec.columns[static_cast<size_t>(bad)];
    return {NameOf(RowCode::kTypeMismatch), column.name, "the value is none of " + column.type.Text()};
  }
  const Expectation& expectation = spec.expectations[static_cast<size_t>(bad - kExpectation)];
  return {kExpectationCode, "", expectation.name + ": " + expectation.check + " does not hold"};
}

std::string ReasonSql(const PipelineSpec& spec, std::string RowReason::*part) {
  std::string text = "CASE \"firn$bad\"";
  auto add = [&](size_t bad) {
    const RowReason reason = ReasonOf(spec, static_cast<int64_t>(bad));
    text +=
        " WHEN " + std::to_string(bad) + " THEN " + ((reason.*part).empty() ? "NULL" : sql::QuoteText(reason.*part));
  };
  for (size_t i = 0; i < spec.columns.size(); ++i) add(i);
  for (size_t i = 0; i < spec.expectations.size(); ++i) add(static_cast<size_t>(kExpectation) + i);
  return text + " END";
}

}  // namespace firn::pipeline

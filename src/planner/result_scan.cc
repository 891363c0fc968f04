#include "planner/result_scan.h"

#include "base/errors.h"
#include "sql/printer.h"

namespace firn::planner {

namespace {

std::string CellText(const session::Cell& cell) { return cell ? sql::QuoteText(*cell) : "NULL"; }

/// Cells are text in one fixed form each, which DuckDB's own cast reads.
std::string CellCast(const std::string& column, const SqlType& type) {
  if (type.id == TypeId::kVarchar || type.id == TypeId::kNull) return column;
  if (type.id == TypeId::kTimestampLtz) return "CAST(" + column + " || '+00' AS TIMESTAMPTZ)";
  if (type.id == TypeId::kBinary) return "unhex(" + column + ")";
  if (type.id == TypeId::kTimestampTz) return "\"firn$cast\"(" + column + ", 'TIMESTAMP_TZ(9)')";
  if (type.id == TypeId::kVariant) return "\"fn$parse_json\"(" + column + ")";
  return "CAST(" + column + " AS " + type.DuckDb() + ")";
}

}  // namespace

std::string RowsAsRelation(const std::vector<session::OutputColumn>& columns, const std::vector<session::Row>& rows) {
  std::string names, casts, values;
  for (size_t i = 0; i < columns.size(); ++i) {
    std::string raw = "c" + std::to_string(i);
    names += (i ? ", " : "") + raw;
    casts += (i ? ", " : "") + CellCast(raw, columns[i].type) + " AS " + sql::QuoteIdent(columns[i].name);
  }
  for (const session::Row& row : rows) {
    values += values.empty() ? "(" : ", (";
    for (size_t i = 0; i < row.size(); ++i) values += (i ? ", " : "") + CellText(row[i]);
    values += ")";
  }
  std::string none;
  if (rows.empty()) {
    values = "(";
    for (size_t i = 0; i < columns.size(); ++i) values += i ? ", NULL" : "NULL";
    values += ")";
    none = " WHERE false";
  }
  return "(SELECT " + casts + " FROM (SELECT " +
         [&] {
           std::string text;
           for (size_t i = 0; i < columns.size(); ++i) {
             std::string raw = "c" + std::to_string(i);
             text += (i ? ", " : "") + ("CAST(" + raw + " AS VARCHAR) AS " + raw);
           }
           return text;
         }() +
         " FROM (VALUES " + values + ") AS v(" + names + ")" + none + "))";
}

Status PlanResultScan(StatementContext& context, const sql::Call& call, sql::RelationPtr& relation) {
  if (call.args.size() != 1) return Error(errors::kMissingArgument, {"query id"}, relation->at);
  FIRN_ASSIGN(session::Cell id, context.Evaluate(*call.args[0].value, SqlType::Varchar()));
  const session::HistoryEntry* entry = id ? context.session.FindQuery(*id) : nullptr;
  const bool forgotten = entry && entry->plan && entry->plan->sql.empty();
  if (!entry || forgotten) return Error(errors::kResultNotFound, {id.value_or("NULL")}, relation->at);
  if (!entry->plan) {
    relation->node = sql::DuckRelation{RowsAsRelation(entry->columns, entry->rows), {}, false};
    return Ok();
  }
  FIRN_ASSIGN(auto kept, context.session.node().engine->Keep(*entry->plan, context.cancel));
  relation->node = sql::DuckRelation{kept->Relation(), {}, false};
  context.kept.push_back(std::move(kept));
  return Ok();
}

}  // namespace firn::planner

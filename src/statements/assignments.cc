#include "statements/assignments.h"

#include "base/errors.h"
#include "planner/resolve.h"
#include "planner/value.h"
#include "sql/printer.h"

namespace firn::statements {

namespace {

Result<size_t> ColumnIndex(const planner::FoundTable& table, const sql::Ident& name) {
  const auto& columns = table.info().columns;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == name.text) return i;
  }
  return Error(errors::kInvalidIdentifier, {name.text}, name.at);
}

Result<std::string> ValueText(Execution& run, const planner::FoundTable& table, size_t column, sql::ExprPtr& value) {
  if (value->As<sql::DefaultValue>()) {
    FIRN_ASSIGN(value, planner::DefaultValue(run.context, table.info().columns[column]));
  } else {
    FIRN_TRY(planner::ResolveExpr(run.context, value));
  }
  return sql::Print(*value);
}

}  // namespace

Result<std::vector<std::string>> AssignedValues(Execution& run, const planner::FoundTable& table,
                                                const std::string& target, std::vector<sql::Assignment>& assignments) {
  std::vector<std::string> sources(table.info().columns.size());
  for (sql::Assignment& assignment : assignments) {
    FIRN_ASSIGN(size_t at, ColumnIndex(table, assignment.column));
    if (!sources[at].empty()) return Error(errors::kDuplicateColumn, {assignment.column.text}, assignment.column.at);
    FIRN_ASSIGN(sources[at], ValueText(run, table, at, assignment.value));
  }
  for (size_t i = 0; i < sources.size(); ++i) {
    if (sources[i].empty()) sources[i] = target + "." + sql::QuoteIdent(table.info().columns[i].name);
  }
  return sources;
}

Result<std::vector<std::string>> InsertedValues(Execution& run, const planner::FoundTable& table,
                                                const std::vector<sql::Ident>& columns,
                                                std::vector<sql::ExprPtr>& values) {
  const auto& all = table.info().columns;
  size_t wanted = columns.empty() ? all.size() : columns.size();
  if (values.size() != wanted) {
    return Error(errors::kInsertColumns, {std::to_string(wanted), std::to_string(values.size())});
  }
  std::vector<std::string> sources(all.size());
  for (size_t i = 0; i < values.size(); ++i) {
    size_t at = i;
    if (!columns.empty()) {
      FIRN_ASSIGN(at, ColumnIndex(table, columns[i]));
    }
    if (!sources[at].empty()) return Error(errors::kDuplicateColumn, {all[at].name});
    FIRN_ASSIGN(sources[at], ValueText(run, table, at, values[i]));
  }
  for (size_t i = 0; i < sources.size(); ++i) {
    if (!sources[i].empty()) continue;
    FIRN_ASSIGN(sql::ExprPtr value, planner::DefaultValue(run.context, all[i]));
    sources[i] = sql::Print(*value);
  }
  return sources;
}

std::string ColumnNames(const planner::FoundTable& table) {
  std::string names;
  for (const catalog::ColumnInfo& column : table.info().columns) {
    names += (names.empty() ? "" : ", ") + sql::QuoteIdent(column.name);
  }
  return names;
}

Result<std::string> RepeatedRow(Execution& run, const planner::FoundTable& table, const engine::KeptRows& kept) {
  std::string sql = "SELECT " + ColumnNames(table) + " FROM " + kept.Relation() +
                    " QUALIFY count(*) OVER (PARTITION BY \"firn$file\", \"firn$position\") > 1 LIMIT 1";
  FIRN_ASSIGN(auto batches, run.engine().Collect(run.context.Statement(sql), run.cancel));
  std::string row;
  if (batches.empty() || batches[0].rows() == 0) return row;
  for (size_t i = 0; i < table.info().columns.size(); ++i) {
    int column = static_cast<int>(i);
    bool text = table.info().columns[i].type.id == TypeId::kVarchar;
    std::string cell = batches[0].IsNull(column, 0) ? "NULL" : batches[0].Text(column, 0);
    row += (i ? ", " : "") + (text && cell != "NULL" ? "\"" + cell + "\"" : cell);
  }
  return row;
}

}  // namespace firn::statements

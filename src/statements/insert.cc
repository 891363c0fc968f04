// INSERT. https://docs.snowflake.com/en/sql-reference/sql/insert
#include "base/errors.h"
#include "planner/resolve.h"
#include "planner/value.h"
#include "sql/printer.h"
#include "statements/insert_columns.h"
#include "statements/row_change.h"
#include "statements/write_error.h"

namespace firn::statements {

namespace {

using planner::FoundTable;

constexpr size_t kArrayBindRowsMax = 100000;  ///< rows of one array bind

size_t ArrayRows(const session::Bindings& bindings) {
  size_t rows = 0;
  for (const auto& [name, binding] : bindings) {
    if (binding.is_array) rows = std::max(rows, binding.values.size());
  }
  return rows;
}

bool IsLiteral(const sql::Expr& expr, sql::Literal::Kind kind) {
  auto* literal = expr.As<sql::Literal>();
  return literal && literal->kind == kind;
}

/// VALUES resolved here, because DEFAULT means the column that it stands in, and array binds repeat the row.
Result<std::vector<std::vector<sql::ExprPtr>>> ResolveRows(Execution& run, const FoundTable& table,
                                                           const std::vector<sql::Ident>& named,
                                                           const sql::Values& values) {
  size_t repeats = std::max<size_t>(1, ArrayRows(run.request.bindings));
  if (repeats > kArrayBindRowsMax) {
    return Error(errors::kLimit, {"an array bind", std::to_string(kArrayBindRowsMax), "rows"});
  }
  std::vector<std::vector<sql::ExprPtr>> rows;
  rows.reserve(values.rows.size() * repeats);
  for (size_t repeat = 0; repeat < repeats; ++repeat) {
    run.context.bind_row = repeat;
    for (const auto& row : values.rows) {
      FIRN_ASSIGN(std::vector<int> from, MapColumns(table, named, row.size()));
      // The first row steers: a number below a text is that text.
      const auto& first = values.rows[0];
      auto& out = rows.emplace_back();
      for (size_t i = 0; i < row.size(); ++i) {
        sql::ExprPtr cell = sql::Clone(*row[i]);
        if (cell->As<sql::DefaultValue>()) {
          for (size_t c = 0; c < from.size(); ++c) {
            if (from[c] != static_cast<int>(i)) continue;
            FIRN_ASSIGN(cell, planner::DefaultValue(run.context, table.info().columns[c]));
          }
        } else {
          FIRN_TRY(planner::ResolveExpr(run.context, cell));
          bool below_text = i < first.size() && IsLiteral(*first[i], sql::Literal::Kind::kString);
          bool number = IsLiteral(*row[i], sql::Literal::Kind::kNumber);
          if (below_text && number) cell = planner::CastTo(std::move(cell), SqlType::Varchar());
        }
        out.push_back(std::move(cell));
      }
    }
  }
  return rows;
}

std::string RowsText(const std::vector<std::vector<sql::ExprPtr>>& rows) {
  std::string text = "(VALUES ";
  for (size_t r = 0; r < rows.size(); ++r) {
    text += r ? ", (" : "(";
    for (size_t i = 0; i < rows[r].size(); ++i) text += (i ? ", " : "") + sql::Print(*rows[r][i]);
    text += ")";
  }
  return text + ")";
}

Result<engine::Statement> PlanRows(Execution& run, const FoundTable& table, sql::Insert& insert) {
  auto* values = std::get_if<sql::Values>(&insert.source->body);
  bool plain = values && insert.source->order_by.empty() && !insert.source->limit && insert.source->with.empty();
  if (plain) {
    FIRN_ASSIGN(auto rows, ResolveRows(run, table, insert.columns, *values));
    FIRN_ASSIGN(std::vector<int> from, MapColumns(table, insert.columns, rows[0].size()));
    FIRN_ASSIGN(std::string text, InsertSelect(run, table, from, RowsText(rows), rows[0].size()));
    return run.context.Statement(std::move(text));
  }
  if (ArrayRows(run.request.bindings) > 0) {
    return Error(errors::kUnsupported, {"array binds outside of INSERT … VALUES"}, run.statement.at);
  }
  FIRN_ASSIGN(engine::Statement source, planner::PlanQuery(run.context, *insert.source));
  FIRN_ASSIGN(auto columns, run.engine().Describe(source));
  FIRN_ASSIGN(std::vector<int> from, MapColumns(table, insert.columns, columns.size()));
  FIRN_ASSIGN(std::string text, InsertSelect(run, table, from, "(" + source.sql + ")", columns.size()));
  return run.context.Statement(std::move(text));
}

}  // namespace

Result<Answer> Execute(Execution& run, sql::Insert& insert) {
  FIRN_TRY(planner::SettleName(run.context, &insert.target));
  FIRN_ASSIGN(FoundTable table, planner::FindTable(run.context, insert.target, "INSERT"));
  FIRN_TRY(CheckWritable(table));
  FIRN_ASSIGN(engine::Statement statement, PlanRows(run, table, insert));
  if (run.request.describe_only) return CountAnswer(run, {{"number of rows inserted", 0}});
  iceberg::TableChange change;
  auto written = WriteRows(run, table, statement);
  if (!written.ok()) {
    return WriteError(run, {insert.target.Text(), table, std::move(statement)}, std::move(written).error());
  }
  change.added = *std::move(written);
  int64_t inserted = 0;
  for (const iceberg::DataFile& file : change.added) inserted += file.record_count;
  catalog::Verb verb = catalog::Verb::kInsert;
  if (insert.overwrite) {
    verb = catalog::Verb::kOverwrite;
    change.operation = iceberg::Operation::kOverwrite;
    FIRN_TRY(RemoveAllRows(run, table, &change));
  }
  run.info.rows_inserted = inserted;
  if (!change.added.empty() || !change.removed.empty()) FIRN_TRY(AddChange(run, table, verb, std::move(change)));
  return CountAnswer(run, {{"number of rows inserted", inserted}});
}

}  // namespace firn::statements

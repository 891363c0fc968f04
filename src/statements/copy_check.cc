#include "statements/copy_check.h"

#include <algorithm>

#include "base/errors.h"
#include "base/file_errors.h"
#include "planner/value.h"
#include "sql/printer.h"
#include "statements/assignments.h"

namespace firn::statements {

using planner::FoundTable;

namespace {

/// In firn$bad, where it is no column's index.
constexpr int kGood = -1, kNotSplit = -2, kOtherWidth = -3;

/// The columns of engine::CsvCall that say where a row comes from; other files only count their rows.
std::string PlaceColumns(const CopySource& source) {
  if (source.IsCsv() && source.select.empty()) {
    return "\"firn$row\", \"firn$line\", \"firn$offset\", \"firn$width\", \"firn$record\", \"firn$problem\"";
  }
  return "row_number() OVER () AS \"firn$row\", CAST(NULL AS BIGINT) AS \"firn$line\", CAST(NULL AS BIGINT) AS "
         "\"firn$offset\", CAST(NULL AS BIGINT) AS \"firn$width\", CAST(NULL AS VARCHAR) AS \"firn$record\", "
         "CAST(NULL AS VARCHAR) AS \"firn$problem\"";
}

std::string CheckSql(const FoundTable& table, const CopySource& source, const std::string& from) {
  const auto& columns = table.info().columns;
  bool widths = source.IsCsv() && source.select.empty() && source.width > 0;
  std::string bad = "CASE WHEN \"firn$problem\" IS NOT NULL THEN " + std::to_string(kNotSplit);
  if (widths) {
    bad += " WHEN \"firn$width\" <> " + std::to_string(source.width) + " THEN " + std::to_string(kOtherWidth);
  }
  std::string values, raws = "CASE \"firn$bad\"";
  for (size_t i = 0; i < columns.size(); ++i) {
    std::string raw = "CAST((" + source.values[i] + ") AS VARCHAR)";
    sql::ExprPtr text = sql::MakeExpr(sql::DuckExpr{source.values[i], {}});
    std::string value = sql::Print(*sql::MakeExpr(sql::Cast{std::move(text), columns[i].type, true}));
    std::string index = std::to_string(i);
    bad += " WHEN (" + value + ") IS NULL" + (columns[i].nullable ? " AND " + raw + " IS NOT NULL" : "") + " THEN " +
           index;
    raws += " WHEN " + index + " THEN " + raw;
    values += ", " + value + " AS " + sql::QuoteIdent(columns[i].name);
  }
  return "SELECT " + PlaceColumns(source) + ", " + bad + " ELSE " + std::to_string(kGood) + " END AS \"firn$bad\", " +
         raws + " END AS \"firn$value\"" + values + " FROM " + from;
}

std::string ColumnTitle(const FoundTable& table, const std::string& column, int64_t number) {
  return sql::QuoteIdent(table.name.name) + "[" + sql::QuoteIdent(column) + ":" + std::to_string(number) + "]";
}

}  // namespace

Result<CheckedFile> CheckedFile::Read(Execution& run, const FoundTable& table, const CopySource& source,
                                      const planner::StageFile& file) {
  FIRN_ASSIGN(std::string from, source.Read(run.context, file, true));
  CheckedFile checked(run, table, source);
  FIRN_ASSIGN(checked.kept_, run.engine().Keep(run.context.Statement(CheckSql(table, source, from)), run.cancel));
  FIRN_ASSIGN(auto counts,
              run.engine().Collect(run.context.Statement("SELECT count(*), count(*) FILTER (\"firn$bad\" <> -1) FROM " +
                                                         checked.kept_->Relation()),
                                   run.cancel));
  checked.parsed_ = counts[0].Int64(0, 0);
  checked.bad_ = counts[0].Int64(1, 0);
  return checked;
}

Error CheckedFile::WhyNot(const catalog::ColumnInfo& column, const session::Cell& value) const {
  if (!value) return Error(errors::kNullField);
  // The cast that failed, on its own: its error names the value.
  sql::ExprPtr cast = planner::CastTo(planner::TextLiteral(*value), column.type);
  auto tried = run_->engine().Collect(run_->context.Statement("SELECT " + sql::Print(*cast)), run_->cancel);
  if (!tried.ok()) return std::move(tried).error();
  return Error(errors::kCannotConvert, {*value, "VARCHAR", column.type.Text()});
}

Result<BadRow> CheckedFile::Explain(const engine::Batch& batch, int64_t at) const {
  auto number = [&](int column) { return batch.IsNull(column, at) ? 0 : batch.Int64(column, at); };
  auto text = [&](int column) { return batch.IsNull(column, at) ? std::string() : batch.Text(column, at); };
  const auto& columns = table_->info().columns;
  auto bad = static_cast<int>(number(6));
  BadRow row{.error = Error(errors::kInternal, {"a row that cannot be loaded"}),
             .row = number(0),
             .line = number(1),
             .offset = number(2),
             .column = "",
             .record = text(4)};
  std::vector<engine::CsvField> fields;
  engine::CsvParser parser(source_->csv);
  Status split = parser.Split(row.record, &fields);
  auto starts = [&](size_t field) {
    return static_cast<int64_t>(field < fields.size() ? fields[field].start : row.record.size()) + 1;
  };
  if (bad == kNotSplit) {
    if (!split.ok()) row.error = std::move(split).error();
    row.character = starts(fields.size());
    return row;
  }
  size_t field = 0;
  if (bad == kOtherWidth) {
    row.error = Error(errors::kFileColumns, {std::to_string(number(3)), std::to_string(source_->width)});
    field = std::min(static_cast<size_t>(number(3)), source_->width - 1);
    row.character = starts(static_cast<size_t>(number(3)) > source_->width ? source_->width : fields.size());
    for (size_t i = 0; i < source_->fields.size(); ++i) {
      if (source_->fields[i] == static_cast<int>(field)) {
        row.column = ColumnTitle(*table_, columns[i].name, static_cast<int64_t>(field) + 1);
      }
    }
    return row;
  }
  const catalog::ColumnInfo& column = columns[static_cast<size_t>(bad)];
  row.error = WhyNot(column, batch.IsNull(7, at) ? session::Cell() : session::Cell(batch.Text(7, at)));
  field = static_cast<size_t>(bad);
  if (field < source_->fields.size() && source_->fields[field] >= 0)
    field = static_cast<size_t>(source_->fields[field]);
  row.column = ColumnTitle(*table_, column.name, static_cast<int64_t>(field) + 1);
  if (source_->IsCsv() && source_->select.empty()) row.character = starts(field);
  return row;
}

Result<std::vector<BadRow>> CheckedFile::Bad(int64_t most) const {
  std::string sql =
      "SELECT \"firn$row\", \"firn$line\", \"firn$offset\", \"firn$width\", \"firn$record\", "
      "\"firn$problem\", CAST(\"firn$bad\" AS BIGINT), \"firn$value\" FROM " +
      kept_->Relation() + " WHERE \"firn$bad\" <> -1 ORDER BY 1 LIMIT " + std::to_string(most);
  FIRN_ASSIGN(auto batches, run_->engine().Collect(run_->context.Statement(sql), run_->cancel));
  std::vector<BadRow> rows;
  for (const engine::Batch& batch : batches) {
    for (int64_t at = 0; at < batch.rows(); ++at) {
      FIRN_ASSIGN(BadRow row, Explain(batch, at));
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

std::string CheckedFile::GoodSql(int64_t most) const {
  std::string sql = "SELECT " + ColumnNames(*table_) + " FROM " + kept_->Relation() + " WHERE \"firn$bad\" = -1";
  return most < 0 ? sql : sql + " ORDER BY \"firn$row\" LIMIT " + std::to_string(most);
}

}  // namespace firn::statements

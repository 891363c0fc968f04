// UPDATE. https://docs.snowflake.com/en/sql-reference/sql/update
#include "base/errors.h"
#include "planner/resolve.h"
#include "planner/value.h"
#include "sql/printer.h"
#include "statements/assignments.h"
#include "statements/row_change.h"
#include "statements/write_error.h"

namespace firn::statements {

using planner::FoundTable;

namespace {

/// The select list of CastList without the casts.
std::string Uncast(const FoundTable& table, const std::vector<std::string>& sources) {
  std::string list;
  for (size_t i = 0; i < sources.size(); ++i) {
    list += (i ? ", (" : "(") + sources[i] + ") AS " + sql::QuoteIdent(table.info().columns[i].name);
  }
  return list;
}

struct Matched {
  std::string rows;    ///< (file, position, new row …) of every row to change, once for each match
  std::string values;  ///< of UPDATE … FROM: the same without casts
};
Result<Matched> MatchedRows(Execution& run, const FoundTable& table, sql::Update& update) {
  std::string alias = update.alias ? update.alias->text : table.name.name;
  std::string target = sql::QuoteIdent(alias);
  std::string from = "lake_scan(" + std::to_string(run.context.AddTable(table)) + ") AS " + target;
  if (update.from) {
    FIRN_TRY(planner::ResolveRelation(run.context, update.from));
    from += ", " + sql::Print(*update.from);
  }
  FIRN_ASSIGN(auto sources, AssignedValues(run, table, target, update.assignments));
  std::string where;
  if (update.where) {
    FIRN_TRY(planner::ResolveExpr(run.context, update.where));
    where = " WHERE " + sql::Print(*update.where);
  }
  std::string id = KeepsRowIds(table) ? ", " + RowIdText(table, target) + " AS \"firn$row_id\"" : "";
  const std::string place =
      "SELECT " + target + ".file_index AS \"firn$file\", " + target + ".file_row_number AS \"firn$position\", ";
  const std::string rest = id + " FROM " + from + where;
  return Matched{place + CastList(table, sources) + rest,
                 update.from ? place + Uncast(table, sources) + rest : std::string()};
}

}  // namespace

Result<Answer> Execute(Execution& run, sql::Update& update) {
  FIRN_TRY(planner::SettleName(run.context, &update.target));
  std::vector<std::pair<std::string, int64_t>> counts{{"number of rows updated", 0},
                                                      {"number of multi-joined rows updated", 0}};
  if (run.request.describe_only) return CountAnswer(run, counts);
  FIRN_ASSIGN(FoundTable table, LockTable(run, update.target, "UPDATE"));
  FIRN_ASSIGN(Matched matched, MatchedRows(run, table, update));
  auto made = run.engine().Keep(run.context.Statement(matched.rows), run.cancel);
  if (!made.ok()) {
    const FailedWrite failed{update.target.Text(), table, run.context.Statement(matched.rows), matched.values};
    return WriteError(run, failed, std::move(made).error());
  }
  const auto kept = *std::move(made);

  int64_t multi_joined = 0;
  if (update.from) {
    std::string repeated = "SELECT count(*) FROM (SELECT 1 FROM " + kept->Relation() +
                           " GROUP BY \"firn$file\", \"firn$position\" HAVING count(*) > 1)";
    FIRN_ASSIGN(auto batches, run.engine().Collect(run.context.Statement(repeated), run.cancel));
    multi_joined = batches[0].Int64(0, 0);
    if (multi_joined > 0 && run.session.parameters.GetBool("ERROR_ON_NONDETERMINISTIC_UPDATE")) {
      FIRN_ASSIGN(std::string row, RepeatedRow(run, table, *kept));
      return Error(errors::kDuplicateRow, {row});
    }
  }
  std::string rows = "(SELECT * FROM " + kept->Relation();
  if (multi_joined > 0) {
    rows += " QUALIFY row_number() OVER (PARTITION BY \"firn$file\", \"firn$position\") = 1";
  }
  rows += ")";
  FIRN_ASSIGN(RowPositions positions,
              CollectPositions(run, run.context.Statement("SELECT \"firn$file\", \"firn$position\" FROM " + rows)));
  iceberg::TableChange change;
  change.operation = iceberg::Operation::kOverwrite;
  if (!positions.empty()) {
    bool ids = KeepsRowIds(table);
    std::string sql = "SELECT " + ColumnNames(table) + (ids ? ", \"firn$row_id\"" : "") + " FROM " + rows;
    engine::Statement statement = run.context.Statement(std::move(sql));
    auto written = WriteRows(run, table, statement, ids);
    if (!written.ok()) {
      return WriteError(run, {update.target.Text(), table, std::move(statement)}, std::move(written).error());
    }
    change.added = *std::move(written);
  }
  FIRN_TRY(RemoveRows(run, table, positions, &change));
  FIRN_TRY(AddChange(run, table, catalog::Verb::kUpdate, std::move(change)));
  run.info.rows_updated = CountOf(positions);
  counts = {{"number of rows updated", run.info.rows_updated}, {"number of multi-joined rows updated", multi_joined}};
  return CountAnswer(run, counts);
}

}  // namespace firn::statements

// DELETE and TRUNCATE. https://docs.snowflake.com/en/sql-reference/sql/delete, …/truncate-table
#include "base/errors.h"
#include "planner/resolve.h"
#include "sql/printer.h"
#include "statements/row_change.h"

namespace firn::statements {

using planner::FoundTable;

Result<Answer> Execute(Execution& run, sql::Delete& remove) {
  FIRN_TRY(planner::SettleName(run.context, &remove.target));
  if (run.request.describe_only) return CountAnswer(run, {{"number of rows deleted", 0}});
  FIRN_ASSIGN(FoundTable table, LockTable(run, remove.target, "DELETE"));
  iceberg::TableChange change;
  change.operation = iceberg::Operation::kDelete;
  int64_t deleted = 0;
  if (!remove.where && !remove.using_relation) {
    FIRN_ASSIGN(deleted, RemoveAllRows(run, table, &change));
  } else {
    std::string alias = remove.alias ? remove.alias->text : table.name.name;
    std::string from = "lake_scan(" + std::to_string(run.context.AddTable(table)) + ") AS " + sql::QuoteIdent(alias);
    if (remove.using_relation) {
      FIRN_TRY(planner::ResolveRelation(run.context, remove.using_relation));
      from += ", " + sql::Print(*remove.using_relation);
    }
    std::string where;
    if (remove.where) {
      FIRN_TRY(planner::ResolveExpr(run.context, remove.where));
      where = " WHERE " + sql::Print(*remove.where);
    }
    std::string target = sql::QuoteIdent(alias);
    std::string sql = std::string("SELECT ") + (remove.using_relation ? "DISTINCT " : "") + target + ".file_index, " +
                      target + ".file_row_number FROM " + from + where;
    FIRN_ASSIGN(RowPositions positions, CollectPositions(run, run.context.Statement(std::move(sql))));
    deleted = CountOf(positions);
    FIRN_TRY(RemoveRows(run, table, positions, &change));
  }
  run.info.rows_deleted = deleted;
  FIRN_TRY(AddChange(run, table, catalog::Verb::kDelete, std::move(change)));
  return CountAnswer(run, {{"number of rows deleted", deleted}});
}

Result<Answer> Execute(Execution& run, sql::Truncate& truncate) {
  FIRN_TRY(planner::SettleName(run.context, &truncate.name));
  auto found = planner::FindTable(run.context, truncate.name, "TRUNCATE");
  if (!found.ok() && truncate.if_exists &&
      (found.error().Is(errors::kObjectNotFound) || found.error().Is(errors::kKindNotFound))) {
    run.info.message = "Statement executed successfully.";
    return Answer::StatusLine(run.info.message);
  }
  FIRN_ASSIGN(FoundTable table, LockTable(run, truncate.name, "TRUNCATE"));
  iceberg::TableChange change;
  change.operation = iceberg::Operation::kDelete;
  FIRN_ASSIGN(run.info.rows_deleted, RemoveAllRows(run, table, &change));
  FIRN_TRY(AddChange(run, table, catalog::Verb::kTruncate, std::move(change)));
  run.info.message = "Statement executed successfully.";
  return Answer::StatusLine(run.info.message);
}

}  // namespace firn::statements

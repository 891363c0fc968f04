// MERGE. https://docs.snowflake.com/en/sql-reference/sql/merge
// One join of source and target gives for every pair the first clause that holds, the row's place and the new row; the
// rows are kept in a scratch table, checked for targets that two source rows want, and written.
#include <set>

#include "base/errors.h"
#include "planner/resolve.h"
#include "planner/scratch.h"
#include "planner/value.h"
#include "sql/printer.h"
#include "statements/assignments.h"
#include "statements/row_change.h"

namespace firn::statements {

using planner::FoundTable;

namespace {

enum class Action { kUpdate, kDelete, kInsert };

struct Clause {
  Action action;
  std::string condition;             ///< DuckDB text, with matched or not matched in it
  std::vector<std::string> sources;  ///< of the new row; empty for kDelete
};

struct MergePlan {
  std::string target;  ///< quoted alias
  std::string from;
  std::vector<Clause> clauses;
  bool inserts = false, updates = false, deletes = false;
};

/// Assignments for ALL BY NAME: the source's columns that have a column's name.
Result<std::vector<std::string>> ByName(Execution& run, const FoundTable& table, const std::string& source_text,
                                        const std::string& source_alias, const std::string& otherwise) {
  FIRN_ASSIGN(auto columns, run.engine().Describe(run.context.Statement("SELECT * FROM " + source_text)));
  std::vector<std::string> sources;
  for (const catalog::ColumnInfo& column : table.info().columns) {
    bool found = false;
    for (const engine::ResultColumn& given : columns) found = found || given.name == column.name;
    std::string name = sql::QuoteIdent(column.name);
    sources.push_back(found ? source_alias + "." + name : otherwise.empty() ? "NULL" : otherwise + "." + name);
  }
  return sources;
}

Result<Clause> PlanClause(Execution& run, const FoundTable& table, const sql::Merge& merge, sql::MergeClause& clause,
                          const MergePlan& plan, const std::string& source_text) {
  using When = sql::MergeClause::When;
  if (clause.when == When::kNotMatchedBySource) {
    return Error(errors::kUnsupported, {"MERGE … WHEN NOT MATCHED BY SOURCE"}, clause.at);
  }
  bool matched = clause.when == When::kMatched;
  Clause out;
  out.condition = plan.target + ".file_row_number IS " + (matched ? "NOT NULL" : "NULL");
  if (clause.condition) {
    FIRN_TRY(planner::ResolveExpr(run.context, clause.condition));
    out.condition += " AND (" + sql::Print(*clause.condition) + ")";
  }
  std::string source = merge.source->alias.name ? sql::QuoteIdent(merge.source->alias.name->text) : "";
  if (auto* update = std::get_if<sql::MergeUpdate>(&clause.action)) {
    out.action = Action::kUpdate;
    FIRN_ASSIGN(out.sources, AssignedValues(run, table, plan.target, update->assignments));
  } else if (std::holds_alternative<sql::MergeUpdateAllByName>(clause.action)) {
    out.action = Action::kUpdate;
    FIRN_ASSIGN(out.sources, ByName(run, table, source_text, source, plan.target));
  } else if (std::holds_alternative<sql::MergeDelete>(clause.action)) {
    out.action = Action::kDelete;
  } else if (auto* insert = std::get_if<sql::MergeInsert>(&clause.action)) {
    out.action = Action::kInsert;
    FIRN_ASSIGN(out.sources, InsertedValues(run, table, insert->columns, insert->values));
  } else {
    out.action = Action::kInsert;
    FIRN_ASSIGN(out.sources, ByName(run, table, source_text, source, ""));
  }
  if (matched == (out.action == Action::kInsert)) {
    return Error(errors::kInvalidExpression, {"A MERGE clause has an action that does not fit its condition."},
                 clause.at);
  }
  return out;
}

/// A clause without a condition is the last of its kind: what follows could never run.
Status CheckOrder(const sql::Merge& merge) {
  std::set<sql::MergeClause::When> closed;
  for (const sql::MergeClause& clause : merge.clauses) {
    if (closed.contains(clause.when)) {
      return Error(errors::kInvalidExpression,
                   {"A MERGE clause follows an unconditional clause of its kind and could never run."}, clause.at);
    }
    if (!clause.condition) closed.insert(clause.when);
  }
  return Ok();
}

Result<MergePlan> PlanMerge(Execution& run, const FoundTable& table, sql::Merge& merge) {
  MergePlan plan;
  plan.target = sql::QuoteIdent(merge.alias ? merge.alias->text : table.name.name);
  FIRN_TRY(planner::ResolveRelation(run.context, merge.source));
  std::string source_text = sql::Print(*merge.source);
  FIRN_TRY(CheckOrder(merge));
  for (sql::MergeClause& clause : merge.clauses) {
    FIRN_ASSIGN(Clause made, PlanClause(run, table, merge, clause, plan, source_text));
    plan.inserts = plan.inserts || made.action == Action::kInsert;
    plan.updates = plan.updates || made.action == Action::kUpdate;
    plan.deletes = plan.deletes || made.action == Action::kDelete;
    plan.clauses.push_back(std::move(made));
  }
  FIRN_TRY(planner::ResolveExpr(run.context, merge.on));
  plan.from = source_text + (plan.inserts ? " LEFT JOIN " : " JOIN ") + "lake_scan(" +
              std::to_string(run.context.AddTable(table)) + ") AS " + plan.target + " ON " + sql::Print(*merge.on);
  return plan;
}

/// SELECT file, position, action (index of a clause), new row
std::string PairsSql(const FoundTable& table, const MergePlan& plan) {
  std::string action = "CASE";
  for (size_t i = 0; i < plan.clauses.size(); ++i) {
    action += " WHEN " + plan.clauses[i].condition + " THEN " + std::to_string(i);
  }
  std::string sql = "SELECT " + plan.target + ".file_index AS \"firn$file\", " + plan.target +
                    ".file_row_number AS \"firn$position\", " + action + " END AS \"firn$action\"";
  const auto& columns = table.info().columns;
  for (size_t c = 0; c < columns.size(); ++c) {
    std::string value;
    for (size_t i = 0; i < plan.clauses.size(); ++i) {
      if (plan.clauses[i].action == Action::kDelete) continue;
      sql::ExprPtr source = sql::MakeExpr(sql::DuckExpr{plan.clauses[i].sources[c], {}});
      value +=
          " WHEN " + std::to_string(i) + " THEN " + sql::Print(*planner::CastTo(std::move(source), columns[c].type));
    }
    value = value.empty() ? "NULL" : "CASE \"firn$action\"" + value + " END";
    sql += ", " + value + " AS " + sql::QuoteIdent(columns[c].name);
  }
  if (KeepsRowIds(table)) sql += ", " + RowIdText(table, plan.target) + " AS \"firn$row_id\"";
  return sql + " FROM " + plan.from + " WHERE \"firn$action\" IS NOT NULL";
}

/// "0, 2": the clauses of an action.
std::string Indexes(const MergePlan& plan, Action action) {
  std::string list = "-1";
  for (size_t i = 0; i < plan.clauses.size(); ++i) {
    if (plan.clauses[i].action == action) list += ", " + std::to_string(i);
  }
  return list;
}

/// Targets that are updated twice, or updated and deleted (repeated deletes are fine).
Status CheckDuplicates(Execution& run, const FoundTable& table, const MergePlan& plan, const std::string& scratch,
                       bool* repeated) {
  *repeated = false;
  if (!plan.updates && !plan.deletes) return Ok();
  std::string sql = "SELECT count(*), count(*) FILTER (updated) FROM (SELECT bool_or(\"firn$action\" IN (" +
                    Indexes(plan, Action::kUpdate) + ")) AS updated FROM memory.main." + scratch +
                    " WHERE \"firn$file\" IS NOT NULL GROUP BY \"firn$file\", \"firn$position\" HAVING count(*) > 1)";
  FIRN_ASSIGN(auto batches, run.engine().Collect(run.context.Statement(sql), run.cancel));
  *repeated = batches[0].Int64(0, 0) > 0;
  if (batches[0].Int64(1, 0) == 0 || !run.session.parameters.GetBool("ERROR_ON_NONDETERMINISTIC_MERGE")) return Ok();
  FIRN_ASSIGN(std::string row, RepeatedRow(run, table, scratch));
  return Error(errors::kDuplicateRow, {row});
}

std::vector<std::pair<std::string, int64_t>> Counts(const MergePlan& plan, int64_t inserted, int64_t updated,
                                                    int64_t deleted) {
  std::vector<std::pair<std::string, int64_t>> counts;
  if (plan.inserts) counts.emplace_back("number of rows inserted", inserted);
  if (plan.updates) counts.emplace_back("number of rows updated", updated);
  if (plan.deletes) counts.emplace_back("number of rows deleted", deleted);
  return counts;
}

}  // namespace

Result<Answer> Execute(Execution& run, sql::Merge& merge) {
  FIRN_TRY(planner::SettleName(run.context, &merge.target));
  FIRN_ASSIGN(FoundTable table, LockTable(run, merge.target, "MERGE"));
  FIRN_ASSIGN(MergePlan plan, PlanMerge(run, table, merge));
  if (run.request.describe_only) return CountAnswer(run, Counts(plan, 0, 0, 0));
  FIRN_ASSIGN(auto scratch,
              planner::Scratch::Make(run.engine(), run.context.Statement(PairsSql(table, plan)), run.cancel));
  bool repeated = false;
  FIRN_TRY(CheckDuplicates(run, table, plan, scratch->name(), &repeated));
  std::string pairs = "(SELECT * FROM memory.main." + scratch->name();
  if (repeated) {
    pairs += " QUALIFY \"firn$file\" IS NULL OR row_number() OVER (PARTITION BY \"firn$file\", \"firn$position\") = 1";
  }
  pairs += ")";

  std::string totals = "SELECT count(*) FILTER (\"firn$action\" IN (" + Indexes(plan, Action::kInsert) +
                       ")), count(*) FILTER (\"firn$action\" IN (" + Indexes(plan, Action::kUpdate) +
                       ")), count(*) FILTER (\"firn$action\" IN (" + Indexes(plan, Action::kDelete) + ")) FROM " +
                       pairs;
  FIRN_ASSIGN(auto batches, run.engine().Collect(run.context.Statement(totals), run.cancel));
  run.info.rows_inserted = batches[0].Int64(0, 0);
  run.info.rows_updated = batches[0].Int64(1, 0);
  run.info.rows_deleted = batches[0].Int64(2, 0);

  iceberg::TableChange change;
  change.operation = iceberg::Operation::kOverwrite;
  if (run.info.rows_inserted + run.info.rows_updated > 0) {
    bool ids = KeepsRowIds(table) && run.info.rows_updated > 0;
    std::string rows = "SELECT " + ColumnNames(table) + (ids ? ", \"firn$row_id\"" : "") + " FROM " + pairs +
                       " WHERE \"firn$action\" NOT IN (" + Indexes(plan, Action::kDelete) + ")";
    FIRN_ASSIGN(change.added, WriteRows(run, table, run.context.Statement(std::move(rows)), ids));
  }
  FIRN_ASSIGN(RowPositions positions,
              CollectPositions(run, run.context.Statement("SELECT \"firn$file\", \"firn$position\" FROM " + pairs +
                                                          " WHERE \"firn$file\" IS NOT NULL")));
  FIRN_TRY(RemoveRows(run, table, positions, &change));
  FIRN_TRY(AddChange(run, table, catalog::Verb::kMerge, std::move(change)));
  return CountAnswer(run, Counts(plan, run.info.rows_inserted, run.info.rows_updated, run.info.rows_deleted));
}

}  // namespace firn::statements

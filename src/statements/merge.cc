// MERGE. https://docs.snowflake.com/en/sql-reference/sql/merge
// One join of source and target gives for every pair the first clause that holds, the row's place and the new row; the
// rows are kept, read once for what they do and whether two source rows want one target, and
// written.
#include <algorithm>
#include <map>
#include <set>

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
/// `values_only`: what UPDATE assigns without its cast, and nothing of INSERT.
std::string PairsSql(const FoundTable& table, const MergePlan& plan, bool values_only = false) {
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
      if (values_only && plan.clauses[i].action == Action::kInsert) continue;
      sql::ExprPtr source = sql::MakeExpr(sql::DuckExpr{plan.clauses[i].sources[c], {}});
      if (!values_only) source = planner::CastTo(std::move(source), columns[c].type);
      value += " WHEN " + std::to_string(i) + " THEN (" + sql::Print(*source) + ")";
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

/// What kept rows do.
struct Pairs {
  int64_t inserted = 0, updated = 0, deleted = 0;
  RowPositions positions;      ///< of the target's rows that go
  bool repeated = false;       ///< a target has two source rows
  bool updated_twice = false;  ///< one of them updates it; repeated deletes are fine
};

/// Sorts the marks (position * 2, and 1 for an update) of one file, and takes their positions.
void AddFile(uint64_t file, std::vector<uint64_t>* marks, Pairs* pairs) {
  std::sort(marks->begin(), marks->end());
  std::vector<uint64_t>& positions = pairs->positions[file];
  positions.reserve(marks->size());
  for (size_t i = 0; i < marks->size(); ++i) {
    const uint64_t mark = (*marks)[i];
    if (i > 0 && (*marks)[i - 1] / 2 == mark / 2) {
      pairs->repeated = true;
      pairs->updated_twice = pairs->updated_twice || mark % 2 == 1;  // the greater of two marks is the update
    } else {
      positions.push_back(mark / 2);
    }
  }
}

Result<Pairs> ReadPairs(Execution& run, const MergePlan& plan, const engine::KeptRows& kept) {
  const std::string sql = "SELECT \"firn$file\", \"firn$position\", \"firn$action\" FROM " + kept.Relation();
  FIRN_ASSIGN(auto stream, run.engine().Run(run.context.Statement(sql), run.cancel));
  Pairs pairs;
  std::map<uint64_t, std::vector<uint64_t>> marks;
  while (true) {
    FIRN_ASSIGN(auto batch, stream->Next());
    if (!batch) break;
    for (int64_t row = 0; row < batch->rows(); ++row) {
      const Action action = plan.clauses[static_cast<size_t>(batch->Int64(2, row))].action;
      pairs.inserted += action == Action::kInsert ? 1 : 0;
      pairs.updated += action == Action::kUpdate ? 1 : 0;
      pairs.deleted += action == Action::kDelete ? 1 : 0;
      if (batch->IsNull(0, row)) continue;
      marks[static_cast<uint64_t>(batch->Int64(0, row))].push_back(static_cast<uint64_t>(batch->Int64(1, row)) * 2 +
                                                                   (action == Action::kUpdate ? 1 : 0));
    }
  }
  for (auto& [file, of_file] : marks) AddFile(file, &of_file, &pairs);
  return pairs;
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
  engine::Statement computed = run.context.Statement(PairsSql(table, plan));
  auto made = run.engine().Keep(computed, run.cancel);
  if (!made.ok()) {
    const FailedWrite failed{merge.target.Text(), table, std::move(computed), PairsSql(table, plan, true)};
    return WriteError(run, failed, std::move(made).error());
  }
  auto kept = *std::move(made);
  FIRN_ASSIGN(Pairs pairs, ReadPairs(run, plan, *kept));
  if (pairs.repeated) {
    if (pairs.updated_twice && run.session.parameters.GetBool("ERROR_ON_NONDETERMINISTIC_MERGE")) {
      FIRN_ASSIGN(std::string row, RepeatedRow(run, table, *kept));
      return Error(errors::kDuplicateRow, {row});
    }
    const std::string once = "SELECT * FROM " + kept->Relation() +
                             " QUALIFY \"firn$file\" IS NULL OR row_number() OVER (PARTITION BY \"firn$file\", "
                             "\"firn$position\") = 1";
    FIRN_ASSIGN(kept, run.engine().Keep(run.context.Statement(once), run.cancel));
    FIRN_ASSIGN(pairs, ReadPairs(run, plan, *kept));
  }
  run.info.rows_inserted = pairs.inserted;
  run.info.rows_updated = pairs.updated;
  run.info.rows_deleted = pairs.deleted;

  iceberg::TableChange change;
  change.operation = iceberg::Operation::kOverwrite;
  if (run.info.rows_inserted + run.info.rows_updated > 0) {
    bool ids = KeepsRowIds(table) && run.info.rows_updated > 0;
    std::string rows = "SELECT " + ColumnNames(table) + (ids ? ", \"firn$row_id\"" : "") + " FROM " + kept->Relation();
    if (pairs.deleted > 0) rows += " WHERE \"firn$action\" NOT IN (" + Indexes(plan, Action::kDelete) + ")";
    engine::Statement statement = run.context.Statement(std::move(rows));
    auto written = WriteRows(run, table, statement, ids);
    if (!written.ok()) {
      return WriteError(run, {merge.target.Text(), table, std::move(statement)}, std::move(written).error());
    }
    change.added = *std::move(written);
  }
  FIRN_TRY(RemoveRows(run, table, pairs.positions, &change));
  FIRN_TRY(AddChange(run, table, catalog::Verb::kMerge, std::move(change)));
  return CountAnswer(run, Counts(plan, run.info.rows_inserted, run.info.rows_updated, run.info.rows_deleted));
}

}  // namespace firn::statements

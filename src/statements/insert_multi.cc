// INSERT ALL and INSERT FIRST. https://docs.snowflake.com/en/sql-reference/sql/insert-multi-table
// The query runs once, its rows are kept; each INTO reads the rows that its branch wants. All targets are one commit.
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

/// One table of the statement, however often it is named.
struct Target {
  FoundTable table;
  iceberg::TableChange change;
  int64_t inserted = 0;
};

Result<std::vector<Target>> FindTargets(Execution& run, sql::MultiInsert& insert,
                                        std::vector<std::vector<size_t>>* of_branch) {
  std::vector<Target> targets;
  for (sql::MultiInsert::Branch& branch : insert.branches) {
    auto& indexes = of_branch->emplace_back();
    for (sql::MultiInsert::Into& into : branch.into) {
      FIRN_TRY(planner::SettleName(run.context, &into.target));
      FIRN_ASSIGN(FoundTable table, planner::FindTable(run.context, into.target, "INSERT"));
      FIRN_TRY(CheckWritable(table));
      size_t at = 0;
      while (at < targets.size() && targets[at].table.object->id != table.object->id) ++at;
      if (at == targets.size()) targets.push_back({std::move(table), {}, 0});
      indexes.push_back(at);
    }
  }
  return targets;
}

Answer Counts(Execution& run, const std::vector<Target>& targets) {
  std::vector<std::pair<std::string, int64_t>> counts;
  for (const Target& target : targets) {
    counts.emplace_back("number of rows inserted into " + target.table.name.name, target.inserted);
  }
  return CountAnswer(run, counts);
}

/// For each branch the DuckDB condition of its rows; empty: all.
Result<std::vector<std::string>> Conditions(Execution& run, sql::MultiInsert& insert) {
  std::vector<std::string> conditions;
  std::string none_before;
  for (sql::MultiInsert::Branch& branch : insert.branches) {
    std::string holds;
    if (branch.when) {
      FIRN_TRY(planner::ResolveExpr(run.context, branch.when));
      holds = "coalesce((" + sql::Print(*branch.when) + "), false)";
    }
    std::string condition = holds;
    bool others_count = !branch.when || insert.first;  // ELSE, and FIRST
    if (others_count && !none_before.empty()) condition = none_before + (holds.empty() ? "" : " AND " + holds);
    conditions.push_back(std::move(condition));
    if (!holds.empty()) none_before += (none_before.empty() ? "NOT " : " AND NOT ") + holds;
  }
  return conditions;
}

/// The rows of one INTO. `rows`: the relation of the query, with `columns`.
Result<engine::Statement> PlanInto(Execution& run, const FoundTable& table, sql::MultiInsert::Into& into,
                                   const std::string& rows, const std::vector<engine::ResultColumn>& columns,
                                   const std::string& condition) {
  std::string list;
  size_t width = into.values.empty() ? columns.size() : into.values.size();
  FIRN_ASSIGN(std::vector<int> from, MapColumns(table, into.columns, width));
  if (into.values.empty()) {
    for (const engine::ResultColumn& column : columns) {
      list += (list.empty() ? "" : ", ") + sql::QuoteIdent(column.name);
    }
  }
  for (size_t i = 0; i < into.values.size(); ++i) {
    sql::ExprPtr& value = into.values[i];
    if (value->As<sql::DefaultValue>()) {
      for (size_t c = 0; c < from.size(); ++c) {
        if (from[c] != static_cast<int>(i)) continue;
        FIRN_ASSIGN(value, planner::DefaultValue(run.context, table.info().columns[c]));
      }
    } else {
      FIRN_TRY(planner::ResolveExpr(run.context, value));
    }
    list += (i ? ", " : "") + sql::Print(*value);
  }
  std::string source = "(SELECT " + list + " FROM " + rows + (condition.empty() ? "" : " WHERE " + condition) + ")";
  FIRN_ASSIGN(std::string text, InsertSelect(run, table, from, source, width));
  return run.context.Statement(std::move(text));
}

}  // namespace

Result<Answer> Execute(Execution& run, sql::MultiInsert& insert) {
  std::vector<std::vector<size_t>> of_branch;
  FIRN_ASSIGN(std::vector<Target> targets, FindTargets(run, insert, &of_branch));
  if (run.request.describe_only) return Counts(run, targets);
  FIRN_ASSIGN(engine::Statement source, planner::PlanQuery(run.context, *insert.source));
  FIRN_ASSIGN(auto kept, run.engine().Keep(std::move(source), run.cancel));
  FIRN_ASSIGN(auto columns, run.engine().Describe(run.context.Statement("SELECT * FROM " + kept->Relation())));
  FIRN_ASSIGN(std::vector<std::string> conditions, Conditions(run, insert));
  for (size_t b = 0; b < insert.branches.size(); ++b) {
    for (size_t i = 0; i < insert.branches[b].into.size(); ++i) {
      Target& target = targets[of_branch[b][i]];
      FIRN_ASSIGN(engine::Statement rows,
                  PlanInto(run, target.table, insert.branches[b].into[i], kept->Relation(), columns, conditions[b]));
      auto files = WriteRows(run, target.table, rows);
      if (!files.ok()) {
        const std::string name = insert.branches[b].into[i].target.Text();
        return WriteError(run, {name, target.table, std::move(rows)}, std::move(files).error());
      }
      for (iceberg::DataFile& file : *files) {
        target.inserted += file.record_count;
        target.change.added.push_back(std::move(file));
      }
    }
  }
  for (Target& target : targets) {
    run.info.rows_inserted += target.inserted;
    if (insert.overwrite) {
      target.change.operation = iceberg::Operation::kOverwrite;
      FIRN_TRY(RemoveAllRows(run, target.table, &target.change));
    }
    if (target.change.added.empty() && target.change.removed.empty()) continue;
    catalog::Verb verb = insert.overwrite ? catalog::Verb::kOverwrite : catalog::Verb::kInsert;
    FIRN_TRY(AddChange(run, target.table, verb, std::move(target.change)));
  }
  return Counts(run, targets);
}

}  // namespace firn::statements

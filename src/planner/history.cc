#include "planner/history.h"

#include <algorithm>
#include <cstdlib>

#include "base/errors.h"
#include "planner/information_schema.h"
#include "planner/result_scan.h"

namespace firn::planner {

namespace {

using catalog::ObjectKind;
using catalog::ObjectRef;
using catalog::RunRef;

constexpr int64_t kResultLimit = 100;  ///< RESULT_LIMIT where none is given
constexpr int64_t kResultLimitMax = 10000;

struct Wanted {
  std::string task_name, root_id;
  bool errors_only = false;
  Micros from = 0;
  Micros to = 0;  ///< 0: no end
  int64_t limit = kResultLimit;
};

Result<Micros> TimeOf(StatementContext& context, const sql::Argument& argument) {
  auto micros = sql::MakeExpr(sql::DuckExpr{"epoch_us({0})", {}}, argument.value->at);
  micros->As<sql::DuckExpr>()->args.push_back(sql::MakeExpr(
      sql::Cast{sql::Clone(*argument.value), SqlType::Timestamp(TypeId::kTimestampLtz), false}, argument.value->at));
  FIRN_ASSIGN(session::Cell cell, context.Evaluate(*micros, SqlType::Integer()));
  return cell ? static_cast<Micros>(std::strtoll(cell->c_str(), nullptr, 10)) : Micros{0};
}

Result<Wanted> ReadArguments(StatementContext& context, const sql::Call& call) {
  Wanted wanted;
  for (const sql::Argument& argument : call.args) {
    if (argument.name == "SCHEDULED_TIME_RANGE_START") {
      FIRN_ASSIGN(wanted.from, TimeOf(context, argument));
      continue;
    }
    if (argument.name == "SCHEDULED_TIME_RANGE_END") {
      FIRN_ASSIGN(wanted.to, TimeOf(context, argument));
      continue;
    }
    FIRN_ASSIGN(session::Cell cell, context.Evaluate(*argument.value, SqlType::Varchar()));
    std::string text = cell.value_or("");
    if (argument.name == "TASK_NAME") {
      wanted.task_name = text;
    } else if (argument.name == "ROOT_TASK_ID") {
      wanted.root_id = text;
    } else if (argument.name == "ERROR_ONLY") {
      wanted.errors_only = EqualsIgnoreCase(text, "true");
    } else if (argument.name == "RESULT_LIMIT") {
      wanted.limit = std::clamp<int64_t>(std::strtoll(text.c_str(), nullptr, 10), 1, kResultLimitMax);
    } else {
      return Error(errors::kInvalidExpression, {"TASK_HISTORY has no argument '" + argument.name + "'"},
                   argument.value->at);
    }
  }
  return wanted;
}

std::vector<session::OutputColumn> Columns() {
  SqlType text = SqlType::Varchar(), number = SqlType::Number(38, 0);
  SqlType time = SqlType::Timestamp(TypeId::kTimestampLtz);
  return {{"QUERY_ID", text},
          {"NAME", text},
          {"DATABASE_NAME", text},
          {"SCHEMA_NAME", text},
          {"QUERY_TEXT", text},
          {"CONDITION_TEXT", text},
          {"STATE", text},
          {"ERROR_CODE", text},
          {"ERROR_MESSAGE", text},
          {"SCHEDULED_TIME", time},
          {"QUERY_START_TIME", time},
          {"COMPLETED_TIME", time},
          {"ROOT_TASK_ID", text},
          {"RUN_ID", text},
          {"RETURN_VALUE", text},
          {"SCHEDULED_FROM", text},
          {"ATTEMPT_NUMBER", number},
          {"GRAPH_RUN_GROUP_ID", text},
          {"ROWS_READ", number},  // this and the next three: of the merges of pipelines
          {"ROWS_STALE", number},
          {"ROWS_DUPLICATE", number},
          {"ROWS_QUARANTINED", number},
          {"ROWS_INSERTED", number},
          {"ROWS_UPDATED", number},
          {"ROWS_DELETED", number}};
}

session::Cell Text(const std::string& text) { return text.empty() ? session::Cell() : session::Cell(text); }
session::Cell Time(Micros time) { return time == 0 ? session::Cell() : session::Cell(TimeText(time)); }

session::Cell Count(const catalog::RunRecord& run, const char* name) {
  auto count = run.counts.find(name);
  return count == run.counts.end() ? session::Cell() : session::Cell(std::to_string(count->second));
}

/// The state as Snowflake names it.
std::string StateText(catalog::RunState state) {
  return state == catalog::RunState::kRequested ? "SCHEDULED" : std::string(Name(state));
}

struct Shown {
  ObjectRef task;
  std::string database, schema;
  RunRef run;
};

session::Row RowOf(StatementContext& context, const Shown& shown) {
  const catalog::RunRecord& run = *shown.run;
  const auto& info = *shown.task->As<catalog::TaskInfo>();
  RunRef root = context.state().Run(run.graph_run_id);
  return {Text(run.query_id),
          Text(shown.task->name),
          Text(shown.database),
          Text(shown.schema),
          Text(info.text),
          Text(info.condition),
          Text(StateText(run.state)),
          Text(run.error_code),
          Text(run.error_message),
          Time(run.scheduled),
          Time(run.started),
          Time(run.ended),
          Text(root ? root->object_id : shown.task->id),
          Text(run.id),
          Text(run.return_value),
          Text(run.trigger),
          session::Cell(std::to_string(run.attempt)),
          Text(run.graph_run_id),
          Count(run, "rows_read"),
          Count(run, "rows_stale"),
          Count(run, "rows_duplicate"),
          Count(run, "rows_quarantined"),
          Count(run, "rows_inserted"),
          Count(run, "rows_updated"),
          Count(run, "rows_deleted")};
}

std::vector<Shown> RunsOf(StatementContext& context, const catalog::Object& database, const Wanted& wanted) {
  std::vector<Shown> shown;
  const catalog::CatalogState& state = context.state();
  for (const ObjectRef& schema : state.Children(database.id, ObjectKind::kSchema)) {
    for (const ObjectRef& task : state.Children(schema->id, ObjectKind::kTask)) {
      if (!wanted.task_name.empty() && !EqualsIgnoreCase(task->name, wanted.task_name)) continue;
      for (const RunRef& run : state.RunsOf(task->id)) {
        if (run->scheduled < wanted.from || (wanted.to != 0 && run->scheduled > wanted.to)) continue;
        if (wanted.errors_only && run->state != catalog::RunState::kFailed) continue;
        RunRef root = state.Run(run->graph_run_id);
        if (!wanted.root_id.empty() && (!root || root->object_id != wanted.root_id)) continue;
        shown.push_back({task, database.name, schema->name, run});
      }
    }
  }
  std::stable_sort(shown.begin(), shown.end(),
                   [](const Shown& a, const Shown& b) { return a.run->scheduled > b.run->scheduled; });
  if (shown.size() > static_cast<size_t>(wanted.limit)) shown.resize(static_cast<size_t>(wanted.limit));
  return shown;
}

}  // namespace

Result<bool> PlanHistory(StatementContext& context, const sql::Call& call, sql::RelationPtr& relation) {
  const auto& parts = call.name.parts;
  if (parts.size() < 2 || parts.back().text != "TASK_HISTORY") return false;
  if (parts[parts.size() - 2].text != "INFORMATION_SCHEMA") return false;
  std::string name = parts.size() == 3 ? parts[0].text : context.place.database;
  if (name.empty()) return Error(errors::kNoDatabase, {"SELECT"}, relation->at);
  FIRN_ASSIGN(ObjectRef database, FindDatabase(context, name, relation->at));
  FIRN_ASSIGN(Wanted wanted, ReadArguments(context, call));
  context.named.push_back({database->name, "INFORMATION_SCHEMA", "TASK_HISTORY"});
  std::vector<session::Row> rows;
  for (const Shown& shown : RunsOf(context, *database, wanted)) rows.push_back(RowOf(context, shown));
  relation->node = sql::DuckRelation{RowsAsRelation(Columns(), rows), {}, false};
  return true;
}

}  // namespace firn::planner

#include "planner/history.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>

#include "base/errors.h"
#include "base/schedule.h"
#include "planner/information_schema.h"
#include "planner/result_scan.h"

namespace firn::planner {

namespace {

using catalog::ObjectKind;
using catalog::ObjectRef;
using catalog::RunRef;

constexpr int64_t kResultLimit = 100;  ///< RESULT_LIMIT where none is given
constexpr int64_t kResultLimitMax = 10000;

constexpr Micros kDay = Micros{24} * 3600 * 1000000;

struct Wanted {
  std::string name, prefix, root_id;
  bool errors_only = false;
  Micros from = 0;
  Micros to = 0;  ///< 0: no end
  int64_t limit = kResultLimit;
};

struct Shown {
  ObjectRef object;
  std::string database, schema;
  RunRef run;
  std::string QualifiedName() const { return database + "." + schema + "." + object->name; }
};

/// One table function: its own arguments' names ("" for one that it has not) and its rows.
struct HistoryRow {
  const char* function;
  ObjectKind kind;
  const char *from, *to, *name, *prefix, *root;
  std::vector<session::OutputColumn> (*columns)();
  session::Row (*row)(StatementContext& context, const Shown& shown);
};

Result<Micros> TimeOf(StatementContext& context, const sql::Argument& argument) {
  auto micros = sql::MakeExpr(sql::DuckExpr{"epoch_us({0})", {}}, argument.value->at);
  micros->As<sql::DuckExpr>()->args.push_back(sql::MakeExpr(
      sql::Cast{sql::Clone(*argument.value), SqlType::Timestamp(TypeId::kTimestampLtz), false}, argument.value->at));
  FIRN_ASSIGN(session::Cell cell, context.Evaluate(*micros, SqlType::Integer()));
  return cell ? static_cast<Micros>(std::strtoll(cell->c_str(), nullptr, 10)) : Micros{0};
}

Result<Wanted> ReadArguments(StatementContext& context, const HistoryRow& history, const sql::Call& call) {
  Wanted wanted;
  for (const sql::Argument& argument : call.args) {
    if (argument.name == history.from) {
      FIRN_ASSIGN(wanted.from, TimeOf(context, argument));
      continue;
    }
    if (argument.name == history.to) {
      FIRN_ASSIGN(wanted.to, TimeOf(context, argument));
      continue;
    }
    FIRN_ASSIGN(session::Cell cell, context.Evaluate(*argument.value, SqlType::Varchar()));
    std::string text = cell.value_or("");
    if (argument.name == history.name) {
      wanted.name = text;
    } else if (!argument.name.empty() && argument.name == history.prefix) {
      wanted.prefix = Upper(text);
    } else if (!argument.name.empty() && argument.name == history.root) {
      wanted.root_id = text;
    } else if (argument.name == "ERROR_ONLY") {
      wanted.errors_only = EqualsIgnoreCase(text, "true");
    } else if (argument.name == "RESULT_LIMIT") {
      wanted.limit = std::clamp<int64_t>(std::strtoll(text.c_str(), nullptr, 10), 1, kResultLimitMax);
    } else {
      return Error(errors::kInvalidExpression,
                   {std::string(history.function) + " has no argument '" + argument.name + "'"}, argument.value->at);
    }
  }
  return wanted;
}

std::vector<session::OutputColumn> TaskColumns() {
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

session::Row TaskRow(StatementContext& context, const Shown& shown) {
  const catalog::RunRecord& run = *shown.run;
  const auto& info = *shown.object->As<catalog::TaskInfo>();
  RunRef root = context.state().Run(run.graph_run_id);
  return {Text(run.query_id),
          Text(shown.object->name),
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
          Text(root ? root->object_id : shown.object->id),
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

/// https://docs.snowflake.com/en/sql-reference/functions/dynamic_table_refresh_history; its OBJECTs are JSON texts here
std::vector<session::OutputColumn> RefreshColumns() {
  SqlType text = SqlType::Varchar(), time = SqlType::Timestamp(TypeId::kTimestampLtz);
  return {{"NAME", text},
          {"SCHEMA_NAME", text},
          {"DATABASE_NAME", text},
          {"STATE", text},
          {"STATE_CODE", text},
          {"STATE_MESSAGE", text},
          {"QUERY_ID", text},
          {"DATA_TIMESTAMP", time},
          {"REFRESH_START_TIME", time},
          {"REFRESH_END_TIME", time},
          {"COMPLETION_TARGET", time},
          {"QUALIFIED_NAME", text},
          {"LAST_COMPLETED_DEPENDENCY", text},
          {"STATISTICS", text},
          {"REFRESH_ACTION", text},
          {"REFRESH_TRIGGER", text},
          {"TARGET_LAG_SEC", SqlType::Number(38, 0)}};
}

session::Row RefreshRow(StatementContext&, const Shown& shown) {
  const catalog::RunRecord& run = *shown.run;
  const catalog::DynamicInfo& info = *shown.object->As<catalog::TableInfo>()->dynamic;
  std::optional<Micros> lag = TargetLag(info.target_lag);
  auto count = [&](const char* name) { return std::to_string(run.counts.contains(name) ? run.counts.at(name) : 0); };
  const bool succeeded = run.state == catalog::RunState::kSucceeded;
  std::string statistics =
      R"({"numInsertedRows":)" + count("rows_inserted") + R"(,"numDeletedRows":)" + count("rows_deleted") + "}";
  return {Text(shown.object->name),
          Text(shown.schema),
          Text(shown.database),
          Text(StateText(run.state)),
          Text(succeeded ? "SUCCESS" : run.error_code),
          Text(run.error_message),
          Text(run.query_id),
          Time(run.scheduled),
          Time(run.started),
          Time(run.ended),
          lag ? Time(run.scheduled + *lag) : session::Cell(),
          Text(shown.QualifiedName()),
          session::Cell(),
          succeeded ? session::Cell(statistics) : session::Cell(),
          Text(info.mode),
          Text(run.trigger == "SCHEDULED"  ? "SCHEDULED"
               : run.trigger == "CREATION" ? "CREATION"
                                           : "MANUAL"),
          lag ? session::Cell(std::to_string(*lag / 1000000)) : session::Cell()};
}

constexpr HistoryRow kHistories[] = {
    {"DYNAMIC_TABLE_REFRESH_HISTORY", ObjectKind::kTable, "DATA_TIMESTAMP_START", "DATA_TIMESTAMP_END", "NAME",
     "NAME_PREFIX", "", RefreshColumns, RefreshRow},
    {"TASK_HISTORY", ObjectKind::kTask, "SCHEDULED_TIME_RANGE_START", "SCHEDULED_TIME_RANGE_END", "TASK_NAME", "",
     "ROOT_TASK_ID", TaskColumns, TaskRow},
};

/// By the last part alone, or by as much of the name as is given.
bool IsNamed(const Shown& shown, const std::string& name) {
  return EqualsIgnoreCase(shown.object->name, name) ||
         EqualsIgnoreCase(shown.schema + "." + shown.object->name, name) ||
         EqualsIgnoreCase(shown.QualifiedName(), name);
}

bool IsWanted(const catalog::CatalogState& state, const Shown& shown, const Wanted& wanted) {
  const catalog::RunRecord& run = *shown.run;
  if (run.scheduled < wanted.from || (wanted.to != 0 && run.scheduled > wanted.to)) return false;
  if (wanted.errors_only && run.state != catalog::RunState::kFailed) return false;
  RunRef root = wanted.root_id.empty() ? nullptr : state.Run(run.graph_run_id);
  return wanted.root_id.empty() || (root && root->object_id == wanted.root_id);
}

std::vector<Shown> RunsOf(StatementContext& context, const HistoryRow& history, const catalog::Object& database,
                          const Wanted& wanted) {
  std::vector<Shown> shown;
  const catalog::CatalogState& state = context.state();
  for (const ObjectRef& schema : state.Children(database.id, ObjectKind::kSchema)) {
    for (const ObjectRef& object : state.Children(schema->id, history.kind)) {
      const auto* table = object->As<catalog::TableInfo>();
      if (table && !table->dynamic) continue;
      Shown one{object, database.name, schema->name, nullptr};
      if (!wanted.name.empty() && !IsNamed(one, wanted.name)) continue;
      if (!wanted.prefix.empty() && !Upper(one.QualifiedName()).starts_with(wanted.prefix) &&
          !Upper(object->name).starts_with(wanted.prefix)) {
        continue;
      }
      for (const RunRef& run : state.RunsOf(object->id)) {
        one.run = run;
        if (IsWanted(state, one, wanted)) shown.push_back(one);
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
  if (parts.size() < 2 || parts[parts.size() - 2].text != "INFORMATION_SCHEMA") return false;
  const auto* history = std::ranges::find(kHistories, parts.back().text, &HistoryRow::function);
  if (history == std::end(kHistories)) return false;
  std::string name = parts.size() == 3 ? parts[0].text : context.place.database;
  if (name.empty()) return Error(errors::kNoDatabase, {"SELECT"}, relation->at);
  FIRN_ASSIGN(ObjectRef database, FindDatabase(context, name, relation->at));
  FIRN_ASSIGN(Wanted wanted, ReadArguments(context, *history, call));
  if (history->kind == ObjectKind::kTable && wanted.from == 0) {
    wanted.from = (wanted.to != 0 ? wanted.to : context.now) - kDay;
  }
  std::vector<session::Row> rows;
  for (const Shown& shown : RunsOf(context, *history, *database, wanted)) rows.push_back(history->row(context, shown));
  relation->node = sql::DuckRelation{RowsAsRelation(history->columns(), rows), {}, false};
  return true;
}

}  // namespace firn::planner

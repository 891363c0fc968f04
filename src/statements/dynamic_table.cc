// CREATE and ALTER DYNAMIC TABLE. A refresh is one commit: new rows in place of the old ones, the snapshots of the
// inputs that they were made of, and the run's record. Who refreshes by target lag: pipeline/task_runner.h.
// https://docs.snowflake.com/en/sql-reference/sql/create-dynamic-table
#include "base/errors.h"
#include "base/ids.h"
#include "base/schedule.h"
#include "planner/resolve.h"
#include "sql/parser.h"
#include "sql/printer.h"
#include "statements/clustering.h"
#include "statements/incremental.h"
#include "statements/object_names.h"
#include "statements/object_options.h"
#include "statements/option_values.h"
#include "statements/row_change.h"
#include "statements/table_create.h"

namespace firn::statements {

namespace {

using catalog::DynamicInfo;
using catalog::ObjectRef;
using planner::FoundTable;

Status SetDynamicOption(Execution& run, const sql::Option& option, DynamicInfo* info, bool* taken) {
  *taken = true;
  if (option.name == "TARGET_LAG") {
    FIRN_ASSIGN(info->target_lag, OptionText(run, option));
    if (Upper(info->target_lag) == "DOWNSTREAM") {
      info->target_lag = "DOWNSTREAM";
    } else if (!TargetLag(info->target_lag)) {
      return Error(errors::kInvalidValue, {info->target_lag, "TARGET_LAG"}, option.at);
    }
  } else if (option.name == "WAREHOUSE") {
    FIRN_ASSIGN(info->warehouse, OptionText(run, option));
  } else if (option.name == "REFRESH_MODE") {
    FIRN_ASSIGN(std::string mode, OptionText(run, option));
    info->wanted_mode = Upper(mode);
    if (info->wanted_mode != "AUTO" && info->wanted_mode != "FULL" && info->wanted_mode != "INCREMENTAL") {
      return Error(errors::kInvalidValue, {mode, "REFRESH_MODE"}, option.at);
    }
  } else if (option.name == "INITIALIZE") {
    FIRN_ASSIGN(std::string when, OptionText(run, option));
    if (Upper(when) != "ON_CREATE" && Upper(when) != "ON_SCHEDULE") {
      return Error(errors::kInvalidValue, {when, "INITIALIZE"}, option.at);
    }
    info->initialize_on_create = Upper(when) == "ON_CREATE";
  } else {
    *taken = false;
  }
  return Ok();
}

/// Offsets from what the table's rows are of to what the query has just read.
void MoveInputs(Execution& run, const std::string& table_id) {
  catalog::Offsets before = run.context.state().OffsetsOf(table_id);
  for (const auto& [input, snapshot] : run.context.tables_read) {
    auto old = before.find(input);
    std::optional<int64_t> from = old == before.end() ? std::nullopt : std::optional<int64_t>(old->second);
    if (from != snapshot) run.transaction().AddOffset({table_id, input, from, snapshot});
  }
  for (const auto& [input, snapshot] : before) {
    if (!run.context.tables_read.contains(input)) {
      run.transaction().AddOffset({table_id, input, snapshot, std::nullopt});
    }
  }
}

/// Whether the inputs are as they were at the last refresh.
bool InputsUnchanged(Execution& run, const std::string& table_id) {
  catalog::Offsets now;
  for (const auto& [input, snapshot] : run.context.tables_read) {
    if (snapshot) now[input] = *snapshot;
  }
  return now == run.context.state().OffsetsOf(table_id) && !run.context.state().RunsOf(table_id, 1).empty();
}

/// The record of a refresh by hand, in the refresh's own commit. Those of the system have one already.
void AddRecord(Execution& run, const std::string& table_id, const char* trigger, int64_t inserted, int64_t deleted) {
  if (run.session.user() == kSystemUser) return;
  catalog::RunRecord record;
  record.id = NewUuid();
  record.object_id = table_id;
  record.graph_run_id = record.id;
  record.trigger = trigger;
  record.state = catalog::RunState::kSucceeded;
  record.scheduled = record.started = run.context.now;
  record.ended = run.session.node().clock->Now();
  record.query_id = run.query_id;
  record.counts = {{"rows_inserted", inserted}, {"rows_deleted", deleted}};
  run.transaction().AddRun({std::move(record), std::nullopt});
}

/// The query of a dynamic table as rows for its columns, in the table's own place.
Result<engine::Statement> PlanRefresh(Execution& run, const FoundTable& table) {
  FIRN_ASSIGN(sql::QueryPtr query, sql::ParseQuery(table.info().dynamic->query));
  planner::NamePlace outer = std::exchange(run.context.place, {table.name.database, table.name.schema});
  auto plan = planner::PlanQuery(run.context, *query);
  run.context.place = std::move(outer);
  if (!plan.ok()) return std::move(plan).error();
  std::vector<std::string> sources;
  std::string names;
  for (size_t i = 0; i < table.info().columns.size(); ++i) {
    sources.push_back("s.c" + std::to_string(i));
    names += (i ? ", c" : "c") + std::to_string(i);
  }
  return run.context.Statement("SELECT " + CastList(table, sources) + " FROM (" + plan->sql + ") AS s(" + names + ")");
}

/// INCREMENTAL or FULL, and why. Errors: kInvalidExpression where INCREMENTAL is wanted and cannot be.
Status ChooseMode(Execution& run, const planner::NamePlace& place, DynamicInfo* info) {
  info->mode = "FULL";
  if (info->wanted_mode == "FULL") return Ok();
  planner::NamePlace outer = std::exchange(run.context.place, place);
  auto why = WhyNotIncremental(run, info->query);
  run.context.place = std::move(outer);
  if (!why.ok()) return std::move(why).error();
  if (why->empty()) {
    info->mode = "INCREMENTAL";
    return Ok();
  }
  info->mode_reason = "The query cannot be refreshed by changes: " + *why + ".";
  if (info->wanted_mode != "INCREMENTAL") return Ok();
  return Error(errors::kInvalidExpression,
               {"Dynamic table cannot be created with REFRESH_MODE = INCREMENTAL: " + *why + "."});
}

/// None: the whole query has to be computed.
Result<std::optional<RefreshedRows>> RefreshChanged(Execution& run, const FoundTable& table) {
  catalog::Offsets before = run.context.state().OffsetsOf(table.object->id);
  if (table.info().dynamic->mode != "INCREMENTAL" || before.empty()) return std::optional<RefreshedRows>();
  for (const auto& [input, snapshot] : before) {
    if (!run.context.tables_read.contains(input)) return std::optional<RefreshedRows>();
  }
  auto tables_read = run.context.tables_read;
  planner::NamePlace outer = std::exchange(run.context.place, {table.name.database, table.name.schema});
  auto refreshed = RefreshByChanges(run, table, before);
  run.context.place = std::move(outer);
  // What the query reads is what it read without its changes.
  run.context.tables_read = std::move(tables_read);
  return refreshed;
}

Answer Refreshed(Execution& run, const FoundTable& table, int64_t inserted, int64_t deleted, std::string text) {
  MoveInputs(run, table.object->id);
  AddRecord(run, table.object->id, "MANUAL", inserted, deleted);
  run.info.rows_inserted = inserted;
  run.info.rows_deleted = deleted;
  Answer answer = StatusAnswer(run, std::move(text));
  answer.counts = session::DmlCounts{inserted, 0, deleted, 0};
  return answer;
}

Result<Answer> Refresh(Execution& run, const FoundTable& table) {
  FIRN_ASSIGN(engine::Statement rows, PlanRefresh(run, table));
  if (InputsUnchanged(run, table.object->id)) return StatusAnswer(run, "No new data.");
  FIRN_ASSIGN(auto changed, RefreshChanged(run, table));
  if (changed) {
    return Refreshed(run, table, changed->inserted, changed->deleted,
                     "Refreshed: " + std::to_string(changed->inserted) + " rows inserted, " +
                         std::to_string(changed->deleted) + " rows deleted.");
  }
  iceberg::TableChange change;
  change.operation = iceberg::Operation::kOverwrite;
  FIRN_ASSIGN(change.added, WriteRows(run, table, std::move(rows)));
  FIRN_ASSIGN(int64_t deleted, RemoveAllRows(run, table, &change));
  int64_t inserted = 0;
  for (const iceberg::DataFile& file : change.added) inserted += file.record_count;
  if (!change.added.empty() || !change.removed.empty()) {
    FIRN_TRY(AddChange(run, table, catalog::Verb::kOverwrite, std::move(change)));
  }
  return Refreshed(run, table, inserted, deleted, "Refreshed: " + std::to_string(inserted) + " rows.");
}

}  // namespace

Result<Answer> Execute(Execution& run, sql::CreateDynamicTable& create) {
  sql::CreateTable& table = create.table;
  DynamicInfo dynamic;
  std::vector<sql::Option> others;
  for (sql::Option& option : table.options) {
    bool taken = false;
    FIRN_TRY(SetDynamicOption(run, option, &dynamic, &taken));
    if (!taken) others.push_back(std::move(option));
  }
  if (dynamic.target_lag.empty()) return Error(errors::kInvalidExpression, {"Missing option(s): [TARGET_LAG]"});
  dynamic.query = table.as_text;
  if (table.persistence == sql::Persistence::kTemporary) {
    return Error(errors::kUnsupported, {"a temporary dynamic table"}, run.statement.at);
  }
  if (run.statement.binds > 0) return Error(errors::kUnsupported, {"binds in a dynamic table"}, run.statement.at);
  FIRN_ASSIGN(auto drafted, DraftTable(run, table.name, table.mode, table.persistence, others));
  if (auto* done = std::get_if<Answer>(&drafted)) return std::move(*done);
  TableDraft draft = std::get<TableDraft>(std::move(drafted));
  planner::NamePlace outer = std::exchange(run.context.place, {draft.name.database, draft.name.schema});
  auto query = planner::PlanQuery(run.context, *table.as);
  run.context.place = std::move(outer);
  if (!query.ok()) return std::move(query).error();
  const auto tables_read = run.context.tables_read;
  FIRN_TRY(ChooseMode(run, {draft.name.database, draft.name.schema}, &dynamic));
  run.context.tables_read = tables_read;
  auto& info = *draft.object.As<catalog::TableInfo>();
  info.iceberg = true;
  FIRN_ASSIGN(info.columns, QueryColumns(run, table, *query));
  info.cluster_by = table.cluster_by_text;
  for (const auto& [input, snapshot] : run.context.tables_read) dynamic.input_ids.push_back(input);
  bool now = dynamic.initialize_on_create;
  info.dynamic = std::move(dynamic);
  FIRN_ASSIGN(auto partition_by, PartitionOf(table.cluster_by, info.columns));
  FIRN_ASSIGN(auto version, NewVersion(run, &draft, partition_by));
  std::string name = draft.name.name, id = draft.object.id;
  FIRN_TRY(PutTable(run, std::move(draft), std::move(version),
                    now ? std::optional<engine::Statement>(*std::move(query)) : std::nullopt));
  if (now) {
    MoveInputs(run, id);
    AddRecord(run, id, "CREATION", run.info.rows_inserted, 0);
  }
  return StatusAnswer(run, "Dynamic table " + name + " successfully created.");
}

Result<Answer> Execute(Execution& run, sql::AlterDynamicTable& alter) {
  FIRN_ASSIGN(auto found, FindTableObject(run, &alter.name, "ALTER DYNAMIC TABLE", alter.if_exists, false));
  if (!found) return Succeeded(run);
  if (!found->info().dynamic) {
    return Error(errors::kInvalidExpression, {"Object '" + found->name.name + "' is not a dynamic table."});
  }
  if (std::holds_alternative<sql::RefreshNow>(alter.action)) return Refresh(run, *found);
  catalog::Object changed = *found->object;
  DynamicInfo& info = *changed.As<catalog::TableInfo>()->dynamic;
  if (std::holds_alternative<sql::SuspendRefresh>(alter.action)) {
    info.suspended = true;
    info.suspend_reason = "USER_SUSPENDED";
  } else if (std::holds_alternative<sql::ResumeRefresh>(alter.action)) {
    info.suspended = false;
    info.suspend_reason.clear();
  } else if (auto* set = std::get_if<sql::SetOptions>(&alter.action)) {
    for (const sql::Option& option : set->options) {
      if (option.name == "REFRESH_MODE") return Error(errors::kUnsupported, {"changing REFRESH_MODE"}, option.at);
      bool taken = false;
      FIRN_TRY(SetDynamicOption(run, option, &info, &taken));
      if (!taken) FIRN_TRY(SetObjectOption(run, option, &changed));
    }
  } else {
    FIRN_TRY(UnsetObjectOptions(std::get<sql::UnsetOptions>(alter.action).names, &changed));
  }
  ChangeObject(run, found->object, std::move(changed));
  return Succeeded(run);
}

}  // namespace firn::statements

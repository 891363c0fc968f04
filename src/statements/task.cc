// CREATE TASK, ALTER TASK and EXECUTE TASK. The room `pipeline` runs what is due or asked for.
// https://docs.snowflake.com/en/sql-reference/sql/create-task
#include <algorithm>
#include <limits>
#include <set>

#include "base/errors.h"
#include "base/ids.h"
#include "base/schedule.h"
#include "session/parameters.h"
#include "statements/object_names.h"
#include "statements/object_options.h"
#include "statements/option_values.h"

namespace firn::statements {

namespace {

using catalog::Object;
using catalog::ObjectKind;
using catalog::ObjectRef;
using catalog::TaskInfo;

constexpr int64_t kTaskTimeoutMsMax = 604800000;  ///< a week
constexpr int64_t kRetriesMax = 30;

Status SetOption(Execution& run, const sql::Option& option, Object* object) {
  auto& task = *object->As<TaskInfo>();
  constexpr int64_t kMost = std::numeric_limits<int>::max();
  if (option.name == "WAREHOUSE") {
    FIRN_ASSIGN(task.warehouse, OptionText(run, option));
  } else if (option.name == "SCHEDULE") {
    FIRN_ASSIGN(task.schedule, OptionText(run, option));
    auto parsed = Schedule::Parse(task.schedule);
    if (!parsed.ok()) return Error(errors::kInvalidValue, {task.schedule, "SCHEDULE"}, option.at);
  } else if (option.name == "TARGET_COMPLETION_INTERVAL") {
    FIRN_ASSIGN(std::string interval, OptionText(run, option));
    if (!TargetLag(interval)) return Error(errors::kInvalidValue, {interval, option.name}, option.at);
    object->options[option.name] = interval;
  } else if (option.name == "ALLOW_OVERLAPPING_EXECUTION") {
    FIRN_ASSIGN(task.allow_overlap, OptionBoolean(run, option));
  } else if (option.name == "USER_TASK_TIMEOUT_MS") {
    FIRN_ASSIGN(int64_t timeout, OptionNumber(run, option, 0, kTaskTimeoutMsMax));
    task.timeout_ms = static_cast<int>(timeout);
  } else if (option.name == "SUSPEND_TASK_AFTER_NUM_FAILURES") {
    FIRN_ASSIGN(int64_t failures, OptionNumber(run, option, 0, kMost));
    task.suspend_after_failures = static_cast<int>(failures);
  } else if (option.name == "TASK_AUTO_RETRY_ATTEMPTS") {
    FIRN_ASSIGN(int64_t retries, OptionNumber(run, option, 0, kRetriesMax));
    task.retries = static_cast<int>(retries);
  } else if (session::FindParameter(option.name)) {
    // Parameters of the session that the task runs in.
    FIRN_ASSIGN(object->options[option.name], OptionText(run, option));
  } else {
    return SetObjectOption(run, option, object);
  }
  return Ok();
}

Status UnsetOption(const std::string& name, Object* object) {
  auto& task = *object->As<TaskInfo>();
  TaskInfo fresh;
  if (name == "WAREHOUSE") {
    task.warehouse = fresh.warehouse;
  } else if (name == "SCHEDULE") {
    task.schedule = fresh.schedule;
  } else if (name == "ALLOW_OVERLAPPING_EXECUTION") {
    task.allow_overlap = fresh.allow_overlap;
  } else if (name == "USER_TASK_TIMEOUT_MS") {
    task.timeout_ms = fresh.timeout_ms;
  } else if (name == "SUSPEND_TASK_AFTER_NUM_FAILURES") {
    task.suspend_after_failures = fresh.suspend_after_failures;
  } else if (name == "TASK_AUTO_RETRY_ATTEMPTS") {
    task.retries = fresh.retries;
  } else if (name == "TARGET_COMPLETION_INTERVAL" || session::FindParameter(name)) {
    object->options.erase(name);
  } else {
    return UnsetObjectOptions({name}, object);
  }
  return Ok();
}

/// The tasks named behind AFTER: in the same schema as the task.
Result<std::vector<std::string>> TaskIds(Execution& run, std::vector<sql::ObjectName>& names, const Object& task) {
  std::vector<std::string> ids;
  for (sql::ObjectName& name : names) {
    FIRN_ASSIGN(ObjectRef found, FindObject(run, ObjectKind::kTask, &name, "AFTER"));
    if (found->parent_id != task.parent_id) {
      return Error(errors::kInvalidExpression, {"All tasks in a graph must be in the same schema."}, name.at);
    }
    ids.push_back(found->id);
  }
  return ids;
}

/// Every path of a graph begins at a root: a cycle would never start.
bool Reaches(const catalog::CatalogState& state, const std::vector<std::string>& from, const std::string& id) {
  std::set<std::string> seen;
  std::vector<std::string> open = from;
  while (!open.empty()) {
    std::string next = std::move(open.back());
    open.pop_back();
    if (next == id) return true;
    if (!seen.insert(next).second) continue;
    ObjectRef task = state.ById(next);
    if (!task || !task->As<TaskInfo>()) continue;
    for (const std::string& before : task->As<TaskInfo>()->predecessor_ids) open.push_back(before);
  }
  return false;
}

Status CheckTask(Execution& run, const Object& task) {
  const auto& info = *task.As<TaskInfo>();
  if (!info.predecessor_ids.empty() && !info.schedule.empty()) {
    return Error(errors::kInvalidExpression, {"Task cannot have both a SCHEDULE and a predecessor."});
  }
  if (Reaches(run.context.state(), info.predecessor_ids, task.id)) {
    return Error(errors::kInvalidExpression, {"Task '" + task.name + "' cannot come after itself."});
  }
  return Ok();
}

Status Apply(Execution& run, sql::AlterTask& alter, Object* changed) {
  auto& info = *changed->As<TaskInfo>();
  if (std::holds_alternative<sql::ResumeTask>(alter.action)) {
    if (info.predecessor_ids.empty() && info.schedule.empty() && info.condition.empty()) {
      return Error(errors::kInvalidExpression, {"Task '" + changed->name + "' has no SCHEDULE and no predecessor."});
    }
    info.started = true;
    info.started_on = run.context.now;
  } else if (std::holds_alternative<sql::SuspendTask>(alter.action)) {
    info.started = false;
  } else if (auto* change = std::get_if<sql::ChangePredecessors>(&alter.action)) {
    FIRN_ASSIGN(auto ids, TaskIds(run, change->tasks, *changed));
    for (const std::string& id : ids) {
      std::erase(info.predecessor_ids, id);
      if (change->add) info.predecessor_ids.push_back(id);
    }
  } else if (auto* text = std::get_if<sql::ModifyTaskText>(&alter.action)) {
    info.text = text->text;
  } else if (auto* condition = std::get_if<sql::ModifyTaskCondition>(&alter.action)) {
    info.condition = condition->condition;
  } else if (auto* set = std::get_if<sql::SetOptions>(&alter.action)) {
    for (const sql::Option& option : set->options) FIRN_TRY(SetOption(run, option, changed));
  } else {
    for (const std::string& name : std::get<sql::UnsetOptions>(alter.action).names) {
      FIRN_TRY(UnsetOption(name, changed));
    }
  }
  return Ok();
}

}  // namespace

Result<Answer> Execute(Execution& run, sql::CreateTask& create) {
  FIRN_ASSIGN(Creation creation, BeginCreate(run, ObjectKind::kTask, &create.name, create.mode, "CREATE TASK"));
  if (creation.done) return AlreadyThere(run, creation);
  TaskInfo info;
  info.text = create.text;
  info.condition = create.condition;
  Object task = catalog::NewObject(info, creation.place.parent_id, creation.place.name.name, run.session.role);
  for (const sql::Option& option : create.options) FIRN_TRY(SetOption(run, option, &task));
  FIRN_ASSIGN(task.As<TaskInfo>()->predecessor_ids, TaskIds(run, create.after, task));
  FIRN_TRY(CheckTask(run, task));
  return FinishCreate(run, creation, std::move(task));
}

Result<Answer> Execute(Execution& run, sql::AlterTask& alter) {
  FIRN_ASSIGN(ObjectRef task, FindObject(run, ObjectKind::kTask, &alter.name, "ALTER TASK", alter.if_exists));
  if (!task) return Succeeded(run);
  bool state_only =
      std::holds_alternative<sql::ResumeTask>(alter.action) || std::holds_alternative<sql::SuspendTask>(alter.action);
  if (!state_only && task->As<TaskInfo>()->started) {
    return Error(errors::kInvalidExpression,
                 {"Unable to update graph with root task " + task->name + " since that root task is not suspended."});
  }
  Object changed = *task;
  FIRN_TRY(Apply(run, alter, &changed));
  FIRN_TRY(CheckTask(run, changed));
  ChangeObject(run, task, std::move(changed));
  return Succeeded(run);
}

Result<Answer> Execute(Execution& run, sql::ExecuteTask& execute) {
  FIRN_ASSIGN(ObjectRef task, FindObject(run, ObjectKind::kTask, &execute.name, "EXECUTE TASK"));
  if (!task->As<TaskInfo>()->predecessor_ids.empty()) {
    return Error(errors::kInvalidExpression,
                 {"EXECUTE TASK is for root tasks; '" + task->name + "' has a predecessor."});
  }
  catalog::RunRecord record;
  record.id = NewUuid();
  record.object_id = task->id;
  record.graph_run_id = record.id;
  record.trigger = "EXECUTE TASK";
  record.scheduled = run.context.now;
  run.transaction().AddRun({std::move(record), std::nullopt});
  return StatusAnswer(run, "Task " + task->name + " is scheduled to run immediately.");
}

}  // namespace firn::statements

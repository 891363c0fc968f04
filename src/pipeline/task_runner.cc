#include "pipeline/task_runner.h"

#include <unistd.h>

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "base/errors.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/schedule.h"
#include "pipeline/registry/expansion.h"
#include "pipeline/registry/registry.h"
#include "session/session.h"
#include "sql/printer.h"
#include "statements/run.h"

namespace firn::pipeline {

using catalog::ObjectKind;
using catalog::ObjectRef;
using catalog::RunRecord;
using catalog::RunRef;
using catalog::RunState;
using catalog::TaskInfo;

namespace {

constexpr int kMissedRunsMax = 100000;  ///< due times that are looked through after a long downtime
constexpr int kRefreshFailuresMax = 5;  ///< in a row; then a dynamic table is suspended, as in Snowflake
constexpr size_t kRunsLookedAt = 100;   ///< of a predecessor, for the graph run at hand

/// The same for every process that sees the same thing due.
std::string RunId(const std::string& task_id, const std::string& what) {
  std::string hash = Sha256(task_id + "/" + what);
  std::string hex = HexLower({reinterpret_cast<const uint8_t*>(hash.data()), 16});
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20);
}

RunRecord NewRun(const catalog::Object& task, std::string id, const char* trigger, Micros scheduled) {
  RunRecord run;
  run.id = std::move(id);
  run.object_id = task.id;
  run.graph_run_id = run.id;
  run.trigger = trigger;
  run.scheduled = scheduled;
  return run;
}

std::vector<ObjectRef> InAllSchemas(const catalog::CatalogState& state, ObjectKind kind) {
  std::vector<ObjectRef> objects;
  for (const ObjectRef& database : state.Children("", ObjectKind::kDatabase)) {
    for (const ObjectRef& schema : state.Children(database->id, ObjectKind::kSchema)) {
      for (ObjectRef& object : state.Children(schema->id, kind)) objects.push_back(std::move(object));
    }
  }
  return objects;
}

/// Dynamic tables that are not suspended, each with its lag. DOWNSTREAM is the least of those that read it, none where
/// nobody does.
std::vector<std::pair<ObjectRef, Micros>> TablesWithLag(const catalog::CatalogState& state) {
  std::map<std::string, std::pair<ObjectRef, Micros>> tables;  // by id
  constexpr Micros kNever = std::numeric_limits<Micros>::max();
  for (const ObjectRef& table : InAllSchemas(state, ObjectKind::kTable)) {
    const auto& dynamic = table->As<catalog::TableInfo>()->dynamic;
    if (!dynamic || dynamic->suspended) continue;
    tables[table->id] = {table, TargetLag(dynamic->target_lag).value_or(kNever)};
  }
  for (size_t round = 0; round < tables.size(); ++round) {  // a chain is as long as there are tables
    bool changed = false;
    for (const auto& [id, entry] : tables) {
      for (const std::string& input : entry.first->As<catalog::TableInfo>()->dynamic->input_ids) {
        auto found = tables.find(input);
        if (found == tables.end() || entry.second >= found->second.second) continue;
        if (found->second.first->As<catalog::TableInfo>()->dynamic->target_lag != "DOWNSTREAM") continue;
        found->second.second = entry.second;
        changed = true;
      }
    }
    if (!changed) break;
  }
  std::vector<std::pair<ObjectRef, Micros>> due;
  for (auto& [id, entry] : tables) {
    if (entry.second != kNever) due.push_back(std::move(entry));
  }
  return due;
}

bool InputsChanged(const catalog::CatalogState& state, const catalog::Object& table) {
  catalog::Offsets offsets = state.OffsetsOf(table.id);
  for (const std::string& input : table.As<catalog::TableInfo>()->dynamic->input_ids) {
    const catalog::TableHead* head = state.Head(input);
    auto seen = offsets.find(input);
    const bool has_rows = head && head->snapshot_id, had_rows = seen != offsets.end();
    if (has_rows != had_rows || (has_rows && *head->snapshot_id != seen->second)) return true;
  }
  return state.RunsOf(table.id, 1).empty();
}

/// The last time due that is not after `now`: after downtime a task runs once, not once for every time missed.
std::optional<Micros> LastDue(const Schedule& schedule, Micros from, Micros now) {
  std::optional<Micros> due;
  if (schedule.interval() > 0) {
    if (now < from + schedule.interval()) return due;
    return from + (now - from) / schedule.interval() * schedule.interval();
  }
  Micros at = from;
  for (int i = 0; i < kMissedRunsMax; ++i) {
    auto next = schedule.Next(at);
    if (!next || *next > now) break;
    due = at = *next;
  }
  return due;
}

RunRef InGraph(const catalog::CatalogState& state, const std::string& task_id, const std::string& graph_run_id) {
  for (const RunRef& run : state.RunsOf(task_id, kRunsLookedAt)) {
    if (run->graph_run_id == graph_run_id) return run;
  }
  return nullptr;
}

bool HasOpenRun(const catalog::CatalogState& state, const std::string& task_id) {
  for (const RunRef& run : state.OpenRuns()) {
    if (run->object_id == task_id) return true;
  }
  return false;
}

}  // namespace

struct TaskRunner::Work {
  ObjectRef object;  ///< a task or a dynamic table
  RunRecord run;
  engine::CancelToken cancel;
};

TaskRunner::TaskRunner(session::Node& node, TaskRunnerOptions options)
    : node_(node), options_(std::move(options)), name_(std::to_string(getpid()) + "-" + NewUuid()) {
  if (options_.workers == 0) return;
  threads_.emplace_back([this] { LookAround(); });
  for (int i = 0; i < options_.workers; ++i) threads_.emplace_back([this] { RunWorker(); });
}

TaskRunner::~TaskRunner() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
    for (const WorkPtr& work : running_) work->cancel.Cancel();
  }
  wake_.notify_all();
  options_.bell->Ring();
  for (std::thread& thread : threads_) thread.join();
}

void TaskRunner::LookAround() {
  Micros next = 0;
  std::unique_lock lock(mutex_);
  while (!closing_) {
    lock.unlock();
    const Micros now = node_.clock->Now();
    const bool all = now >= next || next > now + options_.look_every;
    if (all) next = now + options_.look_every;
    step_due_ = now + std::min(options_.steps_every, options_.look_every);
    Status looked = all ? Look() : LookForSteps();
    if (!looked.ok()) log::warn("tasks: {}", looked.error().Message());
    if (all) RenewLeases();
    options_.bell->Hear(std::chrono::microseconds(std::max<Micros>(0, step_due_ - node_.clock->Now())));
    lock.lock();
  }
}

Status TaskRunner::LookForSteps() {
  catalog::StatePtr state = node_.catalog->Current();
  for (const ObjectRef& task : InAllSchemas(*state, ObjectKind::kTask)) {
    auto pipe = task->options.find(kPipelineOption);
    if (pipe == task->options.end() || !task->As<TaskInfo>()->started) continue;
    FIRN_TRY(TakeStep(state, task, pipe->second));
  }
  return Ok();
}

void TaskRunner::RunWorker() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [&] { return closing_ || !queue_.empty(); });
    if (closing_) return;
    WorkPtr work = std::move(queue_.front());
    queue_.erase(queue_.begin());
    lock.unlock();
    Execute(*work);
    lock.lock();
    running_.erase(work);
  }
}

void TaskRunner::RenewLeases() {
  std::vector<RunRecord> late;
  Micros now = node_.clock->Now();
  {
    std::lock_guard lock(mutex_);
    for (const WorkPtr& work : running_) {
      if (work->run.lease - now > options_.lease * 2 / 3) continue;
      work->run.lease = now + options_.lease;
      late.push_back(work->run);
    }
  }
  for (RunRecord& run : late) {
    if (auto put = Put(std::move(run), RunState::kExecuting); !put.ok()) {
      log::warn("tasks: a lease could not be renewed: {}", put.error().Message());
    }
  }
}

/// A run that was cancelled keeps that record; its process stops what it runs.
void TaskRunner::StopCancelled(const catalog::CatalogState& state) {
  std::lock_guard lock(mutex_);
  for (const WorkPtr& work : running_) {
    RunRef run = state.Run(work->run.id);
    if (run && run->state == RunState::kCancelled) work->cancel.Cancel();
  }
}

Status TaskRunner::Look() {
  FIRN_ASSIGN(catalog::StatePtr state, node_.catalog->Head());
  StopCancelled(*state);
  FIRN_TRY(TakeRequested(state));
  for (const ObjectRef& task : InAllSchemas(*state, ObjectKind::kTask)) {
    const auto& info = *task->As<TaskInfo>();
    if (!info.started) continue;
    if (auto pipe = task->options.find(kPipelineOption); pipe != task->options.end()) {
      FIRN_TRY(TakeStep(state, task, pipe->second));
    } else if (!info.schedule.empty()) {
      FIRN_TRY(TakeScheduled(state, task));
    } else if (!info.predecessor_ids.empty()) {
      FIRN_TRY(TakeAfter(state, task));
    } else if (state->position() != looked_at_) {
      FIRN_TRY(TakeTriggered(state, task));
    }
  }
  for (const auto& [table, lag] : TablesWithLag(*state)) FIRN_TRY(TakeRefresh(state, table, lag));
  looked_at_ = state->position();
  return Ok();
}

Status TaskRunner::TakeStep(const catalog::StatePtr& state, const ObjectRef& task, const std::string& pipe_id) {
  // The stream is asked without a statement: this is looked at all the time.
  ObjectRef pipe = state->ById(pipe_id);
  const catalog::PipeInfo* info = pipe ? pipe->As<catalog::PipeInfo>() : nullptr;
  const catalog::TableHead* head = info ? state->Head(info->table_id) : nullptr;
  if (!head || !head->snapshot_id) return Ok();
  if (auto settled = settled_.find(task->id); settled != settled_.end() && settled->second == head->position) {
    return Ok();
  }
  auto pipeline = PipelineOfPipe(*state, pipe_id);
  if (!pipeline.ok() || !pipeline->stream || HasOpenRun(*state, task->id)) return Ok();
  const catalog::Offsets offsets = state->OffsetsOf(pipeline->stream->id);
  const auto seen = offsets.find(std::string(catalog::kSnapshotOffset));
  if (seen != offsets.end() && seen->second == *head->snapshot_id) {
    settled_[task->id] = head->position;
    return Ok();
  }
  const Micros now = node_.clock->Now();
  std::vector<RunRef> last = state->RunsOf(task->id, 1);
  if (const Micros due = last.empty() ? 0 : last[0]->scheduled + pipeline->spec.target_lag / 2; now < due) {
    step_due_ = std::min(step_due_, due);
    return Ok();
  }
  std::string id = RunId(task->id, "position " + std::to_string(state->position()));
  if (state->Run(id)) return Ok();
  FIRN_TRY(Take(task, NewRun(*task, std::move(id), "STREAM", now), std::nullopt));
  return Ok();
}

Status TaskRunner::TakeRefresh(const catalog::StatePtr& state, const ObjectRef& table, Micros lag) {
  if (HasOpenRun(*state, table->id) || !InputsChanged(*state, *table)) return Ok();
  Micros now = node_.clock->Now();
  std::vector<RunRef> last = state->RunsOf(table->id, 1);
  if (!last.empty() && now < last[0]->scheduled + lag / 2) return Ok();
  std::string id = RunId(table->id, "position " + std::to_string(state->position()));
  if (state->Run(id)) return Ok();
  FIRN_TRY(Take(table, NewRun(*table, std::move(id), "SCHEDULED", now), std::nullopt));
  return Ok();
}

/// What EXECUTE TASK asked for, and what a process that is gone has left behind.
Status TaskRunner::TakeRequested(const catalog::StatePtr& state) {
  Micros now = node_.clock->Now();
  for (const RunRef& run : state->OpenRuns()) {
    ObjectRef task = state->ById(run->object_id);
    if (!task) continue;
    bool left = run->state == RunState::kExecuting && run->node != name_ && run->lease <= now;
    if (run->state != RunState::kRequested && !left) continue;
    FIRN_TRY(Take(task, *run, run->state));
  }
  return Ok();
}

Status TaskRunner::TakeScheduled(const catalog::StatePtr& state, const ObjectRef& task) {
  const auto& info = *task->As<TaskInfo>();
  FIRN_ASSIGN(Schedule schedule, Schedule::Parse(info.schedule));
  Micros from = info.started_on;
  for (const RunRef& run : state->RunsOf(task->id, kRunsLookedAt)) {
    if (run->trigger != "SCHEDULE") continue;
    from = std::max(from, run->scheduled);
    break;
  }
  auto due = LastDue(schedule, from, node_.clock->Now());
  if (!due) return Ok();
  RunRecord run = NewRun(*task, RunId(task->id, std::to_string(*due)), "SCHEDULE", *due);
  if (!info.allow_overlap && HasOpenRun(*state, task->id)) {
    run.state = RunState::kSkipped;
    run.ended = node_.clock->Now();
    run.error_message = "the run before was not over";
    FIRN_TRY(Put(std::move(run), std::nullopt));
    return Ok();
  }
  FIRN_TRY(Take(task, std::move(run), std::nullopt));
  return Ok();
}

Status TaskRunner::TakeAfter(const catalog::StatePtr& state, const ObjectRef& task) {
  const auto& before = task->As<TaskInfo>()->predecessor_ids;
  std::vector<RunRef> latest = state->RunsOf(before.front(), 1);
  if (latest.empty()) return Ok();
  const std::string graph = latest.front()->graph_run_id;
  if (InGraph(*state, task->id, graph)) return Ok();
  bool any_succeeded = false, any_failed = false;
  for (const std::string& id : before) {
    RunRef run = InGraph(*state, id, graph);
    if (!run || !IsOver(run->state)) return Ok();
    any_succeeded = any_succeeded || run->state == RunState::kSucceeded;
    any_failed = any_failed || (run->state != RunState::kSucceeded && run->state != RunState::kSkipped);
  }
  // What ended before this task was started is not made up for.
  if (latest.front()->ended < task->As<TaskInfo>()->started_on) return Ok();
  RunRecord run = NewRun(*task, RunId(task->id, graph), "PREDECESSOR", node_.clock->Now());
  run.graph_run_id = graph;
  if (!any_failed && any_succeeded) {
    FIRN_TRY(Take(task, std::move(run), std::nullopt));
    return Ok();
  }
  run.state = any_failed ? RunState::kUpstreamFailed : RunState::kSkipped;
  run.ended = run.scheduled;
  run.error_message = any_failed ? "a predecessor did not succeed" : "every predecessor was skipped";
  FIRN_TRY(Put(std::move(run), std::nullopt));
  return Ok();
}

namespace {

/// Where the task's statement runs: its schema, its owner's role, its own parameters.
Status SetUp(session::Session& session, const catalog::CatalogState& state, const catalog::Object& task) {
  ObjectRef schema = state.ById(task.parent_id);
  if (!schema || !state.IsAlive(*schema)) return Error(errors::kObjectNotFound, {task.name});
  session.database = state.ById(schema->parent_id)->name;
  session.schema = schema->name;
  session.warehouse = task.As<TaskInfo>()->warehouse;
  for (const auto& [name, value] : task.options) {
    if (session::FindParameter(name)) FIRN_TRY(session.parameters.Set(name, value));
  }
  int64_t seconds = (task.As<TaskInfo>()->timeout_ms + 999) / 1000;
  return session.parameters.Set("STATEMENT_TIMEOUT_IN_SECONDS", std::to_string(seconds));
}

Result<session::Answer> RunIn(session::Session& session, std::string text, std::string request_id, std::string query_id,
                              engine::CancelToken& cancel) {
  statements::Request request;
  request.text = std::move(text);
  request.request_id = std::move(request_id);
  request.query_id = std::move(query_id);
  return statements::Run(session, request, cancel);
}

/// The one value of a query, as text.
Result<std::string> FirstCell(session::Answer& answer) {
  if (!answer.stream) return answer.rows.empty() ? std::string() : answer.rows[0][0].value_or("");
  std::string text;
  bool first = true;
  while (true) {
    FIRN_ASSIGN(auto batch, answer.stream->Next());
    if (!batch) return text;
    if (first && batch->rows() > 0 && !batch->IsNull(0, 0)) text = batch->Text(0, 0);
    first = first && batch->rows() == 0;
  }
}

void KeepCounts(const session::Answer& answer, RunRecord* run) {
  if (!answer.counts) return;
  run->counts["rows_inserted"] = answer.counts->inserted;
  run->counts["rows_updated"] = answer.counts->updated;
  run->counts["rows_deleted"] = answer.counts->deleted;
}

/// WHEN, asked now.
Result<bool> ConditionHolds(session::Node& node, const catalog::CatalogState& state, const catalog::Object& task,
                            engine::CancelToken& cancel) {
  session::Session session(node, static_cast<int64_t>(RandomU64() >> 1), statements::kSystemUser, task.owner);
  FIRN_TRY(SetUp(session, state, task));
  std::string text = "SELECT IFF(" + task.As<TaskInfo>()->condition + ", 1, 0)";
  FIRN_ASSIGN(auto answer, RunIn(session, std::move(text), "", NewQueryId(), cancel));
  FIRN_ASSIGN(std::string held, FirstCell(answer));
  return held == "1";
}

}  // namespace

/// A task without schedule and predecessor waits for its condition. Its runs are told apart by the log's position.
Status TaskRunner::TakeTriggered(const catalog::StatePtr& state, const ObjectRef& task) {
  if (task->As<TaskInfo>()->condition.empty() || HasOpenRun(*state, task->id)) return Ok();
  engine::CancelToken cancel;
  auto held = ConditionHolds(node_, *state, *task, cancel);
  if (!held.ok()) log::warn("task {}: its condition failed: {}", state->FullName(*task), held.error().Message());
  if (!held.ok() || !*held) return Ok();
  std::string id = RunId(task->id, "position " + std::to_string(state->position()));
  FIRN_TRY(Take(task, NewRun(*task, std::move(id), "STREAM", node_.clock->Now()), std::nullopt));
  return Ok();
}

Result<bool> TaskRunner::Put(RunRecord run, std::optional<RunState> expected) {
  catalog::Transaction transaction;
  transaction.runs.push_back({std::move(run), expected});
  auto committed = node_.catalog->Commit(std::move(transaction));
  if (committed.ok()) return true;
  if (committed.error().Is(errors::kConflict)) return false;
  return std::move(committed).error();
}

Result<bool> TaskRunner::Take(const ObjectRef& object, RunRecord run, std::optional<RunState> expected) {
  Micros now = node_.clock->Now();
  run.state = RunState::kExecuting;
  run.node = name_;
  run.started = now;
  run.lease = now + options_.lease;
  if (run.query_id.empty()) run.query_id = NewQueryId();
  FIRN_ASSIGN(bool taken, Put(run, expected));
  if (!taken) return false;
  auto work = std::make_shared<Work>();
  work->object = object;
  work->run = std::move(run);
  if (options_.workers == 0) {
    Execute(*work);
    return true;
  }
  {
    std::lock_guard lock(mutex_);
    queue_.push_back(work);
    running_.insert(work);
  }
  wake_.notify_all();
  return true;
}

Status TaskRunner::Attempt(Work& work) { return work.object->As<TaskInfo>() ? RunTask(work) : RunRefresh(work); }

Status TaskRunner::RunRefresh(Work& work) {
  catalog::StatePtr state = node_.catalog->Current();
  session::Session session(node_, static_cast<int64_t>(RandomU64() >> 1), statements::kSystemUser, work.object->owner);
  ObjectRef schema = state->ById(work.object->parent_id);
  if (!schema || !state->IsAlive(*work.object)) return Error(errors::kObjectNotFound, {work.object->name});
  std::string name = sql::QuoteIdent(state->ById(schema->parent_id)->name) + "." + sql::QuoteIdent(schema->name) + "." +
                     sql::QuoteIdent(work.object->name);
  // Again after a lost process is no second effect: the inputs' offsets are in the refresh's commit.
  FIRN_ASSIGN(auto answer,
              RunIn(session, "ALTER DYNAMIC TABLE " + name + " REFRESH", "", work.run.query_id, work.cancel));
  KeepCounts(answer, &work.run);
  work.run.state = RunState::kSucceeded;
  return Ok();
}

Status TaskRunner::RunTask(Work& work) {
  const auto& info = *work.object->As<TaskInfo>();
  if (auto pipe = work.object->options.find(kPipelineOption); pipe != work.object->options.end()) {
    if (!options_.step) return Error(errors::kUnsupported, {"the merge of a pipeline in this process"});
    work.cancel.SetTimeout((info.timeout_ms + 999) / 1000);
    FIRN_ASSIGN(work.run.counts,
                options_.step({node_, work.object, pipe->second, work.run.id, work.run.query_id, work.cancel}));
    work.run.state = RunState::kSucceeded;
    return Ok();
  }
  session::Session session(node_, static_cast<int64_t>(RandomU64() >> 1), statements::kSystemUser, work.object->owner);
  FIRN_TRY(SetUp(session, *node_.catalog->Current(), *work.object));
  bool asked = work.run.trigger == "EXECUTE TASK" || work.run.trigger == "STREAM";
  if (!info.condition.empty() && !asked) {
    FIRN_ASSIGN(bool held, ConditionHolds(node_, *node_.catalog->Current(), *work.object, work.cancel));
    if (!held) {
      work.run.state = RunState::kSkipped;
      work.run.error_message = "the condition of WHEN is false";
      return Ok();
    }
  }
  std::string request_id = "task/" + work.run.id + "/" + std::to_string(work.run.attempt);
  FIRN_ASSIGN(auto answer, RunIn(session, info.text, request_id, work.run.query_id, work.cancel));
  KeepCounts(answer, &work.run);
  FIRN_TRY(FirstCell(answer));
  work.run.state = RunState::kSucceeded;
  return Ok();
}

void TaskRunner::Execute(Work& work) {
  const TaskInfo* task = work.object->As<TaskInfo>();
  int retries = task ? task->retries : 0;
  Micros pause = options_.retry_pause;
  while (true) {
    Status status = Attempt(work);
    bool again = !status.ok() && work.run.attempt <= retries && !work.cancel.canceled();
    if (!again) return Finish(work, status);
    log::warn("task {}: attempt {} failed: {}", work.object->name, work.run.attempt, status.error().Message());
    node_.clock->Sleep(std::chrono::microseconds(pause));
    pause *= 2;
    ++work.run.attempt;
    work.run.query_id = NewQueryId();
  }
}

void TaskRunner::Finish(Work& work, const Status& status) {
  // A process that is being closed leaves its runs to the next one.
  if (work.cancel.canceled()) return;
  RunRecord run = work.run;
  run.ended = node_.clock->Now();
  if (!status.ok()) {
    run.state = RunState::kFailed;
    run.error_code = status.error().Code();
    run.error_message = status.error().Message();
    log::warn("task {} failed: {}", work.object->name, run.error_message);
  }
  {
    std::lock_guard lock(mutex_);
    work.run.lease = run.ended + options_.lease * 2;  // nothing to be renewed any more
  }
  auto put = Put(std::move(run), RunState::kExecuting);
  if (!put.ok()) log::error("task {}: its end could not be kept: {}", work.object->name, put.error().Message());
  options_.bell->Ring();
  if (status.ok()) return;
  if (Status suspended = SuspendAfterFailures(work.object); !suspended.ok()) {
    log::warn("task {} could not be suspended: {}", work.object->name, suspended.error().Message());
  }
}

Status TaskRunner::SuspendAfterFailures(const ObjectRef& object) {
  FIRN_ASSIGN(catalog::StatePtr state, node_.catalog->Head());
  ObjectRef now = state->ById(object->id);
  if (!now || !state->IsAlive(*now)) return Ok();
  const TaskInfo* task = now->As<TaskInfo>();
  int most = task ? task->suspend_after_failures : kRefreshFailuresMax;
  if (most == 0 || (task && !task->started)) return Ok();
  int failures = 0;
  for (const RunRef& run : state->RunsOf(object->id, static_cast<size_t>(most))) {
    if (run->state != RunState::kFailed || (task && run->scheduled < task->started_on)) break;
    ++failures;
  }
  if (failures < most) return Ok();
  catalog::Object changed = *now;
  if (task) {
    changed.As<TaskInfo>()->started = false;
  } else {
    auto& dynamic = *changed.As<catalog::TableInfo>()->dynamic;
    dynamic.suspended = true;
    dynamic.suspend_reason = "SUSPENDED_DUE_TO_ERRORS";
  }
  log::warn("{} is suspended after {} failures", state->FullName(*now), failures);
  catalog::Transaction transaction;
  transaction.objects.push_back(catalog::ObjectChange::Alter(*now, std::move(changed)));
  FIRN_TRY(node_.catalog->Commit(std::move(transaction)));
  return Ok();
}

}  // namespace firn::pipeline

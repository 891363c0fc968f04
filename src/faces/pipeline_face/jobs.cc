// /v1/jobs and /v1/runs. Runs are those of the catalog (catalog/runs.h), of all tasks and dynamic tables.
#include <algorithm>

#include "base/errors.h"
#include "base/ids.h"
#include "faces/pipeline_face/job_definition.h"
#include "faces/pipeline_face/job_json.h"
#include "faces/pipeline_face/problem.h"
#include "faces/pipeline_face/run_sql.h"
#include "sql/printer.h"

namespace firn::faces {

namespace {

namespace json = boost::json;
using catalog::CatalogState;
using catalog::Object;
using catalog::ObjectKind;
using catalog::ObjectRef;
using catalog::RunRecord;
using catalog::RunRef;
using catalog::RunState;

constexpr const char* kGold = "GOLD";
constexpr size_t kRunsListed = 100;
constexpr size_t kRunsListedMax = 1000;
constexpr std::string_view kInput = "input.", kOutput = "output.";

bool IsJob(const Object& object) {
  const auto* table = object.As<catalog::TableInfo>();
  return object.As<catalog::TaskInfo>() || (table && table->dynamic);
}

}  // namespace

ObjectRef FindJob(const CatalogState& state, std::string_view domain, std::string_view name) {
  ObjectRef table = state.InSchema(domain, kGold, ObjectKind::kTable, name);
  if (table && IsJob(*table)) return table;
  if (ObjectRef task = state.InSchema(domain, kGold, ObjectKind::kTask, name)) return task;
  return state.InSchema(domain, kGold, ObjectKind::kTask, std::string(name) + std::string(kTaskSuffix));
}

json::object RunJson(const CatalogState& state, const RunRecord& run) {
  json::object counts, input, output;
  for (const auto& [name, count] : run.counts) {
    if (name.starts_with(kInput)) {
      input[NameOf(state, name.substr(kInput.size()))] = std::to_string(count);
    } else if (name.starts_with(kOutput)) {
      output[NameOf(state, name.substr(kOutput.size()))] = std::to_string(count);
    } else {
      counts[name] = count;
    }
  }
  auto text = [](const std::string& value) { return value.empty() ? json::value(nullptr) : json::value(value); };
  return {{"run_id", run.id},
          {"job", NameOf(state, run.object_id)},
          {"graph_run_id", run.graph_run_id},
          {"trigger", run.trigger},
          {"state", Name(run.state)},
          {"attempt", run.attempt},
          {"queued", MomentJson(run.scheduled)},
          {"started", MomentJson(run.started)},
          {"ended", MomentJson(run.ended)},
          {"query_id", text(run.query_id)},
          {"error_code", text(run.error_code)},
          {"error_message", text(run.error_message)},
          {"counts", std::move(counts)},
          {"input_snapshots", std::move(input)},
          {"output_snapshots", std::move(output)}};
}

json::object JobJson(const CatalogState& state, const Object& object) {
  ObjectRef schema = state.ById(object.parent_id);
  json::object out{{"domain", state.ById(schema->parent_id)->name},
                   {"layer", schema->name},
                   {"name", object.name},
                   {"comment", object.comment}};
  if (const auto* task = object.As<catalog::TaskInfo>()) {
    json::array after;
    for (const std::string& id : task->predecessor_ids) after.push_back(json::string(NameOf(state, id)));
    out["kind"] = "task";
    out["statement"] = task->text;
    out["schedule"] = task->schedule;
    out["condition"] = task->condition;
    out["after"] = std::move(after);
    out["state"] = task->started ? "started" : "suspended";
  } else {
    const catalog::DynamicInfo& dynamic = *object.As<catalog::TableInfo>()->dynamic;
    out["kind"] = "dynamic_table";
    out["statement"] = dynamic.query;
    out["target_lag"] = dynamic.target_lag;
    out["refresh_mode"] = dynamic.mode;
    out["refresh_mode_reason"] = dynamic.mode_reason;
    out["state"] = dynamic.suspended ? "suspended" : "started";
  }
  std::vector<RunRef> runs = state.RunsOf(object.id, 1);
  out["last_run"] = runs.empty() ? json::value(nullptr) : json::value(RunJson(state, *runs[0]));
  return out;
}

bool MaySeeJob(const Visit& visit, const Object& object) {
  return visit.access.Allows(Right::kJobsRun) || MaySee(*visit.state, visit.access, object);
}

std::vector<ObjectRef> JobsOf(const Visit& visit, bool gold_only) {
  std::vector<ObjectRef> jobs;
  for (const ObjectRef& database : visit.state->Children("", ObjectKind::kDatabase)) {
    for (const ObjectRef& schema : visit.state->Children(database->id, ObjectKind::kSchema)) {
      if (gold_only && !EqualsIgnoreCase(schema->name, kGold)) continue;
      for (ObjectKind kind : {ObjectKind::kTable, ObjectKind::kTask}) {
        for (const ObjectRef& object : visit.state->Children(schema->id, kind)) {
          if (IsJob(*object) && MaySeeJob(visit, *object)) jobs.push_back(object);
        }
      }
    }
  }
  return jobs;
}

namespace {

http::Response ListJobs(const Visit& visit) {
  const std::string_view domain = visit.request.QueryParameter("domain").value_or("");
  json::array jobs;
  for (const ObjectRef& job : JobsOf(visit, true)) {
    json::object row = JobJson(*visit.state, *job);
    if (domain.empty() || EqualsIgnoreCase(std::string(row["domain"].as_string()), domain)) {
      jobs.push_back(std::move(row));
    }
  }
  return JsonAnswer(200, json::object{{"jobs", std::move(jobs)}});
}

http::Response GetJob(const Visit& visit) {
  ObjectRef job = JobOf(visit);
  return job ? JsonAnswer(200, JobJson(*visit.state, *job)) : NoSuchJob(visit);
}

}  // namespace

http::Response NoSuchJob(const Visit& visit) {
  return ProblemAnswer(visit.request, problems::kNotFound, "There is no such job.");
}

ObjectRef JobOf(const Visit& visit) {
  ObjectRef job = FindJob(*visit.state, visit.request.PathParameter("domain"), visit.request.PathParameter("job"));
  return job && MaySeeJob(visit, *job) ? job : nullptr;
}

Result<RunRecord> RequestRun(const Visit& visit, const Object& job, const char* trigger) {
  catalog::Transaction transaction;
  RunRecord run;
  run.id = NewUuid();
  run.object_id = job.id;
  run.graph_run_id = run.id;
  run.trigger = trigger;
  run.scheduled = visit.node.clock->Now();
  transaction.runs.push_back({run, std::nullopt});
  FIRN_TRY(visit.node.catalog->Commit(std::move(transaction)));
  return run;
}

namespace {

http::Response Requested(const Visit& visit, const Object& job, const char* trigger) {
  auto run = RequestRun(visit, job, trigger);
  return run.ok() ? JsonAnswer(202, RunJson(*visit.state, *run)) : FailureAnswer(visit.request, run.error());
}

const JobForm kForm{"name", [](const catalog::CatalogState&, const json::value& body) { return ReadJob(body); },
                    JobJson};

/// As a statement names it: TASK "DB"."GOLD"."X".
std::string KindAndName(const catalog::CatalogState& state, const Object& job) {
  ObjectRef schema = state.ById(job.parent_id);
  return (job.As<catalog::TaskInfo>() ? "TASK " : "DYNAMIC TABLE ") +
         sql::QuoteIdent(state.ById(schema->parent_id)->name) + "." + sql::QuoteIdent(schema->name) + "." +
         sql::QuoteIdent(job.name);
}

/// "{job}:run" | ":suspend" | ":resume"
http::Response ActOnJob(const Visit& visit) {
  if (!visit.access.Allows(Right::kJobsRun)) return Forbidden(visit.request, visit.access, Right::kJobsRun);
  const std::string_view text = visit.request.PathParameter("job");
  const size_t colon = std::min(text.rfind(':'), text.size());
  const std::string_view action = text.substr(colon);
  ObjectRef job = FindJob(*visit.state, visit.request.PathParameter("domain"), text.substr(0, colon));
  if (!job) return NoSuchJob(visit);
  if (action == ":run") return Requested(visit, *job, "MANUAL");
  if (action != ":suspend" && action != ":resume") {
    return ProblemAnswer(visit.request, problems::kNotFound, "A job takes :run, :suspend and :resume.");
  }
  auto done = RunSql(visit.node, visit.access,
                     "ALTER " + KindAndName(*visit.state, *job) + (action == ":resume" ? " RESUME" : " SUSPEND"));
  if (!done.ok()) return FailureAnswer(visit.request, done.error());
  auto state = visit.node.catalog->Head();
  if (!state.ok()) return FailureAnswer(visit.request, state.error());
  ObjectRef now = (*state)->ById(job->id);
  return JsonAnswer(200, JobJson(**state, now ? *now : *job));
}

}  // namespace

http::Response DropJob(const Visit& visit) {
  if (!visit.access.Allows(Right::kPipelinesWrite)) {
    return Forbidden(visit.request, visit.access, Right::kPipelinesWrite);
  }
  ObjectRef job = FindJob(*visit.state, visit.request.PathParameter("domain"), visit.request.PathParameter("job"));
  if (!job) return NoSuchJob(visit);
  auto done = RunSql(visit.node, visit.access, "DROP " + KindAndName(*visit.state, *job));
  if (!done.ok()) return FailureAnswer(visit.request, done.error());
  return http::Response{.status = 204, .content_type = ""};
}

namespace {

// --- runs ------------------------------------------------------------------------------------------------------------

/// Newest first, by the time they were due and their id: a place between two runs stays where it is.
bool Before(const RunRef& a, const RunRef& b) {
  return a->scheduled != b->scheduled ? a->scheduled > b->scheduled : a->id > b->id;
}

struct RunPlace {
  Micros scheduled = 0;
  std::string id;
};

std::optional<RunPlace> ReadPlace(std::string_view cursor) {
  std::string text;
  if (!FromBase64(cursor, &text) || text.find('/') == std::string::npos) return std::nullopt;
  RunPlace place;
  place.id = text.substr(text.find('/') + 1);
  const std::string time = text.substr(0, text.find('/'));
  if (time.empty() || time.size() > 18 || time.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  place.scheduled = std::stoll(time);
  return place;
}

http::Response ListRuns(const Visit& visit) {
  auto limit = ListLimit(visit.request, kRunsListed, kRunsListedMax);
  if (!limit.ok()) return FailureAnswer(visit.request, limit.error());
  const std::string_view job = visit.request.QueryParameter("job").value_or("");
  const std::string_view state = visit.request.QueryParameter("state").value_or("");
  const std::string_view cursor = visit.request.QueryParameter("cursor").value_or("");
  auto wanted = catalog::RunStateOf(Upper(state));
  if (!state.empty() && !wanted) return ProblemAnswer(visit.request, problems::kBadRequest, "state: not a run's state");
  auto place = ReadPlace(cursor);
  if (!cursor.empty() && !place)
    return ProblemAnswer(visit.request, problems::kBadCursor, "The cursor is not a place.");
  std::vector<RunRef> runs;
  for (const ObjectRef& object : JobsOf(visit, false)) {
    const std::string name = visit.state->FullName(*object);
    if (!job.empty() && !EqualsIgnoreCase(name, job) &&
        !EqualsIgnoreCase(name, std::string(job) + std::string(kTaskSuffix)))
      continue;
    for (const RunRef& run : visit.state->RunsOf(object->id)) {
      const bool behind =
          !place || run->scheduled < place->scheduled || (run->scheduled == place->scheduled && run->id < place->id);
      if (behind && (!wanted || run->state == *wanted)) runs.push_back(run);
    }
  }
  std::ranges::sort(runs, Before);
  json::array listed;
  for (size_t i = 0; i < runs.size() && i < *limit; ++i) listed.push_back(RunJson(*visit.state, *runs[i]));
  json::value next = nullptr;
  if (runs.size() > *limit) {
    const RunRecord& last = *runs[*limit - 1];
    next = json::string(Base64(std::to_string(last.scheduled) + "/" + last.id));
  }
  return JsonAnswer(200, json::object{{"runs", std::move(listed)}, {"cursor", std::move(next)}});
}

}  // namespace

std::pair<RunRef, ObjectRef> FindRun(const Visit& visit, std::string_view id) {
  RunRef run = visit.state->Run(id);
  ObjectRef object = run ? visit.state->ById(run->object_id) : nullptr;
  if (!object || !MaySeeJob(visit, *object)) return {};
  return {run, object};
}

namespace {

http::Response NoSuchRun(const Visit& visit) {
  return ProblemAnswer(visit.request, problems::kNotFound, "There is no such run; runs are kept for seven days.");
}

http::Response GetRun(const Visit& visit) {
  auto [run, object] = FindRun(visit, visit.request.PathParameter("id"));
  return run ? JsonAnswer(200, RunJson(*visit.state, *run)) : NoSuchRun(visit);
}

/// A run that goes on is told to stop: the process that runs it sees the record. What it has committed stays.
http::Response CancelRun(const Visit& visit, const RunRef& run) {
  if (IsOver(run->state)) return ProblemAnswer(visit.request, problems::kConflict, "The run is over.");
  RunRecord changed = *run;
  changed.state = RunState::kCancelled;
  changed.ended = visit.node.clock->Now();
  changed.error_message = "cancelled by " + visit.access.user;
  catalog::Transaction transaction;
  transaction.runs.push_back({changed, run->state});
  auto committed = visit.node.catalog->Commit(std::move(transaction));
  if (!committed.ok()) return FailureAnswer(visit.request, committed.error());
  return JsonAnswer(200, RunJson(*visit.state, changed));
}

/// "{id}:retry" | ":cancel"
http::Response ActOnRun(const Visit& visit) {
  if (!visit.access.Allows(Right::kJobsRun)) return Forbidden(visit.request, visit.access, Right::kJobsRun);
  const std::string_view text = visit.request.PathParameter("id");
  const size_t colon = std::min(text.rfind(':'), text.size());
  auto [run, object] = FindRun(visit, text.substr(0, colon));
  if (!run) return NoSuchRun(visit);
  if (text.substr(colon) == ":cancel") return CancelRun(visit, run);
  if (text.substr(colon) != ":retry") {
    return ProblemAnswer(visit.request, problems::kNotFound, "A run takes :retry and :cancel.");
  }
  if (!IsOver(run->state) || run->state == RunState::kSucceeded) {
    return ProblemAnswer(visit.request, problems::kConflict, "Only a run that has failed is run again.");
  }
  return Requested(visit, *object, "RETRY");
}

}  // namespace

std::vector<http::Route> JobRoutes(session::Node& node, session::Sessions& sessions) {
  const Gate gate(node, sessions);
  auto with = [&](Visitor visitor) { return Visiting(node, gate, std::move(visitor)); };
  constexpr auto kWorker = http::RunOn::kWorker;
  return {
      {"GET", "/v1/jobs", with(ListJobs), kWorker, "Jobs of the gold layers (`domain=`)."},
      {"GET", "/v1/jobs/{domain}/{job}", with(GetJob), kWorker, "A job and its last run."},
      {"POST", "/v1/jobs", with([](const Visit& visit) { return PutJob(visit, false, kForm); }), kWorker,
       "Makes a job: {domain, name, query, schedule | target_lag | after, write: {mode, key}}."},
      {"PUT", "/v1/jobs/{domain}/{job}", with([](const Visit& visit) { return PutJob(visit, true, kForm); }), kWorker,
       "Changes a job (`rebuild=true` makes its table anew)."},
      {"POST", "/v1/jobs/{domain}/{job}", with(ActOnJob), kWorker, "`{job}:run`, `:suspend`, `:resume`."},
      {"DELETE", "/v1/jobs/{domain}/{job}", with(DropJob), kWorker, "Drops a job; the table of a task stays."},
      {"GET", "/v1/runs", with(ListRuns), kWorker, "Runs, the newest first (`job=`, `state=`, `limit=`, `cursor=`)."},
      {"GET", "/v1/runs/{id}", with(GetRun), kWorker, "A run."},
      {"POST", "/v1/runs/{id}", with(ActOnRun), kWorker, "`{id}:retry`, `:cancel`."},
  };
}

}  // namespace firn::faces

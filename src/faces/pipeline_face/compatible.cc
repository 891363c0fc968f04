// The query side of the older API (contract 9.2): /consumption/query, /consumption/tables, /read_data, and the reading
// and running of /transform. Names that the catalog has in upper case are answered in lower case, as those clients
// know them. Refusals are problem details as everywhere; their `detail` is what those clients show.
#include "base/errors.h"
#include "faces/pipeline_face/job_definition.h"
#include "faces/pipeline_face/job_json.h"
#include "faces/pipeline_face/object_json.h"
#include "faces/pipeline_face/problem.h"
#include "faces/pipeline_face/query_page.h"
#include "faces/pipeline_face/row_text.h"

namespace firn::faces {

namespace {

namespace json = boost::json;
using catalog::ObjectKind;
using catalog::ObjectRef;
using catalog::RunState;

std::string Lowered(const std::string& name) { return name == Upper(name) ? Lower(name) : name; }

QueryAsk Ask(std::string sql) {
  QueryAsk ask;
  ask.sql = std::move(sql);
  ask.limit = kPageRowsMax;
  ask.rows_as_objects = true;
  return ask;
}

/// `sql` of the query, or of a JSON body ("sql", or "query" as the first clients had it).
Result<std::string> SqlOf(const http::Request& request) {
  if (auto sql = request.QueryParameter("sql")) return std::string(*sql);
  boost::system::error_code failed;
  const json::value body = json::parse(request.body, failed);
  if (!failed && body.is_object()) {
    for (const char* name : {"sql", "query"}) {
      const json::value* text = body.as_object().if_contains(name);
      if (text && text->is_string()) return std::string(text->as_string());
    }
  }
  return Error(errors::kInvalidInput, {"sql is wanted"});
}

http::Response Query(const QueryPages& pages, const Gate& gate, const http::Request& request) {
  http::Response refusal;
  AccessPtr access = gate.Admit(request, &refusal);
  if (!access) return refusal;
  auto sql = SqlOf(request);
  if (!sql.ok()) return FailureAnswer(request, sql.error());
  QueryAsk ask = Ask(*std::move(sql));
  if (Status status = TakePageOptions(request, &ask); !status.ok()) return FailureAnswer(request, status.error());
  if (!ask.limit) return ProblemAnswer(request, problems::kBadRequest, "limit: a number is wanted.");
  return pages.Answer(request, *access, ask);
}

/// The one domain with a silver layer: where the names of /read_data are looked up unless `domain=` says.
std::string OnlyDomain(const catalog::CatalogState& state) {
  std::string only;
  for (const ObjectRef& database : state.Children("", ObjectKind::kDatabase)) {
    if (!state.Schema(database->name, "SILVER")) continue;
    if (!only.empty()) return "";
    only = database->name;
  }
  return only;
}

/// The body is the SQL; the answer a list of objects. Unqualified names are those of the silver layer.
http::Response ReadData(session::Node& node, const QueryPages& pages, const Gate& gate, const http::Request& request) {
  http::Response refusal;
  AccessPtr access = gate.Admit(request, &refusal);
  if (!access) return refusal;
  auto state = node.catalog->Head();
  if (!state.ok()) return FailureAnswer(request, state.error());
  QueryAsk ask = Ask(request.body.empty() ? std::string(request.QueryParameter("sql").value_or("")) : request.body);
  if (ask.sql.empty()) return ProblemAnswer(request, problems::kEmptyBody, "The body is the SQL of a query.");
  ask.bare_rows = true;
  ask.database = request.QueryParameter("domain").value_or("");
  if (ask.database.empty()) ask.database = OnlyDomain(**state);
  ask.schema = ask.database.empty() ? "" : "SILVER";
  return pages.Answer(request, *access, ask);
}

http::Response Tables(const Visit& visit) {
  json::array tables;
  for (const ObjectRef& database : visit.state->Children("", ObjectKind::kDatabase)) {
    for (const char* layer : {"SILVER", "GOLD"}) {
      ObjectRef schema = visit.state->Schema(database->name, layer);
      if (!schema) continue;
      for (ObjectKind kind : {ObjectKind::kTable, ObjectKind::kView}) {
        for (const ObjectRef& object : visit.state->Children(schema->id, kind)) {
          if (object->name.find("__") != std::string::npos) continue;  // a pipeline's own (pipeline/registry/spec.h)
          if (!visit.access.Allows(Right::kRead, {database->name, schema->name, object->name})) continue;
          const auto* view = object->As<catalog::ViewInfo>();
          json::array columns;
          for (const auto& column : view ? view->columns : object->As<catalog::TableInfo>()->columns) {
            columns.push_back(json::object{{"name", Lowered(column.name)}, {"type", TypeText(column.type)}});
          }
          tables.push_back(json::object{{"name", Lowered(object->name)},
                                        {"domain", Lowered(database->name)},
                                        {"layer", Lowered(schema->name)},
                                        {"location", view ? "" : object->As<catalog::TableInfo>()->location},
                                        {"columns", std::move(columns)}});
        }
      }
    }
  }
  const size_t count = tables.size();
  return JsonAnswer(200, json::object{{"tables", std::move(tables)}, {"count", count}});
}

// --- /transform ------------------------------------------------------------------------------------------------------

const char* StatusOf(RunState state) {
  switch (state) {
    case RunState::kRequested:
    case RunState::kExecuting:
      return "RUNNING";
    case RunState::kSucceeded:
    case RunState::kSkipped:
      return "SUCCEEDED";
    case RunState::kCancelled:
      return "ABORTED";
    default:
      return "FAILED";
  }
}

/// A job's name without the suffix of its task.
std::string JobName(const catalog::Object& job) {
  std::string name = job.name;
  if (job.As<catalog::TaskInfo>() && name.ends_with(kTaskSuffix)) name.resize(name.size() - kTaskSuffix.size());
  return Lowered(name);
}

std::string DomainOf(const catalog::CatalogState& state, const catalog::Object& job) {
  ObjectRef schema = state.ById(job.parent_id);
  return schema ? Lowered(state.ById(schema->parent_id)->name) : "";
}

json::object OldJob(const catalog::CatalogState& state, const catalog::Object& job) {
  const std::string domain = DomainOf(state, job), name = JobName(job);
  json::object out{{"id", domain + "/" + name}, {"domain", domain}, {"job_name", name}};
  if (const auto* task = job.As<catalog::TaskInfo>()) {
    const bool after = !task->predecessor_ids.empty();
    json::array dependencies;
    for (const std::string& id : task->predecessor_ids) {
      if (ObjectRef before = state.ById(id)) {
        dependencies.push_back(json::string(DomainOf(state, *before) + ".gold." + JobName(*before)));
      }
    }
    out["query"] = task->text;
    out["schedule_type"] = after ? "dependency" : "cron";
    out["cron_schedule"] = task->schedule;
    out["dependencies"] = std::move(dependencies);
    out["status"] = task->started ? "active" : "inactive";
  } else {
    const catalog::DynamicInfo& dynamic = *job.As<catalog::TableInfo>()->dynamic;
    out["query"] = dynamic.query;
    out["write_mode"] = "overwrite";
    out["schedule_type"] = "dependency";
    out["target_lag"] = dynamic.target_lag;
    out["status"] = dynamic.suspended ? "inactive" : "active";
  }
  out["created_at"] = MomentJson(job.created_on);
  out["updated_at"] = MomentJson(job.altered_on ? job.altered_on : job.created_on);
  return out;
}

json::object OldExecution(const catalog::CatalogState& state, const catalog::Object& job,
                          const catalog::RunRecord& run) {
  json::object out{{"execution_id", run.id},
                   {"job_name", JobName(job)},
                   {"domain", DomainOf(state, job)},
                   {"status", StatusOf(run.state)},
                   {"started_at", MomentJson(run.started ? run.started : run.scheduled)},
                   {"stopped_at", MomentJson(run.ended)}};
  if (!run.error_message.empty()) out["error"] = run.error_message;
  return out;
}

http::Response Jobs(const Visit& visit) {
  const std::string_view domain = visit.request.QueryParameter("domain").value_or("");
  json::array jobs;
  for (const ObjectRef& job : JobsOf(visit, true)) {
    if (domain.empty() || EqualsIgnoreCase(DomainOf(*visit.state, *job), domain)) {
      jobs.push_back(OldJob(*visit.state, *job));
    }
  }
  return JsonAnswer(200, jobs);
}

http::Response Job(const Visit& visit) {
  ObjectRef job = JobOf(visit);
  return job ? JsonAnswer(200, OldJob(*visit.state, *job)) : NoSuchJob(visit);
}

const JobForm kForm{"job_name", ReadOldJob, OldJob};

http::Response RunJob(const Visit& visit) {
  if (!visit.access.Allows(Right::kJobsRun)) return Forbidden(visit.request, visit.access, Right::kJobsRun);
  ObjectRef job = JobOf(visit);
  if (!job) return NoSuchJob(visit);
  auto run = RequestRun(visit, *job, "MANUAL");
  if (!run.ok()) return FailureAnswer(visit.request, run.error());
  return JsonAnswer(200, OldExecution(*visit.state, *job, *run));
}

http::Response DropOldJob(const Visit& visit) {
  http::Response dropped = DropJob(visit);
  if (dropped.status != 204) return dropped;
  return JsonAnswer(200, json::object{{"message", "Job " + std::string(visit.request.PathParameter("domain")) + "/" +
                                                      std::string(visit.request.PathParameter("job")) + " deleted"}});
}

http::Response Execution(const Visit& visit) {
  auto [run, job] = FindRun(visit, visit.request.PathParameter("id"));
  if (!run) return ProblemAnswer(visit.request, problems::kNotFound, "There is no such execution.");
  return JsonAnswer(200, OldExecution(*visit.state, *job, *run));
}

}  // namespace

std::vector<http::Route> CompatibleRoutes(session::Node& node, session::Sessions& sessions,
                                          const std::shared_ptr<const QueryPages>& pages) {
  const Gate gate(node, sessions);
  http::Handler query = [pages, gate](http::Request& request) { return Query(*pages, gate, request); };
  http::Handler read = [&node, pages, gate](http::Request& request) { return ReadData(node, *pages, gate, request); };
  auto with = [&](Visitor visitor) { return Visiting(node, gate, std::move(visitor)); };
  constexpr auto kWorker = http::RunOn::kWorker;
  return {
      {"GET", "/consumption/query", query, kWorker, "As /v1/query, with rows as objects (`sql=`)."},
      {"POST", "/consumption/query", query, kWorker, "The same, as a JSON object."},
      {"GET", "/consumption/tables", with(Tables), kWorker, "Silver and gold tables with their columns."},
      {"GET", "/read_data", read, kWorker, "Rows of the query that is the body, as a list of objects."},
      {"POST", "/read_data", read, kWorker, "The same."},
      {"GET", "/transform/jobs", with(Jobs), kWorker, "Jobs of the gold layers (`domain=`)."},
      {"POST", "/transform/jobs", with([](const Visit& visit) { return PutJob(visit, false, kForm); }), kWorker,
       "Makes a job."},
      {"PUT", "/transform/jobs/{domain}/{job}", with([](const Visit& visit) { return PutJob(visit, true, kForm); }),
       kWorker, "Changes a job."},
      {"GET", "/transform/jobs/{domain}/{job}", with(Job), kWorker, "A job."},
      {"DELETE", "/transform/jobs/{domain}/{job}", with(DropOldJob), kWorker, "Drops a job."},
      {"POST", "/transform/jobs/{domain}/{job}/run", with(RunJob), kWorker, "Runs a job."},
      {"GET", "/transform/executions/{id}", with(Execution), kWorker, "A run of a job."},
  };
}

}  // namespace firn::faces

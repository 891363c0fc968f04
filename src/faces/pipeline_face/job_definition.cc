#include "faces/pipeline_face/job_definition.h"

#include <algorithm>
#include <sstream>

#include "base/errors.h"
#include "base/ids.h"
#include "base/schedule.h"
#include "faces/pipeline_face/job_json.h"
#include "faces/pipeline_face/problem.h"
#include "pipeline/registry/expansion.h"
#include "sql/parser.h"
#include "sql/printer.h"
#include "statements/read_query.h"
#include "statements/together.h"

namespace firn::faces {

namespace {

namespace json = boost::json;
using catalog::ObjectKind;
using catalog::ObjectRef;
using pipeline::GoldMode;

Error Invalid(std::string text) { return Error(errors::kInvalidInput, {std::move(text)}); }

Result<std::string> TextOf(const json::object& body, const char* name, bool wanted = false) {
  const json::value* value = body.if_contains(name);
  if (!value || value->is_null()) {
    if (wanted) return Invalid(std::string(name) + " is wanted");
    return std::string();
  }
  if (!value->is_string()) return Invalid(std::string(name) + ": a string is wanted");
  return std::string(value->as_string());
}

/// A list of strings, or one.
Result<std::vector<std::string>> ListOf(const json::object& body, const char* name) {
  std::vector<std::string> list;
  const json::value* value = body.if_contains(name);
  if (!value || value->is_null()) return list;
  if (value->is_string()) return std::vector<std::string>{std::string(value->as_string())};
  if (!value->is_array()) return Invalid(std::string(name) + ": a list of strings is wanted");
  for (const json::value& item : value->as_array()) {
    if (!item.is_string()) return Invalid(std::string(name) + ": a list of strings is wanted");
    list.emplace_back(item.as_string());
  }
  return list;
}

/// As SQL folds an unquoted name.
std::string Folded(const std::string& name) { return Upper(name); }

Status CheckName(const std::string& name, const char* what) {
  const bool first = !name.empty() && (std::isalpha(static_cast<unsigned char>(name[0])) != 0 || name[0] == '_');
  const bool rest = std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
  if (first && rest && name.size() <= 255) return Ok();
  return Invalid(std::string(what) + ": letters, digits and _ are taken");
}

Result<GoldMode> ModeOf(const std::string& mode) {
  if (mode.empty() || mode == "overwrite") return GoldMode::kOverwrite;
  if (mode == "append") return GoldMode::kAppend;
  if (mode == "merge") return GoldMode::kMerge;
  if (mode == "partition_overwrite") return GoldMode::kPartitionOverwrite;
  return Invalid("write mode: overwrite, append, merge or partition_overwrite is wanted");
}

Status CheckJob(const JobDefinition& job) {
  const pipeline::GoldSpec& gold = job.gold;
  FIRN_TRY(CheckName(job.domain, "domain"));
  FIRN_TRY(CheckName(gold.name, "name"));
  FIRN_TRY(sql::ParseQuery(gold.query));
  const int ways = (gold.schedule.empty() ? 0 : 1) + (gold.lag ? 1 : 0) + (gold.after.empty() ? 0 : 1);
  if (ways > 1) return Invalid("one of schedule, target_lag and after is taken");
  if (!gold.schedule.empty()) FIRN_TRY(Schedule::Parse(gold.schedule));
  const bool keyed = gold.mode == GoldMode::kMerge || gold.mode == GoldMode::kPartitionOverwrite;
  if (keyed && gold.key.empty()) return Invalid("write.key is wanted");
  if (gold.lag && gold.mode != GoldMode::kOverwrite) return Invalid("target_lag goes with overwrite alone");
  return Ok();
}

}  // namespace

Result<JobDefinition> ReadJob(const json::value& value) {
  if (!value.is_object()) return Invalid("the body is not a JSON object");
  const json::object& body = value.as_object();
  for (const auto& member : body) {
    constexpr std::string_view kMembers[] = {"after", "domain", "name", "query", "schedule", "target_lag", "write"};
    if (std::ranges::find(kMembers, std::string_view(member.key())) != std::end(kMembers)) continue;
    return Invalid("'" + std::string(member.key()) + "' is not known");
  }
  JobDefinition job;
  FIRN_ASSIGN(job.domain, TextOf(body, "domain", true));
  FIRN_ASSIGN(job.gold.name, TextOf(body, "name", true));
  FIRN_ASSIGN(job.gold.query, TextOf(body, "query", true));
  FIRN_ASSIGN(job.gold.schedule, TextOf(body, "schedule"));
  FIRN_ASSIGN(job.gold.after, ListOf(body, "after"));
  FIRN_ASSIGN(std::string lag, TextOf(body, "target_lag"));
  if (!lag.empty()) {
    job.gold.lag = TargetLag(lag);
    if (!job.gold.lag) return Invalid("target_lag: '5 minutes' and the like is wanted");
  }
  if (const json::value* write = body.if_contains("write")) {
    if (!write->is_object()) return Invalid("write: {mode, key} is wanted");
    FIRN_ASSIGN(std::string mode, TextOf(write->as_object(), "mode"));
    FIRN_ASSIGN(job.gold.mode, ModeOf(mode));
    FIRN_ASSIGN(job.gold.key, ListOf(write->as_object(), "key"));
  }
  for (std::string& key : job.gold.key) key = Folded(key);
  job.domain = Folded(job.domain);
  job.gold.name = Folded(job.gold.name);
  FIRN_TRY(CheckJob(job));
  return job;
}

namespace {

/// A line of cron(8), or of EventBridge ("min hour day month weekday year", with ? and weekdays from 1), or a word.
Result<std::string> OldSchedule(const std::string& text) {
  if (text == "hourly") return std::string("USING CRON 0 * * * * UTC");
  if (text == "daily") return std::string("USING CRON 0 2 * * * UTC");
  if (text == "monthly") return std::string("USING CRON 0 3 1 * * UTC");
  std::istringstream in(text);
  std::vector<std::string> fields;
  for (std::string field; in >> field;) fields.push_back(field == "?" ? "*" : field);
  if (fields.size() != 5 && fields.size() != 6) return Invalid("cron_schedule: five or six fields are wanted");
  if (fields.size() == 6) {
    if (fields[5] != "*") return Invalid("cron_schedule: a year is not taken");
    for (char& c : fields[4]) {
      if (c == '#' || c == 'L') return Invalid("cron_schedule: '" + fields[4] + "' is not taken");
      if (c >= '1' && c <= '7') c = static_cast<char>(c - 1);
    }
  }
  return "USING CRON " + fields[0] + " " + fields[1] + " " + fields[2] + " " + fields[3] + " " + fields[4] + " UTC";
}

constexpr Micros kFollowLag = Micros{60} * 1000000;

/// After those jobs that are tasks; else the job follows its tables by itself.
Status TakeDependencies(const catalog::CatalogState& state, const std::vector<std::string>& names, JobDefinition* job) {
  for (const std::string& text : names) {
    FIRN_ASSIGN(sql::ObjectName name, sql::ParseObjectName(text));
    const size_t count = name.parts.size();
    const std::string domain = count == 3 ? name.parts[0].text : job->domain;
    ObjectRef task = FindJob(state, domain, name.parts.back().text);
    const bool gold = count < 2 || name.parts[count - 2].text == "GOLD";
    if (gold && task && task->As<catalog::TaskInfo>())
      job->gold.after.push_back(domain + ".GOLD." + name.parts.back().text);
  }
  if (!names.empty() && job->gold.after.size() == names.size()) return Ok();
  job->gold.after.clear();
  if (job->gold.mode != GoldMode::kOverwrite) {
    return Invalid("dependencies: a job that appends can come after other jobs alone");
  }
  job->gold.lag = kFollowLag;
  return Ok();
}

}  // namespace

Result<JobDefinition> ReadOldJob(const catalog::CatalogState& state, const json::value& value) {
  if (!value.is_object()) return Invalid("the body is not a JSON object");
  const json::object& body = value.as_object();
  JobDefinition job;
  FIRN_ASSIGN(job.domain, TextOf(body, "domain", true));
  FIRN_ASSIGN(job.gold.name, TextOf(body, "job_name", true));
  FIRN_ASSIGN(job.gold.query, TextOf(body, "query", true));
  FIRN_ASSIGN(std::string mode, TextOf(body, "write_mode"));
  FIRN_ASSIGN(job.gold.mode, ModeOf(mode));
  FIRN_ASSIGN(job.gold.key, ListOf(body, "unique_key"));
  FIRN_ASSIGN(std::string type, TextOf(body, "schedule_type"));
  FIRN_ASSIGN(std::string cron, TextOf(body, "cron_schedule"));
  FIRN_ASSIGN(auto dependencies, ListOf(body, "dependencies"));
  for (std::string& key : job.gold.key) key = Folded(key);
  job.domain = Folded(job.domain);
  job.gold.name = Folded(job.gold.name);
  if (type == "dependency") {
    FIRN_TRY(TakeDependencies(state, dependencies, &job));
  } else if (!type.empty() && type != "cron") {
    return Invalid("schedule_type: cron or dependency is wanted");
  } else if (!cron.empty()) {
    FIRN_ASSIGN(job.gold.schedule, OldSchedule(cron));
  }
  FIRN_TRY(CheckJob(job));
  return job;
}

namespace {

/// The names of the query's columns.
Result<std::vector<std::string>> QueryColumns(session::Session& session, const std::string& query,
                                              engine::CancelToken& cancel) {
  FIRN_ASSIGN(auto parsed, sql::Parse(query));
  if (parsed.size() != 1 || !parsed[0].As<sql::QueryStatement>()) return Invalid("query: one query is wanted");
  FIRN_ASSIGN(auto planned, statements::ReadQuery::Plan(session, std::move(parsed[0]), {}, cancel));
  FIRN_ASSIGN(auto columns, planned->Columns());
  std::vector<std::string> names;
  for (const auto& column : columns) names.push_back(column.name);
  return names;
}

bool HasColumns(const catalog::Object& table, const std::vector<std::string>& names) {
  const auto& columns = table.As<catalog::TableInfo>()->columns;
  return std::ranges::equal(columns, names, {}, &catalog::ColumnInfo::name);
}

}  // namespace

namespace {

/// The objects' job afterwards.
struct MadeJob {
  catalog::StatePtr state;
  catalog::ObjectRef job;
};

/// A refusal, or nothing and `*made`.
std::optional<http::Response> MakeJob(const Visit& visit, const JobDefinition& definition, bool replace,
                                      MadeJob* made) {
  auto fail = [&](const Error& error) { return FailureAnswer(visit.request, error); };
  ObjectRef database = visit.state->Database(definition.domain);
  if (!database)
    return ProblemAnswer(visit.request, problems::kNotFound, "There is no domain " + definition.domain + ".");
  ObjectRef old = FindJob(*visit.state, definition.domain, definition.gold.name);
  if (old && !replace) return ProblemAnswer(visit.request, problems::kExists, "There is a job of that name.");
  if (!old && replace) return ProblemAnswer(visit.request, problems::kNotFound, "There is no such job.");
  session::Session session(visit.node, static_cast<int64_t>(RandomU64() >> 1), visit.access.user, visit.access.role);
  session.database = database->name;
  session.schema = pipeline::kGoldSchema;
  engine::CancelToken cancel;
  auto columns = QueryColumns(session, definition.gold.query, cancel);
  if (!columns.ok()) return FailureAnswer(visit.request, columns.error(), problems::kInvalidSql);

  pipeline::PipelineSpec spec;
  spec.domain = database->name;
  std::vector<statements::TogetherStep> steps = pipeline::GoldSteps(spec, definition.gold);
  ObjectRef table = visit.state->InSchema(spec.domain, pipeline::kGoldSchema, ObjectKind::kTable, definition.gold.name);
  const bool rebuild = visit.request.QueryParameter("rebuild").value_or("") == "true";
  if (table && !definition.gold.lag && !rebuild) {
    const auto* info = table->As<catalog::TableInfo>();
    if (!info || info->dynamic || !HasColumns(*table, *columns)) {
      return ProblemAnswer(
          visit.request, problems::kIncompatible,
          "The table has other columns than the query; ?rebuild=true makes it anew, without its rows.");
    }
    steps.erase(steps.begin());  // the table stays as it is
  } else if (table && !replace && !rebuild) {
    return ProblemAnswer(visit.request, problems::kExists, "There is a table of that name.");
  }
  if (!visit.state->Schema(spec.domain, pipeline::kGoldSchema)) {
    steps.insert(steps.begin(),
                 statements::Define("CREATE SCHEMA " + sql::QuoteIdent(spec.domain) + "." + pipeline::kGoldSchema));
  }
  auto complete = [](session::OpenTransaction&, const catalog::CatalogState&) { return Ok(); };
  Status done = statements::RunTogether(session, steps, complete, cancel);
  if (!done.ok()) return fail(done.error());
  auto state = visit.node.catalog->Head();
  if (!state.ok()) return fail(state.error());
  *made = {*state, FindJob(**state, definition.domain, definition.gold.name)};
  return std::nullopt;
}

}  // namespace

http::Response PutJob(const Visit& visit, bool replace, const JobForm& form) {
  if (!visit.access.Allows(Right::kPipelinesWrite)) {
    return Forbidden(visit.request, visit.access, Right::kPipelinesWrite);
  }
  boost::system::error_code failed;
  json::value body = json::parse(visit.request.body, failed);
  if (failed) return ProblemAnswer(visit.request, problems::kBadJson, "The body is not JSON.");
  if (replace && body.is_object()) {
    body.as_object()["domain"] = visit.request.PathParameter("domain");
    body.as_object()[form.name] = visit.request.PathParameter("job");
  }
  auto definition = form.read(*visit.state, body);
  if (!definition.ok()) return FailureAnswer(visit.request, definition.error());
  MadeJob made;
  if (auto refusal = MakeJob(visit, *definition, replace, &made)) return std::move(*refusal);
  return JsonAnswer(replace ? 200 : 201, form.show(*made.state, *made.job));
}

}  // namespace firn::faces

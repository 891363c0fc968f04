// firn apply, diff, pipelines, quarantine and runs: a running server's pipelines over HTTP.
#include <unistd.h>

#include <boost/json.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

#include "base/clock.h"
#include "base/errors.h"
#include "base/ids.h"
#include "base/percent.h"
#include "base/types.h"
#include "cli/http_client.h"
#include "cli/options.h"
#include "cli/password.h"
#include "cli/result_print.h"
#include "pipeline/registry/spec_text.h"

namespace firn::cli {

namespace {

namespace json = boost::json;
using Rows = std::vector<std::vector<std::optional<std::string>>>;

constexpr int kBarWidth = 30;
constexpr auto kProgressPause = std::chrono::milliseconds(500);

/// The server's /v1.
class Api {
 public:
  static Result<Api> Connect(const PipelineOptions& options) {
    Api api;
    const char* key = std::getenv("FIRN_API_KEY");
    const char* given = std::getenv("FIRN_PASSWORD");
    std::string password = given == nullptr ? "" : given;
    if (!options.password_file.empty()) {
      FIRN_ASSIGN(password, ReadPasswordFile(options.password_file));
      key = nullptr;
    }
    if (key != nullptr && *key != '\0') {
      api.authorization_ = std::string("Bearer ") + key;
    } else if (!password.empty()) {
      api.authorization_ = "Basic " + Base64(options.user + ":" + password);
    } else {
      return Error(errors::kInvalidInput, {"give --password-file, FIRN_API_KEY or FIRN_PASSWORD"});
    }
    FIRN_ASSIGN(api.http_, HttpClient::Connect(options.url));
    return api;
  }

  Result<HttpClient::Answer> Send(const char* method, const std::string& target, std::string body = "",
                                  HttpClient::Fields fields = {}) {
    fields.emplace_back("Authorization", authorization_);
    return http_->Send(method, target, fields, std::move(body));
  }

  /// The body as JSON; what the server refuses is an error with its detail.
  Result<json::value> Ask(const char* method, const std::string& target, std::string body = "",
                          HttpClient::Fields fields = {}) {
    FIRN_ASSIGN(HttpClient::Answer answer, Send(method, target, std::move(body), std::move(fields)));
    return Read(answer);
  }

  static Result<json::value> Read(const HttpClient::Answer& answer) {
    json::error_code code;
    json::value value = answer.body.empty() ? json::value(json::object()) : json::parse(answer.body, code);
    const bool good = !code && answer.status >= 200 && answer.status < 300;
    if (good) return value;
    std::string detail = answer.body;
    if (!code && value.is_object() && value.get_object().contains("detail")) {
      detail = std::string(value.get_object().at("detail").as_string());
      if (auto* name = value.get_object().if_contains("code")) detail = std::string(name->as_string()) + ": " + detail;
    }
    return Error(errors::kInvalidInput, {"HTTP " + std::to_string(answer.status) + " " + detail});
  }

 private:
  std::unique_ptr<HttpClient> http_;
  std::string authorization_;
};

std::string PathOf(const std::string& domain, const std::string& table) {
  return "/v1/pipelines/" + PercentEncode(domain) + "/" + PercentEncode(table);
}

std::optional<std::string> CellOf(const json::value* value) {
  if (value == nullptr || value->is_null()) return std::nullopt;
  return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

/// The objects of a list as a table; `names` empty: all names that there are, in order of their first sight.
void PrintObjects(const json::array& objects, std::vector<std::string> names) {
  if (names.empty()) {
    std::set<std::string> seen;
    for (const json::value& object : objects) {
      if (!object.is_object()) continue;
      for (const auto& field : object.get_object()) {
        if (seen.insert(std::string(field.key())).second) names.emplace_back(field.key());
      }
    }
  }
  Rows rows;
  for (const json::value& object : objects) {
    auto& row = rows.emplace_back();
    for (const std::string& name : names) {
      row.push_back(object.is_object() ? CellOf(object.get_object().if_contains(name)) : std::nullopt);
    }
  }
  PrintRows(names, rows, stdout);
}

void Print(const json::value& value) { std::printf("%s\n", json::serialize(value).c_str()); }

/// The list under `name` in an answer.
json::array ListIn(const json::value& answer, const char* name) {
  const json::value* list = answer.is_object() ? answer.get_object().if_contains(name) : nullptr;
  return list != nullptr && list->is_array() ? list->get_array() : json::array();
}

// --- apply and diff --------------------------------------------------------------------------------------------------

struct Source {
  std::string text;
  pipeline::PipelineSpec spec;
  std::string path() const { return PathOf(spec.domain, spec.table); }
  std::string name() const { return Lower(spec.domain + "." + spec.table); }
};

Result<Source> ReadSource(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  Source source;
  source.text.assign(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  if (!in.good() && source.text.empty()) return Error(errors::kInvalidInput, {file + " cannot be read, or is empty"});
  auto spec = pipeline::ParseSpecYaml(source.text);
  if (!spec.ok()) return Error(errors::kInvalidInput, {file + ": " + spec.error().Message()});
  source.spec = std::move(*spec);
  return source;
}

const HttpClient::Fields kYaml = {{"Content-Type", "application/yaml"}};

/// {"pipeline":…,"action":"create" | "change" | "none","effects":[…]}
Result<json::object> Plan(Api& api, const Source& source, bool rebuild, std::string* etag) {
  FIRN_ASSIGN(HttpClient::Answer now, api.Send("GET", source.path()));
  json::object plan{{"pipeline", source.name()}};
  json::value answer;
  if (now.status == 404) {
    FIRN_ASSIGN(answer, api.Ask("POST", "/v1/pipelines?dry_run=true", source.text, kYaml));
    plan["action"] = "create";
  } else {
    FIRN_TRY(Api::Read(now));
    *etag = now.etag;
    FIRN_ASSIGN(answer,
                api.Ask("PUT", source.path() + "?dry_run=true" + (rebuild ? "&rebuild=true" : ""), source.text, kYaml));
    plan["action"] = ListIn(answer, "effects").empty() ? "none" : "change";
  }
  plan["effects"] = ListIn(answer, "effects");
  return plan;
}

/// Until silver has what bronze has; with a bar where a person looks on.
Status WaitForSilver(Api& api, const Source& source, bool quiet) {
  const bool bar = !quiet && ::isatty(STDERR_FILENO) != 0;
  int64_t most = 0;
  while (true) {
    FIRN_ASSIGN(json::value now, api.Ask("GET", source.path()));
    json::error_code code;
    const json::value* rows = now.find_pointer("/silver_lag_rows", code);
    if (rows == nullptr || !rows->is_int64()) {
      return Error(errors::kInvalidInput, {"the server does not say how far silver is"});
    }
    const int64_t lag = rows->get_int64();
    most = std::max(most, lag);
    if (bar) {
      const int done = most == 0 ? kBarWidth : static_cast<int>((most - lag) * kBarWidth / most);
      std::fprintf(stderr, "\r%s [%s%s] %lld rows left   ", source.name().c_str(), std::string(done, '#').c_str(),
                   std::string(kBarWidth - done, '.').c_str(), static_cast<long long>(lag));
    }
    if (lag == 0) break;
    Clock::System().Sleep(kProgressPause);
  }
  if (bar) std::fprintf(stderr, "\n");
  return Ok();
}

void PrintPlan(const json::object& plan, bool done) {
  const std::string name(plan.at("pipeline").as_string());
  const std::string action(plan.at("action").as_string());
  if (action == "none") {
    std::printf("%s: nothing to change\n", name.c_str());
  } else if (action == "create") {
    std::printf("%s: %s\n", name.c_str(), done ? "created" : "would be created");
  } else {
    std::printf("%s: %s\n", name.c_str(), done ? "changed" : "would be changed");
    PrintObjects(plan.at("effects").as_array(), {"effect", "rebuild"});
  }
}

Status ApplyOne(Api& api, const PipelineOptions& options, const Source& source, json::array* results) {
  std::string etag;
  FIRN_ASSIGN(json::object plan, Plan(api, source, options.rebuild, &etag));
  const std::string action(plan.at("action").as_string());
  const bool act = !options.dry_run && (action != "none" || options.rebuild);
  if (act && action == "create") {
    FIRN_TRY(api.Ask("POST", "/v1/pipelines", source.text, kYaml));
  } else if (act) {
    HttpClient::Fields fields = kYaml;
    fields.emplace_back("If-Match", etag);
    FIRN_TRY(api.Ask("PUT", source.path() + (options.rebuild ? "?rebuild=true" : ""), source.text, fields));
  }
  if (act && options.wait) FIRN_TRY(WaitForSilver(api, source, options.json));
  if (!options.json) PrintPlan(plan, act);
  results->push_back(std::move(plan));
  return Ok();
}

Status RunApply(const PipelineOptions& options) {
  std::vector<Source> sources;
  for (const std::string& file : options.files) {
    FIRN_ASSIGN(Source source, ReadSource(file));
    sources.push_back(std::move(source));
  }
  FIRN_ASSIGN(Api api, Api::Connect(options));
  json::array results;
  for (const Source& source : sources) FIRN_TRY(ApplyOne(api, options, source, &results));
  if (options.json) Print(results);
  return Ok();
}

// --- lists -----------------------------------------------------------------------------------------------------------

Status RunPipelines(const PipelineOptions& options) {
  FIRN_ASSIGN(Api api, Api::Connect(options));
  FIRN_ASSIGN(json::value answer, api.Ask("GET", "/v1/pipelines"));
  if (options.json) {
    Print(ListIn(answer, "pipelines"));
    return Ok();
  }
  json::array shown;
  for (const json::value& one : ListIn(answer, "pipelines")) {
    json::error_code code;
    auto at = [&](const char* place) {
      const json::value* found = one.find_pointer(place, code);
      return found != nullptr ? *found : json::value();
    };
    const json::value columns = at("/spec/columns");
    shown.push_back(json::object{{"pipeline", at("/pipeline")},
                                 {"mode", at("/spec/mode")},
                                 {"merge", at("/spec/merge/type")},
                                 {"columns", columns.is_array() ? columns.get_array().size() : 0},
                                 {"format", at("/spec/format")},
                                 {"target_lag", at("/spec/target_lag")},
                                 {"schema_version", at("/schema_version")},
                                 {"version", at("/version")},
                                 {"paused", at("/paused")}});
  }
  PrintObjects(shown,
               {"pipeline", "mode", "merge", "columns", "format", "target_lag", "schema_version", "version", "paused"});
  return Ok();
}

Status RunQuarantine(const PipelineOptions& options) {
  if (options.replay && options.discard) return Error(errors::kInvalidInput, {"--replay or --discard, not both"});
  const size_t dot = options.pipeline.find('.');
  if (dot == std::string::npos) return Error(errors::kInvalidInput, {"a pipeline is domain.table"});
  const std::string path = PathOf(options.pipeline.substr(0, dot), options.pipeline.substr(dot + 1)) + "/quarantine";
  FIRN_ASSIGN(Api api, Api::Connect(options));
  if (options.replay || options.discard) {
    FIRN_ASSIGN(json::value answer, api.Ask("POST", path + (options.replay ? ":replay" : ":discard"), "{}",
                                            {{"Content-Type", "application/json"}}));
    if (options.json) {
      Print(answer);
    } else {
      PrintObjects({answer}, {});
    }
    return Ok();
  }
  FIRN_ASSIGN(json::value answer, api.Ask("GET", path + "?limit=" + std::to_string(options.limit)));
  if (options.json) {
    Print(answer);
  } else {
    PrintObjects(ListIn(answer, "rows"), {});
  }
  return Ok();
}

Status RunRuns(const PipelineOptions& options) {
  FIRN_ASSIGN(Api api, Api::Connect(options));
  std::string target = "/v1/runs?limit=" + std::to_string(options.limit);
  if (!options.job.empty()) target += "&job=" + PercentEncode(options.job);
  if (!options.state.empty()) target += "&state=" + PercentEncode(Upper(options.state));
  FIRN_ASSIGN(json::value answer, api.Ask("GET", target));
  if (options.json) {
    Print(answer);
  } else {
    PrintObjects(ListIn(answer, "runs"),
                 {"run_id", "job", "trigger", "state", "attempt", "started", "ended", "error_message"});
  }
  return Ok();
}

int Finish(const Status& status) {
  if (status.ok()) return 0;
  std::fprintf(stderr, "firn: %s\n", status.error().Message().c_str());
  return 1;
}

}  // namespace

int Apply(const PipelineOptions& options) { return Finish(RunApply(options)); }

int Diff(const PipelineOptions& options) {
  PipelineOptions dry = options;
  dry.dry_run = true;
  return Finish(RunApply(dry));
}

int ListPipelines(const PipelineOptions& options) { return Finish(RunPipelines(options)); }
int Quarantine(const PipelineOptions& options) { return Finish(RunQuarantine(options)); }
int ListRuns(const PipelineOptions& options) { return Finish(RunRuns(options)); }

}  // namespace firn::cli

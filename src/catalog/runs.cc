#include "catalog/runs.h"

#include "catalog/object_json.h"

namespace firn::catalog {

namespace json = boost::json;

std::optional<RunState> RunStateOf(std::string_view name) {
  for (size_t i = 0; i < kRunStateNames.size(); ++i) {
    if (kRunStateNames[i] == name) return static_cast<RunState>(i);
  }
  return std::nullopt;
}

json::object ToJson(const RunRecord& run) {
  json::object out;
  out["id"] = run.id;
  out["object"] = run.object_id;
  PutText(out, "graph-run", run.graph_run_id);
  PutText(out, "trigger", run.trigger);
  out["state"] = Name(run.state);
  PutNumber(out, "attempt", run.attempt, 1);
  out["scheduled"] = run.scheduled;
  PutNumber(out, "started", run.started);
  PutNumber(out, "ended", run.ended);
  PutText(out, "node", run.node);
  PutNumber(out, "lease", run.lease);
  PutText(out, "query-id", run.query_id);
  PutText(out, "error-code", run.error_code);
  PutText(out, "error-message", run.error_message);
  PutText(out, "return-value", run.return_value);
  json::object counts;
  for (const auto& [name, count] : run.counts) counts[name] = count;
  if (!counts.empty()) out["counts"] = std::move(counts);
  return out;
}

RunRecord ReadRun(const JsonReader& in) {
  RunRecord run;
  run.id = in.Text("id");
  run.object_id = in.Text("object");
  run.graph_run_id = in.TextOr("graph-run");
  run.trigger = in.TextOr("trigger");
  std::string state = in.Text("state");
  if (std::optional<RunState> known = RunStateOf(state)) {
    run.state = *known;
  } else {
    in.fault().Unknown("run state " + state);
  }
  run.attempt = static_cast<int>(in.NumberOr("attempt", 1));
  run.scheduled = in.Number("scheduled");
  run.started = in.NumberOr("started", 0);
  run.ended = in.NumberOr("ended", 0);
  run.node = in.TextOr("node");
  run.lease = in.NumberOr("lease", 0);
  run.query_id = in.TextOr("query-id");
  run.error_code = in.TextOr("error-code");
  run.error_message = in.TextOr("error-message");
  run.return_value = in.TextOr("return-value");
  run.counts = in.Numbers("counts");
  return run;
}

}  // namespace firn::catalog

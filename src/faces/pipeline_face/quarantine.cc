#include "faces/pipeline_face/quarantine.h"

#include <boost/json.hpp>
#include <charconv>
#include <ctime>

#include "base/errors.h"
#include "base/ids.h"
#include "faces/pipeline_face/access.h"
#include "faces/pipeline_face/problem.h"
#include "pipeline/registry/expansion.h"
#include "pipeline/silver/quarantine.h"
#include "sql/lexer.h"

namespace firn::faces {

namespace {

namespace json = boost::json;
using pipeline::QuarantineFilter;
using pipeline::QuarantinePlace;

constexpr int64_t kLimitDefault = 100;
constexpr int64_t kLimitMost = 10000;

/// One request being answered.
struct Call {
  session::Node& node;
  http::Request& request;
  pipeline::Actor actor;
  pipeline::PipelineSpec spec;
  engine::CancelToken cancel;

  http::Response Refuse(const ProblemRow& row, std::string_view detail) const {
    return ProblemAnswer(request, row, detail);
  }
  http::Response Fail(const Error& error) const { return FailureAnswer(request, error); }
};
using Answerer = http::Response (*)(Call& call);

// --- what is asked ---------------------------------------------------------------------------------------------------

std::vector<std::string>* ListOf(QuarantineFilter* filter, std::string_view name) {
  if (name == "code") return &filter->codes;
  if (name == "column") return &filter->columns;
  if (name == "batch_id") return &filter->batches;
  if (name == "stage") return &filter->stages;
  if (name == "status") return &filter->statuses;
  return nullptr;
}

/// One value of a member of `filter`. False: it is none.
bool AddValue(QuarantineFilter* filter, std::string_view name, const json::value& value) {
  if (name == "seq") {
    if (!value.is_int64() && !value.is_uint64()) return false;
    filter->seqs.push_back(value.to_number<int64_t>());
    return true;
  }
  std::vector<std::string>* list = ListOf(filter, name);
  if (list == nullptr || !value.is_string()) return false;
  list->emplace_back(value.as_string());
  return true;
}

struct Asked {
  QuarantineFilter filter;
  pipeline::QuarantinePatch patch;
};

/// {"filter": {"code": "…" or […], …}, "patch": {…}}. None with `*refusal` set.
std::optional<Asked> ReadBody(const Call& call, bool patches, http::Response* refusal) {
  auto refuse = [&](const ProblemRow& row, const std::string& detail) {
    *refusal = call.Refuse(row, detail);
    return std::nullopt;
  };
  boost::system::error_code failed;
  const json::value body = json::parse(call.request.body, failed);
  if (failed) return refuse(problems::kBadJson, failed.message());
  if (!body.is_object()) return refuse(problems::kBadRequest, "The body is an object with \"filter\".");
  Asked asked;
  for (const auto& [name, value] : body.as_object()) {
    if (name == "filter" && value.is_object()) {
      for (const auto& [field, wanted] : value.as_object()) {
        bool known = true;
        if (wanted.is_array()) {
          for (const json::value& one : wanted.as_array()) known = known && AddValue(&asked.filter, field, one);
          known = known && !wanted.as_array().empty();
        } else {
          known = AddValue(&asked.filter, field, wanted);
        }
        if (!known) return refuse(problems::kBadRequest, "filter." + std::string(field) + " is not understood.");
      }
    } else if (name == "patch" && patches && value.is_object()) {
      for (const auto& [field, wanted] : value.as_object()) {
        asked.patch.emplace_back(field, wanted.is_null() ? std::nullopt : std::optional(json::serialize(wanted)));
      }
    } else {
      return refuse(problems::kBadRequest, "\"" + std::string(name) + "\" is not understood.");
    }
  }
  return asked;
}

std::optional<int64_t> Number(std::string_view text) {
  int64_t value = 0;
  auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failed == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::string CursorText(const QuarantinePlace& place) {
  const std::string plain =
      std::to_string(place.time) + "." + std::to_string(place.seq) + "." + std::to_string(place.rows);
  return HexLower({reinterpret_cast<const uint8_t*>(plain.data()), plain.size()});
}

std::optional<QuarantinePlace> ReadCursor(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    unsigned value = 0;
    if (std::from_chars(text.data() + i, text.data() + i + 2, value, 16).ptr != text.data() + i + 2)
      return std::nullopt;
    plain += static_cast<char>(value);
  }
  const size_t first = plain.find('.'), second = plain.find('.', first + 1);
  if (text.size() % 2 != 0 || first == std::string::npos || second == std::string::npos) return std::nullopt;
  const std::string_view view = plain;
  auto time = Number(view.substr(0, first)), seq = Number(view.substr(first + 1, second - first - 1)),
       rows = Number(view.substr(second + 1));
  if (!time || !seq || !rows || *rows < 0) return std::nullopt;
  return QuarantinePlace{*time, *seq, *rows};
}

// --- what is answered ------------------------------------------------------------------------------------------------

std::string TimeText(Micros time) {
  const std::time_t seconds = time / 1000000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  const size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  const std::string micros = std::to_string(1000000 + time % 1000000);
  return std::string(text, size) + "." + micros.substr(1) + "Z";
}

json::object Shown(const pipeline::QuarantinedRow& row) {
  auto text = [](const std::string& value) { return value.empty() ? json::value(nullptr) : json::value(value); };
  auto number = [](const std::optional<int64_t>& value) { return value ? json::value(*value) : json::value(nullptr); };
  json::object out{
      {"time", TimeText(row.time)}, {"batch_id", text(row.batch_id)}, {"seq", number(row.seq)},
      {"op", text(row.op)},         {"stage", text(row.stage)},       {"code", text(row.code)},
      {"column", text(row.column)}, {"message", text(row.message)},   {"schema_version", number(row.schema_version)},
      {"status", text(row.status)}};
  size_t bad = 0;
  if (sql::IsUtf8(row.raw, &bad)) {
    out["raw"] = row.raw;
  } else {
    out["raw_base64"] = Base64(row.raw);  // bytes that no JSON text can hold
  }
  return out;
}

http::Response List(Call& call) {
  QuarantineFilter filter;
  int64_t limit = kLimitDefault;
  std::optional<QuarantinePlace> after;
  for (const auto& [name, value] : call.request.query) {
    if (name == "cursor") {
      after = ReadCursor(value);
      if (!after) return call.Refuse(problems::kBadCursor, "The cursor is none of the quarantine's.");
    } else if (name == "limit") {
      const auto wanted = Number(value);
      if (!wanted || *wanted < 1 || *wanted > kLimitMost) {
        return call.Refuse(problems::kBadRequest, "limit is from 1 to " + std::to_string(kLimitMost) + ".");
      }
      limit = *wanted;
    } else if (name == "seq" && Number(value)) {
      filter.seqs.push_back(*Number(value));
    } else if (std::vector<std::string>* list = ListOf(&filter, name)) {
      list->push_back(value);
    } else {
      return call.Refuse(problems::kBadRequest, "\"" + name + "\" is not understood.");
    }
  }
  auto page = pipeline::ListQuarantine(call.node, call.actor, call.spec, filter, after, limit, call.cancel);
  if (!page.ok()) return call.Fail(page.error());
  json::array rows;
  for (const pipeline::QuarantinedRow& row : page->rows) rows.push_back(Shown(row));
  const json::value next = page->next ? json::value(CursorText(*page->next)) : json::value(nullptr);
  return http::Response::Json(200, json::serialize(json::object{{"rows", std::move(rows)}, {"next_cursor", next}}));
}

http::Response Replay(Call& call) {
  http::Response refusal;
  auto asked = ReadBody(call, true, &refusal);
  if (!asked) return refusal;
  auto counts = pipeline::ReplayQuarantine(call.node, call.actor, call.spec, asked->filter, asked->patch, call.cancel);
  if (!counts.ok()) return call.Fail(counts.error());
  const json::object answer{{"replayed", counts->replayed}, {"skipped", counts->skipped}};
  return http::Response::Json(200, json::serialize(answer));
}

http::Response Discard(Call& call) {
  http::Response refusal;
  auto asked = ReadBody(call, false, &refusal);
  if (!asked) return refusal;
  auto discarded = pipeline::DiscardQuarantine(call.node, call.actor, call.spec, asked->filter, call.cancel);
  if (!discarded.ok()) return call.Fail(discarded.error());
  return http::Response::Json(200, json::serialize(json::object{{"discarded", *discarded}}));
}

}  // namespace

std::vector<http::Route> QuarantineRoutes(session::Node& node, session::Sessions& sessions) {
  auto route = [&](const char* method, const char* action, bool writes, Answerer answer, const char* doc) {
    http::Handler handler = [&node, gate = Gate(node, sessions), writes, answer](http::Request& request) {
      const std::string domain(request.PathParameter("domain")), table(request.PathParameter("table"));
      http::Response refusal;
      AccessPtr access = writes ? gate.Admit(request, Right::kPipelinesWrite, {}, &refusal)
                                : gate.Admit(request, Right::kRead, {domain, pipeline::kBronzeSchema, table}, &refusal);
      if (!access) return refusal;
      auto state = node.catalog->Head();
      if (!state.ok()) return FailureAnswer(request, state.error());
      auto found = pipeline::FindPipeline(**state, domain, table);
      if (!found.ok() && found.error().Is(errors::kKindNotFound)) {
        return ProblemAnswer(request, problems::kUnknownTable, "There is no pipeline " + domain + "." + table + ".");
      }
      if (!found.ok()) return FailureAnswer(request, found.error());
      Call call{node, request, {access->user, access->role}, std::move(found->spec), {}};
      return answer(call);
    };
    return http::Route{.method = method,
                       .pattern = std::string("/v1/pipelines/{domain}/{table}/quarantine") + action,
                       .handler = std::move(handler),
                       .doc = doc};
  };
  return {
      route("GET", "", false, List,
            "Rows that did not fit; ?status=, ?code=, ?column=, ?batch_id=, ?stage=, ?seq=, ?limit=, ?cursor=."),
      route("POST", ":replay", true, Replay, "Gives open rows back to the pipeline, patched, under their own _seq."),
      route("POST", ":discard", true, Discard, "Gives open rows up."),
  };
}

}  // namespace firn::faces

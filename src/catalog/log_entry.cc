#include "catalog/log_entry.h"

#include <array>
#include <charconv>

#include "catalog/json_reader.h"
#include "catalog/object_json.h"

namespace firn::catalog {

namespace json = boost::json;

namespace {

/// In the order of ObjectChange::Verb.
constexpr std::array<std::string_view, 6> kChangeNames = {"create", "replace", "alter", "drop", "undrop", "purge"};

/// create, replace and alter say what the object is from then on.
bool SaysObject(ObjectChange::Verb verb) {
  using Verb = ObjectChange::Verb;
  return verb == Verb::kCreate || verb == Verb::kReplace || verb == Verb::kAlter;
}

json::object Write(const ObjectChange& change) {
  json::object out;
  out["change"] = kChangeNames[static_cast<size_t>(change.verb)];
  PutText(out, "id", change.id);
  if (SaysObject(change.verb)) out["object"] = ToJson(change.object);
  return out;
}

json::object Write(const TableMove& move) {
  json::object out;
  out["change"] = "table";
  out["table"] = move.table_id;
  out["verb"] = Name(move.verb);
  PutText(out, "from", move.from);
  out["to"] = move.to;
  if (move.snapshot_id) out["snapshot"] = *move.snapshot_id;
  if (move.current) out["current"] = *move.current;
  return out;
}

json::object Write(const SequenceMove& move) {
  json::object out;
  out["change"] = "sequence";
  out["sequence"] = move.sequence_id;
  out["from"] = move.from;
  out["to"] = move.to;
  return out;
}

json::object Write(const OffsetMove& move) {
  json::object out;
  out["change"] = "offset";
  out["owner"] = move.owner_id;
  out["key"] = move.key;
  if (move.from) out["from"] = *move.from;
  if (move.to) out["to"] = *move.to;
  return out;
}

json::object WriteRun(const RunRecord& run) {
  json::object out;
  out["change"] = "run";
  out["run"] = ToJson(run);
  return out;
}

json::object Write(const TableExpiry& expiry) {
  json::object out;
  out["change"] = "expire";
  out["table"] = expiry.table_id;
  out["from"] = expiry.from;
  out["to"] = expiry.to;
  json::array held;
  for (int64_t snapshot : expiry.held) held.push_back(json::value(std::to_string(snapshot)));
  if (!held.empty()) out["held"] = std::move(held);
  return out;
}

json::object Write(const CommitRecord& commit) {
  json::object out;
  out["id"] = commit.id;
  json::array statements;
  for (const StatementInfo& statement : commit.statements) statements.push_back(ToJson(statement));
  out["statements"] = std::move(statements);
  json::array changes;
  for (const ObjectChange& change : commit.objects) changes.push_back(Write(change));
  for (const TableMove& move : commit.tables) changes.push_back(Write(move));
  for (const SequenceMove& move : commit.sequences) changes.push_back(Write(move));
  for (const OffsetMove& move : commit.offsets) changes.push_back(Write(move));
  for (const RunRecord& run : commit.runs) changes.push_back(WriteRun(run));
  for (const TableExpiry& expiry : commit.expired) changes.push_back(Write(expiry));
  out["changes"] = std::move(changes);
  return out;
}

void ReadChange(const JsonReader& in, CommitRecord* commit) {
  std::string kind = in.Text("change");
  if (kind == "table") {
    std::string verb_name = in.Text("verb");
    std::optional<Verb> verb = VerbOf(verb_name);
    if (!verb) in.fault().Unknown("verb " + verb_name);
    commit->tables.push_back({in.Text("table"), verb.value_or(Verb::kInsert), in.TextOr("from"), in.Text("to"),
                              in.OptionalNumber("snapshot"), in.OptionalNumber("current")});
    return;
  }
  if (kind == "sequence") {
    commit->sequences.push_back({in.Text("sequence"), in.Number("from"), in.Number("to")});
    return;
  }
  if (kind == "offset") {
    commit->offsets.push_back({in.Text("owner"), in.Text("key"), in.OptionalNumber("from"), in.OptionalNumber("to")});
    return;
  }
  if (kind == "expire") {
    TableExpiry expiry{in.Text("table"), in.Number("from"), in.Number("to"), {}};
    for (const std::string& snapshot : in.Texts("held")) expiry.held.push_back(std::atoll(snapshot.c_str()));
    commit->expired.push_back(std::move(expiry));
    return;
  }
  if (kind == "run") {
    commit->runs.push_back(ReadRun(in.Child("run")));
    return;
  }
  for (size_t i = 0; i < kChangeNames.size(); ++i) {
    if (kChangeNames[i] != kind) continue;
    ObjectChange change;
    change.verb = static_cast<ObjectChange::Verb>(i);
    change.id = in.TextOr("id");
    if (SaysObject(change.verb)) change.object = ReadObject(in.Child("object"));
    commit->objects.push_back(std::move(change));
    return;
  }
  in.fault().Unknown("change " + kind);
}

CommitRecord ReadCommit(const JsonReader& in) {
  CommitRecord commit;
  commit.id = in.Text("id");
  in.Each("statements", [&](const JsonReader& row) { commit.statements.push_back(ReadStatement(row)); });
  in.Each("changes", [&](const JsonReader& row) { ReadChange(row, &commit); });
  return commit;
}

std::string Numbered(std::string_view folder, int64_t position) {
  std::string digits = std::to_string(position);
  return std::string(folder) + std::string(20 - digits.size(), '0') + digits;
}

}  // namespace

std::string LogPath(int64_t position) { return Numbered(kLogFolder, position); }
std::string CheckpointPath(int64_t position) { return Numbered(kCheckpointFolder, position); }

std::optional<int64_t> PositionOf(std::string_view path) {
  std::string_view digits = path.substr(path.rfind('/') + 1);
  int64_t position = 0;
  auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), position);
  if (digits.size() != 20 || failure != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return position;
}

std::string ToJson(const LogEntry& entry) {
  json::object out;
  out["version"] = kLogVersion;
  out["id"] = entry.id;
  out["position"] = entry.position;
  out["time"] = entry.time;
  out["node"] = entry.node;
  json::array commits;
  for (const CommitRecord& commit : entry.commits) commits.push_back(Write(commit));
  out["commits"] = std::move(commits);
  return json::serialize(out);
}

Result<LogEntry> ParseLogEntry(std::string_view bytes, const std::string& name) {
  JsonFault fault{name, {}};
  json::value document = ParseDocument(bytes, kLogVersion, &fault);
  FIRN_TRY(fault.status());
  JsonReader in(document, &fault);
  LogEntry entry;
  entry.id = in.Text("id");
  entry.position = in.Number("position");
  entry.time = in.Number("time");
  entry.node = in.TextOr("node");
  in.Each("commits", [&](const JsonReader& row) { entry.commits.push_back(ReadCommit(row)); });
  FIRN_TRY(fault.status());
  return entry;
}

std::string CheckpointCodec::ToJson(const CatalogState& state) {
  json::object out;
  out["version"] = kLogVersion;
  out["position"] = state.position_;
  out["time"] = state.time_;
  json::array objects;
  state.objects_.ForEach(
      [&](const std::string&, const ObjectRef& object) { objects.push_back(catalog::ToJson(*object)); });
  out["objects"] = std::move(objects);
  json::object heads;
  state.heads_.ForEach([&](const std::string& id, const TableHead& head) {
    json::object row;
    row["metadata"] = head.metadata_location;
    if (head.snapshot_id) row["snapshot"] = *head.snapshot_id;
    row["position"] = head.position;
    row["time"] = head.time;
    PutNumber(row, "oldest", head.oldest_sequence);
    heads[id] = std::move(row);
  });
  out["heads"] = std::move(heads);
  json::object sequences;
  state.sequences_.ForEach([&](const std::string& id, const int64_t& next) { sequences[id] = {{"next", next}}; });
  out["sequences"] = std::move(sequences);
  json::array requests;
  state.requests_.ForEach([&](const std::string&, const CommittedRequestRef& request) {
    json::object row;
    row["statement"] = catalog::ToJson(request->statement);
    row["position"] = request->position;
    row["time"] = request->time;
    requests.push_back(std::move(row));
  });
  out["requests"] = std::move(requests);
  json::array offsets;
  state.offsets_.ForEach([&](const std::string& id, const Offsets& of_owner) {
    json::object row;
    for (const auto& [key, value] : of_owner) row[key] = value;
    offsets.push_back(json::object{{"owner", id}, {"offsets", std::move(row)}});
  });
  out["offsets"] = std::move(offsets);
  json::array runs;
  state.runs_.ForEach([&](const std::string&, const RunRef& run) { runs.push_back(catalog::ToJson(*run)); });
  out["runs"] = std::move(runs);
  return json::serialize(out);
}

Result<StatePtr> CheckpointCodec::Parse(std::string_view bytes, const std::string& name) {
  JsonFault fault{name, {}};
  json::value document = ParseDocument(bytes, kLogVersion, &fault);
  FIRN_TRY(fault.status());
  JsonReader in(document, &fault);
  StateBuilder builder{CatalogState()};
  CatalogState& state = builder.state_;
  state.position_ = in.Number("position");
  state.time_ = in.Number("time");
  in.Each("objects", [&](const JsonReader& row) { builder.Put(std::make_shared<const Object>(ReadObject(row))); });
  in.EachMember("heads", [&](std::string_view id, const JsonReader& row) {
    state.heads_.Set(std::string(id), TableHead{row.Text("metadata"), row.OptionalNumber("snapshot"),
                                                row.Number("position"), row.Number("time"), row.NumberOr("oldest", 0)});
  });
  in.EachMember("sequences", [&](std::string_view id, const JsonReader& row) {
    state.sequences_.Set(std::string(id), row.Number("next"));
  });
  in.Each("requests", [&](const JsonReader& row) {
    builder.Remember(ReadStatement(row.Child("statement")), row.Number("position"), row.Number("time"));
  });
  in.Each("offsets", [&](const JsonReader& row) { state.offsets_.Set(row.Text("owner"), row.Numbers("offsets")); });
  in.Each("runs", [&](const JsonReader& row) { builder.Put(ReadRun(row)); });
  FIRN_TRY(fault.status());
  return builder.Finish();
}

}  // namespace firn::catalog

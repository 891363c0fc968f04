#include "delta/log_state.h"

#include <boost/json.hpp>

#include "iceberg/json.h"

namespace firn::delta {

namespace {

/// The actions of one file of the log.
struct Actions {
  bool foreign = false;  ///< there is what the mirror never writes
  std::vector<AddFile> added;
  std::vector<RemoveFile> removed;
  std::optional<Protocol> protocol;
  std::optional<TableInfo> info;
  std::optional<int64_t> sequence, position;

  Status Take(std::string_view line, std::string_view name) {
    FIRN_ASSIGN(boost::json::value json, iceberg::ParseJson(line, name));
    if (!json.is_object()) return Ok();
    for (const auto& [key, value] : json.get_object()) {
      if (value.is_null()) continue;
      if (key == "add") {
        FIRN_ASSIGN(AddFile file, ReadAdd(value, name));
        added.push_back(std::move(file));
      } else if (key == "remove") {
        FIRN_ASSIGN(RemoveFile file, ReadRemove(value, name));
        removed.push_back(std::move(file));
      } else if (key == "protocol") {
        FIRN_ASSIGN(protocol, ReadProtocol(value, name));
        foreign = foreign || !protocol;
      } else if (key == "metaData") {
        FIRN_ASSIGN(info, ReadTableInfo(value, name));
      } else if (key == "txn") {
        iceberg::Members members(value, name, "a txn");
        const std::string app = members.String("appId");
        const int64_t number = members.Long("version");
        FIRN_TRY(members.status());
        if (app == kMirrorApp) sequence = number;
        if (app == kPositionApp) position = number;
      }
    }
    return Ok();
  }

  bool ours() const { return sequence && !foreign; }

  /// A file's remove comes before its add, in the mirror's commits as in what a checkpoint means.
  void ApplyTo(LogState* state) {
    for (RemoveFile& file : removed) {
      state->files.erase(file.path);
      state->removed.push_back(std::move(file));
    }
    for (AddFile& file : added) state->files[file.path] = std::move(file);
    if (protocol) state->protocol = *protocol;
    if (info) state->info = std::move(info);
    if (sequence) state->sequence = *sequence;
    if (position) state->position = *position;
  }
};

}  // namespace

Result<bool> LogState::Apply(std::string_view commit, std::string_view name) {
  Actions actions;
  while (!commit.empty()) {
    const size_t end = commit.find('\n');
    const std::string_view line = commit.substr(0, end);
    commit.remove_prefix(end == std::string_view::npos ? commit.size() : end + 1);
    if (!line.empty()) FIRN_TRY(actions.Take(line, name));
  }
  if (!actions.ours()) return false;
  actions.ApplyTo(this);
  ++version;
  return true;
}

Result<bool> LogState::Restore(const std::vector<std::string>& lines, int64_t at, std::string_view name) {
  Actions actions;
  for (const std::string& line : lines) FIRN_TRY(actions.Take(line, name));
  if (!actions.ours()) return false;
  *this = LogState();
  actions.ApplyTo(this);
  version = at;
  return true;
}

void LogState::ForgetRemoved(int64_t time_ms) {
  std::erase_if(removed, [&](const RemoveFile& file) { return file.removed_ms < time_ms; });
}

std::vector<std::string> LogState::CheckpointLines() const {
  std::vector<std::string> lines;
  auto add = [&](std::string_view key, const std::string& json) {
    lines.push_back(iceberg::ObjectWriter().AddRaw(key, json).Take());
  };
  add("protocol", protocol.ToJson());
  if (info) add("metaData", info->ToJson());
  add("txn", TransactionJson(kMirrorApp, sequence));
  if (position >= 0) add("txn", TransactionJson(kPositionApp, position));
  for (const RemoveFile& file : removed) add("remove", file.ToJson(false));
  for (const auto& [path, file] : files) add("add", file.ToJson(false));
  return lines;
}

}  // namespace firn::delta

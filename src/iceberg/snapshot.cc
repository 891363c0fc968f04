#include "iceberg/snapshot.h"

#include <charconv>

#include "base/errors.h"
#include "iceberg/json.h"

namespace firn::iceberg {

namespace {

std::string SnapshotJson(const Snapshot& snapshot) {
  ObjectWriter writer;
  writer.Add("sequence-number", snapshot.sequence_number).Add("snapshot-id", snapshot.snapshot_id);
  writer.Add("parent-snapshot-id", snapshot.parent_snapshot_id).Add("timestamp-ms", snapshot.timestamp_ms);
  writer.Add("summary", snapshot.summary);
  if (snapshot.manifest_list.empty()) {
    writer.AddRaw("manifests", JsonArray(snapshot.manifests, [](const std::string& path) { return Quoted(path); }));
  } else {
    writer.Add("manifest-list", std::string_view(snapshot.manifest_list));
  }
  writer.Add("schema-id", snapshot.schema_id);
  writer.Add("first-row-id", snapshot.first_row_id).Add("added-rows", snapshot.added_rows);
  if (snapshot.key_id) writer.Add("key-id", std::string_view(*snapshot.key_id));
  return writer.Take();
}

}  // namespace

std::string_view Name(Operation operation) {
  switch (operation) {
    case Operation::kAppend:
      return "append";
    case Operation::kReplace:
      return "replace";
    case Operation::kOverwrite:
      return "overwrite";
    case Operation::kDelete:
      return "delete";
  }
  return "";
}

std::string Snapshot::operation() const {
  auto found = summary.find("operation");
  return found == summary.end() ? "" : found->second;
}

int64_t Snapshot::Count(std::string_view key, int64_t otherwise) const {
  auto found = summary.find(std::string(key));
  if (found == summary.end()) return otherwise;
  const std::string& text = found->second;
  int64_t number = 0;
  auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  return result.ec == std::errc() && result.ptr == text.data() + text.size() ? number : otherwise;
}

StoredSnapshot::StoredSnapshot(Snapshot snapshot) : snapshot_(std::move(snapshot)), json_(SnapshotJson(snapshot_)) {}

Result<Snapshot> ReadSnapshot(const boost::json::value& json, std::string_view name) {
  Members members(json, name, "a snapshot");
  Snapshot snapshot;
  snapshot.snapshot_id = members.Long("snapshot-id");
  snapshot.parent_snapshot_id = members.MaybeLong("parent-snapshot-id");
  snapshot.sequence_number = members.MaybeLong("sequence-number").value_or(0);
  snapshot.timestamp_ms = members.Long("timestamp-ms");
  snapshot.manifest_list = members.MaybeString("manifest-list").value_or("");
  snapshot.summary = members.Strings("summary");
  snapshot.schema_id = members.MaybeInt("schema-id");
  snapshot.first_row_id = members.MaybeLong("first-row-id");
  snapshot.added_rows = members.MaybeLong("added-rows");
  snapshot.key_id = members.MaybeString("key-id");
  if (const auto* manifests = members.MaybeArray("manifests")) {
    for (const auto& item : *manifests) {
      if (const auto* path = item.if_string()) {
        snapshot.manifests.emplace_back(*path);
      } else {
        members.Fault("has a manifest that is no string");
      }
    }
  }
  if (snapshot.manifest_list.empty() && !members.Find("manifests")) members.Fault("lacks 'manifest-list'");
  FIRN_TRY(members.status());
  return snapshot;
}

}  // namespace firn::iceberg

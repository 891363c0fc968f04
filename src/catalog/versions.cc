#include "catalog/versions.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/errors.h"
#include "iceberg/metadata_update.h"

namespace firn::catalog {

namespace {

Error NoTimeTravel(const std::string& table_name) { return Error(errors::kNoTimeTravel, {table_name}); }

/// The path of a `file:` URI or a plain absolute path; "" for another scheme.
std::string LocalPath(std::string_view uri) {
  for (std::string_view scheme : {"file://localhost/", "file:///", "file:/"}) {
    if (uri.starts_with(scheme)) return std::string(uri.substr(scheme.size() - 1));
  }
  return uri.starts_with('/') ? std::string(uri) : std::string();
}

bool IsBelow(std::string_view path, std::string_view folder) {
  while (folder.ends_with('/')) folder.remove_suffix(1);
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

/// The real path of something that is there. Errors: kNotFound.
Result<std::string> RealPath(const std::string& uri) {
  const std::string path = LocalPath(uri);
  if (path.empty()) return Error(errors::kUnsupported, {"a table of others at " + uri});
  std::error_code failure;
  std::filesystem::path real = std::filesystem::canonical(path, failure);
  if (failure) return Error(errors::kNotFound, {uri});
  return real.string();
}

Status CheckBelow(const std::string& uri, const std::string& real_folder) {
  FIRN_ASSIGN(std::string real, RealPath(uri));
  if (!IsBelow(real, real_folder)) return Error(errors::kOutsideLocation, {uri, "file://" + real_folder});
  return Ok();
}

bool NamesQuery(const iceberg::Snapshot& snapshot, std::string_view query_id) {
  auto found = snapshot.summary.find(kQueryIdKey);
  if (found == snapshot.summary.end() || query_id.empty()) return false;
  const std::string ids = "," + found->second + ",";
  return ids.find("," + std::string(query_id) + ",") != std::string::npos;
}

}  // namespace

std::shared_ptr<const iceberg::Schema> SchemaOf(const std::shared_ptr<const iceberg::TableMetadata>& metadata,
                                                const iceberg::Snapshot* snapshot) {
  const iceberg::Schema* schema =
      snapshot && snapshot->schema_id ? metadata->FindSchema(*snapshot->schema_id) : nullptr;
  return {metadata, schema ? schema : &metadata->schema()};
}

Status TrimSnapshots(iceberg::TableMetadata* metadata, int kept, int64_t now_ms) {
  if (metadata->snapshots.size() <= static_cast<size_t>(kept)) return Ok();
  std::set<int64_t> needed;
  for (const auto& [name, ref] : metadata->refs) needed.insert(ref.snapshot_id);
  if (metadata->current_snapshot_id) needed.insert(*metadata->current_snapshot_id);
  std::vector<int64_t> old;
  for (size_t i = 0; i < metadata->snapshots.size() - static_cast<size_t>(kept); ++i) {
    int64_t id = (*metadata->snapshots[i])->snapshot_id;
    if (!needed.contains(id)) old.push_back(id);
  }
  return old.empty() ? Ok() : iceberg::RemoveSnapshots(metadata, old, now_ms);
}

Versions::Versions(std::shared_ptr<storage::Store> store, size_t kept, std::vector<std::string> allowed_folders)
    : store_(std::move(store)), kept_(std::max<size_t>(kept, 1)), allowed_folders_(std::move(allowed_folders)) {}

TableVersionPtr Versions::Lookup(const std::string& key) {
  std::lock_guard lock(mutex_);
  auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  latest_.splice(latest_.begin(), latest_, found->second);
  return found->second->second;
}

void Versions::Keep(const std::string& key, TableVersionPtr version) {
  std::lock_guard lock(mutex_);
  if (by_key_.contains(key)) return;
  latest_.emplace_front(key, std::move(version));
  by_key_[latest_.front().first] = latest_.begin();
  if (latest_.size() > kept_) {
    by_key_.erase(latest_.back().first);
    latest_.pop_back();
  }
}

void Versions::Keep(TableVersionPtr version) {
  std::string key = version->metadata_location;
  Keep(key, std::move(version));
}

Result<TableVersionPtr> Versions::Load(const std::string& table_id, const std::string& metadata_uri, bool foreign) {
  if (TableVersionPtr known = Lookup(metadata_uri)) return known;
  if (foreign) return LoadForeign(table_id, metadata_uri);
  FIRN_ASSIGN(iceberg::TableMetadata metadata, iceberg::ReadTableMetadata(*store_, metadata_uri));
  FIRN_ASSIGN(iceberg::TableFilesPtr files, iceberg::LoadTableFiles(*store_, metadata));
  TableVersion version;
  version.table_id = table_id;
  version.metadata_location = metadata_uri;
  version.metadata = std::make_shared<const iceberg::TableMetadata>(std::move(metadata));
  version.files = std::move(files);
  version.snapshot_id = version.metadata->current_snapshot_id;
  version.store = store_;
  version.schema = SchemaOf(version.metadata, nullptr);
  auto shared = std::make_shared<const TableVersion>(std::move(version));
  Keep(shared);
  return shared;
}

Result<TableVersionPtr> Versions::LoadForeign(const std::string& table_id, const std::string& metadata_uri) {
  FIRN_ASSIGN(std::string metadata_path, RealPath(metadata_uri));
  auto allowed = std::find_if(allowed_folders_.begin(), allowed_folders_.end(),
                              [&](const std::string& folder) { return IsBelow(metadata_path, folder); });
  if (allowed == allowed_folders_.end()) {
    return Error(errors::kOutsideLocation, {metadata_uri, "the allowed folders"});
  }
  FIRN_ASSIGN(std::unique_ptr<storage::Store> whole, storage::OpenLocalStore(*allowed));
  FIRN_ASSIGN(iceberg::TableMetadata metadata, iceberg::ReadTableMetadata(*whole, "file://" + metadata_path));
  // The location is what the metadata says; it must hold the metadata itself and lie where tables of others may.
  FIRN_ASSIGN(std::string location, RealPath(metadata.location));
  if (!IsBelow(location, *allowed)) return Error(errors::kOutsideLocation, {metadata.location, "file://" + *allowed});
  FIRN_TRY(CheckBelow(metadata_uri, location));
  // A store with its root at the location refuses every path beyond it.
  FIRN_ASSIGN(std::unique_ptr<storage::Store> store, storage::OpenLocalStore(LocalPath(metadata.location)));
  FIRN_ASSIGN(iceberg::TableFilesPtr files, iceberg::LoadTableFiles(*store, metadata));
  for (const iceberg::LiveFilePtr& file : files->files()) {
    FIRN_TRY(CheckBelow(file->data->path, location));
    if (file->vector) FIRN_TRY(CheckBelow(file->vector->path, location));
    for (const iceberg::DataFilePtr& deletes : file->position_deletes) FIRN_TRY(CheckBelow(deletes->path, location));
  }
  TableVersion version;
  version.table_id = table_id;
  version.metadata_location = metadata_uri;
  version.metadata = std::make_shared<const iceberg::TableMetadata>(std::move(metadata));
  version.files = std::move(files);
  version.snapshot_id = version.metadata->current_snapshot_id;
  version.store = std::move(store);
  version.schema = SchemaOf(version.metadata, nullptr);
  auto shared = std::make_shared<const TableVersion>(std::move(version));
  Keep(shared);
  return shared;
}

Result<TableVersionPtr> Versions::Make(const TableVersion& current, const Found& found, const std::string& table_name,
                                       int64_t oldest) {
  // Rule 13. A held snapshot stays in the newest metadata; a time before the oldest one is not answered by it.
  const bool held = found.snapshot && current.metadata->FindSnapshot((*found.snapshot)->snapshot_id);
  const int64_t sequence = found.snapshot ? (*found.snapshot)->sequence_number : 0;
  if (oldest > 0 && sequence < oldest && !held) return NoTimeTravel(table_name);
  TableVersion version = current;
  version.metadata = found.metadata;
  version.metadata_location.clear();
  if (!found.snapshot) {
    version.files = std::make_shared<const iceberg::TableFiles>();
    version.snapshot_id.reset();
    version.schema = SchemaOf(found.metadata, nullptr);
    return std::make_shared<const TableVersion>(std::move(version));
  }
  const iceberg::Snapshot& snapshot = **found.snapshot;
  const std::string key = current.table_id + "@" + std::to_string(snapshot.snapshot_id);
  if (TableVersionPtr known = Lookup(key)) return known;
  FIRN_ASSIGN(version.files, iceberg::LoadTableFiles(*current.store, *found.metadata, snapshot.snapshot_id));
  version.snapshot_id = snapshot.snapshot_id;
  version.schema = SchemaOf(found.metadata, &snapshot);
  auto shared = std::make_shared<const TableVersion>(std::move(version));
  Keep(key, shared);
  return shared;
}

Result<Versions::MetadataPtr> Versions::ReadMetadata(const TableVersion& current, const std::string& uri,
                                                     const std::string& table_name) {
  if (TableVersionPtr known = Lookup(uri)) return known->metadata;
  Result<iceberg::TableMetadata> metadata = iceberg::ReadTableMetadata(*current.store, uri);
  if (!metadata.ok()) {
    // It was removed as garbage: that part of the history is over.
    if (metadata.error().Is(errors::kNotFound)) return NoTimeTravel(table_name);
    return std::move(metadata).error();
  }
  return std::make_shared<const iceberg::TableMetadata>(std::move(*metadata));
}

Result<Versions::Found> Versions::AtTime(const TableVersion& current, int64_t limit_ms, const std::string& table_name) {
  MetadataPtr metadata = current.metadata;
  while (true) {
    if (const iceberg::SnapshotPtr* snapshot = metadata->SnapshotAsOf(limit_ms)) return Found{metadata, *snapshot};
    const auto& log = metadata->metadata_log;
    if (log.empty()) return Found{metadata, nullptr};
    auto older = std::find_if(log.rbegin(), log.rend(),
                              [&](const iceberg::MetadataLogEntry& entry) { return entry.timestamp_ms <= limit_ms; });
    const bool at_that_time = older != log.rend();
    FIRN_ASSIGN(metadata,
                ReadMetadata(current, at_that_time ? older->metadata_file : log.front().metadata_file, table_name));
    if (at_that_time && !metadata->current_snapshot_id) return Found{metadata, nullptr};
  }
}

Result<Versions::Found> Versions::FindSnapshot(const TableVersion& current, const std::string& table_name,
                                               const std::function<bool(const iceberg::Snapshot&)>& wanted) {
  MetadataPtr metadata = current.metadata;
  while (true) {
    for (auto snapshot = metadata->snapshots.rbegin(); snapshot != metadata->snapshots.rend(); ++snapshot) {
      if (wanted(***snapshot)) return Found{metadata, *snapshot};
    }
    // On to the oldest file whose snapshots reach up to the oldest one here, so that none is passed over.
    const auto& log = metadata->metadata_log;
    if (log.empty() || metadata->snapshot_log.empty()) return NoTimeTravel(table_name);
    const iceberg::SnapshotLogEntry oldest = metadata->snapshot_log.front();
    auto next = std::find_if(log.begin(), log.end(), [&](const iceberg::MetadataLogEntry& entry) {
      return entry.timestamp_ms >= oldest.timestamp_ms;
    });
    if (next == log.end()) --next;
    FIRN_ASSIGN(metadata, ReadMetadata(current, next->metadata_file, table_name));
    if (metadata->snapshot_log.empty() || metadata->snapshot_log.front().snapshot_id == oldest.snapshot_id) {
      return NoTimeTravel(table_name);
    }
  }
}

Result<TableVersionPtr> Versions::AtSnapshot(const TableVersion& current, int64_t snapshot_id,
                                             const std::string& table_name, int64_t oldest) {
  FIRN_ASSIGN(Found found, FindSnapshot(current, table_name, [&](const iceberg::Snapshot& snapshot) {
                return snapshot.snapshot_id == snapshot_id;
              }));
  return Make(current, found, table_name, oldest);
}

Result<TableVersionPtr> Versions::AsOf(const TableVersion& current, const Object& table, const TimePoint& point,
                                       const std::string& table_name, int64_t oldest) {
  using Kind = TimePoint::Kind;
  if (point.kind == Kind::kAtTime || point.kind == Kind::kBeforeTime) {
    const Micros limit = point.kind == Kind::kAtTime ? point.time : point.time - 1;
    if (limit < table.created_on) return NoTimeTravel(table_name);
    FIRN_ASSIGN(Found found, AtTime(current, limit / 1000, table_name));
    return Make(current, found, table_name, oldest);
  }
  FIRN_ASSIGN(Found found, FindSnapshot(current, table_name, [&](const iceberg::Snapshot& snapshot) {
                return NamesQuery(snapshot, point.query_id);
              }));
  if (point.kind == Kind::kAtStatement) return Make(current, found, table_name, oldest);
  const std::optional<int64_t> parent = (*found.snapshot)->parent_snapshot_id;
  if (!parent) return Make(current, Found{found.metadata, nullptr}, table_name, oldest);
  return AtSnapshot(current, *parent, table_name, oldest);
}

}  // namespace firn::catalog

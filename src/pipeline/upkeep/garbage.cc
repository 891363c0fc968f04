#include "pipeline/upkeep/garbage.h"

#include <algorithm>

#include "base/errors.h"
#include "iceberg/manifest.h"

namespace firn::pipeline {

namespace {

using catalog::Object;
using catalog::ObjectKind;
using catalog::ObjectRef;
using catalog::TableVersionPtr;
using iceberg::ManifestFile;
using iceberg::SnapshotPtr;

/// Everything that one version of a table names, but its metadata.
void AddNames(const iceberg::TableFiles& files, std::set<std::string>* uris) {
  for (const iceberg::LoadedManifestPtr& manifest : files.manifests()) {
    uris->insert(manifest->file.path);
    for (const iceberg::DataFilePtr& file : manifest->live) uris->insert(file->path);
  }
}

Result<std::vector<ManifestFile>> ReadList(storage::Store& store, const iceberg::Snapshot& snapshot) {
  FIRN_ASSIGN(std::string path, store.PathOf(snapshot.manifest_list));
  FIRN_ASSIGN(std::string bytes, store.Read(path));
  return iceberg::ReadManifestList(bytes, snapshot.manifest_list);
}

/// A file that the manifest calls deleted is needed by none of the snapshots that have the manifest.
enum class Of { kLiveEntries, kAllEntries };

Status AddFilesOf(storage::Store& store, const ManifestFile& manifest, Of entries_of, std::set<std::string>* uris) {
  FIRN_ASSIGN(std::string path, store.PathOf(manifest.path));
  FIRN_ASSIGN(std::string bytes, store.Read(path));
  FIRN_ASSIGN(auto entries, iceberg::ReadManifest(bytes, manifest));
  for (const iceberg::ManifestEntry& entry : entries) {
    if (entries_of == Of::kAllEntries || entry.status != iceberg::EntryStatus::kDeleted) uris->insert(entry.file->path);
  }
  return Ok();
}

/// Snapshots whose files, together, are those of all kept ones as far as an older snapshot named them too: along a line
/// of parents a file that is gone does not come back, so the first of each line does.
std::vector<SnapshotPtr> LineStarts(const History& history, int64_t from) {
  std::vector<SnapshotPtr> starts;
  const SnapshotPtr* before = nullptr;
  for (auto at = history.snapshots.lower_bound(from); at != history.snapshots.end(); ++at) {
    const bool goes_on = before && (*at->second)->parent_snapshot_id == (**before)->snapshot_id;
    if (!goes_on) starts.push_back(at->second);
    before = &at->second;
  }
  return starts;
}

bool IsBelow(const std::string& uri, const std::string& location) { return uri.starts_with(location + "/"); }

/// The last table id of "data/<id>/…"; "" for another path.
std::string TableOf(std::string_view path) {
  constexpr std::string_view kData = "data/";
  if (!path.starts_with(kData)) return "";
  path.remove_prefix(kData.size());
  return std::string(path.substr(0, path.find('/')));
}

/// What the Delta mirror looks after itself (delta/table_log.h).
bool IsDeltas(std::string_view below_location) {
  return below_location.starts_with("/_delta_log/") || below_location.starts_with("/_delta_vectors/");
}

}  // namespace

Micros Garbage::WaitOf(const Object& table) const {
  auto delta = table.options.find("DELTA");
  const bool mirrored = delta != table.options.end() && Upper(delta->second) == "TRUE";
  return mirrored ? std::max(limits_.garbage_after, limits_.delta_garbage_after) : limits_.garbage_after;
}

// --- what tables name of others' -------------------------------------------------------------------------------------

Result<std::set<std::string>> Garbage::OutsideOf(const catalog::CatalogState& state, const ObjectRef& table) {
  FIRN_ASSIGN(TableVersionPtr version, catalog_.TableAt(state, *table));
  std::set<std::string> uris;
  AddNames(*version->files, &uris);
  const int64_t oldest = state.Head(table->id)->oldest_sequence;
  FIRN_ASSIGN(History history, ReadHistory(*version->store, *version, oldest));
  std::vector<SnapshotPtr> starts = LineStarts(history, oldest);
  for (const auto& [name, ref] : version->metadata->refs)
    starts.push_back(*version->metadata->FindSnapshot(ref.snapshot_id));
  for (const auto& [sequence, snapshot] : history.snapshots) uris.insert((*snapshot)->manifest_list);
  for (const SnapshotPtr& start : starts) {
    if (version->snapshot_id == (*start)->snapshot_id) continue;
    FIRN_ASSIGN(TableVersionPtr kept, catalog_.TableAtSnapshot(state, *table, (*start)->snapshot_id));
    AddNames(*kept->files, &uris);
  }
  std::erase_if(uris, [&](const std::string& uri) { return IsBelow(uri, version->metadata->location); });
  return uris;
}

Result<std::set<std::string>> Garbage::NamedByOthers(const catalog::CatalogState& state, const std::string& table_id) {
  std::set<std::string> named, known;
  for (const std::string& id : state.TableIds()) {
    known.insert(id);
    if (id == table_id) continue;
    ObjectRef table = state.ById(id);
    if (!table || !table->As<catalog::TableInfo>() || table->As<catalog::TableInfo>()->read_only) continue;
    const int64_t oldest = state.Head(id)->oldest_sequence;
    auto found = outside_.find(id);
    // A table never comes to name more of others' files than it did; it comes to name less.
    if (found == outside_.end() || (!found->second.uris.empty() && found->second.oldest != oldest)) {
      FIRN_ASSIGN(auto uris, OutsideOf(state, table));
      found = outside_.insert_or_assign(id, Outside{oldest, std::move(uris)}).first;
    }
    named.insert(found->second.uris.begin(), found->second.uris.end());
  }
  std::erase_if(outside_, [&](const auto& row) { return !known.contains(row.first); });
  return named;
}

Status Garbage::Add(const catalog::CatalogState& state, int64_t position, Micros wait, const std::string& table_id,
                    const std::set<std::string>& uris) {
  if (uris.empty()) return Ok();
  FIRN_ASSIGN(std::set<std::string> named, NamedByOthers(state, table_id));
  Batch batch{position, catalog_.clock().Now() + wait, {}};
  for (const std::string& uri : uris) {
    if (named.contains(uri)) continue;
    FIRN_ASSIGN(std::string path, catalog_.store()->PathOf(uri));
    // Only under Firn's own prefixes, and only of that table.
    if (TableOf(path) == table_id) batch.paths.push_back(std::move(path));
  }
  if (!batch.paths.empty()) batches_.push_back(std::move(batch));
  return Ok();
}

// --- expired snapshots -----------------------------------------------------------------------------------------------

Status Garbage::AddExpired(const Expired& expired) {
  const catalog::StatePtr state = catalog_.Current();
  ObjectRef table = state->ById(expired.table_id);
  if (!table || !state->Head(expired.table_id)) return Ok();
  FIRN_ASSIGN(TableVersionPtr head, catalog_.TableAt(*state, *table));
  storage::Store& store = *head->store;
  FIRN_ASSIGN(History history, ReadHistory(store, *head, expired.from));
  std::set<std::string> kept;
  AddNames(*head->files, &kept);
  std::vector<SnapshotPtr> starts = LineStarts(history, expired.to);
  std::set<int64_t> held;
  for (const auto& [name, ref] : head->metadata->refs) {
    held.insert(ref.snapshot_id);
    starts.push_back(*head->metadata->FindSnapshot(ref.snapshot_id));
  }
  for (const SnapshotPtr& start : starts) {
    kept.insert((*start)->manifest_list);
    if (head->snapshot_id == (*start)->snapshot_id) continue;
    FIRN_ASSIGN(TableVersionPtr version, catalog_.TableAtSnapshot(*state, *table, (*start)->snapshot_id));
    AddNames(*version->files, &kept);
  }
  std::set<std::string> gone, seen;
  for (auto at = history.snapshots.begin(); at != history.snapshots.end() && at->first < expired.to; ++at) {
    const iceberg::Snapshot& snapshot = **at->second;
    if (held.contains(snapshot.snapshot_id) || kept.contains(snapshot.manifest_list)) continue;
    auto rows = ReadList(store, snapshot);
    if (!rows.ok() && rows.error().Is(errors::kNotFound)) continue;  // gone with an earlier expiry
    if (!rows.ok()) return std::move(rows).error();
    gone.insert(snapshot.manifest_list);
    for (const ManifestFile& manifest : *rows) {
      if (kept.contains(manifest.path) || !seen.insert(manifest.path).second) continue;
      gone.insert(manifest.path);
      Status read = AddFilesOf(store, manifest, Of::kAllEntries, &gone);
      if (!read.ok() && !read.error().Is(errors::kNotFound)) return read;
    }
  }
  std::erase_if(gone, [&](const std::string& uri) { return kept.contains(uri); });
  // Metadata files that tell of given-up snapshots alone.
  int64_t last = -1;
  for (const History::Read& read : history.read) {
    if (read.last_sequence < expired.to) last = std::max(last, read.number);
  }
  if (last >= 0) {
    FIRN_ASSIGN(std::string folder, store.PathOf(head->metadata->location + "/metadata/"));
    FIRN_ASSIGN(auto listed, store.List(folder));
    for (const storage::ObjectInfo& object : listed) {
      const int64_t number = MetadataNumber(object.path);
      if (number >= 0 && number <= last) gone.insert(store.Uri(object.path));
    }
  }
  return Add(*state, expired.position, WaitOf(*table), table->id, gone);
}

// --- purged objects --------------------------------------------------------------------------------------------------

namespace {

/// Tables in an object and below it, dropped ones too.
void CollectTables(const catalog::CatalogState& state, const ObjectRef& object, std::vector<ObjectRef>* tables) {
  if (object->kind() == ObjectKind::kTable) tables->push_back(object);
  for (ObjectKind kind : {ObjectKind::kSchema, ObjectKind::kTable}) {
    for (const ObjectRef& child : state.Children(object->id, kind)) CollectTables(state, child, tables);
    for (const ObjectRef& child : state.DroppedChildren(object->id, kind)) CollectTables(state, child, tables);
  }
}

/// Dropped objects whose parents are not dropped.
std::vector<ObjectRef> Dropped(const catalog::CatalogState& state) {
  std::vector<ObjectRef> dropped = state.DroppedChildren("", ObjectKind::kDatabase);
  auto take = [&](const std::string& parent, ObjectKind kind) {
    for (ObjectRef& object : state.DroppedChildren(parent, kind)) dropped.push_back(std::move(object));
  };
  for (const ObjectRef& database : state.Children("", ObjectKind::kDatabase)) {
    take(database->id, ObjectKind::kSchema);
    for (const ObjectRef& schema : state.Children(database->id, ObjectKind::kSchema)) {
      take(schema->id, ObjectKind::kTable);
    }
  }
  return dropped;
}

}  // namespace

Status Garbage::Purge() {
  FIRN_ASSIGN(catalog::StatePtr state, catalog_.Head());
  const Micros now = catalog_.clock().Now();
  for (const ObjectRef& object : Dropped(*state)) {
    if (object->dropped_on + RetentionOf(*state, *object, limits_) > now) continue;
    std::vector<ObjectRef> tables;
    CollectTables(*state, object, &tables);
    catalog::Transaction transaction;
    transaction.objects.push_back(catalog::ObjectChange::Purge(*object));
    auto committed = catalog_.Commit(std::move(transaction));
    if (!committed.ok() && committed.error().Is(errors::kConflict)) continue;
    if (!committed.ok()) return std::move(committed).error();
    for (const ObjectRef& table : tables) {
      if (table->As<catalog::TableInfo>()->read_only) continue;
      FIRN_ASSIGN(auto listed, catalog_.store()->List("data/" + table->id + "/"));
      std::set<std::string> uris;
      for (const storage::ObjectInfo& file : listed) uris.insert(catalog_.store()->Uri(file.path));
      FIRN_TRY(Add(*catalog_.Current(), committed->position, WaitOf(*table), table->id, uris));
    }
  }
  return Ok();
}

// --- orphans ---------------------------------------------------------------------------------------------------------

Status Garbage::AddOrphans(const std::string& table_id, Micros store_time) {
  // The list comes first: what is written later is young.
  FIRN_ASSIGN(auto listed, catalog_.store()->List("data/" + table_id + "/"));
  std::erase_if(listed,
                [&](const storage::ObjectInfo& file) { return file.modified > store_time - limits_.orphan_age; });
  if (listed.empty()) return Ok();
  FIRN_ASSIGN(catalog::StatePtr state, catalog_.Head());
  ObjectRef table = state->ById(table_id);
  const catalog::TableHead* head = table ? state->Head(table_id) : nullptr;
  if (!head) return Ok();
  FIRN_ASSIGN(TableVersionPtr version, catalog_.TableAt(*state, *table));
  storage::Store& store = *version->store;
  FIRN_ASSIGN(History history, ReadHistory(store, *version, head->oldest_sequence));
  std::set<std::string> named = std::move(history.metadata_files);
  AddNames(*version->files, &named);
  std::set<std::string> seen;
  for (const auto& [sequence, snapshot] : history.snapshots) {
    const bool held = version->metadata->FindSnapshot((*snapshot)->snapshot_id) != nullptr;
    if (sequence < head->oldest_sequence && !held) continue;
    named.insert((*snapshot)->manifest_list);
    FIRN_ASSIGN(auto rows, ReadList(store, **snapshot));
    for (const ManifestFile& manifest : rows) {
      if (!seen.insert(manifest.path).second) continue;
      named.insert(manifest.path);
      FIRN_TRY(AddFilesOf(store, manifest, Of::kLiveEntries, &named));
    }
  }
  FIRN_ASSIGN(std::string location, store.PathOf(version->metadata->location));
  std::set<std::string> orphans;
  for (const storage::ObjectInfo& file : listed) {
    std::string uri = store.Uri(file.path);
    if (named.contains(uri) || IsDeltas(std::string_view(file.path).substr(location.size()))) continue;
    orphans.insert(std::move(uri));
  }
  return Add(*state, state->position(), WaitOf(*table), table_id, orphans);
}

Status Garbage::AddLostFolders(Micros store_time) {
  FIRN_ASSIGN(auto listed, catalog_.store()->List("data/"));
  FIRN_ASSIGN(catalog::StatePtr state, catalog_.Head());
  std::map<std::string, std::set<std::string>> lost;
  std::set<std::string> young;
  for (const storage::ObjectInfo& file : listed) {
    std::string id = TableOf(file.path);
    if (id.empty() || state->ById(id)) continue;
    if (file.modified > store_time - limits_.orphan_age) young.insert(id);
    lost[id].insert(catalog_.store()->Uri(file.path));
  }
  for (auto& [id, uris] : lost) {
    if (!young.contains(id)) FIRN_TRY(Add(*state, state->position(), limits_.garbage_after, id, uris));
  }
  return Ok();
}

// --- deleting --------------------------------------------------------------------------------------------------------

size_t Garbage::waiting() const {
  size_t count = 0;
  for (const Batch& batch : batches_) count += batch.paths.size();
  return count;
}

Status Garbage::Delete(int64_t oldest) {
  const Micros now = catalog_.clock().Now();
  for (auto batch = batches_.begin(); batch != batches_.end();) {
    if (batch->position > oldest || batch->ready > now) {
      ++batch;
      continue;
    }
    while (!batch->paths.empty()) {
      FIRN_TRY(catalog_.store()->Delete(batch->paths.back()));
      batch->paths.pop_back();
      ++deleted_;
    }
    batch = batches_.erase(batch);
  }
  return Ok();
}

}  // namespace firn::pipeline

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/errors.h"
#include "base/ids.h"
#include "iceberg/manifest_set.h"
#include "iceberg/metadata_folder.h"
#include "iceberg/summary.h"
#include "iceberg/table_change.h"

namespace firn::iceberg {

namespace {

/// New entries to one manifest; a larger change makes several.
constexpr size_t kEntriesPerManifest = 2000;

Error Broken(std::string sentence) { return Error(errors::kInternal, {"table change: " + std::move(sentence)}); }

/// A manifest of new files, written once, with what its row and its files inherit at each Apply still open.
struct NewManifest {
  ManifestFile row;
  std::vector<DataFilePtr> files;
};

Status Check(const TableMetadata& base, const TableChange& change) {
  if (base.format_version < 2) return Error(errors::kUnsupported, {"writing to a table of Iceberg version 1"});
  if (base.format_version < 3 && !change.vectors.empty()) {
    return Error(errors::kUnsupported, {"deletion vectors in a table of Iceberg version 2"});
  }
  if (base.format_version >= 3 && !change.added_deletes.empty()) {
    return Error(errors::kUnsupported, {"new position-delete files in a table of Iceberg version 3"});
  }
  bool deletes = !change.removed.empty() || !change.vectors.empty() || !change.added_deletes.empty();
  if (change.operation == Operation::kAppend && deletes) return Broken("an append removes rows");
  for (const DataFile& file : change.added) {
    if (file.content != FileContent::kData) return Broken("'" + file.path + "' is no data file");
  }
  for (const DataFile& file : change.added_deletes) {
    if (file.content != FileContent::kPositionDeletes) return Broken("'" + file.path + "' has no position deletes");
  }
  return Ok();
}

bool DeletesAll(const DeletionVector& vector, int64_t rows) {
  auto count = static_cast<uint64_t>(rows);
  return vector.Cardinality() == count && vector.Last().value_or(0) < count;
}

/// Vectors that delete every row become removals: nothing is left to mark.
void DropFullyDeleted(const TableFiles& files, TableChange* change) {
  for (auto at = change->vectors.begin(); at != change->vectors.end();) {
    const std::string path = at->first;
    auto own = std::find_if(change->added.begin(), change->added.end(),
                            [&](const DataFile& file) { return file.path == path; });
    const LiveFilePtr* live = own == change->added.end() ? files.Find(path) : nullptr;
    if (at->second->Empty()) {
      at = change->vectors.erase(at);
    } else if (own != change->added.end() && DeletesAll(*at->second, own->record_count)) {
      change->added.erase(own);
      at = change->vectors.erase(at);
    } else if (live && DeletesAll(*at->second, (*live)->data->record_count)) {
      change->removed.push_back(path);
      at = change->vectors.erase(at);
    } else {
      ++at;
    }
  }
}

}  // namespace

struct PreparedChange::State {
  State(TableChange c, std::string location)
      : change(std::move(c)), folder(std::move(location), NewUuid()), manifests(change.snapshot_id, &folder) {}

  TableChange change;
  MetadataFolder folder;
  ManifestSet manifests;
  std::vector<NewManifest> added;  ///< data first, then deletes
  int attempts = 0;
  std::unordered_set<std::string> used;  ///< URIs that the latest Apply relies on

  Status WriteVectors(storage::Store& store, const TableFiles& files, std::vector<DataFile>* entries);
  Status WriteNewManifests(storage::Store& store, const TableMetadata& base, std::vector<DataFile> files,
                           ManifestContent content);
};

/// One application to one head.
class ChangeApplier {
 public:
  ChangeApplier(storage::Store& store, PreparedChange::State* state, const TableMetadata& head, const TableFiles& files)
      : store_(store), state_(*state), head_(head), files_(files), sequence_(head.last_sequence_number + 1) {}

  Result<AppliedChange> Run(Micros now);

 private:
  Status CollectRemoved();
  Status CollectRemoved(const std::string& path);
  void CollectDeadDeletes();
  void AddNewManifests(std::vector<LoadedManifestPtr>* manifests);
  bool FinishRows(std::vector<LoadedManifestPtr>* manifests);
  bool AssignRowIds(LoadedManifest* manifest);
  std::vector<LiveFilePtr> LiveFiles(const std::vector<LoadedManifestPtr>& manifests) const;
  bool NeedsJoin() const;
  Status AddSnapshot(const std::vector<LoadedManifestPtr>& manifests, Micros now, TableMetadata* metadata);

  storage::Store& store_;
  PreparedChange::State& state_;
  const TableMetadata& head_;
  const TableFiles& files_;
  int64_t sequence_;
  int64_t next_row_id_ = 0;
  std::unordered_set<const DataFile*> removed_;           ///< data and delete files
  std::unordered_map<std::string, DataFilePtr> vectors_;  ///< new ones with their numbers, by data file
  size_t new_manifests_ = 0;
};

Status PreparedChange::State::WriteVectors(storage::Store& store, const TableFiles& files,
                                           std::vector<DataFile>* entries) {
  std::vector<std::pair<std::string, std::string>> puffins;
  for (const auto& [path, vector] : change.vectors) {
    auto own = std::find_if(change.added.begin(), change.added.end(),
                            [&, p = &path](const DataFile& file) { return file.path == *p; });
    const LiveFilePtr* live = own == change.added.end() ? files.Find(path) : nullptr;
    if (own == change.added.end() && !live) return Broken("a deletion vector is of the unknown file '" + path + "'");
    const DataFile& data = live ? *(*live)->data : *own;
    auto positions = static_cast<int64_t>(vector->Cardinality());
    if (vector->Last().value_or(0) >= static_cast<uint64_t>(data.record_count)) {
      return Broken("a deletion vector deletes rows that '" + path + "' does not have");
    }
    WrittenVector written = WritePuffin(*vector, path);
    DataFile entry;
    entry.content = FileContent::kPositionDeletes;
    entry.format = FileFormat::kPuffin;
    entry.path = folder.NewUri("-dv.puffin");
    entry.spec_id = data.spec_id;
    entry.partition = data.partition;
    entry.record_count = positions;
    entry.size = static_cast<int64_t>(written.bytes.size());
    entry.referenced_data_file = path;
    entry.content_offset = written.offset;
    entry.content_size = written.length;
    puffins.emplace_back(entry.path, std::move(written.bytes));
    entries->push_back(std::move(entry));
  }
  return folder.Write(store, puffins);
}

Status PreparedChange::State::WriteNewManifests(storage::Store& store, const TableMetadata& base,
                                                std::vector<DataFile> files, ManifestContent content) {
  std::stable_sort(files.begin(), files.end(),
                   [](const DataFile& a, const DataFile& b) { return a.spec_id < b.spec_id; });
  std::vector<std::pair<std::string, std::string>> written;
  for (size_t i = 0; i < files.size();) {
    const PartitionSpec* spec = base.FindSpec(files[i].spec_id);
    if (!spec) return Broken("partition spec " + std::to_string(files[i].spec_id) + " is unknown");
    NewManifest made;
    std::vector<ManifestEntry> entries;
    for (; i < files.size() && files[i].spec_id == spec->spec_id && entries.size() < kEntriesPerManifest; ++i) {
      made.files.push_back(std::make_shared<const DataFile>(std::move(files[i])));
      entries.push_back({EntryStatus::kAdded, change.snapshot_id, made.files.back()});
    }
    FIRN_ASSIGN(WrittenManifest manifest,
                WriteManifest(base.format_version, SchemaOf(base, *spec), *spec, content, change.snapshot_id, entries));
    made.row = std::move(manifest.file);
    made.row.path = folder.NewUri("-m.avro");
    written.emplace_back(made.row.path, std::move(manifest.bytes));
    added.push_back(std::move(made));
  }
  return folder.Write(store, written);
}

PreparedChange::PreparedChange(std::unique_ptr<State> state) : state_(std::move(state)) {}
PreparedChange::PreparedChange(PreparedChange&&) noexcept = default;
PreparedChange& PreparedChange::operator=(PreparedChange&&) noexcept = default;
PreparedChange::~PreparedChange() = default;

const TableChange& PreparedChange::change() const { return state_->change; }

int64_t PreparedChange::snapshot_id() const { return state_->change.snapshot_id; }

std::vector<std::string> PreparedChange::Leftovers(bool given_up) const {
  std::vector<std::string> out;
  for (const std::string& uri : state_->folder.written()) {
    if (given_up || !state_->used.contains(uri)) out.push_back(uri);
  }
  return out;
}

Result<PreparedChange> PreparedChange::Make(storage::Store& store, const TableMetadata& base, const TableFiles& files,
                                            TableChange change) {
  FIRN_TRY(Check(base, change));
  DropFullyDeleted(files, &change);
  while (change.snapshot_id == 0) change.snapshot_id = static_cast<int64_t>(RandomU64() >> 1);
  auto state = std::make_unique<State>(std::move(change), base.location);
  std::vector<DataFile> deletes = state->change.added_deletes;
  FIRN_TRY(state->WriteVectors(store, files, &deletes));
  FIRN_TRY(state->WriteNewManifests(store, base, state->change.added, ManifestContent::kData));
  FIRN_TRY(state->WriteNewManifests(store, base, std::move(deletes), ManifestContent::kDeletes));
  return PreparedChange(std::move(state));
}

Result<AppliedChange> PreparedChange::Apply(storage::Store& store, const TableMetadata& head, const TableFiles& files,
                                            Micros now) {
  return ChangeApplier(store, state_.get(), head, files).Run(now);
}

Status ChangeApplier::CollectRemoved(const std::string& path) {
  const LiveFilePtr* live = files_.Find(path);
  if (!live) return Error(errors::kConflict, {head_.location, "data file " + path + " was removed"});
  // Deletes of this file alone go with it, and are part of a vector that comes in their place.
  if ((*live)->vector) removed_.insert((*live)->vector.get());
  for (const DataFilePtr& deletes : (*live)->position_deletes) {
    if (deletes->referenced_data_file == path) removed_.insert(deletes.get());
  }
  return Ok();
}

Status ChangeApplier::CollectRemoved() {
  for (const std::string& path : state_.change.removed) {
    FIRN_TRY(CollectRemoved(path));
    if (!removed_.insert((*files_.Find(path))->data.get()).second) return Broken("'" + path + "' is removed twice");
  }
  std::unordered_set<std::string_view> own;
  for (const DataFile& file : state_.change.added) own.insert(file.path);
  for (const auto& [path, vector] : state_.change.vectors) {
    if (!own.contains(path)) FIRN_TRY(CollectRemoved(path));
  }
  if (!state_.change.removed.empty()) CollectDeadDeletes();
  return Ok();
}

/// Position- and equality-delete files that are older than every data file left delete nothing any more.
void ChangeApplier::CollectDeadDeletes() {
  int64_t oldest = sequence_;
  for (const LiveFilePtr& file : files_.files()) {
    if (!removed_.contains(file->data.get())) oldest = std::min(oldest, file->data->data_sequence_number);
  }
  for (const LoadedManifestPtr& manifest : files_.manifests()) {
    if (manifest->file.content != ManifestContent::kDeletes) continue;
    for (const DataFilePtr& file : manifest->live) {
      if (!file->IsDeletionVector() && file->data_sequence_number < oldest) removed_.insert(file.get());
    }
  }
}

void ChangeApplier::AddNewManifests(std::vector<LoadedManifestPtr>* manifests) {
  std::vector<LoadedManifestPtr> fresh;
  for (const NewManifest& made : state_.added) {
    auto loaded = std::make_shared<LoadedManifest>();
    loaded->file = made.row;
    for (const DataFilePtr& file : made.files) {
      auto numbered = std::make_shared<DataFile>(*file);
      if (numbered->data_sequence_number < 0) numbered->data_sequence_number = sequence_;
      numbered->file_sequence_number = sequence_;
      numbered->added_snapshot_id = state_.change.snapshot_id;
      if (numbered->IsDeletionVector()) vectors_[*numbered->referenced_data_file] = numbered;
      loaded->live.push_back(std::move(numbered));
    }
    fresh.push_back(std::move(loaded));
  }
  new_manifests_ = fresh.size();
  manifests->insert(manifests->begin(), fresh.begin(), fresh.end());
}

/// Gives row ids to the files that have none (spec "First Row ID Assignment"). Whether a file of an older snapshot got
/// some, which happens once after an upgrade to version 3.
bool ChangeApplier::AssignRowIds(LoadedManifest* manifest) {
  bool old_files = false;
  manifest->file.first_row_id = next_row_id_;
  for (DataFilePtr& file : manifest->live) {
    if (file->first_row_id) continue;
    auto numbered = std::make_shared<DataFile>(*file);
    numbered->first_row_id = next_row_id_;
    next_row_id_ += numbered->record_count;
    old_files |= numbered->added_snapshot_id != state_.change.snapshot_id;
    file = std::move(numbered);
  }
  return old_files;
}

/// Sets what the rows of new manifests had left open. Whether data files of older snapshots changed.
bool ChangeApplier::FinishRows(std::vector<LoadedManifestPtr>* manifests) {
  bool old_files = false;
  for (LoadedManifestPtr& manifest : *manifests) {
    bool wants_ids =
        head_.format_version >= 3 && manifest->file.content == ManifestContent::kData && !manifest->file.first_row_id;
    if (manifest->file.sequence_number >= 0 && !wants_ids) continue;
    auto finished = std::make_shared<LoadedManifest>(*manifest);
    ManifestFile& row = finished->file;
    if (row.sequence_number < 0) {
      row.sequence_number = sequence_;
      row.min_sequence_number = sequence_;
      for (const DataFilePtr& file : finished->live) {
        row.min_sequence_number = std::min(row.min_sequence_number, file->data_sequence_number);
      }
    }
    if (wants_ids) old_files |= AssignRowIds(finished.get());
    manifest = std::move(finished);
  }
  return old_files;
}

bool ChangeApplier::NeedsJoin() const {
  const auto& deletes = state_.change.added_deletes;
  return !deletes.empty() || std::any_of(removed_.begin(), removed_.end(), [](const DataFile* file) {
    return file->content != FileContent::kData && !file->IsDeletionVector();
  });
}

std::vector<LiveFilePtr> ChangeApplier::LiveFiles(const std::vector<LoadedManifestPtr>& manifests) const {
  std::vector<LiveFilePtr> out;
  const auto& old = files_.files();
  out.reserve(old.size() + state_.change.added.size());
  bool touches = !removed_.empty() || !vectors_.empty();
  auto live = [&](const DataFilePtr& data, const LiveFilePtr& before) -> LiveFilePtr {
    auto vector = vectors_.find(data->path);
    if (vector == vectors_.end() && before) return before;
    auto file = std::make_shared<LiveFile>();
    file->data = data;
    if (before) file->equality_deletes = before->equality_deletes;
    if (vector != vectors_.end()) file->vector = vector->second;
    return file;
  };
  if (!touches) out = old;
  for (size_t i = 0; touches && i < old.size(); ++i) {
    if (!removed_.contains(old[i]->data.get())) out.push_back(live(old[i]->data, old[i]));
  }
  for (size_t i = 0; i < new_manifests_; ++i) {
    if (manifests[i]->file.content != ManifestContent::kData) continue;
    for (const DataFilePtr& data : manifests[i]->live) out.push_back(live(data, nullptr));
  }
  return out;
}

Status ChangeApplier::AddSnapshot(const std::vector<LoadedManifestPtr>& manifests, Micros now,
                                  TableMetadata* metadata) {
  const TableChange& change = state_.change;
  bool v3 = head_.format_version >= 3;
  auto ref = head_.refs.find(change.branch);
  const SnapshotPtr* parent = ref == head_.refs.end() ? nullptr : head_.FindSnapshot(ref->second.snapshot_id);
  Snapshot snapshot;
  snapshot.snapshot_id = change.snapshot_id;
  if (parent) snapshot.parent_snapshot_id = (**parent)->snapshot_id;
  snapshot.sequence_number = sequence_;
  snapshot.timestamp_ms = std::max(now / 1000, head_.last_updated_ms);
  snapshot.schema_id = head_.current_schema_id;
  snapshot.summary = change.summary;
  snapshot.summary["operation"] = std::string(Name(change.operation));
  SnapshotCounters counters;
  for (size_t i = 0; i < new_manifests_; ++i) {
    for (const DataFilePtr& file : manifests[i]->live) counters.Add(*file);
  }
  for (const DataFile* file : removed_) counters.Remove(*file);
  counters.Finish(parent ? &***parent : nullptr, files_, &snapshot.summary);
  if (v3) {
    snapshot.first_row_id = head_.next_row_id;
    snapshot.added_rows = next_row_id_ - head_.next_row_id;
  }
  std::vector<ManifestFile> rows;
  rows.reserve(manifests.size());
  for (const LoadedManifestPtr& manifest : manifests) rows.push_back(manifest->file);
  snapshot.manifest_list =
      state_.folder.UriOf("snap-" + std::to_string(snapshot.snapshot_id) + "-" + std::to_string(++state_.attempts) +
                          "-" + state_.folder.uuid() + ".avro");
  std::string list = WriteManifestList(head_.format_version, snapshot.snapshot_id, snapshot.parent_snapshot_id,
                                       sequence_, snapshot.first_row_id, rows);
  FIRN_TRY(state_.folder.Write(store_, {{snapshot.manifest_list, std::move(list)}}));
  state_.used.clear();
  state_.used.insert(snapshot.manifest_list);
  for (const ManifestFile& row : rows) state_.used.insert(row.path);
  for (const auto& [path, vector] : vectors_) state_.used.insert(vector->path);

  metadata->last_sequence_number = sequence_;
  metadata->last_updated_ms = snapshot.timestamp_ms;
  if (v3) metadata->next_row_id = next_row_id_;
  metadata->refs[change.branch].snapshot_id = snapshot.snapshot_id;
  if (change.branch == "main") {
    metadata->current_snapshot_id = snapshot.snapshot_id;
    metadata->snapshot_log.push_back({snapshot.timestamp_ms, snapshot.snapshot_id});
  }
  metadata->snapshots.push_back(std::make_shared<const StoredSnapshot>(std::move(snapshot)));
  return Ok();
}

Result<AppliedChange> ChangeApplier::Run(Micros now) {
  if (head_.FindSnapshot(state_.change.snapshot_id)) return Broken("the snapshot is in the table already");
  next_row_id_ = head_.next_row_id;
  FIRN_TRY(CollectRemoved());
  FIRN_ASSIGN(auto manifests, state_.manifests.Build(store_, head_, files_, removed_, true));
  AddNewManifests(&manifests);
  bool join = FinishRows(&manifests) || NeedsJoin();
  AppliedChange out;
  out.metadata = head_;
  out.snapshot_id = state_.change.snapshot_id;
  FIRN_TRY(AddSnapshot(manifests, now, &out.metadata));
  if (join) {
    out.files = std::make_shared<const TableFiles>(std::move(manifests));
  } else {
    auto live = LiveFiles(manifests);
    out.files = std::make_shared<const TableFiles>(std::move(manifests), std::move(live));
  }
  return out;
}

}  // namespace firn::iceberg

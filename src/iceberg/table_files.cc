#include "iceberg/table_files.h"

#include <algorithm>
#include <unordered_set>

#include "base/errors.h"
#include "iceberg/parallel.h"
#include "iceberg/partition_key.h"

namespace firn::iceberg {

namespace {

/// Delete files by what they may apply to.
struct DeleteIndex {
  std::unordered_map<std::string_view, DataFilePtr> vectors;               ///< by data file
  std::unordered_map<std::string_view, std::vector<DataFilePtr>> of_file;  ///< position deletes of one file
  std::unordered_map<std::string, std::vector<DataFilePtr>> of_partition;  ///< position deletes
  std::unordered_map<std::string, std::vector<DataFilePtr>> equality_of_partition;
  std::vector<DataFilePtr> equality_of_all;

  bool Empty() const {
    return vectors.empty() && of_file.empty() && of_partition.empty() && equality_of_partition.empty() &&
           equality_of_all.empty();
  }

  void Add(const DataFilePtr& file) {
    if (file->content == FileContent::kEqualityDeletes) {
      // A tuple of nulls may be that of a spec whose fields are all void, which deletes in every partition. Taking it
      // as global is the safe side: files with equality deletes are refused, not misread.
      bool global = std::all_of(file->partition.begin(), file->partition.end(), IsNull);
      if (global) {
        equality_of_all.push_back(file);
      } else {
        equality_of_partition[PartitionKey(*file)].push_back(file);
      }
    } else if (file->IsDeletionVector()) {
      if (!file->referenced_data_file) return;
      DataFilePtr& known = vectors[*file->referenced_data_file];
      if (!known || known->data_sequence_number < file->data_sequence_number) known = file;
    } else if (file->referenced_data_file) {
      of_file[*file->referenced_data_file].push_back(file);
    } else {
      of_partition[PartitionKey(*file)].push_back(file);
    }
  }
};

/// Whether the bounds of a delete file's file_path column leave room for `path`.
bool MayName(const DataFile& deletes, const std::string& path) {
  const ColumnMetrics* metrics = deletes.Column(kFilePathId);
  if (!metrics) return true;
  return !(metrics->lower && path < *metrics->lower) && !(metrics->upper && path > *metrics->upper);
}

/// The deletes that apply to a data file (spec "Scan Planning").
LiveFilePtr Join(const DataFilePtr& data, const DeleteIndex& deletes) {
  auto live = std::make_shared<LiveFile>();
  live->data = data;
  if (deletes.Empty()) return live;
  auto take = [&](const std::vector<DataFilePtr>& from, bool strictly, std::vector<DataFilePtr>* to) {
    for (const DataFilePtr& file : from) {
      bool later = strictly ? data->data_sequence_number < file->data_sequence_number
                            : data->data_sequence_number <= file->data_sequence_number;
      if (later && (strictly || MayName(*file, data->path))) to->push_back(file);
    }
  };
  take(deletes.equality_of_all, true, &live->equality_deletes);
  std::string key;
  if (!deletes.of_partition.empty() || !deletes.equality_of_partition.empty()) key = PartitionKey(*data);
  if (auto found = deletes.equality_of_partition.find(key); found != deletes.equality_of_partition.end()) {
    take(found->second, true, &live->equality_deletes);
  }
  if (auto found = deletes.vectors.find(data->path); found != deletes.vectors.end()) {
    if (data->data_sequence_number <= found->second->data_sequence_number) {
      live->vector = found->second;
      return live;
    }
  }
  if (auto found = deletes.of_file.find(data->path); found != deletes.of_file.end()) {
    take(found->second, false, &live->position_deletes);
  }
  if (auto found = deletes.of_partition.find(key); found != deletes.of_partition.end()) {
    take(found->second, false, &live->position_deletes);
  }
  return live;
}

Result<LoadedManifestPtr> LoadManifest(storage::Store& store, const TableMetadata& metadata, const ManifestFile& row) {
  if (row.key_metadata) return Error(errors::kUnsupported, {"the encrypted manifest " + row.path});
  if (!metadata.FindSpec(row.spec_id)) {
    return Error(errors::kCorrupt, {row.path, "partition spec " + std::to_string(row.spec_id) + " is unknown"});
  }
  FIRN_ASSIGN(std::string path, store.PathOf(row.path));
  FIRN_ASSIGN(std::string bytes, store.Read(path));
  FIRN_ASSIGN(auto entries, ReadManifest(bytes, row));
  auto loaded = std::make_shared<LoadedManifest>();
  loaded->file = row;
  loaded->live.reserve(entries.size());
  for (ManifestEntry& entry : entries) {
    if (entry.status != EntryStatus::kDeleted) loaded->live.push_back(std::move(entry.file));
  }
  return LoadedManifestPtr(std::move(loaded));
}

/// `check` is asked of the list and of each manifest before it is opened.
Result<TableFilesPtr> LoadSnapshot(storage::Store& store, const TableMetadata& metadata, const Snapshot& snapshot,
                                   const std::function<Status(const std::string&)>& check) {
  if (snapshot.manifest_list.empty()) {
    return Error(errors::kUnsupported, {"a version 1 snapshot without a manifest list"});
  }
  if (snapshot.key_id)
    return Error(errors::kUnsupported, {"the encrypted snapshot " + std::to_string(snapshot.snapshot_id)});
  FIRN_TRY(check(snapshot.manifest_list));
  FIRN_ASSIGN(std::string path, store.PathOf(snapshot.manifest_list));
  FIRN_ASSIGN(std::string bytes, store.Read(path));
  FIRN_ASSIGN(auto rows, ReadManifestList(bytes, snapshot.manifest_list));
  for (const ManifestFile& row : rows) FIRN_TRY(check(row.path));
  std::vector<LoadedManifestPtr> manifests(rows.size());
  FIRN_TRY(ParallelEach(rows.size(), [&](size_t i) -> Status {
    FIRN_ASSIGN(manifests[i], LoadManifest(store, metadata, rows[i]));
    return Ok();
  }));
  return std::make_shared<const TableFiles>(std::move(manifests));
}

/// Under the folder by its text, with no way out of it.
bool IsUnder(const std::string& location, const std::string& uri) {
  if (!uri.starts_with(location + "/")) return false;
  std::string_view rest = std::string_view(uri).substr(location.size());
  for (std::string_view part : {"/../", "/./", "//", "%"}) {
    if (rest.find(part) != std::string_view::npos) return false;
  }
  return !rest.ends_with("/..") && !rest.ends_with("/.");
}

Result<std::shared_ptr<const DeletionVector>> LoadVector(storage::Store& store, const LiveFile& file) {
  const DataFile& entry = *file.vector;
  auto bad = [&](std::string sentence) { return Error(errors::kCorrupt, {entry.path, std::move(sentence)}); };
  if (!entry.content_offset || !entry.content_size || *entry.content_offset < 0 || *entry.content_size < 0) {
    return bad("its manifest entry does not say where the deletion vector lies");
  }
  FIRN_ASSIGN(std::string path, store.PathOf(entry.path));
  FIRN_ASSIGN(std::string blob, store.ReadRange(path, static_cast<uint64_t>(*entry.content_offset),
                                                static_cast<uint64_t>(*entry.content_size)));
  if (blob.size() != static_cast<size_t>(*entry.content_size)) return bad("it is shorter than its manifest entry says");
  FIRN_ASSIGN(DeletionVector vector, DeletionVector::FromBlob(blob, entry.path));
  if (vector.Cardinality() != static_cast<uint64_t>(entry.record_count)) {
    return bad("its deletion vector has another cardinality than its manifest entry says");
  }
  if (vector.Last().value_or(0) >= static_cast<uint64_t>(file.data->record_count)) {
    return bad("its deletion vector deletes rows that '" + file.data->path + "' does not have");
  }
  return std::make_shared<const DeletionVector>(std::move(vector));
}

}  // namespace

TableFiles::TableFiles(std::vector<LoadedManifestPtr> manifests) : manifests_(std::move(manifests)) {
  DeleteIndex deletes;
  size_t count = 0;
  for (const LoadedManifestPtr& manifest : manifests_) {
    if (manifest->file.content == ManifestContent::kData) {
      count += manifest->live.size();
    } else {
      for (const DataFilePtr& file : manifest->live) deletes.Add(file);
    }
  }
  files_.reserve(count);
  for (const LoadedManifestPtr& manifest : manifests_) {
    if (manifest->file.content != ManifestContent::kData) continue;
    for (const DataFilePtr& file : manifest->live) files_.push_back(Join(file, deletes));
  }
}

TableFiles::TableFiles(std::vector<LoadedManifestPtr> manifests, std::vector<LiveFilePtr> files)
    : manifests_(std::move(manifests)), files_(std::move(files)) {}

const LiveFilePtr* TableFiles::Find(const std::string& path) const {
  std::call_once(index_->once, [&] {
    index_->by_path.reserve(files_.size());
    for (size_t i = 0; i < files_.size(); ++i) index_->by_path.emplace(files_[i]->data->path, i);
  });
  auto found = index_->by_path.find(path);
  return found == index_->by_path.end() ? nullptr : &files_[found->second];
}

std::vector<LiveFilePtr> TableFiles::Select(const FilePruner& pruner) const {
  std::vector<LiveFilePtr> out;
  for (const LiveFilePtr& file : files_) {
    if (pruner.MayMatch(*file->data)) out.push_back(file);
  }
  return out;
}

int64_t TableFiles::record_count() const {
  int64_t total = 0;
  for (const LiveFilePtr& file : files_) total += file->data->record_count;
  return total;
}

int64_t TableFiles::total_size() const {
  int64_t total = 0;
  for (const LiveFilePtr& file : files_) total += file->data->size;
  return total;
}

Result<TableFilesPtr> LoadTableFiles(storage::Store& store, const TableMetadata& metadata, int64_t snapshot_id) {
  const SnapshotPtr* snapshot = metadata.FindSnapshot(snapshot_id);
  if (!snapshot) {
    return Error(errors::kInvalidInput, {"snapshot " + std::to_string(snapshot_id) + " does not exist"});
  }
  return LoadSnapshot(store, metadata, ***snapshot, [](const std::string&) { return Ok(); });
}

Result<TableFilesPtr> LoadForeignFiles(storage::Store& store, const TableMetadata& metadata, const Snapshot& snapshot,
                                       const TableFiles& before) {
  std::unordered_set<std::string_view> known;
  for (const LoadedManifestPtr& manifest : before.manifests()) {
    known.insert(manifest->file.path);
    for (const DataFilePtr& file : manifest->live) known.insert(file->path);
  }
  auto check = [&](const std::string& uri) -> Status {
    if (known.contains(uri) || IsUnder(metadata.location, uri)) return Ok();
    return Error(errors::kOutsideLocation, {uri, metadata.location});
  };
  FIRN_ASSIGN(TableFilesPtr files, LoadSnapshot(store, metadata, snapshot, check));
  for (const LoadedManifestPtr& manifest : files->manifests()) {
    for (const DataFilePtr& file : manifest->live) FIRN_TRY(check(file->path));
  }
  return files;
}

Result<TableFilesPtr> LoadTableFiles(storage::Store& store, const TableMetadata& metadata) {
  if (!metadata.current_snapshot_id) return std::make_shared<const TableFiles>();
  return LoadTableFiles(store, metadata, *metadata.current_snapshot_id);
}

Result<std::shared_ptr<const DeletionVector>> LoadDeletes(storage::Store& store, const LiveFile& file,
                                                          const PositionDeleteReader& reader) {
  if (!file.equality_deletes.empty()) {
    return Error(errors::kUnsupported, {"reading equality deletes, which '" + file.data->path + "' has"});
  }
  if (file.pending) return file.pending;
  if (file.vector) return LoadVector(store, file);
  if (file.position_deletes.empty()) return std::shared_ptr<const DeletionVector>();
  if (!reader) return Error(errors::kUnsupported, {"position-delete files without a reader"});
  auto out = std::make_shared<DeletionVector>();
  for (const DataFilePtr& deletes : file.position_deletes) {
    FIRN_ASSIGN(auto rows, reader(*deletes));
    for (const auto& [path, position] : rows) {
      if (path == file.data->path) out->Add(position);
    }
  }
  if (out->Empty()) return std::shared_ptr<const DeletionVector>();
  return std::shared_ptr<const DeletionVector>(std::move(out));
}

}  // namespace firn::iceberg

#include "iceberg/table_change.h"

#include <algorithm>
#include <set>
#include <unordered_set>

#include "base/errors.h"

namespace firn::iceberg {

namespace {

bool SameFiles(const std::vector<DataFilePtr>& a, const std::vector<DataFilePtr>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const DataFilePtr& x, const DataFilePtr& y) { return x == y || x->path == y->path; });
}

bool SameVector(const DataFilePtr& a, const DataFilePtr& b) {
  if (a == b) return true;
  return a && b && a->path == b->path && a->content_offset == b->content_offset;
}

/// Why a data file that the change relies on is not as it was, or nothing.
std::optional<std::string> FileConflict(const TableFiles& base, const TableFiles& head, const std::string& path) {
  const LiveFilePtr* before = base.Find(path);
  const LiveFilePtr* now = head.Find(path);
  if (!now) return "data file " + path + " was removed";
  if (!before) return "data file " + path + " was not there before";
  if (*before == *now) return std::nullopt;
  if (!SameVector((*before)->vector, (*now)->vector) ||
      !SameFiles((*before)->position_deletes, (*now)->position_deletes) ||
      !SameFiles((*before)->equality_deletes, (*now)->equality_deletes)) {
    return "rows of data file " + path + " were deleted";
  }
  return std::nullopt;
}

int64_t NewestSequence(const TableFiles& files) {
  int64_t newest = -1;
  for (const LoadedManifestPtr& manifest : files.manifests()) {
    newest = std::max(newest, manifest->file.sequence_number);
  }
  return newest;
}

Operation OperationOf(const TableChange& change, Operation first, Operation second) {
  if (first == Operation::kReplace && second == Operation::kReplace) return Operation::kReplace;
  bool deletes = !change.removed.empty() || !change.vectors.empty() || !change.added_deletes.empty();
  if (!deletes)
    return first == Operation::kAppend && second == Operation::kAppend ? Operation::kAppend : Operation::kOverwrite;
  return change.added.empty() ? Operation::kDelete : Operation::kOverwrite;
}

}  // namespace

TableChange Combine(TableChange first, TableChange second) {
  TableChange out = std::move(first);
  std::unordered_set<std::string> gone(second.removed.begin(), second.removed.end());
  std::erase_if(out.added, [&](const DataFile& file) {
    bool dropped = gone.erase(file.path) > 0;
    if (dropped) out.vectors.erase(file.path);
    return dropped;
  });
  for (const std::string& path : second.removed) {
    bool own = !gone.contains(path);
    out.vectors.erase(path);
    std::erase_if(out.added_deletes, [&](const DataFile& deletes) { return deletes.referenced_data_file == path; });
    if (!own) out.removed.push_back(path);
  }
  for (auto& [path, vector] : second.vectors) out.vectors[path] = std::move(vector);
  std::move(second.added.begin(), second.added.end(), std::back_inserter(out.added));
  std::move(second.added_deletes.begin(), second.added_deletes.end(), std::back_inserter(out.added_deletes));
  for (auto& [key, value] : second.summary) out.summary[key] = std::move(value);
  if (out.snapshot_id == 0) out.snapshot_id = second.snapshot_id;
  out.operation = OperationOf(out, out.operation, second.operation);
  return out;
}

std::optional<std::string> FindConflict(const TableFiles& base, const TableMetadata& head_metadata,
                                        const TableFiles& head, const TableChange& change, const ReadSet& reads) {
  if (&base == &head || base.manifests() == head.manifests()) return std::nullopt;
  std::set<std::string> touched(reads.touched.begin(), reads.touched.end());
  touched.insert(change.removed.begin(), change.removed.end());
  for (const auto& [path, vector] : change.vectors) touched.insert(path);
  for (const DataFile& deletes : change.added_deletes) {
    if (deletes.referenced_data_file) touched.insert(*deletes.referenced_data_file);
  }
  for (const DataFile& own : change.added) touched.erase(own.path);
  for (const std::string& path : touched) {
    if (auto conflict = FileConflict(base, head, path)) return conflict;
  }
  if (!reads.added_files_matter) return std::nullopt;
  FilePruner pruner(head_metadata, head_metadata.schema(), reads.predicate);
  // Compaction rewrites rows that the statement saw; its files keep the age of what they hold.
  int64_t newest = NewestSequence(base);
  for (const LiveFilePtr& file : head.files()) {
    if (file->data->data_sequence_number <= newest || base.Find(file->data->path)) continue;
    if (pruner.MayMatch(*file->data)) return "data file " + file->data->path + " was added and may hold rows it read";
  }
  return std::nullopt;
}

Result<TableFilesPtr> Preview(const TableMetadata& metadata, const TableFiles& files, const TableChange& change) {
  std::unordered_set<std::string_view> removed(change.removed.begin(), change.removed.end());
  std::vector<LiveFilePtr> live;
  live.reserve(files.files().size() + change.added.size());
  size_t found = 0;
  size_t vectors_found = 0;
  auto with_deletes = [&](LiveFile file) -> LiveFilePtr {
    if (auto vector = change.vectors.find(file.data->path); vector != change.vectors.end()) {
      ++vectors_found;
      file.pending = vector->second;
    }
    for (const DataFile& deletes : change.added_deletes) {
      // A file of many data files is read for each; the reader gives the pairs that name this one.
      if (deletes.referenced_data_file && deletes.referenced_data_file != file.data->path) continue;
      file.position_deletes.push_back(std::make_shared<const DataFile>(deletes));
    }
    return std::make_shared<const LiveFile>(std::move(file));
  };
  bool marks = !change.vectors.empty() || !change.added_deletes.empty();
  for (const LiveFilePtr& file : files.files()) {
    if (!removed.empty() && removed.contains(file->data->path)) {
      ++found;
    } else {
      live.push_back(marks ? with_deletes(*file) : file);
    }
  }
  if (found != removed.size()) return Error(errors::kInternal, {"a file to be removed is not in the table"});
  int64_t row_id = metadata.next_row_id;
  for (const DataFile& added : change.added) {
    auto data = std::make_shared<DataFile>(added);
    if (data->data_sequence_number < 0) data->data_sequence_number = metadata.last_sequence_number + 1;
    data->file_sequence_number = metadata.last_sequence_number + 1;
    if (metadata.format_version >= 3) {
      data->first_row_id = row_id;
      row_id += data->record_count;
    }
    LiveFile file;
    file.data = std::move(data);
    live.push_back(with_deletes(std::move(file)));
  }
  if (vectors_found != change.vectors.size()) {
    return Error(errors::kInternal, {"a deletion vector is of a file that is not in the table"});
  }
  return std::make_shared<const TableFiles>(files.manifests(), std::move(live));
}

}  // namespace firn::iceberg

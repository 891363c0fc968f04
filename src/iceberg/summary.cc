#include "iceberg/summary.h"

#include "iceberg/partition_key.h"

namespace firn::iceberg {

void SnapshotCounters::Count(const DataFile& file, Counts* counts) {
  partitions_.insert(PartitionKey(file));
  // A vector counts with its own bytes, not with the Puffin file that may hold others.
  counts->size += file.IsDeletionVector() ? file.content_size.value_or(file.size) : file.size;
  if (file.content == FileContent::kData) {
    ++counts->data_files;
    counts->records += file.record_count;
  } else if (file.content == FileContent::kEqualityDeletes) {
    ++counts->equality_files;
    counts->equality_deletes += file.record_count;
  } else {
    ++(file.IsDeletionVector() ? counts->vectors : counts->position_files);
    counts->position_deletes += file.record_count;
  }
}

void SnapshotCounters::Finish(const Snapshot* parent, const TableFiles& before,
                              std::map<std::string, std::string>* summary) const {
  auto put = [&](const char* key, int64_t number) {
    if (number > 0) (*summary)[key] = std::to_string(number);
  };
  put("added-data-files", added_.data_files);
  put("deleted-data-files", removed_.data_files);
  put("added-records", added_.records);
  put("deleted-records", removed_.records);
  put("added-files-size", added_.size);
  put("removed-files-size", removed_.size);
  put("added-delete-files", added_.DeleteFiles());
  put("removed-delete-files", removed_.DeleteFiles());
  put("added-dvs", added_.vectors);
  put("removed-dvs", removed_.vectors);
  put("added-position-delete-files", added_.position_files);
  put("removed-position-delete-files", removed_.position_files);
  put("added-position-deletes", added_.position_deletes);
  put("removed-position-deletes", removed_.position_deletes);
  put("removed-equality-delete-files", removed_.equality_files);
  put("removed-equality-deletes", removed_.equality_deletes);
  put("changed-partition-count", static_cast<int64_t>(partitions_.size()));

  SnapshotCounters all;
  bool known = parent && parent->Count("total-records", -1) >= 0 && parent->Count("total-data-files", -1) >= 0 &&
               parent->Count("total-delete-files", -1) >= 0 && parent->Count("total-files-size", -1) >= 0;
  if (!known) {
    for (const LoadedManifestPtr& manifest : before.manifests()) {
      for (const DataFilePtr& file : manifest->live) all.Add(*file);
    }
  }
  auto total = [&](const char* key, int64_t counted, int64_t added, int64_t removed) {
    int64_t then = known ? parent->Count(key) : counted;
    (*summary)[key] = std::to_string(std::max<int64_t>(0, then + added - removed));
  };
  const Counts& start = all.added_;
  total("total-data-files", start.data_files, added_.data_files, removed_.data_files);
  total("total-records", start.records, added_.records, removed_.records);
  total("total-files-size", start.size, added_.size, removed_.size);
  total("total-delete-files", start.DeleteFiles(), added_.DeleteFiles(), removed_.DeleteFiles());
  total("total-position-deletes", start.position_deletes, added_.position_deletes, removed_.position_deletes);
  total("total-equality-deletes", start.equality_deletes, added_.equality_deletes, removed_.equality_deletes);
}

}  // namespace firn::iceberg

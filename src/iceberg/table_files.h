// TableFiles: the live files of one snapshot with the deletes that apply to each, in memory. Immutable; the state after
// a commit is made from the state before it without reading manifests back (table_change.h). Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "iceberg/data_file.h"
#include "iceberg/deletion_vector.h"
#include "iceberg/manifest.h"
#include "iceberg/table_metadata.h"
#include "storage/store.h"

namespace firn::iceberg {

/// A data file and what is deleted of it.
struct LiveFile {
  DataFilePtr data;
  DataFilePtr vector;                             ///< its deletion vector, then the older deletes do not count
  std::vector<DataFilePtr> position_deletes;      ///< v2 Parquet files that may name rows of it
  std::vector<DataFilePtr> equality_deletes;      ///< files that may apply; reading them is refused
  std::shared_ptr<const DeletionVector> pending;  ///< deletes of the running transaction, all others included

  bool HasDeletes() const { return vector || pending || !position_deletes.empty() || !equality_deletes.empty(); }
};
using LiveFilePtr = std::shared_ptr<const LiveFile>;

/// A manifest and its live entries, so that it can be rewritten without being read.
struct LoadedManifest {
  ManifestFile file;
  std::vector<DataFilePtr> live;
};
using LoadedManifestPtr = std::shared_ptr<const LoadedManifest>;

class TableFiles {
 public:
  /// An empty table.
  TableFiles() = default;
  /// Joins data files and deletes (spec "Scan Planning").
  explicit TableFiles(std::vector<LoadedManifestPtr> manifests);
  /// As above with the join already done.
  TableFiles(std::vector<LoadedManifestPtr> manifests, std::vector<LiveFilePtr> files);

  const std::vector<LiveFilePtr>& files() const { return files_; }
  const std::vector<LoadedManifestPtr>& manifests() const { return manifests_; }
  /// By URI; null if not live. The index is made on first use.
  const LiveFilePtr* Find(const std::string& path) const;
  /// Files that may hold rows of `predicate` (all for an empty one).
  std::vector<LiveFilePtr> Select(const FilePruner& pruner) const;

  int64_t record_count() const;  ///< rows in data files, before deletes
  int64_t total_size() const;    ///< bytes of data files

 private:
  std::vector<LoadedManifestPtr> manifests_;
  std::vector<LiveFilePtr> files_;
  struct Index {
    std::once_flag once;
    std::unordered_map<std::string_view, size_t> by_path;
  };
  std::shared_ptr<Index> index_ = std::make_shared<Index>();
};
using TableFilesPtr = std::shared_ptr<const TableFiles>;

/// Reads the manifest list and all manifests of a snapshot. Errors: kNotFound, kCorrupt, kUnsupported,
/// kOutsideLocation (a path beyond the store).
Result<TableFilesPtr> LoadTableFiles(storage::Store& store, const TableMetadata& metadata, int64_t snapshot_id);
/// The current snapshot; an empty table has no files.
Result<TableFilesPtr> LoadTableFiles(storage::Store& store, const TableMetadata& metadata);

/// As LoadTableFiles for a snapshot that a foreign writer wrote on top of `before` (commit-protocol rule 14): each
/// list, manifest, data and delete file that `before` does not have must lie under `metadata.location`, which is
/// checked before it is opened. Errors: kOutsideLocation, and those of LoadTableFiles.
Result<TableFilesPtr> LoadForeignFiles(storage::Store& store, const TableMetadata& metadata, const Snapshot& snapshot,
                                       const TableFiles& before);

/// Reads a v2 position-delete Parquet file into (data file URI, position) pairs. The `engine` room has one.
using PositionDeleteReader =
    std::function<Result<std::vector<std::pair<std::string, uint64_t>>>(const DataFile& delete_file)>;

/// The deleted positions of a file; null when it has none. Vectors are read by range through `store` and checked
/// against the manifest (offset, length, referenced file, cardinality). `reader` may be empty for tables without v2
/// deletes. Errors: kNotFound, kCorrupt, kUnsupported (equality deletes; v2 deletes without a reader).
Result<std::shared_ptr<const DeletionVector>> LoadDeletes(storage::Store& store, const LiveFile& file,
                                                          const PositionDeleteReader& reader = {});

}  // namespace firn::iceberg

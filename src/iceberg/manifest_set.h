// The manifests of a new snapshot, made from those of the head: rewritten where files went, merged where small ones
// piled up (the tiers of an LSM tree, so that a file is rewritten log(n) times). Remembers what it wrote, so that a
// lost race rewrites only what changed. Of this room only; one thread.
#pragma once

#include <map>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "iceberg/metadata_folder.h"
#include "iceberg/table_files.h"
#include "iceberg/table_metadata.h"

namespace firn::iceberg {

/// The newest schema that has all source columns of `spec`, the current one first.
const Schema& SchemaOf(const TableMetadata& metadata, const PartitionSpec& spec);

class ManifestSet {
 public:
  ManifestSet(int64_t snapshot_id, MetadataFolder* folder) : snapshot_id_(snapshot_id), folder_(folder) {}

  /// The head's manifests without `removed` (entries by identity). Manifests that only told of older removals go.
  /// `merge`: whether small ones may be merged. New ones have sequence number -1.
  Result<std::vector<LoadedManifestPtr>> Build(storage::Store& store, const TableMetadata& head,
                                               const TableFiles& files,
                                               const std::unordered_set<const DataFile*>& removed, bool merge);

 private:
  using Written = std::vector<std::pair<std::string, std::string>>;
  Result<LoadedManifestPtr> Rewrite(const TableMetadata& head, const LoadedManifestPtr& manifest,
                                    const std::unordered_set<const DataFile*>& removed, Written* written);
  Result<LoadedManifestPtr> MergeInto(const TableMetadata& head, const std::vector<LoadedManifestPtr>& inputs,
                                      Written* written);
  Status Merge(const TableMetadata& head, std::vector<LoadedManifestPtr>* manifests, Written* written);
  /// Takes merges of an earlier attempt whose inputs are all still there. Whether there were any.
  bool MergeAgain(std::vector<LoadedManifestPtr>* manifests);
  Result<LoadedManifestPtr> Write(const TableMetadata& head, const LoadedManifest& like, const std::string& key,
                                  const std::vector<ManifestEntry>& entries, Written* written);

  struct Merged {
    std::vector<std::string> inputs;  ///< URIs
    ManifestFile output;
  };
  int64_t snapshot_id_;
  MetadataFolder* folder_;
  std::map<std::string, ManifestFile> rewritten_;  ///< by URI and what was removed
  std::vector<Merged> merged_;
};

}  // namespace firn::iceberg

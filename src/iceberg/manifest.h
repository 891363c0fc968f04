// Manifests and manifest lists: Avro bytes to values and back (spec "Manifests", "Manifest Lists"). Readers take v1-v3
// and resolve fields by id from the writer's schema; writers write v2 or v3. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "iceberg/data_file.h"
#include "iceberg/partition_spec.h"
#include "iceberg/schema.h"

namespace firn::iceberg {

enum class ManifestContent : uint8_t { kData = 0, kDeletes = 1 };

struct PartitionSummary {
  bool contains_null = false;
  std::optional<bool> contains_nan;
  std::optional<std::string> lower;  ///< binary form
  std::optional<std::string> upper;
};

/// One row of a manifest list. Counts of -1 are unknown (v1).
struct ManifestFile {
  std::string path;  ///< full URI
  int64_t length = 0;
  int spec_id = 0;
  ManifestContent content = ManifestContent::kData;
  int64_t sequence_number = 0;
  int64_t min_sequence_number = 0;
  int64_t added_snapshot_id = 0;
  int32_t added_files = -1;
  int32_t existing_files = -1;
  int32_t deleted_files = -1;
  int64_t added_rows = -1;
  int64_t existing_rows = -1;
  int64_t deleted_rows = -1;
  std::vector<PartitionSummary> partitions;
  std::optional<std::string> key_metadata;
  std::optional<int64_t> first_row_id;  ///< v3, data manifests
};

enum class EntryStatus : uint8_t { kExisting = 0, kAdded = 1, kDeleted = 2 };

/// One row of a manifest. In a kAdded entry to be written the numbers of `file` may be unset (-1, none): they are then
/// inherited from the manifest list. `snapshot_id`: where it was added, or deleted.
struct ManifestEntry {
  EntryStatus status = EntryStatus::kAdded;
  int64_t snapshot_id = -1;
  DataFilePtr file;
};

enum class AvroCodec : uint8_t { kNull, kDeflate };

struct WrittenManifest {
  std::string bytes;
  ManifestFile file;  ///< without path, sequence numbers -1 where they will be inherited
};

/// A manifest of `entries`, all of `spec` and of `content`. `schema` is the table's current one.
/// Errors: kInternal for an entry that breaks the rules (an EXISTING entry without sequence number, a partition of
/// another width).
Result<WrittenManifest> WriteManifest(int format_version, const Schema& schema, const PartitionSpec& spec,
                                      ManifestContent content, int64_t snapshot_id,
                                      std::span<const ManifestEntry> entries, AvroCodec codec = AvroCodec::kDeflate);

/// The entries of a manifest with everything inherited from `manifest` (the row of the list): sequence numbers,
/// snapshot id, first_row_id, spec id. Deleted entries are included. Errors: kCorrupt, kUnsupported (codec).
Result<std::vector<ManifestEntry>> ReadManifest(std::string_view bytes, const ManifestFile& manifest);

/// A manifest list. Every row has its numbers set; a v2 list leaves first_row_id out.
std::string WriteManifestList(int format_version, int64_t snapshot_id, std::optional<int64_t> parent_snapshot_id,
                              int64_t sequence_number, std::optional<int64_t> first_row_id,
                              std::span<const ManifestFile> manifests, AvroCodec codec = AvroCodec::kDeflate);

/// Errors: kCorrupt, kUnsupported (codec). `name` is the file named in errors.
Result<std::vector<ManifestFile>> ReadManifestList(std::string_view bytes, std::string_view name);

}  // namespace firn::iceberg

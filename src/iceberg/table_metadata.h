// TableMetadata: the root of a table (spec "Table Metadata"), read from v1-v3 metadata JSON and written as v2 or v3.
// A value, cheap to copy (snapshots are shared). Changes of it: metadata_update.h. Pure; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "iceberg/partition_spec.h"
#include "iceberg/schema.h"
#include "iceberg/snapshot.h"
#include "storage/store.h"

namespace firn::iceberg {

struct PackedLists;

struct TableMetadata {
  int format_version = 3;
  std::string table_uuid;
  std::string location;  ///< URI without a slash at the end
  int64_t last_sequence_number = 0;
  int64_t last_updated_ms = 0;
  int last_column_id = 0;
  std::vector<Schema> schemas;
  int current_schema_id = 0;
  std::vector<PartitionSpec> partition_specs;
  int default_spec_id = 0;
  int last_partition_id = 999;
  std::map<std::string, std::string> properties;
  std::optional<int64_t> current_snapshot_id;
  std::vector<SnapshotPtr> snapshots;
  std::vector<SnapshotLogEntry> snapshot_log;
  std::vector<MetadataLogEntry> metadata_log;
  std::vector<SortOrder> sort_orders;
  int default_sort_order_id = 0;
  std::map<std::string, SnapshotRef> refs;
  int64_t next_row_id = 0;  ///< v3
  /// Top-level members that Firn keeps and does not use, as JSON text by name: statistics, partition-statistics,
  /// encryption-keys, and unknown ones.
  std::map<std::string, std::string> other;
  std::shared_ptr<const PackedLists> packed;  ///< of WriteTableMetadata: what it compressed before

  const Schema& schema() const;         ///< the current one
  const PartitionSpec& spec() const;    ///< the default one
  const SortOrder& sort_order() const;  ///< the default one
  const Schema* FindSchema(int schema_id) const;
  const PartitionSpec* FindSpec(int spec_id) const;
  const SnapshotPtr* FindSnapshot(int64_t snapshot_id) const;
  /// Null for a table without snapshots.
  const SnapshotPtr* CurrentSnapshot() const;
  /// The snapshot that was current at that moment (by the snapshot log), or null.
  const SnapshotPtr* SnapshotAsOf(int64_t timestamp_ms) const;
  /// A property, or `otherwise`.
  std::string Property(const std::string& key, std::string_view otherwise = "") const;
  /// A property as a number; `otherwise` when absent or no number.
  int64_t PropertyNumber(const std::string& key, int64_t otherwise) const;

  /// metadata.json in format_version 2 or 3 (a v1 table is written as 2, which is its upgrade).
  std::string ToJson() const;
};

/// Parses and checks metadata.json; `name` is the file named in errors. References inside (current schema, default
/// spec, current snapshot …) are checked, so that the accessors above never fail. Errors: kCorrupt, kVersionUnknown
/// (v4+).
Result<TableMetadata> ParseTableMetadata(std::string_view json, std::string_view name);

/// Reads `uri` ("….metadata.json", gzip if it ends in ".gz.metadata.json", ".metadata.json.gz" or begins like gzip).
/// Errors: kNotFound, kOutsideLocation, kCorrupt, kVersionUnknown.
Result<TableMetadata> ReadTableMetadata(storage::Store& store, const std::string& uri);

/// Writes the metadata durably as `<location>/metadata/<n>-<uuid>.metadata.json`, or `….gz.metadata.json` in gzip when
/// its snapshots exceed 256 KiB (`write.metadata.compression-codec` = gzip: always, none: never); n is one above the
/// number in `previous_uri` (0 if empty), after adding `previous_uri` to the metadata log, which keeps the latest
/// `write.metadata.previous-versions-max` (default 100) entries. Returns the new URI; `metadata` is as written.
Result<std::string> WriteTableMetadata(storage::Store& store, TableMetadata* metadata, const std::string& previous_uri,
                                       int64_t previous_updated_ms);

}  // namespace firn::iceberg

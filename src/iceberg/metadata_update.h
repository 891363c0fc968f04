// Changes of TableMetadata that add no files: making a table, schema, spec, properties, refs, expiry. Each takes
// metadata by pointer and leaves it as it was on error; the caller writes it (WriteTableMetadata). Pure; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "iceberg/table_metadata.h"

namespace firn::iceberg {

struct NewTableOptions {
  std::string uuid;                                             ///< empty: a random one
  std::string location;                                         ///< URI
  std::vector<Field> fields;                                    ///< ids are assigned anew
  std::vector<std::string> identifier_fields;                   ///< names
  std::vector<std::pair<std::string, Transform>> partition_by;  ///< (column, transform)
  std::map<std::string, std::string> properties;
  int format_version = 3;
  int64_t timestamp_ms = 0;
};
/// Errors: kInvalidInput (bad column, type of a later format version, unknown partition source).
Result<TableMetadata> NewTable(NewTableOptions options);

/// Adds `schema` (or finds its equal) and makes it current. `last_column_id` as SchemaChange gives it.
Status SetSchema(TableMetadata* metadata, Schema schema, int last_column_id, int64_t now_ms);
/// Makes a spec over the current schema the default; an equal one is used again.
Status SetPartitioning(TableMetadata* metadata, const std::vector<std::pair<std::string, Transform>>& partition_by,
                       int64_t now_ms);
Status SetSortOrder(TableMetadata* metadata, std::vector<SortField> fields, int64_t now_ms);
Status SetProperties(TableMetadata* metadata, const std::map<std::string, std::string>& set,
                     const std::vector<std::string>& removed, int64_t now_ms);
Status SetLocation(TableMetadata* metadata, const std::string& location, int64_t now_ms);
/// 2 → 3. Errors: kInvalidInput on a downgrade.
Status UpgradeFormat(TableMetadata* metadata, int format_version, int64_t now_ms);

/// Points a ref at a snapshot; "main" is the current snapshot (a rollback, or a move by a foreign writer).
/// Errors: kInvalidInput when the snapshot is unknown or `main` is to be a tag.
Status SetRef(TableMetadata* metadata, const std::string& name, const SnapshotRef& ref, int64_t now_ms);
/// Removing "main" leaves the table without a current snapshot.
Status RemoveRef(TableMetadata* metadata, const std::string& name, int64_t now_ms);
/// Adds a snapshot that was made elsewhere (a foreign commit): sequence number, parent and v3 row ids are checked.
Status AddSnapshot(TableMetadata* metadata, Snapshot snapshot, int64_t now_ms);
/// Drops snapshots from the list and the log. Errors: kInvalidInput when a ref still points at one.
Status RemoveSnapshots(TableMetadata* metadata, const std::vector<int64_t>& snapshot_ids, int64_t now_ms);

}  // namespace firn::iceberg

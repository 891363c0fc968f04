// Snapshot, its references and logs (spec "Snapshots", "Snapshot References"). Immutable once shared; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace firn::iceberg {

enum class Operation : uint8_t { kAppend, kReplace, kOverwrite, kDelete };
/// "append", "replace", "overwrite", "delete"
std::string_view Name(Operation operation);

struct Snapshot {
  int64_t snapshot_id = 0;
  std::optional<int64_t> parent_snapshot_id;
  int64_t sequence_number = 0;
  int64_t timestamp_ms = 0;
  std::string manifest_list;                   ///< URI; empty in v1 tables that list `manifests`
  std::vector<std::string> manifests;          ///< v1 only
  std::map<std::string, std::string> summary;  ///< with "operation"
  std::optional<int> schema_id;
  std::optional<int64_t> first_row_id;  ///< v3
  std::optional<int64_t> added_rows;    ///< v3
  std::optional<std::string> key_id;    ///< v3, of an encrypted table

  /// summary["operation"], "" if none.
  std::string operation() const;
  /// A number of the summary, or `otherwise`.
  int64_t Count(std::string_view key, int64_t otherwise = 0) const;
};

/// A snapshot with its JSON text, made once, so that a table's thousands of snapshots cost a copy of bytes a commit.
class StoredSnapshot {
 public:
  explicit StoredSnapshot(Snapshot snapshot);
  const Snapshot* operator->() const { return &snapshot_; }
  const Snapshot& operator*() const { return snapshot_; }
  const std::string& json() const { return json_; }

 private:
  Snapshot snapshot_;
  std::string json_;
};
using SnapshotPtr = std::shared_ptr<const StoredSnapshot>;

struct SnapshotRef {
  int64_t snapshot_id = 0;
  bool is_tag = false;
  std::optional<int64_t> min_snapshots_to_keep;
  std::optional<int64_t> max_snapshot_age_ms;
  std::optional<int64_t> max_ref_age_ms;
  bool operator==(const SnapshotRef&) const = default;
};

struct SnapshotLogEntry {
  int64_t timestamp_ms = 0;
  int64_t snapshot_id = 0;
  bool operator==(const SnapshotLogEntry&) const = default;
};

struct MetadataLogEntry {
  int64_t timestamp_ms = 0;
  std::string metadata_file;  ///< URI
};

}  // namespace firn::iceberg

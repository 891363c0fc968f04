// DataFile: one data or delete file as a manifest tells of it (spec "Data File Fields"), and pruning by its bounds and
// partition. Immutable once shared; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "iceberg/partition_spec.h"
#include "iceberg/schema.h"
#include "iceberg/value.h"

namespace firn::iceberg {

struct TableMetadata;

enum class FileContent : uint8_t { kData = 0, kPositionDeletes = 1, kEqualityDeletes = 2 };
enum class FileFormat : uint8_t { kParquet, kAvro, kOrc, kPuffin };

/// What a file says of one column. Counts of -1 are unknown.
struct ColumnMetrics {
  int field_id = 0;
  int64_t column_size = -1;  ///< bytes on disk
  int64_t value_count = -1;  ///< rows, nulls and NaN included
  int64_t null_count = -1;
  int64_t nan_count = -1;
  std::optional<std::string> lower;  ///< binary form (ToBinary); a lower bound, not always a value
  std::optional<std::string> upper;
};

struct DataFile {
  FileContent content = FileContent::kData;
  FileFormat format = FileFormat::kParquet;
  std::string path;  ///< full URI
  int spec_id = 0;
  std::vector<Value> partition;        ///< one a field of the spec, null where the source is null
  int64_t record_count = 0;            ///< for a deletion vector: its cardinality
  int64_t size = 0;                    ///< bytes of the whole file
  std::vector<ColumnMetrics> columns;  ///< by field_id, ascending
  std::optional<std::string> key_metadata;
  std::vector<int64_t> split_offsets;
  std::vector<int> equality_ids;
  std::optional<int> sort_order_id;
  std::optional<std::string> referenced_data_file;  ///< of a deletion vector, or a delete file of one data file
  std::optional<int64_t> content_offset;            ///< of a deletion vector in its Puffin file
  std::optional<int64_t> content_size;

  // What the manifest and the snapshot give the file; unset (-1, none) in a file that is not committed yet.
  std::optional<int64_t> first_row_id;  ///< v3
  int64_t data_sequence_number = -1;
  int64_t file_sequence_number = -1;
  int64_t added_snapshot_id = -1;

  bool IsDeletionVector() const { return content == FileContent::kPositionDeletes && format == FileFormat::kPuffin; }
  /// What is known of a column, or null.
  const ColumnMetrics* Column(int field_id) const;
  /// Bounds as values of `type`; none where unknown or not decodable.
  std::optional<Value> LowerBound(int field_id, const Type& type) const;
  std::optional<Value> UpperBound(int field_id, const Type& type) const;
};

using DataFilePtr = std::shared_ptr<const DataFile>;

/// Says of each file whether it may hold rows that a conjunction of ranges wants. Made once for a predicate; holds
/// copies of what it needs. NaN counts as the greatest value, as in DuckDB.
class FilePruner {
 public:
  FilePruner(const TableMetadata& metadata, const Schema& schema, std::vector<ColumnRange> predicate);
  /// False only if no row of the file can match. Needs microseconds; no I/O.
  bool MayMatch(const DataFile& file) const;

 private:
  struct SourceColumn {
    ColumnRange range;
    Type type;
  };
  struct PartitionRange {
    size_t index;
    ColumnRange range;
  };
  struct SpecRanges {
    int spec_id;
    std::vector<PartitionRange> ranges;
  };
  std::vector<SourceColumn> columns_;
  std::vector<SpecRanges> specs_;
};

}  // namespace firn::iceberg

// TableVersion: a table at one snapshot, everything that a scan needs. Got from Catalog::TableAt and its sisters, or
// from PendingTable::Over with a transaction's own writes on top. Immutable; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "iceberg/table_files.h"
#include "iceberg/table_metadata.h"
#include "storage/store.h"

namespace firn::catalog {

struct TableVersion {
  std::string table_id;
  std::string metadata_location;  ///< URI; "" for one that is not committed (a new table, own writes on top)
  std::shared_ptr<const iceberg::TableMetadata> metadata;
  iceberg::TableFilesPtr files;
  std::optional<int64_t> snapshot_id;  ///< of `files`; none: no rows
  /// Where the files lie: the account's store, or for read-only tables the file system.
  std::shared_ptr<storage::Store> store;

  /// The schema to read `files` with: the snapshot's for time travel, the current one otherwise.
  std::shared_ptr<const iceberg::Schema> schema;
};
using TableVersionPtr = std::shared_ptr<const TableVersion>;

/// AT | BEFORE of a SELECT.
struct TimePoint {
  enum class Kind : uint8_t {
    kAtTime,           ///< the state at `time`, a commit at exactly `time` included
    kBeforeTime,       ///< the state just before `time`
    kAtStatement,      ///< the state with the changes of `query_id`
    kBeforeStatement,  ///< the state just before the changes of `query_id`
  };
  Kind kind = Kind::kAtTime;
  Micros time = 0;
  std::string query_id;
};

}  // namespace firn::catalog

// What upkeep does to a table: limits with their defaults, and what the table, its schema or its database sets of them.
// Values; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "catalog/state.h"

namespace firn::pipeline {

inline constexpr Micros kSecond = 1000000;
inline constexpr Micros kHour = 3600 * kSecond;
inline constexpr Micros kDay = 24 * kHour;

struct UpkeepLimits {
  int64_t max_snapshots = 1000;          ///< MAX_SNAPSHOTS: so many a table are kept
  int64_t snapshots_slack = 100;         ///< so many more come together before an expiry
  int retention_days = 1;                ///< DATA_RETENTION_TIME_IN_DAYS
  int extension_days = 14;               ///< MAX_DATA_EXTENSION_TIME_IN_DAYS: how long a stream holds its snapshot
  int64_t target_bytes = 128 << 20;      ///< TARGET_FILE_SIZE
  size_t files_to_merge = 16;            ///< of one size and partition
  int64_t deleted_rows = 1000;           ///< fewer deleted rows are no reason to write a file anew
  double deleted_share = 0.3;            ///< a file with more deleted rows is written anew
  Micros garbage_after = 300 * kSecond;  ///< files stay so long after the entry that gave them up: for foreign readers
  Micros delta_garbage_after = kDay;     ///< of a table with DELTA = TRUE: delta.deletedFileRetentionDuration
  Micros orphan_age = 72 * kHour;        ///< of files that no snapshot ever named
  Micros orphans_every = 6 * kHour;
  Micros retention_every = kHour;  ///< how often ages are looked at
  Micros lease = 60 * kSecond;     ///< of a process; renewed at a sixth of it
};

/// What holds for one table.
struct TableRules {
  bool compact = true;  ///< ENABLE_DATA_COMPACTION
  int64_t target_bytes = 0;
  int64_t max_snapshots = 0;
  Micros retention = 0;
  Micros extension = 0;
  bool delta = false;
  bool copy_on_write = false;  ///< DELTA_READER = 1
};
TableRules RulesOf(const catalog::CatalogState& state, const catalog::Object& table, const UpkeepLimits& limits);

/// How long a dropped database, schema or table may come back.
Micros RetentionOf(const catalog::CatalogState& state, const catalog::Object& object, const UpkeepLimits& limits);

/// All alive tables whose files are Firn's.
std::vector<catalog::ObjectRef> OwnTables(const catalog::CatalogState& state);

}  // namespace firn::pipeline

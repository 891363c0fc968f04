// NextCommit: the pure middle of the mirror: from what the Delta log says and what the Iceberg table is, the text of
// the commit between them. Reads deletion vectors and writes those that are too large to stand inside the commit,
// through DeleteSource; nothing else touches storage.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "catalog/table_version.h"
#include "delta/log_state.h"

namespace firn::delta {

/// A state of the table that the log is to have.
struct Target {
  std::string name;  ///< for errors: "DB.SCHEMA.T"
  catalog::TableVersionPtr version;
  const iceberg::Snapshot* snapshot = nullptr;  ///< what made it; null: metadata alone, or unknown
  int64_t sequence = 0;
  int64_t position = -1;    ///< of Firn's log; -1: it is not the table's head
  bool follows = false;     ///< the snapshot's parent is what the log says: the step is the snapshot's own
  bool reader_one = false;  ///< DELTA_READER = 1: nothing that asks for a newer protocol
};

/// What the commit needs from outside.
struct Outside {
  /// The deleted rows of a file of `version`, as the log names them; vectors of 4 KB and more are written.
  std::function<Result<VectorPlace>(const catalog::TableVersion& version, const iceberg::LiveFile& file)> place;
  /// Names of a Parquet file's top-level columns by field id.
  std::function<Result<std::map<int, std::string>>(const std::string& uri)> column_names;
};

/// The lines of the commit; nothing where the log says all of it. Actions: commitInfo, protocol and metaData where they
/// change, txn, remove, add. Errors: kUnsupported where Delta cannot say it (column and type named; a default of older
/// rows; files outside the table's location or with other column names; DELETE vectors under DELTA_READER = 1).
Result<std::optional<std::string>> NextCommit(const LogState& state, const Target& target, const Outside& outside,
                                              int64_t now_ms);

/// What of NextCommit's errors can be known without the log, for refusing a statement. `files` may be null.
Status CheckPublishable(const iceberg::TableMetadata& metadata, const iceberg::TableFiles* files, bool reader_one);

/// Vectors of at least so many bytes are files.
inline constexpr size_t kInlineBytes = 4096;
/// Folder of vector files, below the table's location.
inline constexpr char kVectorFolder[] = "_delta_vectors";
/// How long tombstones stay in checkpoints, as delta.deletedFileRetentionDuration says it.
inline constexpr int64_t kTombstonesKeptMs = int64_t{24} * 3600 * 1000;

}  // namespace firn::delta

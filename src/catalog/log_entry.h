// LogEntry: what one object of catalog/log holds: a batch of commits, each all or nothing, with everything that replay
// needs. JSON with a format version; an unknown version or change stops the node. For this room. Values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "catalog/commit.h"
#include "catalog/state.h"

namespace firn::catalog {

/// A table's pointer moves. Several commits of an entry may move one table: `to` is then the same in all of them, the
/// metadata that holds all their snapshots.
struct TableMove {
  std::string table_id;
  Verb verb = Verb::kInsert;
  std::string from;                    ///< metadata URI before the entry; "" for a new table
  std::string to;                      ///< metadata URI after the entry
  std::optional<int64_t> snapshot_id;  ///< the one that this commit made; none for a change of metadata alone
  std::optional<int64_t> current;      ///< the table's current snapshot after the entry
};

/// A block of numbers is leased: `from` must be the sequence's next number and `to` becomes it.
struct SequenceMove {
  std::string sequence_id;
  int64_t from = 0;
  int64_t to = 0;
};

struct CommitRecord {
  std::string id;  ///< UUID
  std::vector<StatementInfo> statements;
  std::vector<ObjectChange> objects;
  std::vector<TableMove> tables;
  std::vector<SequenceMove> sequences;
  std::vector<OffsetMove> offsets;
  std::vector<RunRecord> runs;
  std::vector<TableExpiry> expired;
};

struct LogEntry {
  std::string id;  ///< UUID: whose entry it is (rule 2)
  int64_t position = 0;
  Micros time = 0;
  std::string node;
  std::vector<CommitRecord> commits;
};

inline constexpr int kLogVersion = 1;

std::string ToJson(const LogEntry& entry);
/// Errors: kCorrupt, kVersionUnknown; `name` is the path named in them.
Result<LogEntry> ParseLogEntry(std::string_view bytes, const std::string& name);

/// "catalog/log/00000000000000000042"
std::string LogPath(int64_t position);
std::string CheckpointPath(int64_t position);
inline constexpr std::string_view kLogFolder = "catalog/log/";
inline constexpr std::string_view kCheckpointFolder = "catalog/checkpoint/";
/// The number at the end of such a path; none where there is none.
std::optional<int64_t> PositionOf(std::string_view path);

/// A state as JSON and back (checkpoints).
class CheckpointCodec {
 public:
  static std::string ToJson(const CatalogState& state);
  static Result<StatePtr> Parse(std::string_view bytes, const std::string& name);
};

}  // namespace firn::catalog

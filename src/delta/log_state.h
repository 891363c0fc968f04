// LogState: what a Delta log amounts to at a version: the only thing that the next commit is made from. Read back from
// a checkpoint and the commits after it, or moved on by the commits that are written. A value; one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "delta/log_actions.h"

namespace firn::delta {

struct LogState {
  int64_t version = -1;  ///< -1: no log yet
  Protocol protocol;
  std::optional<TableInfo> info;
  int64_t sequence = -1;                 ///< Iceberg's sequence number that is published
  int64_t position = -1;                 ///< position of Firn's log that is published
  std::map<std::string, AddFile> files;  ///< by path
  std::deque<RemoveFile> removed;        ///< tombstones, the oldest first

  /// Moves on to the next version with the lines of its commit. False, and nothing changed, for a commit that the
  /// mirror did not write. Errors: kCorrupt; `name` is the file named in it.
  Result<bool> Apply(std::string_view commit, std::string_view name);
  /// Becomes what the lines of a checkpoint at `at` say; false as Apply.
  Result<bool> Restore(const std::vector<std::string>& lines, int64_t at, std::string_view name);
  /// Forgets tombstones from before `time_ms`.
  void ForgetRemoved(int64_t time_ms);
  /// What a checkpoint holds: one action a line.
  std::vector<std::string> CheckpointLines() const;
};

}  // namespace firn::delta

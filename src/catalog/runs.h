// RunRecord: one run of a task, of a dynamic table's refresh or of a pipeline's step, as the log keeps it for seven
// days (TASK_HISTORY, DYNAMIC_TABLE_REFRESH_HISTORY). A process claims a run by committing its change of state: the one
// that finds another state than it expected has lost (validate.h). Values; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace firn::catalog {

enum class RunState : uint8_t {
  kRequested,  ///< EXECUTE TASK, ALTER DYNAMIC TABLE … REFRESH: waits for a process to take it
  kExecuting,
  kSucceeded,
  kFailed,
  kCancelled,
  kSkipped,         ///< WHEN was false, or the run before was not over
  kUpstreamFailed,  ///< a predecessor did not succeed
};
inline constexpr std::array<std::string_view, 7> kRunStateNames = {"REQUESTED", "EXECUTING", "SUCCEEDED",      "FAILED",
                                                                   "CANCELLED", "SKIPPED",   "UPSTREAM_FAILED"};
inline std::string_view Name(RunState state) { return kRunStateNames[static_cast<size_t>(state)]; }
std::optional<RunState> RunStateOf(std::string_view name);
/// Nothing follows it.
inline bool IsOver(RunState state) { return state != RunState::kRequested && state != RunState::kExecuting; }

struct RunRecord {
  std::string id;            ///< UUID
  std::string object_id;     ///< of the task or dynamic table
  std::string graph_run_id;  ///< of the root's run; its own for a root
  std::string trigger;       ///< "SCHEDULE", "EXECUTE TASK", "PREDECESSOR", "STREAM", "LAG", "MANUAL", "CREATION"
  RunState state = RunState::kRequested;
  int attempt = 1;
  Micros scheduled = 0;  ///< when it was due, or asked for
  Micros started = 0;    ///< 0: not yet
  Micros ended = 0;      ///< 0: not yet
  std::string node;      ///< that runs it
  Micros lease = 0;      ///< executing: another process may take it over from then on
  std::string query_id;
  std::string error_code;
  std::string error_message;
  std::string return_value;
  /// Rows, bytes, input and output snapshots by name: "rows_inserted", "rows_stale", "input.<table id>" …
  std::map<std::string, int64_t> counts;
};
using RunRef = std::shared_ptr<const RunRecord>;

/// How long runs are kept after they were due, as Snowflake's TASK_HISTORY (7 days), and how many of an object at most.
inline constexpr Micros kRunKept = Micros{7} * 24 * 3600 * 1000000;
inline constexpr size_t kRunsOfObjectMax = 1000;

struct RunChange {
  RunRecord run;                     ///< the whole record as it will be
  std::optional<RunState> expected;  ///< the state before; none: there is no such run yet
};

}  // namespace firn::catalog

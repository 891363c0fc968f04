// OpenCursors: what the cursors that this process gave out go on reading, for upkeep, which does not give it up: until
// their last page, or until nobody has asked for a page for kCursorKept. After that a cursor works as long as its
// snapshots are kept anyway. One a process, made by `cli`; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "base/clock.h"

namespace firn::faces {

inline constexpr Micros kCursorKept = Micros{15} * 60 * 1000000;
/// Beyond them the one that was asked for longest ago gives way.
inline constexpr size_t kCursorsKept = 200;

class OpenCursors {
 public:
  explicit OpenCursors(Clock& clock) : clock_(clock) {}

  /// `name`: the same for all pages of a query; `snapshots`: by table id, none: the table was empty.
  void Keep(const std::string& name, const std::map<std::string, std::optional<int64_t>>& snapshots);
  /// After the last page.
  void Forget(const std::string& name);
  /// Snapshots by table id.
  std::map<std::string, std::set<int64_t>> Held();

 private:
  struct Kept {
    std::map<std::string, std::optional<int64_t>> snapshots;
    Micros until = 0;
  };
  Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Kept> kept_;
};

}  // namespace firn::faces

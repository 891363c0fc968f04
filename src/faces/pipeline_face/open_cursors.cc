#include "faces/pipeline_face/open_cursors.h"

#include <algorithm>

namespace firn::faces {

void OpenCursors::Keep(const std::string& name, const std::map<std::string, std::optional<int64_t>>& snapshots) {
  const Micros until = clock_.Now() + kCursorKept;
  std::lock_guard lock(mutex_);
  kept_[name] = {snapshots, until};
  if (kept_.size() <= kCursorsKept) return;
  kept_.erase(std::ranges::min_element(kept_, {}, [](const auto& row) { return row.second.until; }));
}

void OpenCursors::Forget(const std::string& name) {
  std::lock_guard lock(mutex_);
  kept_.erase(name);
}

std::map<std::string, std::set<int64_t>> OpenCursors::Held() {
  const Micros now = clock_.Now();
  std::map<std::string, std::set<int64_t>> held;
  std::lock_guard lock(mutex_);
  std::erase_if(kept_, [&](const auto& row) { return row.second.until <= now; });
  for (const auto& [name, kept] : kept_) {
    for (const auto& [table, snapshot] : kept.snapshots) {
      if (snapshot) held[table].insert(*snapshot);
    }
  }
  return held;
}

}  // namespace firn::faces

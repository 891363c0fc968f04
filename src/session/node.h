// Node: the services that every session of this process shares. Made once by `cli`; lives longer than all sessions.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "catalog/catalog.h"
#include "engine/engine.h"

namespace firn::session {

/// The statements that drivers run in this process, for SYSTEM$CANCEL_QUERY and its kin. Set by the face that runs
/// them, for as long as it is there; any thread may call them.
struct RunningStatements {
  /// False if that user runs none of that id.
  std::function<bool(const std::string& user, const std::string& query_id)> cancel;
  /// How many of that user's session were cancelled; `but` goes on.
  std::function<size_t(const std::string& user, int64_t session_id, const std::string& but)> cancel_all;
};

struct Node {
  std::shared_ptr<storage::Store> store;
  std::unique_ptr<catalog::Catalog> catalog;
  std::unique_ptr<engine::Engine> engine;
  Clock* clock = &Clock::System();
  std::vector<std::string> allow_dirs;  ///< real paths that file:// stages may reach
  std::string data_folder;              ///< of a lake on disk: never reached by stages; else empty
  std::string local_folder;             ///< --local: spill, caches, temporary tables' files
  std::string account = "FIRN";
  RunningStatements running;
};

constexpr const char* kServerVersion = "9.30.1";  ///< Snowflake release whose behaviour is followed (CURRENT_VERSION)

}  // namespace firn::session

// Node: the services that every session of this process shares. Made once by `cli`; lives longer than all sessions.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "catalog/catalog.h"
#include "engine/engine.h"

namespace firn::session {

struct Node {
  std::shared_ptr<storage::Store> store;
  std::unique_ptr<catalog::Catalog> catalog;
  std::unique_ptr<engine::Engine> engine;
  Clock* clock = &Clock::System();
  std::vector<std::string> allow_dirs;  ///< real paths that file:// stages may reach
  std::string data_folder;              ///< of a lake on disk: never reached by stages; else empty
  std::string local_folder;             ///< --local: spill, caches, temporary tables' files
  std::string account = "FIRN";
};

constexpr const char* kServerVersion = "9.30.1";  ///< Snowflake release whose behaviour is followed (CURRENT_VERSION)

}  // namespace firn::session

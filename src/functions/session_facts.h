// What context functions (CURRENT_USER(), LAST_QUERY_ID() …) know of the session. `session` fills one for each
// statement and hands it to the planner; functions only read it. Plain values: any thread may read.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace firn::functions {

struct SessionFacts {
  std::string user;
  std::string role;
  std::vector<std::string> available_roles;
  std::optional<std::string> database;
  std::optional<std::string> schema;
  std::optional<std::string> warehouse;
  int64_t session_id = 0;
  std::string account;
  std::string organization;
  std::string region;
  std::string version;  ///< of the server, as CURRENT_VERSION() answers
  std::string client;   ///< "PythonConnector 3.12.0"
  std::string ip_address;
  std::string statement_text;
  std::optional<std::string> transaction_id;
  std::optional<std::string> last_transaction_id;
  Micros statement_start = 0;  ///< one instant for all of a statement's CURRENT_TIMESTAMP()s
  /// The id of an earlier query: -1 the last, -2 the one before …; 1 the session's first. Nothing: NULL.
  std::function<std::optional<std::string>(int64_t)> query_id;
  std::map<std::string, std::string> variables;  ///< SET x = …: upper-case name to the value's text
};

}  // namespace firn::functions

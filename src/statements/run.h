// Run: the one way into SQL. A face finds the session, hands over the text, and shapes the Answer that comes back.
// Any thread; statements of one session run one at a time (a second waits), streams of earlier answers stay readable.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "session/answer.h"
#include "session/binding.h"
#include "session/session.h"

namespace firn::statements {

using Binding = session::Binding;

/// The user of sessions in which this process runs tasks and refreshes, as in Snowflake.
inline constexpr const char* kSystemUser = "SYSTEM";

struct Request {
  std::string text;
  std::map<std::string, Binding> bindings;        ///< "1", "2" … or names
  std::map<std::string, std::string> parameters;  ///< of this statement alone
  bool describe_only = false;
  std::string request_id;  ///< the driver's; may be empty
  std::string query_id;    ///< given by the face (NewQueryId), so that it can be cancelled
};

/// Runs the text. Errors carry their position. The token cancels it at any time.
Result<session::Answer> Run(session::Session& session, const Request& request, engine::CancelToken& cancel);

/// The answer of a finished statement of this session by query id (children of a multi-statement, RESULT_SCAN, async).
/// Errors: kResultNotFound.
Result<session::Answer> ResultOf(session::Session& session, const std::string& query_id, engine::CancelToken& cancel);

}  // namespace firn::statements

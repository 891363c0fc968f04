// All parameters of a session as one map, for the engine's statements. Made once for each set of values that a thread
// meets, not once a statement. Any thread.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "session/parameters.h"

namespace firn::session {

/// Every parameter's value or default, by name in upper case. Immutable.
std::shared_ptr<const std::map<std::string, std::string>> AllParameters(const ParameterValues& values);

}  // namespace firn::session

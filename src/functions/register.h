// Puts this room into an engine: the operators, every scalar row and Snowflake's casts. At start, once an engine,
// before its first statement.
#pragma once

#include "base/result.h"

namespace firn::engine {
class Engine;
}

namespace firn::functions {

/// Errors: kInternal.
Status Register(engine::Engine& engine);

}  // namespace firn::functions

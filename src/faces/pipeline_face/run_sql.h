// RunSql: a statement run for a route of /v1, as the user who asks, in a session of its own. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "faces/pipeline_face/access.h"
#include "session/answer.h"
#include "session/binding.h"
#include "session/node.h"

namespace firn::faces {

/// For statements whose answer is a few rows: DDL, SHOW, EXECUTE. Errors: the statement's.
Result<session::Answer> RunSql(session::Node& node, const Access& access, std::string text,
                               session::Bindings bindings = {});

/// The text as a literal of Snowflake's SQL.
std::string SqlText(std::string_view text);

}  // namespace firn::faces

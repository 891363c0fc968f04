// A statement run in this process, answered as the Snowflake protocol would answer it to a JSON client, with all rows
// inside: for the shell on a data folder, which prints both alike.
#pragma once

#include <string>

#include "base/result.h"
#include "engine/engine.h"
#include "session/session.h"

namespace firn::faces {

/// The whole body, of a failure too.
std::string DirectAnswer(session::Session& session, const std::string& text, engine::CancelToken& cancel);

}  // namespace firn::faces

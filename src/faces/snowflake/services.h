// What the routes of the Snowflake protocol share. Made by SnowflakeFace; lives as long as the server.
#pragma once

#include "faces/snowflake/chunk_store.h"
#include "faces/snowflake/query_log.h"
#include "session/node.h"
#include "session/sessions.h"

namespace firn::faces {

struct SnowflakeServices {
  SnowflakeServices(session::Node& node, session::Sessions& sessions)
      : node(node),
        sessions(sessions),
        queries(*node.clock),
        chunks(node.local_folder.empty() ? "" : node.local_folder + "/results", *node.clock) {}

  session::Node& node;
  session::Sessions& sessions;
  QueryLog queries;
  ChunkStore chunks;
};

}  // namespace firn::faces

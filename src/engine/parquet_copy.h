// Parts that the writers of data files and of position deletes share. For this room.
#pragma once

#include <string>
#include <vector>

#include "engine/engine.h"

namespace firn::engine {

/// An entry of COPY's FIELD_IDS, nested as COPY wants it: `'a': 1`, `'s': {'__duckdb_field_id': 2, 'x': 3}`.
std::string FieldIds(const std::string& name, int field_id, const iceberg::Type& type);

/// Makes a local folder; nothing to do for an S3 URI.
Status MakeFolder(const std::string& folder);

/// Deletes what a failed COPY left: all objects of the folder whose name begins with `prefix`.
void RemoveWritten(const WriteTarget& target, const std::string& prefix);

}  // namespace firn::engine

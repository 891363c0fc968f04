// WriteChunk: the rows of a buffer as one commit: good ones into the bronze table, quarantined ones into its error
// table, and with them the position in the buffer that is applied (rule 9). Called by the committer of the table, one
// chunk after another.
#pragma once

#include <string>

#include "base/result.h"
#include "pipeline/buffer/batch.h"
#include "session/node.h"

namespace firn::pipeline {

/// Suffix of the error table's name, which is a sister of the bronze table.
inline constexpr const char* kErrorTableSuffix = "__ERRORS";

struct ChunkSource {
  std::string buffer_id;
  std::string table_id;  ///< of the bronze table
  uint64_t from = 0;     ///< position that the chunk begins at: what the catalog says is applied (0: nothing)
};

struct ChunkWritten {
  int64_t rows = 0;
  int64_t quarantined = 0;
  bool repeated = false;  ///< an earlier try, whose answer was lost, had committed it
};

/// A lost race is tried again. Errors: kObjectNotFound where a table is gone; kConflict where another process applies
/// the same buffer; those of the engine and of Catalog::Commit. Nothing is left behind.
Result<ChunkWritten> WriteChunk(session::Node& node, const ChunkSource& source, const Chunk& chunk);

/// What the catalog's head says is applied of a buffer; 0: nothing.
uint64_t AppliedPosition(const catalog::CatalogState& state, const std::string& table_id, const std::string& buffer_id);

}  // namespace firn::pipeline

// ResultWriter: the rows of an answer as the drivers fetch them: a first part inside the answer, the rest in chunks of
// some megabytes, made while the engine streams. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "faces/snowflake/chunk_store.h"
#include "session/answer.h"

namespace firn::faces {

constexpr size_t kInlineBytesMax = size_t{512} << 10;  ///< of the part inside the answer, before base64
constexpr size_t kChunkBytesMax = size_t{12} << 20;    ///< of one chunk, about

enum class WireFormat { kArrow, kJson };

struct ResultLimits {
  size_t inline_bytes = kInlineBytesMax;
  size_t chunk_bytes = kChunkBytesMax;
};

struct WrittenChunk {
  std::string secret;  ///< in the ChunkStore
  int64_t rows = 0;
  size_t bytes = 0;
};

struct WrittenResult {
  WireFormat format = WireFormat::kJson;
  /// kJson: `["1"],["2"]`; kArrow: an IPC stream in base64, or empty.
  std::string inline_rows;
  int64_t inline_count = 0;
  std::vector<WrittenChunk> chunks;
  int64_t total = 0;
};

/// Consumes the answer's stream (or rows) to its end. Errors: the stream's own; kInternal.
Result<WrittenResult> WriteResult(session::Answer& answer, WireFormat format, int json_indent, ChunkStore& chunks,
                                  const ResultLimits& limits = {});

}  // namespace firn::faces

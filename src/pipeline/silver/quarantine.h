// The quarantine of a pipeline: rows that did not fit, kept as they came in ERROR_TABLE(<bronze table>). They are
// listed, put right and given back to bronze under their own `_seq`, or given up. For the routes; any thread, each on a
// session of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"
#include "pipeline/registry/registry.h"
#include "session/node.h"

namespace firn::pipeline {

/// Rows that have one of the values of each list that is not empty.
struct QuarantineFilter {
  std::vector<std::string> codes, columns, batches, stages, statuses;
  std::vector<int64_t> seqs;
};

/// The fields that a patch sets in each row: name and JSON text; none: the field goes (RFC 7396, outermost level).
using QuarantinePatch = std::vector<std::pair<std::string, std::optional<std::string>>>;

struct QuarantinedRow {
  Micros time = 0;
  std::string batch_id, op, stage, code, column, message, status;
  std::optional<int64_t> seq, schema_version;
  std::string raw;  ///< bytes
};
/// Behind which row a page begins.
struct QuarantinePlace {
  Micros time = 0;
  int64_t seq = 0;
  int64_t rows = 0;  ///< with this time and `_seq` that have been read
};
struct QuarantinePage {
  std::vector<QuarantinedRow> rows;
  std::optional<QuarantinePlace> next;  ///< none: that was all
};

/// The oldest first. Errors: kObjectNotFound (the table was dropped); those of the engine.
Result<QuarantinePage> ListQuarantine(session::Node& node, const Actor& actor, const PipelineSpec& spec,
                                      const QuarantineFilter& filter, const std::optional<QuarantinePlace>& after,
                                      int64_t limit, engine::CancelToken& cancel);

struct ReplayCounts {
  int64_t replayed = 0;
  int64_t skipped = 0;  ///< open rows of the filter that are no JSON object
};
/// Patched and back into bronze, and marked so, in one commit. Only rows that are open: twice is once.
Result<ReplayCounts> ReplayQuarantine(session::Node& node, const Actor& actor, const PipelineSpec& spec,
                                      const QuarantineFilter& filter, const QuarantinePatch& patch,
                                      engine::CancelToken& cancel);
/// Marks open rows as given up. Gives how many.
Result<int64_t> DiscardQuarantine(session::Node& node, const Actor& actor, const PipelineSpec& spec,
                                  const QuarantineFilter& filter, engine::CancelToken& cancel);

}  // namespace firn::pipeline

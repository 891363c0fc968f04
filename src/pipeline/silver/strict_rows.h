// What strict=batch asks of a request beyond RowCheck (9.6): every row is cast to the columns and held against the
// expectations, as the merge will. For the ingest routes; any thread that may wait.
#pragma once

#include <vector>

#include "pipeline/buffer/batch.h"
#include "pipeline/silver/typed_rows.h"
#include "session/node.h"

namespace firn::pipeline {

struct StrictFault {
  uint32_t index = 0;  ///< of the row
  RowReason reason;
};

/// Expectations that only warn, and those on `_seq`, which no row has yet, are left out. `role`: the pipeline's owner.
/// Rows that do not fit, in their order. Errors: those of the engine.
Result<std::vector<StrictFault>> CheckStrictly(session::Node& node, const PipelineSpec& spec, const std::string& role,
                                               const std::vector<BatchRow>& rows, engine::CancelToken& cancel);

}  // namespace firn::pipeline

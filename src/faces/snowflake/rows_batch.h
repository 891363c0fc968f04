// Rows of text cells as an Arrow batch in the engine's types: so that a query that was answered without the engine
// (RESULT_SCAN of a SHOW, say) is shaped like any other. Pure.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "session/answer.h"

namespace arrow {
class RecordBatch;
}

namespace firn::faces {

/// Errors: kInternal for a cell that is not of its column's type.
Result<std::shared_ptr<arrow::RecordBatch>> BatchOfRows(const std::vector<session::OutputColumn>& columns,
                                                        const std::vector<session::Row>& rows);

}  // namespace firn::faces

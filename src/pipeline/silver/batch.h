// SilverBatch: the rows that a stream on a bronze table holds, each read and checked against the pipeline's columns as
// at ingest (RowCheck: one truth about what fits), and handed to the engine as text, one column a declared column.
// First part of the silver step; one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/ingest/row_check.h"
#include "planner/changes.h"
#include "planner/scratch.h"
#include "statements/execution.h"

namespace firn::pipeline {

/// `_OP` of the bronze row that ends a snapshot (merge: snapshot). It has no schema version, as no event can.
inline constexpr const char* kSnapshotOp = "commit";

/// The batches whose rows together are all that there is.
struct SnapshotMark {
  int64_t seq = 0;
  std::vector<std::string> batches;
};

/// The names of the columns begin with "firn$", so that they are no declared column's.
/// `has` is a text of '0' and '1': which declared columns the row has, be it as null; `rescued` a JSON object or NULL;
/// 0, 1 … the declared columns. `code`, `field` and `message` say why a row of `rejected` does not fit.
struct SilverBatch {
  std::shared_ptr<planner::Scratch> rows;      ///< seq, version, batch, op, raw, has, rescued, 0, 1 …
  std::shared_ptr<planner::Scratch> rejected;  ///< seq, version, batch, op, raw, code, field, message
  std::vector<SnapshotMark> marks;             ///< by `_SEQ`
  int64_t rows_read = 0;
  int64_t rows_rejected = 0;
  std::string first_batch;  ///< `_BATCH_ID` of a row with a new or wider column; "": of any row
  std::vector<NewColumn> new_columns;
  std::vector<WiderColumn> wider_columns;
};

/// `raw`: every row that is JSON fits, none has columns (PipelineMode::kRaw). `only`: "" or " WHERE …" over bronze.
/// Errors: those of the engine.
Result<SilverBatch> ReadBatch(statements::Execution& run, const planner::ChangeRange& range, const RowRules& rules,
                              bool raw, const std::string& only = "");

}  // namespace firn::pipeline

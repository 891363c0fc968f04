// SilverBatch: the rows that a stream on a bronze table holds, each read and checked against the pipeline's columns as
// at ingest (RowCheck: one truth about what fits), and handed to the engine as text, one column a declared column, a
// piece at a time: nothing is copied that stands in the JSON. First part of the silver step; one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/memory_rows.h"
#include "pipeline/buffer/batch.h"
#include "pipeline/ingest/row_check.h"
#include "planner/changes.h"
#include "statements/execution.h"

namespace firn::pipeline {

/// `_OP` of the bronze row that ends a snapshot (merge: snapshot). It has no schema version, as no event can.
inline constexpr const char* kSnapshotOp = "commit";

/// The batches whose rows together are all that there is.
struct SnapshotMark {
  int64_t seq = 0;
  std::vector<std::string> batches;
};

/// Of the `_SEQ` and `_RAW` of a row that ends a snapshot.
SnapshotMark ReadMark(int64_t seq, const std::string& raw);

/// Columns of a piece's relation, by their place: c0, c1 … of MemoryRows. Rows that fit have kHas, kRescued and the
/// declared columns from kFirstColumn, each a text; those that do not have why.
/// kVersion: 0 is none. kHas is a text of '0' and '1': which declared columns the row has, be it as null; kRescued a
/// JSON object or NULL.
struct PieceColumn {
  enum : uint8_t { kSeq, kVersion, kNumber, kBatch, kOp, kRaw, kHas, kRescued, kFirstColumn };
  enum : uint8_t { kCode = kHas, kField, kMessage, kEnd };
};

struct SilverBatch {
  std::vector<SnapshotMark> marks;  ///< by `_SEQ`
  int64_t rows_read = 0;
  std::string first_batch;  ///< `_BATCH_ID` of a row with a new or wider column; "": of any row
  std::vector<NewColumn> new_columns;
  std::vector<WiderColumn> wider_columns;
};

struct BatchOptions {
  bool raw = false;      ///< every row that is JSON fits, none has columns (PipelineMode::kRaw)
  bool has = false;      ///< whether kHas is wanted; else it is NULL
  bool evolves = false;  ///< no pieces once a row needs a new or a wider column
  std::string only;      ///< "" or " WHERE …" over bronze
};
/// Some of the rows, of bounded size; their texts live until it returns. kNumber counts them through all pieces.
/// Without any rows it is called once too.
using TakePiece = std::function<Status(const engine::MemoryRows& rows, const engine::MemoryRows& rejected)>;

/// Errors: those of the engine and of `take`.
Result<SilverBatch> ReadBatch(statements::Execution& run, const planner::ChangeRange& range, const RowRules& rules,
                              const BatchOptions& options, const TakePiece& take);

/// As ReadBatch, of rows that were posted and have no `_seq` yet: it is 0.
Result<SilverBatch> ReadPosted(std::span<const BatchRow> rows, const RowRules& rules, const BatchOptions& options,
                               const TakePiece& take);

}  // namespace firn::pipeline

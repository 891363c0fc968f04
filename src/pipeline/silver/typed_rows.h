// The rows of a piece (batch.h) as SQL: cast to the pipeline's columns, each with what is wrong with it. For the silver
// step, and for ingest where all rows of a request must fit; one thread.
#pragma once

#include <cstdint>
#include <string>

#include "pipeline/registry/spec.h"
#include "planner/context.h"

namespace firn::pipeline {

/// firn$bad of a row: the index of the column that it does not fit, or this and the index of the expectation.
inline constexpr int kExpectation = 1000000;

/// SQL over the declared columns, `_op` and `_seq`, as the engine's. Errors: those of parsing and resolving.
Result<std::string> ConditionSql(planner::StatementContext& context, const std::string& text);
/// The column (PieceColumn) of a piece `m`.
std::string PieceText(int column);
/// SELECT … over the relation of a piece: the columns of SilverStep::typed.
Result<std::string> TypedRowsSql(planner::StatementContext& context, const PipelineSpec& spec,
                                 const std::string& relation);

inline constexpr const char* kExpectationCode = "EXPECTATION";
struct RowReason {
  std::string code, column, message;  ///< as the table of errors has them; column "": the row as a whole
};
RowReason ReasonOf(const PipelineSpec& spec, int64_t bad);
/// A part of it by the row's firn$bad.
std::string ReasonSql(const PipelineSpec& spec, std::string RowReason::*part);

}  // namespace firn::pipeline

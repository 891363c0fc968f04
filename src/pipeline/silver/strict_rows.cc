#include "pipeline/silver/strict_rows.h"

#include <algorithm>

#include "base/ids.h"
#include "pipeline/silver/batch.h"
#include "statements/run.h"

namespace firn::pipeline {

namespace {

constexpr int kDigitsMost = 38;

}  // namespace

Result<std::vector<StrictFault>> CheckStrictly(session::Node& node, const PipelineSpec& spec, const std::string& role,
                                               const std::vector<BatchRow>& rows, engine::CancelToken& cancel) {
  PipelineSpec checked = spec;
  std::erase_if(checked.expectations, [](const Expectation& one) {
    return one.on_violation == OnViolation::kWarn || Upper(one.check).find("_SEQ") != std::string::npos;
  });
  for (Expectation& one : checked.expectations) one.on_violation = OnViolation::kQuarantine;
  // Before the merge a column becomes as wide as its rows need it.
  for (ColumnRule& column : checked.columns) {
    if (column.type.id == TypeId::kNumber) column.type.precision = kDigitsMost;
  }
  session::Session session(node, static_cast<int64_t>(RandomU64() >> 1), statements::kSystemUser, role);
  FIRN_TRY(session.parameters.Set("TIMEZONE", spec.time_zone));
  const session::Bindings none;
  planner::StatementContext context(session, none, cancel, NewQueryId());
  FIRN_TRY(context.Pin());
  struct Bad {
    int64_t row, what;
  };
  std::vector<Bad> found;
  const TakePiece take = [&](const engine::MemoryRows& piece, const engine::MemoryRows&) -> Status {
    FIRN_ASSIGN(std::string typed, TypedRowsSql(context, checked, piece.Relation()));
    std::string sql = "SELECT \"firn$number\", CAST(\"firn$bad\" AS BIGINT) FROM (" + typed +
                      ") WHERE \"firn$bad\" IS NOT NULL ORDER BY 1";
    FIRN_ASSIGN(auto batches, node.engine->Collect(context.Statement(std::move(sql)), cancel));
    for (const engine::Batch& batch : batches) {
      for (int64_t row = 0; row < batch.rows(); ++row) found.push_back({batch.Int64(0, row), batch.Int64(1, row)});
    }
    return Ok();
  };
  const bool raw = spec.mode == PipelineMode::kRaw;
  const RowRules rules(raw ? std::vector<ColumnRule>() : spec.columns, spec.evolve);
  FIRN_TRY(ReadPosted(rows, rules, {.raw = raw}, take));
  std::vector<StrictFault> faults;
  for (const Bad& bad : found) faults.push_back({static_cast<uint32_t>(bad.row), ReasonOf(checked, bad.what)});
  return faults;
}

}  // namespace firn::pipeline

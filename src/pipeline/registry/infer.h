// Columns for a pipeline from sample events, conservatively (pipeline contract 9.5): whole numbers BIGINT, others
// NUMBER or DOUBLE by all samples; texts stay texts unless every one of at least kParsedSamplesMin is a date or
// timestamp; whatever mixes is VARIANT or VARCHAR. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pipeline/ingest/body.h"
#include "pipeline/ingest/row_rules.h"

namespace firn::pipeline {

inline constexpr uint64_t kParsedSamplesMin = 100;  ///< texts, before they become dates

struct InferredColumn {
  ColumnRule rule;
  uint64_t seen = 0;   ///< samples that have the field
  uint64_t nulls = 0;  ///< of these
};
struct Inferred {
  std::vector<InferredColumn> columns;  ///< in the order of their first sight; fields that are null alone are left out
  uint64_t samples = 0;
  std::vector<std::string> skipped;  ///< fields without a column, each with why; at most kSkippedShown
};
inline constexpr size_t kSkippedShown = 100;

/// Errors: kInvalidInput for a body that ingest would refuse, or without any good row.
Result<Inferred> InferColumns(std::string_view body, BodyFormat format);

}  // namespace firn::pipeline

// A PipelineSpec from the YAML or JSON that people write (pipeline contract 9.1), and its canonical JSON, which the
// catalog keeps. Every value is checked and limited; an unknown key is an error. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "pipeline/registry/spec.h"

namespace firn::pipeline {

// The most that a spec may hold.
inline constexpr size_t kSpecColumnsMax = 2000;
inline constexpr size_t kSpecGoldMax = 100;
inline constexpr size_t kSpecExpectationsMax = 200;
inline constexpr size_t kSpecKeyColumnsMax = 16;
inline constexpr size_t kSpecNameMax = 200;  ///< characters of a name; what the expansion adds fits behind it
inline constexpr uint64_t kFlushBytesMin = 1 << 10;
inline constexpr uint64_t kFlushBytesMax = 1ULL << 30;
inline constexpr uint64_t kFlushRowsMax = 10000000;
inline constexpr Micros kFlushDelayMin = 10000;
inline constexpr Micros kFlushDelayMax = Micros{3600} * 1000000;
inline constexpr Micros kLagMin = 100000;
inline constexpr Micros kLagMax = Micros{86400} * 1000000;
inline constexpr Micros kRetentionMin = Micros{1} * 1000000;
inline constexpr Micros kRetentionMax = Micros{3650} * 86400 * 1000000;

/// Errors: kInvalidInput, which begins with "line 5, column 9: " for YAML and with the key's path for both; kLimit.
Result<PipelineSpec> ParseSpecYaml(std::string_view text);
Result<PipelineSpec> ParseSpecJson(std::string_view text);

/// Canonical: ParseSpecJson of it gives the same spec, and equal specs give equal texts.
std::string ToJson(const PipelineSpec& spec);

/// "decimal(18,2)", "string", "json": an SQL type or one of the names that other systems have for it.
Result<SqlType> ParseColumnType(std::string_view text);
/// A column's name as in SQL: `a` is A, `"a"` is a; what could not stand bare is taken as it is.
std::string ColumnName(std::string_view text);

}  // namespace firn::pipeline

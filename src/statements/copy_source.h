// Where COPY INTO takes rows from: how a file is read, and what fills each column of the table; and COPY's options.
#pragma once

#include <string>
#include <vector>

#include "planner/stage_scan.h"
#include "statements/execution.h"

namespace firn::statements {

struct CopyOptions {
  enum class OnError { kAbort, kContinue, kSkipFile };
  OnError on_error = OnError::kAbort;
  int64_t error_limit = 1;      ///< SKIP_FILE_n: this many errors skip the file; -1: none does
  bool limit_is_percent = false;
  bool force = false;
  bool purge = false;
  bool truncate_columns = false;
  enum class Match { kNone, kSensitive, kInsensitive } match = Match::kNone;

  /// Errors: kInvalidOption, kInvalidValue, kUnsupported (VALIDATION_MODE, SIZE_LIMIT …).
  static Result<CopyOptions> Of(Execution& run, const std::vector<sql::Option>& options);
  bool TooManyErrors(int64_t errors, int64_t rows) const;
};

struct CopySource {
  planner::FileFormat format;
  std::vector<std::string> values;  ///< DuckDB text for each column of the table, over what Read gives
  int64_t header_lines = 0;
  size_t width = 0;                 ///< columns of a CSV file
  std::vector<std::string> wanted;  ///< the columns that are read from Parquet files by name
  bool any_case = false;            ///< of `wanted`
  std::string select;               ///< of a transformation: its SELECT list over `{0}`, named c0 …
  std::string where;

  /// Errors: kInvalidIdentifier, kInsertColumns, kUnsupported (a transformation that is more than a select list).
  static Result<CopySource> Of(Execution& run, const planner::FoundTable& table, sql::CopyIntoTable& copy,
                               const CopyOptions& options);
  /// DuckDB text in FROM for one file. `exact`: rows of another width are errors.
  Result<std::string> Read(planner::StatementContext& context, const planner::StageFile& file, bool exact) const;
};

}  // namespace firn::statements

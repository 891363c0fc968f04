// Where COPY INTO takes rows from: how a file is read, and what fills each column of the table; and COPY's options.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "planner/stage_scan.h"
#include "statements/execution.h"

namespace firn::statements {

struct CopyOptions {
  enum class OnError { kAbort, kContinue, kSkipFile };
  OnError on_error = OnError::kAbort;
  int64_t error_limit = 1;  ///< SKIP_FILE_n: this many errors skip the file; -1: none does
  bool limit_is_percent = false;
  bool force = false;
  bool purge = false;
  bool truncate_columns = false;
  bool failed_only = false;           ///< RETURN_FAILED_ONLY
  std::optional<int64_t> size_limit;  ///< bytes after which no further file is begun
  enum class Validation { kNone, kRows, kErrors } validation = Validation::kNone;
  int64_t validation_rows = 0;  ///< RETURN_n_ROWS
  enum class Match { kNone, kSensitive, kInsensitive } match = Match::kNone;

  /// Errors: kInvalidOption, kInvalidValue, kInvalidExpression (an option twice).
  static Result<CopyOptions> Of(Execution& run, const std::vector<sql::Option>& options);
  bool TooManyErrors(int64_t errors, int64_t rows) const;
  /// The column error_limit of COPY's answer.
  int64_t LimitOf(int64_t rows) const;
};

struct CopySource {
  planner::FileFormat format;
  engine::CsvFormat csv;            ///< of CSV files
  std::vector<std::string> values;  ///< DuckDB text for each column of the table, over what Read gives
  std::vector<int> fields;          ///< for each column of the table the file's field (-1: none); of plain CSV files
  size_t width = 0;                 ///< fields that a record of a CSV file has to have; 0: any number
  size_t columns = 0;               ///< c0 … of a CSV file
  CopyOptions::Match match = CopyOptions::Match::kNone;
  std::vector<std::string> wanted;  ///< the columns that are read from Parquet files by name
  bool any_case = false;            ///< of `wanted`
  std::string select;               ///< of a transformation: its SELECT list over `{0}`, named c0 …
  std::string where;
  bool truncate = false;

  /// TRUNCATECOLUMNS: cuts `values` to the lengths of the columns.
  void Truncate(const planner::FoundTable& table);

  /// Errors: kInvalidIdentifier, kInsertColumns, kUnsupported (a transformation that is more than a select list).
  static Result<CopySource> Of(Execution& run, const planner::FoundTable& table, sql::CopyIntoTable& copy,
                               const CopyOptions& options);
  bool IsCsv() const { return format.type == "CSV"; }
  /// Of MATCH_BY_COLUMN_NAME with CSV files: takes the header of `file`, and fills `values` anew.
  Status ReadHeader(Execution& run, const planner::FoundTable& table, const planner::StageFile& file);
  /// DuckDB text in FROM for one file. `tolerant`: of CSV files with the columns of engine::CsvCall, and no error for
  /// records that cannot be split or have another width.
  Result<std::string> Read(planner::StatementContext& context, const planner::StageFile& file, bool tolerant) const;
};

}  // namespace firn::statements

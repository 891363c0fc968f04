// CheckedFile: one file of COPY with its rows cast one by one: which are good, which are not and why. For ON_ERROR
// other than ABORT_STATEMENT, for VALIDATION_MODE, and for the place of the error that aborts a statement.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "statements/copy_source.h"

namespace firn::statements {

/// A row that cannot be loaded, as COPY's answer and VALIDATION_MODE show it.
struct BadRow {
  Error error;
  int64_t row = 0, line = 0, character = 1, offset = 0;
  std::string column;  ///< "T"["C":1]
  std::string record;
};

class CheckedFile {
 public:
  /// Reads the file. Errors: those of reading; a document that is no JSON is kBadJson.
  static Result<CheckedFile> Read(Execution& run, const planner::FoundTable& table, const CopySource& source,
                                  const planner::StageFile& file);

  int64_t parsed() const { return parsed_; }
  int64_t bad() const { return bad_; }
  /// The first `most` bad rows.
  Result<std::vector<BadRow>> Bad(int64_t most) const;
  /// DuckDB text: the good rows, cast, with the table's columns; the first `most` of them if it is not negative.
  std::string GoodSql(int64_t most) const;

 private:
  CheckedFile(Execution& run, const planner::FoundTable& table, const CopySource& source)
      : run_(&run), table_(&table), source_(&source) {}
  Result<BadRow> Explain(const engine::Batch& batch, int64_t at) const;
  Error WhyNot(const catalog::ColumnInfo& column, const session::Cell& value) const;

  Execution* run_;
  const planner::FoundTable* table_;
  const CopySource* source_;
  std::shared_ptr<engine::KeptRows> kept_;
  int64_t parsed_ = 0, bad_ = 0;
};

}  // namespace firn::statements

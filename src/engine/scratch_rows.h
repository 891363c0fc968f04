// ScratchRows: rows that C++ code makes, on their way into a table of the engine's memory (planner::Scratch), where SQL
// goes on with them. One thread. Readers see the rows after Finish.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.h"

namespace firn::engine {

class ScratchRows {
 public:
  enum class Kind : uint8_t { kText, kNumber };  ///< VARCHAR, BIGINT

  /// `table`: of memory.main, quoted; it has exactly these columns. Errors: DuckDB's.
  static Result<std::unique_ptr<ScratchRows>> Open(Engine& engine, const std::string& table, std::vector<Kind> columns);
  ~ScratchRows();
  ScratchRows(const ScratchRows&) = delete;
  ScratchRows& operator=(const ScratchRows&) = delete;

  /// Of the row at hand; what is not set is NULL. Text is UTF-8.
  void Text(size_t column, std::string_view value);
  void Number(size_t column, int64_t value);
  Status EndRow();
  Status Finish();
  int64_t rows() const { return rows_; }

 private:
  struct Impl;
  explicit ScratchRows(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
  int64_t rows_ = 0;
};

}  // namespace firn::engine

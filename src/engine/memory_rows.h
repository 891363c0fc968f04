// MemoryRows: rows that stand in memory, as a relation of DuckDB SQL for as long as the object lives: what the ingest
// buffer gives to the bronze commit. `Relation()` is its text in Statement.sql. Made by `pipeline`; the columns must
// not change while a statement runs; texts are not copied, so what they point into must live as long.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace firn::engine {

struct MemoryColumn {
  enum class Kind : uint8_t { kInteger, kInstant, kText, kBytes };  ///< BIGINT, TIMESTAMPTZ (micros), VARCHAR, BLOB
  Kind kind = Kind::kInteger;
  std::vector<int64_t> numbers;         ///< of kInteger and kInstant, no nulls
  std::vector<std::string_view> texts;  ///< of kText (valid UTF-8) and kBytes; a null pointer is NULL
};

class MemoryRows {
 public:
  /// All columns have `rows` values.
  MemoryRows(std::vector<MemoryColumn> columns, size_t rows);
  ~MemoryRows();
  MemoryRows(const MemoryRows&) = delete;
  MemoryRows& operator=(const MemoryRows&) = delete;

  /// A table function call; its columns are c0, c1 …, its rows in order.
  std::string Relation() const;
  const std::vector<MemoryColumn>& columns() const { return columns_; }
  size_t rows() const { return rows_; }

 private:
  const std::vector<MemoryColumn> columns_;
  const size_t rows_;
  const uint64_t number_;
};

}  // namespace firn::engine

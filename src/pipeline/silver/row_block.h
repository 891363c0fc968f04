// RowBlock: some rows of a batch, as bronze has them and, once a BlockReader has read them, as columns of text. Each
// block and each reader belong to one thread at a time; several readers may read blocks of one batch side by side, for
// what a row becomes depends on earlier ones by new and wider columns alone, and of those the reader tells.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/memory_rows.h"
#include "pipeline/ingest/body.h"
#include "pipeline/ingest/row_check.h"
#include "pipeline/silver/batch.h"

namespace firn::pipeline {

/// Texts that are kept where they are.
class Texts {
 public:
  std::string_view Keep(std::string_view text);

 private:
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* next_ = nullptr;
  size_t size_left_ = 0;
};

/// Columns that are filled row by row, c0 … of a MemoryRows; what is not set is NULL.
class Draft {
 public:
  explicit Draft(size_t columns);
  void Number(size_t column, int64_t value) { columns_[column].numbers.push_back(value); }
  void Text(size_t column, std::string_view text);
  void EndRow() { ++rows_; }
  size_t rows() const { return rows_; }
  /// Moves the rows to the end of `columns`, which are as many and are made if there are none; they will be `rows`
  /// long.
  void MoveTo(std::vector<engine::MemoryColumn>* columns, size_t rows);

 private:
  std::vector<engine::MemoryColumn> columns_;
  size_t rows_ = 0;
};

/// What bronze says of a row beside its JSON.
struct RowFacts {
  int64_t seq = 0;
  int64_t version = 0;  ///< 0: none
  std::string_view batch, op;
  bool has_op = false;
};

class RowBlock {
 public:
  /// `number`: PieceColumn::kNumber of its first row.
  RowBlock(const RowRules& rules, int64_t number);

  /// Before it is read. Everything is copied.
  void Add(const RowFacts& facts, std::string_view raw);
  bool IsFull() const;
  /// As before it was read.
  void Reset();
  size_t rows() const { return rows_.size(); }
  /// Of the JSON and the columns' views of it.
  size_t bytes() const;
  int64_t number() const { return number_; }

  Draft good, bad;  ///< by the reader; their texts live as long as the block

 private:
  friend class BlockReader;
  struct Row {
    RowFacts facts;
    size_t begin = 0, size = 0;  ///< in json_
  };
  std::string_view RawOf(const Row& row) const { return std::string_view(json_).substr(row.begin, row.size); }

  const int64_t number_;
  const size_t columns_;
  std::string json_;  ///< "[row,row,…": the reader ends it
  std::vector<Row> rows_;
  std::list<std::string> alone_;  ///< rows that are read by themselves, each in an array
  Texts texts_;
};

class BlockReader : private RowSink {
 public:
  BlockReader(const RowRules& rules, const BatchOptions& options);
  void Read(RowBlock* block);

  /// Of all rows that it has read.
  const std::vector<NewColumn>& new_columns() const { return check_.new_columns(); }
  const std::vector<WiderColumn>& wider_columns() const { return check_.wider_columns(); }
  bool SawOtherColumns() const { return !new_columns().empty() || !wider_columns().empty(); }
  /// `_BATCH_ID` of the first row with such a column.
  const std::string& first_batch() const { return first_batch_; }

 private:
  struct Guess {
    std::string name;
    int column = RowRules::kUnknown;
  };

  void Row(const BodyRow& row) override;
  void Shared(Draft* rows, const RowFacts& facts, std::string_view op, std::string_view raw);
  void Keep(const RowFacts& facts, const BodyRow& row, const RowVerdict& verdict);
  void Reject(const RowBlock::Row& row, const RowError& error);
  int ColumnOf(uint32_t index, std::string_view key);

  const RowRules& rules_;
  const BatchOptions& options_;
  RowCheck check_;
  BodyParser parser_;
  RowBlock* block_ = nullptr;
  size_t first_ = 0;  ///< the row of the block that the parser calls 0
  size_t most_ = 0;   ///< rows that the text at hand was put together from
  size_t taken_ = 0;  ///< rows of the block that were taken
  std::vector<Guess> guesses_;
  std::string has_, buffer_, first_batch_;
};

}  // namespace firn::pipeline

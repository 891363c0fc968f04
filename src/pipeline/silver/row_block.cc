#include "pipeline/silver/row_block.h"

#include <algorithm>

#include "pipeline/silver/cell_text.h"

namespace firn::pipeline {

namespace {

using engine::MemoryColumn;
using Column = PieceColumn;

constexpr size_t kBlockBytes = 1 << 20;
constexpr size_t kBlockRows = 50000;
constexpr size_t kTextBlock = 1 << 16;

std::string JsonString(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += std::string("\\u00") + kHex[static_cast<unsigned char>(c) >> 4] + kHex[c & 15];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

MemoryColumn::Kind KindOf(size_t column) {
  return column <= Column::kNumber ? MemoryColumn::Kind::kInteger : MemoryColumn::Kind::kText;
}

}  // namespace

std::string_view Texts::Keep(std::string_view text) {
  if (text.size() > size_left_) {
    size_left_ = std::max(text.size(), kTextBlock);
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(size_left_));
    next_ = blocks_.back().get();
  }
  char* place = next_;
  std::ranges::copy(text, place);
  next_ += text.size();
  size_left_ -= text.size();
  return {place, text.size()};
}

Draft::Draft(size_t columns) : columns_(columns) {
  for (size_t i = 0; i < columns; ++i) columns_[i].kind = KindOf(i);
}

void Draft::Text(size_t column, std::string_view text) {
  std::vector<std::string_view>& texts = columns_[column].texts;
  if (texts.size() < rows_) texts.resize(rows_);
  texts.push_back(text.data() ? text : std::string_view(""));
}

void Draft::MoveTo(std::vector<MemoryColumn>* columns, size_t rows) {
  for (MemoryColumn& column : columns_) {
    if (column.kind == MemoryColumn::Kind::kText) column.texts.resize(rows_);
  }
  rows_ = 0;
  if (columns->empty()) {
    *columns = std::move(columns_);
    return;
  }
  for (size_t i = 0; i < columns_.size(); ++i) {
    MemoryColumn &to = (*columns)[i], &from = columns_[i];
    to.numbers.reserve(from.numbers.empty() ? 0 : rows);
    to.texts.reserve(from.texts.empty() ? 0 : rows);
    to.numbers.insert(to.numbers.end(), from.numbers.begin(), from.numbers.end());
    to.texts.insert(to.texts.end(), from.texts.begin(), from.texts.end());
  }
  columns_.clear();
}

// --- rows of bronze --------------------------------------------------------------------------------------------------

RowBlock::RowBlock(const RowRules& rules, int64_t number)
    : good(Column::kFirstColumn + rules.columns().size()),
      bad(Column::kEnd),
      number_(number),
      columns_(Column::kFirstColumn + rules.columns().size()) {}

void RowBlock::Add(const RowFacts& facts, std::string_view raw) {
  json_ += json_.empty() ? '[' : ',';
  Row& row = rows_.emplace_back(Row{facts, json_.size(), raw.size()});
  json_ += raw;
  // Rows of one request stand beside each other.
  const RowFacts* before = rows_.size() > 1 ? &rows_[rows_.size() - 2].facts : nullptr;
  row.facts.batch = before && before->batch == facts.batch ? before->batch : texts_.Keep(facts.batch);
  row.facts.op = before && before->op == facts.op ? before->op : texts_.Keep(facts.op);
}

void RowBlock::Reset() {
  json_.pop_back();
  good = Draft(columns_);
  bad = Draft(Column::kEnd);
}

bool RowBlock::IsFull() const { return json_.size() >= kBlockBytes || rows_.size() >= kBlockRows; }

size_t RowBlock::bytes() const { return json_.size() + rows_.size() * columns_ * sizeof(std::string_view); }

// --- reading ---------------------------------------------------------------------------------------------------------

BlockReader::BlockReader(const RowRules& rules, const BatchOptions& options)
    : rules_(rules), options_(options), check_(rules), has_(rules.columns().size(), '0') {}

void BlockReader::Read(RowBlock* block) {
  if (block->rows_.empty()) return;
  block_ = block;
  block->json_ += ']';
  first_ = taken_ = 0;
  most_ = block->rows_.size();
  (void)parser_.Parse(block->json_, BodyFormat::kJson, *this);
  // What follows a value that is no JSON is read row by row.
  most_ = 1;
  for (first_ = taken_; first_ < block->rows_.size(); ++first_) {
    const RowBlock::Row& row = block->rows_[first_];
    block->alone_.push_back("[" + std::string(block->RawOf(row)) + "]");
    (void)parser_.Parse(block->alone_.back(), BodyFormat::kJson, *this);
    if (taken_ <= first_) Reject(row, {RowCode::kBadJson, "", "the row is no JSON value"});
  }
}

void BlockReader::Row(const BodyRow& row) {
  if (row.index >= most_) return;
  taken_ = first_ + row.index + 1;
  const RowBlock::Row& from = block_->rows_[taken_ - 1];
  if (options_.raw && row.error == nullptr) return Keep(from.facts, row, {});
  const RowVerdict& verdict = check_.Check(row);
  if (verdict.fate == RowFate::kQuarantine) return Reject(from, verdict.error);
  if (first_batch_.empty() && SawOtherColumns()) first_batch_ = from.facts.batch;
  Keep(from.facts, row, verdict);
}

void BlockReader::Shared(Draft* rows, const RowFacts& facts, std::string_view op, std::string_view raw) {
  rows->Number(Column::kSeq, facts.seq);
  rows->Number(Column::kVersion, facts.version);
  rows->Number(Column::kNumber, block_->number_ + static_cast<int64_t>(block_->good.rows() + block_->bad.rows()));
  rows->Text(Column::kBatch, facts.batch);
  if (!op.empty()) rows->Text(Column::kOp, op);
  rows->Text(Column::kRaw, raw);
}

void BlockReader::Reject(const RowBlock::Row& row, const RowError& error) {
  Texts& texts = block_->texts_;
  Draft& bad = block_->bad;
  Shared(&bad, row.facts, row.facts.op, block_->RawOf(row));
  bad.Text(Column::kCode, NameOf(error.code));
  if (!error.column.empty()) bad.Text(Column::kField, texts.Keep(error.column));
  bad.Text(Column::kMessage, texts.Keep(error.message));
  bad.EndRow();
}

void BlockReader::Keep(const RowFacts& facts, const BodyRow& row, const RowVerdict& verdict) {
  Texts& texts = block_->texts_;
  Draft& good = block_->good;
  Shared(&good, facts, facts.has_op ? facts.op : texts.Keep(verdict.op), row.raw);
  std::string rescued;
  size_t next_rescued = 0;
  if (options_.has) has_.assign(has_.size(), '0');
  for (uint32_t i = 0; i < row.fields.size(); ++i) {
    const Field& field = row.fields[i];
    const int column = ColumnOf(i, field.key);
    if (column >= 0) has_[static_cast<size_t>(column)] = '1';
    if (next_rescued < verdict.rescued.size() && verdict.rescued[next_rescued] == i) {
      ++next_rescued;
      rescued += (rescued.empty() ? "{" : ",") + JsonString(field.key) + ":" + std::string(field.raw);
    } else if (column >= 0 && field.kind != JsonKind::kNull) {
      std::string_view text = CellText(rules_.columns()[static_cast<size_t>(column)], field, &buffer_);
      if (text.data() == buffer_.data()) text = texts.Keep(text);
      good.Text(Column::kFirstColumn + static_cast<size_t>(column), text);
    }
  }
  if (!rescued.empty()) good.Text(Column::kRescued, texts.Keep(rescued + "}"));
  if (options_.has) good.Text(Column::kHas, texts.Keep(has_));
  good.EndRow();
}

/// Rows of one sender mostly have their fields in the same order and spelling.
int BlockReader::ColumnOf(uint32_t index, std::string_view key) {
  if (index >= guesses_.size()) guesses_.resize(index + 1);
  Guess& guess = guesses_[index];
  if (guess.name != key || key.empty()) guess = {std::string(key), rules_.Find(key)};
  return guess.column;
}

}  // namespace firn::pipeline

#include "pipeline/silver/batch.h"

#include <algorithm>
#include <list>
#include <memory>
#include <utility>

#include "pipeline/silver/cell_text.h"

namespace firn::pipeline {

namespace {

using engine::MemoryColumn;
using engine::MemoryRows;
using Column = PieceColumn;

constexpr size_t kBodyBytes = 4 << 20;  // that are parsed at once
constexpr size_t kBodyRows = 50000;
constexpr size_t kPieceBytes = 64 << 20;  // of a piece: JSON and the columns' views of it

/// What bronze says of a row beside its JSON.
struct Meta {
  int64_t seq = 0;
  int64_t version = 0;  ///< 0: none
  std::string batch, op;
  bool has_op = false;
  std::string raw;
};

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

/// Texts that stand nowhere in the JSON, kept where they are until Clear.
class Texts {
 public:
  std::string_view Keep(std::string_view text) {
    if (text.size() > blocks_.size_left) blocks_.Add(text.size());
    char* place = blocks_.next;
    std::ranges::copy(text, place);
    blocks_.next += text.size();
    blocks_.size_left -= text.size();
    return {place, text.size()};
  }
  void Clear() { blocks_ = {}; }

 private:
  struct Blocks {
    void Add(size_t least) {
      size_left = std::max(least, size_t{1} << 16);
      all.push_back(std::make_unique<char[]>(size_left));
      next = all.back().get();
    }
    std::vector<std::unique_ptr<char[]>> all;
    char* next = nullptr;
    size_t size_left = 0;
  } blocks_;
};

/// Columns that are filled row by row; what is not set is NULL.
class Draft {
 public:
  explicit Draft(size_t columns) : columns_(columns) {
    for (size_t i = 0; i < columns; ++i) columns_[i].kind = KindOf(i);
  }
  void Number(size_t column, int64_t value) { columns_[column].numbers.push_back(value); }
  void Text(size_t column, std::string_view text) {
    std::vector<std::string_view>& texts = columns_[column].texts;
    texts.resize(rows_);
    texts.push_back(text.data() ? text : std::string_view("", 0));
  }
  void EndRow() { ++rows_; }
  size_t rows() const { return rows_; }
  size_t bytes() const { return rows_ * columns_.size() * sizeof(std::string_view); }
  /// Begins anew.
  MemoryRows Finish() {
    std::vector<MemoryColumn> columns(columns_.size());
    for (size_t i = 0; i < columns.size(); ++i) {
      columns[i].kind = KindOf(i);
      if (columns[i].kind == MemoryColumn::Kind::kText) columns_[i].texts.resize(rows_);
    }
    columns.swap(columns_);
    return MemoryRows(std::move(columns), std::exchange(rows_, 0));
  }

 private:
  static MemoryColumn::Kind KindOf(size_t column) {
    return column <= Column::kNumber ? MemoryColumn::Kind::kInteger : MemoryColumn::Kind::kText;
  }
  std::vector<MemoryColumn> columns_;
  size_t rows_ = 0;
};

class Reader : public RowSink {
 public:
  Reader(const RowRules& rules, const BatchOptions& options, const TakePiece& take)
      : rules_(rules),
        options_(options),
        take_(take),
        check_(rules),
        good_(Column::kFirstColumn + rules.columns().size()),
        bad_(Column::kEnd),
        has_(rules.columns().size(), '0') {}

  /// Takes a row; parses when there are enough.
  Status Take(Meta meta) {
    body_ += body_.empty() ? '[' : ',';
    body_ += meta.raw;
    metas_.push_back(std::move(meta));
    if (body_.size() < kBodyBytes && metas_.size() < kBodyRows) return Ok();
    Parse();
    return bytes_ + good_.bytes() < kPieceBytes ? Ok() : Flush();
  }

  Status Finish(SilverBatch* out) {
    Parse();
    if (!flushed_ || good_.rows() + bad_.rows() > 0) FIRN_TRY(Flush());
    out->rows_read = number_;
    out->first_batch = first_batch_;
    out->new_columns = check_.new_columns();
    out->wider_columns = check_.wider_columns();
    return Ok();
  }

  void Row(const BodyRow& row) override {
    if (row.index >= most_) return;
    taken_ = first_ + row.index + 1;
    Meta& meta = metas_[taken_ - 1];
    if (options_.raw && row.error == nullptr) return Keep(meta, row, {});
    const RowVerdict& verdict = check_.Check(row);
    if (verdict.fate == RowFate::kQuarantine) return Reject(meta, verdict.error);
    if (first_batch_.empty() && (!check_.new_columns().empty() || !check_.wider_columns().empty())) {
      first_batch_ = meta.batch;
    }
    Keep(meta, row, verdict);
  }

 private:
  struct Guess {
    std::string name;
    int column = RowRules::kUnknown;
  };

  void Parse() {
    if (metas_.empty()) return;
    body_ += ']';
    bodies_.push_back(std::move(body_));
    body_ = {};
    bytes_ += bodies_.back().size();
    first_ = taken_ = 0;
    most_ = metas_.size();
    (void)parser_.Parse(bodies_.back(), BodyFormat::kJson, *this);
    // What follows a value that is no JSON is read row by row.
    most_ = 1;
    for (first_ = taken_; first_ < metas_.size(); ++first_) {
      bodies_.push_back("[" + metas_[first_].raw + "]");
      (void)parser_.Parse(bodies_.back(), BodyFormat::kJson, *this);
      if (taken_ <= first_) Reject(metas_[first_], {RowCode::kBadJson, "", "the row is no JSON value"});
    }
    metas_.clear();
  }

  bool NeedsMore() const {
    return options_.evolves && (!check_.wider_columns().empty() ||
                                std::ranges::any_of(check_.new_columns(), [](const NewColumn& c) { return c.typed; }));
  }

  Status Flush() {
    const MemoryRows good = good_.Finish(), bad = bad_.Finish();
    Status done = NeedsMore() ? Ok() : take_(good, bad);
    flushed_ = true;
    bodies_.clear();
    texts_.Clear();
    last_batch_ = {};
    bytes_ = 0;
    return done;
  }

  void Shared(Draft& rows, const Meta& meta, std::string_view op, std::string_view raw) {
    rows.Number(Column::kSeq, meta.seq);
    rows.Number(Column::kVersion, meta.version);
    rows.Number(Column::kNumber, number_++);
    if (!last_batch_.data() || last_batch_ != meta.batch) last_batch_ = texts_.Keep(meta.batch);
    rows.Text(Column::kBatch, last_batch_);
    if (!op.empty()) rows.Text(Column::kOp, texts_.Keep(op));
    rows.Text(Column::kRaw, raw);
  }

  void Reject(const Meta& meta, const RowError& error) {
    Shared(bad_, meta, meta.op, texts_.Keep(meta.raw));
    bad_.Text(Column::kCode, NameOf(error.code));
    if (!error.column.empty()) bad_.Text(Column::kField, texts_.Keep(error.column));
    bad_.Text(Column::kMessage, texts_.Keep(error.message));
    bad_.EndRow();
  }

  void Keep(const Meta& meta, const BodyRow& row, const RowVerdict& verdict) {
    Shared(good_, meta, meta.has_op ? std::string_view(meta.op) : verdict.op, row.raw);
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
        if (text.data() == buffer_.data()) text = texts_.Keep(text);
        good_.Text(Column::kFirstColumn + static_cast<size_t>(column), text);
      }
    }
    if (!rescued.empty()) good_.Text(Column::kRescued, texts_.Keep(rescued + "}"));
    if (options_.has) good_.Text(Column::kHas, texts_.Keep(has_));
    good_.EndRow();
  }

  /// Rows of one sender mostly have their fields in the same order and spelling.
  int ColumnOf(uint32_t index, std::string_view key) {
    if (index >= guesses_.size()) guesses_.resize(index + 1);
    Guess& guess = guesses_[index];
    if (guess.name != key || key.empty()) guess = {std::string(key), rules_.Find(key)};
    return guess.column;
  }

  const RowRules& rules_;
  const BatchOptions& options_;
  const TakePiece& take_;
  RowCheck check_;
  Draft good_, bad_;
  BodyParser parser_;
  std::string body_;
  std::vector<Meta> metas_;
  std::list<std::string> bodies_;  ///< of the piece: its texts are views into them
  Texts texts_;
  size_t bytes_ = 0;  ///< of bodies_
  size_t first_ = 0;  ///< the row of metas_ that the parser calls 0
  size_t most_ = 0;   ///< rows that the body at hand was put together from
  size_t taken_ = 0;  ///< rows of metas_ that were taken
  int64_t number_ = 0;
  bool flushed_ = false;
  std::vector<Guess> guesses_;
  std::string has_, buffer_, first_batch_;
  std::string_view last_batch_;
};

std::string BronzeSql(const std::string& changes) {
  return R"(SELECT "_SEQ", COALESCE("_SCHEMA_VERSION", 0), "_BATCH_ID", "_OP", "_RAW" FROM ()" + changes + ")";
}

Meta MetaOf(const engine::Batch& batch, int64_t row) {
  Meta meta;
  meta.seq = batch.Int64(0, row);
  meta.version = batch.Int64(1, row);
  meta.batch = batch.Text(2, row);
  meta.has_op = !batch.IsNull(3, row);
  if (meta.has_op) meta.op = batch.Text(3, row);
  meta.raw = batch.Text(4, row);
  if (meta.raw.empty()) meta.raw = "null";
  return meta;
}

}  // namespace

SnapshotMark ReadMark(int64_t seq, const std::string& raw) {
  SnapshotMark mark{.seq = seq, .batches = {}};
  // An array of texts, which are UUIDs.
  for (size_t at = raw.find('"'); at != std::string::npos; at = raw.find('"', at + 1)) {
    const size_t end = raw.find('"', at + 1);
    if (end == std::string::npos) break;
    mark.batches.push_back(raw.substr(at + 1, end - at - 1));
    at = end;
  }
  return mark;
}

Result<SilverBatch> ReadBatch(statements::Execution& run, const planner::ChangeRange& range, const RowRules& rules,
                              const BatchOptions& options, const TakePiece& take) {
  SilverBatch out;
  Reader reader(rules, options, take);
  FIRN_ASSIGN(std::string changes, planner::ChangesSql(run.context, range));
  FIRN_ASSIGN(auto stream, run.engine().Run(run.context.Statement(BronzeSql(changes) + options.only), run.cancel));
  while (true) {
    FIRN_ASSIGN(auto batch, stream->Next());
    if (!batch) break;
    for (int64_t row = 0; row < batch->rows(); ++row) {
      Meta meta = MetaOf(*batch, row);
      if (meta.version == 0 && meta.op == kSnapshotOp) {
        out.marks.push_back(ReadMark(meta.seq, meta.raw));
      } else {
        FIRN_TRY(reader.Take(std::move(meta)));
      }
    }
  }
  FIRN_TRY(reader.Finish(&out));
  std::ranges::sort(out.marks, {}, &SnapshotMark::seq);
  return out;
}

Result<SilverBatch> ReadPosted(std::span<const BatchRow> rows, const RowRules& rules, const BatchOptions& options,
                               const TakePiece& take) {
  SilverBatch out;
  Reader reader(rules, options, take);
  for (const BatchRow& row : rows) {
    Meta meta;
    meta.raw = row.raw;
    meta.op = row.op;
    meta.has_op = !row.op.empty();
    FIRN_TRY(reader.Take(std::move(meta)));
  }
  FIRN_TRY(reader.Finish(&out));
  return out;
}

}  // namespace firn::pipeline

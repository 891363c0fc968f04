#include "pipeline/silver/batch.h"

#include <algorithm>

#include "engine/scratch_rows.h"
#include "pipeline/silver/cell_text.h"

namespace firn::pipeline {

namespace {

using engine::ScratchRows;
using Kind = ScratchRows::Kind;

constexpr size_t kSeq = 0, kVersion = 1, kBatch = 2, kOp = 3, kRaw = 4;  // of both tables
constexpr size_t kHas = 5, kRescued = 6, kFirstColumn = 7;               // of good rows
constexpr size_t kCode = 5, kField = 6, kMessage = 7;                    // of rejected ones
constexpr size_t kBodyBytes = 4 << 20;                                   // that are parsed at once

constexpr const char* kSharedColumns =
    R"(CAST(NULL AS BIGINT) AS "firn$seq", CAST(NULL AS BIGINT) AS "firn$version", )"
    R"(CAST(NULL AS VARCHAR) AS "firn$batch", CAST(NULL AS VARCHAR) AS "firn$op", CAST(NULL AS VARCHAR) AS "firn$raw")";

/// What bronze says of a row beside its JSON.
struct Meta {
  int64_t seq = 0;
  std::optional<int64_t> version;
  std::string batch, op;
  bool has_op = false;
  std::string raw;
};

/// An empty table of text columns with `names` after the shared ones.
Result<std::shared_ptr<planner::Scratch>> MakeTable(statements::Execution& run, const std::vector<std::string>& names) {
  std::string sql = std::string("SELECT ") + kSharedColumns;
  for (const std::string& name : names) sql += ", CAST(NULL AS VARCHAR) AS \"firn$" + name + "\"";
  return planner::Scratch::Make(run.engine(), run.context.Statement(sql + " WHERE FALSE"), run.cancel);
}

std::vector<Kind> KindsOf(size_t columns) {
  std::vector<Kind> kinds(columns, Kind::kText);
  kinds[kSeq] = kinds[kVersion] = Kind::kNumber;
  return kinds;
}

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

class Reader : public RowSink {
 public:
  Reader(const RowRules& rules, bool raw, ScratchRows& good, ScratchRows& bad)
      : rules_(rules), raw_(raw), check_(rules), good_(good), bad_(bad), has_(rules.columns().size(), '0') {}

  /// Takes a row; parses when there are enough.
  Status Take(Meta meta) {
    body_ += body_.empty() ? '[' : ',';
    body_ += meta.raw;
    metas_.push_back(std::move(meta));
    return body_.size() < kBodyBytes ? Ok() : Flush();
  }

  Status Flush() {
    if (metas_.empty()) return Ok();
    body_ += ']';
    first_ = 0;
    if (parser_.Parse(body_, BodyFormat::kJson, counter_) || counter_.rows != metas_.size()) {
      // One of them is no JSON: each alone, so that it is known which.
      for (first_ = 0; first_ < metas_.size(); ++first_) {
        const std::string alone = "[" + metas_[first_].raw + "]";
        counter_.rows = 0;
        if (parser_.Parse(alone, BodyFormat::kJson, counter_) || counter_.rows != 1) {
          Reject(metas_[first_], {RowCode::kBadJson, "", "the row is no JSON value"});
        } else {
          parser_.Parse(alone, BodyFormat::kJson, *this);
        }
      }
    } else {
      parser_.Parse(body_, BodyFormat::kJson, *this);
    }
    counter_.rows = 0;
    body_.clear();
    metas_.clear();
    return std::exchange(status_, Ok());
  }

  void Row(const BodyRow& row) override {
    Meta& meta = metas_[first_ + row.index];
    if (raw_ && row.error == nullptr) return Keep(meta, row, {});
    const RowVerdict& verdict = check_.Check(row);
    if (verdict.fate == RowFate::kQuarantine) return Reject(meta, verdict.error);
    if (first_batch_.empty() && (!check_.new_columns().empty() || !check_.wider_columns().empty())) {
      first_batch_ = meta.batch;
    }
    Keep(meta, row, verdict);
  }

  const RowCheck& check() const { return check_; }
  const std::string& first_batch() const { return first_batch_; }

 private:
  /// Whether a body has as many rows as were put into it, before any of them is taken.
  struct Counter : RowSink {
    void Row(const BodyRow& row) override { rows = row.index + 1; }
    size_t rows = 0;
  };

  void Shared(ScratchRows& rows, const Meta& meta, std::string_view op) {
    rows.Number(kSeq, meta.seq);
    if (meta.version) rows.Number(kVersion, *meta.version);
    rows.Text(kBatch, meta.batch);
    if (!op.empty()) rows.Text(kOp, op);
    rows.Text(kRaw, meta.raw);
  }

  void Reject(const Meta& meta, const RowError& error) {
    Shared(bad_, meta, meta.op);
    bad_.Text(kCode, NameOf(error.code));
    if (!error.column.empty()) bad_.Text(kField, error.column);
    bad_.Text(kMessage, error.message);
    End(bad_);
  }

  void Keep(const Meta& meta, const BodyRow& row, const RowVerdict& verdict) {
    Shared(good_, meta, meta.has_op ? std::string_view(meta.op) : verdict.op);
    std::string rescued;
    size_t next_rescued = 0;
    has_.assign(has_.size(), '0');
    for (uint32_t i = 0; i < row.fields.size(); ++i) {
      const Field& field = row.fields[i];
      if (next_rescued < verdict.rescued.size() && verdict.rescued[next_rescued] == i) {
        ++next_rescued;
        rescued += (rescued.empty() ? "{" : ",") + JsonString(field.key) + ":" + std::string(field.raw);
        const int column = ColumnOf(i, field.key);
        if (column >= 0) has_[static_cast<size_t>(column)] = '1';
        continue;
      }
      const int column = ColumnOf(i, field.key);
      if (column < 0) continue;
      has_[static_cast<size_t>(column)] = '1';
      if (field.kind == JsonKind::kNull) continue;
      good_.Text(kFirstColumn + static_cast<size_t>(column),
                 CellText(rules_.columns()[static_cast<size_t>(column)], field, &buffer_));
    }
    if (!rescued.empty()) good_.Text(kRescued, rescued + "}");
    good_.Text(kHas, has_);
    End(good_);
  }

  /// Rows of one sender mostly have their fields in the same order.
  int ColumnOf(uint32_t index, std::string_view key) {
    if (index < guesses_.size() && guesses_[index] >= 0 && rules_.IsMatch(guesses_[index], key)) return guesses_[index];
    if (index >= guesses_.size()) guesses_.resize(index + 1, RowRules::kUnknown);
    return guesses_[index] = rules_.Find(key);
  }

  void End(ScratchRows& rows) {
    Status ended = rows.EndRow();
    if (!ended.ok() && status_.ok()) status_ = std::move(ended);
  }

  const RowRules& rules_;
  const bool raw_;
  RowCheck check_;
  ScratchRows& good_;
  ScratchRows& bad_;
  BodyParser parser_;
  Counter counter_;
  std::string body_;
  std::vector<Meta> metas_;
  size_t first_ = 0;  ///< the row of metas_ that the parser calls 0
  std::vector<int> guesses_;
  std::string has_, buffer_, first_batch_;
  Status status_ = Ok();
};

std::string BronzeSql(const std::string& changes) {
  return "SELECT CAST(\"_SEQ\" AS BIGINT), CAST(\"_SCHEMA_VERSION\" AS BIGINT), \"_BATCH_ID\", \"_OP\", \"_RAW\" FROM "
         "(" +
         changes + ")";
}

Meta MetaOf(const engine::Batch& batch, int64_t row) {
  Meta meta;
  meta.seq = batch.Int64(0, row);
  if (!batch.IsNull(1, row)) meta.version = batch.Int64(1, row);
  if (!batch.IsNull(2, row)) meta.batch = batch.Text(2, row);
  meta.has_op = !batch.IsNull(3, row);
  if (meta.has_op) meta.op = batch.Text(3, row);
  meta.raw = batch.IsNull(4, row) ? "null" : batch.Text(4, row);
  return meta;
}

/// The ids of an array of texts, which are UUIDs.
SnapshotMark MarkOf(const Meta& meta) {
  SnapshotMark mark{.seq = meta.seq, .batches = {}};
  for (size_t at = meta.raw.find('"'); at != std::string::npos; at = meta.raw.find('"', at + 1)) {
    const size_t end = meta.raw.find('"', at + 1);
    if (end == std::string::npos) break;
    mark.batches.push_back(meta.raw.substr(at + 1, end - at - 1));
    at = end;
  }
  return mark;
}

}  // namespace

Result<SilverBatch> ReadBatch(statements::Execution& run, const planner::ChangeRange& range, const RowRules& rules,
                              bool raw, const std::string& only) {
  SilverBatch out;
  std::vector<std::string> names = {"has", "rescued"};
  for (size_t i = 0; i < rules.columns().size(); ++i) names.push_back(std::to_string(i));
  FIRN_ASSIGN(out.rows, MakeTable(run, names));
  FIRN_ASSIGN(out.rejected, MakeTable(run, {"code", "field", "message"}));
  FIRN_ASSIGN(auto good,
              ScratchRows::Open(run.engine(), out.rows->name(), KindsOf(kFirstColumn + rules.columns().size())));
  FIRN_ASSIGN(auto bad, ScratchRows::Open(run.engine(), out.rejected->name(), KindsOf(kMessage + 1)));
  Reader reader(rules, raw, *good, *bad);
  FIRN_ASSIGN(std::string changes, planner::ChangesSql(run.context, range));
  FIRN_ASSIGN(auto stream, run.engine().Run(run.context.Statement(BronzeSql(changes) + only), run.cancel));
  while (true) {
    FIRN_ASSIGN(auto batch, stream->Next());
    if (!batch) break;
    for (int64_t row = 0; row < batch->rows(); ++row) {
      Meta meta = MetaOf(*batch, row);
      if (meta.op == kSnapshotOp && !meta.version) {
        out.marks.push_back(MarkOf(meta));
      } else {
        FIRN_TRY(reader.Take(std::move(meta)));
      }
    }
    FIRN_TRY(reader.Flush());
  }
  FIRN_TRY(good->Finish());
  FIRN_TRY(bad->Finish());
  std::ranges::sort(out.marks, {}, &SnapshotMark::seq);
  out.rows_rejected = bad->rows();
  out.rows_read = good->rows() + bad->rows();
  out.first_batch = reader.first_batch();
  out.new_columns = reader.check().new_columns();
  out.wider_columns = reader.check().wider_columns();
  return out;
}

}  // namespace firn::pipeline

#include "pipeline/silver/batch.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "pipeline/silver/row_block.h"

namespace firn::pipeline {

namespace {

using engine::MemoryColumn;
using engine::MemoryRows;
using Column = PieceColumn;

constexpr size_t kPieceBytes = 64 << 20;  // of a piece: JSON and the columns' views of it
constexpr unsigned kThreadsMost = 8;

/// Threads that read blocks while more come, each with a reader of its own.
class BlockThreads {
 public:
  BlockThreads(const RowRules& rules, const BatchOptions& options) {
    const unsigned count = std::clamp(std::thread::hardware_concurrency(), 1U, kThreadsMost);
    for (unsigned i = 0; i < count; ++i) {
      BlockReader& reader = readers_.emplace_back(rules, options);
      threads_.emplace_back([this, &reader] { Work(&reader); });
    }
  }
  ~BlockThreads() {
    {
      std::lock_guard lock(mutex_);
      closing_ = true;
    }
    more_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  void Give(RowBlock* block) {
    {
      std::lock_guard lock(mutex_);
      blocks_.push_back(block);
      ++unread_;
    }
    more_.notify_one();
  }
  /// Until all are read. Whether rows have new or wider columns, which need a reader that sees all rows.
  bool Wait() {
    std::unique_lock lock(mutex_);
    read_.wait(lock, [this] { return unread_ == 0; });
    return std::ranges::any_of(readers_, &BlockReader::SawOtherColumns);
  }

 private:
  void Work(BlockReader* reader) {
    std::unique_lock lock(mutex_);
    while (true) {
      more_.wait(lock, [this] { return closing_ || !blocks_.empty(); });
      if (closing_) return;
      RowBlock* block = blocks_.front();
      blocks_.pop_front();
      lock.unlock();
      reader->Read(block);
      lock.lock();
      if (--unread_ == 0) read_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable more_, read_;
  std::deque<RowBlock*> blocks_;
  size_t unread_ = 0;
  bool closing_ = false;
  std::deque<BlockReader> readers_;
  std::vector<std::thread> threads_;
};

/// Rows become blocks, blocks pieces.
class Reader {
 public:
  Reader(const RowRules& rules, const BatchOptions& options, const TakePiece& take)
      : rules_(rules), options_(options), take_(take), in_order_(rules, options) {}

  Status Take(const RowFacts& facts, std::string_view raw) {
    if (!block_) block_ = std::make_unique<RowBlock>(rules_, number_);
    block_->Add(facts, raw);
    ++number_;
    if (!block_->IsFull()) return Ok();
    EndBlock(false);
    return bytes_ < kPieceBytes ? Ok() : Flush();
  }

  Status Finish(SilverBatch* out) {
    if (block_) EndBlock(true);
    if (!flushed_ || !blocks_.empty()) FIRN_TRY(Flush());
    out->rows_read = number_;
    out->first_batch = in_order_.first_batch();
    out->new_columns = in_order_.new_columns();
    out->wider_columns = in_order_.wider_columns();
    return Ok();
  }

 private:
  void EndBlock(bool last) {
    RowBlock* block = blocks_.emplace_back(std::move(block_)).get();
    bytes_ += block->bytes();
    if (needs_order_ || (last && !threads_)) return in_order_.Read(block);
    if (!threads_) threads_.emplace(rules_, options_);
    threads_->Give(block);
  }

  bool NeedsMore() const {
    return options_.evolves &&
           (!in_order_.wider_columns().empty() ||
            std::ranges::any_of(in_order_.new_columns(), [](const NewColumn& c) { return c.typed; }));
  }

  Status Flush() {
    if (threads_ && !needs_order_ && threads_->Wait()) {
      needs_order_ = true;
      for (auto& block : blocks_) {
        block->Reset();
        in_order_.Read(block.get());
      }
    }
    const MemoryRows good = Joined(&RowBlock::good, Column::kFirstColumn + rules_.columns().size());
    const MemoryRows bad = Joined(&RowBlock::bad, Column::kEnd);
    Status done = NeedsMore() ? Ok() : take_(good, bad);
    flushed_ = true;
    blocks_.clear();
    bytes_ = 0;
    return done;
  }

  MemoryRows Joined(Draft RowBlock::*part, size_t columns) {
    size_t rows = 0;
    for (auto& block : blocks_) rows += ((*block).*part).rows();
    std::vector<MemoryColumn> all;
    for (auto& block : blocks_) ((*block).*part).MoveTo(&all, rows);
    if (all.empty()) Draft(columns).MoveTo(&all, 0);
    return MemoryRows(std::move(all), rows);
  }

  const RowRules& rules_;
  const BatchOptions& options_;
  const TakePiece& take_;
  std::unique_ptr<RowBlock> block_;
  std::vector<std::unique_ptr<RowBlock>> blocks_;  ///< of the piece
  std::optional<BlockThreads> threads_;            ///< from the second block on
  BlockReader in_order_;
  bool needs_order_ = false;
  bool flushed_ = false;
  size_t bytes_ = 0;  ///< of blocks_
  int64_t number_ = 0;
};

std::string BronzeSql(const std::string& changes) {
  return R"(SELECT "_SEQ", COALESCE("_SCHEMA_VERSION", 0), "_BATCH_ID", "_OP", "_RAW" FROM ()" + changes + ")";
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
      const std::string_view id = batch->View(2, row), op = batch->View(3, row), raw = batch->View(4, row);
      const RowFacts facts{batch->Int64(0, row), batch->Int64(1, row), id, op, !batch->IsNull(3, row)};
      if (facts.version == 0 && op == kSnapshotOp) {
        out.marks.push_back(ReadMark(facts.seq, std::string(raw)));
      } else {
        FIRN_TRY(reader.Take(facts, raw.empty() ? "null" : raw));
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
    FIRN_TRY(reader.Take({0, 0, {}, row.op, !row.op.empty()}, row.raw));
  }
  FIRN_TRY(reader.Finish(&out));
  return out;
}

}  // namespace firn::pipeline

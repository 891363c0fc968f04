#include "catalog/numbers.h"

#include <algorithm>

namespace firn::catalog {

namespace {
constexpr int64_t kFirstBlock = 100;
constexpr int64_t kLongestBlock = 100000;
}  // namespace

Result<std::vector<Catalog::Numbers>> Numbers::Take(const std::string& sequence_id, int64_t step, int64_t count) {
  std::vector<Catalog::Numbers> runs;
  if (count <= 0) return runs;
  std::shared_ptr<Block> block;
  {
    std::lock_guard lock(mutex_);
    auto& known = blocks_[sequence_id];
    if (!known) known = std::make_shared<Block>();
    block = known;
  }
  std::lock_guard lock(block->mutex);
  // ALTER SEQUENCE … SET INCREMENT: the rest of the block is a gap.
  if (block->step != step) block->left = 0;
  block->step = step;
  if (block->left > 0) {
    const int64_t taken = std::min(block->left, count);
    runs.push_back({block->next, step, taken});
    block->next += step * taken;
    block->left -= taken;
    count -= taken;
  }
  if (count == 0) return runs;
  // The longer list is asked for at once; the block after it is twice the last one.
  block->length = std::clamp(block->length * 2, kFirstBlock, kLongestBlock);
  const int64_t wanted = count + block->length;
  FIRN_ASSIGN(SequenceMove move, lease_(sequence_id, wanted));
  if (!runs.empty() && runs.back().first + step * runs.back().count == move.from) {
    runs.back().count += count;
  } else {
    runs.push_back({move.from, step, count});
  }
  block->next = move.from + step * count;
  block->left = wanted - count;
  return runs;
}

}  // namespace firn::catalog

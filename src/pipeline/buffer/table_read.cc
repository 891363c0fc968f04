// What the bronze committer reads of a table's buffer.
#include <algorithm>
#include <utility>

#include "base/errors.h"
#include "base/log.h"
#include "pipeline/buffer/table_buffer.h"

namespace firn::pipeline {

Error TableBuffer::Damaged(const std::string& file, uint64_t offset, const std::string& what) {
  const std::string name = core_->files->Name(file);
  std::string text = "'" + name + "' is damaged at offset " + std::to_string(offset) + ": " + what +
                     "; this table takes and gives no rows until 'firn buffer repair " + core_->files->Name("") + " " +
                     id_ + "' has run";
  std::lock_guard lock(mutex_);
  if (damage_.empty()) {
    damage_ = text;
    log::error("{}", text);
  }
  return {errors::kCorrupt, {name, "at offset " + std::to_string(offset) + ", " + what}};
}

Result<TableBuffer::Extent> TableBuffer::FindGroups(uint64_t position, size_t max_bytes, size_t max_rows) {
  std::lock_guard lock(mutex_);
  if (!damage_.empty()) return Error(errors::kCorrupt, {core_->files->Name(id_), damage_});
  auto segment = std::ranges::find_if(segments_, [&](const Segment& s) { return s.end > position; });
  if (segment == segments_.end()) return Extent{};
  auto entry = std::upper_bound(segment->index.begin(), segment->index.end(), position,
                                [](uint64_t at, const IndexEntry& other) { return at < other.position; });
  if (entry != segment->index.begin()) --entry;
  const uint64_t offset = entry->offset;
  // Whole groups, at least one that has rows beyond `position`.
  uint64_t end = segment->bytes;
  for (++entry; entry != segment->index.end(); ++entry) {
    if (entry->position <= position) continue;
    if (entry->offset - offset < max_bytes && entry->position - position < max_rows) continue;
    end = entry->offset;
    break;
  }
  return Extent{segment->serial, offset, end - offset};
}

Result<Chunk> TableBuffer::ReadFrom(uint64_t position, size_t max_bytes, size_t max_rows, Chunk last) {
  {
    std::unique_lock lock(mutex_);
    for (const Hole& hole : holes_) {
      if (hole.to <= std::max(hole.from, position)) continue;
      const Hole missing = hole;
      lock.unlock();
      return Damaged(PathOf(missing.serial, SegmentKind::kBatches), 0,
                     missing.what + std::to_string(missing.from) + " to " + std::to_string(missing.to));
    }
  }
  Chunk chunk;
  chunk.batches = std::move(last.batches);
  chunk.rows = std::move(last.rows);
  chunk.batches.clear();
  chunk.rows.clear();
  chunk.next = position;
  auto wanted = [&] { return chunk.rows.size() < max_rows && (chunk.rows.empty() || chunk.raw_bytes < max_bytes); };
  while (wanted()) {
    FIRN_ASSIGN(const Extent at, FindGroups(chunk.next, max_bytes - std::min<size_t>(chunk.raw_bytes, max_bytes),
                                            max_rows - chunk.rows.size()));
    if (at.length == 0) break;
    std::string memory;
    if (!last.bytes.empty()) {
      memory = std::move(last.bytes.front());
      last.bytes.pop_front();
    }
    const std::string path = PathOf(at.serial, SegmentKind::kBatches);
    FIRN_ASSIGN(memory, core_->files->Read(path, at.offset, at.length, std::move(memory)));
    const std::string& bytes = chunk.bytes.emplace_back(std::move(memory));
    if (bytes.size() != at.length) return Damaged(path, at.offset + bytes.size(), "the file ends early");
    const size_t rows_before = chunk.rows.size();
    for (uint64_t place = 0; place < bytes.size() && wanted();) {
      auto record = RecordAt(bytes, place);
      if (!record) return Damaged(path, at.offset + place, "a record's checksum is wrong");
      if (record->type == RecordType::kRows) {
        auto rows = DecodeRows(record->payload);
        if (!rows || !TakeRows(*rows, chunk.next, max_rows, max_bytes, &chunk)) {
          return Damaged(path, at.offset + place, "a record's content is wrong");
        }
      }
      place = record->end;
    }
    if (chunk.rows.size() == rows_before) break;
  }
  return chunk;
}

}  // namespace firn::pipeline

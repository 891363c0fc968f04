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

Result<std::string> TableBuffer::ReadGroups(uint64_t position, size_t max_bytes, uint64_t* serial, uint64_t* offset) {
  uint64_t length = 0;
  {
    std::lock_guard lock(mutex_);
    if (!damage_.empty()) return Error(errors::kCorrupt, {core_->files->Name(id_), damage_});
    auto segment = std::ranges::find_if(segments_, [&](const Segment& s) { return s.end > position; });
    if (segment == segments_.end()) return std::string();
    *serial = segment->serial;
    auto entry = std::upper_bound(segment->index.begin(), segment->index.end(), position,
                                  [](uint64_t at, const IndexEntry& other) { return at < other.position; });
    if (entry != segment->index.begin()) --entry;
    *offset = entry->offset;
    // Whole groups, at least one that has rows beyond `position`.
    uint64_t end = segment->bytes;
    for (++entry; entry != segment->index.end(); ++entry) {
      if (entry->position > position && entry->offset - *offset >= max_bytes) {
        end = entry->offset;
        break;
      }
    }
    length = end - *offset;
  }
  const std::string path = PathOf(*serial, SegmentKind::kBatches);
  FIRN_ASSIGN(std::string bytes, core_->files->Read(path, *offset, length));
  if (bytes.size() != length) return Damaged(path, *offset + bytes.size(), "the file ends early");
  return bytes;
}

Result<Chunk> TableBuffer::ReadFrom(uint64_t position, size_t max_bytes, size_t max_rows) {
  {
    std::unique_lock lock(mutex_);
    for (const Hole& hole : holes_) {
      if (hole.to <= std::max(hole.from, position)) continue;
      const Hole missing = hole;
      lock.unlock();
      return Damaged(
          PathOf(missing.serial, SegmentKind::kBatches), 0,
          "the file is missing with rows " + std::to_string(missing.from) + " to " + std::to_string(missing.to));
    }
  }
  Chunk chunk;
  chunk.next = position;
  while (chunk.rows.size() < max_rows && (chunk.rows.empty() || chunk.raw_bytes < max_bytes)) {
    uint64_t serial = 0;
    uint64_t offset = 0;
    FIRN_ASSIGN(std::string read,
                ReadGroups(chunk.next, max_bytes - std::min<size_t>(chunk.raw_bytes, max_bytes), &serial, &offset));
    if (read.empty()) break;
    const std::string& bytes = chunk.bytes.emplace_back(std::move(read));
    const std::string path = PathOf(serial, SegmentKind::kBatches);
    const size_t rows_before = chunk.rows.size();
    for (uint64_t at = 0; at < bytes.size();) {
      auto record = RecordAt(bytes, at);
      if (!record) return Damaged(path, offset + at, "a record's checksum is wrong");
      if (record->type == RecordType::kRows) {
        auto rows = DecodeRows(record->payload);
        if (!rows || !TakeRows(*rows, chunk.next, max_rows, max_bytes, &chunk)) {
          return Damaged(path, offset + at, "a record's content is wrong");
        }
      }
      at = record->end;
    }
    if (chunk.rows.size() == rows_before) break;
  }
  return chunk;
}

}  // namespace firn::pipeline

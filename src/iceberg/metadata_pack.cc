#include "iceberg/metadata_pack.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>

namespace firn::iceberg {

namespace {

/// Items to a part: a hundred snapshots share most of their text.
constexpr size_t kItemsPerPart = 100;

PackedPart Pack(const std::string& text, bool last) {
  PackedPart part;
  auto* begin = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  part.length = text.size();
  part.crc = static_cast<uint32_t>(crc32(0, begin, static_cast<uInt>(text.size())));
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) return part;
  part.deflated.resize(deflateBound(&stream, text.size()) + 16);
  stream.next_in = begin;
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(part.deflated.data());
  stream.avail_out = static_cast<uInt>(part.deflated.size());
  deflate(&stream, last ? Z_FINISH : Z_FULL_FLUSH);
  part.deflated.resize(stream.total_out);
  deflateEnd(&stream);
  return part;
}

void AppendLittleEndian(uint32_t value, std::string* out) {
  for (int shift = 0; shift < 32; shift += 8) out->push_back(static_cast<char>(value >> shift));
}

/// One gzip member out of parts.
class GzipWriter {
 public:
  void Add(const PackedPart& part) {
    out_ += part.deflated;
    crc_ = crc32_combine(crc_, part.crc, static_cast<z_off_t>(part.length));
    length_ += part.length;
  }
  std::string Take() {
    AppendLittleEndian(static_cast<uint32_t>(crc_), &out_);
    AppendLittleEndian(static_cast<uint32_t>(length_), &out_);
    return std::move(out_);
  }

 private:
  std::string out_{"\x1f\x8b\x08\0\0\0\0\0\0\xff", 10};  // deflate, no name, no time, unknown system
  uLong crc_ = 0;
  uint64_t length_ = 0;
};

/// The JSON of items [from, to), each after the first of the list with a comma before it.
template <class Items, class Text>
std::string Run(const Items& items, size_t from, size_t to, Text text) {
  std::string out;
  for (size_t i = from; i < to; ++i) {
    if (i > 0) out += ',';
    out += text(items[i]);
  }
  return out;
}

const std::string& SnapshotText(const SnapshotPtr& snapshot) { return snapshot->json(); }

}  // namespace

std::string LogEntryJson(const SnapshotLogEntry& entry) {
  return "{\"timestamp-ms\":" + std::to_string(entry.timestamp_ms) +
         ",\"snapshot-id\":" + std::to_string(entry.snapshot_id) + "}";
}

std::string PackMetadata(TableMetadata* metadata) {
  auto packed = metadata->packed ? std::make_shared<PackedLists>(*metadata->packed) : std::make_shared<PackedLists>();
  MetadataFrame frame = FrameOf(*metadata);
  GzipWriter gzip;
  gzip.Add(Pack(frame.head, false));
  const auto& snapshots = metadata->snapshots;
  size_t full = snapshots.size() / kItemsPerPart;
  packed->snapshots.resize(full);
  for (size_t i = 0; i < full; ++i) {
    size_t from = i * kItemsPerPart, to = from + kItemsPerPart;
    auto& part = packed->snapshots[i];
    if (!part || part->first != snapshots[from] || part->last != snapshots[to - 1]) {
      part = std::make_shared<const PackedLists::Snapshots>(PackedLists::Snapshots{
          snapshots[from], snapshots[to - 1], Pack(Run(snapshots, from, to, SnapshotText), false)});
    }
    gzip.Add(part->part);
  }
  std::string rest = Run(snapshots, full * kItemsPerPart, snapshots.size(), SnapshotText);
  gzip.Add(Pack(rest + frame.middle, false));

  const auto& log = metadata->snapshot_log;
  full = log.size() / kItemsPerPart;
  packed->log.resize(full);
  for (size_t i = 0; i < full; ++i) {
    size_t from = i * kItemsPerPart, to = from + kItemsPerPart;
    auto& part = packed->log[i];
    if (!part ||
        !std::equal(part->entries.begin(), part->entries.end(), log.begin() + static_cast<std::ptrdiff_t>(from))) {
      std::vector<SnapshotLogEntry> entries(log.begin() + static_cast<std::ptrdiff_t>(from),
                                            log.begin() + static_cast<std::ptrdiff_t>(to));
      PackedPart fresh = Pack(Run(log, from, to, LogEntryJson), false);
      part = std::make_shared<const PackedLists::Log>(PackedLists::Log{std::move(entries), std::move(fresh)});
    }
    gzip.Add(part->part);
  }
  gzip.Add(Pack(Run(log, full * kItemsPerPart, log.size(), LogEntryJson) + frame.tail, true));
  metadata->packed = std::move(packed);
  return gzip.Take();
}

}  // namespace firn::iceberg

#include "pipeline/buffer/record.h"

#include <algorithm>
#include <cstring>

#include "pipeline/buffer/bytes.h"
#include "pipeline/buffer/crc32c.h"

namespace firn::pipeline {

namespace {

constexpr uint32_t kMagic = 0x31526e46;  // "FnR1"
/// Disks write at least so much at once.
constexpr uint64_t kBlock = 512;

struct Head {
  uint32_t magic;
  uint32_t crc;
  uint32_t length;
  uint32_t type_and_sum;  ///< type in the low byte
};
static_assert(sizeof(Head) == kRecordHead);

uint32_t SumOfHead(uint32_t length, uint32_t type) {
  uint32_t fields[2] = {length, type};
  return Crc32c({reinterpret_cast<const char*>(fields), sizeof fields}) & 0xffffff;
}

Head HeadAt(std::string_view bytes, uint64_t offset) {
  Head head;
  std::memcpy(&head, bytes.data() + offset, sizeof head);
  return head;
}

bool IsHead(const Head& head) {
  return head.magic == kMagic && (head.type_and_sum >> 8) == SumOfHead(head.length, head.type_and_sum & 0xff);
}

/// A block that was never written reads as zeros, from where the file ended before.
bool HasLostBlock(std::string_view bytes, uint64_t from, uint64_t to) {
  for (uint64_t start = from; start < to;) {
    const uint64_t end = std::min(to, (start / kBlock + 1) * kBlock);
    std::string_view part = bytes.substr(start, end - start);
    if (part.find_first_not_of('\0') == std::string_view::npos) return true;
    start = end;
  }
  return false;
}

}  // namespace

size_t BeginRecord(std::string* out) {
  const size_t start = out->size();
  out->append(kRecordHead, '\0');
  return start;
}

void EndRecord(std::string* out, size_t start, RecordType type) {
  Head head{};
  head.magic = kMagic;
  head.length = static_cast<uint32_t>(out->size() - start - kRecordHead);
  const auto type_byte = static_cast<uint32_t>(type);
  head.type_and_sum = type_byte | (SumOfHead(head.length, type_byte) << 8);
  std::memcpy(out->data() + start, &head, sizeof head);
  head.crc = Crc32c(std::string_view(*out).substr(start + 8));
  std::memcpy(out->data() + start, &head, sizeof head);
}

std::string EncodeSynced(uint64_t synced) {
  std::string out;
  const size_t start = BeginRecord(&out);
  PutNumber(&out, synced);
  EndRecord(&out, start, RecordType::kSynced);
  return out;
}

std::optional<Record> RecordAt(std::string_view bytes, uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < kRecordHead) return std::nullopt;
  const Head head = HeadAt(bytes, offset);
  if (!IsHead(head) || bytes.size() - offset - kRecordHead < head.length) return std::nullopt;
  std::string_view summed = bytes.substr(offset + 8, kRecordHead - 8 + head.length);
  if (Crc32c(summed) != head.crc) return std::nullopt;
  return Record{static_cast<RecordType>(head.type_and_sum & 0xff), summed.substr(kRecordHead - 8), offset,
                offset + kRecordHead + head.length};
}

std::optional<Record> FindRecord(std::string_view bytes, uint64_t from) {
  char magic[sizeof kMagic];
  std::memcpy(magic, &kMagic, sizeof magic);
  const std::string_view mark(magic, sizeof magic);
  for (uint64_t at = bytes.find(mark, from); at != std::string_view::npos; at = bytes.find(mark, at + 1)) {
    if (auto record = RecordAt(bytes, at)) return record;
  }
  return std::nullopt;
}

bool IsTorn(std::string_view bytes, uint64_t offset) {
  for (auto later = FindRecord(bytes, offset + 1); later; later = FindRecord(bytes, later->end)) {
    if (later->type != RecordType::kSynced) continue;
    // That group was written after a sync that covered `offset`.
    if (ByteReader(later->payload).Number<uint64_t>() > offset) return false;
  }
  if (bytes.size() - offset < kRecordHead) return true;
  if (HasLostBlock(bytes, offset, offset + kRecordHead)) return true;
  const Head head = HeadAt(bytes, offset);
  if (!IsHead(head)) return false;
  const uint64_t end = offset + kRecordHead + head.length;
  return end > bytes.size() || HasLostBlock(bytes, offset + kRecordHead, end);
}

}  // namespace firn::pipeline

#include "iceberg/deletion_vector.h"

#include <zlib.h>

#include <bit>
#include <cstring>
#include <roaring/roaring.hh>

#include "base/errors.h"

namespace firn::iceberg {

namespace {

constexpr std::string_view kVectorMagic("\xD1\xD3\x39\x64", 4);
constexpr uint32_t kCookieWithRuns = 12347;
constexpr uint32_t kCookie = 12346;

template <class T>
T Read(std::string_view bytes, size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

void AppendBigEndian(uint32_t value, std::string* out) {
  for (int shift = 24; shift >= 0; shift -= 8) out->push_back(static_cast<char>(value >> shift));
}

uint32_t ReadBigEndian(std::string_view bytes) {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = (value << 8) | static_cast<uint8_t>(bytes[static_cast<size_t>(i)]);
  return value;
}

template <class T>
void AppendLittleEndian(T value, std::string* out) {
  char raw[sizeof value];
  std::memcpy(raw, &value, sizeof value);
  out->append(raw, sizeof value);
}

uint32_t Crc(std::string_view bytes) {
  return static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

/// Bytes of one container at the head of `bytes`, 0 if it is cut off or breaks the format (values out of order, a run
/// beyond 65,535, a bitset of another cardinality).
size_t ContainerSize(std::string_view bytes, bool is_run, uint32_t cardinality) {
  if (is_run) {
    if (bytes.size() < 2) return 0;
    size_t runs = Read<uint16_t>(bytes, 0);
    if (bytes.size() < 2 + runs * 4) return 0;
    uint32_t next = 0;
    for (size_t i = 0; i < runs; ++i) {
      uint32_t start = Read<uint16_t>(bytes, 2 + i * 4), length = Read<uint16_t>(bytes, 4 + i * 4);
      if ((i > 0 && start < next) || start + length > 65535) return 0;
      next = start + length + 1;
    }
    return 2 + runs * 4;
  }
  if (cardinality <= 4096) {
    if (bytes.size() < cardinality * 2) return 0;
    for (size_t i = 1; i < cardinality; ++i) {
      if (Read<uint16_t>(bytes, i * 2) <= Read<uint16_t>(bytes, i * 2 - 2)) return 0;
    }
    return cardinality * 2;
  }
  if (bytes.size() < 8192) return 0;
  uint32_t set = 0;
  for (size_t i = 0; i < 8192; i += 8) set += static_cast<uint32_t>(std::popcount(Read<uint64_t>(bytes, i)));
  return set == cardinality ? 8192 : 0;
}

/// Bytes of one 32-bit bitmap in the portable format at the head of `bytes`, 0 if it breaks the format. CRoaring of
/// this version does not look inside containers, and a crafted run would make it write beyond one.
size_t BitmapSize(std::string_view bytes) {
  if (bytes.size() < 4) return 0;
  auto cookie = Read<uint32_t>(bytes, 0);
  size_t at = 4, containers = 0, flags = 0;
  bool has_runs = (cookie & 0xffff) == kCookieWithRuns;
  if (has_runs) {
    containers = (cookie >> 16) + 1;
    flags = at;
    at += (containers + 7) / 8;
  } else {
    if (cookie != kCookie || bytes.size() < 8) return 0;
    containers = Read<uint32_t>(bytes, 4);
    at = 8;
  }
  if (containers > 65536 || bytes.size() < at + containers * 4) return 0;
  size_t descriptors = at;
  at += containers * 4;
  if (!has_runs || containers >= 4) at += containers * 4;  // offsets, which are not needed
  for (size_t i = 0; i < containers; ++i) {
    if (at > bytes.size()) return 0;
    if (i > 0 && Read<uint16_t>(bytes, descriptors + i * 4) <= Read<uint16_t>(bytes, descriptors + i * 4 - 4)) return 0;
    bool is_run = has_runs && ((static_cast<uint8_t>(bytes[flags + i / 8]) >> (i % 8)) & 1);
    uint32_t cardinality = Read<uint16_t>(bytes, descriptors + i * 4 + 2) + 1u;
    size_t size = ContainerSize(bytes.substr(at), is_run, cardinality);
    if (size == 0) return 0;
    at += size;
  }
  return at <= bytes.size() ? at : 0;
}

}  // namespace

struct DeletionVector::Bitmaps {
  std::map<uint32_t, Roaring> by_key;
};

DeletionVector::DeletionVector() : bitmaps_(std::make_unique<Bitmaps>()) {}
DeletionVector::~DeletionVector() = default;
DeletionVector::DeletionVector(const DeletionVector& other) : bitmaps_(std::make_unique<Bitmaps>(*other.bitmaps_)) {}
DeletionVector::DeletionVector(DeletionVector&& other) noexcept : bitmaps_(std::make_unique<Bitmaps>()) {
  std::swap(bitmaps_, other.bitmaps_);
}
DeletionVector& DeletionVector::operator=(const DeletionVector& other) {
  if (this != &other) *bitmaps_ = *other.bitmaps_;
  return *this;
}
DeletionVector& DeletionVector::operator=(DeletionVector&& other) noexcept {
  std::swap(bitmaps_, other.bitmaps_);
  return *this;
}

void DeletionVector::Add(uint64_t position) {
  bitmaps_->by_key[static_cast<uint32_t>(position >> 32)].add(static_cast<uint32_t>(position));
}

void DeletionVector::Add(const std::vector<uint64_t>& positions) {
  for (uint64_t position : positions) Add(position);
}

void DeletionVector::AddRange(uint64_t first, uint64_t count) {
  while (count > 0) {
    uint64_t low = first & 0xffffffff;
    uint64_t step = std::min(count, (uint64_t{1} << 32) - low);
    bitmaps_->by_key[static_cast<uint32_t>(first >> 32)].addRange(low, low + step);
    first += step;
    count -= step;
  }
}

void DeletionVector::UnionWith(const DeletionVector& other) {
  for (const auto& [key, bitmap] : other.bitmaps_->by_key) bitmaps_->by_key[key] |= bitmap;
}

bool DeletionVector::Contains(uint64_t position) const {
  auto found = bitmaps_->by_key.find(static_cast<uint32_t>(position >> 32));
  return found != bitmaps_->by_key.end() && found->second.contains(static_cast<uint32_t>(position));
}

uint64_t DeletionVector::Cardinality() const {
  uint64_t total = 0;
  for (const auto& [key, bitmap] : bitmaps_->by_key) total += bitmap.cardinality();
  return total;
}

std::optional<uint64_t> DeletionVector::Last() const {
  for (auto at = bitmaps_->by_key.rbegin(); at != bitmaps_->by_key.rend(); ++at) {
    if (!at->second.isEmpty()) return (static_cast<uint64_t>(at->first) << 32) | at->second.maximum();
  }
  return std::nullopt;
}

std::vector<uint64_t> DeletionVector::Positions() const {
  std::vector<uint64_t> out;
  out.reserve(Cardinality());
  ForEach([&](uint64_t position) { out.push_back(position); });
  return out;
}

void DeletionVector::ForEach(const std::function<void(uint64_t)>& visit) const {
  for (const auto& [key, bitmap] : bitmaps_->by_key) {
    for (uint32_t low : bitmap) visit((static_cast<uint64_t>(key) << 32) | low);
  }
}

uint32_t DeletionVector::Keep(uint64_t first, uint32_t count, uint32_t* kept) const {
  uint32_t out = 0;
  uint32_t next = 0;  // offset of the first row that is not decided
  uint64_t end = first + count;
  auto at = bitmaps_->by_key.lower_bound(static_cast<uint32_t>(first >> 32));
  for (; at != bitmaps_->by_key.end(); ++at) {
    uint64_t base = static_cast<uint64_t>(at->first) << 32;
    if (base >= end) break;
    roaring_uint32_iterator_t iterator;
    roaring_init_iterator(&at->second.roaring, &iterator);
    uint64_t from = first > base ? first - base : 0;
    if (!roaring_move_uint32_iterator_equalorlarger(&iterator, static_cast<uint32_t>(from))) continue;
    for (; iterator.has_value && base + iterator.current_value < end; roaring_advance_uint32_iterator(&iterator)) {
      auto deleted = static_cast<uint32_t>(base + iterator.current_value - first);
      while (next < deleted) kept[out++] = next++;
      next = deleted + 1;
    }
  }
  while (next < count) kept[out++] = next++;
  return out;
}

bool DeletionVector::operator==(const DeletionVector& other) const { return Positions() == other.Positions(); }

std::string DeletionVector::ToBlob() const {
  std::string body(kVectorMagic);
  std::vector<const std::pair<const uint32_t, Roaring>*> filled;
  for (const auto& entry : bitmaps_->by_key) {
    if (!entry.second.isEmpty()) filled.push_back(&entry);
  }
  AppendLittleEndian<uint64_t>(filled.size(), &body);
  for (const auto* entry : filled) {
    AppendLittleEndian<uint32_t>(entry->first, &body);
    Roaring packed = entry->second;
    packed.runOptimize();
    size_t before = body.size();
    body.resize(before + packed.getSizeInBytes());
    packed.write(body.data() + before);
  }
  std::string out;
  AppendBigEndian(static_cast<uint32_t>(body.size()), &out);
  out += body;
  AppendBigEndian(Crc(body), &out);
  return out;
}

Result<DeletionVector> DeletionVector::FromBlob(std::string_view blob, std::string_view name) {
  auto bad = [&](const char* sentence) { return Error(errors::kCorrupt, {std::string(name), sentence}); };
  if (blob.size() < 4 + 4 + 8 + 4) return bad("its deletion vector is cut off");
  if (ReadBigEndian(blob) != blob.size() - 8) return bad("its deletion vector is of another length than it says");
  std::string_view body = blob.substr(4, blob.size() - 8);
  if (!body.starts_with(kVectorMagic)) return bad("its deletion vector does not begin with D1 D3 39 64");
  if (ReadBigEndian(blob.substr(blob.size() - 4)) != Crc(body))
    return bad("the CRC-32 of its deletion vector is wrong");
  auto count = Read<uint64_t>(body, 4);
  body.remove_prefix(12);
  DeletionVector out;
  uint64_t next_key = 0;
  for (; count > 0; --count) {
    if (body.size() < 4) return bad("its deletion vector has fewer bitmaps than it says");
    auto key = Read<uint32_t>(body, 0);
    body.remove_prefix(4);
    if (key < next_key || key > 0x7fffffff) return bad("the bitmaps of its deletion vector are out of order");
    next_key = uint64_t{key} + 1;
    size_t size = BitmapSize(body);
    roaring_bitmap_t* bitmap = size == 0 ? nullptr : roaring_bitmap_portable_deserialize_safe(body.data(), size);
    if (!bitmap) return bad("a bitmap of its deletion vector is broken");
    out.bitmaps_->by_key.emplace(key, Roaring(bitmap));  // owns it
    body.remove_prefix(size);
  }
  if (!body.empty()) return bad("its deletion vector has bytes after its bitmaps");
  return out;
}

}  // namespace firn::iceberg

// Partition transforms, their hash, and the projection of ranges onto their values.
#include <algorithm>
#include <charconv>
#include <cstring>

#include "iceberg/civil.h"
#include "iceberg/partition_spec.h"

namespace firn::iceberg {

namespace {

uint32_t RotateLeft(uint32_t value, int bits) { return (value << bits) | (value >> (32 - bits)); }

uint32_t Mix(uint32_t block) { return RotateLeft(block * 0xcc9e2d51u, 15) * 0x1b873593u; }

/// Murmur3 x86 32-bit, seed 0 (Austin Appleby, public domain algorithm).
int32_t Murmur3(std::string_view bytes) {
  uint32_t hash = 0;
  size_t blocks = bytes.size() / 4;
  for (size_t i = 0; i < blocks; ++i) {
    uint32_t block = 0;
    std::memcpy(&block, bytes.data() + i * 4, 4);
    hash = RotateLeft(hash ^ Mix(block), 13) * 5 + 0xe6546b64u;
  }
  uint32_t tail = 0;
  for (size_t i = bytes.size(); i > blocks * 4; --i) tail = (tail << 8) | static_cast<uint8_t>(bytes[i - 1]);
  if (bytes.size() % 4 != 0) hash ^= Mix(tail);
  hash ^= static_cast<uint32_t>(bytes.size());
  hash = (hash ^ (hash >> 16)) * 0x85ebca6bu;
  hash = (hash ^ (hash >> 13)) * 0xc2b2ae35u;
  return static_cast<int32_t>(hash ^ (hash >> 16));
}

int32_t HashLong(int64_t value) {
  char bytes[8];
  std::memcpy(bytes, &value, 8);
  return Murmur3({bytes, 8});
}

bool IsTimestamp(Kind kind) {
  return kind == Kind::kTimestamp || kind == Kind::kTimestampTz || kind == Kind::kTimestampNs ||
         kind == Kind::kTimestampTzNs;
}

bool IsNanos(Kind kind) { return kind == Kind::kTimestampNs || kind == Kind::kTimestampTzNs; }

bool Integer(const Value& value, int64_t* out) {
  if (const auto* narrow = std::get_if<int32_t>(&value)) {
    *out = *narrow;
    return true;
  }
  if (const auto* wide = std::get_if<int64_t>(&value)) {
    *out = *wide;
    return true;
  }
  return false;
}

/// The first `width` code points.
std::string_view CodePoints(std::string_view text, int width) {
  size_t end = 0;
  for (int seen = 0; end < text.size(); ++end) {
    bool begins = (static_cast<uint8_t>(text[end]) & 0xc0) != 0x80;
    if (begins && ++seen > width) break;
  }
  return text.substr(0, end);
}

Value Truncate(const Type& source, int width, const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (source.kind == Kind::kString) return std::string(CodePoints(*text, width));
    return text->substr(0, static_cast<size_t>(width));
  }
  if (const auto* decimal = std::get_if<Int128>(&value)) {
    return static_cast<Int128>(*decimal - ((*decimal % width) + width) % width);
  }
  int64_t number = 0;
  if (!Integer(value, &number)) return std::monostate();
  int64_t rest = FloorMod(number, width);
  // Below the least number there is nothing; the reference wraps round there, and so does this.
  auto truncated = static_cast<int64_t>(static_cast<uint64_t>(number) - static_cast<uint64_t>(rest));
  if (source.kind == Kind::kInt) return static_cast<int32_t>(truncated);
  return truncated;
}

Value TimePart(Transform::Kind kind, const Type& source, const Value& value) {
  int64_t number = 0;
  if (!Integer(value, &number)) return std::monostate();
  int64_t hours = 0;
  if (IsTimestamp(source.kind)) {
    hours = FloorDiv(number, IsNanos(source.kind) ? 3'600'000'000'000 : 3'600'000'000);
  } else if (source.kind == Kind::kDate) {
    hours = number * 24;
  } else {
    return std::monostate();
  }
  if (kind == Transform::Kind::kHour) {
    // Microseconds reach further than 32 bits of hours; held at the ends, so that the order is kept.
    return static_cast<int32_t>(std::clamp<int64_t>(hours, INT32_MIN, INT32_MAX));
  }
  int64_t days = FloorDiv(hours, 24);
  if (kind == Transform::Kind::kDay) return static_cast<int32_t>(days);
  CivilDate date = CivilFromDays(days);
  if (kind == Transform::Kind::kYear) return static_cast<int32_t>(date.year - 1970);
  return static_cast<int32_t>((date.year - 1970) * 12 + date.month - 1);
}

bool Comparable(const Value& a, const Value& b) {
  auto group = [](const Value& value) {
    size_t index = value.index();
    return index == 3 ? size_t{2} : (index == 5 ? size_t{4} : index);
  };
  return group(a) == group(b);
}

bool AtLeast(const Value& value, const ColumnRange& range) {
  if (!range.lower || !Comparable(value, *range.lower)) return true;
  auto order = Compare(value, *range.lower);
  return order > 0 || (order == 0 && !range.lower_open);
}

bool AtMost(const Value& value, const ColumnRange& range) {
  if (!range.upper || !Comparable(value, *range.upper)) return true;
  auto order = Compare(value, *range.upper);
  return order < 0 || (order == 0 && !range.upper_open);
}

}  // namespace

int32_t BucketHash(const Type& type, const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return Murmur3(*text);
  if (std::holds_alternative<Int128>(value)) return Murmur3(ToBinary(Type::Decimal(38, 0), value));
  int64_t number = 0;
  if (!Integer(value, &number)) return 0;
  return HashLong(IsNanos(type.kind) ? FloorDiv(number, 1000) : number);
}

std::string Transform::Text() const {
  switch (kind) {
    case Kind::kIdentity:
      return "identity";
    case Kind::kBucket:
      return "bucket[" + std::to_string(parameter) + "]";
    case Kind::kTruncate:
      return "truncate[" + std::to_string(parameter) + "]";
    case Kind::kYear:
      return "year";
    case Kind::kMonth:
      return "month";
    case Kind::kDay:
      return "day";
    case Kind::kHour:
      return "hour";
    case Kind::kVoid:
      return "void";
    case Kind::kUnknown:
      break;
  }
  return text;
}

Transform ParseTransform(std::string_view text) {
  using K = Transform::Kind;
  for (K kind : {K::kIdentity, K::kYear, K::kMonth, K::kDay, K::kHour, K::kVoid}) {
    if (text == Transform::Of(kind).Text()) return Transform::Of(kind);
  }
  for (auto [kind, head] : {std::pair<K, std::string_view>{K::kBucket, "bucket["}, {K::kTruncate, "truncate["}}) {
    int number = 0;
    if (!text.starts_with(head) || !text.ends_with("]")) continue;
    auto result = std::from_chars(text.data() + head.size(), text.data() + text.size() - 1, number);
    if (result.ec == std::errc() && result.ptr == text.data() + text.size() - 1 && number > 0) {
      return Transform::Of(kind, number);
    }
  }
  Transform unknown = Transform::Of(K::kUnknown);
  unknown.text = std::string(text);
  return unknown;
}

bool Transform::CanTransform(const Type& source) const {
  using T = firn::iceberg::Kind;
  T of = source.kind;
  if (source.IsNested()) return kind == Kind::kVoid;
  switch (kind) {
    case Kind::kIdentity:
      return of != T::kGeometry && of != T::kGeography && of != T::kVariant;
    case Kind::kBucket:
      return of == T::kInt || of == T::kLong || of == T::kDecimal || of == T::kDate || of == T::kTime ||
             IsTimestamp(of) || of == T::kString || of == T::kUuid || of == T::kFixed || of == T::kBinary;
    case Kind::kTruncate:
      return of == T::kInt || of == T::kLong || of == T::kDecimal || of == T::kString || of == T::kBinary;
    case Kind::kYear:
    case Kind::kMonth:
    case Kind::kDay:
      return of == T::kDate || IsTimestamp(of);
    case Kind::kHour:
      return IsTimestamp(of);
    case Kind::kVoid:
      return true;
    case Kind::kUnknown:
      break;
  }
  return false;
}

Type Transform::ResultType(const Type& source) const {
  switch (kind) {
    case Kind::kIdentity:
    case Kind::kTruncate:
    case Kind::kVoid:
      return source;
    case Kind::kDay:
      return Type::Of(firn::iceberg::Kind::kDate);
    case Kind::kUnknown:
      return Type::Of(firn::iceberg::Kind::kString);
    default:
      return Type::Of(firn::iceberg::Kind::kInt);
  }
}

Value Transform::Apply(const Type& source, const Value& value) const {
  if (IsNull(value) || !CanTransform(source)) return std::monostate();
  switch (kind) {
    case Kind::kIdentity:
      return value;
    case Kind::kBucket:
      return static_cast<int32_t>((BucketHash(source, value) & 0x7fffffff) % parameter);
    case Kind::kTruncate:
      return Truncate(source, parameter, value);
    case Kind::kYear:
    case Kind::kMonth:
    case Kind::kDay:
    case Kind::kHour:
      return TimePart(kind, source, value);
    case Kind::kVoid:
    case Kind::kUnknown:
      break;
  }
  return std::monostate();
}

std::optional<ColumnRange> Project(const Transform& transform, const Type& source, const ColumnRange& range) {
  if (transform.kind == Transform::Kind::kVoid || !transform.CanTransform(source)) return std::nullopt;
  ColumnRange out;
  out.field_id = range.field_id;
  out.values = range.values;
  out.nulls = range.nulls;
  for (const Value& value : range.any_of) {
    Value projected = transform.Apply(source, value);
    // A value of another type than the source's cannot be projected; then the list says nothing.
    if (IsNull(projected)) {
      out.any_of.clear();
      break;
    }
    out.any_of.push_back(std::move(projected));
  }
  if (transform.kind == Transform::Kind::kBucket) {
    bool one = range.lower && range.upper && Comparable(*range.lower, *range.upper) &&
               Compare(*range.lower, *range.upper) == 0;
    if (range.any_of.empty() && one) {
      Value bucket = transform.Apply(source, *range.lower);
      if (!IsNull(bucket)) out.any_of.push_back(std::move(bucket));
    }
    return out;
  }
  bool exact = transform.kind == Transform::Kind::kIdentity;
  auto bound = [&](const std::optional<Value>& value) -> std::optional<Value> {
    if (!value) return std::nullopt;
    Value projected = transform.Apply(source, *value);
    // A truncated number above its source has wrapped round (see Truncate).
    bool wrapped = transform.kind == Transform::Kind::kTruncate && Compare(projected, *value) > 0;
    if (IsNull(projected) || wrapped) return std::nullopt;
    return projected;
  };
  out.lower = bound(range.lower);
  out.upper = bound(range.upper);
  out.lower_open = exact && range.lower_open;
  out.upper_open = exact && range.upper_open;
  return out;
}

bool Overlaps(const ColumnRange& range, const Value* lower, const Value* upper) {
  if (!range.values) return false;
  if (upper && !AtLeast(*upper, range)) return false;
  if (lower && !AtMost(*lower, range)) return false;
  if (range.any_of.empty()) return true;
  return std::any_of(range.any_of.begin(), range.any_of.end(), [&](const Value& value) {
    if (lower && Comparable(value, *lower) && Compare(value, *lower) < 0) return false;
    if (upper && Comparable(value, *upper) && Compare(value, *upper) > 0) return false;
    return AtLeast(value, range) && AtMost(value, range);
  });
}

}  // namespace firn::iceberg

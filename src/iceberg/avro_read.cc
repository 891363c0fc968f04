#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <cstring>
#include <memory>

#include "base/errors.h"
#include "iceberg/avro.h"

namespace firn::iceberg {

namespace {

using AvroKind = AvroNode::Kind;

constexpr size_t kBlockMaxBytes = size_t{1} << 29;
constexpr int kMaxDepth = 64;

bool Inflate(std::string_view bytes, std::string* out) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return false;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  int status = Z_OK;
  size_t used = 0;
  while (status == Z_OK && used < kBlockMaxBytes) {
    out->resize(std::max<size_t>(bytes.size() * 4, used * 2) + 1024);
    stream.next_out = reinterpret_cast<Bytef*>(out->data() + used);
    stream.avail_out = static_cast<uInt>(out->size() - used);
    status = inflate(&stream, Z_NO_FLUSH);
    used = out->size() - stream.avail_out;
    if (status == Z_OK && stream.avail_in == 0 && stream.avail_out > 0) break;
  }
  inflateEnd(&stream);
  out->resize(used);
  return status == Z_STREAM_END;
}

/// Avro's snappy block ends with the CRC-32 of the uncompressed bytes, big-endian.
bool Unsnappy(std::string_view bytes, std::string* out) {
  size_t length = 0;
  if (bytes.size() < 4) return false;
  std::string_view body = bytes.substr(0, bytes.size() - 4);
  if (!snappy::GetUncompressedLength(body.data(), body.size(), &length) || length > kBlockMaxBytes) return false;
  if (!snappy::Uncompress(body.data(), body.size(), out)) return false;
  uint32_t expected = 0;
  for (char c : bytes.substr(body.size())) expected = (expected << 8) | static_cast<uint8_t>(c);
  return crc32(0, reinterpret_cast<const Bytef*>(out->data()), static_cast<uInt>(out->size())) == expected;
}

bool Unzstd(std::string_view bytes, std::string* out) {
  std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream(ZSTD_createDStream(), &ZSTD_freeDStream);
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  size_t used = 0;
  size_t status = 1;
  while (stream && used < kBlockMaxBytes) {
    out->resize(std::max<size_t>(bytes.size() * 4, used * 2) + 1024);
    ZSTD_outBuffer target{out->data(), out->size(), used};
    status = ZSTD_decompressStream(stream.get(), &target, &in);
    bool progress = target.pos > used || status == 0;
    used = target.pos;
    if (ZSTD_isError(status)) return false;
    if (in.pos == in.size && (status == 0 || !progress)) break;
  }
  out->resize(used);
  return status == 0 && in.pos == in.size;
}

Result<std::string_view> Decompress(const std::string& codec, std::string_view bytes, std::string_view name,
                                    std::string* buffer) {
  bool done = false;
  if (codec == "null") return bytes;
  if (codec == "deflate") {
    done = Inflate(bytes, buffer);
  } else if (codec == "snappy") {
    done = Unsnappy(bytes, buffer);
  } else if (codec == "zstandard") {
    done = Unzstd(bytes, buffer);
  } else {
    return Error(errors::kUnsupported, {"Avro codec " + codec});
  }
  if (!done) return Error(errors::kCorrupt, {std::string(name), "a block does not decompress by " + codec});
  return std::string_view(*buffer);
}

/// The cursor reads the header too, by this schema: a map of bytes, then 16 bytes.
const AvroSchema& HeaderSchema() {
  static const AvroSchema schema = [] {
    AvroSchema out;
    out.nodes.resize(2);
    out.nodes[0].kind = AvroKind::kLong;
    out.nodes[1].kind = AvroKind::kBytes;
    return out;
  }();
  return schema;
}

bool ReadVarint(std::string_view* bytes, int64_t* out) {
  uint64_t value = 0;
  for (int shift = 0; shift < 70 && !bytes->empty(); shift += 7) {
    auto byte = static_cast<uint8_t>(bytes->front());
    bytes->remove_prefix(1);
    if (shift == 63 && byte > 1) return false;
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) {
      *out = static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
      return true;
    }
  }
  return false;
}

bool ReadText(std::string_view* bytes, std::string_view* out) {
  int64_t length = 0;
  if (!ReadVarint(bytes, &length) || length < 0 || static_cast<uint64_t>(length) > bytes->size()) return false;
  *out = bytes->substr(0, static_cast<size_t>(length));
  bytes->remove_prefix(static_cast<size_t>(length));
  return true;
}

bool ReadMetadata(std::string_view* bytes, std::map<std::string, std::string>* out) {
  for (;;) {
    int64_t count = 0, size = 0;
    if (!ReadVarint(bytes, &count)) return false;
    if (count == 0) return true;
    if (count < 0) {
      // A negative count is followed by the block's size in bytes.
      if (count == INT64_MIN || !ReadVarint(bytes, &size)) return false;
      count = -count;
    }
    for (; count > 0; --count) {
      std::string_view key, value;
      if (!ReadText(bytes, &key) || !ReadText(bytes, &value)) return false;
      (*out)[std::string(key)] = std::string(value);
    }
  }
}

}  // namespace

int64_t AvroCursor::Varint() {
  int64_t value = 0;
  if (failed_ || !ReadVarint(&rest_, &value)) {
    failed_ = true;
    return 0;
  }
  return value;
}

std::string_view AvroCursor::Take(uint64_t count) {
  if (failed_ || count > rest_.size()) {
    failed_ = true;
    return {};
  }
  std::string_view out = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return out;
}

int64_t AvroCursor::BlockCount() {
  int64_t count = Varint();
  if (count < 0) {
    if (count == INT64_MIN) Fail();
    Varint();
    count = failed_ ? 0 : -count;
  }
  // Every element of a manifest's arrays takes a byte at least; more elements than bytes are a trap.
  if (count > 0 && static_cast<uint64_t>(count) > rest_.size()) Fail();
  return failed_ ? 0 : count;
}

const AvroNode& AvroCursor::Enter(size_t index) {
  const AvroNode* node = &schema_->nodes[index];
  if (node->kind != AvroKind::kUnion) return *node;
  int64_t branch = Varint();
  if (failed_ || branch < 0 || static_cast<uint64_t>(branch) >= node->children.size()) {
    Fail();
    static const AvroNode null;
    return null;
  }
  return schema_->nodes[node->children[static_cast<size_t>(branch)].node];
}

int64_t AvroCursor::Long(const AvroNode& node) {
  if (node.kind != AvroKind::kInt && node.kind != AvroKind::kLong) Fail();
  return Varint();
}

bool AvroCursor::Bool(const AvroNode& node) {
  if (node.kind != AvroKind::kBoolean) Fail();
  std::string_view byte = Take(1);
  return !byte.empty() && byte[0] != 0;
}

std::string_view AvroCursor::Bytes(const AvroNode& node) {
  if (node.kind == AvroKind::kFixed) return Take(node.size);
  if (node.kind != AvroKind::kBytes && node.kind != AvroKind::kString) Fail();
  int64_t length = Varint();
  if (length < 0) Fail();
  return Take(static_cast<uint64_t>(length));
}

Value AvroCursor::Primitive(const AvroNode& node) {
  switch (node.kind) {
    case AvroKind::kNull:
      return std::monostate();
    case AvroKind::kBoolean:
      return Bool(node);
    case AvroKind::kInt: {
      int64_t value = Varint();
      if (value != static_cast<int32_t>(value)) Fail();
      return static_cast<int32_t>(value);
    }
    case AvroKind::kLong:
      return Varint();
    case AvroKind::kFloat:
    case AvroKind::kDouble: {
      std::string_view bytes = Take(node.kind == AvroKind::kFloat ? 4 : 8);
      float narrow = 0;
      double wide = 0;
      if (bytes.size() == 4) std::memcpy(&narrow, bytes.data(), 4);
      if (bytes.size() == 8) std::memcpy(&wide, bytes.data(), 8);
      return node.kind == AvroKind::kFloat ? Value(narrow) : Value(wide);
    }
    case AvroKind::kBytes:
    case AvroKind::kString:
    case AvroKind::kFixed: {
      std::string_view bytes = Bytes(node);
      if (!node.is_decimal) return std::string(bytes);
      auto value = FromBinary(Type::Decimal(38, 0), bytes);
      if (!value.ok()) Fail();
      return value.ok() ? *value : Value();
    }
    default:
      Fail();
      return std::monostate();
  }
}

void AvroCursor::Skip(size_t index, int depth) {
  if (depth > kMaxDepth) return Fail();
  const AvroNode& node = Enter(index);
  switch (node.kind) {
    case AvroKind::kNull:
      return;
    case AvroKind::kBoolean:
      Take(1);
      return;
    case AvroKind::kInt:
    case AvroKind::kLong:
    case AvroKind::kEnum:
      Varint();
      return;
    case AvroKind::kFloat:
      Take(4);
      return;
    case AvroKind::kDouble:
      Take(8);
      return;
    case AvroKind::kBytes:
    case AvroKind::kString:
    case AvroKind::kFixed:
      Bytes(node);
      return;
    case AvroKind::kRecord:
      for (const AvroNode::Child& child : node.children) {
        if (failed_) return;
        Skip(child.node, depth + 1);
      }
      return;
    case AvroKind::kArray:
    case AvroKind::kMap:
      for (int64_t count = BlockCount(); count > 0 && !failed_; count = BlockCount()) {
        for (; count > 0 && !failed_; --count) {
          if (node.kind == AvroKind::kMap) Bytes(HeaderSchema().nodes[1]);
          Skip(node.children[0].node, depth + 1);
        }
      }
      return;
    case AvroKind::kUnion:
      Fail();
      return;  // a union straight in a union is no Avro
  }
}

Status ReadAvro(std::string_view bytes, std::string_view name, const std::function<Status(const AvroHeader&)>& header,
                const std::function<Status(AvroCursor&, size_t root)>& record) {
  auto bad = [&](std::string sentence) { return Error(errors::kCorrupt, {std::string(name), std::move(sentence)}); };
  if (!bytes.starts_with(std::string_view("Obj\x01", 4))) return bad("it is no Avro file");
  bytes.remove_prefix(4);
  AvroHeader head;
  if (!ReadMetadata(&bytes, &head.metadata) || bytes.size() < 16) return bad("its Avro header is cut off");
  std::string_view sync = bytes.substr(0, 16);
  bytes.remove_prefix(16);
  FIRN_ASSIGN(head.schema, ParseAvroSchema(head.metadata["avro.schema"], name));
  std::string codec = head.metadata.contains("avro.codec") ? head.metadata["avro.codec"] : "null";
  FIRN_TRY(header(head));
  std::string buffer;
  while (!bytes.empty()) {
    int64_t count = 0;
    std::string_view packed;
    if (!ReadVarint(&bytes, &count) || count < 0 || !ReadText(&bytes, &packed)) return bad("an Avro block is cut off");
    if (!bytes.starts_with(sync)) return bad("an Avro block has no sync marker");
    bytes.remove_prefix(16);
    FIRN_ASSIGN(std::string_view block, Decompress(codec, packed, name, &buffer));
    AvroCursor cursor(head.schema, block);
    for (; count > 0; --count) {
      if (cursor.AtEnd()) return bad("an Avro block has fewer records than it says");
      FIRN_TRY(record(cursor, head.schema.root));
      if (cursor.failed()) return bad("a record does not fit its Avro schema");
    }
    if (!cursor.AtEnd()) return bad("an Avro block has bytes after its records");
  }
  return Ok();
}

}  // namespace firn::iceberg

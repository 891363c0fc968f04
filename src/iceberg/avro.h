// Avro object container files, as far as Iceberg's manifests need them (Avro 1.12 specification). Of this room only.
// Reading: schema as nodes, blocks decompressed (null, deflate, snappy, zstandard), a checked cursor over the values.
// Writing: a byte writer and the container around it. Pure; one thread an object.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "iceberg/manifest.h"

namespace firn::iceberg {

struct AvroNode {
  enum class Kind : uint8_t {
    kNull,
    kBoolean,
    kInt,
    kLong,
    kFloat,
    kDouble,
    kBytes,
    kString,
    kFixed,
    kEnum,
    kArray,
    kMap,
    kUnion,
    kRecord,
  };
  struct Child {
    std::string name;   ///< of a record's field
    int field_id = -1;  ///< of a record's field, -1 if it has none
    size_t node = 0;
  };
  Kind kind = Kind::kNull;
  size_t size = 0;              ///< fixed: bytes
  bool is_decimal = false;      ///< bytes or fixed with that logical type
  std::vector<Child> children;  ///< fields, branches, the items of an array, the values of a map
};

/// A schema as nodes that name each other by index, so that a type may hold itself.
struct AvroSchema {
  std::vector<AvroNode> nodes;
  size_t root = 0;
  const AvroNode& Root() const { return nodes[root]; }
};
/// Errors: kCorrupt.
Result<AvroSchema> ParseAvroSchema(std::string_view json, std::string_view name);

/// Reads values out of one block. After a fault (end of bytes, a negative length …) every getter gives an empty value
/// and failed() is true.
class AvroCursor {
 public:
  AvroCursor(const AvroSchema& schema, std::string_view bytes) : schema_(&schema), rest_(bytes) {}

  /// The node that the next value has: a union's branch is read and taken.
  const AvroNode& Enter(size_t node);
  /// Each of these asks that `node` is of a kind that can be read so.
  int64_t Long(const AvroNode& node);
  bool Bool(const AvroNode& node);
  std::string_view Bytes(const AvroNode& node);
  /// A primitive by its own kind; decimals as Int128.
  Value Primitive(const AvroNode& node);
  /// Calls `item` for each element of an array, whose node is passed.
  template <class Item>
  void Array(const AvroNode& node, Item item) {
    if (node.kind != AvroNode::Kind::kArray) return Fail();
    for (int64_t count = BlockCount(); count > 0 && !failed_; count = BlockCount()) {
      for (; count > 0 && !failed_; --count) item(node.children[0].node);
    }
  }
  /// Calls `field` for each field of a record, which it has to read or skip.
  template <class OnField>
  void Record(const AvroNode& node, OnField field) {
    if (node.kind != AvroNode::Kind::kRecord) return Fail();
    for (const AvroNode::Child& child : node.children) {
      if (failed_) return;
      field(child);
    }
  }
  void Skip(size_t node) { Skip(node, 0); }
  void Fail() { failed_ = true; }
  bool failed() const { return failed_; }
  bool AtEnd() const { return rest_.empty(); }

 private:
  int64_t Varint();
  int64_t BlockCount();
  std::string_view Take(uint64_t count);
  void Skip(size_t node, int depth);

  const AvroSchema* schema_;
  std::string_view rest_;
  bool failed_ = false;
};

struct AvroHeader {
  std::map<std::string, std::string> metadata;
  AvroSchema schema;
};

/// Reads a container file: `header` once, then `record` with the cursor at each record. Errors: those of the two,
/// kCorrupt, kUnsupported (codec). `name` is the file named in them.
Status ReadAvro(std::string_view bytes, std::string_view name, const std::function<Status(const AvroHeader&)>& header,
                const std::function<Status(AvroCursor&, size_t root)>& record);

/// Avro's binary encoding.
class AvroBytes {
 public:
  void Long(int64_t value);
  void Bool(bool value) { out_.push_back(value ? '\1' : '\0'); }
  void Bytes(std::string_view value);
  void Raw(std::string_view value) { out_ += value; }
  /// The branch of ["null", T]: whether a value follows.
  void Present(bool present) { Long(present ? 1 : 0); }
  std::string& out() { return out_; }

 private:
  std::string out_;
};

/// Writes a container file in blocks of about 256 KiB.
class AvroFileWriter {
 public:
  AvroFileWriter(const std::map<std::string, std::string>& metadata, std::string_view schema, AvroCodec codec);
  /// The place for the next record's bytes; EndRecord() after each.
  AvroBytes& record() { return block_; }
  void EndRecord();
  std::string Finish();

 private:
  void Flush();
  AvroCodec codec_;
  AvroBytes file_;
  AvroBytes block_;
  int64_t block_records_ = 0;
  std::string sync_;
};

}  // namespace firn::iceberg

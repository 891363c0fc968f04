#include "iceberg/deletion_vector.h"

#include <gtest/gtest.h>

#include "base/errors.h"

namespace firn::iceberg {
namespace {

std::string Bytes(std::initializer_list<int> bytes) {
  std::string out;
  for (int byte : bytes) out.push_back(static_cast<char>(byte));
  return out;
}

/// Deleted rows of every container kind: arrays, a bitset, runs, and beyond 32 bits.
DeletionVector Mixed() {
  DeletionVector out;
  for (uint64_t i : {0, 3, 70000}) out.Add(i);
  for (uint64_t i = 200000; i < 260000; i += 2) out.Add(i);
  out.AddRange(1000000, 300000);
  out.Add((uint64_t{5} << 32) + 7);
  out.AddRange((uint64_t{7} << 32) - 2, 4);
  return out;
}

TEST(DeletionVector, BlobBothWays) {
  for (const DeletionVector& vector : {DeletionVector(), Mixed()}) {
    auto read = DeletionVector::FromBlob(vector.ToBlob(), "x");
    ASSERT_TRUE(read.ok()) << read.error().Message();
    EXPECT_EQ(*read, vector);
    EXPECT_EQ(read->Cardinality(), vector.Cardinality());
  }
  EXPECT_EQ(Mixed().Cardinality(), 3u + 30000 + 300000 + 1 + 4);
  EXPECT_TRUE(Mixed().Contains((uint64_t{7} << 32) + 1));
  EXPECT_FALSE(Mixed().Contains((uint64_t{7} << 32) + 2));
  EXPECT_EQ(Mixed().Last(), (uint64_t{7} << 32) + 1);
  EXPECT_EQ(DeletionVector().Last(), std::nullopt);
}

// The bytes of {1, 5} worked out by hand from the Puffin and Roaring specifications.
TEST(DeletionVector, BlobOfTheSpec) {
  DeletionVector vector;
  vector.Add(std::vector<uint64_t>{5, 1});
  std::string expected = Bytes({0,    0,    0,    36,                // length of magic and vector
                                0xD1, 0xD3, 0x39, 0x64,              // magic
                                1,    0,    0,    0,    0, 0, 0, 0,  // one bitmap
                                0,    0,    0,    0,                 // its key
                                0x3A, 0x30, 0,    0,    1, 0, 0, 0,  // no runs, one container
                                0,    0,    1,    0,                 // container key 0, two values
                                16,   0,    0,    0,                 // where it begins
                                1,    0,    5,    0});               // the values
  std::string blob = vector.ToBlob();
  ASSERT_EQ(blob.size(), 44u);
  EXPECT_EQ(blob.substr(0, 40), expected);
}

TEST(DeletionVector, KeepsWhatIsNotDeleted) {
  DeletionVector vector = Mixed();
  uint32_t kept[2048];
  for (uint64_t first : {uint64_t{0}, uint64_t{69000}, uint64_t{199000}, uint64_t{999000}, uint64_t{1299000},
                         (uint64_t{5} << 32) - 1000, (uint64_t{7} << 32) - 1000}) {
    uint32_t count = vector.Keep(first, 2048, kept);
    std::vector<uint32_t> expected;
    for (uint32_t i = 0; i < 2048; ++i) {
      if (!vector.Contains(first + i)) expected.push_back(i);
    }
    EXPECT_EQ(std::vector<uint32_t>(kept, kept + count), expected) << first;
  }
}

TEST(DeletionVector, Union) {
  DeletionVector a, b;
  a.AddRange(0, 10);
  b.AddRange(5, 10);
  b.Add(uint64_t{1} << 40);
  a.UnionWith(b);
  EXPECT_EQ(a.Cardinality(), 16u);
  DeletionVector moved = std::move(a);
  EXPECT_TRUE(a.Empty());  // NOLINT: a moved-from vector is empty by contract
  EXPECT_EQ(moved.Positions().back(), uint64_t{1} << 40);
}

TEST(DeletionVector, EveryDamagedByteIsFound) {
  DeletionVector vector;
  for (uint64_t i : {1, 5, 70000}) vector.Add(i);
  vector.AddRange(200000, 1000);
  std::string blob = vector.ToBlob();
  for (size_t i = 0; i < blob.size(); ++i) {
    std::string damaged = blob;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    auto read = DeletionVector::FromBlob(damaged, "x");
    ASSERT_FALSE(read.ok()) << i;
    EXPECT_TRUE(read.error().Is(errors::kCorrupt));
  }
  for (size_t length = 0; length < blob.size(); ++length) {
    EXPECT_FALSE(DeletionVector::FromBlob(blob.substr(0, length), "x").ok()) << length;
  }
}

/// A blob around any body, with its length and CRC right.
std::string Sealed(std::string body) {
  body = Bytes({0xD1, 0xD3, 0x39, 0x64}) + body;
  uint32_t crc = 0xffffffff;
  for (unsigned char c : body) {
    crc ^= c;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1)));
  }
  crc = ~crc;
  auto big = [](uint32_t v) { return Bytes({int(v >> 24), int(v >> 16 & 255), int(v >> 8 & 255), int(v & 255)}); };
  return big(static_cast<uint32_t>(body.size())) + body + big(crc);
}

TEST(DeletionVector, CraftedBitmapsAreRefused) {
  std::string one = Bytes({1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  std::string runs = one + Bytes({0x3B, 0x30, 0, 0, 1, 0, 0, 3, 0});  // runs, one container of key 0
  ASSERT_TRUE(DeletionVector::FromBlob(Sealed(runs + Bytes({1, 0, 0, 0, 3, 0})), "x").ok());
  const std::string bad[] = {
      runs + Bytes({1, 0, 0xff, 0xff, 0xff, 0xff}),                                      // a run beyond 65,535
      runs + Bytes({2, 0, 5, 0, 5, 0, 3, 0, 1, 0}),                                      // runs out of order
      runs + Bytes({0xff, 0xff, 0, 0, 0, 0}),                                            // fewer runs than said
      one + Bytes({0x3A, 0x30, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 16, 0, 0, 0, 5, 0, 1, 0}),  // values out of order
      one + Bytes({0x3A, 0x30, 0, 0, 0xff, 0xff, 0xff, 0xff}),                           // 4 billion containers
      one + Bytes({0x3A, 0x30, 0, 0, 1, 0, 0, 0, 0, 0, 0xff, 0xff, 16, 0, 0, 0}) +
          std::string(8192, '\1'),                              // cardinality
      Bytes({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}),  // more bitmaps than bytes
      one + std::string(20, '\7'),                              // no bitmap
      runs + Bytes({1, 0, 0, 0, 3, 0, 9}),                      // bytes after the end
  };
  for (size_t i = 0; i < std::size(bad); ++i) {
    auto read = DeletionVector::FromBlob(Sealed(bad[i]), "x");
    ASSERT_FALSE(read.ok()) << i;
    EXPECT_TRUE(read.error().Is(errors::kCorrupt));
  }
}

TEST(Puffin, BothWays) {
  DeletionVector vector = Mixed();
  WrittenVector written = WritePuffin(vector, "file:///a/\"b\".parquet");
  auto puffin = ParsePuffin(written.bytes, "x");
  ASSERT_TRUE(puffin.ok()) << puffin.error().Message();
  ASSERT_EQ(puffin->blobs.size(), 1u);
  const PuffinBlob& blob = puffin->blobs[0];
  EXPECT_EQ(blob.type, "deletion-vector-v1");
  EXPECT_EQ(blob.offset, written.offset);
  EXPECT_EQ(blob.length, written.length);
  EXPECT_EQ(blob.snapshot_id, -1);
  EXPECT_EQ(blob.properties.at("referenced-data-file"), "file:///a/\"b\".parquet");
  EXPECT_EQ(blob.properties.at("cardinality"), std::to_string(vector.Cardinality()));
  auto read = DeletionVector::FromBlob(std::string_view(written.bytes).substr(blob.offset, blob.length), "x");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, vector);
}

TEST(Puffin, DamageIsTold) {
  DeletionVector vector;
  vector.Add(1);
  std::string good = WritePuffin(vector, "a").bytes;
  for (size_t length = 0; length < good.size(); ++length) {
    EXPECT_FALSE(ParsePuffin(good.substr(0, length), "x").ok()) << length;
  }
  std::string compressed = good;
  compressed[compressed.size() - 8] = 1;
  EXPECT_TRUE(ParsePuffin(compressed, "x").error().Is(errors::kUnsupported));
  auto with_footer = [](const std::string& json) {
    std::string length = Bytes({static_cast<int>(json.size()), 0, 0, 0});
    return "PFA1" + std::string("blob") + "PFA1" + json + length + Bytes({0, 0, 0, 0}) + "PFA1";
  };
  auto blob = [](const char* offset, const char* length) {
    return std::string(R"({"blobs":[{"type":"t","fields":[],"offset":)") + offset + ",\"length\":" + length + "}]}";
  };
  EXPECT_TRUE(ParsePuffin(with_footer(blob("4", "4")), "x").ok());
  for (const auto& [offset, length] : {std::pair{"0", "4"},
                                       {"4", "4000"},
                                       {"4000", "4"},
                                       {"4", "-1"},
                                       {"-4", "4"},
                                       {"9223372036854775807", "9223372036854775807"}}) {
    EXPECT_FALSE(ParsePuffin(with_footer(blob(offset, length)), "x").ok()) << offset;
  }
  for (const char* json : {"", "[]", "{}", R"({"blobs":[3]})"}) EXPECT_FALSE(ParsePuffin(with_footer(json), "x").ok());
}

}  // namespace
}  // namespace firn::iceberg

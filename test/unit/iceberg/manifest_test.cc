// Manifests and manifest lists: everything written is read back, inheritance, and damage at every byte.
#include "iceberg/manifest.h"

#include <gtest/gtest.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <cmath>

#include "base/errors.h"
#include "iceberg/avro.h"
#include "iceberg/metadata_update.h"

namespace firn::iceberg {
namespace {

Field Make(const std::string& name, Type type) {
  Field field;
  field.name = name;
  field.type = std::move(type);
  return field;
}

/// A column of each type, partitioned by the identity of each.
TableMetadata WideTable() {
  NewTableOptions options;
  options.location = "memory://lake/t";
  const std::pair<const char*, Type> columns[] = {
      {"b", Type::Of(Kind::kBoolean)},      {"i", Type::Of(Kind::kInt)},
      {"l", Type::Of(Kind::kLong)},         {"f", Type::Of(Kind::kFloat)},
      {"d", Type::Of(Kind::kDouble)},       {"dec", Type::Decimal(9, 2)},
      {"dec2", Type::Decimal(9, 2)},        {"wide", Type::Decimal(38, 4)},
      {"day", Type::Of(Kind::kDate)},       {"t", Type::Of(Kind::kTime)},
      {"ts", Type::Of(Kind::kTimestamp)},   {"tz", Type::Of(Kind::kTimestampTz)},
      {"ns", Type::Of(Kind::kTimestampNs)}, {"s", Type::Of(Kind::kString)},
      {"u", Type::Of(Kind::kUuid)},         {"fx", Type::Fixed(3)},
      {"bin", Type::Of(Kind::kBinary)},     {"9 odd-name é", Type::Of(Kind::kInt)},
  };
  for (const auto& [name, type] : columns) {
    options.fields.push_back(Make(name, type));
    options.partition_by.emplace_back(name, Transform::Of(Transform::Kind::kIdentity));
  }
  auto table = NewTable(std::move(options));
  EXPECT_TRUE(table.ok());
  return *std::move(table);
}

std::vector<Value> WidePartition() {
  return {true,
          -5,
          int64_t{1} << 40,
          1.5f,
          -2.25,
          Int128{-1420},
          Int128{99999},
          -(Int128{1} << 110),
          19000,
          int64_t{5},
          int64_t{-7},
          int64_t{8},
          int64_t{9},
          std::string("é|"),
          std::string(16, '\x81'),
          std::string("abc"),
          std::string("\0x", 2),
          3};
}

DataFile FullFile(int i) {
  DataFile file;
  file.path = "memory://lake/t/data/" + std::to_string(i) + ".parquet";
  file.partition = WidePartition();
  file.record_count = 10 + i;
  file.size = 1000 + i;
  for (int id : {1, 2, 4, 14}) {
    ColumnMetrics column;
    column.field_id = id;
    column.column_size = id * 100;
    column.value_count = 10 + i;
    column.null_count = id == 2 ? -1 : 1;
    if (id == 4) column.nan_count = 2;
    column.lower = id == 1 ? std::optional<std::string>() : std::string(static_cast<size_t>(id), 'a');
    column.upper = std::string(static_cast<size_t>(id), 'b');
    file.columns.push_back(column);
  }
  file.key_metadata = std::string("\0key", 4);
  file.split_offsets = {4, 1000};
  file.sort_order_id = 0;
  return file;
}

void ExpectSame(const DataFile& a, const DataFile& b) {
  EXPECT_EQ(a.content, b.content);
  EXPECT_EQ(a.format, b.format);
  EXPECT_EQ(a.path, b.path);
  EXPECT_EQ(a.spec_id, b.spec_id);
  EXPECT_EQ(a.partition, b.partition);
  EXPECT_EQ(a.record_count, b.record_count);
  EXPECT_EQ(a.size, b.size);
  EXPECT_EQ(a.key_metadata, b.key_metadata);
  EXPECT_EQ(a.split_offsets, b.split_offsets);
  EXPECT_EQ(a.equality_ids, b.equality_ids);
  EXPECT_EQ(a.sort_order_id, b.sort_order_id);
  EXPECT_EQ(a.referenced_data_file, b.referenced_data_file);
  EXPECT_EQ(a.content_offset, b.content_offset);
  EXPECT_EQ(a.content_size, b.content_size);
  ASSERT_EQ(a.columns.size(), b.columns.size());
  for (size_t i = 0; i < a.columns.size(); ++i) {
    EXPECT_EQ(a.columns[i].field_id, b.columns[i].field_id);
    EXPECT_EQ(a.columns[i].column_size, b.columns[i].column_size);
    EXPECT_EQ(a.columns[i].value_count, b.columns[i].value_count);
    EXPECT_EQ(a.columns[i].null_count, b.columns[i].null_count);
    EXPECT_EQ(a.columns[i].nan_count, b.columns[i].nan_count);
    EXPECT_EQ(a.columns[i].lower, b.columns[i].lower);
    EXPECT_EQ(a.columns[i].upper, b.columns[i].upper);
  }
}

std::vector<ManifestEntry> Added(const std::vector<DataFile>& files) {
  std::vector<ManifestEntry> out;
  for (const DataFile& file : files) out.push_back({EntryStatus::kAdded, -1, std::make_shared<const DataFile>(file)});
  return out;
}

TEST(Manifest, EveryFieldIsReadBack) {
  TableMetadata table = WideTable();
  for (int version : {2, 3}) {
    for (AvroCodec codec : {AvroCodec::kNull, AvroCodec::kDeflate}) {
      auto entries = Added({FullFile(0), FullFile(1)});
      auto written = WriteManifest(version, table.schema(), table.spec(), ManifestContent::kData, 77, entries, codec);
      ASSERT_TRUE(written.ok()) << written.error().Message();
      EXPECT_EQ(written->file.added_files, 2);
      EXPECT_EQ(written->file.added_rows, 21);
      ManifestFile row = written->file;
      row.path = "m.avro";
      row.sequence_number = 5;
      row.first_row_id = 1000;
      auto read = ReadManifest(written->bytes, row);
      ASSERT_TRUE(read.ok()) << read.error().Message();
      ASSERT_EQ(read->size(), 2u);
      for (int i = 0; i < 2; ++i) {
        const ManifestEntry& entry = (*read)[static_cast<size_t>(i)];
        ExpectSame(FullFile(i), *entry.file);
        EXPECT_EQ(entry.snapshot_id, 77);
        EXPECT_EQ(entry.file->data_sequence_number, 5);
        EXPECT_EQ(entry.file->file_sequence_number, 5);
        EXPECT_EQ(entry.file->first_row_id, i == 0 ? 1000 : 1010);
      }
    }
  }
}

TEST(Manifest, PartitionSummaries) {
  NewTableOptions options;
  options.location = "x";
  options.fields = {Make("d", Type::Of(Kind::kDouble)), Make("s", Type::Of(Kind::kString))};
  options.partition_by = {{"d", ParseTransform("identity")}, {"s", ParseTransform("identity")}};
  TableMetadata table = *NewTable(options);
  std::vector<DataFile> files(3);
  files[0].partition = {std::nan(""), std::string("b")};
  files[1].partition = {1.0, Value()};
  files[2].partition = {-1.0, std::string("a")};
  for (DataFile& file : files) file.path = "p";
  auto written = WriteManifest(2, table.schema(), table.spec(), ManifestContent::kData, 1, Added(files));
  ASSERT_TRUE(written.ok());
  ASSERT_EQ(written->file.partitions.size(), 2u);
  const PartitionSummary& d = written->file.partitions[0];
  EXPECT_FALSE(d.contains_null);
  EXPECT_EQ(d.contains_nan, true);
  EXPECT_EQ(*d.lower, ToBinary(Type::Of(Kind::kDouble), -1.0));
  EXPECT_EQ(*d.upper, ToBinary(Type::Of(Kind::kDouble), 1.0));
  const PartitionSummary& s = written->file.partitions[1];
  EXPECT_TRUE(s.contains_null);
  EXPECT_FALSE(s.contains_nan.has_value());
  EXPECT_EQ(*s.lower, "a");
  EXPECT_EQ(*s.upper, "b");
}

TEST(Manifest, InheritanceByStatus) {
  TableMetadata table = WideTable();
  DataFile old = FullFile(0), fresh = FullFile(1), gone = FullFile(2), late = FullFile(3);
  old.data_sequence_number = 2;
  old.file_sequence_number = 3;
  old.first_row_id = 40;
  gone.data_sequence_number = gone.file_sequence_number = 1;
  gone.first_row_id = 7;
  late.data_sequence_number = 4;  // a compaction's: the data are older than the file
  std::vector<ManifestEntry> entries = {{EntryStatus::kExisting, 11, std::make_shared<const DataFile>(old)},
                                        {EntryStatus::kAdded, 13, std::make_shared<const DataFile>(fresh)},
                                        {EntryStatus::kDeleted, 13, std::make_shared<const DataFile>(gone)},
                                        {EntryStatus::kAdded, 13, std::make_shared<const DataFile>(late)}};
  auto written = WriteManifest(3, table.schema(), table.spec(), ManifestContent::kData, 13, entries);
  ASSERT_TRUE(written.ok());
  EXPECT_EQ(written->file.existing_files, 1);
  EXPECT_EQ(written->file.deleted_rows, 12);
  ManifestFile row = written->file;
  row.sequence_number = 9;
  row.first_row_id = 500;
  auto read = ReadManifest(written->bytes, row);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ((*read)[0].snapshot_id, 11);
  EXPECT_EQ((*read)[0].file->data_sequence_number, 2);
  EXPECT_EQ((*read)[0].file->file_sequence_number, 3);
  EXPECT_EQ((*read)[0].file->first_row_id, 40);
  EXPECT_EQ((*read)[1].file->data_sequence_number, 9);
  EXPECT_EQ((*read)[1].file->first_row_id, 500);
  EXPECT_EQ((*read)[2].status, EntryStatus::kDeleted);
  EXPECT_EQ((*read)[2].file->first_row_id, 7);
  EXPECT_EQ((*read)[3].file->data_sequence_number, 4);
  EXPECT_EQ((*read)[3].file->file_sequence_number, 9);
  EXPECT_EQ((*read)[3].file->first_row_id, 511);
}

TEST(Manifest, EntriesThatBreakTheRulesAreRefused) {
  TableMetadata table = WideTable();
  auto write = [&](DataFile file, EntryStatus status, ManifestContent content = ManifestContent::kData) {
    std::vector<ManifestEntry> entries = {{status, 1, std::make_shared<const DataFile>(std::move(file))}};
    return WriteManifest(3, table.schema(), table.spec(), content, 1, entries).ok();
  };
  EXPECT_TRUE(write(FullFile(0), EntryStatus::kAdded));
  EXPECT_FALSE(write(FullFile(0), EntryStatus::kExisting));
  EXPECT_FALSE(write(FullFile(0), EntryStatus::kDeleted));
  EXPECT_FALSE(write(FullFile(0), EntryStatus::kAdded, ManifestContent::kDeletes));
  DataFile file = FullFile(0);
  file.partition.pop_back();
  EXPECT_FALSE(write(file, EntryStatus::kAdded));
  file = FullFile(0);
  file.partition[1] = std::string("x");
  EXPECT_FALSE(write(file, EntryStatus::kAdded));
  file.spec_id = 3;
  EXPECT_FALSE(write(file, EntryStatus::kAdded));
}

TEST(Manifest, DeleteFiles) {
  TableMetadata table = WideTable();
  DataFile vector = FullFile(0);
  vector.content = FileContent::kPositionDeletes;
  vector.format = FileFormat::kPuffin;
  vector.referenced_data_file = "memory://lake/t/data/9.parquet";
  vector.content_offset = 4;
  vector.content_size = 44;
  DataFile equality = FullFile(1);
  equality.content = FileContent::kEqualityDeletes;
  equality.equality_ids = {1, 3};
  auto written =
      WriteManifest(3, table.schema(), table.spec(), ManifestContent::kDeletes, 1, Added({vector, equality}));
  ASSERT_TRUE(written.ok());
  ManifestFile row = written->file;
  row.sequence_number = 2;
  auto read = ReadManifest(written->bytes, row);
  ASSERT_TRUE(read.ok()) << read.error().Message();
  ExpectSame(vector, *(*read)[0].file);
  ExpectSame(equality, *(*read)[1].file);
  EXPECT_TRUE((*read)[0].file->IsDeletionVector());
  EXPECT_FALSE((*read)[0].file->first_row_id.has_value());
  row.content = ManifestContent::kData;
  EXPECT_TRUE(ReadManifest(written->bytes, row).error().Is(errors::kCorrupt));
}

/// The same records in blocks of another codec.
std::string Repacked(const std::string& file, const std::string& codec) {
  size_t at = file.find("avro.codec") + 10;
  std::string out = file.substr(0, at);
  out += static_cast<char>(codec.size() * 2);
  out += codec;
  size_t after = at + 5;  // the length and "null"
  size_t sync = file.size() - 16;
  std::string marker = file.substr(sync);
  size_t header_end = file.find(marker) + 16;
  out += file.substr(after, header_end - after);
  AvroCursor cursor(AvroSchema(), std::string_view(file).substr(header_end));
  AvroNode number;
  number.kind = AvroNode::Kind::kLong;
  AvroNode bytes;
  bytes.kind = AvroNode::Kind::kBytes;
  int64_t count = cursor.Long(number);
  std::string block(cursor.Bytes(bytes));
  std::string packed;
  if (codec == "snappy") {
    snappy::Compress(block.data(), block.size(), &packed);
    auto crc =
        static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(block.data()), static_cast<uInt>(block.size())));
    for (int shift = 24; shift >= 0; shift -= 8) packed.push_back(static_cast<char>(crc >> shift));
  } else {
    packed.resize(ZSTD_compressBound(block.size()));
    packed.resize(ZSTD_compress(packed.data(), packed.size(), block.data(), block.size(), 3));
  }
  AvroBytes tail;
  tail.Long(count);
  tail.Bytes(packed);
  tail.Raw(marker);
  return out + tail.out();
}

TEST(Manifest, OtherCodecsAreRead) {
  TableMetadata table = WideTable();
  std::vector<DataFile> files;
  for (int i = 0; i < 50; ++i) files.push_back(FullFile(i));
  auto written =
      WriteManifest(3, table.schema(), table.spec(), ManifestContent::kData, 1, Added(files), AvroCodec::kNull);
  ASSERT_TRUE(written.ok());
  ManifestFile row = written->file;
  row.sequence_number = 1;
  for (const char* codec : {"snappy", "zstandard"}) {
    std::string packed = Repacked(written->bytes, codec);
    auto read = ReadManifest(packed, row);
    ASSERT_TRUE(read.ok()) << codec << " " << read.error().Message();
    ASSERT_EQ(read->size(), 50u);
    ExpectSame(FullFile(49), *read->back().file);
    packed[packed.size() - 20] = static_cast<char>(packed[packed.size() - 20] ^ 1);
    EXPECT_FALSE(ReadManifest(packed, row).ok()) << codec;
  }
  EXPECT_TRUE(ReadManifest(Repacked(written->bytes, "bzip2"), row).error().Is(errors::kUnsupported));
}

TEST(Manifest, ManyEntriesInBlocks) {
  TableMetadata table = WideTable();
  std::vector<DataFile> files;
  for (int i = 0; i < 3000; ++i) files.push_back(FullFile(i));
  auto written = WriteManifest(3, table.schema(), table.spec(), ManifestContent::kData, 1, Added(files));
  ASSERT_TRUE(written.ok());
  ManifestFile row = written->file;
  row.sequence_number = 1;
  auto read = ReadManifest(written->bytes, row);
  ASSERT_TRUE(read.ok());
  ASSERT_EQ(read->size(), 3000u);
  EXPECT_EQ(read->back().file->path, files.back().path);
}

TEST(Manifest, NoDamageIsFatal) {
  TableMetadata table = WideTable();
  auto written =
      WriteManifest(3, table.schema(), table.spec(), ManifestContent::kData, 1, Added({FullFile(0)}), AvroCodec::kNull);
  ASSERT_TRUE(written.ok());
  ManifestFile row = written->file;
  row.sequence_number = 1;
  for (size_t length = 0; length < written->bytes.size(); ++length) {
    std::string cut = written->bytes.substr(0, length);
    auto read = ReadManifest(cut, row);
    // Cut right after the header there are no blocks, which is a manifest of nothing.
    if (read.ok()) EXPECT_TRUE(read->empty()) << length;
  }
  for (size_t i = 0; i < written->bytes.size(); ++i) {
    for (int bits : {0x01, 0x80, 0xff}) {
      std::string damaged = written->bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ bits);
      auto read = ReadManifest(damaged, row);  // an answer, or a sentence; never a crash
      if (!read.ok()) EXPECT_FALSE(read.error().Message().empty());
    }
  }
}

TEST(ManifestList, BothWays) {
  std::vector<ManifestFile> rows(3);
  for (int i = 0; i < 3; ++i) {
    ManifestFile& row = rows[static_cast<size_t>(i)];
    row.path = "memory://lake/m" + std::to_string(i);
    row.length = 100 + i;
    row.spec_id = i;
    row.content = i == 2 ? ManifestContent::kDeletes : ManifestContent::kData;
    row.sequence_number = 5 + i;
    row.min_sequence_number = 2 + i;
    row.added_snapshot_id = 1234567890123 + i;
    row.added_files = 1;
    row.existing_files = 2;
    row.deleted_files = 3;
    row.added_rows = 10;
    row.existing_rows = 20;
    row.deleted_rows = 30;
  }
  rows[1].partitions = {{true, true, "a", std::nullopt}, {false, std::nullopt, std::nullopt, "z"}};
  rows[1].key_metadata = "k";
  rows[0].first_row_id = 42;
  for (int version : {2, 3}) {
    std::string bytes = WriteManifestList(version, 9, std::nullopt, 7, 40, rows);
    auto read = ReadManifestList(bytes, "list");
    ASSERT_TRUE(read.ok()) << read.error().Message();
    ASSERT_EQ(read->size(), 3u);
    for (size_t i = 0; i < 3; ++i) {
      const ManifestFile& a = rows[i];
      const ManifestFile& b = (*read)[i];
      EXPECT_EQ(std::tie(a.path, a.length, a.spec_id, a.content, a.sequence_number, a.min_sequence_number,
                         a.added_snapshot_id),
                std::tie(b.path, b.length, b.spec_id, b.content, b.sequence_number, b.min_sequence_number,
                         b.added_snapshot_id));
      EXPECT_EQ(
          std::tie(a.added_files, a.existing_files, a.deleted_files, a.added_rows, a.existing_rows, a.deleted_rows),
          std::tie(b.added_files, b.existing_files, b.deleted_files, b.added_rows, b.existing_rows, b.deleted_rows));
      EXPECT_EQ(a.key_metadata, b.key_metadata);
      ASSERT_EQ(a.partitions.size(), b.partitions.size());
      for (size_t j = 0; j < a.partitions.size(); ++j) {
        EXPECT_EQ(a.partitions[j].contains_null, b.partitions[j].contains_null);
        EXPECT_EQ(a.partitions[j].contains_nan, b.partitions[j].contains_nan);
        EXPECT_EQ(a.partitions[j].lower, b.partitions[j].lower);
        EXPECT_EQ(a.partitions[j].upper, b.partitions[j].upper);
      }
      if (version == 3) EXPECT_EQ(a.first_row_id, b.first_row_id);
      if (version == 2) EXPECT_FALSE(b.first_row_id.has_value());
    }
    for (size_t i = 0; i < bytes.size(); ++i) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ 0x81);
      auto damaged_read = ReadManifestList(damaged, "list");
      if (!damaged_read.ok()) EXPECT_FALSE(damaged_read.error().Message().empty());
    }
  }
}

TEST(Avro, ArraysThatAskForTheMoonAreRefused) {
  auto schema = ParseAvroSchema(R"({"type":"array","items":"null"})", "x");
  ASSERT_TRUE(schema.ok());
  AvroBytes bytes;
  bytes.Long(INT64_MAX);
  AvroCursor cursor(*schema, bytes.out());
  cursor.Skip(schema->root);
  EXPECT_TRUE(cursor.failed());
  auto itself = ParseAvroSchema(R"({"type":"record","name":"r","fields":[{"name":"a","type":"r"}]})", "x");
  ASSERT_TRUE(itself.ok());
  AvroCursor endless(*itself, "");
  endless.Skip(itself->root);
  EXPECT_TRUE(endless.failed());
}

}  // namespace
}  // namespace firn::iceberg

// TableMetadata: v1-v3 documents in, v2 and v3 out, damage told, changes of it.
#include <gtest/gtest.h>
#include <zlib.h>

#include "base/errors.h"
#include "iceberg/metadata_update.h"
#include "iceberg/table_metadata.h"

namespace firn::iceberg {
namespace {

Field Make(const std::string& name, Type type, bool required = false) {
  Field field;
  field.name = name;
  field.type = std::move(type);
  field.required = required;
  return field;
}

TableMetadata Sample(int format_version = 3) {
  NewTableOptions options;
  options.uuid = "9c12d441-03fe-4693-9a96-a0705ddf69c1";
  options.location = "memory://lake/t/";
  options.fields = {Make("id", Type::Of(Kind::kLong), true), Make("ts", Type::Of(Kind::kTimestamp)),
                    Make("name", Type::Of(Kind::kString))};
  options.identifier_fields = {"id"};
  options.partition_by = {{"ts", ParseTransform("day")}, {"id", ParseTransform("bucket[4]")}};
  options.properties = {{"owner", "\"me\""}};
  options.format_version = format_version;
  options.timestamp_ms = 1000;
  auto table = NewTable(std::move(options));
  EXPECT_TRUE(table.ok());
  return *std::move(table);
}

Snapshot MakeSnapshot(int64_t id, int64_t sequence, std::optional<int64_t> parent, int64_t first_row_id) {
  Snapshot snapshot;
  snapshot.snapshot_id = id;
  snapshot.sequence_number = sequence;
  snapshot.parent_snapshot_id = parent;
  snapshot.timestamp_ms = 1000 * sequence;
  snapshot.manifest_list = "memory://lake/t/metadata/snap-" + std::to_string(id) + ".avro";
  snapshot.summary = {{"operation", "append"}, {"total-records", "12"}};
  snapshot.schema_id = 0;
  snapshot.first_row_id = first_row_id;
  snapshot.added_rows = 10;
  return snapshot;
}

TEST(TableMetadata, NewTable) {
  TableMetadata table = Sample();
  EXPECT_EQ(table.location, "memory://lake/t");
  EXPECT_EQ(table.schema().identifier_field_ids, std::vector<int>{1});
  EXPECT_EQ(table.spec().fields[0].name, "ts_day");
  EXPECT_EQ(table.spec().fields[1].name, "id_bucket_4");
  EXPECT_EQ(table.spec().fields[1].field_id, 1001);
  EXPECT_EQ(table.last_partition_id, 1001);
  EXPECT_EQ(table.last_column_id, 3);
  EXPECT_EQ(table.CurrentSnapshot(), nullptr);

  NewTableOptions bad;
  bad.location = "x";
  bad.fields = {Make("a", Type::Of(Kind::kInt)), Make("a", Type::Of(Kind::kInt))};
  EXPECT_FALSE(NewTable(bad).ok());
  bad.fields = {Make("a", Type::Of(Kind::kVariant))};
  bad.format_version = 2;
  EXPECT_FALSE(NewTable(bad).ok());
  bad.fields = {Make("a", Type::Of(Kind::kFloat))};
  bad.partition_by = {{"a", ParseTransform("bucket[4]")}};
  EXPECT_FALSE(NewTable(bad).ok());
  bad.partition_by = {{"b", ParseTransform("identity")}};
  EXPECT_FALSE(NewTable(bad).ok());
  bad.partition_by = {};
  bad.identifier_fields = {"a"};
  EXPECT_FALSE(NewTable(bad).ok());
  bad.identifier_fields = {};
  bad.format_version = 1;
  EXPECT_FALSE(NewTable(bad).ok());
}

TEST(TableMetadata, JsonBothWays) {
  for (int version : {2, 3}) {
    TableMetadata table = Sample(version);
    table.other["statistics"] = R"([{"snapshot-id":1,"blob-metadata":[]}])";
    table.other["x-unknown"] = R"({"a":[1,2.5E0,null]})";
    ASSERT_TRUE(AddSnapshot(&table, MakeSnapshot(1, 1, std::nullopt, 0), 1000).ok());
    ASSERT_TRUE(AddSnapshot(&table, MakeSnapshot(2, 2, 1, 10), 2000).ok());
    SnapshotRef main;
    main.snapshot_id = 2;
    ASSERT_TRUE(SetRef(&table, "main", main, 2000).ok());
    SnapshotRef tag{1, true, std::nullopt, std::nullopt, 5000};
    ASSERT_TRUE(SetRef(&table, "v1", tag, 2000).ok());
    table.metadata_log.push_back({900, "memory://lake/t/metadata/0.metadata.json"});
    std::string json = table.ToJson();
    auto read = ParseTableMetadata(json, "x");
    ASSERT_TRUE(read.ok()) << read.error().Message();
    EXPECT_EQ(read->ToJson(), json);
    EXPECT_EQ(read->refs, table.refs);
    EXPECT_EQ(read->next_row_id, version == 3 ? 20 : 0);
    EXPECT_EQ((**read->CurrentSnapshot())->Count("total-records"), 12);
    EXPECT_EQ((**read->CurrentSnapshot())->parent_snapshot_id, 1);
    EXPECT_EQ(read->Property("owner"), "\"me\"");
    EXPECT_EQ(read->other, table.other);
  }
}

// The v1 example of an old writer: a schema and spec of its own, no refs, sequence numbers or sort orders.
constexpr char kVersionOne[] = R"({
  "format-version": 1, "location": "s3://b/t", "last-updated-ms": 1602638573874, "last-column-id": 3,
  "schema": {"type": "struct", "fields": [
    {"id": 1, "name": "x", "required": true, "type": "long"},
    {"id": 2, "name": "y", "required": true, "type": "long", "doc": "comment"},
    {"id": 3, "name": "z", "required": false, "type": "string"}]},
  "partition-spec": [{"name": "x", "transform": "identity", "source-id": 1}],
  "properties": {}, "current-snapshot-id": 17,
  "snapshots": [{"snapshot-id": 17, "timestamp-ms": 1515100955770, "manifest-list": "s3://b/t/m.avro",
                 "summary": {"operation": "append"}}]})";

TEST(TableMetadata, VersionOne) {
  auto table = ParseTableMetadata(kVersionOne, "x");
  ASSERT_TRUE(table.ok()) << table.error().Message();
  EXPECT_EQ(table->spec().fields[0].field_id, 1000);
  EXPECT_EQ(table->last_partition_id, 1000);
  EXPECT_EQ(table->refs.at("main").snapshot_id, 17);
  EXPECT_EQ((**table->CurrentSnapshot())->sequence_number, 0);
  EXPECT_TRUE(table->sort_order().fields.empty());
  ASSERT_TRUE(UpgradeFormat(&*table, 2, 1602638573875).ok());
  auto upgraded = ParseTableMetadata(table->ToJson(), "y");
  ASSERT_TRUE(upgraded.ok()) << upgraded.error().Message();
  EXPECT_EQ(upgraded->format_version, 2);
  EXPECT_EQ(upgraded->schema().fields, table->schema().fields);
  EXPECT_FALSE(UpgradeFormat(&*upgraded, 1, 0).ok());
  EXPECT_FALSE(UpgradeFormat(&*upgraded, 4, 0).ok());
}

TEST(TableMetadata, DamageIsTold) {
  TableMetadata table = Sample();
  ASSERT_TRUE(AddSnapshot(&table, MakeSnapshot(1, 1, std::nullopt, 0), 1000).ok());
  ASSERT_TRUE(SetRef(&table, "main", {1, false, {}, {}, {}}, 1000).ok());
  std::string good = table.ToJson();
  const std::pair<const char*, const char*> edits[] = {
      {"\"table-uuid\"", "\"table-uuie\""},
      {"\"location\":\"memory://lake/t\"", "\"location\":\"\""},
      {"\"last-column-id\":3", "\"last-column-id\":2"},
      {"\"last-column-id\":3", "\"last-column-id\":\"3\""},
      {"\"current-schema-id\":0", "\"current-schema-id\":1"},
      {"\"default-spec-id\":0", "\"default-spec-id\":9"},
      {"\"default-sort-order-id\":0", "\"default-sort-order-id\":1"},
      {"\"current-snapshot-id\":1", "\"current-snapshot-id\":2"},
      {"\"next-row-id\":10", "\"next-row-id\":null"},
      {"\"snapshots\":[{", "\"snapshots\":[{},{"},
      {"\"type\":\"branch\"", "\"type\":\"twig\""},
      {"\"manifest-list\"", "\"manifest-lost\""},
      {"\"properties\":{", "\"properties\":{\"a\":[],"},
      {"\"last-sequence-number\":1", "\"last-sequence-number\":1e300"},
  };
  ASSERT_TRUE(ParseTableMetadata(good, "x").ok());
  for (const auto& [from, to] : edits) {
    std::string bad = good;
    size_t at = bad.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    bad.replace(at, std::string(from).size(), to);
    auto read = ParseTableMetadata(bad, "m.json");
    ASSERT_FALSE(read.ok()) << to;
    EXPECT_TRUE(read.error().Is(errors::kCorrupt)) << to;
    EXPECT_EQ(read.error().args()[0], "m.json");
  }
  std::string newer = good;
  newer.replace(newer.find("\"format-version\":3"), 18, "\"format-version\":4");
  EXPECT_TRUE(ParseTableMetadata(newer, "x").error().Is(errors::kVersionUnknown));
  for (size_t length = 0; length < good.size(); length += 7) {
    EXPECT_FALSE(ParseTableMetadata(good.substr(0, length), "x").ok());
  }
}

TEST(TableMetadata, FilesAreNumberedAndLogged) {
  auto store = storage::OpenMemoryStore();
  TableMetadata table = Sample();
  table.location = store->Uri("t");
  table.properties["write.metadata.previous-versions-max"] = "3";
  std::string uri;
  for (int i = 0; i < 12; ++i) {
    auto written = WriteTableMetadata(*store, &table, uri, 500 + i);
    ASSERT_TRUE(written.ok()) << written.error().Message();
    char number[8];
    std::snprintf(number, sizeof number, "%05d-", i);
    EXPECT_NE(written->find("/t/metadata/" + std::string(number)), std::string::npos) << *written;
    uri = *written;
    auto read = ReadTableMetadata(*store, uri);
    ASSERT_TRUE(read.ok()) << read.error().Message();
    EXPECT_EQ(read->ToJson(), table.ToJson());
    EXPECT_EQ(read->metadata_log.size(), static_cast<size_t>(std::min(i, 3)));
  }
  EXPECT_EQ(table.metadata_log.back().timestamp_ms, 511);
  EXPECT_TRUE(ReadTableMetadata(*store, store->Uri("t/none.json")).error().Is(errors::kNotFound));
}

TEST(TableMetadata, Gzip) {
  auto store = storage::OpenMemoryStore();
  std::string json = Sample().ToJson();
  std::string packed;
  for (int member = 0; member < 2; ++member) {
    std::string part = member == 0 ? json.substr(0, 100) : json.substr(100);
    z_stream stream{};
    ASSERT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string out(part.size() + 100, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(part.data());
    stream.avail_in = static_cast<uInt>(part.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    ASSERT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    packed += out.substr(0, stream.total_out);
    deflateEnd(&stream);
  }
  ASSERT_TRUE(store->Put("t/00001-a.gz.metadata.json", packed).ok());
  auto read = ReadTableMetadata(*store, store->Uri("t/00001-a.gz.metadata.json"));
  ASSERT_TRUE(read.ok()) << read.error().Message();
  EXPECT_EQ(read->ToJson(), json);
  ASSERT_TRUE(store->Put("t/cut.gz.metadata.json", packed.substr(0, packed.size() - 20)).ok());
  EXPECT_TRUE(ReadTableMetadata(*store, store->Uri("t/cut.gz.metadata.json")).error().Is(errors::kCorrupt));
}

// Long histories are written as gzip whose parts are kept; each file must be what ToJson says.
TEST(TableMetadata, LongHistoriesArePacked) {
  auto store = storage::OpenMemoryStore();
  TableMetadata table = Sample();
  table.location = store->Uri("t");
  std::string uri;
  size_t packed = 0;
  auto write = [&] {
    auto written = WriteTableMetadata(*store, &table, uri, 0);
    ASSERT_TRUE(written.ok()) << written.error().Message();
    uri = *written;
    bool gzip = uri.ends_with(".gz.metadata.json");
    packed += gzip;
    std::string bytes = *store->Read(*store->PathOf(uri));
    EXPECT_EQ(bytes.starts_with("\x1f\x8b"), gzip);
    if (gzip) EXPECT_LT(bytes.size() * 4, table.ToJson().size());
    auto read = ReadTableMetadata(*store, uri);
    ASSERT_TRUE(read.ok()) << read.error().Message();
    EXPECT_EQ(read->ToJson(), table.ToJson());
  };
  for (int64_t id = 1; id <= 2000; ++id) {
    Snapshot snapshot = MakeSnapshot(id, id, id - 1, 10 * id - 10);
    snapshot.summary["padding"] = std::string(200, 'x');
    ASSERT_TRUE(AddSnapshot(&table, snapshot, 0).ok());
    ASSERT_TRUE(SetRef(&table, "main", {id, false, {}, {}, {}}, 1000 * id).ok());
    if (id % 99 == 0 || id == 2000) write();
  }
  EXPECT_GT(packed, 5u);
  EXPECT_LT(packed, 21u);
  ASSERT_TRUE(RemoveSnapshots(&table, {1, 2, 250}, 0).ok());
  write();
  EXPECT_EQ(table.snapshot_log.size(), 1750u);
  ASSERT_TRUE(SetProperties(&table, {{"write.metadata.compression-codec", "none"}}, {}, 0).ok());
  write();
  EXPECT_FALSE(uri.ends_with(".gz.metadata.json"));
}

TEST(MetadataUpdate, Schemas) {
  TableMetadata table = Sample();
  SchemaChange change(table.schema(), table.last_column_id, table.format_version);
  ASSERT_TRUE(change.AddColumn("", Make("extra", Type::Of(Kind::kInt))).ok());
  ASSERT_TRUE(SetSchema(&table, change.schema(), change.last_column_id(), 2000).ok());
  EXPECT_EQ(table.current_schema_id, 1);
  EXPECT_EQ(table.last_column_id, 4);
  EXPECT_EQ(table.last_updated_ms, 2000);
  ASSERT_TRUE(SetSchema(&table, table.schemas[0], 4, 3000).ok());
  EXPECT_EQ(table.current_schema_id, 0);
  EXPECT_EQ(table.schemas.size(), 2u);
  EXPECT_EQ(table.last_column_id, 4);  // never falls
  SchemaChange drop(table.schema(), table.last_column_id, 3);
  ASSERT_TRUE(drop.DropColumn("ts").ok());
  EXPECT_FALSE(SetSchema(&table, drop.schema(), 4, 3000).ok());  // a partition column
}

TEST(MetadataUpdate, Specs) {
  TableMetadata table = Sample();
  ASSERT_TRUE(
      SetPartitioning(&table, {{"name", ParseTransform("truncate[2]")}, {"ts", ParseTransform("day")}}, 2000).ok());
  EXPECT_EQ(table.default_spec_id, 2);  // 1 is the one without fields that every new table has
  EXPECT_EQ(table.spec().fields[0].field_id, 1002);
  EXPECT_EQ(table.spec().fields[1].field_id, 1000);  // as in the first spec
  ASSERT_TRUE(SetPartitioning(&table, {}, 2000).ok());
  EXPECT_TRUE(table.spec().IsUnpartitioned());
  ASSERT_TRUE(SetPartitioning(&table, {{"ts", ParseTransform("day")}, {"id", ParseTransform("bucket[4]")}}, 2000).ok());
  EXPECT_EQ(table.default_spec_id, 0);
  EXPECT_FALSE(SetPartitioning(&table, {{"ts", ParseTransform("day")}, {"ts", ParseTransform("day")}}, 2000).ok());
}

TEST(MetadataUpdate, SnapshotsAndRefs) {
  TableMetadata table = Sample();
  ASSERT_TRUE(AddSnapshot(&table, MakeSnapshot(1, 1, std::nullopt, 0), 1000).ok());
  ASSERT_TRUE(SetRef(&table, "main", {1, false, {}, {}, {}}, 1000).ok());
  EXPECT_TRUE(AddSnapshot(&table, MakeSnapshot(2, 1, 1, 10), 0).error().Is(errors::kConflict));  // sequence number
  EXPECT_TRUE(AddSnapshot(&table, MakeSnapshot(2, 2, 1, 9), 0).error().Is(errors::kConflict));   // row ids
  EXPECT_FALSE(AddSnapshot(&table, MakeSnapshot(1, 2, 1, 10), 0).ok());                          // known
  Snapshot overflow = MakeSnapshot(3, 2, 1, 10);
  overflow.added_rows = INT64_MAX;
  EXPECT_FALSE(AddSnapshot(&table, overflow, 0).ok());
  for (int64_t id = 2; id <= 4; ++id) {
    ASSERT_TRUE(AddSnapshot(&table, MakeSnapshot(id, id, id - 1, 10 * id - 10), 0).ok());
    ASSERT_TRUE(SetRef(&table, "main", {id, false, {}, {}, {}}, 1000 * id).ok());
  }
  EXPECT_EQ((**table.SnapshotAsOf(3999))->snapshot_id, 3);
  EXPECT_EQ((**table.SnapshotAsOf(4000))->snapshot_id, 4);
  EXPECT_EQ(table.SnapshotAsOf(999), nullptr);
  ASSERT_TRUE(SetRef(&table, "main", {2, false, {}, {}, {}}, 5000).ok());  // rollback
  EXPECT_EQ((**table.CurrentSnapshot())->snapshot_id, 2);
  EXPECT_EQ((**table.SnapshotAsOf(6000))->snapshot_id, 2);
  EXPECT_FALSE(SetRef(&table, "main", {9, false, {}, {}, {}}, 0).ok());
  EXPECT_FALSE(SetRef(&table, "main", {2, true, {}, {}, {}}, 0).ok());
  EXPECT_FALSE(RemoveSnapshots(&table, {2}, 0).ok());
  table.other["statistics"] = R"([{"snapshot-id":1},{"snapshot-id":2}])";
  ASSERT_TRUE(RemoveSnapshots(&table, {1, 3}, 0).ok());
  EXPECT_EQ(table.snapshots.size(), 2u);
  EXPECT_EQ(table.other["statistics"], R"([{"snapshot-id":2}])");
  ASSERT_EQ(table.snapshot_log.size(), 2u);  // what lies before the gap has gone
  EXPECT_EQ(table.snapshot_log[0].snapshot_id, 4);
  EXPECT_EQ(table.SnapshotAsOf(2500), nullptr);
  ASSERT_TRUE(RemoveRef(&table, "main", 0).ok());
  EXPECT_EQ(table.CurrentSnapshot(), nullptr);
  EXPECT_FALSE(RemoveRef(&table, "main", 0).ok());
}

TEST(MetadataUpdate, Properties) {
  TableMetadata table = Sample();
  ASSERT_TRUE(SetProperties(&table, {{"a", "1"}, {"n", "x"}}, {"owner"}, 0).ok());
  EXPECT_EQ(table.PropertyNumber("a", 0), 1);
  EXPECT_EQ(table.PropertyNumber("n", 7), 7);
  EXPECT_EQ(table.Property("owner", "none"), "none");
  EXPECT_FALSE(SetProperties(&table, {{"a", "1"}}, {"a"}, 0).ok());
}

}  // namespace
}  // namespace firn::iceberg

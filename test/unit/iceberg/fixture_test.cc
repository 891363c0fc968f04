// Tables that PyIceberg wrote (test/interop/make_iceberg_fixtures.py), read and compared with what PyIceberg reads.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <sstream>

#include "base/errors.h"
#include "iceberg/metadata_update.h"
#include "iceberg/table_change.h"
#include "unit/iceberg/relocated_store.h"

namespace firn::iceberg {
namespace {

const std::string kFolder = std::string(FIRN_TEST_DATA) + "/iceberg";

struct Fixture {
  std::unique_ptr<storage::Store> store;
  boost::json::object expected;
  TableMetadata metadata;
  TableFilesPtr files;
};

Fixture Load(const std::string& name) {
  Fixture out;
  out.store = std::make_unique<RelocatedStore>(*storage::OpenLocalStore(kFolder), "file:///tmp/firn-iceberg-fixtures/");
  std::ifstream in(kFolder + "/" + name + ".json");
  std::stringstream text;
  text << in.rdbuf();
  out.expected = boost::json::parse(text.str()).as_object();
  auto metadata = ReadTableMetadata(*out.store, std::string(out.expected["metadata"].as_string()));
  EXPECT_TRUE(metadata.ok()) << metadata.error().Message();
  out.metadata = *std::move(metadata);
  auto files = LoadTableFiles(*out.store, out.metadata);
  EXPECT_TRUE(files.ok()) << files.error().Message();
  out.files = *std::move(files);
  return out;
}

std::string Hex(std::string_view bytes) {
  std::string out;
  for (unsigned char c : bytes) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", c);
    out += digits;
  }
  return out;
}

/// A partition value as the fixture script writes it.
boost::json::value Plain(const Type& type, const Value& value) {
  if (IsNull(value)) return nullptr;
  if (const auto* boolean = std::get_if<bool>(&value)) return *boolean;
  if (const auto* narrow = std::get_if<int32_t>(&value)) return *narrow;
  if (const auto* wide = std::get_if<int64_t>(&value)) return *wide;
  if (const auto* decimal = std::get_if<Int128>(&value)) return boost::json::string(DecimalText(*decimal, type.scale));
  return boost::json::string(std::get<std::string>(value));
}

template <class Get>
boost::json::object ByColumn(const DataFile& file, Get get) {
  boost::json::object out;
  for (const ColumnMetrics& column : file.columns) {
    boost::json::value value = get(column);
    if (!value.is_null()) out[std::to_string(column.field_id)] = value;
  }
  return out;
}

boost::json::value Count(int64_t count) { return count < 0 ? boost::json::value() : boost::json::value(count); }

boost::json::value Bound(const std::optional<std::string>& bytes) {
  return bytes ? boost::json::value(boost::json::string(Hex(*bytes))) : boost::json::value();
}

class PyIcebergTables : public ::testing::TestWithParam<const char*> {};

TEST_P(PyIcebergTables, AreReadAsPyIcebergReadsThem) {
  Fixture table = Load(GetParam());
  EXPECT_EQ(table.metadata.snapshots.size(), static_cast<size_t>(table.expected["snapshots"].as_int64()));
  const auto& columns = table.expected["columns"].as_array();
  ASSERT_EQ(table.metadata.schema().fields.size(), columns.size());
  for (size_t i = 0; i < columns.size(); ++i) EXPECT_EQ(columns[i].as_string(), table.metadata.schema().fields[i].name);
  const auto& files = table.expected["files"].as_array();
  ASSERT_GT(files.size(), 0u);
  ASSERT_EQ(table.files->files().size(), files.size());
  for (const auto& item : files) {
    const auto& expected = item.as_object();
    const LiveFilePtr* live = table.files->Find(std::string(expected.at("path").as_string()));
    ASSERT_NE(live, nullptr);
    const DataFile& file = *(*live)->data;
    EXPECT_EQ(file.record_count, expected.at("records").as_int64());
    EXPECT_EQ(file.size, expected.at("size").as_int64());
    EXPECT_EQ(file.spec_id, expected.at("spec").as_int64());
    EXPECT_EQ(file.data_sequence_number, expected.at("sequence").as_int64());
    EXPECT_EQ(file.added_snapshot_id, expected.at("snapshot").as_int64());
    const PartitionSpec& spec = *table.metadata.FindSpec(file.spec_id);
    boost::json::array partition;
    for (size_t i = 0; i < file.partition.size(); ++i) {
      partition.push_back(Plain(spec.ResultType(table.metadata.schema(), i), file.partition[i]));
    }
    EXPECT_EQ(boost::json::serialize(partition), boost::json::serialize(expected.at("partition")));
    EXPECT_EQ(ByColumn(file, [](auto& c) { return Bound(c.lower); }), expected.at("lower").as_object());
    EXPECT_EQ(ByColumn(file, [](auto& c) { return Bound(c.upper); }), expected.at("upper").as_object());
    EXPECT_EQ(ByColumn(file, [](auto& c) { return Count(c.null_count); }), expected.at("nulls").as_object());
    EXPECT_EQ(ByColumn(file, [](auto& c) { return Count(c.value_count); }), expected.at("values").as_object());
    EXPECT_EQ(ByColumn(file, [](auto& c) { return Count(c.column_size); }), expected.at("sizes").as_object());
    boost::json::array splits(file.split_offsets.begin(), file.split_offsets.end());
    EXPECT_EQ(splits, expected.at("splits").as_array());
  }
}

INSTANTIATE_TEST_SUITE_P(All, PyIcebergTables, ::testing::Values("transforms", "evolved", "types", "version_one"),
                         [](const auto& info) { return std::string(info.param); });

// Each file has one row, so that its bounds are the row: our transforms of it must be PyIceberg's partition.
TEST(PyIcebergTable, PartitionsAreThoseOfOurTransforms) {
  Fixture table = Load("transforms");
  size_t compared = 0;
  for (const LiveFilePtr& live : table.files->files()) {
    const DataFile& file = *live->data;
    ASSERT_EQ(file.record_count, 1);
    for (size_t i = 0; i < table.metadata.spec().fields.size(); ++i) {
      const PartitionField& field = table.metadata.spec().fields[i];
      const Type& type = table.metadata.schema().FindById(field.source_id)->type;
      auto value = file.LowerBound(field.source_id, type);
      Value expected = value ? field.transform.Apply(type, *value) : Value();
      EXPECT_TRUE(Compare(file.partition[i], expected) == 0)
          << field.name << " " << ToText(type, file.partition[i]) << " " << ToText(type, expected);
      compared += value.has_value();
    }
  }
  EXPECT_EQ(compared, 16u);
}

// Every row is found by a predicate on any of its columns, and the other rows' files are left out.
TEST(PyIcebergTable, PruningFindsEachRow) {
  Fixture table = Load("transforms");
  const Schema& schema = table.metadata.schema();
  for (const LiveFilePtr& live : table.files->files()) {
    for (const Field& field : schema.fields) {
      ColumnRange range;
      range.field_id = field.id;
      range.lower = range.upper = live->data->LowerBound(field.id, field.type);
      range.nulls = !range.lower;
      range.values = range.lower.has_value();
      auto selected = table.files->Select(FilePruner(table.metadata, schema, {range}));
      ASSERT_EQ(selected.size(), 1u) << field.name;
      EXPECT_EQ(selected[0], live);
    }
  }
}

TEST(PyIcebergTable, BoundsOfAllTypes) {
  Fixture table = Load("types");
  const DataFile& file = *table.files->files().at(0)->data;
  const Schema& schema = table.metadata.schema();
  auto lower = [&](int id) {
    return ToText(schema.FindById(id)->type, file.LowerBound(id, schema.FindById(id)->type).value_or(Value()));
  };
  auto upper = [&](int id) {
    return ToText(schema.FindById(id)->type, file.UpperBound(id, schema.FindById(id)->type).value_or(Value()));
  };
  EXPECT_EQ(lower(2), "-2147483648");
  EXPECT_EQ(upper(3), "9223372036854775807");
  EXPECT_EQ(lower(6), "-1234567890123456789012345678.0123456789");
  EXPECT_EQ(lower(7), "0001-01-01");
  EXPECT_EQ(upper(7), "9999-12-31");
  EXPECT_EQ(upper(8), "23:59:59.999999");
  EXPECT_EQ(upper(9), "2200-01-01T01:01:01.000001");
  EXPECT_EQ(lower(10), "1900-01-01T00:00:00.000000+00:00");
  EXPECT_EQ(upper(11).substr(0, 10), "a text tha");
  EXPECT_EQ(upper(12), "f79c3e09-677c-4bbd-a479-3f349cb785e7");
}

TEST(PyIcebergTable, VersionOneIsReadAndUpgraded) {
  Fixture table = Load("version_one");
  EXPECT_EQ(table.metadata.format_version, 1);
  EXPECT_EQ(table.files->record_count(), 8);
  for (const LiveFilePtr& live : table.files->files()) EXPECT_EQ(live->data->data_sequence_number, 0);
  auto refused = PreparedChange::Make(*table.store, table.metadata, *table.files, {});
  EXPECT_TRUE(refused.error().Is(errors::kUnsupported));

  // Its manifests live on in a table of version 3, in another place.
  auto store = storage::OpenMemoryStore();
  table.metadata.location = store->Uri("t");
  ASSERT_TRUE(UpgradeFormat(&table.metadata, 2, 0).ok());
  ASSERT_TRUE(UpgradeFormat(&table.metadata, 3, 0).ok());
  TableChange change;
  change.operation = Operation::kDelete;
  change.removed = {table.files->files()[0]->data->path};
  auto prepared = PreparedChange::Make(*store, table.metadata, *table.files, change);
  ASSERT_TRUE(prepared.ok()) << prepared.error().Message();
  auto applied = prepared->Apply(*store, table.metadata, *table.files, 1);
  ASSERT_TRUE(applied.ok()) << applied.error().Message();
  EXPECT_EQ(applied->metadata.last_sequence_number, 1);
  EXPECT_EQ(applied->metadata.next_row_id, 6);
  EXPECT_EQ(applied->files->files().size(), table.files->files().size() - 1);
  for (const LiveFilePtr& live : applied->files->files()) {
    EXPECT_EQ(live->data->data_sequence_number, 0);
    EXPECT_TRUE(live->data->first_row_id.has_value());
  }
}

TEST(PyIcebergTable, EvolutionIsById) {
  Fixture table = Load("evolved");
  EXPECT_EQ(table.metadata.schema().FindByName("points")->id, 2);
  EXPECT_EQ(table.metadata.schema().FindByName("address.country")->id, 12);
  EXPECT_EQ(table.metadata.partition_specs.size(), 2u);
  EXPECT_EQ(table.metadata.Property("owner"), "firn");
  EXPECT_TRUE(table.metadata.refs.at("first").is_tag);
  auto first = LoadTableFiles(*table.store, table.metadata, table.metadata.refs.at("first").snapshot_id);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ((*first)->record_count(), 3);
  // Bounds of files from before the promotion are four bytes long.
  for (const LiveFilePtr& live : (*first)->files()) {
    EXPECT_EQ(*live->data->LowerBound(1, Type::Of(Kind::kLong)), Value(int64_t{1}));
    EXPECT_EQ(*live->data->UpperBound(2, Type::Of(Kind::kDouble)), Value(1.5));
  }
  for (const auto& snapshot : table.metadata.snapshots) {
    EXPECT_TRUE(LoadTableFiles(*table.store, table.metadata, (*snapshot)->snapshot_id).ok());
  }
}

}  // namespace
}  // namespace firn::iceberg

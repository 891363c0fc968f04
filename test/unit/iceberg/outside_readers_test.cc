// Writes tables for readers from outside: test/interop/test_iceberg_room.py makes the Parquet files, runs this test
// with FIRN_INTEROP_DIR, and reads the tables with PyIceberg and fastavro. Without the variable there is nothing to
// write for.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "unit/iceberg/table_fixture.h"

namespace firn::iceberg {
namespace {

class OutsideReaders : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("FIRN_INTEROP_DIR");
    if (!folder) GTEST_SKIP() << "FIRN_INTEROP_DIR names no folder: run test/interop/test_iceberg_room.py";
    store_ = *storage::OpenLocalStore(folder);
    described_ = boost::json::parse(*store_->Read("files.json")).as_object();
  }

  void NewTable(const std::string& name, int version, std::vector<std::pair<std::string, Transform>> partition_by,
                std::map<std::string, std::string> properties) {
    NewTableOptions options;
    options.location = store_->Uri(name);
    options.fields = {MakeField("id", Type::Of(Kind::kLong), true), MakeField("name", Type::Of(Kind::kString))};
    options.partition_by = std::move(partition_by);
    options.properties = std::move(properties);
    options.properties["schema.name-mapping.default"] =
        R"([{"field-id":1,"names":["id"]},{"field-id":2,"names":["name"]}])";
    options.format_version = version;
    options.timestamp_ms = 1;
    auto table = iceberg::NewTable(std::move(options));
    ASSERT_TRUE(table.ok()) << table.error().Message();
    metadata_ = *std::move(table);
    files_ = std::make_shared<const TableFiles>();
    uri_.clear();
    WriteMetadata();
  }

  /// File n of the script: ids from 10 n on, ten of them.
  DataFile Data(int n) {
    const auto& entry = described_["files"].as_array().at(static_cast<size_t>(n)).as_object();
    DataFile file;
    file.path = store_->Uri("data/" + std::string(entry.at("name").as_string()));
    file.record_count = entry.at("rows").as_int64();
    file.size = entry.at("size").as_int64();
    file.spec_id = metadata_.default_spec_id;
    Type type = Type::Of(Kind::kLong);
    Value lower = int64_t{10} * n, upper = int64_t{10} * n + file.record_count - 1;
    for (const PartitionField& field : metadata_.spec().fields)
      file.partition.push_back(field.transform.Apply(type, lower));
    ColumnMetrics column;
    column.field_id = 1;
    column.value_count = file.record_count;
    column.null_count = 0;
    column.lower = ToBinary(type, lower);
    column.upper = ToBinary(type, upper);
    file.columns.push_back(column);
    file.split_offsets = {4};
    return file;
  }

  void Commit(TableChange change) {
    auto prepared = PreparedChange::Make(*store_, metadata_, *files_, std::move(change));
    ASSERT_TRUE(prepared.ok()) << prepared.error().Message();
    auto applied = prepared->Apply(*store_, metadata_, *files_, now_ += 1000000);
    ASSERT_TRUE(applied.ok()) << applied.error().Message();
    previous_updated_ = metadata_.last_updated_ms;
    metadata_ = std::move(applied->metadata);
    files_ = std::move(applied->files);
    WriteMetadata();
  }
  void Append(int n) {
    TableChange change;
    change.added = {Data(n)};
    Commit(std::move(change));
  }
  void Remove(int n) {
    TableChange change;
    change.operation = Operation::kDelete;
    change.removed = {Data(n).path};
    Commit(std::move(change));
  }
  void Mark(int n, std::vector<uint64_t> positions) {
    TableChange change;
    change.operation = Operation::kDelete;
    auto vector = std::make_shared<DeletionVector>();
    vector->Add(positions);
    change.vectors[Data(n).path] = std::move(vector);
    Commit(std::move(change));
  }
  void WriteMetadata() {
    auto uri = WriteTableMetadata(*store_, &metadata_, uri_, previous_updated_);
    ASSERT_TRUE(uri.ok()) << uri.error().Message();
    uri_ = *uri;
  }
  /// Tells the script where the table is.
  void Tell(const std::string& name) { ASSERT_TRUE(store_->Put("tables/" + name, uri_).ok()); }

  std::unique_ptr<storage::Store> store_;
  boost::json::object described_;
  TableMetadata metadata_;
  TableFilesPtr files_;
  std::string uri_;
  int64_t previous_updated_ = 0;
  Micros now_ = 1'700'000'000'000'000;
};

TEST_F(OutsideReaders, VersionTwo) {
  NewTable("v2", 2, {{"id", ParseTransform("bucket[4]")}, {"id", ParseTransform("truncate[50]")}},
           {{kMinCountToMerge, "4"}});
  for (int n = 0; n < 18; ++n) Append(n);
  Remove(3);
  Append(18);
  Tell("v2");
}

TEST_F(OutsideReaders, VersionThree) {
  NewTable("v3", 3, {}, {{kMinCountToMerge, "4"}, {"write.metadata.compression-codec", "gzip"}});
  for (int n = 0; n < 18; ++n) Append(n);
  Mark(2, {0, 9});
  Mark(5, {1, 2, 3});
  Mark(2, {0, 4, 9});
  Remove(17);
  SchemaChange change(metadata_.schema(), metadata_.last_column_id, 3);
  Field added = MakeField("added", Type::Of(Kind::kInt));
  added.write_default = Value(7);
  ASSERT_TRUE(change.AddColumn("", added).ok());
  ASSERT_TRUE(change.RenameColumn("name", "title").ok());
  ASSERT_TRUE(SetSchema(&metadata_, change.schema(), change.last_column_id(), now_ / 1000).ok());
  Append(18);
  Tell("v3");
}

TEST_F(OutsideReaders, UpgradedTable) {
  NewTable("upgraded", 2, {{"name", ParseTransform("void")}}, {});
  for (int n = 0; n < 3; ++n) Append(n);
  ASSERT_TRUE(UpgradeFormat(&metadata_, 3, now_ / 1000).ok());
  Append(3);
  Mark(0, {5});
  Tell("upgraded");
}

}  // namespace
}  // namespace firn::iceberg

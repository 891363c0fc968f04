// A table in a memory store, committed to as the catalog does, for the tests of this room.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "iceberg/metadata_update.h"
#include "iceberg/table_change.h"
#include "storage/store.h"

namespace firn::iceberg {

inline Field MakeField(const std::string& name, Type type, bool required = false) {
  Field field;
  field.name = name;
  field.type = std::move(type);
  field.required = required;
  return field;
}

/// What of a set of live files a reader can tell: one line a file, in order of path.
inline std::vector<std::string> Describe(const TableFiles& files) {
  std::vector<std::string> out;
  for (const LiveFilePtr& live : files.files()) {
    const DataFile& data = *live->data;
    std::string line = data.path + " rows=" + std::to_string(data.record_count) +
                       " seq=" + std::to_string(data.data_sequence_number) + "/" +
                       std::to_string(data.file_sequence_number) +
                       " rowid=" + (data.first_row_id ? std::to_string(*data.first_row_id) : "-") +
                       " snap=" + std::to_string(data.added_snapshot_id);
    if (live->vector) line += " dv=" + live->vector->path + "#" + std::to_string(live->vector->data_sequence_number);
    for (const DataFilePtr& deletes : live->position_deletes) line += " pos=" + deletes->path;
    for (const DataFilePtr& deletes : live->equality_deletes) line += " eq=" + deletes->path;
    out.push_back(std::move(line));
  }
  std::sort(out.begin(), out.end());
  return out;
}

class TableFixture {
 public:
  explicit TableFixture(int format_version = 3, std::vector<std::pair<std::string, Transform>> partition_by = {},
                        std::map<std::string, std::string> properties = {})
      : store_(storage::OpenMemoryStore()) {
    NewTableOptions options;
    options.location = store_->Uri("lake/t");
    options.fields = {MakeField("id", Type::Of(Kind::kLong), true), MakeField("name", Type::Of(Kind::kString))};
    options.partition_by = std::move(partition_by);
    options.properties = std::move(properties);
    options.format_version = format_version;
    metadata_ = *NewTable(std::move(options));
    files_ = std::make_shared<const TableFiles>();
  }

  /// A data file with ids from `lower` on, one a row.
  DataFile Data(const std::string& name, int64_t lower, int64_t rows) const {
    DataFile file;
    file.path = metadata_.location + "/data/" + name;
    file.record_count = rows;
    file.size = 100 * rows;
    file.spec_id = metadata_.default_spec_id;
    for (const PartitionField& field : metadata_.spec().fields) {
      file.partition.push_back(field.transform.Apply(Type::Of(Kind::kLong), lower));
    }
    ColumnMetrics column;
    column.field_id = 1;
    column.value_count = rows;
    column.null_count = 0;
    column.lower = ToBinary(Type::Of(Kind::kLong), lower);
    column.upper = ToBinary(Type::Of(Kind::kLong), lower + rows - 1);
    file.columns.push_back(column);
    return file;
  }
  std::string Path(const std::string& name) const { return metadata_.location + "/data/" + name; }

  static TableChange Append(std::vector<DataFile> files) {
    TableChange change;
    change.added = std::move(files);
    return change;
  }
  TableChange Delete(const std::string& name, std::initializer_list<uint64_t> positions) const {
    TableChange change;
    change.operation = Operation::kDelete;
    auto vector = std::make_shared<DeletionVector>();
    const LiveFilePtr* live = files_->Find(Path(name));
    if (live) {
      auto old = LoadDeletes(*store_, **live);
      if (old.ok() && *old) vector->UnionWith(**old);
    }
    vector->Add(std::vector<uint64_t>(positions));
    change.vectors[Path(name)] = std::move(vector);
    return change;
  }
  TableChange Remove(const std::string& name) const {
    TableChange change;
    change.operation = Operation::kDelete;
    change.removed = {Path(name)};
    return change;
  }

  /// Commits on the head and checks that a reader who loads it from storage sees the same files.
  void Commit(TableChange change) {
    auto prepared = PreparedChange::Make(*store_, metadata_, *files_, std::move(change));
    ASSERT_TRUE(prepared.ok()) << prepared.error().Message();
    Apply(*prepared);
  }
  void Apply(PreparedChange& prepared) {
    now_ += 1000000;
    auto applied = prepared.Apply(*store_, metadata_, *files_, now_);
    ASSERT_TRUE(applied.ok()) << applied.error().Message();
    metadata_ = std::move(applied->metadata);
    files_ = std::move(applied->files);
    CheckLoaded();
  }
  void CheckLoaded() {
    auto parsed = ParseTableMetadata(metadata_.ToJson(), "x");
    ASSERT_TRUE(parsed.ok()) << parsed.error().Message();
    auto loaded = LoadTableFiles(*store_, *parsed);
    ASSERT_TRUE(loaded.ok()) << loaded.error().Message();
    EXPECT_EQ(Describe(**loaded), Describe(*files_));
    ASSERT_EQ((*loaded)->manifests().size(), files_->manifests().size());
    for (size_t i = 0; i < files_->manifests().size(); ++i) {
      const LoadedManifest& a = *(*loaded)->manifests()[i];
      const LoadedManifest& b = *files_->manifests()[i];
      EXPECT_EQ(a.file.path, b.file.path);
      EXPECT_EQ(a.file.min_sequence_number, b.file.min_sequence_number);
      EXPECT_EQ(a.file.first_row_id, b.file.first_row_id);
      EXPECT_EQ(a.live.size(), b.live.size());
    }
  }
  std::string Summary(const std::string& key) const {
    const auto& summary = (**metadata_.CurrentSnapshot())->summary;
    auto found = summary.find(key);
    return found == summary.end() ? "-" : found->second;
  }

  std::shared_ptr<storage::Store> store_;
  TableMetadata metadata_;
  TableFilesPtr files_;
  Micros now_ = 1'700'000'000'000'000;
};

}  // namespace firn::iceberg

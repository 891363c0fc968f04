#include "unit/engine/lake.h"

#include <arrow/record_batch.h>

#include <algorithm>

namespace firn::engine {

void LakeTest::SetUp() {
  root_ = std::filesystem::temp_directory_path() / ("firn_engine_" + NewUuid());
  auto store = storage::OpenLocalStore(root_.string());
  ASSERT_TRUE(store.ok()) << store.error().Message();
  store_ = std::move(store).value();
  auto engine = Engine::Open({.threads = 2, .allowed_directories = {root_.string()}});
  ASSERT_TRUE(engine.ok()) << engine.error().Message();
  engine_ = std::move(engine).value();
}

void LakeTest::TearDown() {
  engine_ = nullptr;
  std::filesystem::remove_all(root_);
}

PinnedColumn LakeTest::Column(const std::string& name, int id, SqlType type) { return {name, id, type, true, {}}; }

std::shared_ptr<const iceberg::Schema> LakeTest::SchemaOf(const std::vector<PinnedColumn>& columns) {
  auto schema = std::make_shared<iceberg::Schema>();
  for (const auto& column : columns) {
    iceberg::Field field;
    field.id = column.field_id;
    field.name = column.name;
    if (column.type.id == TypeId::kTimestampTz) {
      iceberg::Field instant{column.field_id * 100, "instant", false, iceberg::Type::Of(iceberg::Kind::kTimestamp)};
      iceberg::Field offset{column.field_id * 100 + 1, "offset_minutes", false, iceberg::Type::Of(iceberg::Kind::kInt)};
      field.type = iceberg::Type::Struct({instant, offset});
    } else {
      field.type = iceberg::ParsePrimitive(column.type.Iceberg()).value();
    }
    schema->fields.push_back(std::move(field));
  }
  return schema;
}

WriteTarget LakeTest::Target(const std::vector<PinnedColumn>& columns) {
  WriteTarget target;
  target.columns = columns;
  target.folder_uri = store_->Uri("data");
  target.store = store_;
  target.schema = SchemaOf(columns);
  return target;
}

Result<std::vector<iceberg::DataFile>> LakeTest::TryWrite(const std::string& sql, const WriteTarget& target) {
  Statement statement;
  statement.sql = sql;
  return engine_->Write(std::move(statement), target, cancel_);
}

std::vector<iceberg::DataFile> LakeTest::Write(const std::string& sql, const std::vector<PinnedColumn>& columns) {
  auto files = TryWrite(sql, Target(columns));
  EXPECT_TRUE(files.ok()) << files.error().Message();
  return files.ok() ? *files : std::vector<iceberg::DataFile>();
}

iceberg::LiveFile LakeTest::WriteOne(const std::string& sql, const std::vector<PinnedColumn>& columns) {
  auto files = Write(sql, columns);
  EXPECT_EQ(files.size(), 1U);
  iceberg::LiveFile live;
  live.data = std::make_shared<const iceberg::DataFile>(files.empty() ? iceberg::DataFile() : files[0]);
  return live;
}

LakeTest::TablePtr LakeTest::Pin(const std::vector<PinnedColumn>& columns, std::vector<iceberg::LiveFile> files,
                                 std::shared_ptr<const iceberg::TableMetadata> metadata) {
  std::vector<iceberg::LiveFilePtr> live;
  for (auto& file : files) live.push_back(std::make_shared<const iceberg::LiveFile>(std::move(file)));
  auto table = std::make_shared<PinnedTable>();
  table->name = "T";
  table->columns = columns;
  table->files =
      std::make_shared<const iceberg::TableFiles>(std::vector<iceberg::LoadedManifestPtr>(), std::move(live));
  table->store = store_;
  table->schema = SchemaOf(columns);
  if (!metadata) {
    auto plain = std::make_shared<iceberg::TableMetadata>();
    plain->schemas = {*table->schema};
    plain->partition_specs.emplace_back();
    metadata = plain;
  }
  table->metadata = std::move(metadata);
  return table;
}

std::vector<std::string> LakeTest::Rows(const std::string& sql, const std::vector<TablePtr>& tables) {
  Statement statement;
  statement.sql = sql;
  statement.tables = tables;
  auto batches = engine_->Collect(std::move(statement), cancel_);
  if (!batches.ok()) return {batches.error().Message()};
  std::vector<std::string> rows;
  for (const auto& batch : *batches) {
    int columns = batch.arrow()->num_columns();
    for (int64_t row = 0; row < batch.rows(); ++row) {
      std::string text;
      for (int column = 0; column < columns; ++column) {
        text += (column == 0 ? "" : "|") + (batch.IsNull(column, row) ? "NULL" : batch.Text(column, row));
      }
      rows.push_back(text);
    }
  }
  return rows;
}

std::vector<std::string> LakeTest::SortedRows(const std::string& sql, const std::vector<TablePtr>& tables) {
  auto rows = Rows(sql, tables);
  std::sort(rows.begin(), rows.end());
  return rows;
}

std::string LakeTest::Explain(const std::string& sql, const std::vector<TablePtr>& tables) {
  Statement statement;
  statement.sql = sql;
  statement.tables = tables;
  auto text = engine_->Explain(std::move(statement));
  return text.ok() ? *text : text.error().Message();
}

std::vector<std::string> LakeTest::FilesLeft() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root_)) {
    if (entry.is_regular_file()) files.push_back(entry.path().filename().string());
  }
  return files;
}

}  // namespace firn::engine

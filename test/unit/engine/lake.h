// Tables made by hand for the tests of scans and writes: a folder, an engine that may open it, files written by the
// engine itself, deletes as vectors.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/errors.h"
#include "base/ids.h"
#include "engine/engine.h"
#include "iceberg/table_metadata.h"

namespace firn::engine {

class LakeTest : public ::testing::Test {
 protected:
  using TablePtr = std::shared_ptr<const PinnedTable>;

  void SetUp() override;
  void TearDown() override;

  /// A column of a table; ids count from 1.
  static PinnedColumn Column(const std::string& name, int id, SqlType type);
  /// Columns as a schema. TIMESTAMP_TZ gets children with ids from 100 * id.
  static std::shared_ptr<const iceberg::Schema> SchemaOf(const std::vector<PinnedColumn>& columns);

  WriteTarget Target(const std::vector<PinnedColumn>& columns);
  Result<std::vector<iceberg::DataFile>> TryWrite(const std::string& sql, const WriteTarget& target);
  /// Writes the rows of `sql` and expects success.
  std::vector<iceberg::DataFile> Write(const std::string& sql, const std::vector<PinnedColumn>& columns);
  /// The only file of a write.
  iceberg::LiveFile WriteOne(const std::string& sql, const std::vector<PinnedColumn>& columns);

  TablePtr Pin(const std::vector<PinnedColumn>& columns, std::vector<iceberg::LiveFile> files,
               std::shared_ptr<const iceberg::TableMetadata> metadata = nullptr);

  /// Rows as "1|a|NULL", or the error's message.
  std::vector<std::string> Rows(const std::string& sql, const std::vector<TablePtr>& tables = {});
  /// The rows sorted.
  std::vector<std::string> SortedRows(const std::string& sql, const std::vector<TablePtr>& tables = {});
  std::string Explain(const std::string& sql, const std::vector<TablePtr>& tables);
  /// Files under the data folder.
  std::vector<std::string> FilesLeft();

  std::filesystem::path root_;
  std::shared_ptr<storage::Store> store_;
  std::unique_ptr<Engine> engine_;
  CancelToken cancel_;
};

}  // namespace firn::engine

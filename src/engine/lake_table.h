// LakeTable: a pinned table as a scan sees it: columns in DuckDB's terms, files, exact row counts. Made at bind,
// immutable, shared by all parts of one scan. For this room.
#pragma once

#include <duckdb.hpp>
#include <duckdb/common/multi_file/multi_file_data.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"

namespace firn::engine {

struct LakeColumn {
  int field_id = 0;
  iceberg::Type stored;
  duckdb::LogicalType type;
  duckdb::Value initial_default;  ///< NULL if none
};

class LakeTable {
 public:
  /// For a bind in `context`. Throws SnowflakeException: kUnsupported (types, equality deletes, other than Parquet).
  static std::shared_ptr<const LakeTable> Make(duckdb::ClientContext& context,
                                               std::shared_ptr<const PinnedTable> pinned);

  const PinnedTable& pinned() const { return *pinned_; }
  const std::vector<iceberg::LiveFilePtr>& files() const { return pinned_->files->files(); }
  const std::vector<LakeColumn>& columns() const { return columns_; }
  const duckdb::vector<duckdb::MultiFileColumnDefinition>& definitions() const { return definitions_; }
  /// Rows of a file that are not deleted; none if only reading v2 position deletes could tell.
  static std::optional<uint64_t> LiveRows(const iceberg::LiveFile& file);

 private:
  std::shared_ptr<const PinnedTable> pinned_;
  std::vector<LakeColumn> columns_;
  duckdb::vector<duckdb::MultiFileColumnDefinition> definitions_;
};

/// "file:///a/b" → "/a/b"; other URIs as they are: the name that DuckDB opens.
std::string DuckPath(const std::string& uri);

}  // namespace firn::engine

// From what COPY … (RETURN_STATS) tells of a written Parquet file to an Iceberg DataFile. For this room; pure.
#pragma once

#include <duckdb.hpp>
#include <map>
#include <string>
#include <vector>

#include "engine/engine.h"

namespace firn::engine {

/// Text and binary bounds keep so many characters or bytes (the default of write.metadata.metrics, "truncate(16)").
inline constexpr size_t kBoundLength = 16;

/// Type and id of a column of the file.
struct WrittenColumn {
  std::string name;
  int field_id = 0;
  iceberg::Type type;
  SqlType sql;
};

/// One row of RETURN_STATS.
struct WrittenFile {
  std::string path;
  int64_t rows = 0;
  int64_t size = 0;
  /// quoted leaf path (`"a"`, `"s"."x"`) → statistic → text
  std::map<std::string, std::map<std::string, std::string>> statistics;
  /// partition column → text; absent for NULL
  std::map<std::string, std::string> partition;
};

WrittenFile ReadWrittenFile(const duckdb::MaterializedQueryResult& rows, duckdb::idx_t row);

/// Counts and bounds of all primitive columns, by field id. Bounds of text are cut, the upper one rounded up; JSON text
/// (semi-structured columns) has none.
std::vector<iceberg::ColumnMetrics> Metrics(const WrittenFile& file, const std::vector<WrittenColumn>& columns);

/// The least text of at most kBoundLength characters that is above all text beginning as `text` does, or `text` itself
/// if it is short enough; none if there is no such text.
std::optional<std::string> CutUpperText(const std::string& text);
/// The first kBoundLength characters.
std::string CutLowerText(const std::string& text);

}  // namespace firn::engine

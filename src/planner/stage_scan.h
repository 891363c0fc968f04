// Stages in FROM and in COPY: which files a location means, whether they may be read, and the DuckDB call that reads
// them by the file format's options. Paths are checked by real path against --allow-dir (design: "Paths").
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "engine/csv_format.h"
#include "planner/context.h"
#include "sql/option.h"
#include "sql/query.h"

namespace firn::planner {

constexpr size_t kTransformColumnsMax = 200;  ///< $1 … of a CSV file whose columns are not known
constexpr size_t kStageFilesMax = 100000;     ///< files that one statement may read

struct StageFile {
  std::string path;  ///< absolute, links resolved
  std::string name;  ///< relative to the stage, or the whole path: what PATTERN is matched with
  std::string Url() const { return "file://" + path; }  ///< as LIST and COPY show it
  int64_t size = 0;
  Micros modified = 0;
};

struct FileFormat {
  std::string type = "CSV";
  catalog::OptionMap options;  ///< those given; others have their default

  std::string Text(const std::string& name, const char* otherwise) const;
  bool Flag(const std::string& name, bool otherwise) const;
};

/// The files under a location, by name. `pattern` is a regular expression over the whole path. Errors: kUnsupported
/// (internal stages, S3 stages), kOutsideLocation, kKindNotFound, kLimit.
Result<std::vector<StageFile>> ListStage(StatementContext& context, sql::StageLocation& location,
                                         const std::vector<std::string>& files,
                                         const std::optional<std::string>& pattern);

/// Where an unload writes: the folder, which is made, and the beginning of the files' names behind it, if the location
/// has one. Errors: as ListStage; kStorage.
Result<std::string> StageTarget(StatementContext& context, sql::StageLocation& location);

/// The format of the location's stage, then that of the choice's name on top. Inline options are the caller's to add.
Result<FileFormat> FormatOf(StatementContext& context, sql::StageLocation& location,
                            const std::optional<sql::ObjectName>& name);
/// Options that are kept as a list: ('a', 'b').
std::vector<std::string> ListOption(const FileFormat& format, const std::string& name, const char* otherwise);

/// The options of a CSV format. Errors: kInvalidValue; kUnsupported for values that are not done.
Result<engine::CsvFormat> CsvFormatOf(const FileFormat& format);
/// Reads documents as JSON text in column t, with file f and row r: JSON, and Parquet with each row as an object.
Result<std::string> ReadDocuments(const FileFormat& format, const std::vector<StageFile>& files);
/// Parquet with its own columns.
std::string ReadParquet(const std::vector<StageFile>& files);
/// PARSE_JSON over `text` (DuckDB text), as DuckDB text.
Result<std::string> ParsedDocument(StatementContext& context, const std::string& text);
/// DuckDB text in FROM that reads files: c0 … ($1 …), METADATA$FILENAME, METADATA$FILE_ROW_NUMBER. Errors:
/// kUnsupported.
Result<std::string> ReadStage(StatementContext& context, const FileFormat& format, const std::vector<StageFile>& files);

/// Replaces a StageRelation; `columns` get the names of $1, $2 …
Status PlanStageRelation(StatementContext& context, sql::RelationPtr& relation, std::vector<std::string>* columns);

}  // namespace firn::planner

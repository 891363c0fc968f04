// Stages in FROM and in COPY: which files a location means, whether they may be read, and the DuckDB call that reads
// them by the file format's options. Paths are checked by real path against --allow-dir (design: "Paths").
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "planner/context.h"
#include "sql/option.h"
#include "sql/query.h"

namespace firn::planner {

constexpr size_t kTransformColumnsMax = 200;  ///< $1 … of a CSV file whose columns are not known
constexpr size_t kStageFilesMax = 100000;  ///< files that one statement may read

struct StageFile {
  std::string path;  ///< absolute, links resolved
  std::string name;  ///< as LIST and COPY show it: relative to the stage, or the URL
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

/// The format of the location's stage, then that of the choice's name on top. Inline options are the caller's to add.
Result<FileFormat> FormatOf(StatementContext& context, sql::StageLocation& location,
                            const std::optional<sql::ObjectName>& name);
/// Options that are kept as a list: ('a', 'b').
std::vector<std::string> ListOption(const FileFormat& format, const std::string& name, const char* otherwise);

/// DuckDB text in FROM that reads a CSV file: columns c0 … as VARCHAR. `exact`: rows of another width are errors.
Result<std::string> ReadCsv(const FileFormat& format, const std::vector<StageFile>& files, size_t columns, bool exact);
/// Reads documents as JSON text in one column t: JSON, and Parquet with each row as an object.
Result<std::string> ReadDocuments(const FileFormat& format, const std::vector<StageFile>& files);
/// PARSE_JSON over `text` (DuckDB text), as DuckDB text.
Result<std::string> ParsedDocument(StatementContext& context, const std::string& text);
/// Parquet with its own columns.
std::string ReadParquet(const std::vector<StageFile>& files);

/// Replaces a StageRelation; `columns` get the names of $1, $2 …
Status PlanStageRelation(StatementContext& context, sql::RelationPtr& relation, std::vector<std::string>* columns);
/// The same over files and a format that are known (COPY with a transformation).
Status PlanStageFiles(StatementContext& context, sql::RelationPtr& relation, const FileFormat& format, const std::vector<StageFile>& files,
                      std::vector<std::string>* columns);

}  // namespace firn::planner

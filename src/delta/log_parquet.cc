#include "delta/log_parquet.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/errors.h"
#include "base/ids.h"

namespace firn::delta {

namespace {

#define FIRN_MAP "MAP(VARCHAR, VARCHAR)"
#define FIRN_VECTOR                                                                                           \
  "STRUCT(storageType VARCHAR, pathOrInlineDv VARCHAR, \"offset\" INTEGER, sizeInBytes INTEGER, cardinality " \
  "BIGINT)"

struct Column {
  const char* action;
  const char* type;
};

/// The columns of a checkpoint, with the members that the mirror writes and those that readers expect.
constexpr std::array kColumns = {
    Column{"txn", "STRUCT(appId VARCHAR, version BIGINT, lastUpdated BIGINT)"},
    Column{"add", "STRUCT(path VARCHAR, partitionValues " FIRN_MAP
                  ", size BIGINT, modificationTime BIGINT, dataChange BOOLEAN, stats VARCHAR, tags " FIRN_MAP
                  ", deletionVector " FIRN_VECTOR ")"},
    Column{"remove",
           "STRUCT(path VARCHAR, deletionTimestamp BIGINT, dataChange BOOLEAN, extendedFileMetadata BOOLEAN, "
           "partitionValues " FIRN_MAP ", size BIGINT, deletionVector " FIRN_VECTOR ")"},
    Column{"metaData",
           "STRUCT(id VARCHAR, name VARCHAR, description VARCHAR, format STRUCT(provider VARCHAR, options " FIRN_MAP
           "), schemaString VARCHAR, partitionColumns VARCHAR[], configuration " FIRN_MAP ", createdTime BIGINT)"},
    Column{"protocol",
           "STRUCT(minReaderVersion INTEGER, minWriterVersion INTEGER, readerFeatures VARCHAR[], "
           "writerFeatures VARCHAR[])"},
};

std::string Literal(const std::string& text) {
  std::string out = "'";
  for (char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

/// A file of one call, gone with it.
class ScratchFile {
 public:
  ScratchFile(const std::string& folder, const char* end) : path_(folder + "/delta-" + NewUuid() + end) {}
  ~ScratchFile() {
    std::error_code ignored;  // what stays is removed with the folder
    std::filesystem::remove(path_, ignored);
  }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  const std::string& path() const { return path_; }

  Status Write(const std::string& bytes) const {
    std::ofstream file(path_, std::ios::binary);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file) return Error(errors::kStorage, {path_, "it cannot be written"});
    return Ok();
  }

  Result<std::string> Read() const {
    std::ifstream file(path_, std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    if (!file) return Error(errors::kStorage, {path_, "it cannot be read"});
    return std::move(bytes).str();
  }

 private:
  const std::string path_;
};

}  // namespace

Result<std::vector<engine::Batch>> LogParquet::Run(const std::string& sql) {
  engine::Statement statement;
  statement.sql = sql;
  engine::CancelToken never;
  return engine_.Collect(std::move(statement), never);
}

Result<std::string> LogParquet::Pack(const std::vector<std::string>& lines) {
  ScratchFile json(scratch_folder_, ".json");
  ScratchFile parquet(scratch_folder_, ".parquet");
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  FIRN_TRY(json.Write(text));
  std::string columns;
  for (const Column& column : kColumns) {
    columns += (columns.empty() ? "" : ", ") + Literal(column.action) + ": " + Literal(column.type);
  }
  FIRN_TRY(Run("COPY (SELECT * FROM read_json(" + Literal(json.path()) +
               ", format = 'newline_delimited', maximum_object_size = 268435456, columns = {" + columns + "})) TO " +
               Literal(parquet.path()) + " (FORMAT parquet, COMPRESSION snappy)"));
  return parquet.Read();
}

Result<std::vector<std::string>> LogParquet::Unpack(const std::string& bytes) {
  ScratchFile parquet(scratch_folder_, ".parquet");
  FIRN_TRY(parquet.Write(bytes));
  std::string list;
  for (const Column& column : kColumns) {
    list += (list.empty() ? "" : ", ") + ("CAST(to_json(\"" + std::string(column.action)) + "\") AS VARCHAR)";
  }
  FIRN_ASSIGN(auto batches, Run("SELECT " + list + " FROM read_parquet(" + Literal(parquet.path()) + ")"));
  std::vector<std::string> lines;
  for (const engine::Batch& batch : batches) {
    for (int64_t row = 0; row < batch.rows(); ++row) {
      for (size_t i = 0; i < kColumns.size(); ++i) {
        if (batch.IsNull(static_cast<int>(i), row)) continue;
        lines.push_back("{\"" + std::string(kColumns[i].action) + "\":" + batch.Text(static_cast<int>(i), row) + "}");
      }
    }
  }
  return lines;
}

Result<std::map<int, std::string>> LogParquet::ColumnNames(const std::string& uri) {
  constexpr std::string_view kFile = "file://";
  const std::string path = uri.starts_with(kFile) ? uri.substr(kFile.size()) : uri;
  // Rows come depth first; a node's children follow it.
  FIRN_ASSIGN(auto batches,
              Run("SELECT name, CAST(coalesce(field_id, -1) AS BIGINT), CAST(coalesce(num_children, 0) AS "
                  "BIGINT) FROM parquet_schema(" +
                  Literal(path) + ")"));
  std::map<int, std::string> names;
  int64_t below = -1;  ///< nodes left of the column that is being walked; -1: before the root
  for (const engine::Batch& batch : batches) {
    for (int64_t row = 0; row < batch.rows(); ++row) {
      const int64_t children = batch.Int64(2, row);
      if (below < 0) {
        below = 0;
        continue;
      }
      if (below > 0) {
        below += children - 1;
        continue;
      }
      below = children;
      if (batch.Int64(1, row) >= 0) names[static_cast<int>(batch.Int64(1, row))] = batch.Text(0, row);
    }
  }
  return names;
}

}  // namespace firn::delta

// Engine: DuckDB, in memory only, as the executor of DuckDB SQL over pinned Iceberg tables. It never asks the catalog:
// a statement hands it values (PinnedTable) and reads back Arrow batches or written Parquet files.
// One Engine a process; Run, Write and Describe may be called from any thread, each call uses a connection of its own.
// Errors of all: DuckDB's, mapped to Snowflake's rows (engine/error_map.h); kCanceled; kTimeout; kStorage.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "iceberg/table_files.h"
#include "storage/store.h"

namespace arrow {
class Array;
class RecordBatch;
class Schema;
}  // namespace arrow

namespace firn::engine {

struct EngineOptions {
  int threads = 0;                               ///< 0: as many as cores
  int64_t memory_limit_bytes = 0;                ///< 0: 70 % of the machine's
  std::string spill_folder;                      ///< absolute; made if absent
  std::vector<std::string> allowed_directories;  ///< all that DuckDB may open: data root, spill, allowed COPY folders
  std::optional<storage::S3Options> s3;          ///< data on S3: loads httpfs and makes the secret
  std::string httpfs_extension;                  ///< path of httpfs.duckdb_extension
};

/// A column as the catalog knows it; `field_id` is Iceberg's.
struct PinnedColumn {
  std::string name;
  int field_id = 0;
  SqlType type;
  bool nullable = true;
  std::optional<std::string> initial_default;  ///< DuckDB literal text, for files that lack the column
};

/// A table at one snapshot: everything that a scan needs, immutable.
struct PinnedTable {
  std::string name;  ///< for EXPLAIN and errors
  std::vector<PinnedColumn> columns;
  std::shared_ptr<const iceberg::TableFiles> files;
  std::shared_ptr<storage::Store> store;
  /// The schema of the snapshot: exact Iceberg types, field ids of nested columns. Null: types follow from `columns`,
  /// and TIMESTAMP_TZ and foreign nested columns are refused (kUnsupported).
  std::shared_ptr<const iceberg::Schema> schema;
  /// Partition specs, for pruning by partition values. Null: no such pruning.
  std::shared_ptr<const iceberg::TableMetadata> metadata;
};

/// `count` numbers: first, first + step …
struct SequenceBlock {
  int64_t first = 0;
  int64_t count = 0;
};
/// Numbers of a sequence for one statement. Called from DuckDB's threads, several at once.
struct SequenceSource {
  std::function<Result<std::vector<SequenceBlock>>(int64_t count)> take;
  int64_t step = 1;
};

/// What a statement tells the engine. In `sql` the pinned table i is `lake_scan(i)`, a table function whose virtual
/// columns are file_index (UBIGINT: index into files->data files), file_row_number (BIGINT), and for v3 tables
/// _row_id (BIGINT).
struct Statement {
  std::string sql;
  std::vector<std::shared_ptr<const PinnedTable>> tables;
  std::string time_zone = "UTC";
  /// Session facts that functions read at bind time: parameter name to value ("DATE_OUTPUT_FORMAT" …).
  std::shared_ptr<const std::map<std::string, std::string>> facts;
  /// What "firn$nextval"(i) draws from.
  std::vector<SequenceSource> sequences;
};

/// Cancels a statement from another thread. Cancel() wakes every call that runs under it; it stays cancelled.
class CancelToken {
 public:
  CancelToken();
  ~CancelToken();
  void Cancel();
  bool canceled() const;
  /// Armed by the session: from `timeout_seconds` after now calls answer kTimeout. 0: never.
  void SetTimeout(int64_t timeout_seconds);
  struct State;
  State& state() { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

struct ResultColumn {
  std::string name;
  SqlType type;
};

/// Rows of one piece of a result: an Arrow record batch as DuckDB made it. Immutable, any thread.
class Batch {
 public:
  explicit Batch(std::shared_ptr<arrow::RecordBatch> arrow);
  int64_t rows() const;
  bool IsNull(int column, int64_t row) const;
  /// BIGINT, UBIGINT, INTEGER, DECIMAL(p<=18,0), BOOLEAN columns. Undefined for NULL.
  int64_t Int64(int column, int64_t row) const;
  /// Any column as text (VARCHAR as it is).
  std::string Text(int column, int64_t row) const;
  /// A VARCHAR, as long as the batch lives; "" for NULL.
  std::string_view View(int column, int64_t row) const;
  const std::shared_ptr<arrow::RecordBatch>& arrow() const { return arrow_; }

 private:
  std::shared_ptr<arrow::RecordBatch> arrow_;
  std::vector<std::shared_ptr<arrow::Array>> columns_;  // the record batch gives each out under a lock
};

/// A running SELECT that streams. One thread at a time. Dropping it ends the statement.
class ResultStream {
 public:
  virtual ~ResultStream() = default;
  virtual const std::vector<ResultColumn>& columns() const = 0;
  /// The next batch, or nullopt at the end.
  virtual Result<std::optional<Batch>> Next() = 0;
};

/// Rows of a query, kept in the engine's memory, beyond its limit in the spill folder, for as long as the object lives.
/// Any thread.
class KeptRows {
 public:
  virtual ~KeptRows() = default;
  /// A table function call; it has the columns of the query, and its rows in their order.
  virtual std::string Relation() const = 0;
  virtual int64_t rows() const = 0;
};

/// How and where the rows of a query become Parquet files of an Iceberg table.
struct WriteTarget {
  std::vector<PinnedColumn> columns;  ///< names (as in the file), ids and types, in the order of the query's columns
  std::string folder_uri;             ///< an existing or new folder; file names in it are new UUIDs
  std::shared_ptr<storage::Store> store;
  std::shared_ptr<const iceberg::PartitionSpec> spec;  ///< null or unpartitioned: one sequence of files
  std::shared_ptr<const iceberg::Schema> schema;       ///< for the spec's source columns
  int64_t file_bytes_max = 128 << 20;                  ///< target size of one file; 0: one file, rows in order
  int64_t row_group_rows = 122880;
};

class Engine {
 public:
  static Result<std::unique_ptr<Engine>> Open(EngineOptions options);
  virtual ~Engine() = default;

  /// Starts a SELECT.
  virtual Result<std::unique_ptr<ResultStream>> Run(Statement statement, CancelToken& cancel) = 0;
  /// Runs a SELECT to its end and keeps its batches.
  virtual Result<std::vector<Batch>> Collect(Statement statement, CancelToken& cancel,
                                             std::vector<ResultColumn>* columns = nullptr) = 0;
  /// Runs a SELECT to its end and keeps its rows for other statements: a plan of several steps.
  virtual Result<std::shared_ptr<KeptRows>> Keep(Statement statement, CancelToken& cancel) = 0;
  /// The columns of a SELECT, without running it.
  virtual Result<std::vector<ResultColumn>> Describe(Statement statement) = 0;
  /// DuckDB's plan as JSON text: EXPLAIN (FORMAT json).
  virtual Result<std::string> Explain(Statement statement) = 0;
  /// COPYs the rows of `statement.sql` into Parquet files under the target; the commit makes them durable. They are
  /// given back as Iceberg data files with statistics. No rows: no files. On failure nothing stays behind.
  virtual Result<std::vector<iceberg::DataFile>> Write(Statement statement, const WriteTarget& target,
                                                       CancelToken& cancel) = 0;
  /// Position-delete Parquet (v2): one file for the positions of each data file; entries come back as DataFiles.
  virtual Result<std::vector<iceberg::DataFile>> WritePositionDeletes(
      const std::vector<std::pair<std::string, std::vector<uint64_t>>>& positions, const WriteTarget& target,
      CancelToken& cancel) = 0;
  /// (data file path, position) pairs of a position-delete file.
  virtual Result<std::vector<std::pair<std::string, uint64_t>>> ReadPositionDeletes(const std::string& uri) = 0;
};

}  // namespace firn::engine

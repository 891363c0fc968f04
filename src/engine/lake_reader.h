// LakeReader: how lake_scan opens each file: columns by field id, the deletion filter, virtual columns. For this room.
#pragma once

#include <duckdb.hpp>
#include <duckdb/common/multi_file/multi_file_reader.hpp>
#include <duckdb/function/table_function.hpp>
#include <memory>

#include "engine/delete_cache.h"
#include "engine/lake_table.h"

namespace firn::engine {

/// Virtual column _row_id (spec "Row Lineage"): the file's own, else first_row_id + position, else NULL.
inline constexpr duckdb::column_t kRowIdColumn = duckdb::MultiFileReader::COLUMN_IDENTIFIER_FILE_ROW_NUMBER + 1000;
/// What it is made of, for joins that want the ids of the few rows that they find: _stored_row_id is the file's own or
/// NULL, _first_row_id the file's first or NULL. Not for filters.
inline constexpr duckdb::column_t kStoredRowIdColumn = kRowIdColumn + 1;
inline constexpr duckdb::column_t kFirstRowIdColumn = kRowIdColumn + 2;
/// What _last_updated_sequence_number is made of: the file's own or NULL, and the number of the file's data. Not for
/// filters.
inline constexpr duckdb::column_t kStoredUpdateColumn = kRowIdColumn + 3;
inline constexpr duckdb::column_t kDataSequenceColumn = kRowIdColumn + 4;

/// What lake_scan needs of the engine; hangs on the table function.
struct LakeServices : duckdb::TableFunctionInfo {
  explicit LakeServices(std::shared_ptr<DeleteCache> cache) : deletes(std::move(cache)) {}
  std::shared_ptr<DeleteCache> deletes;
};

class LakeReader : public duckdb::MultiFileReader {
 public:
  explicit LakeReader(std::shared_ptr<DeleteCache> deletes);
  static duckdb::unique_ptr<duckdb::MultiFileReader> Create(const duckdb::TableFunction& function);

  duckdb::vector<std::string> ParsePaths(const duckdb::Value& input) override;
  duckdb::shared_ptr<duckdb::MultiFileList> CreateFileList(duckdb::ClientContext& context,
                                                           const duckdb::vector<std::string>& paths,
                                                           const duckdb::FileGlobInput& glob_input) override;
  bool Bind(duckdb::MultiFileOptions& options, duckdb::MultiFileList& files,
            duckdb::vector<duckdb::LogicalType>& return_types, duckdb::vector<std::string>& names,
            duckdb::MultiFileReaderBindData& bind_data) override;
  void BindOptions(duckdb::MultiFileOptions& options, duckdb::MultiFileList& files,
                   duckdb::vector<duckdb::LogicalType>& return_types, duckdb::vector<std::string>& names,
                   duckdb::MultiFileReaderBindData& bind_data) override;
  /// Also keeps DuckDB from pushing filters on _row_id into the Parquet reader: an id may be made of two columns.
  duckdb::unique_ptr<duckdb::MultiFileList> ComplexFilterPushdown(
      duckdb::ClientContext& context, duckdb::MultiFileList& files, const duckdb::MultiFileOptions& options,
      duckdb::MultiFilePushdownInfo& info, duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& filters) override;
  duckdb::ReaderInitializeType InitializeReader(duckdb::MultiFileReaderData& reader_data,
                                                const duckdb::MultiFileBindData& bind_data,
                                                const duckdb::vector<duckdb::MultiFileColumnDefinition>& global_columns,
                                                const duckdb::vector<duckdb::ColumnIndex>& global_column_ids,
                                                duckdb::optional_ptr<duckdb::TableFilterSet> table_filters,
                                                duckdb::ClientContext& context,
                                                duckdb::MultiFileGlobalState& gstate) override;
  duckdb::unique_ptr<duckdb::Expression> GetVirtualColumnExpression(
      duckdb::ClientContext& context, duckdb::MultiFileReaderData& reader_data,
      const duckdb::vector<duckdb::MultiFileColumnDefinition>& local_columns, duckdb::idx_t& column_id,
      const duckdb::LogicalType& type, duckdb::MultiFileLocalIndex local_index,
      duckdb::optional_ptr<duckdb::MultiFileColumnDefinition>& global_column_reference) override;
  duckdb::unique_ptr<duckdb::MultiFileReader> Copy() const override;

 private:
  std::shared_ptr<DeleteCache> deletes_;
  std::shared_ptr<const LakeTable> table_;  // from Bind on
  duckdb::MultiFileColumnDefinition stored_row_id_;
  duckdb::MultiFileColumnDefinition stored_update_;
};

}  // namespace firn::engine

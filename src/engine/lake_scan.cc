#include "engine/lake_scan.h"

#include <duckdb/catalog/catalog_entry/table_function_catalog_entry.hpp>
#include <duckdb/common/multi_file/multi_file_function.hpp>
#include <duckdb/parser/parsed_data/create_table_function_info.hpp>
#include <duckdb/planner/expression/bound_columnref_expression.hpp>
#include <duckdb/planner/expression_iterator.hpp>
#include <duckdb/planner/operator/logical_get.hpp>

#include "base/errors.h"
#include "engine/connection_pool.h"
#include "engine/lake_list.h"
#include "engine/lake_reader.h"
#include "engine/lake_statistics.h"

namespace firn::engine {

namespace {

duckdb::InsertionOrderPreservingMap<std::string> Describe(duckdb::TableFunctionToStringInput& input) {
  const auto& list = input.bind_data->Cast<duckdb::MultiFileBindData>().file_list->Cast<LakeList>();
  duckdb::InsertionOrderPreservingMap<std::string> text;
  text["Table"] = list.table()->pinned().name;
  text["Files"] = std::to_string(list.selected().size()) + "/" + std::to_string(list.table()->files().size());
  int64_t bytes = 0;
  for (uint32_t index : list.selected()) bytes += list.table()->files()[index]->data->size;
  text["Bytes"] = std::to_string(bytes);
  return text;
}

duckdb::virtual_column_map_t VirtualColumns(duckdb::ClientContext& context,
                                            duckdb::optional_ptr<duckdb::FunctionData> bind_data) {
  auto& bind = bind_data->Cast<duckdb::MultiFileBindData>();
  duckdb::virtual_column_map_t columns;
  duckdb::MultiFileReader::GetVirtualColumns(context, bind.reader_bind, columns);
  bind.interface->GetVirtualColumns(context, bind, columns);
  columns.insert({kRowIdColumn, duckdb::TableColumn("_row_id", duckdb::LogicalType::BIGINT)});
  columns.insert({kStoredRowIdColumn, duckdb::TableColumn("_stored_row_id", duckdb::LogicalType::BIGINT)});
  columns.insert({kFirstRowIdColumn, duckdb::TableColumn("_first_row_id", duckdb::LogicalType::BIGINT)});
  columns.insert({kStoredUpdateColumn, duckdb::TableColumn("_stored_last_updated", duckdb::LogicalType::BIGINT)});
  columns.insert({kDataSequenceColumn, duckdb::TableColumn("_data_sequence_number", duckdb::LogicalType::BIGINT)});
  bind.virtual_columns = columns;
  return columns;
}

/// Whether the reader may filter by an expression; not by one on _row_id (LakeReader::ComplexFilterPushdown).
bool MayPushDown(duckdb::ClientContext&, const duckdb::LogicalGet& get, duckdb::Expression& expression) {
  bool may = true;
  duckdb::ExpressionIterator::VisitExpression<duckdb::BoundColumnRefExpression>(
      expression, [&](const duckdb::BoundColumnRefExpression& column) {
        may = may && get.GetColumnIds()[column.binding.column_index].GetPrimaryIndex() != kRowIdColumn;
      });
  return may;
}

}  // namespace

void RegisterLakeScan(duckdb::Connection& connection, std::shared_ptr<DeleteCache> deletes) {
  auto& context = *connection.context;
  connection.BeginTransaction();
  auto& catalog = duckdb::Catalog::GetSystemCatalog(context);
  auto& parquet = catalog.GetEntry<duckdb::TableFunctionCatalogEntry>(context, DEFAULT_SCHEMA, "parquet_scan");
  auto scan = parquet.functions.functions[0];
  scan.name = "lake_scan";
  scan.arguments = {duckdb::LogicalType::BIGINT};
  scan.named_parameters.clear();
  scan.get_multi_file_reader = LakeReader::Create;
  scan.function_info = duckdb::make_shared_ptr<LakeServices>(std::move(deletes));
  // What the Parquet scan has here would read footers.
  scan.statistics = LakeStatistics;
  scan.get_partition_stats = LakePartitions;
  scan.get_virtual_columns = VirtualColumns;
  scan.late_materialization = true;
  scan.pushdown_expression = MayPushDown;
  scan.to_string = Describe;
  scan.get_bind_info = nullptr;
  scan.serialize = nullptr;
  scan.deserialize = nullptr;
  scan.verify_serialization = false;
  duckdb::CreateTableFunctionInfo info(scan);
  catalog.CreateTableFunction(context, info);
  connection.Commit();
}

}  // namespace firn::engine

// What is known of a lake_scan without reading it: column statistics by file and of the whole, row counts. From
// manifests in memory only. For this room; any thread.
#pragma once

#include <duckdb.hpp>
#include <duckdb/function/partition_stats.hpp>
#include <duckdb/function/table_function.hpp>
#include <duckdb/storage/statistics/base_statistics.hpp>

#include "engine/lake_table.h"

namespace firn::engine {

/// Bounds and nulls of a column in a file: never narrower than the truth.
duckdb::BaseStatistics FileStatistics(const LakeTable& table, const iceberg::DataFile& file, size_t column);

/// TableFunction::statistics of lake_scan.
duckdb::unique_ptr<duckdb::BaseStatistics> LakeStatistics(duckdb::ClientContext& context,
                                                          const duckdb::FunctionData* bind_data,
                                                          duckdb::column_t column);
/// TableFunction::get_partition_stats of lake_scan: one partition a file, so that count(*), and min and max where
/// exact, need no file. Empty if some count is not known exactly.
duckdb::vector<duckdb::PartitionStatistics> LakePartitions(duckdb::ClientContext& context,
                                                           duckdb::GetPartitionStatsInput& input);

}  // namespace firn::engine

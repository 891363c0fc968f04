#include "engine/lake_statistics.h"

#include <duckdb/common/multi_file/multi_file_states.hpp>

#include "engine/lake_list.h"
#include "engine/value_convert.h"

namespace firn::engine {

namespace {

using duckdb::BaseStatistics;
using duckdb::StatisticsType;
using duckdb::StatsInfo;
using iceberg::Kind;

bool IsFloating(const iceberg::Type& type) { return type.kind == Kind::kFloat || type.kind == Kind::kDouble; }

/// Kinds whose bounds order as DuckDB orders the column. Not nanoseconds (cut when read), not bytes and UUIDs.
bool HasComparableBounds(const iceberg::Type& type) {
  switch (type.kind) {
    case Kind::kBoolean:
    case Kind::kInt:
    case Kind::kLong:
    case Kind::kFloat:
    case Kind::kDouble:
    case Kind::kDecimal:
    case Kind::kDate:
    case Kind::kTime:
    case Kind::kTimestamp:
    case Kind::kTimestampTz:
    case Kind::kString:
      return true;
    default:
      return false;
  }
}

void SetBounds(const LakeColumn& column, const iceberg::DataFile& file, const iceberg::ColumnMetrics& metrics,
               BaseStatistics* stats) {
  if (!metrics.lower || !metrics.upper || !HasComparableBounds(column.stored)) return;
  // Bounds leave NaN out, and for DuckDB it is the greatest value.
  if (IsFloating(column.stored) && metrics.nan_count != 0) return;
  auto lower = file.LowerBound(column.field_id, column.stored);
  auto upper = file.UpperBound(column.field_id, column.stored);
  if (!lower || !upper) return;
  if (column.stored.kind == Kind::kString) {
    const auto& low = std::get<std::string>(*lower);
    const auto& high = std::get<std::string>(*upper);
    duckdb::StringStats::SetMin(*stats, duckdb::string_t(low.data(), static_cast<uint32_t>(low.size())));
    duckdb::StringStats::SetMax(*stats, duckdb::string_t(high.data(), static_cast<uint32_t>(high.size())));
    return;
  }
  if (stats->GetStatsType() != StatisticsType::NUMERIC_STATS) return;
  duckdb::Value low;
  duckdb::Value high;
  std::string failed;
  if (!ToDuck(column.stored, *lower).DefaultTryCastAs(column.type, low, &failed) || low.IsNull()) return;
  if (!ToDuck(column.stored, *upper).DefaultTryCastAs(column.type, high, &failed) || high.IsNull()) return;
  duckdb::NumericStats::SetMin(*stats, low);
  duckdb::NumericStats::SetMax(*stats, high);
}

class FilePartition : public duckdb::PartitionRowGroup {
 public:
  FilePartition(std::shared_ptr<const LakeTable> table, size_t file) : table_(std::move(table)), file_(file) {}

  duckdb::unique_ptr<BaseStatistics> GetColumnStatistics(const duckdb::StorageIndex& index) override {
    size_t column = index.GetPrimaryIndex();
    if (column >= table_->columns().size() || index.HasChildren()) return nullptr;
    return FileStatistics(*table_, *table_->files()[file_]->data, column).ToUnique();
  }

  bool MinMaxIsExact(const BaseStatistics& stats, const duckdb::StorageIndex& index) override {
    if (table_->files()[file_]->HasDeletes()) return false;
    const auto& column = table_->columns()[index.GetPrimaryIndex()];
    // Text bounds are cut; writers give exact ones for fixed-width types, but may leave NaN out.
    return stats.GetStatsType() == StatisticsType::NUMERIC_STATS && !IsFloating(column.stored);
  }

 private:
  std::shared_ptr<const LakeTable> table_;
  size_t file_;
};

const LakeList& ListOf(const duckdb::FunctionData& bind_data) {
  return bind_data.Cast<duckdb::MultiFileBindData>().file_list->Cast<LakeList>();
}

}  // namespace

BaseStatistics FileStatistics(const LakeTable& table, const iceberg::DataFile& file, size_t index) {
  const auto& column = table.columns()[index];
  auto stats = BaseStatistics::CreateUnknown(column.type);
  const auto* metrics = file.Column(column.field_id);
  if (metrics == nullptr || column.stored.IsNested()) return stats;
  if (metrics->null_count == 0) stats.Set(StatsInfo::CANNOT_HAVE_NULL_VALUES);
  bool all_null = metrics->null_count >= 0 && metrics->null_count == metrics->value_count;
  if (all_null && metrics->value_count == file.record_count) {
    stats.Set(StatsInfo::CANNOT_HAVE_VALID_VALUES);
    return stats;
  }
  SetBounds(column, file, *metrics, &stats);
  return stats;
}

duckdb::unique_ptr<BaseStatistics> LakeStatistics(duckdb::ClientContext&, const duckdb::FunctionData* bind_data,
                                                  duckdb::column_t column) {
  constexpr size_t kFilesMax = 1000;  // beyond, planning would cost more than it gains
  const auto& list = ListOf(*bind_data);
  if (column >= list.table()->columns().size()) return nullptr;
  if (list.selected().empty() || list.selected().size() > kFilesMax) return nullptr;
  duckdb::unique_ptr<BaseStatistics> all;
  for (auto file : list.selected()) {
    auto stats = FileStatistics(*list.table(), *list.table()->files()[file]->data, column);
    if (all) {
      all->Merge(stats);
    } else {
      all = stats.ToUnique();
    }
  }
  return all;
}

duckdb::vector<duckdb::PartitionStatistics> LakePartitions(duckdb::ClientContext&,
                                                           duckdb::GetPartitionStatsInput& input) {
  const auto& list = ListOf(*input.bind_data);
  duckdb::vector<duckdb::PartitionStatistics> partitions;
  uint64_t start = 0;
  for (auto file : list.selected()) {
    auto rows = LakeTable::LiveRows(*list.table()->files()[file]);
    if (!rows) return {};
    duckdb::PartitionStatistics partition;
    partition.row_start = start;
    partition.count = *rows;
    partition.count_type = duckdb::CountType::COUNT_EXACT;
    partition.partition_row_group = duckdb::make_shared_ptr<FilePartition>(list.table(), file);
    partitions.push_back(std::move(partition));
    start += *rows;
  }
  return partitions;
}

}  // namespace firn::engine

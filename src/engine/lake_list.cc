#include "engine/lake_list.h"

#include <duckdb/common/multi_file/multi_file_reader.hpp>
#include <duckdb/optimizer/filter_combiner.hpp>
#include <duckdb/planner/table_filter.hpp>

#include "engine/lake_prune.h"
#include "engine/lake_statistics.h"

namespace firn::engine {

namespace {

constexpr duckdb::column_t kFileIndex = duckdb::MultiFileReader::COLUMN_IDENTIFIER_FILE_INDEX;

bool IsFalse(const duckdb::TableFilter& filter, duckdb::BaseStatistics stats) {
  return filter.CheckStatistics(stats) == duckdb::FilterPropagateResult::FILTER_ALWAYS_FALSE;
}

}  // namespace

LakeList::LakeList(std::shared_ptr<const LakeTable> table) : table_(std::move(table)) {
  const auto& files = table_->files();
  selected_.reserve(files.size());
  for (uint32_t i = 0; i < files.size(); ++i) {
    if (LakeTable::LiveRows(*files[i]) != 0U) selected_.push_back(i);
  }
}

duckdb::unique_ptr<duckdb::MultiFileList> LakeList::Prune(const std::vector<Wanted>& wanted) const {
  if (wanted.empty()) return nullptr;
  std::vector<iceberg::ColumnRange> ranges;
  for (const auto& [column, filter] : wanted) {
    if (column >= table_->columns().size()) continue;
    const auto& lake = table_->columns()[column];
    ranges.push_back(WholeRange(lake.field_id));
    Narrow(*filter, lake.stored, &ranges.back());
  }
  const auto& pinned = table_->pinned();
  std::optional<iceberg::FilePruner> pruner;
  if (pinned.metadata && pinned.schema) pruner.emplace(*pinned.metadata, *pinned.schema, std::move(ranges));

  std::vector<uint32_t> kept;
  for (auto index : selected_) {
    const auto& file = *table_->files()[index]->data;
    bool may_match = !pruner || pruner->MayMatch(file);
    for (size_t i = 0; may_match && i < wanted.size(); ++i) {
      if (wanted[i].column == kFileIndex) {
        may_match = !IsFalse(*wanted[i].filter, duckdb::BaseStatistics::FromConstant(duckdb::Value::UBIGINT(index)));
      } else if (!table_->columns()[wanted[i].column].stored.IsNested()) {
        may_match = !IsFalse(*wanted[i].filter, FileStatistics(*table_, file, wanted[i].column));
      }
    }
    if (may_match) kept.push_back(index);
  }
  if (kept.size() == selected_.size()) return nullptr;
  return duckdb::make_uniq<LakeList>(table_, std::move(kept));
}

duckdb::unique_ptr<duckdb::MultiFileList> LakeList::ComplexFilterPushdown(
    duckdb::ClientContext& context, const duckdb::MultiFileOptions&, duckdb::MultiFilePushdownInfo& info,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& filters) const {
  if (filters.empty()) return nullptr;
  duckdb::FilterCombiner combiner(context);
  for (const auto& filter : filters) combiner.AddFilter(filter->Copy());
  duckdb::vector<duckdb::FilterPushdownResult> ignored;
  auto pushed = combiner.GenerateTableScanFilters(info.column_indexes, ignored);
  std::vector<Wanted> wanted;
  for (const auto& [column, filter] : pushed.filters) {
    if (column < table_->columns().size() || column == kFileIndex) wanted.push_back({column, filter.get()});
  }
  return Prune(wanted);
}

duckdb::unique_ptr<duckdb::MultiFileList> LakeList::DynamicFilterPushdown(
    duckdb::ClientContext&, const duckdb::MultiFileOptions&, const duckdb::vector<std::string>&,
    const duckdb::vector<duckdb::LogicalType>&, const duckdb::vector<duckdb::column_t>& column_ids,
    duckdb::TableFilterSet& filters) const {
  std::vector<Wanted> wanted;
  for (const auto& [position, filter] : filters.filters) {
    auto column = column_ids[position];
    if (column < table_->columns().size() || column == kFileIndex) wanted.push_back({column, filter.get()});
  }
  return Prune(wanted);
}

duckdb::vector<duckdb::OpenFileInfo> LakeList::GetAllFiles() const {
  duckdb::vector<duckdb::OpenFileInfo> files;
  for (size_t i = 0; i < selected_.size(); ++i) files.push_back(GetFile(i));
  return files;
}

duckdb::FileExpandResult LakeList::GetExpandResult() const {
  // Never SINGLE_FILE: the Parquet code would then size its threads by a footer that it has not read.
  return selected_.empty() ? duckdb::FileExpandResult::NO_FILES : duckdb::FileExpandResult::MULTIPLE_FILES;
}

duckdb::OpenFileInfo LakeList::GetFile(duckdb::idx_t index) const {
  if (index >= selected_.size()) return {};
  const auto& file = *table_->files()[selected_[index]];
  duckdb::OpenFileInfo info(DuckPath(file.data->path));
  info.extended_info = duckdb::make_shared_ptr<duckdb::ExtendedOpenFileInfo>();
  auto& options = info.extended_info->options;
  // With size, tag and time given, DuckDB asks the storage nothing before it reads, and nothing at all once cached.
  options["file_size"] = duckdb::Value::UBIGINT(static_cast<uint64_t>(file.data->size));
  options["etag"] = duckdb::Value("");
  options["last_modified"] = duckdb::Value::TIMESTAMP(duckdb::timestamp_t(0));
  options["validate_external_file_cache"] = duckdb::Value::BOOLEAN(false);
  options["has_deletes"] = duckdb::Value::BOOLEAN(file.HasDeletes());
  options[kFileOption] = duckdb::Value::UBIGINT(selected_[index]);
  return info;
}

duckdb::unique_ptr<duckdb::NodeStatistics> LakeList::GetCardinality(duckdb::ClientContext&) const {
  uint64_t rows = 0;
  for (auto index : selected_) {
    const auto& file = *table_->files()[index];
    rows += LakeTable::LiveRows(file).value_or(static_cast<uint64_t>(file.data->record_count));
  }
  return duckdb::make_uniq<duckdb::NodeStatistics>(rows, rows);
}

duckdb::unique_ptr<duckdb::MultiFileList> LakeList::Copy() const {
  return duckdb::make_uniq<LakeList>(table_, selected_);
}

}  // namespace firn::engine

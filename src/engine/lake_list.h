// LakeList: the files that a lake_scan reads, pruned by static filters at planning and by join filters at start. For
// this room. Immutable.
#pragma once

#include <duckdb.hpp>
#include <duckdb/common/multi_file/multi_file_list.hpp>
#include <memory>
#include <vector>

#include "engine/lake_table.h"

namespace firn::engine {

/// Name of the option in which a file carries its index in LakeTable::files().
inline constexpr const char* kFileOption = "firn_file";

class LakeList : public duckdb::MultiFileList {
 public:
  /// All files that have live rows.
  explicit LakeList(std::shared_ptr<const LakeTable> table);
  LakeList(std::shared_ptr<const LakeTable> table, std::vector<uint32_t> selected)
      : table_(std::move(table)), selected_(std::move(selected)) {}

  const std::shared_ptr<const LakeTable>& table() const { return table_; }
  /// Indices into LakeTable::files(), ascending.
  const std::vector<uint32_t>& selected() const { return selected_; }

  duckdb::unique_ptr<duckdb::MultiFileList> ComplexFilterPushdown(
      duckdb::ClientContext& context, const duckdb::MultiFileOptions& options, duckdb::MultiFilePushdownInfo& info,
      duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& filters) const override;
  duckdb::unique_ptr<duckdb::MultiFileList> DynamicFilterPushdown(duckdb::ClientContext& context,
                                                                  const duckdb::MultiFileOptions& options,
                                                                  const duckdb::vector<std::string>& names,
                                                                  const duckdb::vector<duckdb::LogicalType>& types,
                                                                  const duckdb::vector<duckdb::column_t>& column_ids,
                                                                  duckdb::TableFilterSet& filters) const override;

  duckdb::vector<duckdb::OpenFileInfo> GetAllFiles() const override;
  duckdb::FileExpandResult GetExpandResult() const override;
  duckdb::idx_t GetTotalFileCount() const override { return selected_.size(); }
  duckdb::unique_ptr<duckdb::NodeStatistics> GetCardinality(duckdb::ClientContext& context) const override;
  duckdb::unique_ptr<duckdb::MultiFileList> Copy() const override;

 protected:
  duckdb::OpenFileInfo GetFile(duckdb::idx_t index) const override;

 private:
  /// A filter on a column of the table or on file_index.
  struct Wanted {
    duckdb::column_t column;
    const duckdb::TableFilter* filter;
  };
  /// The list of those files that may have rows for `wanted`; null if that is all of them.
  duckdb::unique_ptr<duckdb::MultiFileList> Prune(const std::vector<Wanted>& wanted) const;

  std::shared_ptr<const LakeTable> table_;
  std::vector<uint32_t> selected_;
};

}  // namespace firn::engine

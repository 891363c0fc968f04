// How the engine writes the rows of a compaction (compaction.h).
#include <algorithm>

#include "base/errors.h"
#include "pipeline/upkeep/compaction.h"
#include "planner/context.h"
#include "sql/printer.h"
#include "statements/table_columns.h"

namespace firn::pipeline {

using catalog::ObjectRef;
using catalog::TableVersion;

namespace {

/// A name that no column of the file has.
std::string FreeName(const std::vector<engine::PinnedColumn>& columns, std::string name) {
  auto taken = [&] {
    return std::any_of(columns.begin(), columns.end(),
                       [&](const engine::PinnedColumn& column) { return EqualsIgnoreCase(column.name, name); });
  };
  while (taken()) name = "_" + name;
  return name;
}

Result<planner::FoundTable> Found(const catalog::CatalogState& state, const ObjectRef& table,
                                  const TableVersion& version) {
  ObjectRef schema = state.ById(table->parent_id);
  ObjectRef database = schema ? state.ById(schema->parent_id) : nullptr;
  if (!database) return Error(errors::kObjectNotFound, {table->name});
  planner::FoundTable found;
  found.name = {database->name, schema->name, table->name};
  found.object = table;
  found.version = std::make_shared<const TableVersion>(version);
  found.pinned = found.version;
  return found;
}

std::string OrderOf(const CompactionGroup& group, const std::vector<engine::PinnedColumn>& columns) {
  std::string order;
  for (int id : group.sort_by) {
    auto column = std::find_if(columns.begin(), columns.end(), [&](const auto& one) { return one.field_id == id; });
    if (column != columns.end()) order += (order.empty() ? " ORDER BY r." : ", r.") + sql::QuoteIdent(column->name);
  }
  return order;
}

}  // namespace

Rewrite EngineRewrite(session::Node& node) {
  return [&node](const catalog::CatalogState& state, const ObjectRef& table, const TableVersion& version,
                 const CompactionGroup& group,
                 engine::CancelToken& cancel) -> Result<std::optional<iceberg::DataFile>> {
    FIRN_ASSIGN(planner::FoundTable found, Found(state, table, version));
    engine::WriteTarget target = statements::TargetOf(state, found);
    target.spec = nullptr;      // the partition is that of the old files
    target.file_bytes_max = 0;  // one file
    auto pinned = std::make_shared<engine::PinnedTable>(*planner::MakePinned(found));
    pinned->files = std::make_shared<const iceberg::TableFiles>(std::vector<iceberg::LoadedManifestPtr>(), group.files);
    std::string columns;
    for (const engine::PinnedColumn& column : pinned->columns) {
      columns += (columns.empty() ? "" : ", ") + sql::QuoteIdent(column.name);
    }
    if (version.metadata->format_version >= 3) {
      columns += ", r._row_id, coalesce(r._stored_last_updated, r._data_sequence_number)";
      for (auto [name, id] : {std::pair("_row_id", iceberg::kRowId),
                              std::pair("_last_updated_sequence_number", iceberg::kLastUpdatedId)}) {
        target.columns.push_back({.name = FreeName(target.columns, name), .field_id = id, .type = SqlType::Integer()});
      }
    }
    engine::Statement statement;
    statement.sql = "SELECT " + columns + " FROM lake_scan(0) AS r" + OrderOf(group, pinned->columns);
    statement.tables.push_back(std::move(pinned));
    FIRN_ASSIGN(auto written, node.engine->Write(std::move(statement), target, cancel));
    if (written.empty()) return std::optional<iceberg::DataFile>();
    if (written.size() != 1) return Error(errors::kInternal, {"a compaction wrote several files"});
    return std::optional<iceberg::DataFile>(std::move(written[0]));
  };
}

}  // namespace firn::pipeline

// CREATE TABLE, with columns, AS a query, or over metadata that was made elsewhere.
// https://docs.snowflake.com/en/sql-reference/sql/create-table, …/create-iceberg-table-iceberg-files
#include <algorithm>
#include <filesystem>

#include "base/errors.h"
#include "base/ids.h"
#include "planner/resolve.h"
#include "sql/printer.h"
#include "statements/clustering.h"
#include "statements/row_change.h"
#include "statements/table_columns.h"
#include "statements/table_create.h"

namespace firn::statements {

namespace {

std::string OptionText(const std::vector<sql::Option>& options, std::string_view name) {
  const sql::Option* option = sql::FindOption(options, name);
  return option ? option->value.text : "";
}

Result<int> FormatVersion(const std::vector<sql::Option>& options) {
  std::string text = OptionText(options, "ICEBERG_VERSION");
  if (text.empty() || text == "3") return 3;
  if (text == "2") return 2;
  return Error(errors::kInvalidValue, {text, "ICEBERG_VERSION"});
}

/// `file://…` under an allowed folder; anything else belongs to the account's own store.
Status CheckForeignPath(Execution& run, const std::string& uri) {
  constexpr std::string_view kScheme = "file://";
  if (!uri.starts_with(kScheme)) return Ok();
  std::error_code error;
  auto real = std::filesystem::weakly_canonical(uri.substr(kScheme.size()), error);
  for (const std::string& folder : run.session.node().allow_dirs) {
    std::string path = real.string();
    if (!error && path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/')) return Ok();
  }
  return Error(errors::kOutsideLocation, {uri, "the folders of --allow-dir"});
}

/// CREATE ICEBERG TABLE … METADATA_FILE_PATH: read-only.
Result<Answer> CreateForeign(Execution& run, TableDraft draft, const std::string& uri) {
  FIRN_TRY(CheckForeignPath(run, uri));
  FIRN_ASSIGN(auto version, run.catalog().ForeignTable(draft.object.id, uri));
  auto& info = *draft.object.As<catalog::TableInfo>();
  info.read_only = true;
  info.location = version->metadata->location;
  info.format_version = version->metadata->format_version;
  for (const iceberg::Field& field : version->metadata->schema().fields) {
    FIRN_ASSIGN(SqlType type, SqlTypeOf(field.type));
    info.columns.push_back(
        {.field_id = field.id, .name = field.name, .type = type, .nullable = !field.required, .comment = field.doc});
  }
  return PutTable(run, std::move(draft), std::move(version), {});
}

}  // namespace

Result<std::vector<catalog::ColumnInfo>> QueryColumns(Execution& run, const sql::CreateTable& create,
                                                      const engine::Statement& query) {
  FIRN_ASSIGN(auto results, run.engine().Describe(query));
  FIRN_ASSIGN(auto columns, ColumnsOf(results));
  if (create.columns.empty()) return columns;
  if (create.columns.size() != columns.size()) {
    return Error(errors::kInsertColumns, {std::to_string(create.columns.size()), std::to_string(columns.size())});
  }
  FIRN_ASSIGN(auto named, ColumnsOf(create.columns));
  for (size_t i = 0; i < named.size(); ++i) {
    if (!create.columns[i].type) named[i].type = columns[i].type;
  }
  return named;
}

Result<Answer> Execute(Execution& run, sql::CreateTable& create) {
  FIRN_ASSIGN(auto drafted, DraftTable(run, create.name, create.mode, create.persistence, create.options));
  if (auto* done = std::get_if<Answer>(&drafted)) return std::move(*done);
  TableDraft draft = std::get<TableDraft>(std::move(drafted));
  auto& info = *draft.object.As<catalog::TableInfo>();
  info.iceberg = create.iceberg;
  FIRN_ASSIGN(info.format_version, FormatVersion(create.options));
  if (std::string uri = OptionText(create.options, "METADATA_FILE_PATH"); !uri.empty()) {
    return CreateForeign(run, std::move(draft), uri);
  }
  std::optional<engine::Statement> query;
  if (create.as) {
    FIRN_ASSIGN(query, planner::PlanQuery(run.context, *create.as));
    FIRN_ASSIGN(info.columns, QueryColumns(run, create, *query));
  } else {
    FIRN_ASSIGN(info.columns, ColumnsOf(create.columns));
  }
  if (info.columns.empty()) return Error(errors::kSyntax, {"<EOF>", "1", "0"}, create.name.at);
  FIRN_TRY(KeepConstraints(create, &info));
  info.cluster_by = create.cluster_by_text;
  FIRN_ASSIGN(auto partition_by, PartitionOf(create.cluster_by, info.columns));
  FIRN_ASSIGN(auto version, NewVersion(run, &draft, partition_by));
  return PutTable(run, std::move(draft), std::move(version), std::move(query));
}

}  // namespace firn::statements

#include "statements/row_change.h"

#include <algorithm>

#include "base/errors.h"
#include "engine/partition_count.h"
#include "iceberg/deletion_vector.h"
#include "planner/value.h"
#include "sql/printer.h"
#include "statements/assignments.h"
#include "statements/table_columns.h"

namespace firn::statements {

Result<RowPositions> CollectPositions(Execution& run, engine::Statement statement) {
  FIRN_ASSIGN(auto stream, run.engine().Run(std::move(statement), run.cancel));
  RowPositions positions;
  while (true) {
    FIRN_ASSIGN(auto batch, stream->Next());
    if (!batch) return positions;
    for (int64_t row = 0; row < batch->rows(); ++row) {
      positions[static_cast<uint64_t>(batch->Int64(0, row))].push_back(static_cast<uint64_t>(batch->Int64(1, row)));
    }
  }
}

int64_t CountOf(const RowPositions& positions) {
  int64_t count = 0;
  for (const auto& [file, rows] : positions) count += static_cast<int64_t>(rows.size());
  return count;
}

Status CheckWritable(const planner::FoundTable& table) {
  if (table.info().read_only) {
    return Error(errors::kUnsupported,
                 {"changing " + table.name.Text() + ", whose metadata belongs to another catalog"});
  }
  if (table.info().dynamic) {
    return Error(errors::kInvalidExpression, {"Dynamic table '" + table.name.Text() + "' cannot be changed by DML."});
  }
  return Ok();
}

Result<planner::FoundTable> LockTable(Execution& run, const sql::ObjectName& name, const char* verb) {
  FIRN_ASSIGN(planner::FoundTable table, planner::FindTable(run.context, name, verb));
  FIRN_TRY(CheckWritable(table));
  const std::string& owner = run.transaction().id();
  catalog::Locks& locks = run.catalog().locks();
  if (table.temporary || locks.Holds(table.object->id, owner)) return table;
  Micros wait = run.session.parameters.GetNumber("LOCK_TIMEOUT") * 1000000;
  FIRN_TRY(locks.Lock({.table_id = table.object->id,
                       .table_name = table.name.Text(),
                       .owner = owner,
                       .query_id = run.query_id,
                       .deadline = run.session.node().clock->Now() + wait},
                      [&] { return run.cancel.canceled(); }));
  FIRN_TRY(run.context.Pin());
  return planner::FindTable(run.context, name, verb);
}

bool KeepsRowIds(const planner::FoundTable& table) {
  return !table.temporary && table.pinned && table.version->metadata->format_version >= 3;
}

namespace {

/// RowIdText for a scan of `files`.
std::string RowIdText(const planner::FoundTable& table, const std::vector<iceberg::LiveFilePtr>& files,
                      const std::string& target) {
  std::string own;
  for (size_t i = 0; i < files.size(); ++i) {
    if (!table.pinned->files->Find(files[i]->data->path)) own += (own.empty() ? "" : ", ") + std::to_string(i);
  }
  // In parts, so that a join adds them up for the rows that it finds and not for all that it reads.
  std::string id = "coalesce(" + target + "._stored_row_id, " + target + "._first_row_id + CAST(" + target +
                   ".file_row_number AS BIGINT))";
  return own.empty() ? id : "CASE WHEN " + target + ".file_index IN (" + own + ") THEN NULL ELSE " + id + " END";
}

}  // namespace

std::string RowIdText(const planner::FoundTable& table, const std::string& target) {
  return RowIdText(table, table.version->files->files(), target);
}

namespace {

/// Rows of too many partitions go into files of the table's spec without fields, sorted by the columns that it is
/// partitioned by, so that the bounds of the files still tell them apart (decision 5). False: there is no such spec.
bool SortInstead(const planner::FoundTable& table, engine::WriteTarget* target, engine::Statement* statement) {
  const iceberg::TableMetadata& metadata = *table.version->metadata;
  std::string keys;
  for (const iceberg::PartitionField& field : metadata.spec().fields) {
    const iceberg::Field* source = metadata.schema().FindById(field.source_id);
    if (source) keys += (keys.empty() ? "" : ", ") + sql::QuoteIdent(source->name);
  }
  for (const iceberg::PartitionSpec& spec : metadata.partition_specs) {
    if (!spec.fields.empty() || keys.empty()) continue;
    target->spec = std::make_shared<const iceberg::PartitionSpec>(spec);
    statement->sql = "SELECT * FROM (" + statement->sql + ") ORDER BY " + keys;
    return true;
  }
  return false;
}

/// The ids as a column of the new files; a table may have a column of that name.
void AddRowIds(engine::WriteTarget* target) {
  std::string name = "_row_id";
  auto taken = [&] {
    return std::any_of(target->columns.begin(), target->columns.end(),
                       [&](const engine::PinnedColumn& column) { return EqualsIgnoreCase(column.name, name); });
  };
  while (taken()) name = "_" + name;
  target->columns.push_back({.name = name, .field_id = iceberg::kRowId, .type = SqlType::Integer()});
}

}  // namespace

Result<std::vector<iceberg::DataFile>> WriteRows(Execution& run, const planner::FoundTable& table,
                                                 engine::Statement statement, bool row_ids) {
  engine::WriteTarget target = TargetOf(run.context.state(), table);
  if (row_ids) AddRowIds(&target);
  auto tried = run.engine().Write(statement, target, run.cancel);
  if (!tried.ok() && engine::IsTooManyPartitions(tried.error()) && SortInstead(table, &target, &statement)) {
    tried = run.engine().Write(std::move(statement), target, run.cancel);
  }
  FIRN_ASSIGN(auto files, std::move(tried));
  for (const catalog::ColumnInfo& column : table.info().columns) {
    if (column.nullable) continue;
    for (const iceberg::DataFile& file : files) {
      const iceberg::ColumnMetrics* metrics = file.Column(column.field_id);
      if (!metrics || metrics->null_count <= 0) continue;
      for (const iceberg::DataFile& written : files) {
        if (auto path = table.version->store->PathOf(written.path); path.ok()) {
          (void)table.version->store->Delete(*path);  // what stays is an orphan that garbage collection finds
        }
      }
      return Error(errors::kNullNotAllowed);
    }
  }
  return files;
}

namespace {

iceberg::PositionDeleteReader ReaderOf(Execution& run) {
  return [&run](const iceberg::DataFile& file) { return run.engine().ReadPositionDeletes(file.path); };
}

/// DELTA_READER = 1: no deletes beside data files, so that every Delta reader finds the right rows.
bool IsCopyOnWrite(const planner::FoundTable& table) {
  auto reader = table.object->options.find("DELTA_READER");
  return reader != table.object->options.end() && reader->second == "1";
}

/// The rows of `files` that are left go into new files.
Status WriteRest(Execution& run, const planner::FoundTable& table, std::vector<iceberg::LiveFilePtr> files,
                 iceberg::TableChange* change) {
  auto pinned = std::make_shared<engine::PinnedTable>(*planner::MakePinned(table));
  pinned->files =
      std::make_shared<const iceberg::TableFiles>(std::vector<iceberg::LoadedManifestPtr>(), std::move(files));
  const bool row_ids = KeepsRowIds(table);
  std::string columns = ColumnNames(table);
  if (row_ids) columns += ", " + RowIdText(table, pinned->files->files(), "r");
  engine::Statement statement = run.context.Statement("");
  statement.sql = "SELECT " + columns + " FROM lake_scan(" + std::to_string(statement.tables.size()) + ") AS r";
  statement.tables.push_back(std::move(pinned));
  FIRN_ASSIGN(auto written, WriteRows(run, table, std::move(statement), row_ids));
  for (iceberg::DataFile& file : written) change->added.push_back(std::move(file));
  change->operation = iceberg::Operation::kOverwrite;
  return Ok();
}

}  // namespace

Status RemoveRows(Execution& run, const planner::FoundTable& table, const RowPositions& positions,
                  iceberg::TableChange* change) {
  const auto& files = table.version->files->files();
  bool vectors = table.version->metadata->format_version >= 3;
  std::vector<iceberg::LiveFilePtr> rewritten;
  std::vector<std::pair<std::string, std::vector<uint64_t>>> deletes;
  std::vector<const iceberg::DataFile*> deleted_from;  // one for each of `deletes`
  for (const auto& [index, rows] : positions) {
    if (index >= files.size()) return Error(errors::kInternal, {"a row of an unknown file"});
    const iceberg::LiveFile& file = *files[index];
    FIRN_ASSIGN(auto old, iceberg::LoadDeletes(*table.version->store, file, ReaderOf(run)));
    auto deleted = std::make_shared<iceberg::DeletionVector>();
    if (old) *deleted = *old;
    for (uint64_t row : rows) deleted->Add(row);
    if (static_cast<int64_t>(deleted->Cardinality()) >= file.data->record_count) {
      change->removed.push_back(file.data->path);
    } else if (IsCopyOnWrite(table)) {
      change->removed.push_back(file.data->path);
      auto rest = std::make_shared<iceberg::LiveFile>(file);
      rest->pending = std::move(deleted);
      rewritten.push_back(std::move(rest));
    } else if (vectors || table.temporary) {
      change->vectors[file.data->path] = std::move(deleted);
    } else {
      deletes.emplace_back(file.data->path, rows);
      std::sort(deletes.back().second.begin(), deletes.back().second.end());
      deleted_from.push_back(file.data.get());
    }
  }
  if (!deletes.empty()) {
    FIRN_ASSIGN(change->added_deletes,
                run.engine().WritePositionDeletes(deletes, TargetOf(run.context.state(), table), run.cancel));
  }
  // A delete file lies in the partition of the data file that it is about.
  for (size_t i = 0; i < change->added_deletes.size(); ++i) {
    change->added_deletes[i].spec_id = deleted_from[i]->spec_id;
    change->added_deletes[i].partition = deleted_from[i]->partition;
  }
  return rewritten.empty() ? Ok() : WriteRest(run, table, std::move(rewritten), change);
}

Result<int64_t> RemoveAllRows(Execution& run, const planner::FoundTable& table, iceberg::TableChange* change) {
  int64_t count = 0;
  for (const iceberg::LiveFilePtr& file : table.version->files->files()) {
    FIRN_ASSIGN(auto deleted, iceberg::LoadDeletes(*table.version->store, *file, ReaderOf(run)));
    count += file->data->record_count - (deleted ? static_cast<int64_t>(deleted->Cardinality()) : 0);
    change->removed.push_back(file->data->path);
  }
  return count;
}

Status AddChange(Execution& run, const planner::FoundTable& table, catalog::Verb verb, iceberg::TableChange change,
                 iceberg::ReadSet reads) {
  if (table.temporary) {
    FIRN_ASSIGN(auto files, iceberg::Preview(*table.version->metadata, *table.version->files, change));
    auto version = std::make_shared<catalog::TableVersion>(*table.version);
    version->files = std::move(files);
    run.session.temporary.SetVersion(table.object->id, std::move(version));
    return Ok();
  }
  change.summary["firn.query-id"] = run.query_id;
  return run.transaction()
      .Pending(table.object, table.name.Text())
      .Add(verb, table.pinned, std::move(change), std::move(reads));
}

std::string CastList(const planner::FoundTable& table, const std::vector<std::string>& sources) {
  std::string list;
  const auto& columns = table.info().columns;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (i) list += ", ";
    sql::ExprPtr source = sql::MakeExpr(sql::DuckExpr{sources[i], {}});
    list += sql::Print(*planner::CastTo(std::move(source), columns[i].type));
    list += " AS " + sql::QuoteIdent(columns[i].name);
  }
  return list;
}

Answer CountAnswer(Execution& run, const std::vector<std::pair<std::string, int64_t>>& counts) {
  Answer answer;
  answer.rows.emplace_back();
  for (const auto& [name, count] : counts) {
    answer.columns.push_back({.name = name, .type = SqlType::Number(19, 0), .nullable = false});
    answer.rows[0].push_back(std::to_string(count));
  }
  answer.counts = session::DmlCounts{run.info.rows_inserted, run.info.rows_updated, run.info.rows_deleted, 0};
  answer.bind_count = run.statement.binds;
  return answer;
}

}  // namespace firn::statements

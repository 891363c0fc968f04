// Engine::Write: the rows of a query as Parquet files of an Iceberg table, by DuckDB's COPY.
#include <cmath>
#include <duckdb/execution/physical_plan_generator.hpp>
#include <duckdb/main/prepared_statement_data.hpp>
#include <duckdb/parallel/task_scheduler.hpp>
#include <filesystem>

#include "base/errors.h"
#include "base/ids.h"
#include "engine/duck_engine.h"
#include "engine/file_metrics.h"
#include "engine/lake_table.h"
#include "engine/parquet_copy.h"
#include "engine/partition_count.h"
#include "engine/partition_transform.h"
#include "engine/result_types.h"
#include "engine/row_bound.h"
#include "engine/value_convert.h"

namespace firn::engine {

namespace {

/// A field of the partition spec that the COPY computes.
struct PartitionColumn {
  size_t index;        // in the spec
  std::string name;    // of the computed column
  std::string sql;     // over the source column
  iceberg::Type type;  // of the partition value
};

struct Plan {
  std::vector<WrittenColumn> columns;
  std::vector<PartitionColumn> partitions;
};

Result<Plan> MakePlan(const WriteTarget& target) {
  Plan plan;
  for (const auto& column : target.columns) {
    const iceberg::Field* field = target.schema ? target.schema->FindById(column.field_id) : nullptr;
    WrittenColumn written{column.name, column.field_id, {}, column.type};
    if (field != nullptr) {
      written.type = field->type;
    } else {
      FIRN_ASSIGN(written.type, StoredType(column.type));
    }
    plan.columns.push_back(std::move(written));
  }
  if (!target.spec || target.spec->IsUnpartitioned()) return plan;
  for (size_t i = 0; i < target.spec->fields.size(); ++i) {
    const auto& field = target.spec->fields[i];
    if (field.transform.kind == iceberg::Transform::Kind::kVoid) continue;
    auto source = std::find_if(plan.columns.begin(), plan.columns.end(),
                               [&](const auto& column) { return column.field_id == field.source_id; });
    if (source == plan.columns.end()) {
      return Error(errors::kUnsupported, {"partitioning by a nested or absent column (field " + field.name + ")"});
    }
    PartitionColumn partition{i, "__firn_partition_" + std::to_string(i), {}, field.transform.ResultType(source->type)};
    FIRN_ASSIGN(partition.sql, TransformSql(field.transform, source->type, QuoteName(source->name)));
    plan.partitions.push_back(std::move(partition));
  }
  return plan;
}

/// `sql` with the columns named and cast as the file has them, and the partition values after them.
Result<std::string> SelectSql(const std::string& sql, const Plan& plan) {
  std::string list;
  for (size_t i = 0; i < plan.columns.size(); ++i) {
    const auto& column = plan.columns[i];
    std::string value = "#" + std::to_string(i + 1);
    // A cast from VARIANT would change the value; the text is written as it is.
    if (!column.sql.IsSemiStructured() && !column.type.IsNested()) {
      FIRN_ASSIGN(auto type, FileType(column.type));
      value = "CAST(" + value + " AS " + type.ToString() + ")";
    }
    list += (i == 0 ? "" : ", ") + value + " AS " + QuoteName(column.name);
  }
  std::string select = "SELECT " + list + " FROM (" + sql + ") AS firn_rows";
  if (plan.partitions.empty()) return select;
  std::string partitions, names;
  for (const auto& partition : plan.partitions) {
    partitions += ", " + partition.sql + " AS " + partition.name;
    names += (names.empty() ? "" : ", ") + partition.name;
  }
  return "SELECT * FROM (SELECT *" + partitions + " FROM (" + select +
         ") AS firn_rows) WHERE \"firn$few_partitions\"(hash(" + names + "))";
}

Result<iceberg::DataFile> ToDataFile(const WrittenFile& file, const WriteTarget& target, const Plan& plan) {
  iceberg::DataFile data;
  data.path = target.folder_uri + file.path.substr(file.path.rfind('/'));
  data.record_count = file.rows;
  data.size = file.size;
  data.columns = Metrics(file, plan.columns);
  // Row lineage is no column of the table: readers look for no bounds of it.
  std::erase_if(data.columns, [](const auto& metrics) {
    return metrics.field_id == iceberg::kRowId || metrics.field_id == iceberg::kLastUpdatedId;
  });
  if (target.spec) {
    data.spec_id = target.spec->spec_id;
    data.partition.resize(target.spec->fields.size());
  }
  for (const auto& partition : plan.partitions) {
    auto text = file.partition.find(partition.name);
    if (text == file.partition.end()) continue;
    auto value = FromDuck(partition.type, duckdb::Value(text->second));
    if (!value)
      return Error(errors::kInternal, {"partition value " + text->second + " is no " + partition.type.Text()});
    data.partition[partition.index] = *std::move(value);
  }
  return data;
}

std::string CommonOptions(const Plan& plan, int64_t row_group_rows) {
  std::string ids;
  for (const auto& column : plan.columns) {
    ids += (ids.empty() ? "" : ", ") + FieldIds(column.name, column.field_id, column.type);
  }
  return "FORMAT parquet, COMPRESSION zstd, RETURN_STATS, FIELD_IDS {" + ids + "}, ROW_GROUP_SIZE " +
         std::to_string(row_group_rows);
}

using Rows = duckdb::unique_ptr<duckdb::MaterializedQueryResult>;

/// Rows of a row group of one file of about `rows`: one for each thread, which makes them at the same time.
int64_t RowGroupRows(duckdb::ClientContext& context, const WriteTarget& target, double rows) {
  constexpr double kWorthIt = 40000;
  const auto threads = static_cast<double>(duckdb::TaskScheduler::GetScheduler(context).NumberOfThreads());
  const double share = std::ceil(std::max(rows / threads, kWorthIt) / STANDARD_VECTOR_SIZE) * STANDARD_VECTOR_SIZE;
  return std::min(target.row_group_rows, static_cast<int64_t>(std::min(share, 1e9)));
}

/// Runs the COPY; the names of its files begin with `prefix`. One file where few rows are certain: that keeps their
/// order and costs less than a folder with a limit on the size of its files.
Rows RunCopy(Execution& running, const std::string& select, const WriteTarget& target, const Plan& plan,
             const std::string& prefix) {
  constexpr double kOneFileRows = 200000;  // where the files are of the usual size
  constexpr double kUsualBytes = 128 << 20;
  const double one_file_rows = kOneFileRows * static_cast<double>(target.file_bytes_max) / kUsualBytes;
  const std::string folder = DuckPath(target.folder_uri);
  const std::string copy = "COPY (" + select + ") TO ";
  const std::string options = CommonOptions(plan, target.row_group_rows);
  const std::string pattern = ", OVERWRITE_OR_IGNORE, FILENAME_PATTERN " + QuoteText(prefix + "-{i}") + ")";
  if (!plan.partitions.empty()) {
    std::string names;
    for (const auto& partition : plan.partitions) names += (names.empty() ? "" : ", ") + partition.name;
    return running.RunToEnd(copy + QuoteText(folder) + " (" + options + ", HIVE_FILE_PATTERN false, PARTITION_BY (" +
                            names + ")" + pattern);
  }
  const std::string one_file = copy + QuoteText(folder + "/" + prefix + ".parquet") + " (";
  auto prepared = running.Prepare(one_file + options + ", WRITE_EMPTY_FILE false)");
  const double bound = RowBound(running.context(), prepared->data->physical_plan->Root());
  if (target.file_bytes_max == 0 || bound <= one_file_rows) {
    const int64_t group = RowGroupRows(running.context(), target, bound);
    if (group == target.row_group_rows) return running.RunPrepared(*prepared);
    prepared = nullptr;
    return running.RunToEnd(one_file + CommonOptions(plan, group) + ", WRITE_EMPTY_FILE false)");
  }
  prepared = nullptr;
  return running.RunToEnd(copy + QuoteText(folder) + " (" + options + ", FILE_SIZE_BYTES " +
                          std::to_string(target.file_bytes_max) + pattern);
}

Status CheckNulls(const std::vector<iceberg::DataFile>& files, const WriteTarget& target) {
  for (const auto& column : target.columns) {
    if (column.nullable) continue;
    for (const auto& file : files) {
      const auto* metrics = file.Column(column.field_id);
      if (metrics != nullptr && metrics->null_count > 0) return Error(errors::kNullNotAllowed);
    }
  }
  return Ok();
}

}  // namespace

Status MakeFolder(const std::string& folder) {
  if (folder.find("://") != std::string::npos) return Ok();
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return Error(errors::kStorage, {folder, failed.message()});
  return Ok();
}

void RemoveWritten(const WriteTarget& target, const std::string& prefix) {
  auto path = target.store->PathOf(target.folder_uri + "/" + prefix);
  if (!path.ok()) return;
  auto objects = target.store->List(*path);
  if (!objects.ok()) return;
  // What cannot be deleted now is left to the collection of unreferenced files.
  for (const auto& object : *objects) (void)target.store->Delete(object.path).ok();
}

std::string FieldIds(const std::string& name, int field_id, const iceberg::Type& type) {
  std::string key = QuoteText(name) + ": ";
  if (!type.IsNested()) return key + std::to_string(field_id);
  std::string children = "'__duckdb_field_id': " + std::to_string(field_id);
  for (size_t i = 0; i < type.children.size(); ++i) {
    const auto& child = type.children[i];
    std::string child_name = type.kind == iceberg::Kind::kList  ? "element"
                             : type.kind == iceberg::Kind::kMap ? (i == 0 ? "key" : "value")
                                                                : child.name;
    children += ", " + FieldIds(child_name, child.id, child.type);
  }
  return key + "{" + children + "}";
}

Result<std::vector<iceberg::DataFile>> DuckEngine::Write(Statement statement, const WriteTarget& target,
                                                         CancelToken& cancel) {
  FIRN_ASSIGN(auto plan, MakePlan(target));
  FIRN_ASSIGN(auto select, SelectSql(statement.sql, plan));
  FIRN_TRY(MakeFolder(DuckPath(target.folder_uri)));
  const std::string prefix = NewUuid();
  auto execution = NewExecution();
  using Files = std::vector<iceberg::DataFile>;
  auto files = execution->Call<Files>(
      cancel,
      [running = execution.get(), statement = std::move(statement), select, target, plan, prefix]() -> Result<Files> {
        running->Begin(statement);
        if (!plan.partitions.empty()) CountPartitions(running->context());
        auto rows = RunCopy(*running, select, target, plan, prefix);
        Files written;
        for (duckdb::idx_t row = 0; row < rows->RowCount(); ++row) {
          auto file = ReadWrittenFile(*rows, row);
          if (file.rows == 0) continue;
          FIRN_ASSIGN(auto data, ToDataFile(file, target, plan));
          written.push_back(std::move(data));
        }
        FIRN_TRY(CheckNulls(written, target));
        return written;
      });
  // DuckDB's threads may still be making a file until the connection is closed.
  execution = nullptr;
  if (!files.ok() || files->empty()) RemoveWritten(target, prefix);
  return files;
}

}  // namespace firn::engine

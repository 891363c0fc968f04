#include "statements/table_change.h"

#include "base/errors.h"
#include "statements/object_names.h"
#include "statements/table_columns.h"

namespace firn::statements {

TableChangeDraft::TableChangeDraft(Execution& run, planner::FoundTable table)
    : run_(run),
      table_(std::move(table)),
      object_(*table_.object),
      schema_(table_.version->metadata->schema(), table_.version->metadata->last_column_id,
              table_.version->metadata->format_version) {}

catalog::ColumnInfo* TableChangeDraft::Column(const sql::Ident& name) {
  catalog::ColumnInfo* other_case = nullptr;
  int matches = 0;
  for (catalog::ColumnInfo& column : info().columns) {
    if (column.name == name.text) return &column;
    if (name.quoted || !EqualsIgnoreCase(column.name, name.text)) continue;
    other_case = &column;
    ++matches;
  }
  return matches == 1 ? other_case : nullptr;
}

Status TableChangeDraft::ChangeSchema(SchemaStep step) {
  FIRN_TRY(step(schema_));
  TakeFieldIds(&info().columns, schema_.schema());
  steps_.push_back(std::move(step));
  return Ok();
}

void TableChangeDraft::SetPartitioning(std::vector<std::pair<std::string, iceberg::Transform>> partition_by) {
  partition_by_ = std::move(partition_by);
}

void TableChangeDraft::UpgradeFormat(int format_version) {
  format_version_ = format_version;
  info().format_version = format_version;
}

Result<bool> TableChangeDraft::AnyRow(const std::string& condition) {
  int number = run_.context.AddTable(table_);
  std::string sql = "SELECT 1 FROM lake_scan(" + std::to_string(number) + ")";
  if (!condition.empty()) sql += " WHERE " + condition;
  FIRN_ASSIGN(auto batches, run_.engine().Collect(run_.context.Statement(sql + " LIMIT 1"), run_.cancel));
  for (const engine::Batch& batch : batches) {
    if (batch.rows() > 0) return true;
  }
  return false;
}

catalog::MetadataEdit TableChangeDraft::Edit() const {
  std::optional<int64_t> seen = table_.version->metadata->current_snapshot_id;
  return [steps = steps_, partition_by = partition_by_, format_version = format_version_, same_rows = same_rows_, seen,
          name = table_.name.Text()](iceberg::TableMetadata* metadata, int64_t now_ms) -> Status {
    if (same_rows && metadata->current_snapshot_id != seen) {
      return Error(errors::kConflict, {name, "rows were written meanwhile"});
    }
    if (format_version) FIRN_TRY(iceberg::UpgradeFormat(metadata, *format_version, now_ms));
    if (!steps.empty()) {
      iceberg::SchemaChange change(metadata->schema(), metadata->last_column_id, metadata->format_version);
      for (const SchemaStep& step : steps) FIRN_TRY(step(change));
      FIRN_TRY(iceberg::SetSchema(metadata, change.schema(), change.last_column_id(), now_ms));
    }
    if (partition_by) FIRN_TRY(iceberg::SetPartitioning(metadata, *partition_by, now_ms));
    return Ok();
  };
}

Status TableChangeDraft::ApplyToTemporary(const catalog::MetadataEdit& edit) {
  if (!new_sequences_.empty()) return Error(errors::kUnsupported, {"AUTOINCREMENT in a temporary table"});
  auto metadata = std::make_shared<iceberg::TableMetadata>(*table_.version->metadata);
  FIRN_TRY(edit(metadata.get(), run_.context.now / 1000));
  auto version = std::make_shared<catalog::TableVersion>(*table_.version);
  version->schema = std::make_shared<const iceberg::Schema>(metadata->schema());
  version->metadata = std::move(metadata);
  ChangeObject(run_, table_.object, object_);
  run_.session.temporary.SetVersion(object_.id, std::move(version));
  return Ok();
}

Status TableChangeDraft::Apply() {
  catalog::MetadataEdit edit = Edit();
  if (table_.temporary) return ApplyToTemporary(edit);
  // Tried on a copy, so that what Iceberg refuses is an error of the statement and not of the commit.
  iceberg::TableMetadata trial = *table_.version->metadata;
  FIRN_TRY(edit(&trial, run_.context.now / 1000));
  for (catalog::Object& sequence : new_sequences_) {
    run_.transaction().AddObject(catalog::ObjectChange::Create(std::move(sequence)));
  }
  for (const std::string& id : gone_sequences_) {
    if (catalog::ObjectRef sequence = run_.context.state().ById(id)) {
      run_.transaction().AddObject(catalog::ObjectChange::Drop(*sequence));
    }
  }
  ChangeObject(run_, table_.object, object_);
  if (steps_.empty() && !partition_by_ && !format_version_) return Ok();
  catalog::PendingTable& pending = run_.transaction().Pending(table_.object, table_.name.Text());
  return pending.Edit(catalog::Verb::kAlter, table_.pinned, std::move(edit));
}

}  // namespace firn::statements

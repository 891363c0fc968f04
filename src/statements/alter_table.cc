// ALTER TABLE. https://docs.snowflake.com/en/sql-reference/sql/alter-table
#include "base/errors.h"
#include "statements/clustering.h"
#include "statements/object_names.h"
#include "statements/object_options.h"
#include "statements/option_values.h"
#include "statements/table_change.h"

namespace firn::statements {

namespace {

constexpr const char* kVerb = "ALTER TABLE";

/// ICEBERG_VERSION = 3 upgrades a table; the rest is in the table of options.
Status SetTableOptions(Execution& run, TableChangeDraft* draft, const sql::SetOptions& set) {
  for (const sql::Option& option : set.options) {
    if (option.name == "ICEBERG_VERSION") {
      FIRN_ASSIGN(int64_t version, OptionNumber(run, option, 2, 3));
      if (version != draft->info().format_version) draft->UpgradeFormat(static_cast<int>(version));
    } else if (draft->table().temporary && (option.name == "DELTA" || option.name == "DELTA_READER")) {
      return Error(errors::kUnsupported, {option.name + " of a temporary table"}, option.at);
    } else {
      FIRN_TRY(SetObjectOption(run, option, &draft->object()));
    }
  }
  return Ok();
}

Status SetClusterBy(TableChangeDraft* draft, const sql::SetClusterBy& cluster) {
  FIRN_ASSIGN(auto partition_by, PartitionOf(cluster.keys, draft->info().columns));
  draft->info().cluster_by = cluster.text;
  draft->object().options.erase("AUTOMATIC_CLUSTERING");
  draft->SetPartitioning(std::move(partition_by));
  return Ok();
}

Status DropClusteringKey(TableChangeDraft* draft) {
  draft->info().cluster_by.clear();
  draft->object().options.erase("AUTOMATIC_CLUSTERING");
  draft->SetPartitioning({});
  return Ok();
}

/// SUSPEND | RESUME RECLUSTER: shown as automatic_clustering.
Status SetRecluster(TableChangeDraft* draft, bool resume) {
  if (draft->info().cluster_by.empty()) {
    return Error(errors::kInvalidExpression, {"Table '" + ShownName(draft->object().name) + "' is not clustered"});
  }
  draft->object().options["AUTOMATIC_CLUSTERING"] = resume ? "ON" : "OFF";
  return Ok();
}

/// One overload an action that changes the table itself.
struct Actions {
  Execution& run;
  TableChangeDraft* draft;

  Status operator()(sql::AddColumns& add) { return AddColumns(run, draft, add); }
  Status operator()(sql::DropColumns& drop) { return DropColumns(draft, drop); }
  Status operator()(sql::RenameColumn& rename) { return RenameColumn(draft, rename); }
  Status operator()(sql::AlterColumn& alter) { return ChangeColumn(run, draft, alter); }
  Status operator()(sql::SetOptions& set) { return SetTableOptions(run, draft, set); }
  Status operator()(sql::UnsetOptions& unset) { return UnsetObjectOptions(unset.names, &draft->object()); }
  Status operator()(sql::SetClusterBy& cluster) { return SetClusterBy(draft, cluster); }
  Status operator()(sql::DropClusteringKey&) { return DropClusteringKey(draft); }
  Status operator()(sql::SetRecluster& set) { return SetRecluster(draft, set.resume); }
  Status operator()(sql::AddConstraint& add) { return AddConstraint(draft, add); }
  Status operator()(sql::DropConstraint& drop) { return DropConstraint(draft, drop); }
  Status operator()(sql::RenameConstraint& rename) { return RenameConstraint(draft, rename); }
  Status operator()(sql::RenameTo& rename) { return RenameObject(run, draft->table().object, &rename.name, kVerb); }
  Status operator()(sql::SwapWith& swap) {
    FIRN_ASSIGN(catalog::ObjectRef other, FindObject(run, catalog::ObjectKind::kTable, &swap.name, kVerb));
    return SwapObjects(run, draft->table().object, other);
  }
};

/// These rename objects and leave the draft as it is.
bool IsRename(const sql::AlterTableAction& action) {
  return std::holds_alternative<sql::RenameTo>(action) || std::holds_alternative<sql::SwapWith>(action);
}

}  // namespace

Result<Answer> Execute(Execution& run, sql::AlterTable& alter) {
  bool to_write = !IsRename(alter.actions[0]);
  FIRN_ASSIGN(auto table, FindTableObject(run, &alter.name, kVerb, alter.if_exists, to_write));
  if (!table) return Succeeded(run);
  TableChangeDraft draft(run, *std::move(table));
  for (sql::AlterTableAction& action : alter.actions) FIRN_TRY(std::visit(Actions{run, &draft}, action));
  if (to_write) FIRN_TRY(draft.Apply());
  return Succeeded(run);
}

}  // namespace firn::statements

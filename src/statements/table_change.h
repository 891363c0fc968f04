// TableChangeDraft: what ALTER TABLE makes of a table: a changed copy of its object, and the steps that change its
// Iceberg metadata. Both go into one commit. Steps run at once, to be checked and to give field ids, and again on the
// head of the moment when they are committed.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "iceberg/metadata_update.h"
#include "iceberg/schema.h"
#include "statements/execution.h"

namespace firn::statements {

class TableChangeDraft {
 public:
  TableChangeDraft(Execution& run, planner::FoundTable table);

  const planner::FoundTable& table() const { return table_; }
  catalog::Object& object() { return object_; }
  catalog::TableInfo& info() { return *object_.As<catalog::TableInfo>(); }
  /// The column that `name` means; null if there is none.
  catalog::ColumnInfo* Column(const sql::Ident& name);
  const iceberg::Schema& schema() const { return schema_.schema(); }

  using SchemaStep = std::function<Status(iceberg::SchemaChange&)>;
  Status ChangeSchema(SchemaStep step);
  void SetPartitioning(std::vector<std::pair<std::string, iceberg::Transform>> partition_by);
  void UpgradeFormat(int format_version);
  /// What was planned holds for the rows that were seen alone: rows written meanwhile are a lost race.
  void NeedSameRows() { same_rows_ = true; }
  /// A sequence of an AUTOINCREMENT column that comes, or goes.
  void AddSequence(catalog::Object sequence) { new_sequences_.push_back(std::move(sequence)); }
  void DropSequence(const std::string& id) { gone_sequences_.push_back(id); }

  /// Rows of `SELECT 1 … WHERE condition` over the table, or none. Errors: those of the engine.
  Result<bool> AnyRow(const std::string& condition);

  /// Puts all of it into the transaction, or into the session for a temporary table.
  Status Apply();

 private:
  catalog::MetadataEdit Edit() const;
  Status ApplyToTemporary(const catalog::MetadataEdit& edit);

  Execution& run_;
  planner::FoundTable table_;
  catalog::Object object_;
  iceberg::SchemaChange schema_;  ///< with the steps so far
  std::vector<SchemaStep> steps_;
  std::optional<std::vector<std::pair<std::string, iceberg::Transform>>> partition_by_;
  std::optional<int> format_version_;
  bool same_rows_ = false;
  std::vector<catalog::Object> new_sequences_;
  std::vector<std::string> gone_sequences_;
};

/// ALTER COLUMN (alter_column.cc).
/// Errors: kInvalidIdentifier, kColumnTypeChange, kVarcharShrinks, kInvalidExpression (nulls), kUnsupported.
Status ChangeColumn(Execution& run, TableChangeDraft* draft, const sql::AlterColumn& alter);
/// SET NOT NULL of a column of the draft.
Status RequireColumn(TableChangeDraft* draft, catalog::ColumnInfo* column);
/// ADD COLUMN, DROP COLUMN, RENAME COLUMN (alter_columns.cc).
Status AddColumns(Execution& run, TableChangeDraft* draft, const sql::AddColumns& add);
Status DropColumns(TableChangeDraft* draft, const sql::DropColumns& drop);
Status RenameColumn(TableChangeDraft* draft, const sql::RenameColumn& rename);
/// ADD, DROP, RENAME CONSTRAINT (alter_constraint.cc).
Status AddConstraint(TableChangeDraft* draft, const sql::AddConstraint& add);
Status DropConstraint(TableChangeDraft* draft, const sql::DropConstraint& drop);
Status RenameConstraint(TableChangeDraft* draft, const sql::RenameConstraint& rename);

}  // namespace firn::statements

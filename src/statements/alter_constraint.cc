// ALTER TABLE … ADD, DROP and RENAME CONSTRAINT: kept and shown, not enforced but for NOT NULL of a primary key.
// https://docs.snowflake.com/en/sql-reference/constraints-overview
#include <algorithm>

#include "base/errors.h"
#include "base/ids.h"
#include "statements/object_names.h"
#include "statements/table_change.h"

namespace firn::statements {

namespace {

using Type = catalog::TableConstraint::Type;

Type TypeOf(sql::TableConstraint::Kind kind) {
  switch (kind) {
    case sql::TableConstraint::Kind::kPrimaryKey:
      return Type::kPrimaryKey;
    case sql::TableConstraint::Kind::kUnique:
      return Type::kUnique;
    case sql::TableConstraint::Kind::kForeignKey:
      break;
  }
  return Type::kForeignKey;
}

bool HasPrimaryKey(const catalog::TableInfo& info) {
  return std::any_of(info.columns.begin(), info.columns.end(), [](const auto& c) { return c.primary_key; }) ||
         std::any_of(info.constraints.begin(), info.constraints.end(),
                     [](const auto& c) { return c.type == Type::kPrimaryKey; });
}

/// Takes back the marks that a constraint left on its columns.
void Unmark(catalog::TableInfo* info, const catalog::TableConstraint& constraint) {
  for (catalog::ColumnInfo& column : info->columns) {
    if (std::count(constraint.columns.begin(), constraint.columns.end(), column.name) == 0) continue;
    if (constraint.type == Type::kPrimaryKey) column.primary_key = false;
    if (constraint.type == Type::kUnique) column.unique = false;
  }
}

Error NoSuchConstraint(const std::string& name) {
  return Error(errors::kInvalidExpression, {"constraint '" + name + "' does not exist"});
}

}  // namespace

Status AddConstraint(TableChangeDraft* draft, const sql::AddConstraint& add) {
  const sql::TableConstraint& constraint = add.constraint;
  catalog::TableInfo& info = draft->info();
  catalog::TableConstraint kept;
  kept.type = TypeOf(constraint.kind);
  if (kept.type == Type::kPrimaryKey && HasPrimaryKey(info)) {
    return Error(errors::kInvalidExpression,
                 {"primary key already exists for table '" + ShownName(draft->object().name) + "'"});
  }
  kept.name = constraint.name ? constraint.name->text : "SYS_CONSTRAINT_" + NewUuid();
  for (const catalog::TableConstraint& other : info.constraints) {
    if (other.name == kept.name) return Error(errors::kObjectExists, {kept.name});
  }
  for (const sql::Ident& name : constraint.columns) {
    catalog::ColumnInfo* column = draft->Column(name);
    if (!column) return Error(errors::kInvalidIdentifier, {ShownName(name.text)}, name.at);
    kept.columns.push_back(column->name);
    if (kept.type == Type::kPrimaryKey) {
      FIRN_TRY(RequireColumn(draft, column));
      column->primary_key = true;
    }
    if (kept.type == Type::kUnique && constraint.columns.size() == 1) column->unique = true;
  }
  if (constraint.references) {
    kept.referenced_table = constraint.references->table.Text();
    for (const sql::Ident& name : constraint.references->columns) kept.referenced_columns.push_back(name.text);
  }
  info.constraints.push_back(std::move(kept));
  return Ok();
}

Status DropConstraint(TableChangeDraft* draft, const sql::DropConstraint& drop) {
  catalog::TableInfo& info = draft->info();
  catalog::TableConstraint wanted;
  wanted.type = TypeOf(drop.kind);
  for (const sql::Ident& name : drop.columns) wanted.columns.push_back(name.text);
  auto meant = [&](const catalog::TableConstraint& constraint) {
    if (drop.name) return constraint.name == drop.name->text;
    return constraint.type == wanted.type && (wanted.type == Type::kPrimaryKey || constraint.columns == wanted.columns);
  };
  auto found = std::find_if(info.constraints.begin(), info.constraints.end(), meant);
  if (found != info.constraints.end()) {
    catalog::TableConstraint gone = std::move(*found);
    info.constraints.erase(found);
    Unmark(&info, gone);
    return Ok();
  }
  if (drop.name) return NoSuchConstraint(drop.name->text);
  // Written behind the column.
  bool any = false;
  for (catalog::ColumnInfo& column : info.columns) {
    bool in_list = std::count(wanted.columns.begin(), wanted.columns.end(), column.name) > 0;
    bool primary = wanted.type == Type::kPrimaryKey && column.primary_key;
    bool unique = wanted.type == Type::kUnique && in_list && column.unique;
    if (primary) column.primary_key = false;
    if (unique) column.unique = false;
    any = any || primary || unique;
  }
  if (any) return Ok();
  return Error(errors::kInvalidExpression, {"table '" + ShownName(draft->object().name) + "' has no such constraint"});
}

Status RenameConstraint(TableChangeDraft* draft, const sql::RenameConstraint& rename) {
  for (catalog::TableConstraint& constraint : draft->info().constraints) {
    if (constraint.name != rename.from.text) continue;
    constraint.name = rename.to.text;
    return Ok();
  }
  return NoSuchConstraint(rename.from.text);
}

}  // namespace firn::statements

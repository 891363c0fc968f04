// ALTER TABLE … ALTER COLUMN. https://docs.snowflake.com/en/sql-reference/sql/alter-table-column
#include "base/errors.h"
#include "sql/printer.h"
#include "statements/object_names.h"
#include "statements/table_change.h"
#include "statements/table_columns.h"

namespace firn::statements {

namespace {

constexpr const char* kNextValue = "NEXTVAL";

/// INT is 64-bit inside and NUMBER(38,0) outside.
SqlType AsNumber(const SqlType& type) { return type.id == TypeId::kInteger ? SqlType::Number(38, 0) : type; }

Error CannotChange(const catalog::ColumnInfo& column, const SqlType& type, const std::string& why = "") {
  return Error(errors::kColumnTypeChange, {ShownName(column.name), column.type.Text(), type.Text(), why});
}

/// Whether numbers may change so. Errors: kColumnTypeChange; kUnsupported for what Snowflake does and Iceberg cannot.
Status CheckNumber(const catalog::ColumnInfo& column, const SqlType& type) {
  SqlType from = AsNumber(column.type);
  if (from.scale != type.scale) {
    return CannotChange(column, type, " because changing the scale of a number is not supported.");
  }
  if (type.precision < from.precision) {
    return Error(errors::kUnsupported, {"ALTER COLUMN to fewer digits: Iceberg has no such change"});
  }
  return Ok();
}

Status SetType(TableChangeDraft* draft, catalog::ColumnInfo* column, const SqlType& wanted) {
  SqlType type = AsNumber(wanted);
  if (AsNumber(column->type) == type) return Ok();
  if (column->type.id == TypeId::kVarchar && type.id == TypeId::kVarchar) {
    if (type.length < column->type.length) {
      return Error(errors::kVarcharShrinks, {ShownName(column->name), column->type.Text(), type.Text()});
    }
    column->type = type;
    return Ok();
  }
  if (column->type.id == TypeId::kBinary && type.id == TypeId::kBinary) {
    if (type.length < column->type.length) return CannotChange(*column, type);
    column->type = type;
    return Ok();
  }
  if (AsNumber(column->type).id != TypeId::kNumber || type.id != TypeId::kNumber) return CannotChange(*column, type);
  FIRN_TRY(CheckNumber(*column, type));
  FIRN_TRY(draft->ChangeSchema([name = column->name, to = IcebergType(type)](iceberg::SchemaChange& change) {
    return change.PromoteType(name, to);
  }));
  column->type = type;
  return Ok();
}

Status DropRequired(TableChangeDraft* draft, catalog::ColumnInfo* column) {
  if (column->nullable) return Ok();
  FIRN_TRY(
      draft->ChangeSchema([name = column->name](iceberg::SchemaChange& change) { return change.SetOptional(name); }));
  column->nullable = true;
  return Ok();
}

/// The sequence that `expr` draws from, as `s.NEXTVAL`; empty parts for anything else.
sql::ObjectName SequenceOf(const sql::Expr& expr) {
  sql::ObjectName name;
  auto* reference = expr.As<sql::ColumnRef>();
  if (!reference || reference->parts.size() < 2 || reference->parts.back().text != kNextValue) return name;
  name.parts.assign(reference->parts.begin(), reference->parts.end() - 1);
  name.at = expr.at;
  return name;
}

bool HasSequenceDefault(const catalog::ColumnInfo& column) {
  return column.default_text && Upper(*column.default_text).ends_with(std::string(".") + kNextValue);
}

/// Only another sequence in place of a sequence.
Status SetDefault(Execution& run, catalog::ColumnInfo* column, const sql::SetDefault& set) {
  sql::ObjectName sequence = SequenceOf(*set.value);
  if (sequence.parts.empty() || !HasSequenceDefault(*column)) {
    return Error(errors::kUnsupported, {"Alter Column Set Default"});
  }
  FIRN_TRY(FindObject(run, catalog::ObjectKind::kSequence, &sequence, "ALTER TABLE"));
  column->default_text = set.text;
  return Ok();
}

Status DropDefault(TableChangeDraft* draft, catalog::ColumnInfo* column) {
  column->default_text = std::nullopt;
  if (column->autoincrement) draft->DropSequence(column->autoincrement->sequence_id);
  column->autoincrement = std::nullopt;
  const iceberg::Field* field = draft->schema().FindByName(column->name);
  if (!field || !field->write_default) return Ok();
  return draft->ChangeSchema(
      [name = column->name](iceberg::SchemaChange& change) { return change.SetDefault(name, std::nullopt); });
}

Status SetComment(TableChangeDraft* draft, catalog::ColumnInfo* column, const std::string& text) {
  column->comment = text;
  return draft->ChangeSchema(
      [name = column->name, text](iceberg::SchemaChange& change) { return change.SetDoc(name, text); });
}

}  // namespace

Status RequireColumn(TableChangeDraft* draft, catalog::ColumnInfo* column) {
  if (!column->nullable) return Ok();
  FIRN_ASSIGN(bool nulls, draft->AnyRow(sql::QuoteIdent(column->name) + " IS NULL"));
  if (nulls) {
    return Error(errors::kInvalidExpression,
                 {"Column '" + column->name + "' contains null values. Not null constraint cannot be added."});
  }
  draft->NeedSameRows();
  FIRN_TRY(
      draft->ChangeSchema([name = column->name](iceberg::SchemaChange& change) { return change.SetRequired(name); }));
  column->nullable = false;
  return Ok();
}

Status ChangeColumn(Execution& run, TableChangeDraft* draft, const sql::AlterColumn& alter) {
  catalog::ColumnInfo* column = draft->Column(alter.column);
  if (!column) return Error(errors::kInvalidIdentifier, {ShownName(alter.column.text)}, alter.column.at);
  if (auto* set = std::get_if<sql::SetDataType>(&alter.change)) return SetType(draft, column, set->type);
  if (std::holds_alternative<sql::SetNotNull>(alter.change)) return RequireColumn(draft, column);
  if (std::holds_alternative<sql::DropNotNull>(alter.change)) return DropRequired(draft, column);
  if (auto* set = std::get_if<sql::SetDefault>(&alter.change)) return SetDefault(run, column, *set);
  if (std::holds_alternative<sql::DropDefault>(alter.change)) return DropDefault(draft, column);
  return SetComment(draft, column, std::get<sql::SetComment>(alter.change).text);
}

}  // namespace firn::statements

// ALTER TABLE … ADD, DROP and RENAME COLUMN. https://docs.snowflake.com/en/sql-reference/sql/alter-table
#include <algorithm>
#include <cstdlib>

#include "base/errors.h"
#include "sql/lexer.h"
#include "sql/printer.h"
#include "statements/object_names.h"
#include "statements/table_change.h"
#include "statements/table_columns.h"

namespace firn::statements {

namespace {

// --- defaults of new columns -----------------------------------------------------------------------------------------

/// The literal of a default, below a sign; null for any other expression.
const sql::Literal* LiteralOf(const sql::Expr& expr) {
  if (auto* sign = expr.As<sql::Unary>();
      sign && (sign->op == sql::UnaryOp::kMinus || sign->op == sql::UnaryOp::kPlus)) {
    const sql::Literal* literal = sign->arg->As<sql::Literal>();
    return literal && literal->kind == sql::Literal::Kind::kNumber ? literal : nullptr;
  }
  return expr.As<sql::Literal>();
}

/// The type that a literal has by itself: NUMBER(2,1), VARCHAR(3) …
std::string LiteralType(const sql::Literal& literal) {
  switch (literal.kind) {
    case sql::Literal::Kind::kBoolean:
      return "BOOLEAN";
    case sql::Literal::Kind::kBinary:
      return "BINARY(" + std::to_string(literal.text.size()) + ")";
    case sql::Literal::Kind::kString: {
      auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
      auto bytes = std::count_if(literal.text.begin(), literal.text.end(), continues);
      return "VARCHAR(" + std::to_string(literal.text.size() - static_cast<size_t>(bytes)) + ")";
    }
    default: {
      size_t point = literal.text.find('.');
      size_t scale = point == std::string::npos ? 0 : literal.text.size() - point - 1;
      size_t digits = literal.text.size() - (point == std::string::npos ? 0 : 1);
      return "NUMBER(" + std::to_string(digits) + "," + std::to_string(scale) + ")";
    }
  }
}

/// ADD COLUMN takes literals of the column's own family alone.
Status CheckDefault(const catalog::ColumnInfo& column, const sql::ColumnDef& definition) {
  const sql::Literal* literal = LiteralOf(*definition.default_value);
  if (!literal) {
    return Error(errors::kInvalidExpression, {"Invalid column default expression [" + definition.default_text + "]"});
  }
  using Kind = sql::Literal::Kind;
  if (literal->kind == Kind::kNull) return Ok();
  bool fits = false;
  switch (column.type.id) {
    case TypeId::kBinary:
      return Error(errors::kInvalidExpression, {"Default values are not allowed on 'BINARY' columns."});
    case TypeId::kVariant:
      if (literal->kind == Kind::kString) return Ok();
      return Error(errors::kInvalidExpression,
                   {"Default value data type does not match data type for column " + ShownName(column.name)});
    case TypeId::kFloat:
    case TypeId::kInteger:
    case TypeId::kNumber:
      fits = literal->kind == Kind::kNumber;
      break;
    case TypeId::kBoolean:
      fits = literal->kind == Kind::kBoolean;
      break;
    case TypeId::kVarchar:
      fits = literal->kind == Kind::kString;
      break;
    case TypeId::kArray:
    case TypeId::kObject:
      fits = true;
      break;
    default:  // dates and times take NULL alone
      break;
  }
  if (fits) return Ok();
  return Error(errors::kInvalidExpression,
               {"Expression type does not match column data type, expecting " + column.type.Text() + " but got " +
                LiteralType(*literal) + " for column " + ShownName(column.name)});
}

/// The default as a value of the Iceberg type; none for NULL.
Result<std::optional<iceberg::Value>> DefaultValueOf(Execution& run, const catalog::ColumnInfo& column,
                                                     const sql::Expr& expr) {
  FIRN_ASSIGN(session::Cell text, run.context.Evaluate(expr, column.type));
  using Value = std::optional<iceberg::Value>;
  if (!text) return Value();
  iceberg::Type type = IcebergType(column.type);
  switch (type.kind) {
    case iceberg::Kind::kBoolean:
      return Value(iceberg::Value(*text == "true"));
    case iceberg::Kind::kLong:
      return Value(iceberg::Value(int64_t{std::strtoll(text->c_str(), nullptr, 10)}));
    case iceberg::Kind::kDouble:
      return Value(iceberg::Value(std::strtod(text->c_str(), nullptr)));
    case iceberg::Kind::kDecimal: {
      iceberg::Int128 unscaled = 0;
      if (!iceberg::ParseDecimal(*text, type.scale, &unscaled)) {
        return Error(errors::kNumericOutOfRange, {*text});
      }
      return Value(iceberg::Value(unscaled));
    }
    case iceberg::Kind::kString:
      return Value(iceberg::Value(*std::move(text)));
    default:
      return Error(errors::kUnsupported, {"a default for columns of type " + column.type.Text()});
  }
}

// --- adding ----------------------------------------------------------------------------------------------------------

/// Numbers for an AUTOINCREMENT column; the rows that are there have none.
Status AddAutoincrement(Execution& run, TableChangeDraft* draft, catalog::ColumnInfo* column, bool has_rows) {
  if (has_rows) {
    return Error(errors::kUnsupported, {"ADD COLUMN … AUTOINCREMENT to a table that has rows"});
  }
  catalog::SequenceInfo sequence{.start = column->autoincrement->start,
                                 .step = column->autoincrement->step,
                                 .ordered = column->autoincrement->ordered};
  catalog::Object object = catalog::NewObject(sequence, draft->object().id, column->name, run.session.role);
  column->autoincrement->sequence_id = object.id;
  draft->AddSequence(std::move(object));
  draft->NeedSameRows();
  return Ok();
}

/// A foreign key behind the column; PRIMARY KEY and UNIQUE are kept with the column itself.
Status AddInlineConstraints(TableChangeDraft* draft, const sql::ColumnDef& definition) {
  if (!definition.references) return Ok();
  sql::AddConstraint add{{sql::TableConstraint::Kind::kForeignKey, std::nullopt, {definition.name}, {}}};
  add.constraint.references = definition.references;
  return AddConstraint(draft, add);
}

Status AddOne(Execution& run, TableChangeDraft* draft, catalog::ColumnInfo column, const sql::ColumnDef& definition) {
  FIRN_ASSIGN(bool has_rows, draft->AnyRow(""));
  iceberg::Field field = FieldOf(column);
  field.id = 0;
  if (definition.default_value) {
    FIRN_TRY(CheckDefault(column, definition));
    FIRN_ASSIGN(std::optional<iceberg::Value> value, DefaultValueOf(run, column, *definition.default_value));
    if (value && draft->info().format_version < 3 && has_rows) {
      return Error(
          errors::kUnsupported,
          {"ADD COLUMN … DEFAULT to a table of Iceberg version 2 that has rows: the old rows would not have it"});
    }
    if (draft->info().format_version >= 3) field.initial_default = field.write_default = value;
  }
  if (column.autoincrement) FIRN_TRY(AddAutoincrement(run, draft, &column, has_rows));
  bool required = field.required;
  if (required && !field.initial_default) {
    if (has_rows) {
      return Error(errors::kInvalidExpression,
                   {"Non-nullable column '" + column.name + "' cannot be added to non-empty table '" +
                    draft->object().name + "' unless it has a non-null default value."});
    }
    draft->NeedSameRows();
  }
  field.required = false;  // an empty table may get a required column; Iceberg's rule knows no empty tables
  draft->info().columns.push_back(std::move(column));
  return draft->ChangeSchema([field, required](iceberg::SchemaChange& change) -> Status {
    FIRN_TRY(change.AddColumn("", field));
    return required ? change.SetRequired(field.name) : Ok();
  });
}

// --- dropping and renaming -------------------------------------------------------------------------------------------

bool Clusters(const TableChangeDraft& draft, int field_id) {
  for (const auto& field : draft.table().version->metadata->spec().fields) {
    if (field.source_id == field_id && field.transform.kind != iceberg::Transform::Kind::kVoid) return true;
  }
  return false;
}

/// Clustering keys as text with one name changed.
std::string RenamedInText(const std::string& text, const std::string& from, const std::string& to) {
  auto tokens = sql::Lex(text);
  if (!tokens.ok()) return text;
  std::string renamed;
  size_t copied = 0;
  for (const sql::Token& token : *tokens) {
    bool name = token.kind == sql::TokenKind::kWord || token.kind == sql::TokenKind::kQuotedWord;
    if (!name) continue;
    std::string source = text.substr(token.offset, token.length);
    bool same = token.kind == sql::TokenKind::kWord ? Upper(source) == from : source == sql::QuoteIdent(from);
    if (!same) continue;
    renamed += text.substr(copied, token.offset - copied) + ShownName(to);
    copied = token.offset + token.length;
  }
  return renamed + text.substr(copied);
}

}  // namespace

Status AddColumns(Execution& run, TableChangeDraft* draft, const sql::AddColumns& add) {
  auto made = ColumnsOf(add.columns);
  if (!made.ok()) {
    const Error& error = made.error();
    if (error.Is(errors::kDuplicateColumn)) return Error(errors::kColumnExists, error.args());
    return error;
  }
  std::vector<catalog::ColumnInfo>& columns = *made;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (draft->Column(add.columns[i].name)) {
      if (add.if_not_exists) continue;
      return Error(errors::kColumnExists, {columns[i].name});
    }
    FIRN_TRY(AddOne(run, draft, std::move(columns[i]), add.columns[i]));
    FIRN_TRY(AddInlineConstraints(draft, add.columns[i]));
  }
  return Ok();
}

Status DropColumns(TableChangeDraft* draft, const sql::DropColumns& drop) {
  for (const sql::Ident& name : drop.columns) {
    catalog::ColumnInfo* column = draft->Column(name);
    if (!column) {
      if (drop.if_exists) continue;
      return Error(errors::kInvalidExpression, {"column '" + name.text + "' does not exist"});
    }
    auto& columns = draft->info().columns;
    if (columns.size() == 1) return Error(errors::kLastColumn);
    if (Clusters(*draft, column->field_id)) {
      return Error(errors::kInvalidExpression,
                   {"cannot drop column '" + column->name + "' which belongs to a clustering key"});
    }
    if (column->autoincrement) draft->DropSequence(column->autoincrement->sequence_id);
    std::string dropped = column->name;
    std::erase_if(draft->info().constraints, [&](const catalog::TableConstraint& constraint) {
      return std::count(constraint.columns.begin(), constraint.columns.end(), dropped) > 0;
    });
    columns.erase(columns.begin() + (column - columns.data()));
    FIRN_TRY(draft->ChangeSchema([dropped](iceberg::SchemaChange& change) { return change.DropColumn(dropped); }));
  }
  return Ok();
}

Status RenameColumn(TableChangeDraft* draft, const sql::RenameColumn& rename) {
  catalog::ColumnInfo* column = draft->Column(rename.from);
  if (!column) return Error(errors::kObjectNotFound, {ShownName(rename.from.text)});
  const std::string& to = rename.to.text;
  catalog::ColumnInfo* taken = draft->Column(rename.to);
  if (taken && taken != column) {
    return Error(errors::kObjectExists, {ShownName(draft->object().name) + "." + ShownName(to)});
  }
  std::string from = column->name;
  if (from == to) return Ok();
  column->name = to;
  for (catalog::TableConstraint& constraint : draft->info().constraints) {
    std::replace(constraint.columns.begin(), constraint.columns.end(), from, to);
  }
  draft->info().cluster_by = RenamedInText(draft->info().cluster_by, from, to);
  return draft->ChangeSchema([from, to](iceberg::SchemaChange& change) { return change.RenameColumn(from, to); });
}

}  // namespace firn::statements

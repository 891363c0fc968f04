// CREATE of everything but tables: one row an object.
#include "sql/parse_statement.h"

namespace firn::sql {

namespace {

Result<StatementNode> Table(Parser& p, CreateHead head) { return ParseCreateTable(p, head, false); }
Result<StatementNode> IcebergTable(Parser& p, CreateHead head) { return ParseCreateTable(p, head, true); }

Result<StatementNode> Database(Parser& p, CreateHead head) {
  FIRN_TRY(TakeIfNotExists(p, &head));
  CreateDatabase database;
  database.mode = head.mode;
  database.transient = head.persistence == Persistence::kTransient;
  FIRN_ASSIGN(database.name, p.Name());
  if (p.AcceptWords("CLONE")) return ParseClone(p, ObjectKind::kDatabase, head, std::move(database.name));
  if (p.IsWords("FROM", "SHARE")) return p.Unsupported("CREATE DATABASE … FROM SHARE");
  if (p.IsWords("AS", "REPLICA")) return p.Unsupported("CREATE DATABASE … AS REPLICA");
  FIRN_TRY(RefuseGovernance(p));
  FIRN_ASSIGN(database.options, p.Options());
  return database;
}

Result<StatementNode> Schema(Parser& p, CreateHead head) {
  FIRN_TRY(TakeIfNotExists(p, &head));
  CreateSchema schema;
  schema.mode = head.mode;
  schema.transient = head.persistence == Persistence::kTransient;
  FIRN_ASSIGN(schema.name, p.Name());
  if (p.AcceptWords("CLONE")) return ParseClone(p, ObjectKind::kSchema, head, std::move(schema.name));
  FIRN_TRY(RefuseGovernance(p));
  schema.managed_access = p.AcceptWords("WITH", "MANAGED", "ACCESS");
  FIRN_ASSIGN(schema.options, p.Options());
  return schema;
}

Result<StatementNode> View(Parser& p, CreateHead head) {
  FIRN_TRY(TakeIfNotExists(p, &head));
  CreateView view;
  view.mode = head.mode;
  view.secure = head.secure;
  view.recursive = head.recursive;
  view.temporary = head.persistence == Persistence::kTemporary;
  FIRN_ASSIGN(view.name, p.Name());
  if (p.Accept(TokenKind::kLeftParen)) {
    do {
      CreateView::Column column;
      FIRN_ASSIGN(column.name, p.Identifier());
      FIRN_TRY(RefuseGovernance(p));
      if (p.AcceptWords("COMMENT")) {
        FIRN_ASSIGN(column.comment, p.String());
      }
      view.columns.push_back(std::move(column));
    } while (p.Accept(TokenKind::kComma));
    FIRN_TRY(p.Expect(TokenKind::kRightParen));
  }
  while (!p.IsWord("AS")) {
    if (p.AcceptWords("COPY", "GRANTS")) {
      view.copy_grants = true;
    } else {
      FIRN_TRY(RefuseGovernance(p));
      FIRN_TRY(p.OneOption(&view.options));
    }
  }
  p.Advance();
  size_t mark = p.Mark();
  FIRN_ASSIGN(view.query, p.ParseWholeQuery());
  view.query_text = p.TextFrom(mark);
  return view;
}

Result<StatementNode> Sequence(Parser& p, CreateHead head) {
  FIRN_TRY(TakeIfNotExists(p, &head));
  CreateSequence sequence;
  sequence.mode = head.mode;
  FIRN_ASSIGN(sequence.name, p.Name());
  if (p.AcceptWords("CLONE")) return ParseClone(p, ObjectKind::kSequence, head, std::move(sequence.name));
  while (!p.AtEnd()) {
    if (p.AcceptWords("START")) {
      p.AcceptWords("WITH");
      p.Accept(TokenKind::kEq);
      FIRN_ASSIGN(sequence.start, p.Integer());
    } else if (p.AcceptWords("INCREMENT")) {
      p.AcceptWords("BY");
      p.Accept(TokenKind::kEq);
      FIRN_ASSIGN(sequence.increment, p.Integer());
    } else if (p.IsAnyWord({"ORDER", "NOORDER"})) {
      sequence.ordered = p.IsWord("ORDER");
      p.Advance();
    } else if (p.IsWord("COMMENT")) {
      FIRN_TRY(p.OneOption(&sequence.options));
    } else if (!p.AcceptWords("WITH") && !p.Accept(TokenKind::kComma)) {
      return p.Unexpected();
    }
  }
  return sequence;
}

Result<StatementNode> Stage(Parser& p, CreateHead head) {
  FIRN_TRY(TakeIfNotExists(p, &head));
  CreateStage stage;
  stage.mode = head.mode;
  stage.temporary = head.persistence == Persistence::kTemporary;
  FIRN_ASSIGN(stage.name, p.Name());
  if (p.AcceptWords("CLONE")) return ParseClone(p, ObjectKind::kStage, head, std::move(stage.name));
  while (!p.AtEnd()) {
    FIRN_TRY(RefuseGovernance(p));
    if (p.IsWord("FILE_FORMAT") && p.Is(TokenKind::kEq, 1)) {
      p.Advance(2);
      FIRN_ASSIGN(stage.file_format, p.FileFormat());
    } else {
      FIRN_TRY(p.OneOption(&stage.options));
    }
    p.Accept(TokenKind::kComma);
  }
  return stage;
}

Result<StatementNode> FileFormatObject(Parser& p, CreateHead head) {
  FIRN_TRY(TakeIfNotExists(p, &head));
  CreateFileFormat format;
  format.mode = head.mode;
  format.persistence = head.persistence;
  FIRN_ASSIGN(format.name, p.Name());
  if (p.AcceptWords("CLONE")) return ParseClone(p, ObjectKind::kFileFormat, head, std::move(format.name));
  FIRN_ASSIGN(format.options, p.Options());
  return format;
}

Result<StatementNode> Warehouse(Parser& p, CreateHead head) {
  FIRN_TRY(TakeIfNotExists(p, &head));
  CreateWarehouse warehouse;
  warehouse.mode = head.mode;
  FIRN_ASSIGN(warehouse.name, p.Name());
  FIRN_TRY(RefuseGovernance(p));
  p.AcceptWords("WITH");
  FIRN_ASSIGN(warehouse.options, p.Options());
  return warehouse;
}

Result<StatementNode> User(Parser& p, CreateHead head) {
  FIRN_TRY(TakeIfNotExists(p, &head));
  CreateUser user;
  user.mode = head.mode;
  FIRN_ASSIGN(user.name, p.Name());
  FIRN_TRY(RefuseGovernance(p));
  FIRN_ASSIGN(user.options, p.Options());
  return user;
}

Result<StatementNode> Role(Parser& p, CreateHead head) {
  FIRN_TRY(TakeIfNotExists(p, &head));
  CreateRole role;
  role.mode = head.mode;
  FIRN_ASSIGN(role.name, p.Name());
  FIRN_TRY(RefuseGovernance(p));
  FIRN_ASSIGN(role.options, p.Options());
  return role;
}

struct CreateRow {
  ObjectKind kind;
  Result<StatementNode> (*parse)(Parser&, CreateHead);
};
// Sorted by kind. What is not here is refused by its name.
constexpr CreateRow kRows[] = {
    {ObjectKind::kDatabase, Database},
    {ObjectKind::kDynamicTable, ParseCreateDynamicTable},
    {ObjectKind::kFileFormat, FileFormatObject},
    {ObjectKind::kFunction, ParseCreateFunction},
    {ObjectKind::kIcebergTable, IcebergTable},
    {ObjectKind::kPipe, ParseCreatePipe},
    {ObjectKind::kRole, Role},
    {ObjectKind::kSchema, Schema},
    {ObjectKind::kSequence, Sequence},
    {ObjectKind::kStage, Stage},
    {ObjectKind::kStream, ParseCreateStream},
    {ObjectKind::kTable, Table},
    {ObjectKind::kTask, ParseCreateTask},
    {ObjectKind::kUser, User},
    {ObjectKind::kView, View},
    {ObjectKind::kWarehouse, Warehouse},
};

Result<CreateHead> Head(Parser& p) {
  CreateHead head;
  if (p.AcceptWords("OR", "REPLACE")) {
    head.mode = CreateMode::kOrReplace;
  } else if (p.IsWords("OR", "ALTER")) {
    return p.Unsupported("CREATE OR ALTER");
  }
  for (;;) {
    if (p.AcceptWords("TRANSIENT")) {
      head.persistence = Persistence::kTransient;
    } else if (p.AcceptWords("TEMPORARY") || p.AcceptWords("TEMP") || p.AcceptWords("VOLATILE")) {
      head.persistence = Persistence::kTemporary;
    } else if (p.AcceptWords("SECURE")) {
      head.secure = true;
    } else if (p.AcceptWords("RECURSIVE")) {
      head.recursive = true;
    } else if (p.IsAnyWord({"LOCAL", "GLOBAL", "SCOPED"}) && p.IsAnyWord({"TEMPORARY", "TEMP"}, 1)) {
      p.Advance();
    } else {
      return head;
    }
  }
}

}  // namespace

Status TakeIfNotExists(Parser& p, CreateHead* head) {
  Position at = p.At();
  if (!p.AcceptWords("IF", "NOT", "EXISTS")) return Ok();
  if (head->mode == CreateMode::kOrReplace) {
    return Error(errors::kInvalidExpression, {"options IF NOT EXISTS and OR REPLACE are incompatible."}, at);
  }
  head->mode = CreateMode::kIfNotExists;
  return Ok();
}

Result<StatementNode> ParseCreate(Parser& p) {
  FIRN_ASSIGN(CreateHead head, Head(p));
  Error unexpected = p.Unexpected();
  const KindRow* kind = p.TakeKind();
  if (kind == nullptr) return unexpected;
  for (const CreateRow& row : kRows) {
    if (row.kind == kind->kind) return row.parse(p, head);
  }
  if (kind->kind == ObjectKind::kColumn) return unexpected;
  return Error(errors::kUnsupported, {std::string("CREATE ") + kind->words}, unexpected.at());
}

}  // namespace firn::sql

// DROP, UNDROP, DESCRIBE, COMMENT ON.
#include "sql/parse_statement.h"

namespace firn::sql {

namespace {

// The kind of object behind `verb`; those that Firn does not have, and COLUMN and ACCOUNT, are refused by name.
Result<ObjectKind> TakeObjectKind(Parser& p, const char* verb) {
  Error unexpected = p.Unexpected();
  const KindRow* row = p.TakeKind();
  if (row == nullptr || row->kind == ObjectKind::kColumn) return unexpected;
  if (!row->kind || row->kind == ObjectKind::kAccount) {
    return Error(errors::kUnsupported, {std::string(verb) + " " + row->words}, unexpected.at());
  }
  return *row->kind;
}

bool HasSignature(ObjectKind kind) { return kind == ObjectKind::kFunction || kind == ObjectKind::kProcedure; }

}  // namespace

Result<StatementNode> ParseDrop(Parser& p) {
  FIRN_ASSIGN(ObjectKind kind, TakeObjectKind(p, "DROP"));
  Drop drop{kind, {}, false, true, {}};
  drop.if_exists = p.AcceptWords("IF", "EXISTS");
  FIRN_ASSIGN(drop.name, p.Name());
  if (HasSignature(kind)) {
    FIRN_ASSIGN(drop.signature, p.Signature());
  }
  if (!p.AcceptWords("CASCADE")) drop.cascade = !p.AcceptWords("RESTRICT");
  return drop;
}

Result<StatementNode> ParseUndrop(Parser& p) {
  FIRN_ASSIGN(ObjectKind kind, TakeObjectKind(p, "UNDROP"));
  Undrop undrop{kind, {}};
  FIRN_ASSIGN(undrop.name, p.Name());
  return undrop;
}

Result<StatementNode> ParseDescribe(Parser& p) {
  if (p.AcceptWords("RESULT")) {
    DescribeResult describe;
    FIRN_ASSIGN(describe.query_id, p.Expression());
    return describe;
  }
  FIRN_ASSIGN(ObjectKind kind, TakeObjectKind(p, "DESCRIBE"));
  Describe describe{kind, {}, false, {}};
  FIRN_ASSIGN(describe.name, p.Name());
  if (HasSignature(kind)) {
    FIRN_ASSIGN(describe.signature, p.Signature());
  }
  if (p.IsWord("TYPE") && p.Is(TokenKind::kEq, 1)) {
    p.Advance(2);
    describe.stage_type = p.IsWord("STAGE");
    if (!p.IsAnyWord({"STAGE", "COLUMNS"})) return p.Unexpected();
    p.Advance();
  }
  return describe;
}

Result<StatementNode> ParseCommentOn(Parser& p) {
  CommentOn comment{ObjectKind::kTable, {}, {}, false, {}};
  comment.if_exists = p.AcceptWords("IF", "EXISTS");
  FIRN_TRY(p.ExpectWords("ON"));
  Position at = p.At();
  if (p.AcceptWords("COLUMN")) {
    comment.kind = ObjectKind::kColumn;
    std::vector<Ident> parts;
    do {
      FIRN_ASSIGN(Ident part, p.Identifier());
      parts.push_back(std::move(part));
    } while (parts.size() < 4 && p.Accept(TokenKind::kDot));
    if (parts.size() < 2) return p.Unexpected();
    comment.column = std::move(parts.back());
    parts.pop_back();
    comment.name.parts = std::move(parts);
    comment.name.at = at;
  } else {
    FIRN_ASSIGN(comment.kind, TakeObjectKind(p, "COMMENT ON"));
    FIRN_ASSIGN(comment.name, p.Name());
    if (HasSignature(comment.kind)) FIRN_TRY(p.Signature());
  }
  FIRN_TRY(p.ExpectWords("IS"));
  FIRN_ASSIGN(comment.text, p.String());
  return comment;
}

}  // namespace firn::sql

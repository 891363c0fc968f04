// CREATE TABLE in all its forms, column definitions and constraints.
#include "sql/parse_statement.h"

namespace firn::sql {

namespace {

// NOT ENFORCED, DEFERRABLE, RELY and the like behind a constraint: accepted, as Snowflake does, without effect.
Status TakeConstraintProperties(Parser& p) {
  constexpr const char* kPhrases[] = {
      "NOT ENFORCED",        "ENFORCED", "NOT DEFERRABLE", "DEFERRABLE",   "INITIALLY DEFERRED",
      "INITIALLY IMMEDIATE", "NORELY",   "RELY",           "ENABLE",       "DISABLE",
      "NOVALIDATE",          "VALIDATE", "MATCH FULL",     "MATCH SIMPLE", "MATCH PARTIAL"};
  for (;;) {
    bool taken = false;
    for (const char* phrase : kPhrases) taken = taken || p.AcceptPhrase(phrase);
    if (p.IsWords("ON", "UPDATE") || p.IsWords("ON", "DELETE")) {
      p.Advance(2);
      taken = p.AcceptPhrase("CASCADE") || p.AcceptPhrase("SET NULL") || p.AcceptPhrase("SET DEFAULT") ||
              p.AcceptPhrase("RESTRICT") || p.AcceptPhrase("NO ACTION");
      if (!taken) return p.Unexpected();
    }
    if (!taken) return Ok();
  }
}

Result<ForeignKey> ParseForeignKey(Parser& p) {
  ForeignKey key;
  FIRN_ASSIGN(key.table, p.Name());
  if (p.Is(TokenKind::kLeftParen)) {
    FIRN_ASSIGN(key.columns, p.IdentifierList());
  }
  return key;
}

Result<Identity> ParseIdentity(Parser& p) {
  Identity identity;
  if (p.Accept(TokenKind::kLeftParen)) {
    FIRN_ASSIGN(identity.start, p.Integer());
    FIRN_TRY(p.Expect(TokenKind::kComma));
    FIRN_ASSIGN(identity.step, p.Integer());
    FIRN_TRY(p.Expect(TokenKind::kRightParen));
  }
  for (;;) {
    if (p.AcceptWords("START")) {
      p.AcceptWords("WITH");
      p.Accept(TokenKind::kEq);
      FIRN_ASSIGN(identity.start, p.Integer());
    } else if (p.AcceptWords("INCREMENT")) {
      p.AcceptWords("BY");
      p.Accept(TokenKind::kEq);
      FIRN_ASSIGN(identity.step, p.Integer());
    } else if (p.AcceptWords("ORDER")) {
      identity.ordered = true;
    } else if (!p.AcceptWords("NOORDER")) {
      return identity;
    }
  }
}

// One clause behind a column's type; `taken` is false at the end of the column.
Status ColumnClause(Parser& p, ColumnDef* column, bool* taken) {
  *taken = true;
  if (p.AcceptWords("NOT", "NULL")) {
    column->not_null = true;
  } else if (p.AcceptWords("NULL")) {
    column->not_null = false;
  } else if (p.AcceptWords("DEFAULT")) {
    size_t mark = p.Mark();
    FIRN_ASSIGN(column->default_value, p.Expression());
    column->default_text = p.TextFrom(mark);
  } else if (p.AcceptWords("AUTOINCREMENT") || p.AcceptWords("IDENTITY")) {
    FIRN_ASSIGN(column->identity, ParseIdentity(p));
  } else if (p.AcceptWords("PRIMARY", "KEY")) {
    column->primary_key = column->not_null = true;
    FIRN_TRY(TakeConstraintProperties(p));
  } else if (p.AcceptWords("UNIQUE")) {
    column->unique = true;
    FIRN_TRY(TakeConstraintProperties(p));
  } else if (p.AcceptWords("FOREIGN", "KEY", "REFERENCES") || p.AcceptWords("REFERENCES")) {
    FIRN_ASSIGN(column->references, ParseForeignKey(p));
    FIRN_TRY(TakeConstraintProperties(p));
  } else if (p.AcceptWords("CONSTRAINT")) {
    FIRN_ASSIGN(Ident name, p.Identifier());
    if (!p.IsAnyWord({"PRIMARY", "UNIQUE", "FOREIGN", "REFERENCES", "NOT", "NULL", "CHECK"})) return p.Unexpected();
  } else if (p.AcceptWords("COLLATE")) {
    FIRN_ASSIGN(column->collation, p.String());
  } else if (p.AcceptWords("COMMENT")) {  // without `=`, unlike that of an object
    FIRN_ASSIGN(column->comment, p.String());
  } else if (p.IsWord("AS")) {
    return p.Unsupported("virtual column");
  } else if (p.IsWord("CHECK")) {
    return p.Unsupported("CHECK constraint");
  } else {
    FIRN_TRY(RefuseGovernance(p));
    *taken = false;
  }
  return Ok();
}

// The list behind the name: columns and constraints. `untyped` gets the mark behind the first column without a type.
Status ParseColumnList(Parser& p, CreateTable* table, size_t* untyped) {
  FIRN_TRY(p.Expect(TokenKind::kLeftParen));
  do {
    if (AtTableConstraint(p)) {
      FIRN_ASSIGN(TableConstraint constraint, ParseTableConstraint(p));
      table->constraints.push_back(std::move(constraint));
      continue;
    }
    FIRN_ASSIGN(ColumnDef column, ParseColumnDef(p));
    if (!column.type && *untyped == 0) *untyped = p.Mark();
    table->columns.push_back(std::move(column));
  } while (p.Accept(TokenKind::kComma));
  return p.Expect(TokenKind::kRightParen);
}

Result<StatementNode> ParseLike(Parser& p, CreateTable table) {
  CreateTableLike like;
  like.name = std::move(table.name);
  like.mode = table.mode;
  like.persistence = table.persistence;
  FIRN_ASSIGN(like.source, p.Name());
  while (!p.AtEnd()) {
    std::string text;
    if (p.AcceptWords("CLUSTER", "BY")) {
      FIRN_TRY(ParseClusterKeys(p, &like.cluster_by, &text));
    } else if (p.AcceptWords("COPY", "GRANTS")) {
      like.copy_grants = true;
    } else {
      FIRN_TRY(p.OneOption(&like.options));
    }
  }
  return like;
}

// One clause behind the column list.
Status TableClause(Parser& p, CreateTable* table) {
  if (p.AcceptWords("CLUSTER", "BY")) return ParseClusterKeys(p, &table->cluster_by, &table->cluster_by_text);
  if (p.AcceptWords("COPY", "GRANTS")) {
    table->copy_grants = true;
    return Ok();
  }
  if (p.IsWords("USING", "TEMPLATE")) return p.Unsupported("CREATE TABLE … USING TEMPLATE");
  if (p.IsWords("PARTITION", "BY")) return p.Unsupported("CREATE TABLE … PARTITION BY");
  if (p.IsWord("AS")) {
    p.Advance();
    size_t mark = p.Mark();
    FIRN_ASSIGN(table->as, p.ParseWholeQuery());
    table->as_text = p.TextFrom(mark);
    return Ok();
  }
  FIRN_TRY(RefuseGovernance(p));
  return p.OneOption(&table->options);
}

}  // namespace

Status RefuseGovernance(Parser& p) {
  size_t ahead = p.IsWord("WITH") ? 1 : 0;
  if (p.IsWord("TAG", ahead) && p.Is(TokenKind::kLeftParen, ahead + 1)) return p.Unsupported("TAG");
  for (const char* kind : {"MASKING", "PROJECTION", "AGGREGATION", "JOIN", "SESSION", "PASSWORD", "AUTHENTICATION"}) {
    if (p.IsWord(kind, ahead) && p.IsWord("POLICY", ahead + 1)) return p.Unsupported(std::string(kind) + " POLICY");
  }
  if (p.IsWord("ROW", ahead) && p.IsWord("ACCESS", ahead + 1)) return p.Unsupported("ROW ACCESS POLICY");
  if (p.IsWord("TAG", ahead) && ahead == 0 && p.AtIdentifier(1) && !p.Is(TokenKind::kEq, 1))
    return p.Unsupported("TAG");
  return Ok();
}

Result<ColumnDef> ParseColumnDef(Parser& p) {
  ColumnDef column;
  FIRN_ASSIGN(column.name, p.Identifier());
  bool bare = p.Is(TokenKind::kComma) || p.Is(TokenKind::kRightParen) || p.IsWord("NOT") ||
              (p.IsAnyWord({"COMMENT", "COLLATE"}) && p.AtString(1));
  if (!bare) {
    FIRN_ASSIGN(column.type, p.Type());
  }
  for (bool taken = true; taken;) FIRN_TRY(ColumnClause(p, &column, &taken));
  return column;
}

bool AtTableConstraint(const Parser& p) {
  if (p.IsWord("CONSTRAINT")) return true;
  if (p.IsWords("PRIMARY", "KEY") && p.Is(TokenKind::kLeftParen, 2)) return true;
  if (p.IsWords("FOREIGN", "KEY")) return true;
  return p.IsAnyWord({"UNIQUE", "CHECK"});
}

Result<TableConstraint> ParseTableConstraint(Parser& p) {
  TableConstraint constraint{TableConstraint::Kind::kPrimaryKey, {}, {}, {}};
  if (p.AcceptWords("CONSTRAINT")) {
    FIRN_ASSIGN(constraint.name, p.Identifier());
  }
  if (p.IsWord("CHECK")) return p.Unsupported("CHECK constraint");
  if (p.AcceptWords("FOREIGN", "KEY")) {
    constraint.kind = TableConstraint::Kind::kForeignKey;
    FIRN_ASSIGN(constraint.columns, p.IdentifierList());
    FIRN_TRY(p.ExpectWords("REFERENCES"));
    FIRN_ASSIGN(constraint.references, ParseForeignKey(p));
  } else {
    if (p.AcceptWords("UNIQUE")) {
      constraint.kind = TableConstraint::Kind::kUnique;
    } else {
      FIRN_TRY(p.ExpectWords("PRIMARY", "KEY"));
    }
    FIRN_ASSIGN(constraint.columns, p.IdentifierList());
  }
  FIRN_TRY(TakeConstraintProperties(p));
  if (p.IsWord("COMMENT") && p.AtString(1)) p.Advance(2);
  return constraint;
}

Status ParseClusterKeys(Parser& p, std::vector<ExprPtr>* keys, std::string* text) {
  p.AcceptWords("LINEAR");
  size_t mark = p.Mark();
  FIRN_ASSIGN(*keys, p.ParenthesisedList());
  if (keys->empty()) return UnexpectedToken(")", p.TokenAt(p.Mark() - 1).at);
  *text = p.TextFrom(mark);
  return Ok();
}

Result<StatementNode> ParseClone(Parser& p, ObjectKind kind, const CreateHead& head, ObjectName name) {
  CreateClone clone;
  clone.kind = kind;
  clone.name = std::move(name);
  clone.mode = head.mode;
  clone.persistence = head.persistence;
  FIRN_ASSIGN(clone.source, p.Name());
  FIRN_ASSIGN(clone.travel, p.Travel());
  while (!p.AtEnd()) {
    if (p.AcceptWords("COPY", "GRANTS")) {
      clone.copy_grants = true;
    } else if (p.IsWords("IGNORE", "TABLES") || p.IsWords("IGNORE", "HYBRID") || p.IsWords("INCLUDE", "INTERNAL")) {
      return p.Unsupported("CLONE … " + Upper(p.Source(p.Peek())) + " " + Upper(p.Source(p.Peek(1))));
    } else {
      FIRN_TRY(p.OneOption(&clone.options));
    }
  }
  return clone;
}

Result<StatementNode> ParseCreateTable(Parser& p, CreateHead head, bool iceberg) {
  FIRN_TRY(TakeIfNotExists(p, &head));
  CreateTable table;
  table.mode = head.mode;
  table.persistence = head.persistence;
  table.iceberg = iceberg;
  FIRN_ASSIGN(table.name, p.Name());
  if (p.AcceptWords("LIKE")) return ParseLike(p, std::move(table));
  if (p.AcceptWords("CLONE")) {
    ObjectKind kind = iceberg ? ObjectKind::kIcebergTable : ObjectKind::kTable;
    return ParseClone(p, kind, head, std::move(table.name));
  }
  size_t untyped = 0;
  if (p.Is(TokenKind::kLeftParen)) {
    FIRN_TRY(ParseColumnList(p, &table, &untyped));
  }
  bool listed = !table.columns.empty();
  while (!p.AtEnd() && table.as == nullptr) {
    FIRN_TRY(TableClause(p, &table));
    p.Accept(TokenKind::kComma);
  }
  if (untyped != 0 && table.as == nullptr) {
    const Token& token = p.TokenAt(untyped);
    return UnexpectedToken(p.Source(token), token.at);
  }
  bool external = FindOption(table.options, "METADATA_FILE_PATH") != nullptr;
  if (!listed && table.as == nullptr && !external) return p.Unexpected();
  return table;
}

}  // namespace firn::sql

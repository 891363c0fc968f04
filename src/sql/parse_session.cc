// USE, SET, UNSET, transactions, EXECUTE IMMEDIATE, CALL.
#include "sql/parse_statement.h"

namespace firn::sql {

Result<StatementNode> ParseUse(Parser& p) {
  Use use{Use::Kind::kDatabase, {}, false, {}};
  if (p.AcceptWords("SECONDARY", "ROLES")) {
    use.kind = Use::Kind::kSecondaryRoles;
    if (p.AcceptWords("ALL")) {
      use.all_secondary = true;
    } else if (!p.AcceptWords("NONE")) {
      FIRN_ASSIGN(use.secondary, p.BareIdentifierList());
    }
    return use;
  }
  bool named = p.AtIdentifier(1);  // USE ROLE r, but USE role
  if (named && p.AcceptWords("SCHEMA")) {
    use.kind = Use::Kind::kSchema;
  } else if (named && p.AcceptWords("ROLE")) {
    use.kind = Use::Kind::kRole;
  } else if (named && p.AcceptWords("WAREHOUSE")) {
    use.kind = Use::Kind::kWarehouse;
  } else if (!(named && p.AcceptWords("DATABASE"))) {
    FIRN_ASSIGN(use.name, p.Name());
    if (use.name.parts.size() == 2) use.kind = Use::Kind::kSchema;
    return use;
  }
  FIRN_ASSIGN(use.name, p.Name());
  return use;
}

Result<StatementNode> ParseSet(Parser& p) {
  SetVariables set;
  if (p.Accept(TokenKind::kLeftParen)) {
    do {
      FIRN_ASSIGN(Ident name, p.Identifier());
      set.names.push_back(Upper(name.text));
    } while (p.Accept(TokenKind::kComma));
    FIRN_TRY(p.Expect(TokenKind::kRightParen));
    FIRN_TRY(p.Expect(TokenKind::kEq));
    if (!p.Is(TokenKind::kLeftParen)) return p.Unexpected();
    FIRN_ASSIGN(ExprPtr value, p.Expression());
    if (Tuple* tuple = value->As<Tuple>()) {
      set.values = std::move(tuple->items);
    } else {
      set.values.push_back(std::move(value));
    }
    bool query = set.values.size() == 1 && set.values[0]->As<ScalarQuery>() != nullptr;
    if (!query && set.values.size() != set.names.size()) return p.Unexpected();
    return set;
  }
  FIRN_ASSIGN(Ident name, p.Identifier());
  set.names.push_back(Upper(name.text));
  FIRN_TRY(p.Expect(TokenKind::kEq));
  FIRN_ASSIGN(ExprPtr value, p.Expression());
  set.values.push_back(std::move(value));
  return set;
}

Result<StatementNode> ParseUnset(Parser& p) {
  UnsetVariables unset;
  bool parenthesised = p.Accept(TokenKind::kLeftParen);
  FIRN_ASSIGN(std::vector<Ident> names, p.BareIdentifierList());
  if (parenthesised) FIRN_TRY(p.Expect(TokenKind::kRightParen));
  for (const Ident& name : names) unset.names.push_back(Upper(name.text));
  return unset;
}

// Behind BEGIN or START TRANSACTION
static Result<StatementNode> TransactionName(Parser& p) {
  Begin begin;
  if (p.AcceptWords("NAME")) {
    FIRN_ASSIGN(begin.name, p.Identifier());
  }
  return begin;
}

Result<StatementNode> ParseBegin(Parser& p) {
  if (!p.AcceptWords("TRANSACTION")) p.AcceptWords("WORK");
  if (!p.AtEnd() && !p.IsWord("NAME")) return p.Unsupported("Snowflake Scripting block");
  return TransactionName(p);
}

Result<StatementNode> ParseStart(Parser& p) {
  FIRN_TRY(p.ExpectWords("TRANSACTION"));
  return TransactionName(p);
}

Result<StatementNode> ParseCommit(Parser& p) {
  p.AcceptWords("WORK");
  return Commit{};
}

Result<StatementNode> ParseRollback(Parser& p) {
  p.AcceptWords("WORK");
  return Rollback{};
}

Result<StatementNode> ParseExecute(Parser& p) {
  if (p.AcceptWords("TASK")) return ParseExecuteTask(p);
  if (!p.AcceptWords("IMMEDIATE")) {
    if (!p.Is(TokenKind::kWord)) return p.Unexpected();
    std::string words = "EXECUTE " + Upper(p.Source(p.Peek()));
    if (p.IsAnyWord({"ALERT", "NOTEBOOK", "SERVICE", "JOB", "DBT", "MANAGED"})) return p.Unsupported(words);
    return p.Unexpected();
  }
  ExecuteImmediate execute;
  if (p.AcceptWords("FROM")) return p.Unsupported("EXECUTE IMMEDIATE FROM");
  FIRN_ASSIGN(execute.text, p.Expression());
  if (p.AcceptWords("USING")) {
    FIRN_ASSIGN(execute.using_variables, p.IdentifierList());
  }
  return execute;
}

Result<StatementNode> ParseCall(Parser& p) {
  CallProcedure call;
  FIRN_ASSIGN(call.name, p.Name());
  FIRN_ASSIGN(call.args, p.Arguments(nullptr));
  FIRN_TRY(p.Expect(TokenKind::kRightParen));
  if (p.IsWord("INTO")) return p.Unsupported("CALL … INTO");
  return call;
}

}  // namespace firn::sql

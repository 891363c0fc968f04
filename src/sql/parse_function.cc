// CREATE FUNCTION and ALTER FUNCTION. https://docs.snowflake.com/en/sql-reference/sql/create-function
#include "sql/parse_statement.h"

namespace firn::sql {

namespace {

/// (name type [DEFAULT value], …)
Result<std::vector<FunctionParameter>> Parameters(Parser& p, bool defaults) {
  std::vector<FunctionParameter> parameters;
  FIRN_TRY(p.Expect(TokenKind::kLeftParen));
  while (!p.Is(TokenKind::kRightParen)) {
    FunctionParameter parameter;
    FIRN_ASSIGN(parameter.name, p.Identifier());
    FIRN_ASSIGN(parameter.type, p.Type());
    if (defaults && p.AcceptWords("DEFAULT")) {
      size_t mark = p.Mark();
      FIRN_TRY(p.Expression());
      parameter.default_text = p.TextFrom(mark);
    }
    parameters.push_back(std::move(parameter));
    if (!p.Accept(TokenKind::kComma)) break;
  }
  FIRN_TRY(p.Expect(TokenKind::kRightParen));
  return parameters;
}

/// What may stand between RETURNS and AS. Hints about NULL and volatility change no row here.
Status Clauses(Parser& p, CreateFunction* function) {
  while (!p.AcceptWords("AS")) {
    if (p.AcceptWords("LANGUAGE")) {
      if (!p.AcceptWords("SQL")) return p.Unsupported("CREATE FUNCTION … LANGUAGE " + Upper(p.Source(p.Peek())));
    } else if (p.AcceptWords("NOT", "NULL") || p.AcceptWords("NULL") || p.AcceptWords("VOLATILE") ||
               p.AcceptWords("IMMUTABLE") || p.AcceptWords("MEMOIZABLE") || p.AcceptWords("COPY", "GRANTS") ||
               p.AcceptWords("CALLED", "ON", "NULL", "INPUT")) {
      continue;
    } else if (p.IsWords("RETURNS", "NULL", "ON") || p.IsWord("STRICT")) {
      return p.Unsupported("CREATE FUNCTION … " + Upper(p.Source(p.Peek())) + " for LANGUAGE SQL");
    } else if (p.IsWord("COMMENT")) {
      FIRN_TRY(p.OneOption(&function->options));
    } else if (p.AtEnd()) {
      return p.Unexpected();
    } else if (p.AtOption()) {
      return p.Unsupported("CREATE FUNCTION … " + Upper(p.Source(p.Peek())));
    } else {
      return p.Unexpected();
    }
  }
  return Ok();
}

}  // namespace

Result<StatementNode> ParseCreateFunction(Parser& p, CreateHead head) {
  if (head.persistence != Persistence::kPermanent) return p.Unsupported("CREATE TEMPORARY FUNCTION");
  FIRN_TRY(TakeIfNotExists(p, &head));
  CreateFunction function;
  function.mode = head.mode;
  function.secure = head.secure;
  FIRN_ASSIGN(function.name, p.Name());
  FIRN_ASSIGN(function.parameters, Parameters(p, true));
  p.AcceptWords("COPY", "GRANTS");
  FIRN_TRY(p.ExpectWords("RETURNS"));
  if (p.AcceptWords("TABLE")) {
    FIRN_ASSIGN(function.columns, Parameters(p, false));
  } else {
    FIRN_ASSIGN(function.returns, p.Type());
  }
  FIRN_TRY(Clauses(p, &function));
  FIRN_ASSIGN(function.body, p.String());
  return function;
}

Result<StatementNode> ParseAlterFunction(Parser& p) {
  AlterFunction alter;
  alter.if_exists = p.AcceptWords("IF", "EXISTS");
  FIRN_ASSIGN(alter.name, p.Name());
  FIRN_ASSIGN(alter.signature, p.Signature());
  if (p.AcceptWords("RENAME", "TO")) {
    RenameTo rename;
    FIRN_ASSIGN(rename.name, p.Name());
    alter.action = std::move(rename);
    return alter;
  }
  const bool set = p.AcceptWords("SET");
  if (!set) FIRN_TRY(p.ExpectWords("UNSET"));
  if (p.AcceptWords("SECURE")) {
    SetOptions options;
    FIRN_TRY(p.AddFlag("SECURE", set, &options.options));
    alter.action = std::move(options);
  } else if (set) {
    FIRN_ASSIGN(alter.action, ParseSetOptions(p));
  } else {
    FIRN_ASSIGN(alter.action, ParseUnsetOptions(p));
  }
  return alter;
}

}  // namespace firn::sql

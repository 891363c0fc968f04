// The entry of the parser: the table of statements, and what cuts a text into them.
#include "sql/parser.h"

#include "sql/parse_statement.h"

namespace firn::sql {

namespace {

Result<StatementNode> ParseQueryStatement(Parser& p) {
  p.Reset(p.Mark() - 1);  // the first word belongs to the query
  FIRN_ASSIGN(QueryPtr query, p.ParseWholeQuery());
  return QueryStatement{std::move(query)};
}

Result<StatementNode> ParseExplain(Parser& p) {
  Explain explain;
  if (p.AcceptWords("USING")) {
    if (p.AcceptWords("TEXT")) {
      explain.format = Explain::Format::kText;
    } else if (p.AcceptWords("JSON")) {
      explain.format = Explain::Format::kJson;
    } else {
      FIRN_TRY(p.ExpectWords("TABULAR"));
    }
  }
  explain.statement = std::make_unique<Statement>();
  explain.statement->at = p.At();
  size_t mark = p.Mark();
  if (p.IsWord("EXPLAIN")) return p.Unexpected();
  FIRN_ASSIGN(explain.statement->node, ParseStatement(p));
  explain.statement->text = p.TextFrom(mark);
  explain.statement->binds = p.binds;
  return explain;
}

Result<StatementNode> RefuseScripting(Parser& p) {
  p.Reset(p.Mark() - 1);
  return p.Unsupported("Snowflake Scripting block");
}

struct StatementRow {
  const char* word;
  StatementParser parse;
};
// The first word of each statement. Sorted.
constexpr StatementRow kStatements[] = {
    {"ALTER", ParseAlter},       {"BEGIN", ParseBegin},           {"CALL", ParseCall},
    {"COMMENT", ParseCommentOn}, {"COMMIT", ParseCommit},         {"COPY", ParseCopy},
    {"CREATE", ParseCreate},     {"DECLARE", RefuseScripting},    {"DELETE", ParseDelete},
    {"DESC", ParseDescribe},     {"DESCRIBE", ParseDescribe},     {"DROP", ParseDrop},
    {"EXECUTE", ParseExecute},   {"EXPLAIN", ParseExplain},       {"GET", ParseGet},
    {"GRANT", ParseGrant},       {"INSERT", ParseInsert},         {"LIST", ParseList},
    {"LS", ParseList},           {"MERGE", ParseMerge},           {"PUT", ParsePut},
    {"REMOVE", ParseRemove},     {"REVOKE", ParseRevoke},         {"RM", ParseRemove},
    {"ROLLBACK", ParseRollback}, {"SELECT", ParseQueryStatement}, {"SET", ParseSet},
    {"SHOW", ParseShow},         {"START", ParseStart},           {"TRUNCATE", ParseTruncate},
    {"UNDROP", ParseUndrop},     {"UNSET", ParseUnset},           {"UPDATE", ParseUpdate},
    {"USE", ParseUse},           {"VALUES", ParseQueryStatement}, {"WITH", ParseQueryStatement},
};

Result<Parser> MakeParser(std::string_view text, const ParseOptions& options) {
  if (text.size() > kStatementLengthMax) {
    return Error(errors::kLimit, {"the SQL text", std::to_string(kStatementLengthMax), "bytes"});
  }
  FIRN_ASSIGN(std::vector<Token> tokens, Lex(text));
  return Parser(text, std::move(tokens), options);
}

}  // namespace

Result<StatementNode> ParseStatement(Parser& p) {
  if (p.Is(TokenKind::kLeftParen)) {
    FIRN_ASSIGN(QueryPtr query, p.ParseWholeQuery());
    return QueryStatement{std::move(query)};
  }
  if (!p.Is(TokenKind::kWord)) return p.Unexpected();
  std::string word = Upper(p.Source(p.Peek()));
  auto row = std::lower_bound(std::begin(kStatements), std::end(kStatements), word,
                              [](const StatementRow& a, const std::string& b) { return a.word < b; });
  if (row == std::end(kStatements) || row->word != word) return p.Unexpected();
  p.Advance();
  return row->parse(p);
}

std::string ObjectName::Text() const {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) text += (i > 0 ? "." : "") + parts[i].text;
  return text;
}

Result<std::vector<Statement>> Parse(std::string_view text, const ParseOptions& options) {
  FIRN_ASSIGN(Parser parser, MakeParser(text, options));
  std::vector<Statement> statements;
  for (;;) {
    while (parser.Accept(TokenKind::kSemicolon)) {
    }
    if (parser.Is(TokenKind::kEnd)) return statements;
    if (statements.size() == kStatementCountMax) {
      return Error(errors::kLimit, {"the SQL text", std::to_string(kStatementCountMax), "statements"}, parser.At());
    }
    Statement statement;
    statement.at = parser.At();
    parser.binds = 0;
    size_t mark = parser.Mark();
    FIRN_ASSIGN(statement.node, ParseStatement(parser));
    if (parser.Is(TokenKind::kFlow)) return parser.Unsupported("flow operator ->>");
    if (!parser.AtEnd()) return parser.Unexpected();
    statement.text = parser.TextFrom(mark);
    statement.binds = parser.binds;
    statements.push_back(std::move(statement));
  }
}

Result<ExprPtr> ParseExpression(std::string_view text, const ParseOptions& options) {
  FIRN_ASSIGN(Parser parser, MakeParser(text, options));
  FIRN_ASSIGN(ExprPtr expr, parser.Expression());
  if (!parser.Is(TokenKind::kEnd)) return parser.Unexpected();
  return expr;
}

Result<QueryPtr> ParseQuery(std::string_view text, const ParseOptions& options) {
  FIRN_ASSIGN(Parser parser, MakeParser(text, options));
  FIRN_ASSIGN(QueryPtr query, parser.ParseWholeQuery());
  parser.Accept(TokenKind::kSemicolon);
  if (!parser.Is(TokenKind::kEnd)) return parser.Unexpected();
  return query;
}

Result<ObjectName> ParseObjectName(std::string_view text) {
  FIRN_ASSIGN(Parser parser, MakeParser(text, {}));
  FIRN_ASSIGN(ObjectName name, parser.Name());
  if (!parser.Is(TokenKind::kEnd)) return parser.Unexpected();
  return name;
}

}  // namespace firn::sql

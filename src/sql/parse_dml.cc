// INSERT, UPDATE, DELETE, MERGE, TRUNCATE.
#include "sql/parse_statement.h"

namespace firn::sql {

namespace {

// (a, b) of columns, not a query in parentheses
bool AtColumnList(const Parser& p) {
  return p.Is(TokenKind::kLeftParen) && !p.AtQuery(1) && !p.Is(TokenKind::kLeftParen, 1);
}

Result<std::vector<ExprPtr>> ValueList(Parser& p) {
  std::vector<ExprPtr> values;
  FIRN_TRY(p.Expect(TokenKind::kLeftParen));
  do {
    FIRN_ASSIGN(ExprPtr value, p.ExpressionOrDefault());
    values.push_back(std::move(value));
  } while (p.Accept(TokenKind::kComma));
  FIRN_TRY(p.Expect(TokenKind::kRightParen));
  return values;
}

// INTO t [(a, b)] [VALUES (…)], once or more
Result<std::vector<MultiInsert::Into>> IntoClauses(Parser& p) {
  std::vector<MultiInsert::Into> clauses;
  while (p.AcceptWords("INTO")) {
    MultiInsert::Into into;
    FIRN_ASSIGN(into.target, p.Name());
    if (AtColumnList(p)) {
      FIRN_ASSIGN(into.columns, p.IdentifierList());
    }
    if (p.AcceptWords("VALUES")) {
      FIRN_ASSIGN(into.values, ValueList(p));
    }
    clauses.push_back(std::move(into));
  }
  if (clauses.empty()) return p.Unexpected();
  return clauses;
}

Result<StatementNode> ParseMultiInsert(Parser& p, bool overwrite) {
  MultiInsert insert;
  insert.overwrite = overwrite;
  insert.first = p.IsWord("FIRST");
  p.Advance();
  insert.conditional = p.IsWord("WHEN");
  if (insert.conditional) {
    while (p.AcceptWords("WHEN")) {
      MultiInsert::Branch branch;
      FIRN_ASSIGN(branch.when, p.Expression());
      FIRN_TRY(p.ExpectWords("THEN"));
      FIRN_ASSIGN(branch.into, IntoClauses(p));
      insert.branches.push_back(std::move(branch));
    }
    if (p.AcceptWords("ELSE")) {
      MultiInsert::Branch branch;
      FIRN_ASSIGN(branch.into, IntoClauses(p));
      insert.branches.push_back(std::move(branch));
    }
  } else {
    MultiInsert::Branch branch;
    FIRN_ASSIGN(branch.into, IntoClauses(p));
    insert.branches.push_back(std::move(branch));
  }
  FIRN_ASSIGN(insert.source, p.ParseWholeQuery());
  return insert;
}

Result<MergeClause> ParseMergeClause(Parser& p) {
  MergeClause clause{MergeClause::When::kMatched, nullptr, MergeDelete{}, p.At()};
  FIRN_TRY(p.ExpectWords("WHEN"));
  if (p.AcceptWords("NOT")) clause.when = MergeClause::When::kNotMatched;
  FIRN_TRY(p.ExpectWords("MATCHED"));
  if (clause.when == MergeClause::When::kNotMatched && !p.AcceptWords("BY", "TARGET") &&
      p.AcceptWords("BY", "SOURCE")) {
    clause.when = MergeClause::When::kNotMatchedBySource;
  }
  if (p.AcceptWords("AND")) {
    FIRN_ASSIGN(clause.condition, p.Expression());
  }
  FIRN_TRY(p.ExpectWords("THEN"));
  bool inserts = clause.when == MergeClause::When::kNotMatched;
  if (inserts) {
    FIRN_TRY(p.ExpectWords("INSERT"));
    if (p.AcceptWords("ALL", "BY", "NAME")) {
      clause.action = MergeInsertAllByName{};
      return clause;
    }
    MergeInsert insert;
    if (p.Is(TokenKind::kLeftParen)) {
      FIRN_ASSIGN(insert.columns, p.IdentifierList());
    }
    FIRN_TRY(p.ExpectWords("VALUES"));
    FIRN_ASSIGN(insert.values, ValueList(p));
    clause.action = std::move(insert);
    return clause;
  }
  if (p.AcceptWords("DELETE")) return clause;
  FIRN_TRY(p.ExpectWords("UPDATE"));
  if (p.AcceptWords("ALL", "BY", "NAME")) {
    clause.action = MergeUpdateAllByName{};
    return clause;
  }
  FIRN_TRY(p.ExpectWords("SET"));
  MergeUpdate update;
  FIRN_ASSIGN(update.assignments, ParseAssignments(p));
  clause.action = std::move(update);
  return clause;
}

}  // namespace

Result<std::vector<Assignment>> ParseAssignments(Parser& p) {
  std::vector<Assignment> assignments;
  do {
    Assignment assignment;
    FIRN_ASSIGN(assignment.column, p.Identifier());
    while (p.Accept(TokenKind::kDot)) {
      assignment.qualifier.push_back(std::move(assignment.column));
      FIRN_ASSIGN(assignment.column, p.Identifier());
    }
    FIRN_TRY(p.Expect(TokenKind::kEq));
    FIRN_ASSIGN(assignment.value, p.ExpressionOrDefault());
    assignments.push_back(std::move(assignment));
  } while (p.Accept(TokenKind::kComma));
  return assignments;
}

Result<StatementNode> ParseInsert(Parser& p) {
  bool overwrite = p.AcceptWords("OVERWRITE");
  if (p.IsAnyWord({"ALL", "FIRST"})) return ParseMultiInsert(p, overwrite);
  FIRN_TRY(p.ExpectWords("INTO"));
  Insert insert;
  insert.overwrite = overwrite;
  FIRN_ASSIGN(insert.target, p.Name());
  if (AtColumnList(p)) {
    FIRN_ASSIGN(insert.columns, p.IdentifierList());
  }
  FIRN_ASSIGN(insert.source, p.ParseWholeQuery());
  return insert;
}

Result<StatementNode> ParseUpdate(Parser& p) {
  Update update;
  FIRN_ASSIGN(update.target, p.Name());
  FIRN_ASSIGN(update.alias, p.TableName());
  FIRN_TRY(p.ExpectWords("SET"));
  FIRN_ASSIGN(update.assignments, ParseAssignments(p));
  if (p.AcceptWords("FROM")) {
    FIRN_ASSIGN(update.from, p.FromList());
  }
  if (p.AcceptWords("WHERE")) {
    FIRN_ASSIGN(update.where, p.Expression());
  }
  return update;
}

Result<StatementNode> ParseDelete(Parser& p) {
  FIRN_TRY(p.ExpectWords("FROM"));
  Delete statement;
  FIRN_ASSIGN(statement.target, p.Name());
  FIRN_ASSIGN(statement.alias, p.TableName());
  if (p.AcceptWords("USING")) {
    FIRN_ASSIGN(statement.using_relation, p.FromList());
  }
  if (p.AcceptWords("WHERE")) {
    FIRN_ASSIGN(statement.where, p.Expression());
  }
  return statement;
}

Result<StatementNode> ParseMerge(Parser& p) {
  FIRN_TRY(p.ExpectWords("INTO"));
  Merge merge;
  FIRN_ASSIGN(merge.target, p.Name());
  FIRN_ASSIGN(merge.alias, p.TableName());
  FIRN_TRY(p.ExpectWords("USING"));
  FIRN_ASSIGN(merge.source, p.JoinTree());
  FIRN_TRY(p.ExpectWords("ON"));
  FIRN_ASSIGN(merge.on, p.Expression());
  do {
    FIRN_ASSIGN(MergeClause clause, ParseMergeClause(p));
    merge.clauses.push_back(std::move(clause));
  } while (p.IsWord("WHEN"));
  return merge;
}

Result<StatementNode> ParseTruncate(Parser& p) {
  Truncate truncate;
  if (p.IsWords("MATERIALIZED", "VIEW")) return p.Unsupported("TRUNCATE MATERIALIZED VIEW");
  p.AcceptWords("TABLE");
  truncate.if_exists = p.AcceptWords("IF", "EXISTS");
  FIRN_ASSIGN(truncate.name, p.Name());
  return truncate;
}

}  // namespace firn::sql

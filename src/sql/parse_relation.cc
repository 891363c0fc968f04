// What may stand in FROM: tables, subqueries, table functions, stages, joins, PIVOT, UNPIVOT, SAMPLE.
#include "sql/changes_call.h"
#include "sql/parse.h"

namespace firn::sql {

Result<RelationPtr> Parser::FromList() {
  FIRN_ASSIGN(RelationPtr left, JoinTree());
  while (Accept(TokenKind::kComma)) {
    Position at = At();
    JoinRelation join{JoinKind::kCross};
    join.left = std::move(left);
    FIRN_ASSIGN(join.right, JoinTree());
    left = MakeRelation(std::move(join), {}, at);
    ++height_;
    FIRN_TRY(CheckDepth());
  }
  return left;
}

Result<RelationPtr> Parser::JoinTree() {
  FIRN_ASSIGN(RelationPtr left, TableFactor());
  for (;;) {
    Position at = At();
    JoinRelation join{JoinKind::kInner};
    FIRN_ASSIGN(bool taken, TakeJoin(&join));
    if (!taken) return left;
    join.left = std::move(left);
    FIRN_ASSIGN(join.right, TableFactor());
    FIRN_TRY(JoinCondition(&join));
    left = MakeRelation(std::move(join), {}, at);
    ++height_;
    FIRN_TRY(CheckDepth());
  }
}

// The words of a join: [NATURAL] [INNER | LEFT [OUTER] | …] JOIN.
Result<bool> Parser::TakeJoin(JoinRelation* join) {
  if (!IsAnyWord({"JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", "ASOF"})) return false;
  join->natural = AcceptWords("NATURAL");
  if (AcceptWords("CROSS")) {
    join->kind = JoinKind::kCross;
  } else if (AcceptWords("ASOF")) {
    join->kind = JoinKind::kAsof;
  } else if (IsAnyWord({"LEFT", "RIGHT", "FULL"})) {
    join->kind = IsWord("LEFT") ? JoinKind::kLeft : IsWord("RIGHT") ? JoinKind::kRight : JoinKind::kFull;
    Advance();
    AcceptWords("OUTER");
  } else {
    AcceptWords("INNER");
  }
  AcceptWords("DIRECTED");
  FIRN_TRY(ExpectWords("JOIN"));
  return true;
}

Status Parser::JoinCondition(JoinRelation* join) {
  if (join->kind == JoinKind::kAsof) {
    FIRN_TRY(ExpectWords("MATCH_CONDITION"));
    FIRN_TRY(Expect(TokenKind::kLeftParen));
    FIRN_ASSIGN(join->match_condition, Expression());
    FIRN_TRY(Expect(TokenKind::kRightParen));
  }
  if (AcceptWords("ON")) {
    FIRN_ASSIGN(join->on, Expression());
  } else if (AcceptWords("USING")) {
    if (join->kind == JoinKind::kAsof) return Unsupported("ASOF JOIN … USING");
    FIRN_ASSIGN(join->using_columns, IdentifierList());
  }
  return Ok();
}

Result<RelationPtr> Parser::TableFactor() {
  FIRN_ASSIGN(RelationPtr relation, BareTableFactor());
  return RelationTail(std::move(relation));
}

Result<RelationPtr> Parser::BareTableFactor() {
  Position at = At();
  bool dotted = Is(TokenKind::kDot, 1);
  if (Is(TokenKind::kLeftParen)) return ParenthesisedRelation(false);
  if (Is(TokenKind::kStage) || AtString()) return StageFactor();
  if (IsWord("TABLE") && Is(TokenKind::kLeftParen, 1)) return TableFunction(false);
  if (IsWord("VALUES")) {
    ValuesRelation values;
    FIRN_ASSIGN(values.rows, ValuesRows());
    return MakeRelation(std::move(values), {}, at);
  }
  if (IsWord("LATERAL") && !dotted) {
    Advance();
    if (Is(TokenKind::kLeftParen)) return ParenthesisedRelation(true);
    if (IsWord("TABLE") && Is(TokenKind::kLeftParen, 1)) return TableFunction(true);
    FIRN_ASSIGN(ObjectName name, Name());
    if (!Is(TokenKind::kLeftParen)) return Unexpected();
    FIRN_ASSIGN(ExprPtr call, CallBehindName(std::move(name), at));
    return MakeRelation(FunctionRelation{std::move(call), true}, {}, at);
  }
  if (Is(TokenKind::kWord) && !dotted && IsJoinWord(Source(Peek()))) return Unexpected();
  return NamedFactor();
}

namespace {

/// AT | BEFORE | END (KIND => value) as an argument of that name.
Result<Argument> PointArgument(Parser& p) {
  std::string name = p.IsWord("AT") ? "AT " : p.IsWord("BEFORE") ? "BEFORE " : "END ";
  p.Advance();
  FIRN_TRY(p.Expect(TokenKind::kLeftParen));
  bool known = false;
  for (const char* kind : {"TIMESTAMP", "OFFSET", "STATEMENT", "STREAM"}) {
    if (!p.IsWord(kind)) continue;
    name += kind;
    known = true;
  }
  if (!known) return p.Unexpected();
  p.Advance();
  FIRN_TRY(p.Expect(TokenKind::kFatArrow));
  FIRN_ASSIGN(ExprPtr value, p.Expression());
  FIRN_TRY(p.Expect(TokenKind::kRightParen));
  return Argument{std::move(name), std::move(value)};
}

// name CHANGES (INFORMATION => DEFAULT | APPEND_ONLY) AT | BEFORE (…) [END (…)]
Result<RelationPtr> ChangesOf(Parser& p, ObjectName name, Position at) {
  if (name.dynamic) return p.Unsupported("CHANGES of IDENTIFIER(…)");
  p.Advance(2);
  FIRN_TRY(p.ExpectWords("INFORMATION"));
  FIRN_TRY(p.Expect(TokenKind::kFatArrow));
  if (!p.IsAnyWord({"DEFAULT", "APPEND_ONLY"})) return p.Unexpected();
  const bool append_only = p.IsWord("APPEND_ONLY");
  p.Advance();
  FIRN_TRY(p.Expect(TokenKind::kRightParen));
  Call call;
  call.name.parts = {{kChangesCall, true, at}};
  call.args.push_back({"TABLE", MakeExpr(ColumnRef{std::move(name.parts)}, at)});
  call.args.push_back({"APPEND_ONLY", MakeExpr(Literal{Literal::Kind::kBoolean, append_only ? "true" : "false"}, at)});
  if (!p.IsAnyWord({"AT", "BEFORE"}) || !p.Is(TokenKind::kLeftParen, 1)) return p.Unexpected();
  FIRN_ASSIGN(Argument from, PointArgument(p));
  call.args.push_back(std::move(from));
  if (p.IsWord("END") && p.Is(TokenKind::kLeftParen, 1)) {
    FIRN_ASSIGN(Argument end, PointArgument(p));
    call.args.push_back(std::move(end));
  }
  return MakeRelation(FunctionRelation{MakeExpr(std::move(call), at), false}, {}, at);
}

}  // namespace

Result<RelationPtr> Parser::NamedFactor() {
  Position at = At();
  NamedRelation named;
  if (Is(TokenKind::kQuestion) || Is(TokenKind::kColon)) {
    // FROM ?: the value names a table, or with an @ a stage.
    named.name.at = at;
    FIRN_ASSIGN(ExprPtr value, Binary(8));
    named.name.dynamic = std::shared_ptr<Expr>(std::move(value));
    return MakeRelation(std::move(named), {}, at);
  }
  FIRN_ASSIGN(named.name, Name());
  if (Is(TokenKind::kLeftParen)) {
    FIRN_ASSIGN(ExprPtr call, CallBehindName(std::move(named.name), at));
    return MakeRelation(FunctionRelation{std::move(call), false}, {}, at);
  }
  if (IsWord("CHANGES") && Is(TokenKind::kLeftParen, 1)) return ChangesOf(*this, std::move(named.name), at);
  FIRN_ASSIGN(named.travel, Travel());
  return MakeRelation(std::move(named), {}, at);
}

// AT | BEFORE (KIND => value)
Result<std::optional<TimeTravel>> Parser::Travel() {
  if (IsWord("CHANGES") && Is(TokenKind::kLeftParen, 1)) return Unsupported("CHANGES");
  if (!IsAnyWord({"AT", "BEFORE"}) || !Is(TokenKind::kLeftParen, 1)) return std::optional<TimeTravel>();
  TimeTravel travel;
  travel.before = IsWord("BEFORE");
  Advance(2);
  travel.kind = IsWord("TIMESTAMP")   ? TimeTravel::Kind::kTimestamp
                : IsWord("OFFSET")    ? TimeTravel::Kind::kOffset
                : IsWord("STATEMENT") ? TimeTravel::Kind::kStatement
                                      : TimeTravel::Kind::kStream;
  if (!IsAnyWord({"TIMESTAMP", "OFFSET", "STATEMENT", "STREAM"})) return Unexpected();
  Advance();
  FIRN_TRY(Expect(TokenKind::kFatArrow));
  FIRN_ASSIGN(travel.value, Expression());
  FIRN_TRY(Expect(TokenKind::kRightParen));
  return std::optional<TimeTravel>(std::move(travel));
}

// TABLE(f(…)), TABLE('name'), TABLE($v)
Result<RelationPtr> Parser::TableFunction(bool lateral) {
  Position at = At();
  Advance(2);
  FIRN_ASSIGN(ExprPtr inner, Expression());
  FIRN_TRY(Expect(TokenKind::kRightParen));
  NamedRelation named;
  named.name.at = at;
  if (Call* call = inner->As<Call>()) {
    bool identifier =
        call->name.parts.size() == 1 && call->name.parts[0].text == "IDENTIFIER" && call->args.size() == 1;
    if (!identifier) return MakeRelation(FunctionRelation{std::move(inner), lateral}, {}, at);
    named.name.dynamic = std::shared_ptr<Expr>(std::move(call->args[0].value));
  } else if (ColumnRef* column = inner->As<ColumnRef>()) {
    named.name.parts = std::move(column->parts);
  } else if (Literal* literal = inner->As<Literal>(); literal != nullptr && literal->kind == Literal::Kind::kString) {
    FIRN_ASSIGN(ObjectName name, ParseObjectName(literal->text));
    named.name.parts = std::move(name.parts);
  } else if (inner->As<VariableRef>() != nullptr || inner->As<BindRef>() != nullptr) {
    named.name.dynamic = std::shared_ptr<Expr>(std::move(inner));
  } else {
    return UnexpectedToken("TABLE", at);
  }
  return MakeRelation(std::move(named), {}, at);
}

// (query), (relation)
Result<RelationPtr> Parser::ParenthesisedRelation(bool lateral) {
  Level level(this, 0);
  FIRN_TRY(CheckDepth());
  Position at = At();
  Advance();
  RelationPtr relation;
  if (AtQuery()) {
    FIRN_ASSIGN(QueryPtr query, ParseWholeQuery());
    relation = MakeRelation(QueryRelation{std::move(query), lateral, std::nullopt}, {}, at);
  } else {
    FIRN_ASSIGN(relation, FromList());
    QueryRelation* inner = relation->As<QueryRelation>();
    if (inner != nullptr && !relation->alias.name && AtQueryTail()) {
      // ((SELECT …) UNION …)
      FIRN_ASSIGN(inner->query, ContinueQuery(std::move(inner->query)));
    }
    if (inner != nullptr) inner->lateral = inner->lateral || lateral;
  }
  FIRN_TRY(Expect(TokenKind::kRightParen));
  return relation;
}

// @stage/path (FILE_FORMAT => …, PATTERN => …), or the location in quotes
Result<RelationPtr> Parser::StageFactor() {
  Position at = At();
  StageRelation stage;
  FIRN_ASSIGN(StageLocation location, Location());
  stage.location = location.text.starts_with('@') ? location.text.substr(1) : location.text;
  if (Is(TokenKind::kLeftParen)) {
    FIRN_ASSIGN(stage.options, Arguments(nullptr));
    FIRN_TRY(Expect(TokenKind::kRightParen));
  }
  return MakeRelation(std::move(stage), {}, at);
}

bool Parser::AtSample() const {
  if (!IsAnyWord({"SAMPLE", "TABLESAMPLE"})) return false;
  return Is(TokenKind::kLeftParen, 1) || IsAnyWord({"BERNOULLI", "ROW", "SYSTEM", "BLOCK"}, 1);
}

bool Parser::AtBareAlias() const {
  if (!AtIdentifier() || AtSample()) return false;
  if (Is(TokenKind::kQuotedWord)) return true;
  if (IsJoinWord(Source(Peek()))) return false;
  if (IsAnyWord({"PIVOT", "UNPIVOT", "MATCH_RECOGNIZE", "AT", "BEFORE", "CHANGES"}) && Is(TokenKind::kLeftParen, 1)) {
    return false;
  }
  if (IsWord("UNPIVOT") && IsAnyWord({"INCLUDE", "EXCLUDE"}, 1)) return false;
  return AtBareColumnAlias();
}

Result<std::optional<Ident>> Parser::TableName() {
  if (!AcceptWords("AS") && !AtBareAlias()) return std::optional<Ident>();
  FIRN_ASSIGN(Ident name, Identifier());
  return std::optional<Ident>(std::move(name));
}

Status Parser::AliasAndSample(Relation* relation) {
  std::optional<Sample> sample;
  if (AtSample()) {
    FIRN_ASSIGN(sample, SampleClause());
  }
  FIRN_ASSIGN(std::optional<Ident> name, TableName());
  if (name) {
    relation->alias.name = std::move(name);
    relation->alias.columns.clear();
    if (Is(TokenKind::kLeftParen)) {
      FIRN_ASSIGN(relation->alias.columns, IdentifierList());
    }
  }
  if (!sample && AtSample()) {
    FIRN_ASSIGN(sample, SampleClause());
  }
  if (!sample) return Ok();
  if (NamedRelation* named = relation->As<NamedRelation>()) {
    named->sample = std::move(sample);
  } else if (QueryRelation* query = relation->As<QueryRelation>()) {
    query->sample = std::move(sample);
  } else {
    return Unsupported("SAMPLE of a join or a function");
  }
  return Ok();
}

// SAMPLE [BERNOULLI | ROW | SYSTEM | BLOCK] (n [ROWS]) [REPEATABLE | SEED (n)]
Result<Sample> Parser::SampleClause() {
  Sample sample;
  Advance();
  if (IsAnyWord({"SYSTEM", "BLOCK"})) {
    sample.block = true;
    Advance();
  } else if (IsAnyWord({"BERNOULLI", "ROW"})) {
    Advance();
  }
  FIRN_TRY(Expect(TokenKind::kLeftParen));
  if (!Is(TokenKind::kNumber)) return Unexpected();
  sample.amount = Source(Peek());
  Advance();
  sample.rows = AcceptWords("ROWS");
  FIRN_TRY(Expect(TokenKind::kRightParen));
  if (AcceptWords("REPEATABLE") || AcceptWords("SEED")) {
    FIRN_TRY(Expect(TokenKind::kLeftParen));
    FIRN_ASSIGN(sample.seed, Integer());
    FIRN_TRY(Expect(TokenKind::kRightParen));
  }
  return sample;
}

Result<RelationPtr> Parser::RelationTail(RelationPtr relation) {
  FIRN_TRY(AliasAndSample(relation.get()));
  for (;;) {
    if (IsWord("PIVOT") && Is(TokenKind::kLeftParen, 1)) {
      FIRN_ASSIGN(relation, PivotTail(std::move(relation)));
    } else if (IsWord("UNPIVOT")) {
      FIRN_ASSIGN(relation, UnpivotTail(std::move(relation)));
    } else if (IsWord("MATCH_RECOGNIZE") && Is(TokenKind::kLeftParen, 1)) {
      return Unsupported("MATCH_RECOGNIZE");
    } else {
      return relation;
    }
    ++height_;
    FIRN_TRY(CheckDepth());
    FIRN_TRY(AliasAndSample(relation.get()));
  }
}

// PIVOT (aggregate(x) [AS a] FOR column IN (list | ANY | query) [DEFAULT ON NULL (value)])
Result<RelationPtr> Parser::PivotTail(RelationPtr source) {
  Position at = At();
  Advance(2);
  PivotRelation pivot;
  pivot.source = std::move(source);
  FIRN_ASSIGN(pivot.aggregate, Expression());
  if (pivot.aggregate->As<Call>() == nullptr) return UnexpectedToken("PIVOT", at);
  if (AcceptWords("AS") || (AtIdentifier() && !IsWord("FOR"))) {
    FIRN_ASSIGN(pivot.aggregate_alias, Identifier());
  }
  if (Is(TokenKind::kComma)) return Unsupported("PIVOT of several aggregates");
  FIRN_TRY(ExpectWords("FOR"));
  FIRN_ASSIGN(pivot.column, Identifier());
  FIRN_TRY(ExpectWords("IN"));
  FIRN_TRY(Expect(TokenKind::kLeftParen));
  if (AtQuery()) {
    FIRN_ASSIGN(pivot.query, ParseWholeQuery());
  } else if (AcceptWords("ANY")) {
    if (AcceptWords("ORDER", "BY")) {
      FIRN_ASSIGN(pivot.any_order, OrderItems());
    }
  } else {
    do {
      FIRN_ASSIGN(ExprPtr value, Expression());
      std::optional<Ident> alias;
      if (AcceptWords("AS") || AtIdentifier()) {
        FIRN_ASSIGN(alias, Identifier());
      }
      pivot.values.emplace_back(std::move(value), std::move(alias));
    } while (Accept(TokenKind::kComma));
  }
  FIRN_TRY(Expect(TokenKind::kRightParen));
  if (AcceptWords("DEFAULT", "ON", "NULL")) {
    FIRN_TRY(Expect(TokenKind::kLeftParen));
    FIRN_ASSIGN(pivot.default_value, Expression());
    FIRN_TRY(Expect(TokenKind::kRightParen));
  }
  FIRN_TRY(Expect(TokenKind::kRightParen));
  return MakeRelation(std::move(pivot), {}, at);
}

// UNPIVOT [INCLUDE | EXCLUDE NULLS] (value FOR name IN (a [AS x], b))
Result<RelationPtr> Parser::UnpivotTail(RelationPtr source) {
  Position at = At();
  Advance();
  UnpivotRelation unpivot;
  unpivot.source = std::move(source);
  if (AcceptWords("INCLUDE", "NULLS")) {
    unpivot.include_nulls = true;
  } else {
    AcceptWords("EXCLUDE", "NULLS");
  }
  FIRN_TRY(Expect(TokenKind::kLeftParen));
  FIRN_ASSIGN(unpivot.value_column, Identifier());
  FIRN_TRY(ExpectWords("FOR"));
  FIRN_ASSIGN(unpivot.name_column, Identifier());
  FIRN_TRY(ExpectWords("IN"));
  FIRN_TRY(Expect(TokenKind::kLeftParen));
  do {
    FIRN_ASSIGN(Ident column, Identifier());
    std::optional<Ident> alias;
    if (AcceptWords("AS") && AtString()) {
      Position alias_at = At();
      FIRN_ASSIGN(std::string text, String());
      alias = Ident{std::move(text), true, alias_at};
    } else if (AtIdentifier()) {
      FIRN_ASSIGN(alias, Identifier());
    }
    unpivot.columns.emplace_back(std::move(column), std::move(alias));
  } while (Accept(TokenKind::kComma));
  FIRN_TRY(Expect(TokenKind::kRightParen));
  FIRN_TRY(Expect(TokenKind::kRightParen));
  return MakeRelation(std::move(unpivot), {}, at);
}

}  // namespace firn::sql

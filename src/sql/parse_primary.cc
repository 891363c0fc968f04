// Primaries: literals, names, CASE, CAST, parentheses, binds, arrays and objects.
#include "sql/parse.h"

namespace firn::sql {

namespace {

ExprPtr MakeString(std::string text, Position at) {
  return MakeExpr(Literal{Literal::Kind::kString, std::move(text)}, at);
}

}  // namespace

Result<ExprPtr> Parser::Primary() {
  const Token& token = Peek();
  Position at = token.at;
  switch (token.kind) {
    case TokenKind::kNumber: {
      ExprPtr number = MakeExpr(Literal{Literal::Kind::kNumber, std::string(Source(token))}, at);
      Advance();
      return number;
    }
    case TokenKind::kString:
    case TokenKind::kRawString:
    case TokenKind::kHexString: {
      Result<std::string> text = DecodeString(token.kind, Source(token));
      if (!text.ok()) return std::move(text).error().At(at);
      auto kind = token.kind == TokenKind::kHexString ? Literal::Kind::kBinary : Literal::Kind::kString;
      Advance();
      return MakeExpr(Literal{kind, std::move(text).value()}, at);
    }
    case TokenKind::kStage: {
      ExprPtr stage = MakeString(std::string(Source(token)), at);
      Advance();
      return stage;
    }
    case TokenKind::kQuotedWord:
      return NamePrimary();
    case TokenKind::kWord:
      return WordPrimary();
    case TokenKind::kLeftParen:
      return Parenthesised();
    case TokenKind::kLeftBracket:
      return ArrayPrimary();
    case TokenKind::kLeftBrace:
      return ObjectPrimary();
    default:
      return BindPrimary();
  }
}

Result<ExprPtr> Parser::BindPrimary() {
  Position at = At();
  std::string text(Source(Peek()));
  if (Is(TokenKind::kVariable)) {
    Advance();
    return MakeExpr(VariableRef{Upper(text.substr(1))}, at);
  }
  if (Is(TokenKind::kOrdinal)) {
    if (text.size() > 6) return Unexpected();
    Advance();
    return MakeExpr(PositionRef{{}, std::stoi(text.substr(1))}, at);
  }
  if (Accept(TokenKind::kQuestion)) return MakeExpr(BindRef{++binds, {}}, at);
  if (Is(TokenKind::kColon) && Is(TokenKind::kNumber, 1)) {
    Advance();
    FIRN_ASSIGN(int64_t number, Integer());
    if (number < 1 || number > 1000000) return UnexpectedToken(":" + std::to_string(number), at);
    binds = std::max(binds, static_cast<int>(number));
    return MakeExpr(BindRef{static_cast<int>(number), {}}, at);
  }
  if (Is(TokenKind::kColon) && Is(TokenKind::kWord, 1)) {
    Advance();
    std::string name = Upper(Source(Peek()));
    Advance();
    return MakeExpr(BindRef{0, std::move(name)}, at);
  }
  return Unexpected();
}

Result<ExprPtr> Parser::WordPrimary() {
  bool taken = false;
  FIRN_ASSIGN(ExprPtr keyword, KeywordPrimary(&taken));
  if (taken) return keyword;
  if (Is(TokenKind::kLeftParen, 1)) {
    FIRN_ASSIGN(ExprPtr call, SpecialCall(&taken));
    if (taken) return call;
  } else if (IsBareFunction(Source(Peek())) && !Is(TokenKind::kDot, 1)) {
    return BareCall();
  } else if (AtString(1) && !IsReserved(Source(Peek()))) {
    return IsWord("INTERVAL") ? Interval() : TypedLiteral();
  }
  return NamePrimary();
}

// CURRENT_DATE
Result<ExprPtr> Parser::BareCall() {
  Call call;
  Position at = At();
  call.name.parts.push_back({Upper(Source(Peek())), false, at});
  call.name.at = at;
  Advance();
  return MakeExpr(std::move(call), at);
}

// DATE '…', TIMESTAMP_NTZ '…'
Result<ExprPtr> Parser::TypedLiteral() {
  Position at = At();
  Result<SqlType> type = ParseType(Source(Peek()), {}, options_.timestamp_mapping);
  if (!type.ok()) return Unexpected(1);
  Advance();
  FIRN_ASSIGN(ExprPtr text, Primary());
  ++height_;
  return MakeExpr(Cast{std::move(text), *type, false}, at);
}

// Words that are no names here; `taken` says whether one stood there.
Result<ExprPtr> Parser::KeywordPrimary(bool* taken) {
  Position at = At();
  *taken = true;
  bool call = Is(TokenKind::kLeftParen, 1);
  bool name = Is(TokenKind::kDot, 1);
  if (!name && (IsWord("TRUE") || IsWord("FALSE"))) {
    std::string text = IsWord("TRUE") ? "true" : "false";
    Advance();
    return MakeExpr(Literal{Literal::Kind::kBoolean, std::move(text)}, at);
  }
  if (AcceptWords("NULL")) return MakeExpr(Literal{Literal::Kind::kNull, {}}, at);
  if (!name && IsWord("CASE")) return CaseExpression();
  if (call && IsWord("CAST")) return CastExpression(false);
  if (call && IsWord("TRY_CAST")) return CastExpression(true);
  if (call && IsWord("EXISTS")) return ExistsPrimary();
  if (call && IsWord("IDENTIFIER")) return IdentifierPrimary();
  if (IsWord("CONNECT_BY_ROOT") && AtIdentifier(1)) return RootPrimary();
  if (!name && !call && IsNoColumn(Source(Peek()))) return Unexpected();
  *taken = false;
  return ExprPtr();
}

Result<ExprPtr> Parser::ExistsPrimary() {
  Position at = At();
  Advance(2);
  FIRN_ASSIGN(QueryPtr query, ParseWholeQuery());
  ++height_;
  FIRN_TRY(Expect(TokenKind::kRightParen));
  return MakeExpr(Exists{std::move(query)}, at);
}

// CONNECT_BY_ROOT x: a call
Result<ExprPtr> Parser::RootPrimary() {
  Level level(this);
  FIRN_TRY(CheckDepth());
  ExprPtr root = BareCall().value();
  FIRN_ASSIGN(ExprPtr arg, Binary(7));
  root->As<Call>()->args.push_back({{}, std::move(arg)});
  return root;
}

// IDENTIFIER('a.b'), IDENTIFIER($v): a column, or a function where a parenthesis follows.
Result<ExprPtr> Parser::IdentifierPrimary() {
  Position at = At();
  FIRN_ASSIGN(ObjectName name, Name());
  if (Is(TokenKind::kLeftParen)) return CallBehindName(std::move(name), at);
  if (name.dynamic == nullptr) return MakeExpr(ColumnRef{std::move(name.parts)}, at);
  // A column by the value of a variable or bind: a Call of IDENTIFIER for the planner to replace.
  Call call;
  call.name.parts.push_back({"IDENTIFIER", false, at});
  call.name.at = at;
  call.args.push_back({{}, Clone(*name.dynamic)});
  return MakeExpr(std::move(call), at);
}

// a.b.c, a.b.*, t.$1, or a call f(…)
Result<ExprPtr> Parser::NamePrimary() {
  Position at = At();
  if (IsReserved(Source(Peek())) && IsReservedFunction(Source(Peek())) && Is(TokenKind::kLeftParen, 1)) {
    ObjectName name;
    name.parts.push_back({Upper(Source(Peek())), false, at});
    name.at = at;
    Advance();
    return CallBehindName(std::move(name), at);
  }
  std::vector<Ident> parts;
  FIRN_ASSIGN(Ident first, Identifier());
  parts.push_back(std::move(first));
  while (Is(TokenKind::kDot)) {
    if (Is(TokenKind::kStar, 1)) {
      Advance();
      return StarExpression(std::move(parts));
    }
    if (Is(TokenKind::kOrdinal, 1)) {
      Advance();
      FIRN_ASSIGN(ExprPtr position, BindPrimary());
      position->As<PositionRef>()->qualifier = std::move(parts);
      position->at = at;
      return position;
    }
    if (Is(TokenKind::kDot, 1) && parts.size() == 1) {
      Advance();
      parts.push_back({{}, false, At()});
    }
    if (!AtIdentifier(1) || parts.size() == 4) return Unexpected(1);
    Advance();
    FIRN_ASSIGN(Ident part, Identifier());
    parts.push_back(std::move(part));
  }
  if (Is(TokenKind::kLeftParen) && !(Is(TokenKind::kPlus, 1) && Is(TokenKind::kRightParen, 2))) {
    ObjectName name;
    name.parts = std::move(parts);
    name.at = at;
    return CallBehindName(std::move(name), at);
  }
  if (Is(TokenKind::kArrow)) return Unsupported("lambda expression");
  return MakeExpr(ColumnRef{std::move(parts)}, at);
}

// ( expression ), ( a, b ), ( query )
Result<ExprPtr> Parser::Parenthesised() {
  Level level(this, 0);
  FIRN_TRY(CheckDepth());
  Position at = At();
  Advance();
  ExprPtr inner;
  if (AtQuery() && !Is(TokenKind::kLeftParen)) {
    FIRN_ASSIGN(QueryPtr query, ParseWholeQuery());
    inner = MakeExpr(ScalarQuery{std::move(query)}, at);
    ++height_;
  } else {
    FIRN_ASSIGN(inner, Expression());
    if (inner->As<ScalarQuery>() != nullptr && AtQueryTail()) {
      // ((SELECT …) UNION …)
      FIRN_ASSIGN(QueryPtr query, ContinueQuery(std::move(inner->As<ScalarQuery>()->query)));
      inner = MakeExpr(ScalarQuery{std::move(query)}, at);
    }
  }
  if (Is(TokenKind::kComma)) {
    Tuple tuple;
    tuple.items.push_back(std::move(inner));
    while (Accept(TokenKind::kComma)) {
      FIRN_ASSIGN(ExprPtr item, Expression());
      tuple.items.push_back(std::move(item));
    }
    inner = MakeExpr(std::move(tuple), at);
    ++height_;
  }
  FIRN_TRY(Expect(TokenKind::kRightParen));
  return inner;
}

Result<ExprPtr> Parser::CaseExpression() {
  Level level(this);
  FIRN_TRY(CheckDepth());
  Position at = At();
  Advance();
  Case node;
  if (!IsWord("WHEN")) {
    FIRN_ASSIGN(node.operand, Expression());
  }
  while (AcceptWords("WHEN")) {
    FIRN_ASSIGN(ExprPtr when, Expression());
    FIRN_TRY(ExpectWords("THEN"));
    FIRN_ASSIGN(ExprPtr then, Expression());
    node.whens.emplace_back(std::move(when), std::move(then));
  }
  if (node.whens.empty()) return Unexpected();
  if (AcceptWords("ELSE")) {
    FIRN_ASSIGN(node.otherwise, Expression());
  }
  FIRN_TRY(ExpectWords("END"));
  return MakeExpr(std::move(node), at);
}

Result<ExprPtr> Parser::CastExpression(bool try_cast) {
  Level level(this);
  FIRN_TRY(CheckDepth());
  Position at = At();
  Advance(2);
  FIRN_ASSIGN(ExprPtr arg, Expression());
  FIRN_TRY(ExpectWords("AS"));
  FIRN_ASSIGN(SqlType type, Type());
  FIRN_TRY(Expect(TokenKind::kRightParen));
  return MakeExpr(Cast{std::move(arg), type, try_cast}, at);
}

// Splits '1 year, 3 hours' into its parts; a part without a unit is in `default_unit`.
static bool IntervalParts(std::string_view text, std::string_view default_unit, IntervalLiteral* interval) {
  size_t i = 0;
  auto skip = [&](std::string_view characters) {
    while (i < text.size() && characters.find(text[i]) != std::string_view::npos) ++i;
  };
  skip(" ,");
  while (i < text.size()) {
    IntervalLiteral::Part part;
    if (text[i] == '-' || text[i] == '+') part.amount = text[i++] == '-' ? "-" : "";
    skip(" ");
    size_t digits = i;
    while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
    if (i == digits || i - digits > 18) return false;
    part.amount += text.substr(digits, i - digits);
    skip(" ");
    size_t word = i;
    while (i < text.size() && ((text[i] | 32) >= 'a' && (text[i] | 32) <= 'z')) ++i;
    part.unit = word == i ? default_unit : IntervalUnit(text.substr(word, i - word));
    if (part.unit.empty()) return false;
    interval->parts.push_back(std::move(part));
    skip(" ,");
  }
  return !interval->parts.empty();
}

// INTERVAL '1 year, 3 hours', INTERVAL '3' DAY
Result<ExprPtr> Parser::Interval() {
  Position at = At();
  Advance();
  FIRN_ASSIGN(std::string text, String());
  std::string_view unit = "second";
  if (text.find_first_not_of("+- 0123456789") == std::string::npos && Is(TokenKind::kWord)) {
    std::string_view word = IntervalUnit(Source(Peek()));
    if (!word.empty() && EqualsIgnoreCase(word, Source(Peek()))) {
      if (IsWord("TO", 1)) return Unsupported("INTERVAL … TO …");
      unit = word;
      Advance();
    }
  }
  IntervalLiteral interval;
  if (!IntervalParts(text, unit, &interval)) {
    return Error(errors::kInvalidExpression, {"Invalid interval literal '" + text + "'"}, at);
  }
  return MakeExpr(std::move(interval), at);
}

Result<ExprPtr> Parser::ArrayPrimary() {
  Level level(this);
  FIRN_TRY(CheckDepth());
  Position at = At();
  Advance();
  ArrayLiteral array;
  if (!Is(TokenKind::kRightBracket)) {
    FIRN_ASSIGN(array.items, ExpressionList());
  }
  FIRN_TRY(Expect(TokenKind::kRightBracket));
  return MakeExpr(std::move(array), at);
}

// {'k': value, …}, {*}, {* EXCLUDE a}, {t.*}
Result<ExprPtr> Parser::ObjectPrimary() {
  Level level(this);
  FIRN_TRY(CheckDepth());
  Position at = At();
  Advance();
  ObjectLiteral object;
  if (Is(TokenKind::kStar)) {
    FIRN_ASSIGN(ExprPtr star, StarExpression({}));
    object.star = std::make_unique<Star>(std::move(*star->As<Star>()));
  } else if (AtIdentifier() && Is(TokenKind::kDot, 1)) {
    FIRN_ASSIGN(ExprPtr star, NamePrimary());
    if (star->As<Star>() == nullptr) return Unexpected();
    object.star = std::make_unique<Star>(std::move(*star->As<Star>()));
  } else {
    while (!Is(TokenKind::kRightBrace)) {
      Position key_at = At();
      FIRN_ASSIGN(std::string key, String());
      FIRN_TRY(Expect(TokenKind::kColon));
      FIRN_ASSIGN(ExprPtr value, Expression());
      object.pairs.emplace_back(MakeString(std::move(key), key_at), std::move(value));
      if (!Accept(TokenKind::kComma)) break;
    }
  }
  FIRN_TRY(Expect(TokenKind::kRightBrace));
  return MakeExpr(std::move(object), at);
}

}  // namespace firn::sql

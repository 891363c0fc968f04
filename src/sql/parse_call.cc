// Calls: arguments, WITHIN GROUP, OVER, and the calls that have a syntax of their own.
#include "sql/parse.h"

namespace firn::sql {

namespace {

constexpr int kOperandLevel = 5;  // tighter than IN and FROM

}  // namespace

Result<ExprPtr> Parser::ExpressionOrDefault() {
  if (IsWord("DEFAULT") && (Is(TokenKind::kComma, 1) || Is(TokenKind::kRightParen, 1) || Is(TokenKind::kEnd, 1) ||
                            Is(TokenKind::kSemicolon, 1) || IsAnyWord({"FROM", "WHERE", "WHEN"}, 1))) {
    Position at = At();
    Advance();
    return MakeExpr(DefaultValue{}, at);
  }
  return Expression();
}

// *, with ILIKE, EXCLUDE, REPLACE, RENAME; the star stands there.
Result<ExprPtr> Parser::StarExpression(std::vector<Ident> qualifier) {
  Level level(this);
  Position at = At();
  FIRN_TRY(Expect(TokenKind::kStar));
  Star star;
  star.qualifier = std::move(qualifier);
  if (IsWord("ILIKE") && AtString(1)) {
    Advance();
    FIRN_ASSIGN(star.ilike, String());
  } else if (AcceptWords("EXCLUDE")) {
    if (Is(TokenKind::kLeftParen)) {
      FIRN_ASSIGN(star.exclude, IdentifierList());
    } else {
      FIRN_ASSIGN(Ident column, Identifier());
      star.exclude.push_back(std::move(column));
    }
  }
  if (AcceptWords("REPLACE")) {
    bool list = Accept(TokenKind::kLeftParen);
    do {
      FIRN_ASSIGN(ExprPtr value, Expression());
      FIRN_TRY(ExpectWords("AS"));
      FIRN_ASSIGN(Ident column, Identifier());
      star.replace.emplace_back(std::move(value), std::move(column));
    } while (list && Accept(TokenKind::kComma));
    if (list) FIRN_TRY(Expect(TokenKind::kRightParen));
  }
  if (AcceptWords("RENAME")) {
    bool list = Accept(TokenKind::kLeftParen);
    do {
      FIRN_ASSIGN(Ident from, Identifier());
      FIRN_TRY(ExpectWords("AS"));
      FIRN_ASSIGN(Ident to, Identifier());
      star.rename.emplace_back(std::move(from), std::move(to));
    } while (list && Accept(TokenKind::kComma));
    if (list) FIRN_TRY(Expect(TokenKind::kRightParen));
  }
  return MakeExpr(std::move(star), at);
}

Result<std::vector<Argument>> Parser::Arguments(Call* call) {
  std::vector<Argument> args;
  FIRN_TRY(Expect(TokenKind::kLeftParen));
  if (call != nullptr && Is(TokenKind::kStar) && Is(TokenKind::kRightParen, 1)) {
    call->star = true;
    Advance(2);
    return args;
  }
  if (call != nullptr) {
    if (!AcceptWords("ALL")) call->distinct = AcceptWords("DISTINCT");
  }
  while (!Is(TokenKind::kRightParen)) {
    Argument arg;
    if (Is(TokenKind::kWord) && Is(TokenKind::kFatArrow, 1)) {
      arg.name = Upper(Source(Peek()));
      Advance(2);
    } else if (Is(TokenKind::kQuotedWord) && Is(TokenKind::kFatArrow, 1)) {
      FIRN_ASSIGN(Ident name, Identifier());
      arg.name = std::move(name.text);
      Advance();
    }
    if (Is(TokenKind::kStar) && Is(TokenKind::kStar, 1)) return Unsupported("spread operator **");
    if (Is(TokenKind::kStar)) {
      FIRN_ASSIGN(arg.value, StarExpression({}));
    } else {
      FIRN_ASSIGN(arg.value, Expression());
    }
    args.push_back(std::move(arg));
    if (!Accept(TokenKind::kComma)) break;
    if (Is(TokenKind::kRightParen)) return Unexpected();
  }
  return args;
}

Result<ExprPtr> Parser::CallBehindName(ObjectName name, Position at) {
  Level level(this);
  FIRN_TRY(CheckDepth());
  ExprPtr expr = MakeExpr(Call{std::move(name)}, at);  // filled on the heap: calls nest deeply, a Call is large
  Call* call = expr->As<Call>();
  FIRN_ASSIGN(call->args, Arguments(call));
  if (!call->star) {
    if (AcceptWords("IGNORE", "NULLS")) call->ignore_nulls = true;
    if (AcceptWords("RESPECT", "NULLS")) call->ignore_nulls = false;
    FIRN_TRY(Expect(TokenKind::kRightParen));
  }
  FIRN_TRY(BehindCall(call));
  return expr;
}

// WITHIN GROUP, FROM FIRST, IGNORE NULLS, OVER
Status Parser::BehindCall(Call* call) {
  if (IsWord("WITHIN") && IsWord("GROUP", 1) && Is(TokenKind::kLeftParen, 2)) {
    Advance(3);
    FIRN_TRY(ExpectWords("ORDER", "BY"));
    FIRN_ASSIGN(call->within_group, OrderItems());
    FIRN_TRY(Expect(TokenKind::kRightParen));
  }
  if (IsWords("FROM", "LAST") && IsAnyWord({"IGNORE", "RESPECT", "OVER"}, 2)) return Unsupported("FROM LAST");
  if (IsWords("FROM", "FIRST") && IsAnyWord({"IGNORE", "RESPECT", "OVER"}, 2)) Advance(2);
  if (AcceptWords("IGNORE", "NULLS")) call->ignore_nulls = true;
  if (AcceptWords("RESPECT", "NULLS")) call->ignore_nulls = false;
  if (IsWord("OVER") && Is(TokenKind::kLeftParen, 1)) {
    Advance();
    FIRN_ASSIGN(call->over, WindowDefinition());
  }
  return Ok();
}

Result<Window> Parser::WindowDefinition() {
  Window window;
  FIRN_TRY(Expect(TokenKind::kLeftParen));
  if (AcceptWords("PARTITION", "BY")) {
    FIRN_ASSIGN(window.partition_by, ExpressionList());
  }
  if (AcceptWords("ORDER", "BY")) {
    FIRN_ASSIGN(window.order_by, OrderItems());
  }
  if (IsAnyWord({"ROWS", "RANGE", "GROUPS"})) {
    FIRN_ASSIGN(window.frame, Frame());
  }
  FIRN_TRY(Expect(TokenKind::kRightParen));
  return window;
}

Result<WindowFrame> Parser::Frame() {
  WindowFrame frame;
  frame.unit = IsWord("ROWS")    ? WindowFrame::Unit::kRows
               : IsWord("RANGE") ? WindowFrame::Unit::kRange
                                 : WindowFrame::Unit::kGroups;
  Advance();
  if (AcceptWords("BETWEEN")) {
    FIRN_ASSIGN(frame.start, Bound());
    FIRN_TRY(ExpectWords("AND"));
    FIRN_ASSIGN(frame.end, Bound());
  } else {
    FIRN_ASSIGN(frame.start, Bound());
    frame.end.kind = FrameBound::Kind::kCurrentRow;
  }
  return frame;
}

Result<FrameBound> Parser::Bound() {
  FrameBound bound;
  if (AcceptWords("UNBOUNDED", "PRECEDING")) {
    bound.kind = FrameBound::Kind::kUnboundedPreceding;
  } else if (AcceptWords("UNBOUNDED", "FOLLOWING")) {
    bound.kind = FrameBound::Kind::kUnboundedFollowing;
  } else if (AcceptWords("CURRENT", "ROW")) {
    bound.kind = FrameBound::Kind::kCurrentRow;
  } else {
    FIRN_ASSIGN(bound.offset, Binary(kOperandLevel));
    bound.kind = IsWord("PRECEDING") ? FrameBound::Kind::kPreceding : FrameBound::Kind::kFollowing;
    if (!IsAnyWord({"PRECEDING", "FOLLOWING"})) return Unexpected();
    Advance();
  }
  return bound;
}

// EXTRACT(part FROM x), POSITION(a IN b), SUBSTRING(x FROM a FOR b), TRIM(BOTH a FROM x): as plain calls. The first
// argument of EXTRACT is the part as a string. `taken`: whether one of these, or its plain form, stood there.
Result<ExprPtr> Parser::SpecialCall(bool* taken) {
  *taken = false;
  if (!IsAnyWord({"EXTRACT", "POSITION", "SUBSTRING", "SUBSTR", "TRIM"})) return ExprPtr();
  bool extract = IsWord("EXTRACT");
  if (extract && !((Is(TokenKind::kWord, 2) || AtString(2)) && IsWord("FROM", 3))) return ExprPtr();
  if (Is(TokenKind::kRightParen, 2) || Is(TokenKind::kFatArrow, 3)) return ExprPtr();
  *taken = true;
  Level level(this);
  FIRN_TRY(CheckDepth());
  Call call;
  Position at = At();
  call.name.parts.push_back({Upper(Source(Peek())), false, at});
  call.name.at = at;
  Advance(2);
  if (extract) {
    std::string part(Source(Peek()));
    if (AtString()) {
      FIRN_ASSIGN(part, DecodeString(Peek().kind, part));
    }
    call.args.push_back({{}, MakeExpr(Literal{Literal::Kind::kString, std::move(part)}, At())});
    Advance(2);
    FIRN_TRY(Operand(&call));
  } else if (call.name.parts[0].text == "TRIM") {
    FIRN_TRY(TrimArguments(&call));
  } else {
    bool position = call.name.parts[0].text == "POSITION";
    FIRN_TRY(Operand(&call));
    if (AcceptWords(position ? "IN" : "FROM")) {
      FIRN_TRY(Operand(&call));
      if (!position && AcceptWords("FOR")) FIRN_TRY(Operand(&call));
    }
  }
  while (Accept(TokenKind::kComma)) FIRN_TRY(Operand(&call));
  FIRN_TRY(Expect(TokenKind::kRightParen));
  return MakeExpr(std::move(call), at);
}

Status Parser::Operand(Call* call) {
  Argument arg;
  FIRN_ASSIGN(arg.value, Binary(kOperandLevel));
  call->args.push_back(std::move(arg));
  return Ok();
}

// TRIM([BOTH | LEADING | TRAILING] [characters] FROM x), or the first argument of the plain form
Status Parser::TrimArguments(Call* call) {
  bool sided = IsAnyWord({"BOTH", "LEADING", "TRAILING"}) && !Is(TokenKind::kComma, 1) &&
               !Is(TokenKind::kRightParen, 1) && !Is(TokenKind::kDot, 1);
  if (sided) {
    call->name.parts[0].text = IsWord("LEADING") ? "LTRIM" : IsWord("TRAILING") ? "RTRIM" : "TRIM";
    Advance();
    if (AcceptWords("FROM")) return Operand(call);
  }
  FIRN_TRY(Operand(call));
  if (!AcceptWords("FROM")) return Ok();
  FIRN_TRY(Operand(call));
  std::swap(call->args[0], call->args[1]);
  return Ok();
}

}  // namespace firn::sql

// Operators: precedence climbing over primaries. Levels from loose to tight: OR 1, AND 2, NOT 3, comparison and
// predicates 4, + - || 5, * / % 6, unary - + 7, and postfix :: [] : (level 8) above all.
#include "sql/parse.h"

namespace firn::sql {

namespace {

constexpr int kNotLevel = 3;
constexpr int kCompareLevel = 4;
constexpr int kAddLevel = 5;
constexpr int kMulLevel = 6;
constexpr int kUnaryLevel = 7;

struct Operator {
  BinaryOp op;
  int level;
};

// The operator that a symbol or word means, level 0 where it is none.
Operator SymbolOperator(TokenKind kind) {
  switch (kind) {
    case TokenKind::kPlus:
      return {BinaryOp::kAdd, kAddLevel};
    case TokenKind::kMinus:
      return {BinaryOp::kSub, kAddLevel};
    case TokenKind::kConcat:
      return {BinaryOp::kConcat, kAddLevel};
    case TokenKind::kStar:
      return {BinaryOp::kMul, kMulLevel};
    case TokenKind::kSlash:
      return {BinaryOp::kDiv, kMulLevel};
    case TokenKind::kPercent:
      return {BinaryOp::kMod, kMulLevel};
    case TokenKind::kEq:
      return {BinaryOp::kEq, kCompareLevel};
    case TokenKind::kNe:
      return {BinaryOp::kNe, kCompareLevel};
    case TokenKind::kLt:
      return {BinaryOp::kLt, kCompareLevel};
    case TokenKind::kLe:
      return {BinaryOp::kLe, kCompareLevel};
    case TokenKind::kGt:
      return {BinaryOp::kGt, kCompareLevel};
    case TokenKind::kGe:
      return {BinaryOp::kGe, kCompareLevel};
    default:
      return {BinaryOp::kOr, 0};
  }
}

// Moves operands[from, to) into a balanced tree.
ExprPtr Balanced(BinaryOp op, std::vector<ExprPtr>& operands, size_t from, size_t to, Position at) {
  if (to - from == 1) return std::move(operands[from]);
  size_t middle = from + (to - from) / 2;
  ExprPtr left = Balanced(op, operands, from, middle, at);
  ExprPtr right = Balanced(op, operands, middle, to, at);
  return MakeExpr(firn::sql::Binary{op, std::move(left), std::move(right)}, at);
}

}  // namespace

Result<ExprPtr> Parser::Expression() {
  // Literals in long lists take the short way.
  if (Is(TokenKind::kComma, 1) || Is(TokenKind::kRightParen, 1)) {
    TokenKind kind = Peek().kind;
    if (kind == TokenKind::kNumber || kind == TokenKind::kString) return Primary();
  }
  return Binary(1);  // every production that holds an expression opens a Level
}

Result<ExprPtr> Parser::Binary(int level) {
  Chain chain(this);
  FIRN_ASSIGN(ExprPtr left, Prefix(level));
  for (;;) {
    Position at = At();
    Operator op = SymbolOperator(Peek().kind);
    if (Is(TokenKind::kWord)) {
      if (IsWord("OR")) op = {BinaryOp::kOr, 1};
      if (IsWord("AND")) op = {BinaryOp::kAnd, 2};
    }
    if (op.level != 0) {
      if (op.level < level) return left;
      if (op.op == BinaryOp::kOr || op.op == BinaryOp::kAnd || op.op == BinaryOp::kConcat) {
        FIRN_ASSIGN(left, Associative(std::move(left), op.op, op.level, at));
      } else {
        Advance();
        FIRN_ASSIGN(left, Comparison(std::move(left), op.op, at));
      }
      FIRN_TRY(chain.Link());
      continue;
    }
    if (level > kCompareLevel || !Is(TokenKind::kWord)) return left;
    if (IsWord("IS")) {
      FIRN_ASSIGN(left, IsPredicate(std::move(left)));
    } else {
      bool negated = IsWord("NOT");
      if (!IsAnyWord({"IN", "BETWEEN", "LIKE", "ILIKE", "RLIKE", "REGEXP"}, negated ? 1 : 0)) return left;
      if (negated) Advance();
      FIRN_ASSIGN(left, Predicate(std::move(left), negated));
    }
    FIRN_TRY(chain.Link());
  }
}

// A run of one operator; `first` is its first operand.
Result<ExprPtr> Parser::Associative(ExprPtr first, BinaryOp op, int level, Position at) {
  std::vector<ExprPtr> operands;
  operands.push_back(std::move(first));
  for (;;) {
    bool more = op == BinaryOp::kConcat ? Accept(TokenKind::kConcat) : AcceptWords(op == BinaryOp::kOr ? "OR" : "AND");
    if (!more) break;
    FIRN_ASSIGN(ExprPtr operand, Binary(level + 1));
    operands.push_back(std::move(operand));
  }
  for (size_t n = operands.size(); n > 2; n /= 2) ++height_;
  FIRN_TRY(CheckDepth());
  return Balanced(op, operands, 0, operands.size(), at);
}

// What stands behind an operator that is not associative; for a comparison perhaps ANY or ALL of a query.
Result<ExprPtr> Parser::Comparison(ExprPtr left, BinaryOp op, Position at) {
  int level = SymbolOperator(TokenAt(Mark() - 1).kind).level;
  if (level == kCompareLevel && IsAnyWord({"ANY", "ALL", "SOME"}) && Is(TokenKind::kLeftParen, 1)) {
    bool all = IsWord("ALL");
    Advance(2);
    FIRN_ASSIGN(QueryPtr query, ParseWholeQuery());
    FIRN_TRY(Expect(TokenKind::kRightParen));
    return MakeExpr(QuantifiedCompare{op, all, std::move(left), std::move(query)}, at);
  }
  FIRN_ASSIGN(ExprPtr right, Binary(level + 1));
  return MakeExpr(firn::sql::Binary{op, std::move(left), std::move(right)}, at);
}

Result<ExprPtr> Parser::Prefix(int level) {
  Position at = At();
  if (IsWord("NOT") && level <= kCompareLevel) {
    Level deeper(this);
    FIRN_TRY(CheckDepth());
    Advance();
    FIRN_ASSIGN(ExprPtr arg, Binary(kNotLevel));
    return MakeExpr(Unary{UnaryOp::kNot, std::move(arg)}, at);
  }
  if (Is(TokenKind::kMinus) || Is(TokenKind::kPlus)) {
    Level deeper(this);
    FIRN_TRY(CheckDepth());
    UnaryOp op = Is(TokenKind::kMinus) ? UnaryOp::kMinus : UnaryOp::kPlus;
    Advance();
    FIRN_ASSIGN(ExprPtr arg, Binary(kUnaryLevel));
    return MakeExpr(Unary{op, std::move(arg)}, at);
  }
  if (IsWord("PRIOR") && (AtIdentifier(1) || Is(TokenKind::kLeftParen, 1))) {
    Level deeper(this);
    FIRN_TRY(CheckDepth());
    Advance();
    FIRN_ASSIGN(ExprPtr arg, Binary(kUnaryLevel));
    return MakeExpr(Unary{UnaryOp::kPrior, std::move(arg)}, at);
  }
  FIRN_ASSIGN(ExprPtr primary, Primary());
  return Postfix(std::move(primary));
}

Result<ExprPtr> Parser::Postfix(ExprPtr expr) {
  for (;;) {  // `expr` stands first in the chain of Binary(), so `height_` is its own height
    Position at = At();
    if (Accept(TokenKind::kDoubleColon)) {
      FIRN_ASSIGN(SqlType type, Type());
      expr = MakeExpr(Cast{std::move(expr), type, false}, at);
    } else if (Is(TokenKind::kLeftBracket) || Is(TokenKind::kColon) ||
               (Is(TokenKind::kDot) && expr->As<Path>() != nullptr)) {
      FIRN_ASSIGN(expr, PathStep(std::move(expr), at));
      continue;
    } else if (IsWord("COLLATE") && AtString(1)) {
      Advance();
      FIRN_ASSIGN(std::string collation, String());
      expr = MakeExpr(Collate{std::move(expr), std::move(collation)}, at);
    } else {
      if (Is(TokenKind::kLeftParen) && Is(TokenKind::kPlus, 1) && Is(TokenKind::kRightParen, 2)) {
        Advance(3);
        expr = MakeExpr(Unary{UnaryOp::kOuterMark, std::move(expr)}, at);
        ++height_;
        FIRN_TRY(CheckDepth());
      }
      return expr;
    }
    ++height_;
    FIRN_TRY(CheckDepth());
  }
}

// [index], :key or .key, added to the path that `base` is, or begins.
Result<ExprPtr> Parser::PathStep(ExprPtr base, Position at) {
  if (base->As<Path>() == nullptr) {
    Position base_at = base->at;
    base = MakeExpr(Path{std::move(base), {}}, base_at);
    ++height_;
    FIRN_TRY(CheckDepth());
  }
  auto& steps = base->As<Path>()->steps;
  if (Accept(TokenKind::kLeftBracket)) {
    Level level(this);
    FIRN_TRY(CheckDepth());
    if (AtString() && Is(TokenKind::kRightBracket, 1)) {
      FIRN_ASSIGN(std::string key, String());
      steps.emplace_back(std::move(key));
    } else {
      FIRN_ASSIGN(ExprPtr index, Expression());
      steps.emplace_back(std::move(index));
    }
    FIRN_TRY(Expect(TokenKind::kRightBracket));
    return base;
  }
  Advance();
  if (Is(TokenKind::kQuotedWord)) {
    steps.emplace_back(DecodeQuotedWord(Source(Peek())));
  } else if (Is(TokenKind::kWord)) {
    steps.emplace_back(std::string(Source(Peek())));
  } else {
    return UnexpectedToken(Source(TokenAt(Mark() - 1)), at);
  }
  Advance();
  return base;
}

Result<ExprPtr> Parser::IsPredicate(ExprPtr left) {
  Position at = At();
  Advance();
  bool negated = AcceptWords("NOT");
  if (AcceptWords("DISTINCT", "FROM")) {
    FIRN_ASSIGN(ExprPtr right, Binary(kAddLevel));
    BinaryOp op = negated ? BinaryOp::kNotDistinct : BinaryOp::kDistinct;
    return MakeExpr(firn::sql::Binary{op, std::move(left), std::move(right)}, at);
  }
  IsTest::What what = IsTest::What::kNull;
  if (IsWord("TRUE")) {
    what = IsTest::What::kTrue;
  } else if (IsWord("FALSE")) {
    what = IsTest::What::kFalse;
  } else if (!IsWord("NULL")) {
    return Unexpected();
  }
  Advance();
  return MakeExpr(IsTest{what, negated, std::move(left)}, at);
}

Result<ExprPtr> Parser::Predicate(ExprPtr left, bool negated) {
  Position at = At();
  if (AcceptWords("IN")) return InPredicate(std::move(left), negated);
  if (AcceptWords("BETWEEN")) {
    FIRN_ASSIGN(ExprPtr low, Binary(kAddLevel));
    FIRN_TRY(ExpectWords("AND"));
    FIRN_ASSIGN(ExprPtr high, Binary(kAddLevel));
    return MakeExpr(Between{negated, std::move(left), std::move(low), std::move(high)}, at);
  }
  Like::Kind kind = IsWord("LIKE") ? Like::Kind::kLike : IsWord("ILIKE") ? Like::Kind::kILike : Like::Kind::kRLike;
  Advance();
  return LikePredicate(std::move(left), negated, kind);
}

Result<ExprPtr> Parser::InPredicate(ExprPtr left, bool negated) {
  Position at = left->at;
  if (Is(TokenKind::kLeftParen) && AtQuery(1)) {
    Advance();
    FIRN_ASSIGN(QueryPtr query, ParseWholeQuery());
    FIRN_TRY(Expect(TokenKind::kRightParen));
    return MakeExpr(InQuery{negated, std::move(left), std::move(query)}, at);
  }
  if (!Is(TokenKind::kLeftParen)) return Unexpected();
  Level level(this, 0);
  FIRN_TRY(CheckDepth());
  Advance();
  FIRN_ASSIGN(std::vector<ExprPtr> items, ExpressionList());
  if (items.size() == 1 && items[0]->As<ScalarQuery>() != nullptr) {
    // IN ((SELECT …) UNION …)
    QueryPtr query = std::move(items[0]->As<ScalarQuery>()->query);
    if (AtQueryTail()) {
      FIRN_ASSIGN(query, ContinueQuery(std::move(query)));
    }
    FIRN_TRY(Expect(TokenKind::kRightParen));
    return MakeExpr(InQuery{negated, std::move(left), std::move(query)}, at);
  }
  FIRN_TRY(Expect(TokenKind::kRightParen));
  return MakeExpr(InList{negated, std::move(left), std::move(items)}, at);
}

Result<ExprPtr> Parser::LikePredicate(ExprPtr left, bool negated, Like::Kind kind) {
  Level level(this, 0);
  FIRN_TRY(CheckDepth());
  Position at = left->at;
  Like like{kind, Like::Match::kOne, negated, std::move(left), {}, nullptr};
  if (IsAnyWord({"ANY", "ALL", "SOME"}) && kind != Like::Kind::kRLike) {
    like.match = IsWord("ALL") ? Like::Match::kAll : Like::Match::kAny;
    Advance();
    if (Is(TokenKind::kLeftParen) && AtQuery(1)) return Unsupported("LIKE ANY of a query");
    if (Accept(TokenKind::kLeftParen)) {
      FIRN_ASSIGN(like.patterns, ExpressionList());
      FIRN_TRY(Expect(TokenKind::kRightParen));
    } else {
      FIRN_ASSIGN(ExprPtr pattern, Binary(kAddLevel));
      like.patterns.push_back(std::move(pattern));
    }
  } else {
    FIRN_ASSIGN(ExprPtr pattern, Binary(kAddLevel));
    like.patterns.push_back(std::move(pattern));
  }
  if (AcceptWords("ESCAPE")) {
    FIRN_ASSIGN(like.escape, Binary(kAddLevel));
  }
  return MakeExpr(std::move(like), at);
}

Result<std::vector<ExprPtr>> Parser::ExpressionList() {
  std::vector<ExprPtr> list;
  do {
    FIRN_ASSIGN(ExprPtr item, Expression());
    list.push_back(std::move(item));
  } while (Accept(TokenKind::kComma));
  return list;
}

Result<std::vector<ExprPtr>> Parser::ParenthesisedList() {
  std::vector<ExprPtr> list;
  FIRN_TRY(Expect(TokenKind::kLeftParen));
  if (!Is(TokenKind::kRightParen)) {
    FIRN_ASSIGN(list, ExpressionList());
  }
  FIRN_TRY(Expect(TokenKind::kRightParen));
  return list;
}

Result<std::vector<OrderItem>> Parser::OrderItems() {
  std::vector<OrderItem> items;
  do {
    OrderItem item;
    FIRN_ASSIGN(item.expr, Expression());
    if (!AcceptWords("ASC")) item.descending = AcceptWords("DESC");
    if (AcceptWords("NULLS", "FIRST")) item.nulls_first = true;
    if (AcceptWords("NULLS", "LAST")) item.nulls_first = false;
    items.push_back(std::move(item));
  } while (Accept(TokenKind::kComma));
  return items;
}

}  // namespace firn::sql

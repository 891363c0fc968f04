// Queries: WITH, SELECT, set operations, VALUES, ORDER BY, LIMIT.
#include "sql/parse.h"

namespace firn::sql {

namespace {

constexpr size_t kGroupingSetsMax = 4096;

QueryPtr MakeQuery(Position at) {
  auto query = std::make_unique<Query>();
  query->at = at;
  return query;
}

bool IsPlain(const Query& query) {
  return query.with.empty() && query.order_by.empty() && !query.order_by_all && query.limit == nullptr &&
         query.offset == nullptr;
}

// SELECT * FROM (query)
QueryPtr Wrap(QueryPtr query) {
  Position at = query->at;
  QueryPtr outer = MakeQuery(at);
  Select select;
  SelectItem item;
  item.expr = MakeExpr(Star{}, at);
  select.items.push_back(std::move(item));
  select.from = MakeRelation(QueryRelation{std::move(query), false, std::nullopt}, {}, at);
  outer->body = std::move(select);
  return outer;
}

QueryPtr Combine(SetOp op, bool by_name, QueryPtr left, QueryPtr right, Position at) {
  QueryPtr query = MakeQuery(at);
  query->body = SetOperation{op, by_name, std::move(left), std::move(right)};
  return query;
}

QueryPtr BalancedUnion(std::vector<QueryPtr>& branches, size_t from, size_t to, Position at) {
  if (to - from == 1) return std::move(branches[from]);
  size_t middle = from + (to - from) / 2;
  QueryPtr left = BalancedUnion(branches, from, middle, at);
  QueryPtr right = BalancedUnion(branches, middle, to, at);
  return Combine(SetOp::kUnionAll, false, std::move(left), std::move(right), at);
}

}  // namespace

bool Parser::AtQuery(size_t ahead) const {
  return IsWord("SELECT", ahead) || IsWord("WITH", ahead) ||
         (IsWord("VALUES", ahead) && Is(TokenKind::kLeftParen, ahead + 1));
}

bool Parser::AtQueryTail() const {
  return IsAnyWord({"UNION", "INTERSECT", "EXCEPT", "MINUS", "ORDER", "LIMIT", "OFFSET", "FETCH"});
}

Result<QueryPtr> Parser::ParseWholeQuery() {
  Level level(this, 1, 2);
  FIRN_TRY(CheckDepth());
  std::vector<CommonTable> with;
  bool recursive = false;
  if (AcceptWords("WITH")) {
    recursive = AcceptWords("RECURSIVE");
    FIRN_ASSIGN(with, CommonTables());
  }
  FIRN_ASSIGN(QueryPtr query, SetOperations(1));
  return WithTail(std::move(query), std::move(with), recursive);
}

Result<QueryPtr> Parser::ContinueQuery(QueryPtr first) {
  Level level(this);
  FIRN_TRY(CheckDepth());
  ++height_;
  FIRN_ASSIGN(QueryPtr query, SetTail(std::move(first), 1));
  return WithTail(std::move(query), {}, false);
}

Result<QueryPtr> Parser::WithTail(QueryPtr query, std::vector<CommonTable> with, bool recursive) {
  bool tail = IsAnyWord({"ORDER", "LIMIT", "OFFSET", "FETCH"});
  if (!IsPlain(*query) && (tail || !with.empty())) query = Wrap(std::move(query));
  if (!with.empty()) {
    query->with = std::move(with);
    query->recursive = recursive;
  }
  if (tail) FIRN_TRY(QueryTail(query.get()));
  if (IsWords("FOR", "UPDATE")) return Unsupported("SELECT … FOR UPDATE");
  return query;
}

Result<std::vector<CommonTable>> Parser::CommonTables() {
  std::vector<CommonTable> tables;
  do {
    CommonTable table;
    FIRN_ASSIGN(table.name, Identifier());
    if (Is(TokenKind::kLeftParen)) {
      FIRN_ASSIGN(table.columns, IdentifierList());
    }
    FIRN_TRY(ExpectWords("AS"));
    if (IsAnyWord({"PROCEDURE", "MATERIALIZED"})) return Unsupported("WITH … AS " + Upper(Source(Peek())));
    FIRN_TRY(Expect(TokenKind::kLeftParen));
    FIRN_ASSIGN(table.query, ParseWholeQuery());
    FIRN_TRY(Expect(TokenKind::kRightParen));
    tables.push_back(std::move(table));
  } while (Accept(TokenKind::kComma));
  return tables;
}

Result<QueryPtr> Parser::SetOperations(int level) {
  FIRN_ASSIGN(QueryPtr left, QueryTerm());
  return SetTail(std::move(left), level);
}

// INTERSECT (level 2) binds tighter than UNION, EXCEPT and MINUS (level 1).
Result<QueryPtr> Parser::SetTail(QueryPtr left, int level) {
  for (;;) {
    Position at = left->at;
    SetOp op = SetOp::kIntersect;
    if (IsWord("UNION")) {
      op = IsWord("ALL", 1) ? SetOp::kUnionAll : SetOp::kUnion;
    } else if (IsWord("MINUS") || IsWord("EXCEPT")) {
      op = SetOp::kExcept;
    } else if (!IsWord("INTERSECT")) {
      return left;
    }
    if (level == 2 && op != SetOp::kIntersect) return left;
    if (op == SetOp::kUnionAll && !IsWord("BY", 2)) {
      FIRN_ASSIGN(left, UnionAll(std::move(left), at));
      continue;
    }
    Advance();
    if (op == SetOp::kUnionAll) Advance();
    if (op == SetOp::kUnion) AcceptWords("DISTINCT");
    bool by_name = (op == SetOp::kUnion || op == SetOp::kUnionAll) && AcceptWords("BY", "NAME");
    Result<QueryPtr> right = op == SetOp::kIntersect ? QueryTerm() : SetOperations(2);
    if (!right.ok()) return right;
    left = Combine(op, by_name, std::move(left), std::move(right).value(), at);
    ++height_;
    FIRN_TRY(CheckDepth());
  }
}

// A run of UNION ALL is associative: a balanced tree keeps a long one shallow.
Result<QueryPtr> Parser::UnionAll(QueryPtr first, Position at) {
  std::vector<QueryPtr> branches;
  branches.push_back(std::move(first));
  while (IsWords("UNION", "ALL") && !IsWord("BY", 2)) {
    Advance(2);
    FIRN_ASSIGN(QueryPtr branch, SetOperations(2));
    branches.push_back(std::move(branch));
  }
  for (size_t n = branches.size(); n > 1; n /= 2) ++height_;
  FIRN_TRY(CheckDepth());
  return BalancedUnion(branches, 0, branches.size(), at);
}

Result<QueryPtr> Parser::QueryTerm() {
  Position at = At();
  if (Accept(TokenKind::kLeftParen)) {
    FIRN_ASSIGN(QueryPtr query, ParseWholeQuery());
    FIRN_TRY(Expect(TokenKind::kRightParen));
    return query;
  }
  if (IsWord("VALUES")) {
    QueryPtr query = MakeQuery(at);
    Values values;
    FIRN_ASSIGN(values.rows, ValuesRows());
    query->body = std::move(values);
    return query;
  }
  return SelectCore();
}

// VALUES (a, b), (c, d)
Result<std::vector<std::vector<ExprPtr>>> Parser::ValuesRows() {
  Level level(this);
  FIRN_TRY(CheckDepth());
  FIRN_TRY(ExpectWords("VALUES"));
  std::vector<std::vector<ExprPtr>> rows;
  do {
    FIRN_TRY(Expect(TokenKind::kLeftParen));
    std::vector<ExprPtr> row;
    row.reserve(rows.empty() ? 0 : rows.back().size());
    do {
      FIRN_ASSIGN(ExprPtr value, ExpressionOrDefault());
      row.push_back(std::move(value));
    } while (Accept(TokenKind::kComma));
    FIRN_TRY(Expect(TokenKind::kRightParen));
    rows.push_back(std::move(row));
  } while (Accept(TokenKind::kComma));
  return rows;
}

Result<QueryPtr> Parser::SelectCore() {
  QueryPtr query = MakeQuery(At());
  FIRN_TRY(ExpectWords("SELECT"));
  Select select;
  if (!AcceptWords("ALL")) select.distinct = AcceptWords("DISTINCT");
  if (IsWord("TOP") && AtClauseOperand(1) && !Is(TokenKind::kLeftParen, 1)) {
    Advance();
    FIRN_ASSIGN(select.top, Binary(8));
  }
  do {
    bool end = AtEnd() || Is(TokenKind::kRightParen) || IsWord("FROM");
    if (end && !select.items.empty()) break;  // one trailing comma
    FIRN_ASSIGN(SelectItem item, Item());
    select.items.push_back(std::move(item));
  } while (Accept(TokenKind::kComma));
  if (IsWord("INTO")) return Unsupported("SELECT … INTO");
  FIRN_TRY(SelectClauses(&select));
  query->body = std::move(select);
  return query;
}

Result<SelectItem> Parser::Item() {
  SelectItem item;
  size_t mark = Mark();
  if (Is(TokenKind::kStar)) {
    FIRN_ASSIGN(item.expr, StarExpression({}));
    return item;
  }
  FIRN_ASSIGN(item.expr, Expression());
  if (item.expr->As<Star>() != nullptr) return item;
  const ColumnRef* column = item.expr->As<ColumnRef>();
  const PositionRef* position = item.expr->As<PositionRef>();
  if (column != nullptr) {
    item.default_name = column->parts.back().text;
  } else if (position != nullptr) {
    item.default_name = "$" + std::to_string(position->number);
  } else {
    item.default_name = LabelFrom(mark);
  }
  if (AcceptWords("AS")) {
    FIRN_ASSIGN(item.alias, Identifier());
  } else if (AtBareColumnAlias()) {
    FIRN_ASSIGN(item.alias, Identifier());
  }
  return item;
}

// The source text in upper case, without comments, and without the blank of OVER (.
std::string Parser::LabelFrom(size_t mark) const {
  std::string label;
  for (size_t i = mark; i < Mark(); ++i) {
    if (i > mark) {
      size_t end = tokens_[i - 1].offset + tokens_[i - 1].length;
      std::string_view gap = text_.substr(end, tokens_[i].offset - end);
      bool comment = gap.find_first_not_of(" \t\r\n\f\v") != std::string_view::npos;
      bool over = tokens_[i].kind == TokenKind::kLeftParen && EqualsIgnoreCase(Source(tokens_[i - 1]), "OVER");
      if (!over) label += comment ? std::string_view(" ") : gap;
    }
    label += Upper(Source(tokens_[i]));
  }
  return label;
}

bool Parser::AtClauseOperand(size_t ahead) const {
  switch (Peek(ahead).kind) {
    case TokenKind::kNumber:
    case TokenKind::kString:
    case TokenKind::kRawString:
    case TokenKind::kQuestion:
    case TokenKind::kColon:
    case TokenKind::kVariable:
    case TokenKind::kLeftParen:
      return true;
    default:
      return IsAnyWord({"NULL", "FIRST", "NEXT"}, ahead);
  }
}

// Whether a word without AS names what stands before it, rather than leads a clause.
bool Parser::AtBareColumnAlias() const {
  if (!AtIdentifier()) return false;
  if (IsAnyWord({"LIMIT", "OFFSET", "FETCH"})) return !AtClauseOperand(1);
  if (IsWord("EXCEPT")) return !AtQuery(1) && !Is(TokenKind::kLeftParen, 1);
  return true;
}

Status Parser::SelectClauses(Select* select) {
  if (AcceptWords("FROM")) {
    FIRN_ASSIGN(select->from, FromList());
  }
  for (;;) {
    if (select->where == nullptr && AcceptWords("WHERE")) {
      FIRN_ASSIGN(select->where, Expression());
    } else if (!select->group_by && AcceptWords("GROUP", "BY")) {
      FIRN_ASSIGN(select->group_by, Grouping());
    } else if (select->having == nullptr && AcceptWords("HAVING")) {
      FIRN_ASSIGN(select->having, Expression());
    } else if (select->qualify == nullptr && AcceptWords("QUALIFY")) {
      FIRN_ASSIGN(select->qualify, Expression());
    } else if (!select->connect_by && (IsWords("START", "WITH") || IsWords("CONNECT", "BY"))) {
      ConnectBy connect;
      if (AcceptWords("START", "WITH")) {
        FIRN_ASSIGN(connect.start_with, Expression());
      }
      FIRN_TRY(ExpectWords("CONNECT", "BY"));
      FIRN_ASSIGN(connect.condition, Expression());
      if (connect.start_with == nullptr && AcceptWords("START", "WITH")) {
        FIRN_ASSIGN(connect.start_with, Expression());
      }
      select->connect_by = std::move(connect);
    } else {
      return Ok();
    }
  }
}

// The sets of one element of GROUP BY; `kind` says which kind of element it is.
Result<std::vector<std::vector<ExprPtr>>> Parser::GroupingElement(GroupBy::Kind* kind) {
  std::vector<std::vector<ExprPtr>> sets;
  *kind = GroupBy::Kind::kList;
  bool rollup = IsWord("ROLLUP") && Is(TokenKind::kLeftParen, 1);
  bool cube = IsWord("CUBE") && Is(TokenKind::kLeftParen, 1);
  if (IsWords("GROUPING", "SETS") && Is(TokenKind::kLeftParen, 2)) {
    *kind = GroupBy::Kind::kSets;
    Advance(3);
    do {
      std::vector<ExprPtr> set;
      if (Is(TokenKind::kLeftParen)) {
        FIRN_ASSIGN(set, ParenthesisedList());
      } else {
        FIRN_ASSIGN(ExprPtr key, Expression());
        set.push_back(std::move(key));
      }
      sets.push_back(std::move(set));
    } while (Accept(TokenKind::kComma));
    FIRN_TRY(Expect(TokenKind::kRightParen));
    return sets;
  }
  sets.emplace_back();
  if (Is(TokenKind::kLeftParen) && Is(TokenKind::kRightParen, 1)) {
    *kind = GroupBy::Kind::kSets;  // GROUP BY (): one group of all rows
    Advance(2);
    return sets;
  }
  if (rollup || cube) {
    *kind = rollup ? GroupBy::Kind::kRollup : GroupBy::Kind::kCube;
    Advance();
    FIRN_ASSIGN(sets[0], ParenthesisedList());
    if (cube && sets[0].size() > 7) return Unsupported("CUBE of more than 7 elements");
    return sets;
  }
  FIRN_ASSIGN(ExprPtr key, Expression());
  sets[0].push_back(std::move(key));
  return sets;
}

namespace {

// Adds a copy of a key, or of each key of a tuple.
void AddKey(const Expr& key, std::vector<ExprPtr>* set) {
  if (const Tuple* tuple = key.As<Tuple>()) {
    for (const ExprPtr& item : tuple->items) set->push_back(Clone(*item));
  } else {
    set->push_back(Clone(key));
  }
}

// ROLLUP (a, b) as (a, b), (a), (); CUBE as all subsets.
std::vector<std::vector<ExprPtr>> Expand(GroupBy::Kind kind, std::vector<std::vector<ExprPtr>> sets) {
  if (kind != GroupBy::Kind::kRollup && kind != GroupBy::Kind::kCube) return sets;
  const std::vector<ExprPtr>& keys = sets[0];
  std::vector<std::vector<ExprPtr>> expanded;
  size_t count = kind == GroupBy::Kind::kRollup ? keys.size() + 1 : size_t{1} << keys.size();
  for (size_t n = count; n-- > 0;) {
    std::vector<ExprPtr> set;
    for (size_t k = 0; k < keys.size(); ++k) {
      bool in = kind == GroupBy::Kind::kRollup ? k < n : (n >> (keys.size() - 1 - k) & 1) != 0;
      if (in) AddKey(*keys[k], &set);
    }
    expanded.push_back(std::move(set));
  }
  return expanded;
}

}  // namespace

Result<GroupBy> Parser::Grouping() {
  GroupBy group{GroupBy::Kind::kList, {}};
  if (IsWord("ALL")) {
    Advance();
    group.kind = GroupBy::Kind::kAll;
    return group;
  }
  bool first = true;
  do {
    GroupBy::Kind kind = GroupBy::Kind::kList;
    FIRN_ASSIGN(auto sets, GroupingElement(&kind));
    if (first) {
      group.kind = kind;
      group.sets = std::move(sets);
      first = false;
      continue;
    }
    if (kind == GroupBy::Kind::kList && group.kind == GroupBy::Kind::kList) {
      group.sets[0].push_back(std::move(sets[0][0]));
      continue;
    }
    // Elements of different kinds combine each set of the one with each set of the other.
    auto left = Expand(group.kind, std::move(group.sets));
    auto right = Expand(kind, std::move(sets));
    if (left.size() * right.size() > kGroupingSetsMax) {
      return Error(errors::kLimit, {"GROUP BY", std::to_string(kGroupingSetsMax), "grouping sets"}, At());
    }
    group.kind = GroupBy::Kind::kSets;
    group.sets.clear();
    for (const auto& a : left) {
      for (const auto& b : right) {
        std::vector<ExprPtr> set;
        for (const ExprPtr& key : a) AddKey(*key, &set);
        for (const ExprPtr& key : b) AddKey(*key, &set);
        group.sets.push_back(std::move(set));
      }
    }
  } while (Accept(TokenKind::kComma));
  return group;
}

// ORDER BY, LIMIT, OFFSET, FETCH
Status Parser::QueryTail(Query* query) {
  if (AcceptWords("ORDER", "BY")) {
    if (AcceptWords("ALL")) {
      query->order_by_all = true;
      if (!AcceptWords("ASC") && IsWord("DESC")) return Unsupported("ORDER BY ALL DESC");
      if (IsWord("NULLS")) return Unsupported("ORDER BY ALL NULLS FIRST | LAST");
    } else {
      FIRN_ASSIGN(query->order_by, OrderItems());
    }
  }
  if (AcceptWords("LIMIT")) {
    FIRN_ASSIGN(query->limit, Binary(8));
    const Literal* literal = query->limit->As<Literal>();
    bool none = literal != nullptr && (literal->kind == Literal::Kind::kNull ||
                                       (literal->kind == Literal::Kind::kString && literal->text.empty()));
    if (none) query->limit = nullptr;
  }
  if (AcceptWords("OFFSET")) {
    FIRN_ASSIGN(query->offset, Binary(8));
    if (!AcceptWords("ROWS")) AcceptWords("ROW");
  }
  if (query->limit == nullptr && AcceptWords("FETCH")) {
    if (!AcceptWords("FIRST")) AcceptWords("NEXT");
    FIRN_ASSIGN(query->limit, Binary(8));
    if (!AcceptWords("ROWS")) AcceptWords("ROW");
    AcceptWords("ONLY");
  }
  return Ok();
}

}  // namespace firn::sql

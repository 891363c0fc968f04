// https://docs.snowflake.com/en/sql-reference/constructs/where#joins-in-the-where-clause
#include "planner/outer_marks.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/errors.h"
#include "planner/visit.h"

namespace firn::planner {

namespace {

struct Marks {
  std::set<std::string> marked, plain;  ///< aliases
};

/// Takes the marks off and says whose they were.
Status Take(sql::ExprPtr& expr, Marks* marks) {
  auto* unary = expr->As<sql::Unary>();
  bool mark = unary && unary->op == sql::UnaryOp::kOuterMark;
  if (mark) {
    sql::ExprPtr arg = std::move(unary->arg);
    expr = std::move(arg);
  }
  if (auto* column = expr->As<sql::ColumnRef>()) {
    if (mark && column->parts.size() < 2) {
      return Error(errors::kUnsupported, {"(+) behind a column without its table's name"}, expr->at);
    }
    if (column->parts.size() >= 2) {
      (mark ? marks->marked : marks->plain).insert(column->parts[column->parts.size() - 2].text);
    }
    return Ok();
  }
  return ForEachChild(
      *expr, [&](sql::ExprPtr& child) { return Take(child, marks); }, [](sql::Query&) { return Ok(); });
}

bool HasMark(sql::Expr& expr) {
  auto* unary = expr.As<sql::Unary>();
  if (unary && unary->op == sql::UnaryOp::kOuterMark) return true;
  bool found = false;
  (void)ForEachChild(
      expr,
      [&](sql::ExprPtr& child) {
        found = found || HasMark(*child);
        return Ok();
      },
      [](sql::Query&) { return Ok(); });
  return found;
}

void Conjuncts(sql::ExprPtr expr, std::vector<sql::ExprPtr>* out) {
  auto* binary = expr->As<sql::Binary>();
  if (binary && binary->op == sql::BinaryOp::kAnd) {
    Conjuncts(std::move(binary->left), out);
    Conjuncts(std::move(binary->right), out);
  } else {
    out->push_back(std::move(expr));
  }
}

sql::ExprPtr AllOf(std::vector<sql::ExprPtr> list) {
  sql::ExprPtr all;
  for (sql::ExprPtr& expr : list) {
    Position at = expr->at;
    all = all ? sql::MakeExpr(sql::Binary{sql::BinaryOp::kAnd, std::move(all), std::move(expr)}, at) : std::move(expr);
  }
  return all;
}

/// The relations of a list with commas.
void Listed(sql::RelationPtr relation, std::vector<sql::RelationPtr>* out) {
  auto* join = relation->As<sql::JoinRelation>();
  bool comma = join && join->kind == sql::JoinKind::kCross && !join->natural && !join->on &&
               join->using_columns.empty() && !relation->alias.name;
  if (!comma) {
    out->push_back(std::move(relation));
    return;
  }
  Listed(std::move(join->left), out);
  Listed(std::move(join->right), out);
}

/// The names that columns of a relation go by.
void AliasesOf(const sql::Relation& relation, std::set<std::string>* out) {
  if (relation.alias.name) {
    out->insert(relation.alias.name->text);
  } else if (const auto* named = relation.As<sql::NamedRelation>()) {
    if (!named->name.parts.empty()) out->insert(named->name.parts.back().text);
  } else if (const auto* join = relation.As<sql::JoinRelation>()) {
    AliasesOf(*join->left, out);
    AliasesOf(*join->right, out);
  }
}

struct Outer {
  std::vector<sql::ExprPtr> conditions;
  std::set<std::string> needs;
};

class Placer {
 public:
  Placer(std::vector<sql::RelationPtr> relations, std::map<std::string, Outer> outers)
      : waiting_(std::move(relations)), outers_(std::move(outers)) {}

  /// As written where that can be; a marked relation waits for those that its conditions name.
  Result<sql::RelationPtr> Place(Position at) {
    FlipFirst();
    while (!waiting_.empty()) {
      auto next =
          std::find_if(waiting_.begin(), waiting_.end(), [&](const auto& relation) { return Ready(*relation); });
      if (next == waiting_.end()) {
        return Error(errors::kInvalidExpression, {"outer joins by (+) that need one another"}, at);
      }
      sql::RelationPtr relation = std::move(*next);
      waiting_.erase(next);
      Add(std::move(relation));
    }
    return std::move(tree_);
  }

 private:
  /// A marked relation that stands first, before all that it needs, is a right join: `*` keeps its order.
  void FlipFirst() {
    Outer* outer = waiting_.size() > 1 ? OuterOf(*waiting_[0]) : nullptr;
    if (!outer || OuterOf(*waiting_[1])) return;
    std::set<std::string> second;
    AliasesOf(*waiting_[1], &second);
    if (!std::includes(second.begin(), second.end(), outer->needs.begin(), outer->needs.end())) return;
    AliasesOf(*waiting_[0], &placed_);
    AliasesOf(*waiting_[1], &placed_);
    Position at = waiting_[0]->at;
    sql::JoinRelation join{sql::JoinKind::kRight};
    join.left = std::move(waiting_[0]);
    join.right = std::move(waiting_[1]);
    join.on = AllOf(std::move(outer->conditions));
    tree_ = sql::MakeRelation(std::move(join), {}, at);
    waiting_.erase(waiting_.begin(), waiting_.begin() + 2);
  }
  Outer* OuterOf(const sql::Relation& relation) {
    std::set<std::string> names;
    AliasesOf(relation, &names);
    for (const std::string& name : names) {
      if (auto found = outers_.find(name); found != outers_.end()) return &found->second;
    }
    return nullptr;
  }
  bool Ready(const sql::Relation& relation) {
    Outer* outer = OuterOf(relation);
    if (!outer) return true;
    if (!tree_) return false;
    return std::includes(placed_.begin(), placed_.end(), outer->needs.begin(), outer->needs.end());
  }
  void Add(sql::RelationPtr relation) {
    Outer* outer = OuterOf(*relation);
    AliasesOf(*relation, &placed_);
    if (!tree_) {
      tree_ = std::move(relation);
      return;
    }
    Position at = relation->at;
    sql::JoinRelation join{outer ? sql::JoinKind::kLeft : sql::JoinKind::kCross};
    join.left = std::move(tree_);
    join.right = std::move(relation);
    if (outer) join.on = AllOf(std::move(outer->conditions));
    tree_ = sql::MakeRelation(std::move(join), {}, at);
  }

  std::vector<sql::RelationPtr> waiting_;
  std::map<std::string, Outer> outers_;
  sql::RelationPtr tree_;
  std::set<std::string> placed_;
};

}  // namespace

Status RewriteOuterMarks(sql::Select& select) {
  if (!select.where || !select.from || !HasMark(*select.where)) return Ok();
  Position at = select.where->at;
  std::vector<sql::ExprPtr> conjuncts, left;
  Conjuncts(std::move(select.where), &conjuncts);
  std::set<std::string> there;
  std::vector<sql::RelationPtr> relations;
  Listed(std::move(select.from), &relations);
  for (const sql::RelationPtr& relation : relations) AliasesOf(*relation, &there);
  std::map<std::string, Outer> outers;
  for (sql::ExprPtr& conjunct : conjuncts) {
    if (!HasMark(*conjunct)) {
      left.push_back(std::move(conjunct));
      continue;
    }
    Marks marks;
    FIRN_TRY(Take(conjunct, &marks));
    if (marks.marked.size() != 1) {
      return Error(errors::kInvalidExpression, {"(+) behind columns of several tables in one condition"}, conjunct->at);
    }
    const std::string& alias = *marks.marked.begin();
    if (!there.contains(alias)) return Error(errors::kInvalidIdentifier, {alias}, conjunct->at);
    Outer& outer = outers[alias];
    for (const std::string& needed : marks.plain) {
      if (needed != alias && there.contains(needed)) outer.needs.insert(needed);
    }
    outer.conditions.push_back(std::move(conjunct));
  }
  FIRN_ASSIGN(select.from, Placer(std::move(relations), std::move(outers)).Place(at));
  select.where = AllOf(std::move(left));
  return Ok();
}

}  // namespace firn::planner

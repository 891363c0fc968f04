// https://docs.snowflake.com/en/sql-reference/constructs/connect-by
#include "planner/hierarchy.h"

#include "base/errors.h"
#include "base/types.h"
#include "planner/visit.h"

namespace firn::planner {

namespace {

constexpr const char* kTree = "firn$tree";
constexpr const char* kPrior = "firn$prior";
constexpr const char* kLevel = "firn$level";

sql::ExprPtr ColumnOf(const std::string& qualifier, const std::string& name, Position at) {
  return sql::MakeExpr(sql::ColumnRef{{{qualifier, true, at}, {name, true, at}}}, at);
}
sql::ExprPtr AsText(sql::ExprPtr expr) {
  Position at = expr->at;
  return sql::MakeExpr(sql::Cast{std::move(expr), SqlType::Varchar(), false}, at);
}
sql::ExprPtr Concat(sql::ExprPtr left, sql::ExprPtr right) {
  Position at = left->at;
  return sql::MakeExpr(sql::Binary{sql::BinaryOp::kConcat, std::move(left), std::move(right)}, at);
}
sql::ExprPtr Duck(std::string text, Position at) { return sql::MakeExpr(sql::DuckExpr{std::move(text), {}}, at); }

bool IsCallOf(const sql::Call& call, std::string_view name) {
  return call.name.parts.size() == 1 && call.name.parts[0].text == name;
}

/// Calls `visit` on each expression below, outermost first, but not on those inside subqueries; `visit` gives whether
/// it has dealt with what is below too.
template <class Visit>
Status Each(sql::ExprPtr& expr, Visit& visit) {
  FIRN_ASSIGN(bool done, visit(expr));
  if (done) return Ok();
  return ForEachChild(
      *expr, [&](sql::ExprPtr& child) { return Each(child, visit); }, [](sql::Query&) { return Ok(); });
}

class Hierarchy {
 public:
  explicit Hierarchy(sql::Query& query) : query_(query), select_(*query.AsSelect()) {}

  Status Rewrite() {
    FIRN_TRY(NameRelation());
    FIRN_TRY(FinishedClauses());
    sql::ConnectBy connect = *std::move(select_.connect_by);
    select_.connect_by.reset();
    FIRN_TRY(Condition(connect.condition));
    sql::QueryPtr anchor = Branch(sql::Clone(*select_.from), std::move(connect.start_with), true);
    sql::RelationPtr joined = JoinedWithPrior(std::move(select_.from));
    sql::QueryPtr step = Branch(std::move(joined), std::move(connect.condition), false);
    sql::CommonTable tree{.name = {kTree, true, query_.at}, .columns = {}, .query = std::make_unique<sql::Query>()};
    tree.query->at = query_.at;
    tree.query->body = sql::SetOperation{sql::SetOp::kUnionAll, false, std::move(anchor), std::move(step)};
    query_.with.push_back(std::move(tree));
    query_.recursive = true;
    select_.from = Tree(alias_);
    return Ok();
  }

 private:
  /// A column that goes down the tree: its value at a root, and from the row before (`step` may be null: the same).
  struct Carried {
    std::string name;
    sql::ExprPtr root, step;
  };

  sql::RelationPtr Tree(const std::string& alias) const {
    sql::NamedRelation named;
    named.name.parts.push_back({kTree, true, query_.at});
    named.name.at = query_.at;
    sql::TableAlias as{.name = sql::Ident{alias, true, query_.at}, .columns = {}};
    return sql::MakeRelation(std::move(named), std::move(as), query_.at);
  }

  sql::RelationPtr JoinedWithPrior(sql::RelationPtr relation) const {
    sql::JoinRelation join{sql::JoinKind::kCross};
    join.left = std::move(relation);
    join.right = Tree(kPrior);
    return sql::MakeRelation(std::move(join), {}, query_.at);
  }

  Status NameRelation() {
    if (!select_.from || select_.from->As<sql::JoinRelation>()) {
      return Error(errors::kUnsupported, {"CONNECT BY of a join"}, query_.at);
    }
    sql::TableAlias& alias = select_.from->alias;
    auto* named = select_.from->As<sql::NamedRelation>();
    if (!alias.name && named && !named->name.parts.empty()) alias.name = named->name.parts.back();
    if (!alias.name) alias.name = sql::Ident{"firn$rows", true, query_.at};
    alias_ = alias.name->text;
    return Ok();
  }

  bool IsLevel(const sql::Expr& expr) const {
    const auto* column = expr.As<sql::ColumnRef>();
    if (!column || column->parts.back().quoted || column->parts.back().text != "LEVEL") return false;
    return column->parts.size() == 1 || column->parts[column->parts.size() - 2].text == alias_;
  }

  /// Names without a qualifier mean the relation.
  Status Qualify(sql::ExprPtr& expr, const std::string& alias, bool all) {
    auto visit = [&](sql::ExprPtr& at) -> Result<bool> {
      auto* column = at->As<sql::ColumnRef>();
      if (!column) return false;
      if (all || column->parts.size() == 1) at = ColumnOf(alias, column->parts.back().text, at->at);
      return true;
    };
    return Each(expr, visit);
  }

  /// CONNECT BY: PRIOR x is of the row before, LEVEL of the row that is found.
  Status Condition(sql::ExprPtr& expr) {
    auto visit = [&](sql::ExprPtr& at) -> Result<bool> {
      if (auto* unary = at->As<sql::Unary>(); unary && unary->op == sql::UnaryOp::kPrior) {
        sql::ExprPtr arg = std::move(unary->arg);
        FIRN_TRY(Qualify(arg, kPrior, true));
        at = std::move(arg);
        return true;
      }
      if (IsLevel(*at)) {
        at = NextLevel(at->at);
        return true;
      }
      if (at->As<sql::ColumnRef>()) {
        FIRN_TRY(Qualify(at, alias_, false));
        return true;
      }
      return false;
    };
    return Each(expr, visit);
  }

  static sql::ExprPtr NextLevel(Position at) {
    sql::DuckExpr next{"CAST({0} + 1 AS BIGINT)", {}};
    next.args.push_back(ColumnOf(kPrior, kLevel, at));
    return sql::MakeExpr(std::move(next), at);
  }

  std::string Carry(const char* kind, sql::ExprPtr root, sql::ExprPtr step) {
    carried_.push_back({std::string(kind) + std::to_string(carried_.size()), std::move(root), std::move(step)});
    return carried_.back().name;
  }

  /// What sees the finished tree: the select list, WHERE, QUALIFY, ORDER BY.
  Status Finished(sql::ExprPtr& expr) {
    auto visit = [&](sql::ExprPtr& at) -> Result<bool> {
      Position place = at->at;
      if (IsLevel(*at)) {
        at = ColumnOf(alias_, kLevel, place);
        return true;
      }
      if (auto* star = at->As<sql::Star>(); star && !star->ilike) {
        stars_.push_back(star);
        return true;
      }
      auto* call = at->As<sql::Call>();
      if (call && IsCallOf(*call, "CONNECT_BY_ROOT") && call->args.size() == 1) {
        at = ColumnOf(alias_, Carry("firn$root", std::move(call->args[0].value), nullptr), place);
        return true;
      }
      if (call && IsCallOf(*call, "SYS_CONNECT_BY_PATH")) {
        if (call->args.size() != 2) {
          return Error(errors::kTooFewArguments, {"SYS_CONNECT_BY_PATH(...)", "2", std::to_string(call->args.size())},
                       place);
        }
        std::string name = "firn$path" + std::to_string(carried_.size());
        sql::ExprPtr value = AsText(std::move(call->args[0].value)), separator = AsText(std::move(call->args[1].value));
        sql::ExprPtr root = Concat(sql::Clone(*separator), sql::Clone(*value));
        FIRN_TRY(Qualify(value, alias_, false));
        sql::ExprPtr step = Concat(ColumnOf(kPrior, name, place), Concat(std::move(separator), std::move(value)));
        at = ColumnOf(alias_, Carry("firn$path", std::move(root), std::move(step)), place);
        return true;
      }
      return false;
    };
    return Each(expr, visit);
  }

  Status FinishedClauses() {
    for (sql::SelectItem& item : select_.items) {
      auto* call = item.expr->As<sql::Call>();
      auto* column = call && IsCallOf(*call, "CONNECT_BY_ROOT") && call->args.size() == 1
                         ? call->args[0].value->As<sql::ColumnRef>()
                         : nullptr;
      if (column) item.default_name = column->parts.back().text;
      FIRN_TRY(Finished(item.expr));
    }
    for (sql::ExprPtr* clause : {&select_.where, &select_.having, &select_.qualify}) {
      if (*clause) FIRN_TRY(Finished(*clause));
    }
    if (select_.group_by) {
      for (auto& set : select_.group_by->sets) {
        for (sql::ExprPtr& key : set) FIRN_TRY(Finished(key));
      }
    }
    for (sql::OrderItem& item : query_.order_by) FIRN_TRY(Finished(item.expr));
    for (sql::Star* star : stars_) {
      star->exclude.push_back({kLevel, true, query_.at});
      for (const Carried& column : carried_) star->exclude.push_back({column.name, true, query_.at});
    }
    return Ok();
  }

  static void AddItem(sql::Select& select, sql::ExprPtr expr, const std::string& name) {
    Position at = expr->at;
    select.items.push_back({std::move(expr), sql::Ident{name, true, at}, name});
  }

  sql::QueryPtr Branch(sql::RelationPtr from, sql::ExprPtr where, bool anchor) {
    auto branch = std::make_unique<sql::Query>();
    branch->at = query_.at;
    sql::Select select;
    sql::Star star;
    star.qualifier.push_back({alias_, true, query_.at});
    select.items.push_back({sql::MakeExpr(std::move(star), query_.at), std::nullopt, ""});
    AddItem(select, anchor ? Duck("CAST(1 AS BIGINT)", query_.at) : NextLevel(query_.at), kLevel);
    for (Carried& column : carried_) {
      sql::ExprPtr value = anchor                   ? std::move(column.root)
                           : column.step != nullptr ? std::move(column.step)
                                                    : ColumnOf(kPrior, column.name, query_.at);
      AddItem(select, std::move(value), column.name);
    }
    select.from = std::move(from);
    select.where = std::move(where);
    branch->body = std::move(select);
    return branch;
  }

  sql::Query& query_;
  sql::Select& select_;
  std::string alias_;
  std::vector<Carried> carried_;
  std::vector<sql::Star*> stars_;
};

}  // namespace

Status RewriteHierarchy(sql::Query& query) {
  const sql::Select* select = query.AsSelect();
  if (!select || !select->connect_by) return Ok();
  return Hierarchy(query).Rewrite();
}

}  // namespace firn::planner

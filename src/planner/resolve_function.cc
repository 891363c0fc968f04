// SQL functions of the catalog in a query: their body in place of the call, with the arguments for their names.
#include <utility>

#include "base/errors.h"
#include "planner/resolve.h"
#include "planner/resolver.h"
#include "planner/value.h"
#include "planner/visit.h"
#include "sql/parser.h"
#include "sql/printer.h"

namespace firn::planner {

namespace {

struct Contents {
  bool columns = false;
  bool queries = false;
};

Contents ContentsOf(sql::ExprPtr& expr) {
  Contents contents{.columns = expr->As<sql::ColumnRef>() != nullptr || expr->As<sql::PositionRef>() != nullptr};
  auto add = [&](sql::ExprPtr& child) -> Status {
    Contents inner = ContentsOf(child);
    contents.columns = contents.columns || inner.columns;
    contents.queries = contents.queries || inner.queries;
    return Ok();
  };
  auto query = [&](sql::Query&) -> Status {
    contents.queries = true;
    return Ok();
  };
  (void)ForEachChild(*expr, add, query);  // neither fails
  return contents;
}

/// The body of a table function under the names and types of its columns.
sql::QueryPtr Shaped(sql::QueryPtr body, const catalog::FunctionInfo& info) {
  sql::Select select;
  sql::TableAlias alias{.name = sql::Ident{"F", true, {}}, .columns = {}};
  for (const catalog::ColumnInfo& column : info.columns) {
    sql::Ident name{column.name, true, {}};
    alias.columns.push_back(name);
    select.items.push_back({CastTo(planner::Column("", column.name), column.type), name, column.name});
  }
  select.from = sql::MakeRelation(sql::QueryRelation{std::move(body), false, std::nullopt}, std::move(alias));
  auto query = std::make_unique<sql::Query>();
  query->body = std::move(select);
  return query;
}

/// An expression, or a query of one value.
Result<sql::ExprPtr> ScalarBody(const catalog::FunctionInfo& info) {
  return sql::ParseExpression("(" + info.body + "\n)");
}

}  // namespace

/// Runs `resolve` where the function lives, with its arguments, of which defaults are resolved first.
Status Resolver::InFunction(const UserFunction& function, std::vector<ArgumentValue>& arguments,
                            const std::function<Status(Resolver& inner)>& resolve) {
  if (depth_ >= kViewDepthMax) {
    return Error(errors::kLimit, {"the depth of functions at " + function.name.Text(), std::to_string(kViewDepthMax),
                                  "does it call itself?"});
  }
  if (depth_ == 0) context_.named.push_back(function.name);
  NamePlace outer = std::exchange(context_.place, NamePlace{function.name.database, function.name.schema});
  auto all = [&]() -> Status {
    for (ArgumentValue& argument : arguments) {
      Scope scope;
      if (!argument.resolved) FIRN_TRY(Resolver(context_, depth_ + 1).Expr(argument.value, scope));
      argument.resolved = true;
    }
    Resolver inner(context_, depth_ + 1, &arguments);
    return resolve(inner);
  };
  Status resolved = all();
  context_.place = std::move(outer);
  return resolved;
}

Status Resolver::UserTable(sql::RelationPtr& relation, const UserFunction& function, Scope& scope) {
  const catalog::FunctionInfo& info = function.info();
  if (!info.returns_table) {
    return Error(errors::kInvalidExpression, {"Function " + function.name.name + " in FROM is not a table function"},
                 relation->at);
  }
  auto* call = relation->As<sql::FunctionRelation>()->call->As<sql::Call>();
  FIRN_ASSIGN(std::vector<ArgumentValue> arguments, ArgumentsOf(function, *call, relation->at));
  for (ArgumentValue& argument : arguments) {
    const Contents contents = argument.resolved ? ContentsOf(argument.value) : Contents{};
    if (contents.columns || contents.queries) {
      return Error(errors::kUnsupported, {"an argument of a table function that is not constant"}, relation->at);
    }
  }
  FIRN_ASSIGN(sql::QueryPtr body, sql::ParseQuery(info.body));
  FIRN_TRY(InFunction(function, arguments, [&](Resolver& inner) { return inner.Query(*body, nullptr); }));
  relation->node = sql::QueryRelation{Shaped(std::move(body), info), false, std::nullopt};
  std::vector<std::string> columns;
  for (const catalog::ColumnInfo& column : info.columns) columns.push_back(column.name);
  Know(*relation, std::move(columns), scope);
  return Ok();
}

Status Resolver::UserScalar(sql::ExprPtr& expr, const UserFunction& function) {
  const catalog::FunctionInfo& info = function.info();
  const Position at = expr->at;
  if (info.returns_table) {
    return Error(errors::kInvalidExpression, {"Table function " + function.name.name + " outside FROM"}, at);
  }
  FIRN_ASSIGN(std::vector<ArgumentValue> arguments, ArgumentsOf(function, *expr->As<sql::Call>(), at));
  FIRN_ASSIGN(sql::ExprPtr body, ScalarBody(info));
  if (ContentsOf(body).queries) {
    for (ArgumentValue& argument : arguments) {
      // A name of the caller's could mean another table inside of the body's query.
      if (argument.resolved && ContentsOf(argument.value).columns) {
        return Error(errors::kUnsupported, {"a column as argument of a function whose body has a query"}, at);
      }
    }
  }
  FIRN_TRY(InFunction(function, arguments, [&](Resolver& inner) {
    Scope scope;
    return inner.Expr(body, scope);
  }));
  expr = CastTo(std::move(body), info.columns.at(0).type);
  expr->at = at;
  return Ok();
}

/// A name in a body that no relation has is an argument.
bool Resolver::TakeArgument(sql::ExprPtr& expr, const Scope& scope) const {
  const auto& parts = expr->As<sql::ColumnRef>()->parts;
  if (parts.size() != 1) return false;
  for (const ArgumentValue& argument : *arguments_) {
    if (argument.name != parts[0].text || scope.HasColumn(argument.name)) continue;
    expr = sql::Clone(*argument.value);
    return true;
  }
  return false;
}

Result<FunctionTrial> TryFunction(StatementContext& context, const UserFunction& function) {
  sql::Call none;
  UserFunction trial = function;
  auto object = std::make_shared<catalog::Object>(*function.object);
  for (catalog::FunctionArgument& argument : object->As<catalog::FunctionInfo>()->arguments) {
    if (!argument.default_text) argument.default_text = "NULL";
  }
  trial.object = std::move(object);
  const catalog::FunctionInfo& info = trial.info();
  FIRN_ASSIGN(std::vector<ArgumentValue> arguments, ArgumentsOf(trial, none, {}));
  Resolver resolver(context, 0);
  if (!info.returns_table) {
    FIRN_ASSIGN(sql::ExprPtr body, ScalarBody(info));
    FIRN_TRY(resolver.InFunction(trial, arguments, [&](Resolver& inner) {
      Scope scope;
      return inner.Expr(body, scope);
    }));
    std::string text = "SELECT " + sql::Print(*body);
    return FunctionTrial{std::move(text), "SELECT " + sql::Print(*CastTo(std::move(body), info.columns.at(0).type))};
  }
  FIRN_ASSIGN(sql::QueryPtr body, sql::ParseQuery(info.body));
  FIRN_TRY(resolver.InFunction(trial, arguments, [&](Resolver& inner) { return inner.Query(*body, nullptr); }));
  std::string text = sql::Print(*body);
  return FunctionTrial{std::move(text), sql::Print(*Shaped(std::move(body), info))};
}

}  // namespace firn::planner

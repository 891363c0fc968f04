// Resolver: the walk of resolve.h. Inner part of the planner, for resolve*.cc.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "planner/changes.h"
#include "planner/context.h"
#include "planner/merged_names.h"
#include "planner/user_function.h"
#include "sql/query.h"

namespace firn::planner {

/// Names that stand for something inside one query: CTEs, and the columns of relations for $1.
struct Scope {
  const Scope* outer = nullptr;
  sql::Query* query = nullptr;
  sql::Select* select = nullptr;
  std::map<std::string, std::vector<std::string>> common_tables;  ///< and their columns; empty: not known
  bool ordering = false;   ///< ORDER BY is resolved: names mean the select list first
  size_t tables_done = 0;  ///< of query->with: resolved
  KnownRelations relations = std::make_shared<std::vector<KnownRelation>>();

  /// Whether a relation of this query, or of one around it, has a column of that name.
  bool HasColumn(const std::string& name) const {
    for (const Scope* scope = this; scope; scope = scope->outer) {
      for (const KnownRelation& relation : *scope->relations) {
        if (std::ranges::find(relation.columns, name) != relation.columns.end()) return true;
      }
    }
    return false;
  }
  const std::vector<std::string>* CommonTable(const std::string& name) const {
    for (const Scope* scope = this; scope; scope = scope->outer) {
      auto found = scope->common_tables.find(name);
      if (found != scope->common_tables.end()) return &found->second;
    }
    return nullptr;
  }
};

class Resolver {
 public:
  /// `arguments`: of the function whose body is resolved.
  Resolver(StatementContext& context, int depth, const std::vector<ArgumentValue>* arguments = nullptr)
      : context_(context), depth_(depth), arguments_(arguments) {}

  Status Query(sql::Query& query, const Scope* outer);
  Status Expr(sql::ExprPtr& expr, Scope& scope);
  Status Relation(sql::RelationPtr& relation, Scope& scope);
  Status InFunction(const UserFunction& function, std::vector<ArgumentValue>& arguments,
                    const std::function<Status(Resolver& inner)>& resolve);

 private:
  Status Select(sql::Select& select, Scope& scope);
  Status Named(sql::RelationPtr& relation, Scope& scope);
  Status Changes(sql::RelationPtr& relation, const ChangeRange& range, Scope& scope);
  Status Stream(sql::RelationPtr& relation, const catalog::Object& stream, Scope& scope);
  Status View(sql::RelationPtr& relation, const FullName& name, const catalog::ViewInfo& view);
  Status Column(sql::ExprPtr& expr, Scope& scope);
  Result<bool> ByOperand(sql::ExprPtr& expr, Scope& scope);
  Status ByPosition(sql::ExprPtr& expr, Scope& scope);
  Status Function(sql::RelationPtr& relation, Scope& scope);
  Status TableCall(sql::RelationPtr& relation, Scope& scope);
  Status UserTable(sql::RelationPtr& relation, const UserFunction& function, Scope& scope);
  Status UserScalar(sql::ExprPtr& expr, const UserFunction& function);
  bool TakeArgument(sql::ExprPtr& expr, const Scope& scope) const;
  Status Join(sql::JoinRelation& join, Scope& scope);
  Status Pivot(sql::RelationPtr& relation, Scope& scope);
  Status ExpandStars(sql::Select& select, Scope& scope);
  Status PivotValues(sql::PivotRelation& pivot, Scope& scope);
  Status StarArguments(sql::Call& call, Scope& scope);
  Status StarPairs(sql::ObjectLiteral& object, Scope& scope);
  Result<std::vector<std::string>> StarColumns(sql::Star& star, Position at, Scope& scope);
  Status Rows(std::vector<std::vector<sql::ExprPtr>>& rows, Scope& scope);
  Status Each(std::vector<sql::ExprPtr>& list, Scope& scope);
  Status Optional(sql::ExprPtr& expr, Scope& scope) { return expr ? Expr(expr, scope) : Ok(); }
  void Know(const sql::Relation& relation, std::vector<std::string> columns, Scope& scope);

  StatementContext& context_;
  int depth_;  ///< of views and functions
  const std::vector<ArgumentValue>* arguments_;
};

}  // namespace firn::planner

#include "statements/query_names.h"

#include <set>

#include "planner/visit.h"

namespace firn::statements {

namespace {

class Collector {
 public:
  void OfQuery(sql::Query& query) {
    for (sql::CommonTable& table : query.with) {
      OfQuery(*table.query);
      common_.insert(table.name.text);
    }
    std::visit([this](auto& body) { OfBody(body); }, query.body);
    OfOrder(query.order_by);
    OfExpr(query.limit);
    OfExpr(query.offset);
  }
  std::vector<sql::ObjectName> Take() {
    std::erase_if(names_, [this](const sql::ObjectName& name) {
      return name.parts.size() == 1 && common_.contains(name.parts[0].text);
    });
    return std::move(names_);
  }

 private:
  void OfExpr(sql::ExprPtr& expr) {
    if (!expr) return;
    auto on_expr = [this](sql::ExprPtr& child) {
      OfExpr(child);
      return Ok();
    };
    auto on_query = [this](sql::Query& query) {
      OfQuery(query);
      return Ok();
    };
    (void)planner::ForEachChild(*expr, on_expr, on_query);  // neither fails
  }
  void OfList(std::vector<sql::ExprPtr>& list) {
    for (sql::ExprPtr& expr : list) OfExpr(expr);
  }
  void OfOrder(std::vector<sql::OrderItem>& items) {
    for (sql::OrderItem& item : items) OfExpr(item.expr);
  }

  void OfBody(sql::Select& select) {
    OfExpr(select.top);
    for (sql::SelectItem& item : select.items) OfExpr(item.expr);
    OfRelation(select.from);
    OfExpr(select.where);
    if (select.group_by) {
      for (auto& set : select.group_by->sets) OfList(set);
    }
    OfExpr(select.having);
    OfExpr(select.qualify);
    if (select.connect_by) {
      OfExpr(select.connect_by->start_with);
      OfExpr(select.connect_by->condition);
    }
  }
  void OfBody(sql::SetOperation& operation) {
    OfQuery(*operation.left);
    OfQuery(*operation.right);
  }
  void OfBody(sql::Values& values) {
    for (auto& row : values.rows) OfList(row);
  }

  void OfRelation(sql::RelationPtr& relation) {
    if (relation) std::visit([this](auto& node) { OfNode(node); }, relation->node);
  }
  void OfNode(sql::NamedRelation& named) { names_.push_back(named.name); }
  void OfNode(sql::QueryRelation& node) { OfQuery(*node.query); }
  void OfNode(sql::FunctionRelation& node) { OfExpr(node.call); }
  void OfNode(sql::ValuesRelation& node) {
    for (auto& row : node.rows) OfList(row);
  }
  void OfNode(sql::StageRelation&) {}
  void OfNode(sql::JoinRelation& join) {
    OfRelation(join.left);
    OfRelation(join.right);
    OfExpr(join.on);
    OfExpr(join.match_condition);
  }
  void OfNode(sql::PivotRelation& pivot) {
    OfRelation(pivot.source);
    if (pivot.query) OfQuery(*pivot.query);
  }
  void OfNode(sql::UnpivotRelation& unpivot) { OfRelation(unpivot.source); }
  void OfNode(sql::DuckRelation&) {}

  std::set<std::string> common_;
  std::vector<sql::ObjectName> names_;
};

}  // namespace

std::vector<sql::ObjectName> RelationNames(sql::Query& query) {
  Collector collector;
  collector.OfQuery(query);
  return collector.Take();
}

}  // namespace firn::statements

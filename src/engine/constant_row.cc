#include "engine/constant_row.h"

#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <duckdb/common/arrow/arrow_converter.hpp>
#include <duckdb/common/arrow/arrow_type_extension.hpp>
#include <duckdb/execution/expression_executor.hpp>
#include <duckdb/parser/expression/cast_expression.hpp>
#include <duckdb/parser/query_node/select_node.hpp>
#include <duckdb/parser/statement/select_statement.hpp>
#include <duckdb/planner/expression/bound_cast_expression.hpp>
#include <duckdb/planner/operator/logical_projection.hpp>
#include <duckdb/planner/planner.hpp>

#include "engine/result_types.h"

namespace firn::engine {

namespace {

/// Cheap to see, so that other queries are not planned twice: SELECT list, nothing else.
bool IsBareSelect(const duckdb::SQLStatement& statement) {
  if (statement.type != duckdb::StatementType::SELECT_STATEMENT) return false;
  const auto& node = *statement.Cast<duckdb::SelectStatement>().node;
  if (node.type != duckdb::QueryNodeType::SELECT_NODE || !node.modifiers.empty() || !node.cte_map.map.empty()) {
    return false;
  }
  const auto& select = node.Cast<duckdb::SelectNode>();
  return select.from_table && select.from_table->type == duckdb::TableReferenceType::EMPTY_FROM &&
         !select.where_clause && select.groups.group_expressions.empty() && !select.having && !select.qualify &&
         !select.sample;
}

/// A projection over the one empty row: no aggregate, window, subquery or UNNEST has added an operator.
bool IsConstantPlan(const duckdb::LogicalOperator& plan) {
  return plan.type == duckdb::LogicalOperatorType::LOGICAL_PROJECTION && plan.children.size() == 1 &&
         plan.children[0]->type == duckdb::LogicalOperatorType::LOGICAL_DUMMY_SCAN;
}

/// No function: binding one may put a fact of the session in its place.
bool IsWrittenAsLiteral(const duckdb::ParsedExpression& expression) {
  if (expression.GetExpressionClass() == duckdb::ExpressionClass::CAST) {
    return IsWrittenAsLiteral(*expression.Cast<duckdb::CastExpression>().child);
  }
  return expression.GetExpressionClass() == duckdb::ExpressionClass::CONSTANT;
}

bool IsPlainType(const duckdb::LogicalType& type) {
  if (type.HasAlias()) return false;
  switch (type.id()) {
    case duckdb::LogicalTypeId::BOOLEAN:
    case duckdb::LogicalTypeId::INTEGER:
    case duckdb::LogicalTypeId::BIGINT:
    case duckdb::LogicalTypeId::DECIMAL:
    case duckdb::LogicalTypeId::DOUBLE:
    case duckdb::LogicalTypeId::VARCHAR:
      return true;
    default:
      return false;  // what a TIMESTAMP_TZ is depends on the session
  }
}

/// Whether it has the same value whenever it is computed, provided it IsWrittenAsLiteral.
bool IsLiteral(const duckdb::Expression& expression) {
  if (!IsPlainType(expression.return_type)) return false;
  if (expression.GetExpressionClass() == duckdb::ExpressionClass::BOUND_CAST) {
    return IsLiteral(*expression.Cast<duckdb::BoundCastExpression>().child);
  }
  return expression.GetExpressionClass() == duckdb::ExpressionClass::BOUND_CONSTANT;
}

}  // namespace

struct ConstantPlans::Plan {
  std::vector<ResultColumn> columns;
  duckdb::vector<duckdb::LogicalType> types;
  duckdb::vector<duckdb::unique_ptr<duckdb::Expression>> expressions;
  std::shared_ptr<arrow::Schema> schema;
  duckdb::ClientProperties properties;
  duckdb::unordered_map<duckdb::idx_t, const duckdb::shared_ptr<duckdb::ArrowTypeExtensionData>> extensions;

  Plan(duckdb::ClientContext& context, duckdb::Planner& planner)
      : columns(ResultColumns(planner.names, planner.types)),
        types(planner.types),
        expressions(std::move(planner.plan->expressions)),
        properties(context.GetClientProperties()),
        extensions(duckdb::ArrowTypeExtensionData::GetExtensionTypes(context, planner.types)) {
    ArrowSchema made;
    duckdb::ArrowConverter::ToArrowSchema(&made, types, planner.names, properties);
    auto imported = arrow::ImportSchema(&made);
    if (!imported.ok()) throw duckdb::InternalException(imported.status().ToString());
    schema = *std::move(imported);
  }

  ConstantRow Compute(duckdb::ClientContext& context) const {
    duckdb::ExpressionExecutor executor(context, expressions);
    duckdb::DataChunk row;
    row.Initialize(context, types);
    executor.Execute(row);
    ArrowArray array;
    duckdb::ArrowConverter::ToArrowArray(row, &array, properties, extensions);
    auto batch = arrow::ImportRecordBatch(&array, schema);
    if (!batch.ok()) throw duckdb::InternalException(batch.status().ToString());
    return {columns, *std::move(batch)};
  }
};

ConstantPlans::ConstantPlans() = default;
ConstantPlans::~ConstantPlans() = default;

const ConstantPlans::Plan* ConstantPlans::Find(const std::string& sql) const {
  auto found = plans_.find(sql);
  return found == plans_.end() ? nullptr : found->second.get();
}

void ConstantPlans::Keep(const std::string& sql, std::unique_ptr<Plan> plan) {
  if (sql.size() > kTextMax || !std::ranges::all_of(plan->expressions, [](auto& e) { return IsLiteral(*e); })) return;
  if (plans_.size() >= kPlansMax) plans_.clear();
  plans_[sql] = std::move(plan);
}

std::optional<ConstantRow> ComputeKnownRow(duckdb::ClientContext& context, const ConstantPlans& plans,
                                           const std::string& sql) {
  const ConstantPlans::Plan* known = plans.Find(sql);
  return known ? std::optional<ConstantRow>(known->Compute(context)) : std::nullopt;
}

std::optional<ConstantRow> ComputeConstantRow(duckdb::ClientContext& context, ConstantPlans& plans,
                                              const std::string& sql, const duckdb::SQLStatement& statement) {
  if (!IsBareSelect(statement)) return std::nullopt;
  const auto& select = statement.Cast<duckdb::SelectStatement>().node->Cast<duckdb::SelectNode>();
  const bool literals = std::ranges::all_of(select.select_list, [](auto& e) { return IsWrittenAsLiteral(*e); });
  std::optional<ConstantRow> made;
  context.RunFunctionInTransaction([&] {
    duckdb::Planner planner(context);
    planner.CreatePlan(statement.Copy());
    if (!IsConstantPlan(*planner.plan) || WrapForResult("", planner.names, planner.types)) return;
    auto plan = std::make_unique<ConstantPlans::Plan>(context, planner);
    made = plan->Compute(context);
    if (literals) plans.Keep(sql, std::move(plan));
  });
  return made;
}

}  // namespace firn::engine

#include "engine/constant_row.h"

#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>

#include <duckdb/common/arrow/arrow_converter.hpp>
#include <duckdb/common/arrow/arrow_type_extension.hpp>
#include <duckdb/execution/expression_executor.hpp>
#include <duckdb/parser/parser.hpp>
#include <duckdb/parser/query_node/select_node.hpp>
#include <duckdb/parser/statement/select_statement.hpp>
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

std::shared_ptr<arrow::RecordBatch> ToArrow(duckdb::ClientContext& context, duckdb::DataChunk& row,
                                            const duckdb::Planner& planner) {
  auto properties = context.GetClientProperties();
  ArrowSchema schema;
  duckdb::ArrowConverter::ToArrowSchema(&schema, planner.types, planner.names, properties);
  ArrowArray array;
  duckdb::ArrowConverter::ToArrowArray(row, &array, properties,
                                       duckdb::ArrowTypeExtensionData::GetExtensionTypes(context, planner.types));
  auto batch = arrow::ImportRecordBatch(&array, &schema);
  if (!batch.ok()) throw duckdb::InternalException(batch.status().ToString());
  return *std::move(batch);
}

}  // namespace

std::optional<ConstantRow> ComputeConstantRow(duckdb::ClientContext& context, const std::string& sql) {
  duckdb::Parser parser(context.GetParserOptions());
  parser.ParseQuery(sql);
  if (parser.statements.size() != 1 || !IsBareSelect(*parser.statements[0])) return std::nullopt;
  std::optional<ConstantRow> made;
  context.RunFunctionInTransaction([&] {
    duckdb::Planner planner(context);
    planner.CreatePlan(std::move(parser.statements[0]));
    if (!IsConstantPlan(*planner.plan) || WrapForResult("", planner.names, planner.types)) return;
    duckdb::ExpressionExecutor executor(context, planner.plan->expressions);
    duckdb::DataChunk row;
    row.Initialize(context, planner.types);
    executor.Execute(row);
    made = ConstantRow{ResultColumns(planner.names, planner.types), ToArrow(context, row, planner)};
  });
  return made;
}

}  // namespace firn::engine

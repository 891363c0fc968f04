#include "engine/row_bound.h"

#include <algorithm>
#include <duckdb/execution/operator/scan/physical_column_data_scan.hpp>
#include <duckdb/execution/operator/scan/physical_expression_scan.hpp>
#include <duckdb/execution/operator/scan/physical_table_scan.hpp>
#include <limits>

namespace firn::engine {

namespace {

using duckdb::PhysicalOperatorType;

constexpr double kUnknown = std::numeric_limits<double>::infinity();

double ScanBound(duckdb::ClientContext& context, const duckdb::PhysicalTableScan& scan) {
  if (scan.function.cardinality == nullptr) return kUnknown;
  auto rows = scan.function.cardinality(context, scan.bind_data.get());
  return rows && rows->has_max_cardinality ? static_cast<double>(rows->max_cardinality) : kUnknown;
}

}  // namespace

double RowBound(duckdb::ClientContext& context, const duckdb::PhysicalOperator& op) {
  switch (op.type) {
    case PhysicalOperatorType::EMPTY_RESULT:
      return 0;
    case PhysicalOperatorType::DUMMY_SCAN:
    case PhysicalOperatorType::UNGROUPED_AGGREGATE:
      return 1;
    case PhysicalOperatorType::EXPRESSION_SCAN:
      return static_cast<double>(op.Cast<duckdb::PhysicalExpressionScan>().expressions.size());
    case PhysicalOperatorType::COLUMN_DATA_SCAN: {
      const auto& scan = op.Cast<duckdb::PhysicalColumnDataScan>();
      return scan.collection ? static_cast<double>(scan.collection->Count()) : kUnknown;
    }
    case PhysicalOperatorType::TABLE_SCAN:
      return ScanBound(context, op.Cast<duckdb::PhysicalTableScan>());
    case PhysicalOperatorType::COPY_TO_FILE:
    case PhysicalOperatorType::BATCH_COPY_TO_FILE:
    case PhysicalOperatorType::RESULT_COLLECTOR:
    case PhysicalOperatorType::PROJECTION:
    case PhysicalOperatorType::FILTER:
    case PhysicalOperatorType::ORDER_BY:
    case PhysicalOperatorType::LIMIT:
    case PhysicalOperatorType::STREAMING_LIMIT:
    case PhysicalOperatorType::TOP_N:
    case PhysicalOperatorType::WINDOW:
    case PhysicalOperatorType::STREAMING_WINDOW:
      return op.children.empty() ? kUnknown : RowBound(context, op.children[0].get());
    case PhysicalOperatorType::UNION: {
      double rows = 0;
      for (const auto& child : op.children) rows += RowBound(context, child.get());
      return rows;
    }
    case PhysicalOperatorType::HASH_JOIN:
    case PhysicalOperatorType::NESTED_LOOP_JOIN:
    case PhysicalOperatorType::CROSS_PRODUCT: {
      // An outer join keeps the rows of a side even where the other has none.
      double rows = 1;
      for (const auto& child : op.children) rows *= std::max(1.0, RowBound(context, child.get())) + 1;
      return rows;
    }
    default:
      return kUnknown;
  }
}

}  // namespace firn::engine

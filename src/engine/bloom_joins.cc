#include "engine/bloom_joins.h"

#include <duckdb/main/config.hpp>
#include <duckdb/optimizer/optimizer_extension.hpp>
#include <duckdb/planner/operator/logical_comparison_join.hpp>

namespace firn::engine {

namespace {

/// The filter of so many keys fits a core's cache, whatever it keeps out.
constexpr duckdb::idx_t kKeysInCache = 4194304;
constexpr duckdb::idx_t kProbesPerKey = 10;

void AllowBloomFilters(duckdb::LogicalOperator& op, duckdb::ClientContext& context) {
  if (op.type == duckdb::LogicalOperatorType::LOGICAL_COMPARISON_JOIN) {
    auto& join = op.Cast<duckdb::LogicalComparisonJoin>();
    if (join.filter_pushdown && !join.filter_pushdown->probe_info.empty()) {
      const duckdb::idx_t probes = join.children[0]->EstimateCardinality(context);
      const duckdb::idx_t keys = join.children[1]->EstimateCardinality(context);
      if (keys <= kKeysInCache || keys * kProbesPerKey <= probes) join.filter_pushdown->build_side_has_filter = true;
    }
  }
  for (auto& child : op.children) AllowBloomFilters(*child, context);
}

void Optimize(duckdb::OptimizerExtensionInput& input, duckdb::unique_ptr<duckdb::LogicalOperator>& plan) {
  AllowBloomFilters(*plan, input.context);
}

}  // namespace

void RegisterBloomJoins(duckdb::DatabaseInstance& database) {
  duckdb::OptimizerExtension rule;
  rule.optimize_function = Optimize;
  duckdb::OptimizerExtension::Register(duckdb::DBConfig::GetConfig(database), std::move(rule));
}

}  // namespace firn::engine

#include "engine/lake_prune.h"

#include <duckdb/planner/filter/conjunction_filter.hpp>
#include <duckdb/planner/filter/constant_filter.hpp>
#include <duckdb/planner/filter/in_filter.hpp>
#include <duckdb/planner/filter/optional_filter.hpp>

#include "engine/value_convert.h"

namespace firn::engine {

namespace {

using duckdb::ExpressionType;
using duckdb::TableFilterType;

void RaiseLower(iceberg::Value value, bool open, iceberg::ColumnRange* range) {
  if (range->lower && iceberg::Compare(value, *range->lower) < 0) return;
  range->lower = std::move(value);
  range->lower_open = open;
}

void CutUpper(iceberg::Value value, bool open, iceberg::ColumnRange* range) {
  if (range->upper && iceberg::Compare(value, *range->upper) > 0) return;
  range->upper = std::move(value);
  range->upper_open = open;
}

void NarrowByConstant(const duckdb::ConstantFilter& filter, const iceberg::Type& stored, iceberg::ColumnRange* range) {
  auto value = FromDuck(stored, filter.constant);
  if (!value || iceberg::IsNull(*value)) return;
  // A constant that is rounded on its way to the stored type says nothing exact.
  if (ToDuck(stored, *value).DefaultCastAs(filter.constant.type()) != filter.constant) return;
  switch (filter.comparison_type) {
    case ExpressionType::COMPARE_EQUAL:
      RaiseLower(*value, false, range);
      CutUpper(*value, false, range);
      break;
    case ExpressionType::COMPARE_GREATERTHAN:
    case ExpressionType::COMPARE_GREATERTHANOREQUALTO:
      RaiseLower(*value, filter.comparison_type == ExpressionType::COMPARE_GREATERTHAN, range);
      break;
    case ExpressionType::COMPARE_LESSTHAN:
    case ExpressionType::COMPARE_LESSTHANOREQUALTO:
      CutUpper(*value, filter.comparison_type == ExpressionType::COMPARE_LESSTHAN, range);
      break;
    default:
      return;
  }
  range->nulls = false;
}

void NarrowByList(const duckdb::InFilter& filter, const iceberg::Type& stored, iceberg::ColumnRange* range) {
  if (!range->any_of.empty()) return;
  std::vector<iceberg::Value> values;
  for (const auto& constant : filter.values) {
    auto value = FromDuck(stored, constant);
    if (!value || iceberg::IsNull(*value)) return;
    if (ToDuck(stored, *value).DefaultCastAs(constant.type()) != constant) return;
    values.push_back(*std::move(value));
  }
  range->any_of = std::move(values);
  range->nulls = false;
}

}  // namespace

iceberg::ColumnRange WholeRange(int field_id) {
  iceberg::ColumnRange range;
  range.field_id = field_id;
  range.nulls = true;
  return range;
}

void Narrow(const duckdb::TableFilter& filter, const iceberg::Type& stored, iceberg::ColumnRange* range) {
  switch (filter.filter_type) {
    case TableFilterType::CONSTANT_COMPARISON:
      return NarrowByConstant(filter.Cast<duckdb::ConstantFilter>(), stored, range);
    case TableFilterType::IN_FILTER:
      return NarrowByList(filter.Cast<duckdb::InFilter>(), stored, range);
    case TableFilterType::IS_NULL:
      range->values = false;
      return;
    case TableFilterType::IS_NOT_NULL:
      range->nulls = false;
      return;
    case TableFilterType::CONJUNCTION_AND:
      for (const auto& child : filter.Cast<duckdb::ConjunctionAndFilter>().child_filters) {
        Narrow(*child, stored, range);
      }
      return;
    case TableFilterType::OPTIONAL_FILTER:
      if (const auto& child = filter.Cast<duckdb::OptionalFilter>().child_filter) Narrow(*child, stored, range);
      return;
    default:
      return;
  }
}

}  // namespace firn::engine

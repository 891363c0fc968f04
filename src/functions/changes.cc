#include "functions/changes.h"

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/function/aggregate_function.hpp>
#include <duckdb/parser/parsed_data/create_aggregate_function_info.hpp>

#include "functions/kernel.h"

namespace firn::functions {

namespace {

/// A run of rows: its two ends (which may be NULL), and the changes between. Runs join end to end.
struct Run {
  bool any;
  bool first_present, last_present;
  int64_t first, last, changes;

  void Append(const Run& next) {
    if (!next.any) return;
    if (!any) {
      *this = next;
      return;
    }
    changes += next.changes + (last_present && next.first_present && last != next.first);
    last = next.last;
    last_present = next.last_present;
  }
};

Run OneRow(const Column<std::optional<int64_t>>& column, duckdb::idx_t row) {
  auto value = column.Get(row);
  return Run{true, value.has_value(), value.has_value(), value.value_or(0), value.value_or(0), 0};
}

duckdb::idx_t Size(const duckdb::AggregateFunction&) { return sizeof(Run); }
void Start(const duckdb::AggregateFunction&, duckdb::data_ptr_t state) { *reinterpret_cast<Run*>(state) = Run{}; }
void Update(duckdb::Vector inputs[], duckdb::AggregateInputData&, duckdb::idx_t, duckdb::Vector& states,
            duckdb::idx_t count) {
  Column<std::optional<int64_t>> values(inputs[0], count);
  Column<duckdb::data_ptr_t> runs(states, count);
  for (duckdb::idx_t row = 0; row < count; ++row) reinterpret_cast<Run*>(runs.Get(row))->Append(OneRow(values, row));
}
void UpdateOne(duckdb::Vector inputs[], duckdb::AggregateInputData&, duckdb::idx_t, duckdb::data_ptr_t state,
               duckdb::idx_t count) {
  Column<std::optional<int64_t>> values(inputs[0], count);
  for (duckdb::idx_t row = 0; row < count; ++row) reinterpret_cast<Run*>(state)->Append(OneRow(values, row));
}
void Combine(duckdb::Vector& sources, duckdb::Vector& targets, duckdb::AggregateInputData&, duckdb::idx_t count) {
  Column<duckdb::data_ptr_t> from(sources, count), to(targets, count);
  for (duckdb::idx_t row = 0; row < count; ++row) {
    reinterpret_cast<Run*>(to.Get(row))->Append(*reinterpret_cast<Run*>(from.Get(row)));
  }
}
void Finish(duckdb::Vector& states, duckdb::AggregateInputData&, duckdb::Vector& out, duckdb::idx_t count,
            duckdb::idx_t offset) {
  Column<duckdb::data_ptr_t> runs(states, count);
  auto* data = duckdb::FlatVector::GetDataUnsafe<int64_t>(out);
  for (duckdb::idx_t row = 0; row < count; ++row) data[offset + row] = reinterpret_cast<Run*>(runs.Get(row))->changes;
}

}  // namespace

void RegisterChanges(duckdb::ClientContext& context) {
  duckdb::AggregateFunction function("firn$changes", {duckdb::LogicalType::BIGINT}, duckdb::LogicalType::BIGINT, Size,
                                     Start, Update, Combine, Finish, duckdb::FunctionNullHandling::SPECIAL_HANDLING,
                                     UpdateOne);
  duckdb::CreateAggregateFunctionInfo info(function);
  info.internal = true;
  duckdb::Catalog::GetSystemCatalog(context).CreateFunction(context, info);
}

}  // namespace firn::functions

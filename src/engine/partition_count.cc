#include "engine/partition_count.h"

#include <duckdb.hpp>
#include <duckdb/catalog/catalog.hpp>
#include <duckdb/execution/expression_executor_state.hpp>
#include <duckdb/main/client_context_state.hpp>
#include <duckdb/parser/parsed_data/create_scalar_function_info.hpp>
#include <mutex>
#include <unordered_set>

#include "base/errors.h"
#include "engine/native.h"

namespace firn::engine {

namespace {

constexpr const char* kWhat = "the number of partitions of one statement";

struct PartitionCount : duckdb::ClientContextState {
  static constexpr const char* kKey = "firn_partitions";
  std::mutex mutex;
  std::unordered_set<uint64_t> seen;  ///< hashes of partition values
};

/// TRUE for every row, as long as there are not too many partitions.
void FewPartitions(duckdb::DataChunk& args, duckdb::ExpressionState& state, duckdb::Vector& result) {
  result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
  duckdb::ConstantVector::GetData<bool>(result)[0] = true;
  auto count = state.GetContext().registered_state->Get<PartitionCount>(PartitionCount::kKey);
  if (!count) return;
  duckdb::UnifiedVectorFormat hashes;
  args.data[0].ToUnifiedFormat(args.size(), hashes);
  const auto* values = duckdb::UnifiedVectorFormat::GetData<uint64_t>(hashes);
  std::lock_guard lock(count->mutex);
  for (duckdb::idx_t row = 0; row < args.size(); ++row) {
    bool added = count->seen.insert(values[hashes.sel->get_index(row)]).second;
    if (!added || static_cast<int64_t>(count->seen.size()) <= kOpenPartitionsMax) continue;
    throw SnowflakeException(Error(errors::kLimit, {kWhat, std::to_string(kOpenPartitionsMax), "partitions"}));
  }
}

}  // namespace

bool IsTooManyPartitions(const Error& error) {
  return error.Is(errors::kLimit) && !error.args().empty() && error.args()[0] == kWhat;
}

void RegisterPartitionCount(duckdb::Connection& connection) {
  duckdb::ScalarFunction function("firn$few_partitions", {duckdb::LogicalType::UBIGINT}, duckdb::LogicalType::BOOLEAN,
                                  FewPartitions);
  function.SetStability(duckdb::FunctionStability::VOLATILE);
  duckdb::CreateScalarFunctionInfo info(function);
  connection.BeginTransaction();
  duckdb::Catalog::GetSystemCatalog(*connection.context).CreateFunction(*connection.context, info);
  connection.Commit();
}

void CountPartitions(duckdb::ClientContext& context) {
  context.registered_state->Remove(PartitionCount::kKey);
  context.registered_state->Insert(PartitionCount::kKey, duckdb::make_shared_ptr<PartitionCount>());
}

}  // namespace firn::engine

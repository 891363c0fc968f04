#include "engine/sequence_function.h"

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/execution/expression_executor_state.hpp>
#include <duckdb/parser/parsed_data/create_scalar_function_info.hpp>

#include "base/errors.h"
#include "engine/connection_pool.h"
#include "engine/native.h"

namespace firn::engine {

namespace {

void NextNumbers(duckdb::DataChunk& args, duckdb::ExpressionState& state, duckdb::Vector& result) {
  auto statement = state.GetContext().registered_state->Get<StatementState>(StatementState::kKey);
  auto index = args.size() == 0 ? 0 : args.data[0].GetValue(0).GetValue<int64_t>();
  if (!statement || index < 0 || static_cast<size_t>(index) >= statement->sequences.size()) {
    throw SnowflakeException(Error(errors::kInternal, {"the statement has no sequence " + std::to_string(index)}));
  }
  const SequenceSource& source = statement->sequences[static_cast<size_t>(index)];
  auto blocks = ValueOrThrow(source.take(static_cast<int64_t>(args.size())));
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  auto* numbers = duckdb::FlatVector::GetData<int64_t>(result);
  duckdb::idx_t row = 0;
  for (const SequenceBlock& block : blocks) {
    for (int64_t i = 0; i < block.count && row < args.size(); ++i) numbers[row++] = block.first + i * source.step;
  }
}

}  // namespace

void RegisterSequenceFunction(duckdb::Connection& connection) {
  duckdb::ScalarFunction function("firn$nextval", {duckdb::LogicalType::BIGINT}, duckdb::LogicalType::BIGINT,
                                  NextNumbers);
  function.SetStability(duckdb::FunctionStability::VOLATILE);
  duckdb::CreateScalarFunctionInfo info(function);
  connection.BeginTransaction();
  duckdb::Catalog::GetSystemCatalog(*connection.context).CreateFunction(*connection.context, info);
  connection.Commit();
}

}  // namespace firn::engine

#include "engine/partition_transform.h"

#include <duckdb/common/vector_operations/unary_executor.hpp>
#include <duckdb/execution/expression_executor.hpp>
#include <duckdb/function/scalar_function.hpp>
#include <duckdb/parser/parsed_data/create_scalar_function_info.hpp>
#include <duckdb/planner/expression/bound_function_expression.hpp>

#include "base/errors.h"
#include "engine/native.h"
#include "engine/result_types.h"
#include "engine/value_convert.h"

namespace firn::engine {

namespace {

using duckdb::LogicalType;
using iceberg::Kind;

struct TransformData : duckdb::FunctionData {
  TransformData(iceberg::Type type, iceberg::Transform how) : source(std::move(type)), transform(std::move(how)) {}
  iceberg::Type source;
  iceberg::Transform transform;

  duckdb::unique_ptr<duckdb::FunctionData> Copy() const override {
    return duckdb::make_uniq<TransformData>(source, transform);
  }
  bool Equals(const duckdb::FunctionData& other) const override {
    const auto& that = other.Cast<TransformData>();
    return source == that.source && transform == that.transform;
  }
};

std::string Constant(duckdb::ClientContext& context, const duckdb::Expression& argument) {
  return duckdb::ExpressionExecutor::EvaluateScalar(context, argument).ToString();
}

duckdb::unique_ptr<duckdb::FunctionData> BindTransform(
    duckdb::ClientContext& context, duckdb::ScalarFunction& function,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& arguments) {
  auto source = ValueOrThrow(iceberg::ParsePrimitive(Constant(context, *arguments[1])));
  auto transform = iceberg::ParseTransform(Constant(context, *arguments[2]));
  function.arguments[0] = ValueOrThrow(FileType(source));
  function.return_type = ValueOrThrow(FileType(transform.ResultType(source)));
  return duckdb::make_uniq<TransformData>(std::move(source), std::move(transform));
}

/// One value of a vector as Iceberg's, without the detour of a duckdb::Value for the common types.
iceberg::Value Read(const TransformData& how, duckdb::Vector& vector, const duckdb::UnifiedVectorFormat& format,
                    duckdb::idx_t row) {
  auto at = format.sel->get_index(row);
  if (!format.validity.RowIsValid(at)) return {};
  switch (how.source.kind) {
    case Kind::kInt:
    case Kind::kDate:
      return duckdb::UnifiedVectorFormat::GetData<int32_t>(format)[at];
    case Kind::kLong:
    case Kind::kTime:
    case Kind::kTimestamp:
    case Kind::kTimestampTz:
      return duckdb::UnifiedVectorFormat::GetData<int64_t>(format)[at];
    case Kind::kString:
    case Kind::kBinary:
    case Kind::kFixed:
      return duckdb::UnifiedVectorFormat::GetData<duckdb::string_t>(format)[at].GetString();
    default:
      return FromDuck(how.source, vector.GetValue(row)).value_or(iceberg::Value());
  }
}

void Transform(duckdb::DataChunk& arguments, duckdb::ExpressionState& state, duckdb::Vector& result) {
  const auto& how = state.expr.Cast<duckdb::BoundFunctionExpression>().bind_info->Cast<TransformData>();
  auto& input = arguments.data[0];
  duckdb::UnifiedVectorFormat format;
  input.ToUnifiedFormat(arguments.size(), format);
  auto type = how.transform.ResultType(how.source);
  for (duckdb::idx_t row = 0; row < arguments.size(); ++row) {
    auto value = how.transform.Apply(how.source, Read(how, input, format, row));
    if (type.kind == Kind::kInt && !iceberg::IsNull(value)) {
      duckdb::FlatVector::GetData<int32_t>(result)[row] = std::get<int32_t>(value);
    } else {
      auto duck = ToDuck(type, value);
      result.SetValue(row, duck.IsNull() ? duckdb::Value(result.GetType()) : duck);
    }
  }
}

/// A timestamp of any kind as a TIMESTAMP of UTC.
std::string Utc(const iceberg::Type& source, const std::string& column) {
  return source.kind == Kind::kTimestampTz ? "(" + column + " AT TIME ZONE 'UTC')" : column;
}

}  // namespace

Result<std::string> TransformSql(const iceberg::Transform& transform, const iceberg::Type& source,
                                 const std::string& column) {
  using TransformKind = iceberg::Transform::Kind;
  if (!transform.CanTransform(source)) {
    return Error(errors::kUnsupported, {"partitioning " + source.Text() + " by " + transform.Text()});
  }
  auto utc = Utc(source, column);
  auto since = [&](const char* unit) {
    return "CAST(date_diff('" + std::string(unit) + "', TIMESTAMP '1970-01-01', CAST(" + utc +
           " AS TIMESTAMP)) AS INTEGER)";
  };
  switch (transform.kind) {
    case TransformKind::kIdentity:
      return column;
    case TransformKind::kYear:
      return since("year");
    case TransformKind::kMonth:
      return since("month");
    case TransformKind::kHour:
      return since("hour");
    case TransformKind::kDay:
      return "CAST(" + utc + " AS DATE)";
    case TransformKind::kBucket:
    case TransformKind::kTruncate:
      return "firn_transform(" + column + ", " + QuoteText(source.Text()) + ", " + QuoteText(transform.Text()) + ")";
    default:
      return Error(errors::kUnsupported, {"partitioning by " + transform.Text()});
  }
}

void RegisterTransform(duckdb::Connection& connection) {
  connection.BeginTransaction();
  duckdb::ScalarFunction function("firn_transform", {LogicalType::ANY, LogicalType::VARCHAR, LogicalType::VARCHAR},
                                  LogicalType::ANY, Transform, BindTransform);
  function.null_handling = duckdb::FunctionNullHandling::SPECIAL_HANDLING;
  duckdb::CreateScalarFunctionInfo info(function);
  duckdb::Catalog::GetSystemCatalog(*connection.context).CreateFunction(*connection.context, info);
  connection.Commit();
}

}  // namespace firn::engine

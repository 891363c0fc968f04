#include "functions/register.h"

#include <algorithm>
#include <duckdb.hpp>
#include <duckdb/catalog/catalog.hpp>
#include <duckdb/execution/expression_executor.hpp>
#include <duckdb/function/cast/cast_function_set.hpp>
#include <duckdb/main/config.hpp>
#include <duckdb/parser/parsed_data/create_scalar_function_info.hpp>
#include <duckdb/planner/expression/bound_reference_expression.hpp>

#include "engine/native.h"
#include "functions/bind.h"
#include "functions/cast.h"
#include "functions/changes.h"
#include "functions/operators.h"
#include "functions/order.h"
#include "functions/types.h"

namespace firn::functions {

namespace {

// --- calls -----------------------------------------------------------------------------------------------------------

using Binder = std::function<BoundExpr(BindCall&)>;

struct CallInfo : duckdb::ScalarFunctionInfo {
  CallInfo(const char* n, Binder b) : name(n), bind(std::move(b)) {}
  const char* name;
  Binder bind;
};
struct CallData : duckdb::FunctionData {
  explicit CallData(const CallInfo& i) : info(i) {}
  const CallInfo& info;
  duckdb::unique_ptr<FunctionData> Copy() const override { return duckdb::make_uniq<CallData>(info); }
  bool Equals(const FunctionData& other) const override { return &other.Cast<CallData>().info == &info; }
};

duckdb::unique_ptr<duckdb::FunctionData> KeepInfo(ClientContext&, duckdb::ScalarFunction& function,
                                                  duckdb::vector<BoundExpr>&) {
  return duckdb::make_uniq<CallData>(function.GetExtraFunctionInfo().Cast<CallInfo>());
}

BoundExpr ComposeCall(duckdb::FunctionBindExpressionInput& input) {
  const CallInfo& info = input.bind_data->Cast<CallData>().info;
  BindCall call{input.context, info.name, {}};
  for (auto& child : input.children) call.args.push_back(std::move(child));
  return Fold(input.context, info.bind(call));
}

void NeverRun(duckdb::DataChunk&, duckdb::ExpressionState&, duckdb::Vector&) {
  Raise(errors::kInternal, {"an unbound function ran"});
}

void AddCall(duckdb::Catalog& catalog, ClientContext& context, const std::string& name, const char* shown,
             Binder bind) {
  duckdb::ScalarFunction function(name, {}, LogicalType::VARCHAR, NeverRun, KeepInfo);
  function.varargs = LogicalType::ANY;
  function.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  function.SetBindExpressionCallback(ComposeCall);
  function.SetExtraFunctionInfo(duckdb::make_shared_ptr<CallInfo>(shown, std::move(bind)));
  duckdb::CreateScalarFunctionInfo info(std::move(function));
  info.internal = true;
  info.on_conflict = duckdb::OnCreateConflict::ERROR_ON_CONFLICT;
  catalog.CreateFunction(context, info);
}

/// What the letters of Rename::takes coerce to.
BoundExpr CoerceByLetter(ClientContext& context, char letter, BoundExpr arg) {
  if (letter == '.') return arg;
  if (letter == 'k') return OrderKey(context, std::move(arg));
  arg = Plain(context, std::move(arg));
  Shape shape = ShapeOf(arg->return_type);
  switch (letter) {
    case 't':
      return ToText(context, std::move(arg));
    case 'y':
      return shape == Shape::kBinary ? std::move(arg) : ToText(context, std::move(arg));
    case 'i':
      return ToInteger(context, std::move(arg), OnFailure::kRaise);
    case 'd':
      return ToDouble(context, std::move(arg));
    case 'b':
      return ToBoolean(context, std::move(arg));
    case 'v':
      return ToVariant(context, std::move(arg));
    case 'a':
      return ToArray(context, std::move(arg));
    case 'o':
      return ToObject(context, std::move(arg), OnFailure::kRaise);
    case 'm':
      if (shape == Shape::kNumber) {
        Digits digits = DigitsOf(arg->return_type);
        int scale = std::min(digits.scale + 3, 37);
        int precision = std::min(38, digits.Leading() + scale);
        return ToNumber(context, std::move(arg), precision, scale, OnFailure::kRaise);
      }
      [[fallthrough]];
    case 'n':
      if (shape == Shape::kText || shape == Shape::kVariant) return ToDouble(context, std::move(arg));
      if (shape == Shape::kNull) return NullOf(LogicalType::BIGINT);
      if (shape == Shape::kBoolean || IsTimestamp(shape) || shape == Shape::kDate) {
        Raise(errors::kInvalidArgumentTypes, {"function", TypeName(arg->return_type)});
      }
      return arg;
    default:
      return arg;
  }
}

Binder RenameBinder(const std::string& duckdb, const std::string& takes) {
  return [duckdb, takes](BindCall& call) {
    std::vector<BoundExpr> args;
    for (size_t i = 0; i < call.size(); ++i) {
      char letter = takes.empty() ? '.' : takes[std::min(i, takes.size() - 1)];
      args.push_back(CoerceByLetter(call.context, letter, call.Take(i)));
    }
    return Duck(call.context, duckdb.c_str(), std::move(args));
  };
}

/// The bind step of a scalar row, or nothing where the row needs no registration.
Binder BinderOf(const Function& row) {
  if (const auto* same = std::get_if<Same>(&row.how)) return RenameBinder(Lower(row.name), same->takes);
  if (const auto* rename = std::get_if<Rename>(&row.how)) return RenameBinder(rename->duckdb, rename->takes);
  if (const auto* native = std::get_if<Native>(&row.how)) {
    return [bind = native->bind](BindCall& call) { return bind(call).expr; };
  }
  return nullptr;
}

void AddCalls(duckdb::Catalog& catalog, ClientContext& context) {
  for (auto operators :
       {ArithmeticOperators(), AccessOperators(), AggregateKernels(), BitmapKernels(), TableKernels()}) {
    for (const OperatorRow& row : operators) {
      AddCall(catalog, context, row.name, row.name, [bind = row.bind](BindCall& call) { return bind(call).expr; });
    }
  }
  for (char letter : std::string("tyidbvaonmk")) {
    AddCall(catalog, context, std::string("firn$as_") + letter, "aggregate",
            [letter](BindCall& call) { return CoerceByLetter(call.context, letter, call.Take(0)); });
  }
  for (const Family& family : Families()) {
    for (const Function& row : family.rows) {
      bool own = family.kind == Kind::kScalar || std::holds_alternative<Native>(row.how);
      if (Binder bind = own ? BinderOf(row) : nullptr) {
        AddCall(catalog, context, "fn$" + Lower(row.name), row.name, std::move(bind));
      }
    }
  }
}

// --- casts -----------------------------------------------------------------------------------------------------------
// A cast of ours, registered in DuckDB, so that its binder (comparisons, CASE, UNION, VALUES) uses Snowflake's meaning:
// the expression that CastTo builds over a column reference, run by an executor a thread.

struct CastPlan : duckdb::BoundCastData {
  explicit CastPlan(BoundExpr e) : expr(std::move(e)) {}
  BoundExpr expr;
  duckdb::unique_ptr<BoundCastData> Copy() const override { return duckdb::make_uniq<CastPlan>(expr->Copy()); }
};
struct CastState : duckdb::FunctionLocalState {
  CastState(ClientContext& context, const duckdb::Expression& expr) : executor(context, expr) {}
  duckdb::ExpressionExecutor executor;
};

duckdb::unique_ptr<duckdb::FunctionLocalState> StartCast(duckdb::CastLocalStateParameters& parameters) {
  if (!parameters.context) Raise(errors::kInternal, {"a cast without a statement"});
  return duckdb::make_uniq<CastState>(*parameters.context, *parameters.cast_data->Cast<CastPlan>().expr);
}

bool RunCast(duckdb::Vector& source, duckdb::Vector& result, duckdb::idx_t count, duckdb::CastParameters& parameters) {
  duckdb::DataChunk chunk;
  chunk.InitializeEmpty({source.GetType()});
  chunk.data[0].Reference(source);
  chunk.SetCardinality(count);
  auto& state = parameters.local_state->Cast<CastState>();
  // An executor keeps its caches between calls; the result must not point into them.
  duckdb::Vector computed(result.GetType());
  state.executor.ExecuteExpression(chunk, computed);
  result.Reference(computed);
  return true;
}

duckdb::BoundCastInfo BindCastPair(duckdb::BindCastInput& input, const LogicalType& source, const LogicalType& target) {
  if (!input.context) return duckdb::DefaultCasts::GetDefaultCastFunction(input, source, target);
  BoundExpr column = duckdb::make_uniq<duckdb::BoundReferenceExpression>(source, 0);
  BoundExpr expr = CoerceTo(*input.context, std::move(column), target);
  if (expr->return_type.InternalType() != target.InternalType()) {
    expr = DuckCast(*input.context, std::move(expr), target);
  }
  if (expr->return_type != target) expr = Retype(std::move(expr), target);
  return duckdb::BoundCastInfo(RunCast, duckdb::make_uniq<CastPlan>(std::move(expr)), StartCast);
}

void AddCasts(ClientContext& context) {
  auto& casts = duckdb::CastFunctionSet::Get(context);
  const std::vector<LogicalType> semi = {VariantType(), ObjectType(), ArrayType()};
  const std::vector<LogicalType> plain = {
      LogicalType::BOOLEAN, LogicalType::TINYINT, LogicalType::SMALLINT,  LogicalType::INTEGER,
      LogicalType::BIGINT,  LogicalType::HUGEINT, LogicalType::DOUBLE,    LogicalType(LogicalTypeId::DECIMAL),
      LogicalType::DATE,    LogicalType::TIME,    LogicalType::TIMESTAMP, LogicalType::TIMESTAMP_TZ,
      LogicalType::BLOB,    LogicalType::VARCHAR, TimestampTzType(),
  };
  // VARIANT to and from anything; cheapest to text, so that DuckDB's own string functions take the text.
  for (const auto& type : plain) {
    bool text = type.id() == LogicalTypeId::VARCHAR;
    casts.RegisterCastFunction(VariantType(), type, BindCastPair, text ? 10 : 200);
    casts.RegisterCastFunction(type, VariantType(), BindCastPair, 500);
  }
  for (const auto& type : {ObjectType(), ArrayType()}) {
    casts.RegisterCastFunction(type, LogicalType::VARCHAR, BindCastPair, 10);
    casts.RegisterCastFunction(LogicalType::VARCHAR, type, BindCastPair, -1);
  }
  for (const auto& from : semi) {
    for (const auto& to : semi) {
      if (from != to) casts.RegisterCastFunction(from, to, BindCastPair, 5);
    }
  }
  // Text becomes dates and numbers by Snowflake's rules. BLOB is left out: printed binary literals are text cast to it.
  for (const auto& type : plain) {
    if (type.id() == LogicalTypeId::TINYINT || type.id() == LogicalTypeId::SMALLINT ||
        type.id() == LogicalTypeId::INTEGER || type.id() == LogicalTypeId::HUGEINT ||
        type.id() == LogicalTypeId::VARCHAR || type.id() == LogicalTypeId::BLOB || ShapeOf(type) == Shape::kTz) {
      continue;
    }
    casts.RegisterCastFunction(LogicalType::VARCHAR, type, BindCastPair, -1);
  }
  const auto tz = TimestampTzType();
  for (const auto& type : std::vector<LogicalType>{LogicalType::DATE, LogicalType::TIMESTAMP, LogicalType::TIMESTAMP_TZ,
                                                   LogicalType::VARCHAR}) {
    casts.RegisterCastFunction(type, tz, BindCastPair, type.id() == LogicalTypeId::VARCHAR ? -1 : 150);
    casts.RegisterCastFunction(tz, type, BindCastPair, -1);
  }
}

}  // namespace

Status Register(engine::Engine& engine) {
  return engine::RegisterWith(engine, [](duckdb::Connection& connection) {
    ClientContext& context = *connection.context;
    AddCalls(duckdb::Catalog::GetSystemCatalog(context), context);
    AddCasts(context);
    RegisterOrder(context);
    RegisterChanges(context);
  });
}

}  // namespace firn::functions

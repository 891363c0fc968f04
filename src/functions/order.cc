#include "functions/order.h"

#include <bit>
#include <duckdb/catalog/catalog.hpp>
#include <duckdb/catalog/catalog_entry/aggregate_function_catalog_entry.hpp>
#include <duckdb/function/function_binder.hpp>
#include <duckdb/planner/collation_binding.hpp>

#include "functions/cast.h"
#include "functions/fixed.h"
#include "functions/kernel.h"
#include "functions/variant_text.h"

namespace firn::functions {

namespace {

BoundExpr VariantKey(BoundExpr value) {
  std::vector<BoundExpr> args;
  args.push_back(std::move(value));
  return Kernel("firn variant order", LogicalType::BLOB, std::move(args),
                MapRows<std::string, std::string_view>(VariantOrderKey));
}

/// The expression that DuckDB compares in place of `source`; false where the type needs none.
bool PushKey(ClientContext& context, duckdb::unique_ptr<duckdb::Expression>& source, const LogicalType& type,
             duckdb::CollationType) {
  Shape shape = ShapeOf(type);
  if (shape == Shape::kTz) {
    source = TzInstant(context, std::move(source));
    return true;
  }
  if (!IsSemi(shape)) return false;
  source = VariantKey(std::move(source));
  return true;
}

/// min and max of a VARIANT: arg_min and arg_max by the key.
duckdb::unique_ptr<duckdb::FunctionData> BindExtreme(ClientContext& context, duckdb::AggregateFunction& function,
                                                     duckdb::vector<BoundExpr>& arguments) {
  auto type = arguments[0]->return_type;
  std::string name = function.name == "min" ? "arg_min" : "arg_max";
  auto& entry = duckdb::Catalog::GetEntry<duckdb::AggregateFunctionCatalogEntry>(context, "", "", name);
  duckdb::FunctionBinder binder(context);
  duckdb::ErrorData error;
  duckdb::vector<LogicalType> types = {LogicalType::BLOB, LogicalType::BLOB};
  auto best = binder.BindFunction(entry.name, entry.functions, types, error);
  if (!best.IsValid()) error.Throw();
  function = entry.functions.GetFunctionByOffset(best.GetIndex());
  arguments.push_back(VariantKey(arguments[0]->Copy()));
  function.arguments = {type, LogicalType::BLOB};
  function.SetReturnType(type);
  return function.HasBindCallback() ? function.GetBindCallback()(context, function, arguments) : nullptr;
}

void NoStep() { Raise(errors::kInternal, {"an unbound aggregate ran"}); }

void AddExtreme(duckdb::Catalog& catalog, ClientContext& context, const char* name, const LogicalType& type) {
  duckdb::AggregateFunction function(
      name, {type}, type, [](const duckdb::AggregateFunction&) -> duckdb::idx_t { return 1; },
      [](const duckdb::AggregateFunction&, duckdb::data_ptr_t) { NoStep(); },
      [](duckdb::Vector[], duckdb::AggregateInputData&, duckdb::idx_t, duckdb::Vector&, duckdb::idx_t) { NoStep(); },
      [](duckdb::Vector&, duckdb::Vector&, duckdb::AggregateInputData&, duckdb::idx_t) { NoStep(); },
      [](duckdb::Vector&, duckdb::AggregateInputData&, duckdb::Vector&, duckdb::idx_t, duckdb::idx_t) { NoStep(); },
      nullptr, BindExtreme);
  // An aggregate's entry takes no ALTER; nobody else reads it yet.
  catalog.GetEntry<duckdb::AggregateFunctionCatalogEntry>(context, DEFAULT_SCHEMA, name)
      .functions.AddFunction(function);
}

}  // namespace

BoundExpr OrderKey(ClientContext& context, BoundExpr value) {
  auto type = value->return_type;
  PushKey(context, value, type, duckdb::CollationType::ALL_COLLATIONS);
  return value;
}

std::string VariantOrderKey(std::string_view value) {
  VariantKind kind = KindOfVariant(value);
  switch (kind) {
    case VariantKind::kBoolean:
      return value.front() == 't' ? std::string("\0\1", 2) : std::string("\0\0", 2);
    case VariantKind::kInteger:
    case VariantKind::kDecimal:
    case VariantKind::kDouble: {
      double number = 0;
      ParseDouble(value, &number);
      auto bits = std::bit_cast<uint64_t>(number == 0 ? 0.0 : number);
      bits = bits >> 63 ? ~bits : bits | uint64_t{1} << 63;
      std::string out(1, '\1');
      for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(bits >> shift);
      // Digits that a double cannot tell apart.
      return value.size() > 15 && kind != VariantKind::kDouble ? out + std::string(value) : out;
    }
    case VariantKind::kString:
      return '\2' + Unquoted(value);
    case VariantKind::kNull:
      return "\4";
    case VariantKind::kUndefined:
      return "\5";
    default:
      return '\3' + std::string(value);
  }
}

void RegisterOrder(ClientContext& context) {
  duckdb::CollationBinding::Get(context).RegisterCollation(duckdb::CollationCallback(PushKey));
  auto& catalog = duckdb::Catalog::GetSystemCatalog(context);
  for (const auto& type : {VariantType(), ObjectType(), ArrayType()}) {
    AddExtreme(catalog, context, "min", type);
    AddExtreme(catalog, context, "max", type);
  }
}

}  // namespace firn::functions

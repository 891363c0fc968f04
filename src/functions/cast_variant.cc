// Casts to VARIANT, ARRAY and OBJECT.
#include "functions/cast.h"
#include "functions/fixed.h"
#include "functions/kernel.h"
#include "functions/variant_text.h"

namespace firn::functions {

namespace {

std::vector<BoundExpr> One(BoundExpr expr) {
  std::vector<BoundExpr> args;
  args.push_back(std::move(expr));
  return args;
}

BoundExpr FixedToVariant(ClientContext& context, BoundExpr expr) {
  int scale = DigitsOf(expr->return_type).scale;
  if (scale == 0) return Retype(DuckCast(context, std::move(expr), LogicalType::VARCHAR), VariantType());
  FixedInput input = WidenFixed(context, std::move(expr));
  auto run = WithWidth(input.wide, [&]<class S>() {
    return MapRows<std::string, S>([scale](S value) { return TrimmedFixedText(value, scale); });
  });
  return Kernel("firn fixed to variant", VariantType(), One(std::move(input.expr)), std::move(run));
}

BoundExpr TextToVariant(BoundExpr text) {
  return Kernel("firn text to variant", VariantType(), One(std::move(text)),
                MapRows<std::string, std::string_view>([](std::string_view value) { return Quoted(value); }));
}

}  // namespace

BoundExpr ToVariant(ClientContext& context, BoundExpr expr) {
  auto type = expr->return_type;
  switch (ShapeOf(type)) {
    case Shape::kNull:
      return NullOf(VariantType());
    case Shape::kVariant:
      return expr;
    case Shape::kObject:
    case Shape::kArray:
      return Retype(std::move(expr), VariantType());
    case Shape::kBoolean:
      return Retype(DuckCast(context, std::move(expr), LogicalType::VARCHAR), VariantType());
    case Shape::kNumber:
      return FixedToVariant(context, std::move(expr));
    case Shape::kDouble:
      expr = DuckCast(context, std::move(expr), LogicalType::DOUBLE);
      return Kernel("firn double to variant", VariantType(), One(std::move(expr)),
                    MapRows<std::string, double>([](double value) { return DoubleVariantText(value); }));
    default:
      break;
  }
  // LIST, STRUCT, MAP and JSON of DuckDB itself.
  if (ShapeOf(type) == Shape::kOther) {
    expr = DuckCast(context, Duck(context, "to_json", std::move(expr)), LogicalType::VARCHAR);
    return Kernel(
        "firn json to variant", VariantType(), One(std::move(expr)),
        MapRows<std::optional<std::string>, std::string_view>([](std::string_view text) -> std::optional<std::string> {
          auto value = CanonicalJson(text, DuplicateKeys::kLastWins);
          if (!value.ok()) Raise(value.error());
          return *value;
        }));
  }
  return TextToVariant(ToText(context, std::move(expr)));
}

BoundExpr ToArray(ClientContext& context, BoundExpr expr) {
  if (ShapeOf(expr->return_type) == Shape::kArray) return expr;
  expr = ToVariant(context, Plain(context, std::move(expr)));
  return Kernel(
      "firn variant to array", ArrayType(), One(std::move(expr)),
      MapRows<std::optional<std::string>, std::string_view>([](std::string_view value) -> std::optional<std::string> {
        VariantKind kind = KindOfVariant(value);
        if (kind == VariantKind::kNull || kind == VariantKind::kUndefined) return std::nullopt;
        if (kind == VariantKind::kArray) return std::string(value);
        return ArrayText({value});
      }));
}

BoundExpr ToObject(ClientContext& context, BoundExpr expr, OnFailure failure) {
  switch (ShapeOf(expr->return_type)) {
    case Shape::kObject:
      return expr;
    case Shape::kNull:
      return NullOf(ObjectType());
    case Shape::kVariant:
      break;
    case Shape::kOther:
      expr = ToVariant(context, std::move(expr));
      break;
    default:
      Raise(errors::kCannotConvert, {"expr", TypeName(expr->return_type), "OBJECT"});
  }
  return Kernel(
      failure == OnFailure::kNull ? "firn variant to object try" : "firn variant to object", ObjectType(),
      One(std::move(expr)),
      MapRows<std::optional<std::string>, std::string_view>(
          [failure](std::string_view value) -> std::optional<std::string> {
            VariantKind kind = KindOfVariant(value);
            if (kind == VariantKind::kObject) return std::string(value);
            if (kind == VariantKind::kNull || kind == VariantKind::kUndefined || failure == OnFailure::kNull) {
              return std::nullopt;
            }
            Raise(errors::kVariantCast, {Shown(value), "OBJECT"});
          }));
}

}  // namespace firn::functions

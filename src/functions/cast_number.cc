// Casts to NUMBER, INTEGER and FLOAT.
#include "functions/cast.h"
#include "functions/fixed.h"
#include "functions/variant_text.h"

namespace firn::functions {

namespace {

int PrecisionOf(const LogicalType& type) { return type.id() == LogicalTypeId::DECIMAL ? DigitsOf(type).precision : 38; }
int ScaleOf(const LogicalType& type) { return DigitsOf(type).scale; }

/// Whether `value` is one of `type`'s, which is BIGINT, HUGEINT or DECIMAL.
bool Fits(const LogicalType& type, int128 value) {
  if (type.id() == LogicalTypeId::BIGINT) {
    return value >= std::numeric_limits<int64_t>::min() && value <= std::numeric_limits<int64_t>::max();
  }
  return FitsDigits(value, PrecisionOf(type));
}

BoundExpr FixedToFixed(ClientContext& context, BoundExpr expr, const LogicalType& target, OnFailure failure) {
  Digits from = DigitsOf(expr->return_type);
  int to_precision = target.id() == LogicalTypeId::BIGINT ? 18 : DigitsOf(target).precision;
  bool widens = to_precision - ScaleOf(target) >= from.Leading() && ScaleOf(target) >= from.scale;
  bool integers = IsIntegerType(expr->return_type) && target.id() == LogicalTypeId::BIGINT && from.precision <= 19;
  if (widens || integers) return DuckCast(context, std::move(expr), target);
  FixedInput input = WidenFixed(context, std::move(expr));
  std::string identity = "firn fixed " + std::to_string(static_cast<int>(failure));
  std::vector<BoundExpr> args;
  args.push_back(std::move(input.expr));
  int from_scale = input.digits.scale, to_scale = ScaleOf(target);
  auto run = WithWidth(input.wide, [&]<class S>() {
    return WithStored(target, [&]<class T>() {
      return MapRows<std::optional<T>, S>([=](S value) -> std::optional<T> {
        int128 out = 0;
        if (Rescale(value, from_scale, to_scale, &out) && Fits(target, out)) return static_cast<T>(out);
        if (failure == OnFailure::kNull) return std::nullopt;
        RaiseTooLarge(target, value, from_scale);
      });
    });
  });
  return Kernel(identity, target, std::move(args), std::move(run));
}

BoundExpr DoubleToFixedType(BoundExpr expr, const LogicalType& target, OnFailure failure) {
  std::vector<BoundExpr> args;
  args.push_back(std::move(expr));
  auto run = WithStored(target, [&]<class T>() {
    return MapRows<std::optional<T>, double>([=](double value) -> std::optional<T> {
      auto out = DoubleToFixed(value, PrecisionOf(target), ScaleOf(target));
      if (out && Fits(target, *out)) return static_cast<T>(*out);
      if (failure == OnFailure::kNull) return std::nullopt;
      Raise(errors::kNumericOutOfRange, {DoubleText(value)});
    });
  });
  return Kernel("firn double to fixed " + std::to_string(static_cast<int>(failure)), target, std::move(args),
                std::move(run));
}

/// A number in text; nothing (and the row's error) where it is none.
std::optional<int128> TextToFixed(std::string_view text, const LogicalType& target, OnFailure failure) {
  int128 out = 0;
  auto outcome = ParseFixed(text, PrecisionOf(target), ScaleOf(target), &out);
  if (outcome == ParseOutcome::kOk && Fits(target, out)) return out;
  if (failure == OnFailure::kNull) return std::nullopt;
  Raise(outcome == ParseOutcome::kNotANumber ? errors::kNumericUnrecognized : errors::kNumericOutOfRange,
        {Shown(text)});
}

std::optional<int128> VariantToFixed(std::string_view value, const LogicalType& target, OnFailure failure) {
  std::optional<int128> out;
  switch (KindOfVariant(value)) {
    case VariantKind::kNull:
    case VariantKind::kUndefined:
      return std::nullopt;
    case VariantKind::kBoolean:
      out = value.front() == 't' ? Pow10(ScaleOf(target)) : int128{0};
      break;
    case VariantKind::kInteger:
    case VariantKind::kDecimal:
      return TextToFixed(value, target, failure);
    case VariantKind::kDouble: {
      double number = 0;
      if (ParseDouble(value, &number)) out = DoubleToFixed(number, PrecisionOf(target), ScaleOf(target));
      break;
    }
    case VariantKind::kString:
      out = TextToFixed(Unquoted(value), target, OnFailure::kNull);
      break;
    default:
      break;
  }
  if (out && Fits(target, *out)) return out;
  if (failure == OnFailure::kNull) return std::nullopt;
  Raise(errors::kVariantCast, {Shown(value), "FIXED"});
}

template <class Convert>
BoundExpr FromText(const char* what, BoundExpr expr, const LogicalType& target, OnFailure failure, Convert convert) {
  std::vector<BoundExpr> args;
  args.push_back(std::move(expr));
  auto run = WithStored(target, [&]<class T>() {
    return MapRows<std::optional<T>, std::string_view>([=](std::string_view text) -> std::optional<T> {
      auto out = convert(text, target, failure);
      if (!out) return std::nullopt;
      return static_cast<T>(*out);
    });
  });
  return Kernel(what + std::to_string(static_cast<int>(failure)), target, std::move(args), std::move(run));
}

BoundExpr ToFixed(ClientContext& context, BoundExpr expr, const LogicalType& target, OnFailure failure) {
  switch (ShapeOf(expr->return_type)) {
    case Shape::kNull:
      return NullOf(target);
    case Shape::kNumber:
      return FixedToFixed(context, std::move(expr), target, failure);
    case Shape::kDouble:
      return DoubleToFixedType(std::move(expr), target, failure);
    case Shape::kText:
      return FromText("firn text to fixed ", std::move(expr), target, failure, TextToFixed);
    case Shape::kVariant:
      return FromText("firn variant to fixed ", std::move(expr), target, failure, VariantToFixed);
    case Shape::kBoolean:
      return FixedToFixed(context, DuckCast(context, std::move(expr), LogicalType::BIGINT), target, failure);
    default:
      Raise(errors::kCannotConvert, {"expr", TypeName(expr->return_type), SqlTypeOf(target).Text()});
  }
}

}  // namespace

FixedInput WidenFixed(ClientContext& context, BoundExpr number) {
  FixedInput out;
  out.digits = DigitsOf(number->return_type);
  if (IsIntegerType(number->return_type)) {
    out.wide = number->return_type.id() == LogicalTypeId::HUGEINT ||
               number->return_type.id() == LogicalTypeId::UBIGINT ||
               number->return_type.id() == LogicalTypeId::UHUGEINT;
    out.expr = DuckCast(context, std::move(number), out.wide ? LogicalType::HUGEINT : LogicalType::BIGINT);
    return out;
  }
  out.wide = out.digits.precision > 18;
  auto scale = static_cast<uint8_t>(out.digits.scale);
  out.expr = DuckCast(context, std::move(number), LogicalType::DECIMAL(out.wide ? 38 : 18, scale));
  return out;
}

std::string FixedTypeName(int precision, int scale) {
  int bytes = precision <= 2 ? 1 : precision <= 4 ? 2 : precision <= 9 ? 4 : precision <= 18 ? 8 : 16;
  return "FIXED[SB" + std::to_string(bytes) + "](" + std::to_string(precision) + "," + std::to_string(scale) +
         "){nullable}";
}

void RaiseTooLarge(const LogicalType& target, int128 value, int value_scale) {
  Digits digits = target.id() == LogicalTypeId::DECIMAL ? DigitsOf(target) : Digits{38, 0};
  Raise(errors::kNumberTooLarge, {FixedTypeName(digits.precision, digits.scale), FixedText(value, value_scale)});
}

BoundExpr ToNumber(ClientContext& context, BoundExpr expr, int precision, int scale, OnFailure failure) {
  auto target = LogicalType::DECIMAL(static_cast<uint8_t>(precision), static_cast<uint8_t>(scale));
  if (expr->return_type == target) return expr;
  return ToFixed(context, std::move(expr), target, failure);
}

BoundExpr ToInteger(ClientContext& context, BoundExpr expr, OnFailure failure) {
  if (expr->return_type.id() == LogicalTypeId::BIGINT) return expr;
  return ToFixed(context, std::move(expr), LogicalType::BIGINT, failure);
}

BoundExpr ToDouble(ClientContext& context, BoundExpr expr, OnFailure failure) {
  Shape shape = ShapeOf(expr->return_type);
  switch (shape) {
    case Shape::kNull:
      return NullOf(LogicalType::DOUBLE);
    case Shape::kNumber:
    case Shape::kDouble:
    case Shape::kBoolean:
      return DuckCast(context, std::move(expr), LogicalType::DOUBLE);
    case Shape::kText:
    case Shape::kVariant:
      break;
    default:
      Raise(errors::kCannotConvert, {"expr", TypeName(expr->return_type), "FLOAT"});
  }
  bool variant = shape == Shape::kVariant;
  std::vector<BoundExpr> args;
  args.push_back(std::move(expr));
  auto run = MapRows<std::optional<double>, std::string_view>([=](std::string_view text) -> std::optional<double> {
    double out = 0;
    if (!variant) {
      if (ParseDouble(text, &out)) return out;
      if (failure == OnFailure::kNull) return std::nullopt;
      Raise(errors::kNumericUnrecognized, {Shown(text)});
    }
    VariantKind kind = KindOfVariant(text);
    if (kind == VariantKind::kNull || kind == VariantKind::kUndefined) return std::nullopt;
    if (kind == VariantKind::kBoolean) return text.front() == 't' ? 1.0 : 0.0;
    if (kind == VariantKind::kString ? ParseDouble(Unquoted(text), &out) : ParseDouble(text, &out)) return out;
    if (failure == OnFailure::kNull) return std::nullopt;
    Raise(errors::kVariantCast, {Shown(text), "REAL"});
  });
  return Kernel(
      (variant ? "firn variant to double " : "firn text to double ") + std::to_string(static_cast<int>(failure)),
      LogicalType::DOUBLE, std::move(args), std::move(run));
}

BoundExpr ToArithmetic(ClientContext& context, BoundExpr expr) {
  switch (ShapeOf(expr->return_type)) {
    case Shape::kVariant:
      return ToDouble(context, std::move(expr));
    case Shape::kText:
      break;
    default:
      return expr;
  }
  auto constant = ConstantOf(context, *expr);
  ParsedNumber number;
  if (constant && !constant->IsNull() &&
      ParseNumber(duckdb::StringValue::Get(*constant), &number) == ParseOutcome::kOk && number.scale >= 0 &&
      number.scale <= 37) {
    int precision = number.scale + 1;
    while (precision < 38 && !FitsDigits(number.digits, precision)) ++precision;
    return Constant(
        Value::DECIMAL(ToHugeint(number.digits), static_cast<uint8_t>(38), static_cast<uint8_t>(number.scale))
            .DefaultCastAs(LogicalType::DECIMAL(static_cast<uint8_t>(precision), static_cast<uint8_t>(number.scale))));
  }
  return ToNumber(context, std::move(expr), 18, 5, OnFailure::kRaise);
}

}  // namespace firn::functions

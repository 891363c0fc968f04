// Numbers: docs.snowflake.com/en/sql-reference/functions-numeric
#include <array>
#include <cmath>

#include "functions/date_functions.h"
#include "functions/families.h"
#include "functions/fixed.h"
#include "functions/operators.h"
#include "functions/rows.h"

namespace firn::functions {

namespace {

enum class Mode { kHalfAway, kHalfEven, kUp, kDown, kToZero };

BoundExpr NumberAt(BindCall& call, size_t i) {
  BoundExpr arg = ToArithmetic(call.context, Plain(call.context, call.Take(i)));
  Shape shape = ShapeOf(arg->return_type);
  if (shape == Shape::kNull) return NullOf(LogicalType::BIGINT);
  if (shape != Shape::kNumber && shape != Shape::kDouble) {
    Raise(errors::kInvalidArgumentTypes, {call.name, TypeName(arg->return_type)});
  }
  return arg;
}

/// Cuts `value` to a multiple of 10^(from - to), rounded by `mode`, keeping its scale.
int128 RoundTo(int128 value, int from, int64_t to, Mode mode) {
  if (to >= from) return value;
  if (from - to > kDigitsMax) return 0;
  int128 unit = Pow10(static_cast<int>(from - to));
  int128 rest = value % unit;
  int128 base = value - rest;
  bool up = false, down = false;
  switch (mode) {
    case Mode::kUp:
      up = rest > 0;
      break;
    case Mode::kDown:
      down = rest < 0;
      break;
    case Mode::kToZero:
      break;
    case Mode::kHalfAway:
    case Mode::kHalfEven: {
      int128 size = rest < 0 ? -rest : rest;
      bool tie = size == unit - size;
      bool odd = base / unit % 2 != 0;
      bool away = size > unit - size || (tie && (mode == Mode::kHalfAway || odd));
      up = away && value > 0;
      down = away && value < 0;
    }
  }
  return base + (up ? unit : 0) - (down ? unit : 0);
}

double RoundDouble(double value, int64_t scale, Mode mode) {
  auto apply = [mode](double x) {
    switch (mode) {
      case Mode::kUp:
        return std::ceil(x);
      case Mode::kDown:
        return std::floor(x);
      case Mode::kToZero:
        return std::trunc(x);
      default:
        return std::round(x);
    }
  };
  if (!std::isfinite(value) || scale > 300) return value;
  if (scale == 0) return apply(value);
  double unit = std::pow(10.0, static_cast<double>(std::abs(scale)));
  double out = scale > 0 ? apply(value * unit) / unit : apply(value / unit) * unit;
  return std::isfinite(out) ? out : value;
}

BoundExpr RoundCall(BindCall& call, Mode mode) {
  BoundExpr value = NumberAt(call, 0);
  BoundExpr scale =
      call.size() > 1 ? ToInteger(call.context, call.Take(1), OnFailure::kRaise) : Constant(Value::BIGINT(0));
  auto constant = ConstantOf(call.context, *scale);
  std::string identity = "firn round " + std::to_string(static_cast<int>(mode));
  std::vector<BoundExpr> args;
  if (ShapeOf(value->return_type) == Shape::kDouble) {
    args.push_back(std::move(value));
    args.push_back(std::move(scale));
    return Kernel(identity, LogicalType::DOUBLE, std::move(args),
                  MapRows<double, double, int64_t>([mode](double x, int64_t s) { return RoundDouble(x, s, mode); }));
  }
  Digits digits = DigitsOf(value->return_type);
  bool fixed = constant && !constant->IsNull();
  int64_t to = fixed ? constant->GetValue<int64_t>() : 0;
  bool integer = IsIntegerType(value->return_type);
  if (fixed && to >= digits.scale) return value;
  int out_scale = fixed ? static_cast<int>(std::max<int64_t>(0, to)) : digits.scale;
  int precision = std::min(38, digits.Leading() + 1 + out_scale);
  LogicalType result = LogicalType::DECIMAL(static_cast<uint8_t>(precision), static_cast<uint8_t>(out_scale));
  if (integer) result = value->return_type.id() == LogicalTypeId::HUGEINT ? LogicalType::HUGEINT : LogicalType::BIGINT;
  FixedInput input = WidenFixed(call.context, std::move(value));
  args.push_back(std::move(input.expr));
  args.push_back(std::move(scale));
  auto run = WithWidth(input.wide, [&]<class S>() {
    return WithStored(result, [&]<class T>() {
      return MapRows<T, S, int64_t>([=](S x, int64_t s) {
        int128 out = RoundTo(x, digits.scale, s, mode);
        if (out_scale < digits.scale) out /= Pow10(digits.scale - out_scale);
        return static_cast<T>(out);
      });
    });
  });
  return Kernel(identity, result, std::move(args), std::move(run));
}

BoundNode BindRound(BindCall& call) {
  Mode mode = Mode::kHalfAway;
  if (call.size() == 3) {
    std::string name = ConstantText(call, 2);
    if (EqualsIgnoreCase(name, "HALF_TO_EVEN"))
      mode = Mode::kHalfEven;
    else if (!EqualsIgnoreCase(name, "HALF_AWAY_FROM_ZERO"))
      Raise(errors::kInvalidValue, {name, "rounding_mode"});
    call.args.pop_back();
  }
  return RoundCall(call, mode);
}
BoundNode BindCeil(BindCall& call) { return RoundCall(call, Mode::kUp); }
BoundNode BindFloor(BindCall& call) { return RoundCall(call, Mode::kDown); }
BoundNode BindTrunc(BindCall& call) {
  Shape shape = ShapeOf(call.Type(0));
  if (shape == Shape::kDate || IsTimestamp(shape)) {
    std::string part = call.size() > 1 ? ConstantText(call, 1) : "day";
    return TruncateTime(call.context, call.Take(0), part, call.name);
  }
  return RoundCall(call, Mode::kToZero);
}

BoundNode BindAbs(BindCall& call) {
  BoundExpr arg = NumberAt(call, 0);
  if (IsIntegerType(arg->return_type) && arg->return_type.id() != LogicalTypeId::HUGEINT) {
    arg = DuckCast(call.context, std::move(arg), LogicalType::BIGINT);
  }
  return Duck(call.context, "abs", std::move(arg));
}
BoundNode BindSign(BindCall& call) {
  return DuckCast(call.context, Duck(call.context, "sign", NumberAt(call, 0)), LogicalType::BIGINT);
}
BoundNode BindModulo(BindCall& call) { return Modulo(call.context, call.Take(0), call.Take(1)); }

BoundNode BindDiv0(BindCall& call) { return Divide(call.context, call.Take(0), call.Take(1), -1, ZeroDivisor::kZero); }
BoundNode BindDiv0Null(BindCall& call) {
  BoundExpr divisor = ToArithmetic(call.context, Plain(call.context, call.Take(1)));
  if (ShapeOf(divisor->return_type) == Shape::kNull) divisor = NullOf(LogicalType::BIGINT);
  std::vector<BoundExpr> args;
  auto type = divisor->return_type;
  args.push_back(std::move(divisor));
  args.push_back(Fold(call.context, DuckCast(call.context, Constant(Value::BIGINT(0)), type)));
  return Divide(call.context, call.Take(0), Coalesce(std::move(args)), -1, ZeroDivisor::kZero);
}

[[noreturn]] void BadFloat(const char* function, double value) {
  Raise(errors::kFloatOperation, {std::string(function) + "(" + DoubleText(value) + ")"});
}
double SquareRoot(double x) { return x < 0 ? (BadFloat("sqrt", x), 0) : std::sqrt(x); }
double NaturalLog(double x) { return x <= 0 ? (BadFloat("ln", x), 0) : std::log(x); }
double Logarithm(double base, double x) {
  if (base <= 0 || base == 1) BadFloat("log", base);
  if (x <= 0) BadFloat("log", x);
  return std::log(x) / std::log(base);
}
double ArcCosine(double x) { return x < -1 || x > 1 ? (BadFloat("acos", x), 0) : std::acos(x); }
double ArcSine(double x) { return x < -1 || x > 1 ? (BadFloat("asin", x), 0) : std::asin(x); }
double ArcCosineH(double x) { return x < 1 ? (BadFloat("acosh", x), 0) : std::acosh(x); }
double ArcTangentH(double x) { return x <= -1 || x >= 1 ? (BadFloat("atanh", x), 0) : std::atanh(x); }
double Cotangent(double x) { return 1 / std::tan(x); }
double Square(double x) { return x * x; }
double Power(double x, double y) { return std::pow(x, y); }
double Cbrt(double x) {
  double root = std::cbrt(x), whole = std::round(root);
  return whole * whole * whole == x ? whole : root;
}
double Pi() { return 3.14159265358979323846; }

int128 Factorial(int64_t n) {
  if (n < 0 || n > 33) Raise(errors::kNumericOutOfRange, {std::to_string(n)});
  int128 out = 1;
  for (int64_t i = 2; i <= n; ++i) out *= i;
  return out;
}

double Haversine(double lat1, double lon1, double lat2, double lon2) {
  constexpr double kRadian = 3.14159265358979323846 / 180;
  double a = std::pow(std::sin((lat2 - lat1) * kRadian / 2), 2) +
             std::cos(lat1 * kRadian) * std::cos(lat2 * kRadian) * std::pow(std::sin((lon2 - lon1) * kRadian / 2), 2);
  return 2 * 6371.0 * std::asin(std::sqrt(a));
}

int64_t WidthBucket(double value, double low, double high, int64_t buckets) {
  if (buckets <= 0 || low >= high) Raise(errors::kInvalidValue, {std::to_string(buckets), "WIDTH_BUCKET"});
  if (value < low) return 0;
  if (value >= high) return buckets + 1;
  return static_cast<int64_t>((value - low) / (high - low) * static_cast<double>(buckets)) + 1;
}

// clang-format off
constexpr std::array kNumeric = {
    Function{"ABS", "value", Native{BindAbs}, "ABS(-4.2)", "4.2", "functions/abs"},
    Function{"ACOS", "value", Native{Rows<ArcCosine>}, "ACOS(0.5)", "1.047197551", "functions/acos"},
    Function{"ACOSH", "value", Native{Rows<ArcCosineH>}, "ACOSH(2.352409615)", "1.5", "functions/acosh"},
    Function{"ASIN", "value", Native{Rows<ArcSine>}, "ASIN(0.5)", "0.5235987756", "functions/asin"},
    Function{"ASINH", "value", Same{"d"}, "ASINH(2.129279455)", "1.5", "functions/asinh"},
    Function{"ATAN", "value", Same{"d"}, "ATAN(1)", "0.7853981634", "functions/atan"},
    Function{"ATAN2", "y, x", Same{"d"}, "ATAN2(5, 5)", "0.7853981634", "functions/atan2"},
    Function{"ATANH", "value", Native{Rows<ArcTangentH>}, "ATANH(0.9051482536)", "1.5", "functions/atanh"},
    Function{"CBRT", "value", Native{Rows<Cbrt>}, "CBRT(8)", "2", "functions/cbrt"},
    Function{"CEIL", "value [, scale]", Native{BindCeil}, "CEIL(135.135, 1)", "135.2", "functions/ceil"},
    Function{"COS", "value", Same{"d"}, "COS(PI()/3)", "0.5", "functions/cos"},
    Function{"COSH", "value", Same{"d"}, "COSH(1.5)", "2.352409615", "functions/cosh"},
    Function{"COT", "value", Native{Rows<Cotangent>}, "COT(PI()/3)", "0.5773502692", "functions/cot"},
    Function{"DEGREES", "value", Same{"d"}, "DEGREES(PI()/3)", "60", "functions/degrees"},
    Function{"DIV0", "dividend, divisor", Native{BindDiv0}, "DIV0(1, 0)", "0.000000", "functions/div0"},
    Function{"DIV0NULL", "dividend, divisor", Native{BindDiv0Null}, "DIV0NULL(1, NULL)", "0.000000", "functions/div0null"},
    Function{"EXP", "value", Same{"d"}, "EXP(1)", "2.718281828", "functions/exp"},
    Function{"FACTORIAL", "value", Native{Rows<Factorial>}, "FACTORIAL(10)", "3628800", "functions/factorial"},
    Function{"FLOOR", "value [, scale]", Native{BindFloor}, "FLOOR(-975.975, -2)", "-1000", "functions/floor"},
    Function{"HAVERSINE", "lat1, lon1, lat2, lon2", Native{Rows<Haversine>}, "ROUND(HAVERSINE(40.7127, -74.0059, 34.0500, -118.2500), 3)", "3936.385", "functions/haversine"},
    Function{"LN", "value", Native{Rows<NaturalLog>}, "LN(100)", "4.605170186", "functions/ln"},
    Function{"LOG", "base, value", Native{Rows<Logarithm>}, "LOG(3, 4)", "1.261859507", "functions/log"},
    Function{"MOD", "a, b", Native{BindModulo}, "MOD(4.5, 1.2)", "0.9", "functions/mod"},
    Function{"PI", "", Native{Rows<Pi>}, "PI()", "3.141592654", "functions/pi"},
    Function{"POW", "base, exponent", Native{Rows<Power>}, "POW(2, 3)", "8", "functions/pow"},
    Function{"POWER", "base, exponent", Native{Rows<Power>}, "POWER(2, 0.5)", "1.414213562", "functions/pow"},
    Function{"RADIANS", "value", Same{"d"}, "RADIANS(180)", "3.141592654", "functions/radians"},
    Function{"ROUND", "value [, scale] [, mode]", Native{BindRound}, "ROUND(2.5, 0, 'HALF_TO_EVEN')", "2", "functions/round"},
    Function{"SIGN", "value", Native{BindSign}, "SIGN(-1.35)", "-1", "functions/sign"},
    Function{"SIN", "value", Same{"d"}, "SIN(PI()/3)", "0.8660254038", "functions/sin"},
    Function{"SINH", "value", Same{"d"}, "SINH(1.5)", "2.129279455", "functions/sinh"},
    Function{"SQRT", "value", Native{Rows<SquareRoot>}, "SQRT(2)", "1.414213562", "functions/sqrt"},
    Function{"SQUARE", "value", Native{Rows<Square>}, "SQUARE(-2.5)", "6.25", "functions/square"},
    Function{"TAN", "value", Same{"d"}, "TAN(PI()/3)", "1.732050808", "functions/tan"},
    Function{"TANH", "value", Same{"d"}, "TANH(1.5)", "0.9051482536", "functions/tanh"},
    Function{"TRUNC", "value [, scale]", Native{BindTrunc}, "TRUNC(-975.975, -1)", "-970", "functions/trunc"},
    Function{"TRUNCATE", "value [, scale]", Native{BindTrunc}, "TRUNCATE(135.135, 1)", "135.1", "functions/trunc"},
    Function{"WIDTH_BUCKET", "value, low, high, buckets", Native{Rows<WidthBucket>}, "WIDTH_BUCKET(290000.00, 200000, 600000, 4)", "1", "functions/width_bucket"},
};
// clang-format on

}  // namespace

std::span<const Function> NumericFunctions() { return kNumeric; }

}  // namespace firn::functions

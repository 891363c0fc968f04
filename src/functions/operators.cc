#include "functions/operators.h"

#include <algorithm>
#include <array>
#include <duckdb/planner/expression/bound_constant_expression.hpp>
#include <duckdb/planner/expression_binder.hpp>

#include "functions/fixed.h"
#include "functions/variant_text.h"

namespace firn::functions {

namespace {

std::vector<BoundExpr> Pair(BoundExpr left, BoundExpr right) {
  std::vector<BoundExpr> args;
  args.push_back(std::move(left));
  args.push_back(std::move(right));
  return args;
}

[[noreturn]] void BadOperands(const char* name, const BoundExpr& left, const BoundExpr& right) {
  Raise(errors::kInvalidArgumentTypes, {name, TypeName(left->return_type) + ", " + TypeName(right->return_type)});
}

/// A constant integer beside a NUMBER as the narrowest NUMBER, so that results keep narrow types.
BoundExpr Narrow(BoundExpr expr) {
  if (expr->GetExpressionClass() != duckdb::ExpressionClass::BOUND_CONSTANT) return expr;
  const Value& value = expr->Cast<duckdb::BoundConstantExpression>().value;
  if (value.IsNull() || value.type().id() == LogicalTypeId::HUGEINT) return expr;
  auto number = value.DefaultCastAs(LogicalType::BIGINT).GetValue<int64_t>();
  int precision = 1;
  while (precision < 18 && !FitsDigits(number, precision)) ++precision;
  if (!FitsDigits(number, precision)) return expr;
  return Constant(Value::DECIMAL(number, static_cast<uint8_t>(precision), 0));
}

/// Both sides ready for DuckDB's operator: integers as BIGINT (or HUGEINT), or both DECIMAL, or both DOUBLE.
void Align(ClientContext& context, BoundExpr* left, BoundExpr* right) {
  auto both = [&](const LogicalType& type) {
    *left = DuckCast(context, std::move(*left), type);
    *right = DuckCast(context, std::move(*right), type);
  };
  if (ShapeOf((*left)->return_type) == Shape::kDouble || ShapeOf((*right)->return_type) == Shape::kDouble) {
    return both(LogicalType::DOUBLE);
  }
  bool left_integer = IsIntegerType((*left)->return_type), right_integer = IsIntegerType((*right)->return_type);
  if (left_integer && right_integer) {
    bool wide = DigitsOf((*left)->return_type).precision > 19 || DigitsOf((*right)->return_type).precision > 19;
    return both(wide ? LogicalType::HUGEINT : LogicalType::BIGINT);
  }
  for (BoundExpr* side : {left, right}) {
    if (!IsIntegerType((*side)->return_type)) continue;
    *side = Narrow(std::move(*side));
    if (!IsIntegerType((*side)->return_type)) continue;
    int precision = DigitsOf((*side)->return_type).precision;
    *side = DuckCast(context, std::move(*side), LogicalType::DECIMAL(static_cast<uint8_t>(precision), 0));
  }
}

bool IsNumeric(Shape shape) { return shape == Shape::kNumber || shape == Shape::kDouble; }

/// Text, VARIANT and typeless NULL beside a number or each other become numbers.
void NumbersOf(ClientContext& context, BoundExpr* left, BoundExpr* right) {
  *left = ToArithmetic(context, Plain(context, std::move(*left)));
  *right = ToArithmetic(context, Plain(context, std::move(*right)));
  Shape a = ShapeOf((*left)->return_type), b = ShapeOf((*right)->return_type);
  if (a == Shape::kNull && b == Shape::kNull) *left = NullOf(LogicalType::BIGINT);
  if (a == Shape::kNull && IsNumeric(b)) *left = NullOf((*right)->return_type);
  a = ShapeOf((*left)->return_type);
  if (b == Shape::kNull && IsNumeric(a)) *right = NullOf((*left)->return_type);
}

bool HasNoTimeOfDay(ClientContext& context, const BoundExpr& interval) {
  auto value = ConstantOf(context, *interval);
  return value && !value->IsNull() && value->GetValue<duckdb::interval_t>().micros == 0;
}

/// `name` is + or -. Moves a date, time or timestamp by an interval.
BoundExpr MoveByInterval(ClientContext& context, const char* name, BoundExpr time, BoundExpr interval) {
  Shape shape = ShapeOf(time->return_type);
  if (shape == Shape::kDate) {
    bool stays_date = HasNoTimeOfDay(context, interval);
    BoundExpr moved = Duck(context, name, std::move(time), std::move(interval));
    return stays_date ? DuckCast(context, std::move(moved), LogicalType::DATE) : std::move(moved);
  }
  if (shape == Shape::kTz) {
    BoundExpr offset = TzOffset(context, time->Copy());
    return MakeTz(context, Duck(context, name, TzWall(context, std::move(time)), std::move(interval)),
                  std::move(offset));
  }
  return Duck(context, name, std::move(time), std::move(interval));
}

BoundExpr WholeDays(ClientContext& context, BoundExpr number) {
  if (!IsIntegerType(number->return_type)) number = ToInteger(context, std::move(number), OnFailure::kRaise);
  return DuckCast(context, std::move(number), LogicalType::INTEGER);
}

bool IsMovable(Shape shape) { return shape == Shape::kDate || shape == Shape::kTime || IsTimestamp(shape); }

}  // namespace

BoundExpr Add(ClientContext& context, BoundExpr left, BoundExpr right) {
  Shape a = ShapeOf(left->return_type), b = ShapeOf(right->return_type);
  if (b == Shape::kInterval && IsMovable(a)) return MoveByInterval(context, "+", std::move(left), std::move(right));
  if (a == Shape::kInterval && IsMovable(b)) return MoveByInterval(context, "+", std::move(right), std::move(left));
  if (a == Shape::kInterval && b == Shape::kInterval) return Duck(context, "+", std::move(left), std::move(right));
  if (b == Shape::kDate && a != Shape::kDate) {
    std::swap(left, right);
    std::swap(a, b);
  }
  if (a == Shape::kDate) {
    right = ToArithmetic(context, Plain(context, std::move(right)));
    if (ShapeOf(right->return_type) == Shape::kNull) return NullOf(LogicalType::DATE);
    if (!IsNumeric(ShapeOf(right->return_type))) BadOperands("+", left, right);
    return Duck(context, "+", std::move(left), WholeDays(context, std::move(right)));
  }
  NumbersOf(context, &left, &right);
  if (!IsNumeric(ShapeOf(left->return_type)) || !IsNumeric(ShapeOf(right->return_type))) BadOperands("+", left, right);
  Align(context, &left, &right);
  return Duck(context, "+", std::move(left), std::move(right));
}

BoundExpr Subtract(ClientContext& context, BoundExpr left, BoundExpr right) {
  Shape a = ShapeOf(left->return_type), b = ShapeOf(right->return_type);
  if (b == Shape::kInterval && IsMovable(a)) return MoveByInterval(context, "-", std::move(left), std::move(right));
  if (a == Shape::kDate && b == Shape::kDate) return Duck(context, "-", std::move(left), std::move(right));
  if ((IsTimestamp(a) || a == Shape::kDate) && (IsTimestamp(b) || b == Shape::kDate)) {
    auto instant = [&](BoundExpr side, Shape shape) {
      if (shape == Shape::kTz) return TzInstant(context, std::move(side));
      if (shape == Shape::kLtz) return Retype(std::move(side), LogicalType::TIMESTAMP);
      return WallOf(context, std::move(side));
    };
    return Duck(context, "-", instant(std::move(left), a), instant(std::move(right), b));
  }
  if (a == Shape::kDate) {
    right = ToArithmetic(context, Plain(context, std::move(right)));
    if (ShapeOf(right->return_type) == Shape::kNull) return NullOf(LogicalType::DATE);
    if (!IsNumeric(ShapeOf(right->return_type))) BadOperands("-", left, right);
    return Duck(context, "-", std::move(left), WholeDays(context, std::move(right)));
  }
  NumbersOf(context, &left, &right);
  if (!IsNumeric(ShapeOf(left->return_type)) || !IsNumeric(ShapeOf(right->return_type))) BadOperands("-", left, right);
  Align(context, &left, &right);
  return Duck(context, "-", std::move(left), std::move(right));
}

BoundExpr Multiply(ClientContext& context, BoundExpr left, BoundExpr right) {
  NumbersOf(context, &left, &right);
  if (!IsNumeric(ShapeOf(left->return_type)) || !IsNumeric(ShapeOf(right->return_type))) BadOperands("*", left, right);
  Align(context, &left, &right);
  if (left->return_type.id() != LogicalTypeId::DECIMAL) return Duck(context, "*", std::move(left), std::move(right));
  Digits a = DigitsOf(left->return_type), b = DigitsOf(right->return_type);
  int scale = std::min(a.scale + b.scale, std::max({a.scale, b.scale, 12}));
  if (scale == a.scale + b.scale) return Duck(context, "*", std::move(left), std::move(right));
  int precision = std::min(38, a.Leading() + b.Leading() + scale);
  auto result = LogicalType::DECIMAL(static_cast<uint8_t>(precision), static_cast<uint8_t>(scale));
  FixedInput l = WidenFixed(context, std::move(left)), r = WidenFixed(context, std::move(right));
  int shift = a.scale + b.scale - scale;
  auto run = WithWidth(l.wide, [&]<class L>() {
    return WithWidth(r.wide, [&]<class R>() {
      return WithStored(result, [&]<class T>() {
        return MapRows<T, L, R>([=](L x, R y) {
          int128 out = 0;
          if (!MultiplyShift(x, y, shift, &out) || !FitsDigits(out, precision)) {
            Raise(errors::kNumberTooLarge,
                  {FixedTypeName(38, scale), FixedText(x, a.scale) + " * " + FixedText(y, b.scale)});
          }
          return static_cast<T>(out);
        });
      });
    });
  });
  return Kernel("firn multiply", result, Pair(std::move(l.expr), std::move(r.expr)), std::move(run));
}

namespace {

BoundExpr DivideDoubles(BoundExpr left, BoundExpr right, ZeroDivisor zero) {
  auto run = MapRows<double, double, double>([zero](double x, double y) {
    if (y != 0) return x / y;
    if (zero == ZeroDivisor::kZero) return 0.0;
    Raise(errors::kDivisionByZero);
  });
  return Kernel(zero == ZeroDivisor::kZero ? "firn divide or zero" : "firn divide", LogicalType::DOUBLE,
                Pair(std::move(left), std::move(right)), std::move(run));
}

/// x * 10^shift / y, in 128 bits where the dividend fits and in 256 otherwise.
template <class L, class R>
bool Quotient(L x, int shift, int128 unit, R y, int128* out) {
  int128 dividend = 0;
  if (__builtin_mul_overflow(static_cast<int128>(x), unit, &dividend)) return DivideShift(x, shift, y, out);
  int128 divisor = y;
  constexpr int128 kNarrow = std::numeric_limits<int64_t>::max();
  if (dividend <= kNarrow && dividend >= -kNarrow && divisor <= kNarrow && divisor >= -kNarrow) {
    auto n = static_cast<int64_t>(dividend), d = static_cast<int64_t>(divisor);
    int64_t quotient = n / d, rest = n % d;
    uint64_t rest_size = static_cast<uint64_t>(rest < 0 ? -rest : rest), size = static_cast<uint64_t>(d < 0 ? -d : d);
    if (rest_size >= size - rest_size) quotient += (n < 0) == (d < 0) ? 1 : -1;
    *out = quotient;
    return true;
  }
  return DivideShift(dividend, 0, divisor, out);
}

}  // namespace

BoundExpr Divide(ClientContext& context, BoundExpr left, BoundExpr right, int scale, ZeroDivisor zero) {
  NumbersOf(context, &left, &right);
  Shape a = ShapeOf(left->return_type), b = ShapeOf(right->return_type);
  if (!IsNumeric(a) || !IsNumeric(b)) BadOperands("/", left, right);
  if (a == Shape::kDouble || b == Shape::kDouble) {
    Align(context, &left, &right);
    return DivideDoubles(std::move(left), std::move(right), zero);
  }
  for (BoundExpr* side : {&left, &right}) {
    if (IsIntegerType((*side)->return_type)) *side = Narrow(std::move(*side));
  }
  // An integer column is NUMBER(38,0) to Snowflake.
  auto digits_of = [](const BoundExpr& e) {
    return IsIntegerType(e->return_type) ? Digits{38, 0} : DigitsOf(e->return_type);
  };
  Digits x_digits = digits_of(left), y_digits = digits_of(right);
  if (scale < 0) scale = std::max(x_digits.scale, std::min(x_digits.scale + 6, 12));
  int precision = std::min(38, x_digits.Leading() + y_digits.scale + scale);
  auto result = LogicalType::DECIMAL(static_cast<uint8_t>(precision), static_cast<uint8_t>(scale));
  FixedInput l = WidenFixed(context, std::move(left)), r = WidenFixed(context, std::move(right));
  int shift = scale - x_digits.scale + y_digits.scale;
  if (shift < 0 || shift > kDigitsMax) Raise(errors::kNumberTooLarge, {FixedTypeName(38, scale), "quotient"});
  int128 unit = Pow10(shift);
  auto run = WithWidth(l.wide, [&]<class L>() {
    return WithWidth(r.wide, [&]<class R>() {
      return WithStored(result, [&]<class T>() {
        return MapRows<T, L, R>([=](L x, R y) {
          int128 out = 0;
          if (y == 0) {
            if (zero == ZeroDivisor::kZero) return static_cast<T>(0);
            Raise(errors::kDivisionByZero);
          }
          if (!Quotient(x, shift, unit, y, &out) || !FitsDigits(out, precision)) {
            Raise(errors::kNumberTooLarge, {FixedTypeName(precision, scale),
                                            FixedText(x, x_digits.scale) + " / " + FixedText(y, y_digits.scale)});
          }
          return static_cast<T>(out);
        });
      });
    });
  });
  std::string identity = zero == ZeroDivisor::kZero ? "firn divide or zero" : "firn divide";
  return Kernel(identity, result, Pair(std::move(l.expr), std::move(r.expr)), std::move(run));
}

BoundExpr Modulo(ClientContext& context, BoundExpr left, BoundExpr right) {
  NumbersOf(context, &left, &right);
  Shape a = ShapeOf(left->return_type), b = ShapeOf(right->return_type);
  if (!IsNumeric(a) || !IsNumeric(b)) BadOperands("%", left, right);
  if (a == Shape::kDouble || b == Shape::kDouble) {
    Align(context, &left, &right);
    auto run = MapRows<double, double, double>([](double x, double y) {
      if (y == 0) Raise(errors::kDivisionByZero);
      return std::fmod(x, y);
    });
    return Kernel("firn modulo", LogicalType::DOUBLE, Pair(std::move(left), std::move(right)), std::move(run));
  }
  LogicalType result = CommonType(left->return_type, right->return_type, "%");
  if (IsIntegerType(left->return_type) && IsIntegerType(right->return_type)) {
    left = DuckCast(context, std::move(left), result);
    right = DuckCast(context, std::move(right), result);
    auto run = WithStored(result, [&]<class T>() {
      return MapRows<T, T, T>([](T x, T y) {
        if (y == 0) Raise(errors::kDivisionByZero);
        return y == -1 ? T{0} : static_cast<T>(x % y);
      });
    });
    return Kernel("firn modulo", result, Pair(std::move(left), std::move(right)), std::move(run));
  }
  int scale = DigitsOf(result).scale;
  FixedInput l =
      WidenFixed(context, DuckCast(context, std::move(left), LogicalType::DECIMAL(38, static_cast<uint8_t>(scale))));
  FixedInput r =
      WidenFixed(context, DuckCast(context, std::move(right), LogicalType::DECIMAL(38, static_cast<uint8_t>(scale))));
  auto run = WithStored(result, [&]<class T>() {
    return MapRows<T, int128, int128>([](int128 x, int128 y) {
      if (y == 0) Raise(errors::kDivisionByZero);
      return static_cast<T>(x % y);
    });
  });
  return Kernel("firn modulo", result, Pair(std::move(l.expr), std::move(r.expr)), std::move(run));
}

BoundExpr Negate(ClientContext& context, BoundExpr arg) {
  arg = ToArithmetic(context, Plain(context, std::move(arg)));
  Shape shape = ShapeOf(arg->return_type);
  if (shape == Shape::kNull) return NullOf(LogicalType::BIGINT);
  if (!IsNumeric(shape) && shape != Shape::kInterval) {
    Raise(errors::kInvalidArgumentTypes, {"-", TypeName(arg->return_type)});
  }
  if (IsIntegerType(arg->return_type) && arg->return_type.id() != LogicalTypeId::HUGEINT) {
    arg = DuckCast(context, std::move(arg), LogicalType::BIGINT);
  }
  return Duck(context, "-", std::move(arg));
}

BoundExpr Concat(ClientContext& context, BoundExpr left, BoundExpr right) {
  Shape a = ShapeOf(left->return_type), b = ShapeOf(right->return_type);
  if (a == Shape::kBinary && b == Shape::kBinary) return Duck(context, "||", std::move(left), std::move(right));
  left = ToText(context, Plain(context, std::move(left)));
  right = ToText(context, Plain(context, std::move(right)));
  return Duck(context, "||", std::move(left), std::move(right));
}

namespace {

std::string CollationOf(const LogicalType& type) {
  return type.id() == LogicalTypeId::VARCHAR && ShapeOf(type) == Shape::kText ? duckdb::StringType::GetCollation(type)
                                                                              : "";
}

}  // namespace

BoundExpr CompareAs(ClientContext& context, duckdb::ExpressionType op, BoundExpr left, BoundExpr right) {
  std::vector<BoundExpr> sides = Pair(std::move(left), std::move(right));
  Shape a = ShapeOf(sides[0]->return_type), b = ShapeOf(sides[1]->return_type);
  // VARIANT against a plain value compares as that value's type; numbers as FLOAT, so that fractions count.
  for (size_t i : {size_t{0}, size_t{1}}) {
    Shape mine = i == 0 ? a : b, other = i == 0 ? b : a;
    if (mine != Shape::kVariant || IsSemi(other) || other == Shape::kNull) continue;
    bool numeric = IsNumeric(other);
    sides[i] = numeric ? ToDouble(context, std::move(sides[i]))
                       : CoerceTo(context, std::move(sides[i]), sides[1 - i]->return_type);
    if (numeric) sides[1 - i] = DuckCast(context, std::move(sides[1 - i]), LogicalType::DOUBLE);
  }
  std::string collation = CollationOf(sides[0]->return_type);
  if (collation.empty()) collation = CollationOf(sides[1]->return_type);
  LogicalType type = CoerceAll(context, sides, "=");
  if (!collation.empty() && ShapeOf(type) == Shape::kText) {
    auto collated = LogicalType::VARCHAR_COLLATION(collation);
    for (auto& side : sides) duckdb::ExpressionBinder::PushCollation(context, side, collated);
  }
  if (ShapeOf(type) == Shape::kTz) {
    for (auto& side : sides) side = TzInstant(context, std::move(side));
  }
  bool ordering = op == duckdb::ExpressionType::COMPARE_LESSTHAN || op == duckdb::ExpressionType::COMPARE_GREATERTHAN ||
                  op == duckdb::ExpressionType::COMPARE_LESSTHANOREQUALTO ||
                  op == duckdb::ExpressionType::COMPARE_GREATERTHANOREQUALTO;
  if (ordering && IsSemi(ShapeOf(type))) {
    // a < b, b < a, or the negation of one.
    bool swapped =
        op == duckdb::ExpressionType::COMPARE_GREATERTHAN || op == duckdb::ExpressionType::COMPARE_LESSTHANOREQUALTO;
    bool negated = op == duckdb::ExpressionType::COMPARE_LESSTHANOREQUALTO ||
                   op == duckdb::ExpressionType::COMPARE_GREATERTHANOREQUALTO;
    if (swapped) std::swap(sides[0], sides[1]);
    return Kernel(negated ? "firn not variant less" : "firn variant less", LogicalType::BOOLEAN, std::move(sides),
                  MapRows<bool, std::string_view, std::string_view>(
                      [negated](std::string_view x, std::string_view y) { return VariantLess(x, y) != negated; }));
  }
  return Compare(op, Fold(context, std::move(sides[0])), Fold(context, std::move(sides[1])));
}

namespace {

template <BoundExpr (*F)(ClientContext&, BoundExpr, BoundExpr)>
BoundNode Binary(BindCall& call) {
  return F(call.context, call.Take(0), call.Take(1));
}
template <duckdb::ExpressionType Op>
BoundNode Comparison(BindCall& call) {
  return CompareAs(call.context, Op, call.Take(0), call.Take(1));
}
BoundNode BindDivide(BindCall& call) { return Divide(call.context, call.Take(0), call.Take(1)); }
BoundNode BindNegate(BindCall& call) { return Negate(call.context, call.Take(0)); }

BoundNode BindCast(BindCall& call, OnFailure failure) {
  auto type = ParseTypeText(ConstantText(call, 1));
  if (!type.ok()) Raise(type.error());
  return CastTo(call.context, call.Take(0), *type, failure);
}
BoundNode BindCastRaise(BindCall& call) { return BindCast(call, OnFailure::kRaise); }
BoundNode BindCastTry(BindCall& call) { return BindCast(call, OnFailure::kNull); }

using duckdb::ExpressionType;
constexpr std::array kArithmetic = {
    OperatorRow{"firn$add", Binary<Add>},
    OperatorRow{"firn$sub", Binary<Subtract>},
    OperatorRow{"firn$mul", Binary<Multiply>},
    OperatorRow{"firn$div", BindDivide},
    OperatorRow{"firn$mod", Binary<Modulo>},
    OperatorRow{"firn$neg", BindNegate},
    OperatorRow{"firn$concat", Binary<Concat>},
    OperatorRow{"firn$cast", BindCastRaise},
    OperatorRow{"firn$try_cast", BindCastTry},
    OperatorRow{"firn$eq", Comparison<ExpressionType::COMPARE_EQUAL>},
    OperatorRow{"firn$ne", Comparison<ExpressionType::COMPARE_NOTEQUAL>},
    OperatorRow{"firn$lt", Comparison<ExpressionType::COMPARE_LESSTHAN>},
    OperatorRow{"firn$le", Comparison<ExpressionType::COMPARE_LESSTHANOREQUALTO>},
    OperatorRow{"firn$gt", Comparison<ExpressionType::COMPARE_GREATERTHAN>},
    OperatorRow{"firn$ge", Comparison<ExpressionType::COMPARE_GREATERTHANOREQUALTO>},
    OperatorRow{"firn$distinct", Comparison<ExpressionType::COMPARE_DISTINCT_FROM>},
    OperatorRow{"firn$not_distinct", Comparison<ExpressionType::COMPARE_NOT_DISTINCT_FROM>},
};

}  // namespace

std::span<const OperatorRow> ArithmeticOperators() { return kArithmetic; }

}  // namespace firn::functions

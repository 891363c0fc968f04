// What a VARIANT holds: TYPEOF, IS_<type>, AS_<type>: docs.snowflake.com/en/sql-reference/functions-semistructured.
// Dates, times and binaries inside a VARIANT are strings (variant_text.h), so IS_DATE and the like are refused.
#include <array>

#include "functions/cast.h"
#include "functions/families.h"
#include "functions/rows.h"
#include "functions/variant_text.h"

namespace firn::functions {

namespace {

using enum VariantKind;

std::string TypeOf(Variant value) { return TypeofName(KindOfVariant(value.text)); }

/// FALSE for NULL. `Kinds` are those that count.
template <VariantKind... Kinds>
bool IsKind(std::optional<Variant> value) {
  if (!value) return false;
  VariantKind kind = KindOfVariant(value->text);
  return ((kind == Kinds) || ...);
}
std::optional<bool> IsNullValue(Variant value) { return KindOfVariant(value.text) == kNull; }

/// Argument 0 where it is of one of the kinds, NULL elsewhere.
template <VariantKind... Kinds>
BoundExpr OnlyKinds(BindCall& call) {
  std::vector<BoundExpr> args;
  args.push_back(ToVariant(call.context, Plain(call.context, call.Take(0))));
  return Kernel(std::string("firn only ") + call.name, VariantType(), std::move(args),
                MapSlices<std::string_view>([](std::string_view value) -> std::optional<std::string_view> {
                  VariantKind kind = KindOfVariant(value);
                  const bool wanted = (... || (kind == Kinds));
                  return wanted ? std::optional(value) : std::nullopt;
                }));
}

BoundNode BindAsArray(BindCall& call) { return Retype(OnlyKinds<kArray>(call), ArrayType()); }
BoundNode BindAsObject(BindCall& call) { return Retype(OnlyKinds<kObject>(call), ObjectType()); }
BoundNode BindAsBoolean(BindCall& call) { return ToBoolean(call.context, OnlyKinds<kBoolean>(call)); }
BoundNode BindAsText(BindCall& call) { return ToText(call.context, OnlyKinds<kString>(call)); }
BoundNode BindAsDouble(BindCall& call) { return ToDouble(call.context, OnlyKinds<kDouble, kInteger, kDecimal>(call)); }
BoundNode BindAsInteger(BindCall& call) { return ToInteger(call.context, OnlyKinds<kInteger>(call), OnFailure::kNull); }
BoundNode BindAsNumber(BindCall& call) {
  int64_t precision = call.size() > 1 ? ConstantInt(call, 1) : 38;
  int64_t scale = call.size() > 2 ? ConstantInt(call, 2) : 0;
  if (precision < 1 || precision > 38 || scale < 0 || scale > std::min<int64_t>(37, precision)) {
    Raise(errors::kInvalidValue, {std::to_string(precision) + "," + std::to_string(scale), "precision and scale"});
  }
  return ToNumber(call.context, OnlyKinds<kInteger, kDecimal>(call), static_cast<int>(precision),
                  static_cast<int>(scale), OnFailure::kNull);
}

constexpr Refuse kNoType{"dates, times and binaries inside VARIANT are kept as text"};

// clang-format off
constexpr std::array kVariantTypes = {
    Function{"AS_ARRAY", "value", Native{BindAsArray}, "AS_ARRAY(PARSE_JSON('[1, 2]'))", "[1,2]", "functions/as_array"},
    Function{"AS_BINARY", "value", kNoType, "", "", "functions/as_binary"},
    Function{"AS_BOOLEAN", "value", Native{BindAsBoolean}, "AS_BOOLEAN(TO_VARIANT(TRUE))", "true", "functions/as_boolean"},
    Function{"AS_CHAR", "value", Native{BindAsText}, "AS_CHAR(TO_VARIANT('a'))", "a", "functions/as_char-varchar"},
    Function{"AS_DATE", "value", kNoType, "", "", "functions/as_date"},
    Function{"AS_DECIMAL", "value [, precision] [, scale]", Native{BindAsNumber}, "AS_DECIMAL(TO_VARIANT(1.23), 6, 3)", "1.230", "functions/as_decimal-number"},
    Function{"AS_DOUBLE", "value", Native{BindAsDouble}, "AS_DOUBLE(PARSE_JSON('1.912e2'))", "191.2", "functions/as_double-real"},
    Function{"AS_INTEGER", "value", Native{BindAsInteger}, "AS_INTEGER(TO_VARIANT(15))", "15", "functions/as_integer"},
    Function{"AS_NUMBER", "value [, precision] [, scale]", Native{BindAsNumber}, "AS_NUMBER(TO_VARIANT('x'))", "NULL", "functions/as_decimal-number"},
    Function{"AS_OBJECT", "value", Native{BindAsObject}, "AS_OBJECT(PARSE_JSON('{\"a\":1}'))", "{\"a\":1}", "functions/as_object"},
    Function{"AS_REAL", "value", Native{BindAsDouble}, "AS_REAL(TO_VARIANT(3))", "3", "functions/as_double-real"},
    Function{"AS_TIME", "value", kNoType, "", "", "functions/as_time"},
    Function{"AS_TIMESTAMP_LTZ", "value", kNoType, "", "", "functions/as_timestamp"},
    Function{"AS_TIMESTAMP_NTZ", "value", kNoType, "", "", "functions/as_timestamp"},
    Function{"AS_TIMESTAMP_TZ", "value", kNoType, "", "", "functions/as_timestamp"},
    Function{"AS_VARCHAR", "value", Native{BindAsText}, "AS_VARCHAR(TO_VARIANT(1))", "NULL", "functions/as_char-varchar"},
    Function{"IS_ARRAY", "value", Native{Rows<IsKind<kArray>>}, "IS_ARRAY(PARSE_JSON('[1]'))", "true", "functions/is_array"},
    Function{"IS_BINARY", "value", kNoType, "", "", "functions/is_binary"},
    Function{"IS_BOOLEAN", "value", Native{Rows<IsKind<kBoolean>>}, "IS_BOOLEAN(TO_VARIANT(FALSE))", "true", "functions/is_boolean"},
    Function{"IS_CHAR", "value", Native{Rows<IsKind<kString>>}, "IS_CHAR(TO_VARIANT('a'))", "true", "functions/is_char-varchar"},
    Function{"IS_DATE", "value", kNoType, "", "", "functions/is_date-value"},
    Function{"IS_DECIMAL", "value", Native{Rows<IsKind<kInteger, kDecimal>>}, "IS_DECIMAL(TO_VARIANT(1.23))", "true", "functions/is_decimal"},
    Function{"IS_DOUBLE", "value", Native{Rows<IsKind<kInteger, kDecimal, kDouble>>}, "IS_DOUBLE(TO_VARIANT(1.23))", "true", "functions/is_double-real"},
    Function{"IS_INTEGER", "value", Native{Rows<IsKind<kInteger>>}, "IS_INTEGER(TO_VARIANT(1.23))", "false", "functions/is_integer"},
    Function{"IS_NULL_VALUE", "value", Native{Rows<IsNullValue>}, "IS_NULL_VALUE(PARSE_JSON('null'))", "true", "functions/is_null_value"},
    Function{"IS_OBJECT", "value", Native{Rows<IsKind<kObject>>}, "IS_OBJECT(PARSE_JSON('{}'))", "true", "functions/is_object"},
    Function{"IS_REAL", "value", Native{Rows<IsKind<kInteger, kDecimal, kDouble>>}, "IS_REAL(TO_VARIANT('a'))", "false", "functions/is_double-real"},
    Function{"IS_TIME", "value", kNoType, "", "", "functions/is_time"},
    Function{"IS_VARCHAR", "value", Native{Rows<IsKind<kString>>}, "IS_VARCHAR(NULL)", "false", "functions/is_char-varchar"},
    Function{"TYPEOF", "value", Native{Rows<TypeOf>}, "TYPEOF(PARSE_JSON('1.912e2'))", "DOUBLE", "functions/typeof"},
};
// clang-format on

}  // namespace

std::span<const Function> VariantTypeFunctions() { return kVariantTypes; }

}  // namespace firn::functions

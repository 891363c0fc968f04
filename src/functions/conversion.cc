// Conversions: docs.snowflake.com/en/sql-reference/functions-conversion
#include <array>

#include "functions/cast.h"
#include "functions/families.h"
#include "functions/fixed.h"
#include "functions/number_format.h"
#include "functions/rows.h"
#include "functions/variant_text.h"

namespace firn::functions {

namespace {

BoundExpr Argument(BindCall& call) { return Plain(call.context, call.Take(0)); }

std::string OptionalText(BindCall& call, size_t i) { return call.size() > i ? ConstantText(call, i) : std::string(); }

NumberFormat Compiled(const std::string& model) {
  auto format = NumberFormat::Compile(model);
  if (!format.ok()) Raise(format.error());
  return std::move(format).value();
}

BoundExpr NumberToText(ClientContext& context, BoundExpr value, const std::string& model) {
  NumberFormat format = Compiled(model);
  bool trims = ShapeOf(value->return_type) == Shape::kDouble;
  if (trims) value = ToNumber(context, std::move(value), 38, 10, OnFailure::kRaise);
  FixedInput input = WidenFixed(context, std::move(value));
  int scale = input.digits.scale;
  std::vector<BoundExpr> args;
  args.push_back(std::move(input.expr));
  auto run = WithWidth(input.wide, [&]<class S>() {
    return MapRows<std::string, S>([format, scale, trims](S number) { return format.Print(number, scale, trims); });
  });
  return Kernel("firn number to text " + model, LogicalType::VARCHAR, std::move(args), std::move(run));
}

BoundNode BindToText(BindCall& call) {
  BoundExpr value = Argument(call);
  if (call.size() == 1) return ToText(call.context, std::move(value));
  Shape shape = ShapeOf(value->return_type);
  if (shape == Shape::kNull) return NullOf(LogicalType::VARCHAR);
  std::string format = ConstantText(call, 1);
  if (shape == Shape::kNumber || shape == Shape::kDouble) return NumberToText(call.context, std::move(value), format);
  if (shape == Shape::kBinary) return BinaryToText(call.context, std::move(value), format);
  if (shape == Shape::kText || shape == Shape::kVariant) {
    value = ToTimestamp(call.context, std::move(value), TypeId::kTimestampNtz, "", OnFailure::kRaise);
    shape = Shape::kNtz;
  }
  if (shape == Shape::kDate || shape == Shape::kTime || IsTimestamp(shape)) {
    return TimeToText(call.context, std::move(value), format);
  }
  call.BadTypes();
}

/// Text by a number format model, as NUMBER(38,37)-like digits cut to the wanted type.
BoundExpr TextToNumber(BoundExpr text, const std::string& model, const LogicalType& target, OnFailure failure) {
  NumberFormat format = Compiled(model);
  Digits digits = DigitsOf(target);
  std::vector<BoundExpr> args;
  args.push_back(std::move(text));
  auto run = WithStored(target, [&]<class T>() {
    return MapRows<std::optional<T>, std::string_view>([=](std::string_view value) -> std::optional<T> {
      auto number = format.Parse(value);
      int128 out = 0;
      if (number && Rescale(number->digits, number->scale, digits.scale, &out) && FitsDigits(out, digits.precision)) {
        return static_cast<T>(out);
      }
      if (failure == OnFailure::kNull) return std::nullopt;
      if (number) Raise(errors::kNumericOutOfRange, {Shown(value)});
      Raise(errors::kNumberFormat, {Shown(value), model});
    });
  });
  return Kernel("firn text to number " + model + (failure == OnFailure::kNull ? " try" : ""), target, std::move(args),
                std::move(run));
}

/// (value [, format] [, precision [, scale]])
BoundExpr ToNumberCall(BindCall& call, OnFailure failure) {
  size_t next = 1;
  std::string model;
  if (call.size() > 1 && ShapeOf(call.Type(1)) == Shape::kText) model = ConstantText(call, next++);
  int64_t precision = call.size() > next ? ConstantInt(call, next) : 38;
  int64_t scale = call.size() > next + 1 ? ConstantInt(call, next + 1) : 0;
  if (precision < 1 || precision > 38) Raise(errors::kInvalidValue, {std::to_string(precision), "precision"});
  if (scale < 0 || scale > precision || scale > 37) Raise(errors::kInvalidValue, {std::to_string(scale), "scale"});
  BoundExpr value = Argument(call);
  if (!model.empty() && ShapeOf(value->return_type) == Shape::kText) {
    return TextToNumber(std::move(value), model,
                        LogicalType::DECIMAL(static_cast<uint8_t>(precision), static_cast<uint8_t>(scale)), failure);
  }
  return ToNumber(call.context, std::move(value), static_cast<int>(precision), static_cast<int>(scale), failure);
}
BoundNode BindToNumber(BindCall& call) { return ToNumberCall(call, OnFailure::kRaise); }
BoundNode BindTryToNumber(BindCall& call) { return ToNumberCall(call, OnFailure::kNull); }

BoundExpr ToDoubleCall(BindCall& call, OnFailure failure) {
  std::string model = OptionalText(call, 1);
  BoundExpr value = Argument(call);
  if (model.empty()) return ToDouble(call.context, std::move(value), failure);
  return ToDouble(call.context, TextToNumber(std::move(value), model, LogicalType::DECIMAL(38, 10), failure), failure);
}
BoundNode BindToDouble(BindCall& call) { return ToDoubleCall(call, OnFailure::kRaise); }
BoundNode BindTryToDouble(BindCall& call) { return ToDoubleCall(call, OnFailure::kNull); }

BoundNode BindToBoolean(BindCall& call) { return ToBoolean(call.context, Argument(call)); }
BoundNode BindTryToBoolean(BindCall& call) { return ToBoolean(call.context, Argument(call), OnFailure::kNull); }

BoundExpr ToBinaryCall(BindCall& call, OnFailure failure) {
  std::string format = call.size() > 1 ? ConstantText(call, 1) : FactAt(call.context, "BINARY_INPUT_FORMAT");
  return ToBinary(call.context, Argument(call), format, failure);
}
BoundNode BindToBinary(BindCall& call) { return ToBinaryCall(call, OnFailure::kRaise); }
BoundNode BindTryToBinary(BindCall& call) { return ToBinaryCall(call, OnFailure::kNull); }

template <OnFailure Failure>
BoundNode BindToDate(BindCall& call) {
  return ToDate(call.context, Argument(call), OptionalText(call, 1), Failure);
}
template <OnFailure Failure>
BoundNode BindToTime(BindCall& call) {
  return ToTime(call.context, Argument(call), OptionalText(call, 1), Failure);
}
/// (value [, format or scale])
BoundExpr StampCall(BindCall& call, TypeId type, OnFailure failure) {
  std::string format;
  int scale = 0;
  if (call.size() > 1 && ShapeOf(call.Type(1)) == Shape::kNumber) {
    scale = static_cast<int>(ConstantInt(call, 1));
  } else {
    format = OptionalText(call, 1);
  }
  if (scale < 0 || scale > 9) Raise(errors::kInvalidValue, {std::to_string(scale), "scale"});
  return ToTimestamp(call.context, Argument(call), type, format, failure, scale);
}
template <TypeId Type, OnFailure Failure>
BoundNode BindToStamp(BindCall& call) {
  return StampCall(call, Type, Failure);
}
template <OnFailure Failure>
BoundNode BindToTimestamp(BindCall& call) {
  std::string mapping = FactAt(call.context, "TIMESTAMP_TYPE_MAPPING");
  TypeId type = mapping == "TIMESTAMP_LTZ"  ? TypeId::kTimestampLtz
                : mapping == "TIMESTAMP_TZ" ? TypeId::kTimestampTz
                                            : TypeId::kTimestampNtz;
  return StampCall(call, type, Failure);
}

BoundNode BindToVariant(BindCall& call) { return ToVariant(call.context, Argument(call)); }
BoundNode BindToArray(BindCall& call) { return ToArray(call.context, Argument(call)); }
BoundNode BindToObject(BindCall& call) { return ToObject(call.context, Argument(call), OnFailure::kRaise); }
BoundNode BindToJson(BindCall& call) { return Retype(ToVariant(call.context, Argument(call)), LogicalType::VARCHAR); }

BoundExpr ParseJsonCall(BindCall& call, OnFailure failure) {
  std::string mode = OptionalText(call, 1);
  if (!mode.empty() && mode != "d" && mode != "s") Raise(errors::kInvalidValue, {mode, "PARSE_JSON"});
  auto duplicates = mode == "d" ? DuplicateKeys::kLastWins : DuplicateKeys::kError;
  BoundExpr value = Argument(call);
  if (IsSemi(ShapeOf(value->return_type)) && ShapeOf(value->return_type) != Shape::kVariant) {
    return Retype(std::move(value), VariantType());
  }
  std::vector<BoundExpr> args;
  args.push_back(ToText(call.context, std::move(value)));
  return Kernel(
      "firn parse_json " + mode + (failure == OnFailure::kNull ? " try" : ""), VariantType(), std::move(args),
      MapRows<std::optional<std::string>, std::string_view>([=](std::string_view text) -> std::optional<std::string> {
        auto parsed = CanonicalJson(text, duplicates);
        if (parsed.ok()) return *parsed;
        if (failure == OnFailure::kNull) return std::nullopt;
        Raise(parsed.error());
      }));
}
BoundNode BindParseJson(BindCall& call) { return ParseJsonCall(call, OnFailure::kRaise); }
BoundNode BindTryParseJson(BindCall& call) { return ParseJsonCall(call, OnFailure::kNull); }

std::optional<std::string> CheckJson(std::string_view text) {
  auto parsed = CanonicalJson(text);
  if (parsed.ok()) return std::nullopt;
  return parsed.error().args()[0];
}

constexpr auto kRaise = OnFailure::kRaise;
constexpr auto kNull = OnFailure::kNull;
constexpr auto kLtz = TypeId::kTimestampLtz;
constexpr auto kNtz = TypeId::kTimestampNtz;
constexpr auto kTz = TypeId::kTimestampTz;

// clang-format off
constexpr std::array kConversion = {
    Function{"CHECK_JSON", "text", Native{Rows<CheckJson>}, "CHECK_JSON('{\"ValidKey1\": \"ValidValue1\"}')", "NULL", "functions/check_json"},
    Function{"DATE", "value [, format]", Native{BindToDate<kRaise>}, "DATE('2024-04-03')", "2024-04-03", "functions/to_date"},
    Function{"PARSE_JSON", "text [, mode]", Native{BindParseJson}, "PARSE_JSON('{ \"b\": 1, \"a\": 2.50 }')", "{\"a\":2.5,\"b\":1}", "functions/parse_json"},
    Function{"TIME", "value [, format]", Native{BindToTime<kRaise>}, "TIME('13:30:00')", "13:30:00", "functions/to_time"},
    Function{"TO_ARRAY", "value", Native{BindToArray}, "TO_ARRAY(3)", "[3]", "functions/to_array"},
    Function{"TO_BINARY", "value [, format]", Native{BindToBinary}, "TO_BINARY('SNOW', 'utf-8')", "534E4F57", "functions/to_binary"},
    Function{"TO_BOOLEAN", "value", Native{BindToBoolean}, "TO_BOOLEAN('yes')", "true", "functions/to_boolean"},
    Function{"TO_CHAR", "value [, format]", Native{BindToText}, "TO_CHAR(12.1::NUMBER(5, 2), '$99.0')", " $12.1", "functions/to_char"},
    Function{"TO_DATE", "value [, format]", Native{BindToDate<kRaise>}, "TO_DATE('2024.05.10', 'YYYY.MM.DD')", "2024-05-10", "functions/to_date"},
    Function{"TO_DECIMAL", "value [, format] [, precision] [, scale]", Native{BindToNumber}, "TO_DECIMAL('12.3456', 10, 1)", "12.3", "functions/to_decimal"},
    Function{"TO_DOUBLE", "value [, format]", Native{BindToDouble}, "TO_DOUBLE('1.1e2')", "110", "functions/to_double"},
    Function{"TO_JSON", "value", Native{BindToJson}, "TO_JSON(PARSE_JSON('{\"b\":1,\"a\":2}'))", "{\"a\":2,\"b\":1}", "functions/to_json"},
    Function{"TO_NUMBER", "value [, format] [, precision] [, scale]", Native{BindToNumber}, "TO_NUMBER('-$12.2', '$99.9', 9, 5)", "-12.20000", "functions/to_decimal"},
    Function{"TO_NUMERIC", "value [, format] [, precision] [, scale]", Native{BindToNumber}, "TO_NUMERIC('12.3456')", "12", "functions/to_decimal"},
    Function{"TO_OBJECT", "value", Native{BindToObject}, "TO_OBJECT(PARSE_JSON('{\"a\": 1}'))", "{\"a\":1}", "functions/to_object"},
    Function{"TO_TIME", "value [, format]", Native{BindToTime<kRaise>}, "TO_TIME('11.15.00', 'HH24.MI.SS')", "11:15:00", "functions/to_time"},
    Function{"TO_TIMESTAMP", "value [, format]", Native{BindToTimestamp<kRaise>}, "TO_TIMESTAMP(1000000000, 3)", "1970-01-12 13:46:40.000", "functions/to_timestamp"},
    Function{"TO_TIMESTAMP_LTZ", "value [, format]", Native{BindToStamp<kLtz, kRaise>}, "TO_TIMESTAMP_LTZ('2013-04-05 01:02:03 +02:00')", "2013-04-04 23:02:03.000 +0000", "functions/to_timestamp"},
    Function{"TO_TIMESTAMP_NTZ", "value [, format]", Native{BindToStamp<kNtz, kRaise>}, "TO_TIMESTAMP_NTZ('04/05/2024 01:02:03', 'mm/dd/yyyy hh24:mi:ss')", "2024-04-05 01:02:03.000", "functions/to_timestamp"},
    Function{"TO_TIMESTAMP_TZ", "value [, format]", Native{BindToStamp<kTz, kRaise>}, "TO_TIMESTAMP_TZ('2013-04-05 01:02:03 -07:00')", "2013-04-05 01:02:03.000 -0700", "functions/to_timestamp"},
    Function{"TO_VARCHAR", "value [, format]", Native{BindToText}, "TO_VARCHAR('2024-04-03'::DATE, 'yyyy.mm.dd')", "2024.04.03", "functions/to_char"},
    Function{"TO_VARIANT", "value", Native{BindToVariant}, "TO_JSON(TO_VARIANT('a'))", "\"a\"", "functions/to_variant"},
    Function{"TRY_PARSE_JSON", "text [, mode]", Native{BindTryParseJson}, "TRY_PARSE_JSON('{\"a\":')", "NULL", "functions/try_parse_json"},
    Function{"TRY_TO_BINARY", "value [, format]", Native{BindTryToBinary}, "TRY_TO_BINARY('ZZ')", "NULL", "functions/try_to_binary"},
    Function{"TRY_TO_BOOLEAN", "value", Native{BindTryToBoolean}, "TRY_TO_BOOLEAN('maybe')", "NULL", "functions/try_to_boolean"},
    Function{"TRY_TO_DATE", "value [, format]", Native{BindToDate<kNull>}, "TRY_TO_DATE('Invalid')", "NULL", "functions/try_to_date"},
    Function{"TRY_TO_DECIMAL", "value [, format] [, precision] [, scale]", Native{BindTryToNumber}, "TRY_TO_DECIMAL('345.123', '999.99', 5, 2)", "NULL", "functions/try_to_decimal"},
    Function{"TRY_TO_DOUBLE", "value [, format]", Native{BindTryToDouble}, "TRY_TO_DOUBLE('3.1415926')", "3.1415926", "functions/try_to_double"},
    Function{"TRY_TO_NUMBER", "value [, format] [, precision] [, scale]", Native{BindTryToNumber}, "TRY_TO_NUMBER('345.123')", "345", "functions/try_to_decimal"},
    Function{"TRY_TO_NUMERIC", "value [, format] [, precision] [, scale]", Native{BindTryToNumber}, "TRY_TO_NUMERIC('x')", "NULL", "functions/try_to_decimal"},
    Function{"TRY_TO_TIME", "value [, format]", Native{BindToTime<kNull>}, "TRY_TO_TIME('12:30:00')", "12:30:00", "functions/try_to_time"},
    Function{"TRY_TO_TIMESTAMP", "value [, format]", Native{BindToTimestamp<kNull>}, "TRY_TO_TIMESTAMP('Invalid')", "NULL", "functions/try_to_timestamp"},
    Function{"TRY_TO_TIMESTAMP_LTZ", "value [, format]", Native{BindToStamp<kLtz, kNull>}, "TRY_TO_TIMESTAMP_LTZ('x')", "NULL", "functions/try_to_timestamp"},
    Function{"TRY_TO_TIMESTAMP_NTZ", "value [, format]", Native{BindToStamp<kNtz, kNull>}, "TRY_TO_TIMESTAMP_NTZ('2024-01-15 12:30:00')", "2024-01-15 12:30:00.000", "functions/try_to_timestamp"},
    Function{"TRY_TO_TIMESTAMP_TZ", "value [, format]", Native{BindToStamp<kTz, kNull>}, "TRY_TO_TIMESTAMP_TZ('x')", "NULL", "functions/try_to_timestamp"},
};
// clang-format on

}  // namespace

std::span<const Function> ConversionFunctions() { return kConversion; }

}  // namespace firn::functions

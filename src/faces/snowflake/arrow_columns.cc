#include "faces/snowflake/arrow_columns.h"

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/type.h>
#include <arrow/util/bitmap_ops.h>
#include <arrow/util/decimal.h>

#include <cstring>

#include "base/errors.h"
#include "faces/json_text.h"
#include "faces/snowflake/wire_type.h"

namespace firn::faces {

namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;
using Converted = Result<ArrayPtr>;

constexpr int64_t kMicrosASecond = 1'000'000;
constexpr int64_t kPowers[] = {1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};
constexpr int32_t kTimeZoneBias = 1440;  ///< the wire's offset is never negative

Error Fault(const ColumnPlan& plan, std::string_view what) {
  return Error(errors::kInternal, {"column " + plan.field->name() + ": " + std::string(what)});
}

/// A result of Arrow's as ours.
template <class T>
Result<T> Take(const ColumnPlan& plan, arrow::Result<T> result) {
  if (!result.ok()) return Fault(plan, result.status().ToString());
  return std::move(result).ValueUnsafe();
}

/// The validity bits of `array` from bit 0 on; null where nothing is NULL.
Result<std::shared_ptr<arrow::Buffer>> Validity(const ColumnPlan& plan, const arrow::Array& array) {
  if (array.null_count() == 0) return std::shared_ptr<arrow::Buffer>();
  if (array.offset() == 0) return array.null_bitmap();
  return Take(plan, arrow::internal::CopyBitmap(arrow::default_memory_pool(), array.null_bitmap_data(), array.offset(),
                                                array.length()));
}

template <class T>
Result<std::shared_ptr<arrow::Buffer>> NewValues(const ColumnPlan& plan, int64_t length) {
  FIRN_ASSIGN(auto buffer, Take(plan, arrow::AllocateBuffer(length * static_cast<int64_t>(sizeof(T)))));
  return std::shared_ptr<arrow::Buffer>(std::move(buffer));
}

template <class T>
T* Values(const std::shared_ptr<arrow::Buffer>& buffer) {
  return reinterpret_cast<T*>(buffer->mutable_data());
}

ArrayPtr MakeArray(const std::shared_ptr<arrow::DataType>& type, const arrow::Array& like,
                   std::vector<std::shared_ptr<arrow::Buffer>> buffers) {
  return arrow::MakeArray(arrow::ArrayData::Make(type, like.length(), std::move(buffers), like.null_count()));
}

/// The same buffers under the wire's type.
Converted Share(const ColumnPlan& plan, const ArrayPtr& array) {
  if (array->type()->Equals(*plan.field->type())) return array;
  auto data = array->data()->Copy();
  data->type = plan.field->type();
  return arrow::MakeArray(data);
}

/// out[i] = f(in[i]), NULLs included: what stands below a NULL is read by nobody.
template <class In, class Out, class F>
Converted Map(const ColumnPlan& plan, const ArrayPtr& array, F f) {
  FIRN_ASSIGN(auto validity, Validity(plan, *array));
  FIRN_ASSIGN(auto values, NewValues<Out>(plan, array->length()));
  const In* in = array->data()->GetValues<In>(1);
  Out* out = Values<Out>(values);
  for (int64_t i = 0; i < array->length(); ++i) out[i] = f(in[i]);
  return MakeArray(plan.field->type(), *array, {validity, values});
}

template <class In>
Converted Widen(const ColumnPlan& plan, const ArrayPtr& array) {
  return Map<In, int64_t>(plan, array, [](In value) { return static_cast<int64_t>(value); });
}

Converted WidenFloat(const ColumnPlan& plan, const ArrayPtr& array) {
  return Map<float, double>(plan, array, [](float value) { return static_cast<double>(value); });
}

/// DECIMAL of at most 18 digits: the low half of each value is the scaled integer.
Converted NarrowDecimal(const ColumnPlan& plan, const ArrayPtr& array) {
  FIRN_ASSIGN(auto validity, Validity(plan, *array));
  FIRN_ASSIGN(auto values, NewValues<int64_t>(plan, array->length()));
  const int64_t* in = array->data()->GetValues<int64_t>(1, array->offset() * 2);
  int64_t* out = Values<int64_t>(values);
  for (int64_t i = 0; i < array->length(); ++i) out[i] = in[2 * i];
  return MakeArray(plan.field->type(), *array, {validity, values});
}

/// Another scale than the column's: where a plan's decimal is not what was declared.
Converted RescaleDecimal(const ColumnPlan& plan, const ArrayPtr& array) {
  const auto& decimals = static_cast<const arrow::Decimal128Array&>(*array);
  bool narrow = plan.field->type()->id() == arrow::Type::INT64;
  FIRN_ASSIGN(auto validity, Validity(plan, *array));
  FIRN_ASSIGN(auto values,
              narrow ? NewValues<int64_t>(plan, array->length()) : NewValues<arrow::Decimal128>(plan, array->length()));
  for (int64_t i = 0; i < array->length(); ++i) {
    arrow::Decimal128 value(decimals.GetValue(i));
    if (decimals.IsNull(i)) {
      value = 0;
    } else if (plan.scale >= plan.engine_scale) {
      FIRN_ASSIGN(value, Take(plan, value.Rescale(plan.engine_scale, plan.scale)));
    } else {
      value = arrow::Decimal128(value.ReduceScaleBy(plan.engine_scale - plan.scale, true));
    }
    if (narrow)
      Values<int64_t>(values)[i] = static_cast<int64_t>(value.low_bits());
    else
      value.ToBytes(values->mutable_data() + 16 * i);
  }
  return MakeArray(plan.field->type(), *array, {validity, values});
}

/// Integers beyond int64, and integers of a column with fraction digits: as decimals.
template <class In>
Converted IntegerToDecimal(const ColumnPlan& plan, const ArrayPtr& array) {
  bool narrow = plan.field->type()->id() == arrow::Type::INT64;
  FIRN_ASSIGN(auto validity, Validity(plan, *array));
  FIRN_ASSIGN(auto values, NewValues<arrow::Decimal128>(plan, array->length()));
  const In* in = array->data()->GetValues<In>(1);
  arrow::Decimal128 factor = arrow::Decimal128::GetScaleMultiplier(plan.scale);
  for (int64_t i = 0; i < array->length(); ++i) {
    arrow::Decimal128 value = array->IsNull(i) ? arrow::Decimal128(0) : arrow::Decimal128(in[i]) * factor;
    if (narrow)
      Values<int64_t>(values)[i] = static_cast<int64_t>(value.low_bits());
    else
      value.ToBytes(values->mutable_data() + 16 * i);
  }
  return MakeArray(plan.field->type(), *array, {validity, values});
}

/// In unsigned numbers, which may overflow: below a NULL stands anything.
int64_t Times(int64_t value, int64_t factor) {
  return static_cast<int64_t>(static_cast<uint64_t>(value) * static_cast<uint64_t>(factor));
}

Converted ShapeTime(const ColumnPlan& plan, const ArrayPtr& array) {
  if (plan.scale >= 6) {
    int64_t factor = kPowers[plan.scale - 6];
    return Map<int64_t, int64_t>(plan, array, [factor](int64_t micros) { return Times(micros, factor); });
  }
  int64_t divisor = kPowers[6 - plan.scale];
  return Map<int64_t, int64_t>(plan, array, [divisor](int64_t micros) { return micros / divisor; });
}

int64_t FloorDivide(int64_t value, int64_t divisor) {
  int64_t quotient = value / divisor;
  return quotient - (value % divisor < 0 ? 1 : 0);
}

/// Timestamps of scale 0-7: one integer.
Converted ShapeScaledTimestamp(const ColumnPlan& plan, const ArrayPtr& array) {
  if (plan.scale >= 6) {
    int64_t factor = kPowers[plan.scale - 6];
    return Map<int64_t, int64_t>(plan, array, [factor](int64_t micros) { return Times(micros, factor); });
  }
  int64_t divisor = kPowers[6 - plan.scale];
  return Map<int64_t, int64_t>(plan, array, [divisor](int64_t micros) { return FloorDivide(micros, divisor); });
}

struct EpochColumns {
  std::shared_ptr<arrow::Buffer> seconds, nanos;
};

/// Whole seconds, and nanoseconds cut to the column's scale.
Result<EpochColumns> SplitMicros(const ColumnPlan& plan, const int64_t* micros, int64_t length) {
  EpochColumns out;
  FIRN_ASSIGN(out.seconds, NewValues<int64_t>(plan, length));
  FIRN_ASSIGN(out.nanos, NewValues<int32_t>(plan, length));
  auto* seconds = Values<int64_t>(out.seconds);
  auto* nanos = Values<int32_t>(out.nanos);
  for (int64_t i = 0; i < length; ++i) {
    seconds[i] = FloorDivide(micros[i], kMicrosASecond);
    const int64_t rest = micros[i] % kMicrosASecond;
    nanos[i] = static_cast<int32_t>((rest < 0 ? rest + kMicrosASecond : rest) * 1000);
  }
  if (plan.scale < 6) {
    auto unit = static_cast<int32_t>(kPowers[9 - plan.scale]);
    for (int64_t i = 0; i < length; ++i) nanos[i] -= nanos[i] % unit;
  }
  return out;
}

std::shared_ptr<arrow::ArrayData> Child(std::shared_ptr<arrow::DataType> type, int64_t length,
                                        std::shared_ptr<arrow::Buffer> values) {
  return arrow::ArrayData::Make(std::move(type), length, {nullptr, std::move(values)}, 0);
}

Converted ShapeStructTimestamp(const ColumnPlan& plan, const ArrayPtr& array) {
  FIRN_ASSIGN(auto validity, Validity(plan, *array));
  FIRN_ASSIGN(auto epoch, SplitMicros(plan, array->data()->GetValues<int64_t>(1), array->length()));
  auto data = arrow::ArrayData::Make(
      plan.field->type(), array->length(), {validity},
      {Child(arrow::int64(), array->length(), epoch.seconds), Child(arrow::int32(), array->length(), epoch.nanos)},
      array->null_count());
  return arrow::MakeArray(data);
}

/// STRUCT(instant, offset_minutes) of the engine to {epoch, fraction, timezone}.
Converted ShapeTimestampTz(const ColumnPlan& plan, const ArrayPtr& array) {
  const auto& pair = static_cast<const arrow::StructArray&>(*array);
  ArrayPtr instants = pair.field(0), offsets = pair.field(1);
  FIRN_ASSIGN(auto validity, Validity(plan, *array));
  FIRN_ASSIGN(auto epoch, SplitMicros(plan, instants->data()->GetValues<int64_t>(1), array->length()));
  FIRN_ASSIGN(auto zones, NewValues<int32_t>(plan, array->length()));
  const auto* minutes = offsets->data()->GetValues<int32_t>(1);
  auto* zone = Values<int32_t>(zones);
  // Unsigned, as in Times.
  for (int64_t i = 0; i < array->length(); ++i) {
    zone[i] = static_cast<int32_t>(static_cast<uint32_t>(minutes[i]) + static_cast<uint32_t>(kTimeZoneBias));
  }
  auto data = arrow::ArrayData::Make(
      plan.field->type(), array->length(), {validity},
      {Child(arrow::int64(), array->length(), epoch.seconds), Child(arrow::int32(), array->length(), epoch.nanos),
       Child(arrow::int32(), array->length(), zones)},
      array->null_count());
  return arrow::MakeArray(data);
}

/// Builds a utf8 column from a view of each value.
template <class Source, class Append>
Converted BuildText(const ColumnPlan& plan, const Source& source, Append append) {
  FIRN_ASSIGN(auto validity, Validity(plan, source));
  FIRN_ASSIGN(auto offsets, NewValues<int32_t>(plan, source.length() + 1));
  std::string text;
  auto* offset = Values<int32_t>(offsets);
  for (int64_t i = 0; i < source.length(); ++i) {
    offset[i] = static_cast<int32_t>(text.size());
    if (!source.IsNull(i)) append(source.GetView(i), &text);
    if (text.size() > INT32_MAX)
      return Error(errors::kLimit, {"text of one batch", std::to_string(INT32_MAX), "bytes"});
  }
  offset[source.length()] = static_cast<int32_t>(text.size());
  return MakeArray(plan.field->type(), source, {validity, offsets, arrow::Buffer::FromString(std::move(text))});
}

template <class Source>
Converted CopyText(const ColumnPlan& plan, const ArrayPtr& array) {
  return BuildText(plan, static_cast<const Source&>(*array),
                   [](std::string_view value, std::string* out) { *out += value; });
}

template <class Source>
Converted IndentJson(const ColumnPlan& plan, const ArrayPtr& array) {
  return BuildText(plan, static_cast<const Source&>(*array),
                   [&](std::string_view value, std::string* out) { AppendIndentedJson(value, plan.json_indent, out); });
}

Converted AllNull(const ColumnPlan& plan, const ArrayPtr& array) {
  return Take(plan, arrow::MakeArrayOfNull(plan.field->type(), array->length()));
}

/// Conversion of whole numbers to a FIXED column of `scale`; null for an Arrow type that holds none.
ColumnPlan::Convert IntegerConversion(arrow::Type::type id, int scale) {
  switch (id) {
    case arrow::Type::INT8:
      return scale == 0 ? Widen<int8_t> : IntegerToDecimal<int8_t>;
    case arrow::Type::INT16:
      return scale == 0 ? Widen<int16_t> : IntegerToDecimal<int16_t>;
    case arrow::Type::INT32:
      return scale == 0 ? Widen<int32_t> : IntegerToDecimal<int32_t>;
    case arrow::Type::INT64:
      return scale == 0 ? Share : IntegerToDecimal<int64_t>;
    case arrow::Type::UINT8:
      return scale == 0 ? Widen<uint8_t> : IntegerToDecimal<uint8_t>;
    case arrow::Type::UINT16:
      return scale == 0 ? Widen<uint16_t> : IntegerToDecimal<uint16_t>;
    case arrow::Type::UINT32:
      return scale == 0 ? Widen<uint32_t> : IntegerToDecimal<uint32_t>;
    case arrow::Type::UINT64:
      return IntegerToDecimal<uint64_t>;
    default:
      return nullptr;
  }
}

void PlanFixed(const session::OutputColumn& column, const arrow::DataType& type, ColumnPlan* plan) {
  plan->scale = column.type.id == TypeId::kInteger ? 0 : column.type.scale;
  if (type.id() == arrow::Type::DECIMAL128) {
    const auto& decimal = static_cast<const arrow::Decimal128Type&>(type);
    plan->engine_scale = decimal.scale();
    // The engine's own precision decides: a column declared wider than 18 digits may come in fewer.
    bool narrow = column.type.precision <= 18 && column.type.id == TypeId::kNumber && decimal.precision() <= 18;
    plan->field = WireField(column, narrow);
    if (plan->engine_scale != plan->scale)
      plan->convert = RescaleDecimal;
    else
      plan->convert = narrow ? NarrowDecimal : Share;
    return;
  }
  plan->convert = IntegerConversion(type.id(), plan->scale);
  bool narrow = type.id() != arrow::Type::UINT64 && (plan->scale == 0 || column.type.precision <= 18);
  plan->field = WireField(column, narrow);
}

ColumnPlan::Convert TextConversion(arrow::Type::type id, bool json) {
  switch (id) {
    case arrow::Type::STRING:
      return json ? IndentJson<arrow::StringArray> : Share;
    case arrow::Type::LARGE_STRING:
      return json ? IndentJson<arrow::LargeStringArray> : CopyText<arrow::LargeStringArray>;
    case arrow::Type::STRING_VIEW:
      return json ? IndentJson<arrow::StringViewArray> : CopyText<arrow::StringViewArray>;
    default:
      return nullptr;
  }
}

ColumnPlan::Convert BinaryConversion(arrow::Type::type id) {
  switch (id) {
    case arrow::Type::BINARY:
      return Share;
    case arrow::Type::LARGE_BINARY:
      return CopyText<arrow::LargeBinaryArray>;
    case arrow::Type::BINARY_VIEW:
      return CopyText<arrow::BinaryViewArray>;
    default:
      return nullptr;
  }
}

bool IsMicros(const arrow::DataType& type) {
  if (type.id() == arrow::Type::TIMESTAMP) {
    return static_cast<const arrow::TimestampType&>(type).unit() == arrow::TimeUnit::MICRO;
  }
  return type.id() == arrow::Type::TIME64 &&
         static_cast<const arrow::Time64Type&>(type).unit() == arrow::TimeUnit::MICRO;
}

bool IsInstantWithOffset(const arrow::DataType& type) {
  return type.id() == arrow::Type::STRUCT && type.num_fields() == 2 && IsMicros(*type.field(0)->type()) &&
         type.field(1)->type()->id() == arrow::Type::INT32;
}

ColumnPlan::Convert OtherConversion(const SqlType& type, const arrow::DataType& engine) {
  switch (type.id) {
    case TypeId::kFloat:
      if (engine.id() == arrow::Type::FLOAT) return WidenFloat;
      return engine.id() == arrow::Type::DOUBLE ? Share : nullptr;
    case TypeId::kBoolean:
      return engine.id() == arrow::Type::BOOL ? Share : nullptr;
    case TypeId::kDate:
      return engine.id() == arrow::Type::DATE32 ? Share : nullptr;
    case TypeId::kBinary:
      return BinaryConversion(engine.id());
    case TypeId::kTime:
      return engine.id() == arrow::Type::TIME64 && IsMicros(engine) ? ShapeTime : nullptr;
    case TypeId::kTimestampLtz:
    case TypeId::kTimestampNtz:
      if (engine.id() != arrow::Type::TIMESTAMP || !IsMicros(engine)) return nullptr;
      return IsStructTimestamp(type) ? ShapeStructTimestamp : ShapeScaledTimestamp;
    case TypeId::kTimestampTz:
      return IsInstantWithOffset(engine) ? ShapeTimestampTz : nullptr;
    default:
      return TextConversion(engine.id(), type.IsSemiStructured());
  }
}

}  // namespace

Result<ColumnPlan> PlanColumn(const session::OutputColumn& column, const arrow::DataType& engine_type,
                              int json_indent) {
  ColumnPlan plan;
  plan.json_indent = json_indent;
  plan.scale = WireScale(column.type);
  bool fixed = column.type.id == TypeId::kInteger || column.type.id == TypeId::kNumber;
  if (engine_type.id() == arrow::Type::NA) {
    plan.field = WireField(column, true);
    plan.convert = AllNull;
  } else if (fixed) {
    PlanFixed(column, engine_type, &plan);
  } else {
    plan.field = WireField(column, true);
    plan.convert = OtherConversion(column.type, engine_type);
  }
  if (plan.convert == nullptr) {
    return Fault(plan, engine_type.ToString() + " cannot be sent as " + column.type.Text());
  }
  return plan;
}

}  // namespace firn::faces

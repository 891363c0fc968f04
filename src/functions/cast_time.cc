// Casts to and from DATE, TIME and the three TIMESTAMP types. LTZ is an instant shown in the session's zone; DuckDB's
// own casts between TIMESTAMP and TIMESTAMPTZ use that zone.
#include "functions/cast.h"
#include "functions/datetime_text.h"
#include "functions/kernel.h"
#include "functions/number.h"
#include "functions/variant_text.h"

namespace firn::functions {

namespace {

using duckdb::date_t;
using duckdb::dtime_t;
using duckdb::timestamp_t;

std::vector<BoundExpr> Args(BoundExpr a) {
  std::vector<BoundExpr> args;
  args.push_back(std::move(a));
  return args;
}
std::vector<BoundExpr> Args(BoundExpr a, BoundExpr b) {
  auto args = Args(std::move(a));
  args.push_back(std::move(b));
  return args;
}

/// How text is read: one model or AUTO, for one kind of value, and what to say of text that is none.
class TextReader {
 public:
  TextReader(ClientContext& context, DateTimeKind kind, std::string format, OnFailure failure)
      : kind_(kind), failure_(failure) {
    const char* facts[] = {"DATE_INPUT_FORMAT", "TIME_INPUT_FORMAT", "TIMESTAMP_INPUT_FORMAT"};
    if (format.empty()) format = FactAt(context, facts[static_cast<int>(kind)]);
    if (!EqualsIgnoreCase(format, "AUTO")) {
      model_ = std::make_shared<const DateTimeFormat>(format,
                                                      static_cast<int>(IntFactAt(context, "TWO_DIGIT_CENTURY_START")));
    }
    identity_ = std::to_string(static_cast<int>(kind)) + " " + format + (failure == OnFailure::kNull ? " try" : "");
  }

  std::optional<DateTime> Read(std::string_view text) const {
    DateTime out;
    if (model_ ? model_->Parse(text, &out) : ParseAutoDateTime(text, kind_, &out)) return out;
    if (failure_ == OnFailure::kNull) return std::nullopt;
    const ErrorRow* rows[] = {&errors::kDateUnrecognized, &errors::kTimeUnrecognized, &errors::kTimestampUnrecognized};
    Raise(*rows[static_cast<int>(kind_)], {Shown(text)});
  }
  const std::string& identity() const { return identity_; }

 private:
  DateTimeKind kind_;
  OnFailure failure_;
  std::shared_ptr<const DateTimeFormat> model_;
  std::string identity_;
};

/// Text of a VARIANT that may be read as a date or time: strings and numbers; others are not.
BoundExpr VariantAsText(ClientContext& context, BoundExpr expr) {
  return ShapeOf(expr->return_type) == Shape::kVariant ? ToText(context, std::move(expr)) : std::move(expr);
}

bool IsTextual(Shape shape) { return shape == Shape::kText || shape == Shape::kVariant; }

[[noreturn]] void NoCast(const BoundExpr& expr, const char* to) {
  Raise(errors::kCannotConvert, {"expr", TypeName(expr->return_type), to});
}

/// Seconds (or smaller units, by scale) since 1970 as a UTC TIMESTAMP.
BoundExpr EpochToTimestamp(ClientContext& context, BoundExpr number, int epoch_scale) {
  if (ShapeOf(number->return_type) == Shape::kDouble) {
    number = ToNumber(context, std::move(number), 38, 9, OnFailure::kRaise);
  }
  int from = DigitsOf(number->return_type).scale + epoch_scale;
  auto wide = LogicalType::DECIMAL(38, static_cast<uint8_t>(DigitsOf(number->return_type).scale));
  number = DuckCast(context, std::move(number), wide);
  return Kernel("firn epoch " + std::to_string(from), LogicalType::TIMESTAMP, Args(std::move(number)),
                MapRows<timestamp_t, int128>([from](int128 value) {
                  int128 micros = 0;
                  if (from > 6) {
                    int128 unit = Pow10(std::min(from - 6, kDigitsMax));
                    micros = value / unit - (value % unit < 0 ? 1 : 0);
                  } else if (!Rescale(value, from, 6, &micros)) {
                    micros = Pow10(kDigitsMax - 1);
                  }
                  constexpr int128 kMost = int128{253402300800} * 1000000;
                  if (micros >= kMost || micros <= -kMost) {
                    Raise(errors::kTimestampUnrecognized, {FixedText(value, 0)});
                  }
                  return timestamp_t(static_cast<int64_t>(micros));
                }));
}

BoundExpr TextToWall(const TextReader& reader, BoundExpr text) {
  return Kernel("firn text to wall " + reader.identity(), LogicalType::TIMESTAMP, Args(std::move(text)),
                MapRows<std::optional<timestamp_t>, std::string_view>(
                    [reader](std::string_view value) -> std::optional<timestamp_t> {
                      auto time = reader.Read(value);
                      if (!time) return std::nullopt;
                      return timestamp_t(time->WallMicros());
                    }));
}

BoundExpr TextToOffset(const TextReader& reader, BoundExpr text) {
  return Kernel(
      "firn text to offset " + reader.identity(), LogicalType::INTEGER, Args(std::move(text)),
      MapRows<std::optional<int32_t>, std::string_view>([reader](std::string_view value) -> std::optional<int32_t> {
        auto time = reader.Read(value);
        return time ? time->offset_minutes : std::nullopt;
      }));
}

BoundExpr MinutesBetween(BoundExpr wall, BoundExpr utc) {
  return Kernel("firn zone offset", LogicalType::INTEGER, Args(std::move(wall), std::move(utc)),
                MapRows<int32_t, timestamp_t, timestamp_t>([](timestamp_t wall_time, timestamp_t instant) {
                  return static_cast<int32_t>((wall_time.value - instant.value) / kMicrosOfMinute);
                }));
}

/// The session zone's offset in minutes where its clock shows `wall`.
BoundExpr SessionOffset(ClientContext& context, BoundExpr wall) {
  BoundExpr instant = DuckCast(context, wall->Copy(), LogicalType::TIMESTAMP_TZ);
  return MinutesBetween(std::move(wall), Retype(std::move(instant), LogicalType::TIMESTAMP));
}

BoundExpr ShiftByMinutes(const char* identity, BoundExpr time, BoundExpr minutes, int sign) {
  return Kernel(identity, LogicalType::TIMESTAMP, Args(std::move(time), std::move(minutes)),
                MapRows<timestamp_t, timestamp_t, int32_t>([sign](timestamp_t at, int32_t by) {
                  return timestamp_t(at.value + sign * by * kMicrosOfMinute);
                }));
}

BoundExpr NtzFrom(ClientContext& context, BoundExpr expr, const std::string& format, OnFailure failure, int scale) {
  Shape shape = ShapeOf(expr->return_type);
  if (IsTextual(shape)) {
    return TextToWall(TextReader(context, DateTimeKind::kTimestamp, format, failure),
                      VariantAsText(context, std::move(expr)));
  }
  if (shape == Shape::kNumber || shape == Shape::kDouble) return EpochToTimestamp(context, std::move(expr), scale);
  if (shape == Shape::kDate || IsTimestamp(shape)) return WallOf(context, std::move(expr));
  NoCast(expr, "TIMESTAMP_NTZ");
}

BoundExpr TzFrom(ClientContext& context, BoundExpr expr, const std::string& format, OnFailure failure, int scale) {
  Shape shape = ShapeOf(expr->return_type);
  if (shape == Shape::kTz) return expr;
  if (IsTextual(shape)) {
    TextReader reader(context, DateTimeKind::kTimestamp, format, failure);
    expr = VariantAsText(context, std::move(expr));
    BoundExpr wall = TextToWall(reader, expr->Copy());
    std::vector<BoundExpr> offsets = Args(TextToOffset(reader, std::move(expr)), SessionOffset(context, wall->Copy()));
    return MakeTz(context, std::move(wall), Coalesce(std::move(offsets)));
  }
  if (shape == Shape::kNumber || shape == Shape::kDouble) {
    expr = Retype(EpochToTimestamp(context, std::move(expr), scale), LogicalType::TIMESTAMP_TZ);
    shape = Shape::kLtz;
  }
  if (shape != Shape::kLtz && shape != Shape::kNtz && shape != Shape::kDate) NoCast(expr, "TIMESTAMP_TZ");
  BoundExpr wall = WallOf(context, expr->Copy());
  BoundExpr offset = shape == Shape::kLtz
                         ? MinutesBetween(wall->Copy(), Retype(std::move(expr), LogicalType::TIMESTAMP))
                         : SessionOffset(context, wall->Copy());
  return MakeTz(context, std::move(wall), std::move(offset));
}

BoundExpr LtzFrom(ClientContext& context, BoundExpr expr, const std::string& format, OnFailure failure, int scale) {
  Shape shape = ShapeOf(expr->return_type);
  if (shape == Shape::kLtz) return expr;
  if (shape == Shape::kNumber || shape == Shape::kDouble) {
    return Retype(EpochToTimestamp(context, std::move(expr), scale), LogicalType::TIMESTAMP_TZ);
  }
  if (shape == Shape::kNtz || shape == Shape::kDate) {
    return DuckCast(context, WallOf(context, std::move(expr)), LogicalType::TIMESTAMP_TZ);
  }
  if (shape != Shape::kTz && !IsTextual(shape)) NoCast(expr, "TIMESTAMP_LTZ");
  BoundExpr tz = TzFrom(context, std::move(expr), format, failure, scale);
  return Retype(TzInstant(context, std::move(tz)), LogicalType::TIMESTAMP_TZ);
}

}  // namespace

// --- TIMESTAMP_TZ ----------------------------------------------------------------------------------------------------

namespace {

/// DuckDB's struct_extract takes no type with an alias.
BoundExpr Field(ClientContext& context, BoundExpr tz, const char* name) {
  auto bare = LogicalType::STRUCT({{"instant", LogicalType::TIMESTAMP}, {"offset_minutes", LogicalType::INTEGER}});
  return Duck(context, "struct_extract", Retype(std::move(tz), bare), Constant(Value(name)));
}

}  // namespace

BoundExpr TzInstant(ClientContext& context, BoundExpr tz) { return Field(context, std::move(tz), "instant"); }
BoundExpr TzOffset(ClientContext& context, BoundExpr tz) { return Field(context, std::move(tz), "offset_minutes"); }

BoundExpr TzWall(ClientContext& context, BoundExpr tz) {
  BoundExpr instant = TzInstant(context, tz->Copy());
  return ShiftByMinutes("firn tz wall", std::move(instant), TzOffset(context, std::move(tz)), 1);
}

BoundExpr MakeTz(ClientContext&, BoundExpr wall, BoundExpr offset_minutes) {
  auto run = [](duckdb::DataChunk& in, duckdb::ExpressionState&, duckdb::Vector& out) {
    Column<timestamp_t> walls(in.data[0], in.size());
    Column<int32_t> offsets(in.data[1], in.size());
    bool constant = walls.constant() && offsets.constant();
    out.SetVectorType(constant ? duckdb::VectorType::CONSTANT_VECTOR : duckdb::VectorType::FLAT_VECTOR);
    auto& fields = duckdb::StructVector::GetEntries(out);
    for (auto& field : fields) {
      field->SetVectorType(constant ? duckdb::VectorType::CONSTANT_VECTOR : duckdb::VectorType::FLAT_VECTOR);
    }
    auto* instants = duckdb::FlatVector::GetDataUnsafe<timestamp_t>(*fields[0]);
    auto* minutes = duckdb::FlatVector::GetDataUnsafe<int32_t>(*fields[1]);
    for (duckdb::idx_t row = 0; row < (constant ? 1 : in.size()); ++row) {
      if (walls.Present(row) && offsets.Present(row)) {
        minutes[row] = offsets.Get(row);
        instants[row] = timestamp_t(walls.Get(row).value - minutes[row] * kMicrosOfMinute);
      } else if (constant) {
        duckdb::ConstantVector::SetNull(out, true);
      } else {
        duckdb::FlatVector::SetNull(out, row, true);
      }
    }
  };
  return Kernel("firn make tz", TimestampTzType(), Args(std::move(wall), std::move(offset_minutes)), run);
}

BoundExpr WallOf(ClientContext& context, BoundExpr expr) {
  switch (ShapeOf(expr->return_type)) {
    case Shape::kNtz:
    case Shape::kDate:
    case Shape::kLtz:
      return DuckCast(context, std::move(expr), LogicalType::TIMESTAMP);
    case Shape::kTz:
      return TzWall(context, std::move(expr));
    default:
      NoCast(expr, "TIMESTAMP_NTZ");
  }
}

// --- casts -----------------------------------------------------------------------------------------------------------

BoundExpr ToDate(ClientContext& context, BoundExpr expr, const std::string& format, OnFailure failure) {
  Shape shape = ShapeOf(expr->return_type);
  if (shape == Shape::kNull) return NullOf(LogicalType::DATE);
  if (shape == Shape::kDate) return expr;
  if (IsTimestamp(shape)) return DuckCast(context, WallOf(context, std::move(expr)), LogicalType::DATE);
  if (!IsTextual(shape)) NoCast(expr, "DATE");
  TextReader reader(context, DateTimeKind::kDate, format, failure);
  return Kernel(
      "firn text to date " + reader.identity(), LogicalType::DATE, Args(VariantAsText(context, std::move(expr))),
      MapRows<std::optional<date_t>, std::string_view>([reader](std::string_view text) -> std::optional<date_t> {
        auto time = reader.Read(text);
        if (!time) return std::nullopt;
        return date_t(static_cast<int32_t>(time->days));
      }));
}

BoundExpr ToTime(ClientContext& context, BoundExpr expr, const std::string& format, OnFailure failure) {
  Shape shape = ShapeOf(expr->return_type);
  if (shape == Shape::kNull) return NullOf(LogicalType::TIME);
  if (shape == Shape::kTime) return expr;
  if (IsTimestamp(shape)) return DuckCast(context, WallOf(context, std::move(expr)), LogicalType::TIME);
  if (!IsTextual(shape)) NoCast(expr, "TIME");
  TextReader reader(context, DateTimeKind::kTime, format, failure);
  return Kernel(
      "firn text to time " + reader.identity(), LogicalType::TIME, Args(VariantAsText(context, std::move(expr))),
      MapRows<std::optional<dtime_t>, std::string_view>([reader](std::string_view text) -> std::optional<dtime_t> {
        auto time = reader.Read(text);
        if (!time) return std::nullopt;
        return dtime_t(time->micros);
      }));
}

BoundExpr ToTimestamp(ClientContext& context, BoundExpr expr, TypeId type, const std::string& format, OnFailure failure,
                      int epoch_scale) {
  if (ShapeOf(expr->return_type) == Shape::kNull) return NullOf(DuckType(SqlType::Of(type)));
  if (type == TypeId::kTimestampNtz) return NtzFrom(context, std::move(expr), format, failure, epoch_scale);
  if (type == TypeId::kTimestampLtz) return LtzFrom(context, std::move(expr), format, failure, epoch_scale);
  return TzFrom(context, std::move(expr), format, failure, epoch_scale);
}

BoundExpr CutFraction(ClientContext&, BoundExpr expr, int scale) {
  if (scale >= 6) return expr;
  Shape shape = ShapeOf(expr->return_type);
  if (shape != Shape::kTime && shape != Shape::kNtz && shape != Shape::kLtz) return expr;
  auto unit = static_cast<int64_t>(Pow10(6 - scale));
  auto type = expr->return_type;
  return Kernel("firn cut fraction " + std::to_string(scale), type, Args(std::move(expr)),
                MapRows<int64_t, int64_t>([unit](int64_t micros) {
                  int64_t rest = micros % unit;
                  return micros - (rest < 0 ? rest + unit : rest);
                }));
}

// --- printing --------------------------------------------------------------------------------------------------------

namespace {

std::string OutputFormat(ClientContext& context, Shape shape) {
  switch (shape) {
    case Shape::kDate:
      return FactAt(context, "DATE_OUTPUT_FORMAT");
    case Shape::kTime:
      return FactAt(context, "TIME_OUTPUT_FORMAT");
    case Shape::kNtz:
      return FactAt(context, "TIMESTAMP_NTZ_OUTPUT_FORMAT");
    default: {
      std::string own =
          FactAt(context, shape == Shape::kLtz ? "TIMESTAMP_LTZ_OUTPUT_FORMAT" : "TIMESTAMP_TZ_OUTPUT_FORMAT");
      return own.empty() ? FactAt(context, "TIMESTAMP_OUTPUT_FORMAT") : own;
    }
  }
}

}  // namespace

BoundExpr TimeToText(ClientContext& context, BoundExpr expr, const std::string& format) {
  Shape shape = ShapeOf(expr->return_type);
  std::string model = format.empty() || EqualsIgnoreCase(format, "AUTO") ? OutputFormat(context, shape) : format;
  auto compiled = std::make_shared<const DateTimeFormat>(model);
  std::string identity = "firn time to text " + std::to_string(static_cast<int>(shape)) + " " + model;
  if (shape == Shape::kDate) {
    if (model == "YYYY-MM-DD") return DuckCast(context, std::move(expr), LogicalType::VARCHAR);
    return Kernel(identity, LogicalType::VARCHAR, Args(std::move(expr)),
                  MapRows<std::string, date_t>([compiled](date_t date) {
                    DateTime value;
                    value.days = date.days;
                    return compiled->Print(value);
                  }));
  }
  if (shape == Shape::kTime || shape == Shape::kNtz) {
    return Kernel(
        identity, LogicalType::VARCHAR, Args(std::move(expr)),
        MapRows<std::string, int64_t>([compiled](int64_t micros) { return compiled->Print(DateTimeOf(micros)); }));
  }
  BoundExpr wall = WallOf(context, expr->Copy());
  BoundExpr offset = shape == Shape::kTz
                         ? TzOffset(context, std::move(expr))
                         : MinutesBetween(wall->Copy(), Retype(std::move(expr), LogicalType::TIMESTAMP));
  return Kernel(identity, LogicalType::VARCHAR, Args(std::move(wall), std::move(offset)),
                MapRows<std::string, int64_t, int32_t>([compiled](int64_t micros, int32_t minutes) {
                  return compiled->Print(DateTimeOf(micros, minutes));
                }));
}

}  // namespace firn::functions

// Snowflake's casts as DuckDB expressions: DuckDB's own cast where it means the same and cannot fail, kernels
// elsewhere. Used at bind time by operators, functions and the casts registered in DuckDB. Raised while binding:
// kCannotConvert for a pair of types without a cast. Raised by rows (OnFailure::kRaise): kNumericUnrecognized,
// kNumericOutOfRange, kNumberTooLarge, kDateUnrecognized, kTimestampUnrecognized, kBooleanUnrecognized, kVariantCast,
// kStringTooLong; with OnFailure::kNull such rows are NULL.
#pragma once

#include "functions/bind.h"
#include "functions/types.h"

namespace firn::functions {

enum class OnFailure { kRaise, kNull };

BoundExpr CastTo(ClientContext& context, BoundExpr expr, const SqlType& type, OnFailure failure = OnFailure::kRaise);

/// The nearest type that Snowflake has, for DuckDB's others: FLOAT is DOUBLE, UBIGINT HUGEINT, LIST and STRUCT VARIANT…
BoundExpr Plain(ClientContext& context, BoundExpr expr);

BoundExpr ToNumber(ClientContext& context, BoundExpr expr, int precision, int scale, OnFailure failure);
BoundExpr ToInteger(ClientContext& context, BoundExpr expr, OnFailure failure);
BoundExpr ToDouble(ClientContext& context, BoundExpr expr, OnFailure failure = OnFailure::kRaise);
BoundExpr ToBoolean(ClientContext& context, BoundExpr expr, OnFailure failure = OnFailure::kRaise);
BoundExpr ToText(ClientContext& context, BoundExpr expr);
/// Raises kStringTooLong for text of more than `length` characters.
BoundExpr WithLength(BoundExpr text, int64_t length, OnFailure failure);
/// `format`: HEX, BASE64 or UTF-8.
BoundExpr ToBinary(ClientContext& context, BoundExpr expr, const std::string& format, OnFailure failure);
BoundExpr BinaryToText(ClientContext& context, BoundExpr expr, const std::string& format);
BoundExpr ToVariant(ClientContext& context, BoundExpr expr);
BoundExpr ToArray(ClientContext& context, BoundExpr expr);
BoundExpr ToObject(ClientContext& context, BoundExpr expr, OnFailure failure);
/// A number for arithmetic: text becomes NUMBER(18,5), constant text its own digits, VARIANT DOUBLE; others stay.
BoundExpr ToArithmetic(ClientContext& context, BoundExpr expr);

/// `format`: a model, "AUTO", or empty for the session's.
BoundExpr ToDate(ClientContext& context, BoundExpr expr, const std::string& format, OnFailure failure);
BoundExpr ToTime(ClientContext& context, BoundExpr expr, const std::string& format, OnFailure failure);
/// `type`: one of the three TIMESTAMP types. A number counts units of 10^-epoch_scale seconds since 1970.
BoundExpr ToTimestamp(ClientContext& context, BoundExpr expr, TypeId type, const std::string& format, OnFailure failure,
                      int epoch_scale = 0);
/// `format`: a model, or empty for the session's.
BoundExpr TimeToText(ClientContext& context, BoundExpr expr, const std::string& format);
/// Cuts TIME and TIMESTAMP values to `scale` fraction digits.
BoundExpr CutFraction(ClientContext& context, BoundExpr expr, int scale);

// --- TIMESTAMP_TZ ----------------------------------------------------------------------------------------------------

/// The instant as a TIMESTAMP in UTC, the offset in minutes, and the wall clock there.
BoundExpr TzInstant(ClientContext& context, BoundExpr tz);
BoundExpr TzOffset(ClientContext& context, BoundExpr tz);
BoundExpr TzWall(ClientContext& context, BoundExpr tz);
/// From a wall clock and an offset in minutes, NULL where one is.
BoundExpr MakeTz(ClientContext& context, BoundExpr wall, BoundExpr offset_minutes);
/// The wall clock of any DATE or TIMESTAMP type as TIMESTAMP: of LTZ in the session's zone.
BoundExpr WallOf(ClientContext& context, BoundExpr expr);

// --- kinds of pairs --------------------------------------------------------------------------------------------------

/// The type that values of both types take in CASE, COALESCE, GREATEST, comparisons; `text_yields`: text beside a
/// number, date or boolean becomes that. Raises kInvalidArgumentTypes under `name` where there is none.
LogicalType CommonType(const LogicalType& left, const LogicalType& right, const char* name);
BoundExpr CoerceTo(ClientContext& context, BoundExpr expr, const LogicalType& type);
/// CommonType of all, and each coerced to it.
LogicalType CoerceAll(ClientContext& context, std::vector<BoundExpr>& exprs, const char* name);

}  // namespace firn::functions

// Casts to VARCHAR, BOOLEAN and BINARY.
#include "base/ids.h"
#include "functions/cast.h"
#include "functions/kernel.h"
#include "functions/number.h"
#include "functions/variant_text.h"

namespace firn::functions {

namespace {

std::vector<BoundExpr> One(BoundExpr expr) {
  std::vector<BoundExpr> args;
  args.push_back(std::move(expr));
  return args;
}

std::optional<bool> BooleanWord(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  for (const char* word : {"true", "t", "yes", "y", "on", "1"}) {
    if (EqualsIgnoreCase(text, word)) return true;
  }
  for (const char* word : {"false", "f", "no", "n", "off", "0"}) {
    if (EqualsIgnoreCase(text, word)) return false;
  }
  return std::nullopt;
}

std::optional<bool> VariantToBoolean(std::string_view value) {
  switch (KindOfVariant(value)) {
    case VariantKind::kBoolean:
      return value.front() == 't';
    case VariantKind::kString:
      return BooleanWord(Unquoted(value));
    case VariantKind::kInteger:
    case VariantKind::kDecimal:
    case VariantKind::kDouble: {
      double number = 0;
      if (!ParseDouble(value, &number)) return std::nullopt;
      return number != 0;
    }
    default:
      return std::nullopt;
  }
}

int64_t CharacterCount(std::string_view text) {
  int64_t count = 0;
  for (char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool FromHex(std::string_view text, std::string* out) {
  if (text.size() % 2 != 0) return false;
  out->reserve(text.size() / 2);
  for (size_t i = 0; i < text.size(); i += 2) {
    int high = HexDigit(text[i]), low = HexDigit(text[i + 1]);
    if (high < 0 || low < 0) return false;
    *out += static_cast<char>(high * 16 + low);
  }
  return true;
}

bool IsUtf8Format(const std::string& format) {
  return EqualsIgnoreCase(format, "UTF-8") || EqualsIgnoreCase(format, "UTF8");
}

}  // namespace

BoundExpr ToText(ClientContext& context, BoundExpr expr) {
  auto type = expr->return_type;
  switch (ShapeOf(type)) {
    case Shape::kNull:
      return NullOf(LogicalType::VARCHAR);
    case Shape::kText:
      return type.id() == LogicalTypeId::VARCHAR ? std::move(expr)
                                                 : DuckCast(context, std::move(expr), LogicalType::VARCHAR);
    case Shape::kBoolean:
    case Shape::kNumber:
      return DuckCast(context, std::move(expr), LogicalType::VARCHAR);
    case Shape::kDouble:
      expr = DuckCast(context, std::move(expr), LogicalType::DOUBLE);
      return Kernel("firn double to text", LogicalType::VARCHAR, One(std::move(expr)),
                    MapRows<std::string, double>([](double value) { return DoubleText(value); }));
    case Shape::kBinary:
      return BinaryToText(context, std::move(expr), FactAt(context, "BINARY_OUTPUT_FORMAT"));
    case Shape::kDate:
    case Shape::kTime:
    case Shape::kNtz:
    case Shape::kLtz:
    case Shape::kTz:
      return TimeToText(context, std::move(expr), "");
    case Shape::kVariant:
      return Kernel("firn variant to text", LogicalType::VARCHAR, One(std::move(expr)),
                    MapRows<std::optional<std::string>, std::string_view>(VariantToText));
    case Shape::kObject:
    case Shape::kArray:
      return Retype(std::move(expr), LogicalType::VARCHAR);
    default:
      return DuckCast(context, std::move(expr), LogicalType::VARCHAR);
  }
}

BoundExpr WithLength(BoundExpr text, int64_t length, OnFailure failure) {
  auto run = [length, failure](duckdb::DataChunk& in, duckdb::ExpressionState&, duckdb::Vector& out) {
    duckdb::UnifiedVectorFormat format;
    in.data[0].ToUnifiedFormat(in.size(), format);
    auto* data = duckdb::UnifiedVectorFormat::GetData<duckdb::string_t>(format);
    bool all_fit = true;
    auto too_long = [&](duckdb::idx_t at) {
      std::string_view value(data[at].GetData(), data[at].GetSize());
      return static_cast<int64_t>(value.size()) > length && CharacterCount(value) > length;
    };
    for (duckdb::idx_t row = 0; row < in.size(); ++row) {
      auto at = format.sel->get_index(row);
      if (!format.validity.RowIsValid(at) || !too_long(at)) continue;
      if (failure == OnFailure::kRaise) Raise(errors::kStringTooLong, {Shown(data[at].GetString())});
      all_fit = false;
    }
    if (all_fit) {
      out.Reference(in.data[0]);
      return;
    }
    duckdb::VectorOperations::Copy(in.data[0], out, in.size(), 0, 0);
    out.Flatten(in.size());
    for (duckdb::idx_t row = 0; row < in.size(); ++row) {
      auto at = format.sel->get_index(row);
      if (format.validity.RowIsValid(at) && too_long(at)) duckdb::FlatVector::SetNull(out, row, true);
    }
  };
  return Kernel("firn length " + std::to_string(length) + (failure == OnFailure::kNull ? " try" : ""),
                LogicalType::VARCHAR, One(std::move(text)), run);
}

BoundExpr ToBoolean(ClientContext& context, BoundExpr expr, OnFailure failure) {
  auto type = expr->return_type;
  std::string mode = std::to_string(static_cast<int>(failure));
  switch (ShapeOf(type)) {
    case Shape::kNull:
      return NullOf(LogicalType::BOOLEAN);
    case Shape::kBoolean:
      return expr;
    case Shape::kNumber: {
      BoundExpr zero = DuckCast(context, Constant(Value::BIGINT(0)), type);
      return Compare(duckdb::ExpressionType::COMPARE_NOTEQUAL, std::move(expr), Fold(context, std::move(zero)));
    }
    case Shape::kDouble:
      expr = DuckCast(context, std::move(expr), LogicalType::DOUBLE);
      return Kernel("firn double to boolean " + mode, LogicalType::BOOLEAN, One(std::move(expr)),
                    MapRows<std::optional<bool>, double>([=](double value) -> std::optional<bool> {
                      if (value == value) return value != 0;
                      if (failure == OnFailure::kNull) return std::nullopt;
                      Raise(errors::kBooleanUnrecognized, {"NaN"});
                    }));
    case Shape::kText:
      return Kernel("firn text to boolean " + mode, LogicalType::BOOLEAN, One(std::move(expr)),
                    MapRows<std::optional<bool>, std::string_view>([=](std::string_view text) -> std::optional<bool> {
                      auto word = BooleanWord(text);
                      if (word || failure == OnFailure::kNull) return word;
                      Raise(errors::kBooleanUnrecognized, {Shown(text)});
                    }));
    case Shape::kVariant:
      return Kernel("firn variant to boolean " + mode, LogicalType::BOOLEAN, One(std::move(expr)),
                    MapRows<std::optional<bool>, std::string_view>([=](std::string_view value) -> std::optional<bool> {
                      VariantKind kind = KindOfVariant(value);
                      if (kind == VariantKind::kNull || kind == VariantKind::kUndefined) return std::nullopt;
                      auto out = VariantToBoolean(value);
                      if (out || failure == OnFailure::kNull) return out;
                      Raise(errors::kVariantCast, {Shown(value), "BOOLEAN"});
                    }));
    default:
      Raise(errors::kCannotConvert, {"expr", TypeName(type), "BOOLEAN"});
  }
}

BoundExpr ToBinary(ClientContext& context, BoundExpr expr, const std::string& format, OnFailure failure) {
  auto type = expr->return_type;
  switch (ShapeOf(type)) {
    case Shape::kNull:
      return NullOf(LogicalType::BLOB);
    case Shape::kBinary:
      return expr;
    case Shape::kVariant:
      expr = ToText(context, std::move(expr));
      break;
    case Shape::kText:
      break;
    default:
      Raise(errors::kCannotConvert, {"expr", TypeName(type), "BINARY"});
  }
  bool utf8 = IsUtf8Format(format), base64 = EqualsIgnoreCase(format, "BASE64");
  if (!utf8 && !base64 && !EqualsIgnoreCase(format, "HEX")) Raise(errors::kInvalidValue, {format, "format"});
  auto run =
      MapRows<std::optional<std::string>, std::string_view>([=](std::string_view text) -> std::optional<std::string> {
        std::string out;
        if (utf8) return std::string(text);
        if (base64 ? FromBase64(text, &out) : FromHex(text, &out)) return out;
        if (failure == OnFailure::kNull) return std::nullopt;
        Raise(base64 ? errors::kBadBase64 : errors::kBadHex, {Shown(text)});
      });
  std::string identity = "firn binary " + Upper(format) + (failure == OnFailure::kNull ? " try" : "");
  return Kernel(identity, LogicalType::BLOB, One(std::move(expr)), std::move(run));
}

BoundExpr BinaryToText(ClientContext& context, BoundExpr expr, const std::string& format) {
  if (EqualsIgnoreCase(format, "HEX")) return Duck(context, "hex", std::move(expr));
  if (EqualsIgnoreCase(format, "BASE64")) return Duck(context, "base64", std::move(expr));
  if (!IsUtf8Format(format)) Raise(errors::kInvalidValue, {format, "format"});
  return Kernel(
      "firn binary as utf8", LogicalType::VARCHAR, One(std::move(expr)),
      MapRows<std::string, std::string_view>([](std::string_view bytes) -> std::optional<std::string> {
        if (duckdb::Value::StringIsValid(bytes.data(), bytes.size())) return std::string(bytes);
        Raise(errors::kInvalidUtf8,
              {HexUpper({reinterpret_cast<const uint8_t*>(bytes.data()), std::min<size_t>(bytes.size(), 100)})});
      }));
}

}  // namespace firn::functions

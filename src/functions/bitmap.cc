// Bitmaps for distinct counts: docs.snowflake.com/en/sql-reference/functions/bitmap_construct_agg. A bitmap is a BINARY
// of up to 4,096 bytes, bit n of byte n / 8, without zero bytes at its end; it is this server's own, as Snowflake's is.
#include <array>
#include <bit>

#include "functions/families.h"
#include "functions/list_texts.h"
#include "functions/number.h"
#include "functions/operators.h"
#include "functions/rows.h"
#include "functions/tree.h"

namespace firn::functions {

namespace {

using sql::Call;
using sql::ExprPtr;

constexpr int64_t kBits = 32768;

int64_t BucketNumber(int64_t value) { return value > 0 ? 1 + (value - 1) / kBits : value / kBits; }
int64_t BitPosition(int64_t value) { return value > 0 ? (value - 1) % kBits : -(value % kBits); }

int64_t CountBits(Binary bitmap) {
  int64_t count = 0;
  for (char byte : bitmap.bytes) count += std::popcount(static_cast<uint8_t>(byte));
  return count;
}

Result<ExprPtr> Collected(const char* kernel, char letter, bool distinct, Call&& call, const RewriteContext& context) {
  ExprPtr value = sql::MakeExpr(DuckCall(std::string("firn$as_") + letter, std::move(call.args[0].value)));
  Call list = DuckCall("list", std::move(value));
  call.distinct = call.distinct || distinct;
  MoveModifiers(call, list);
  return sql::MakeExpr(DuckCall(kernel, sql::MakeExpr(std::move(list))), context.at);
}
Result<ExprPtr> ConstructAgg(Call&& call, const RewriteContext& context) {
  return Collected("firn$bitmap_of", 't', true, std::move(call), context);
}
Result<ExprPtr> OrAgg(Call&& call, const RewriteContext& context) {
  return Collected("firn$bitmap_or", 'y', false, std::move(call), context);
}

template <class F>
BoundExpr OverList(const char* identity, BindCall& call, F f) {
  std::vector<BoundExpr> args;
  args.push_back(call.Take(0));
  return Kernel(identity, LogicalType::BLOB, std::move(args), MapListTexts<std::string>(f));
}
BoundNode BindBitmapOf(BindCall& call) {
  return OverList("firn bitmap of", call, [](const std::vector<std::string_view>& positions) {
    std::string out;
    for (std::string_view text : positions) {
      ParsedNumber number;
      bool known = ParseNumber(text, &number) == ParseOutcome::kOk && number.scale == 0;
      if (!known || number.digits < 0 || number.digits >= kBits)
        Raise(errors::kInvalidValue, {std::string(text), "bit position"});
      auto bit = static_cast<size_t>(number.digits);
      if (out.size() <= bit / 8) out.resize(bit / 8 + 1);
      out[bit / 8] = static_cast<char>(out[bit / 8] | 1 << (bit % 8));
    }
    return out;
  });
}
BoundNode BindBitmapOr(BindCall& call) {
  return OverList("firn bitmap or", call, [](const std::vector<std::string_view>& bitmaps) {
    std::string out;
    for (std::string_view bitmap : bitmaps) {
      if (out.size() < bitmap.size()) out.resize(bitmap.size());
      for (size_t i = 0; i < bitmap.size(); ++i) out[i] = static_cast<char>(out[i] | bitmap[i]);
    }
    return out;
  });
}

constexpr std::array kKernels = {
    OperatorRow{"firn$bitmap_of", BindBitmapOf},
    OperatorRow{"firn$bitmap_or", BindBitmapOr},
};

// clang-format off
constexpr std::array kBitmap = {
    Function{"BITMAP_BIT_POSITION", "value", Native{Rows<BitPosition>}, "BITMAP_BIT_POSITION(32769)", "0", "functions/bitmap_bit_position"},
    Function{"BITMAP_BUCKET_NUMBER", "value", Native{Rows<BucketNumber>}, "BITMAP_BUCKET_NUMBER(32769)", "2", "functions/bitmap_bucket_number"},
    Function{"BITMAP_COUNT", "bitmap", Native{Rows<CountBits>}, "BITMAP_COUNT(X'0103')", "3", "functions/bitmap_count"},
};
constexpr std::array kBitmapAggregate = {
    Function{"BITMAP_CONSTRUCT_AGG", "position", Rewrite{ConstructAgg}, "BITMAP_COUNT(BITMAP_CONSTRUCT_AGG(7))", "1", "functions/bitmap_construct_agg"},
    Function{"BITMAP_OR_AGG", "bitmap", Rewrite{OrAgg}, "BITMAP_COUNT(BITMAP_OR_AGG(X'0103'))", "3", "functions/bitmap_or_agg"},
};
// clang-format on

}  // namespace

std::span<const OperatorRow> BitmapKernels() { return kKernels; }
std::span<const Function> BitmapFunctions() { return kBitmap; }
std::span<const Function> BitmapAggregates() { return kBitmapAggregate; }

}  // namespace firn::functions

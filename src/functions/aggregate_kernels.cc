// What stands around DuckDB's aggregates: the quotient of AVG, lists made into ARRAY and OBJECT; and the statement's
// start as a timestamp.
#include <algorithm>
#include <array>

#include "functions/cast.h"
#include "functions/fixed.h"
#include "functions/operators.h"
#include "functions/variant_text.h"

namespace firn::functions {

namespace {

BoundNode BindAverage(BindCall& call) { return Divide(call.context, call.Take(0), call.Take(1)); }
BoundNode BindAverageOver(BindCall& call) {
  BoundExpr sum = call.Take(0);
  int scale = ShapeOf(sum->return_type) == Shape::kNumber ? DigitsOf(sum->return_type).scale : 0;
  return Divide(call.context, std::move(sum), call.Take(1), std::max(scale, std::min(scale + 3, 12)));
}

/// `join(texts of a list)` for each row; a NULL list counts as empty.
template <class F>
BoundExpr JoinList(const char* identity, BoundExpr list, LogicalType type, F join) {
  std::vector<BoundExpr> args;
  args.push_back(std::move(list));
  auto run = [join](duckdb::DataChunk& in, duckdb::ExpressionState&, duckdb::Vector& out) {
    Column<std::optional<duckdb::list_entry_t>> lists(in.data[0], in.size());
    auto& child = duckdb::ListVector::GetEntry(in.data[0]);
    Column<std::optional<std::string_view>> items(child, duckdb::ListVector::GetListSize(in.data[0]));
    RunRows<std::string>(out, in.size(), lists.constant(), [&](duckdb::idx_t row) -> std::optional<std::string> {
      std::vector<std::string_view> texts;
      auto list_entry = lists.Get(row).value_or(duckdb::list_entry_t{0, 0});
      for (duckdb::idx_t i = 0; i < list_entry.length; ++i) {
        if (auto text = items.Get(list_entry.offset + i)) texts.push_back(*text);
      }
      return join(texts);
    });
  };
  return Kernel(identity, std::move(type), std::move(args), run, {.sees_nulls = true});
}

BoundNode BindListToArray(BindCall& call) {
  return JoinList("firn list to array", call.Take(0), ArrayType(),
                  [](const std::vector<std::string_view>& texts) { return ArrayText(texts); });
}

BoundNode BindMergeObjects(BindCall& call) {
  return JoinList("firn merge objects", call.Take(0), ObjectType(), [](const std::vector<std::string_view>& texts) {
    std::vector<std::pair<std::string, std::string_view>> members;
    for (std::string_view text : texts) {
      for (auto& member : MembersOf(text)) members.push_back(std::move(member));
    }
    std::stable_sort(members.begin(), members.end(), [](auto& a, auto& b) { return a.first < b.first; });
    for (size_t i = 1; i < members.size(); ++i) {
      if (members[i].first == members[i - 1].first) Raise(errors::kDuplicateKey, {members[i].first});
    }
    return ObjectText(std::move(members));
  });
}

BoundNode BindInstant(BindCall& call) {
  return Constant(Value::TIMESTAMPTZ(duckdb::timestamp_tz_t(ConstantInt(call, 0))));
}
BoundNode BindUtc(BindCall& call) { return Constant(Value::TIMESTAMP(duckdb::timestamp_t(ConstantInt(call, 0)))); }

constexpr std::array kKernels = {
    OperatorRow{"firn$average", BindAverage},           OperatorRow{"firn$average_over", BindAverageOver},
    OperatorRow{"firn$instant", BindInstant},           OperatorRow{"firn$list_to_array", BindListToArray},
    OperatorRow{"firn$merge_objects", BindMergeObjects}, OperatorRow{"firn$utc", BindUtc},
};

}  // namespace

std::span<const OperatorRow> AggregateKernels() { return kKernels; }

}  // namespace firn::functions

// What stands around DuckDB's aggregates: the quotient of AVG, lists made into ARRAY and OBJECT; and the statement's
// start as a timestamp.
#include <algorithm>
#include <array>
#include <map>

#include "functions/cast.h"
#include "functions/fixed.h"
#include "functions/hash_mix.h"
#include "functions/list_texts.h"
#include "functions/operators.h"
#include "functions/order.h"
#include "functions/variant_text.h"

namespace firn::functions {

namespace {

BoundNode BindAverage(BindCall& call) { return Divide(call.context, call.Take(0), call.Take(1)); }
BoundNode BindAverageOver(BindCall& call) {
  BoundExpr sum = call.Take(0);
  int scale = ShapeOf(sum->return_type) == Shape::kNumber ? DigitsOf(sum->return_type).scale : 0;
  return Divide(call.context, std::move(sum), call.Take(1), std::max(scale, std::min(scale + 3, 12)));
}

BoundExpr JoinList(const char* identity, BoundExpr list, LogicalType type, duckdb::scalar_function_t run) {
  std::vector<BoundExpr> args;
  args.push_back(std::move(list));
  return Kernel(identity, std::move(type), std::move(args), std::move(run), {.sees_nulls = true});
}

BoundNode BindListToArray(BindCall& call) {
  return JoinList("firn list to array", call.Take(0), ArrayType(), MapListTexts<std::string>(ArrayText));
}

BoundNode BindMergeObjects(BindCall& call) {
  auto merge = [](const std::vector<std::string_view>& texts) {
    std::vector<std::pair<std::string, std::string_view>> members;
    for (std::string_view text : texts) {
      for (auto& member : MembersOf(text)) members.push_back(std::move(member));
    }
    std::stable_sort(members.begin(), members.end(), [](auto& a, auto& b) { return a.first < b.first; });
    for (size_t i = 1; i < members.size(); ++i) {
      if (members[i].first == members[i - 1].first) Raise(errors::kDuplicateKey, {members[i].first});
    }
    return ObjectText(std::move(members));
  };
  return JoinList("firn merge objects", call.Take(0), ObjectType(), MapListTexts<std::string>(merge));
}

BoundNode BindUniteArrays(BindCall& call) {
  auto unite = [](const std::vector<std::string_view>& arrays) {
    std::vector<std::string_view> out;
    for (std::string_view array : arrays) {
      auto items = ItemsOf(array);
      auto rest = out;
      for (std::string_view item : items) {
        auto found = std::find(rest.begin(), rest.end(), item);
        if (found == rest.end())
          out.push_back(item);
        else
          rest.erase(found);
      }
    }
    return ArrayText(out);
  };
  return JoinList("firn unite arrays", call.Take(0), ArrayType(), MapListTexts<std::string>(unite));
}

BoundNode BindTopValues(BindCall& call) {
  int64_t most = ConstantInt(call, 1);
  if (most < 1) Raise(errors::kInvalidValue, {std::to_string(most), "APPROX_TOP_K"});
  auto count = [most](const std::vector<std::string_view>& values) {
    std::map<std::string_view, int64_t> counts;
    for (std::string_view value : values) ++counts[value];
    std::vector<std::pair<std::string_view, int64_t>> ordered(counts.begin(), counts.end());
    std::stable_sort(ordered.begin(), ordered.end(), [](auto& a, auto& b) { return a.second > b.second; });
    std::string out = "[";
    for (size_t i = 0; i < ordered.size() && static_cast<int64_t>(i) < most; ++i) {
      out += (i > 0 ? ",[" : "[") + std::string(ordered[i].first) + "," + std::to_string(ordered[i].second) + "]";
    }
    return out + "]";
  };
  return JoinList("firn top values", call.Take(0), ArrayType(), MapListTexts<std::string>(count));
}

/// The hash of no rows is 0.
BoundNode BindHashOfSum(BindCall& call) {
  std::vector<BoundExpr> args;
  args.push_back(DuckCast(call.context, call.Take(0), LogicalType::HUGEINT));
  auto run = MapRows<int64_t, std::optional<int128>>([](std::optional<int128> sum) {
    return sum ? static_cast<int64_t>(Mix(static_cast<uint64_t>(*sum))) : int64_t{0};
  });
  return Kernel("firn hash of sum", LogicalType::BIGINT, std::move(args), std::move(run), {.sees_nulls = true});
}

/// DuckDB's NaN of a correlation without spread is NULL.
BoundNode BindNoNan(BindCall& call) {
  std::vector<BoundExpr> args;
  args.push_back(call.Take(0));
  return Kernel("firn no nan", LogicalType::DOUBLE, std::move(args),
                MapRows<std::optional<double>, double>([](double value) -> std::optional<double> {
                  if (value != value) return std::nullopt;
                  return value;
                }));
}

BoundNode BindInstant(BindCall& call) {
  return Constant(Value::TIMESTAMPTZ(duckdb::timestamp_tz_t(ConstantInt(call, 0))));
}
BoundNode BindUtc(BindCall& call) { return Constant(Value::TIMESTAMP(duckdb::timestamp_t(ConstantInt(call, 0)))); }

BoundNode BindOrderKey(BindCall& call) { return OrderKey(call.context, call.Take(0)); }

constexpr std::array kKernels = {
    OperatorRow{"firn$average", BindAverage},
    OperatorRow{"firn$average_over", BindAverageOver},
    OperatorRow{"firn$hash_of_sum", BindHashOfSum},
    OperatorRow{"firn$instant", BindInstant},
    OperatorRow{"firn$list_to_array", BindListToArray},
    OperatorRow{"firn$merge_objects", BindMergeObjects},
    OperatorRow{"firn$no_nan", BindNoNan},
    OperatorRow{"firn$order_key", BindOrderKey},
    OperatorRow{"firn$top_values", BindTopValues},
    OperatorRow{"firn$unite_arrays", BindUniteArrays},
    OperatorRow{"firn$utc", BindUtc},
};

}  // namespace

std::span<const OperatorRow> AggregateKernels() { return kKernels; }

}  // namespace firn::functions

// Made-up data: docs.snowflake.com/en/sql-reference/functions-data-generation. Values come from a counter of the
// statement through a mixing function; the counter's seed is random unless given.
#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>

#include "base/ids.h"
#include "functions/families.h"
#include "functions/hash_mix.h"
#include "functions/rows.h"

namespace firn::functions {

namespace {

using Counter = std::shared_ptr<std::atomic<uint64_t>>;
Counter MakeCounter(uint64_t start) { return std::make_shared<std::atomic<uint64_t>>(start); }

BoundNode BindRandom(BindCall& call) {
  bool seeded = call.size() == 1;
  uint64_t seed = Mix(seeded ? static_cast<uint64_t>(ConstantInt(call, 0)) : RandomU64());
  Counter counter = MakeCounter(0);
  return Kernel("firn random " + std::to_string(seed), LogicalType::BIGINT, {},
                MapRows<int64_t>([=]() { return static_cast<int64_t>(Mix(seed + counter->fetch_add(1))); }, false),
                {.volatile_result = true});
}

/// Counts rows from 0, wrapping as an integer of so many bytes does.
template <int Bytes>
BoundNode BindSequence(BindCall& call) {
  bool is_signed = call.size() == 1 && ConstantInt(call, 0) == 1;
  Counter counter = MakeCounter(0);
  int bits = Bytes * 8 - (is_signed ? 1 : 0);
  uint64_t mask = bits >= 63 ? ~uint64_t{0} >> 1 : (uint64_t{1} << bits) - 1;
  return Kernel("firn sequence", LogicalType::BIGINT, {},
                MapRows<int64_t>([=]() { return static_cast<int64_t>(counter->fetch_add(1) & mask); }, false),
                {.volatile_result = true});
}

double UnitOf(int64_t value) { return static_cast<double>(Mix(static_cast<uint64_t>(value)) >> 11) * 0x1.0p-53; }

int64_t UniformInteger(int64_t low, int64_t high, int64_t from) {
  if (high < low) Raise(errors::kInvalidValue, {std::to_string(high), "UNIFORM"});
  uint64_t width = static_cast<uint64_t>(high) - static_cast<uint64_t>(low) + 1;
  uint64_t value = Mix(static_cast<uint64_t>(from));
  return static_cast<int64_t>(static_cast<uint64_t>(low) + (width == 0 ? value : value % width));
}
double UniformDouble(double low, double high, int64_t from) { return low + (high - low) * UnitOf(from); }
BoundNode BindUniform(BindCall& call) {
  auto whole = [&](size_t i) { return ShapeOf(call.Type(i)) == Shape::kNumber && DigitsOf(call.Type(i)).scale == 0; };
  return whole(0) && whole(1) ? Rows<UniformInteger>(call) : Rows<UniformDouble>(call);
}

double Normal(double mean, double deviation, int64_t from) {
  // Box and Muller.
  double u = UnitOf(from), v = UnitOf(static_cast<int64_t>(Mix(static_cast<uint64_t>(from))));
  return mean + deviation * std::sqrt(-2 * std::log(1 - u)) * std::cos(6.283185307179586 * v);
}

std::string RandomText(int64_t length, int64_t from) {
  constexpr std::string_view kLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  if (length < 0 || length > (1 << 20)) Raise(errors::kInvalidValue, {std::to_string(length), "RANDSTR"});
  std::string out;
  uint64_t state = static_cast<uint64_t>(from);
  for (int64_t i = 0; i < length; ++i) out += kLetters[Mix(state += 0x9e3779b97f4a7c15ull) % kLetters.size()];
  return out;
}

/// 1 … count, each as likely as 1 / number^exponent; both are constants.
BoundNode BindZipf(BindCall& call) {
  auto exponent = ConstantOf(call.context, *call.args[0]);
  int64_t count = ConstantInt(call, 1);
  constexpr int64_t kMost = 16'777'215;
  if (!exponent || exponent->IsNull() || count < 1 || count > kMost) call.BadTypes();
  double power = exponent->DefaultCastAs(LogicalType::DOUBLE).GetValue<double>();
  auto sums = std::make_shared<std::vector<double>>();
  double sum = 0;
  for (int64_t i = 1; i <= count; ++i) sums->push_back(sum += std::pow(static_cast<double>(i), -power));
  std::vector<BoundExpr> args;
  args.push_back(ToInteger(call.context, Plain(call.context, call.Take(2)), OnFailure::kRaise));
  return Kernel("firn zipf " + std::to_string(power) + " " + std::to_string(count), LogicalType::BIGINT,
                std::move(args), MapRows<int64_t, int64_t>([sums](int64_t from) {
                  auto at = std::upper_bound(sums->begin(), sums->end() - 1, UnitOf(from) * sums->back());
                  return at - sums->begin() + int64_t{1};
                }));
}

BoundNode BindUuid(BindCall& call) {
  if (call.size() == 0) {
    return Kernel("firn uuid", LogicalType::VARCHAR, {}, MapRows<std::string>([]() { return NewUuid(); }, false),
                  {.volatile_result = true});
  }
  if (call.size() != 2) call.BadTypes();
  std::vector<BoundExpr> args;
  for (size_t i : {size_t{0}, size_t{1}}) args.push_back(ToText(call.context, call.Take(i)));
  return Kernel(
      "firn uuid5", LogicalType::VARCHAR, std::move(args),
      MapRows<std::string, std::string_view, std::string_view>([](std::string_view space, std::string_view name) {
        auto uuid = UuidOfName(space, name);
        if (!uuid) Raise(errors::kInvalidValue, {std::string(space), "UUID_STRING"});
        return *uuid;
      }));
}

// clang-format off
constexpr std::array kGeneration = {
    Function{"NORMAL", "mean, deviation, from", Native{Rows<Normal>}, "NORMAL(0, 1, 7) = NORMAL(0, 1, 7)", "true", "functions/normal"},
    Function{"RANDOM", "[seed]", Native{BindRandom}, "", "", "functions/random"},
    Function{"RANDSTR", "length, from", Native{Rows<RandomText>}, "LENGTH(RANDSTR(5, 1234))", "5", "functions/randstr"},
    Function{"SEQ1", "[sign]", Native{BindSequence<1>}, "SEQ1()", "0", "functions/seq1"},
    Function{"SEQ2", "[sign]", Native{BindSequence<2>}, "SEQ2()", "0", "functions/seq1"},
    Function{"SEQ4", "[sign]", Native{BindSequence<4>}, "SEQ4()", "0", "functions/seq1"},
    Function{"SEQ8", "[sign]", Native{BindSequence<8>}, "SEQ8()", "0", "functions/seq1"},
    Function{"UNIFORM", "low, high, from", Native{BindUniform}, "UNIFORM(1, 1, 1234)", "1", "functions/uniform"},
    Function{"UUID_STRING", "[space, name]", Native{BindUuid}, "UUID_STRING('fe971b24-9572-4005-b22f-351e9c09274d', 'foo')", "dc0b6f65-fca6-5b4b-9d37-ccc3fde1f3e2", "functions/uuid_string"},
    Function{"ZIPF", "exponent, count, from", Native{BindZipf}, "ZIPF(1, 1, 1234)", "1", "functions/zipf"},
};
// clang-format on

}  // namespace

std::span<const Function> GenerationFunctions() { return kGeneration; }

}  // namespace firn::functions

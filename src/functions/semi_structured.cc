// Arrays and objects: docs.snowflake.com/en/sql-reference/functions-semistructured
#include "functions/semi_structured.h"

#include <algorithm>
#include <array>
#include <set>

#include "functions/families.h"
#include "functions/operators.h"
#include "functions/rows.h"
#include "functions/tree.h"
#include "functions/variant_text.h"

namespace firn::functions {

namespace {

constexpr std::string_view kUndefined = "undefined";

BoundNode BindGet(BindCall& call) { return GetItem(call.context, call.Take(0), call.Take(1)); }

std::optional<VariantText> Slice(std::optional<std::string_view> found) {
  if (!found) return std::nullopt;
  return VariantText{std::string(*found)};
}
std::optional<VariantText> GetIgnoreCase(Variant value, std::string_view key) {
  auto found = MemberOf(value.text, key);
  return Slice(found ? found : MemberOf(value.text, key, true));
}
std::optional<VariantText> GetPath(Variant value, std::string_view path) {
  auto found = FollowPath(value.text, path);
  if (!found.ok()) Raise(found.error());
  return Slice(*found);
}
std::optional<std::string> JsonExtractPathText(Variant value, std::string_view path) {
  std::string_view text = value.text;
  // The first argument is JSON text rather than a VARIANT.
  std::string parsed;
  if (KindOfVariant(text) == VariantKind::kString) {
    auto canonical = CanonicalJson(Unquoted(text));
    if (!canonical.ok()) Raise(canonical.error());
    if (!*canonical) return std::nullopt;
    parsed = **canonical;
    text = parsed;
  }
  auto found = FollowPath(text, path);
  if (!found.ok()) Raise(found.error());
  return *found ? VariantToText(**found) : std::nullopt;
}

std::string_view OrUndefined(const std::optional<Variant>& value) { return value ? value->text : kUndefined; }

ArrayOut ArrayAppend(Array array, std::optional<Variant> value) {
  auto items = ItemsOf(array.text);
  items.push_back(OrUndefined(value));
  return {ArrayText(items)};
}
ArrayOut ArrayPrepend(Array array, std::optional<Variant> value) {
  auto items = ItemsOf(array.text);
  items.insert(items.begin(), OrUndefined(value));
  return {ArrayText(items)};
}
ArrayOut ArrayCat(Array a, Array b) {
  auto items = ItemsOf(a.text);
  for (std::string_view item : ItemsOf(b.text)) items.push_back(item);
  return {ArrayText(items)};
}
ArrayOut ArrayCompact(Array array) {
  auto items = ItemsOf(array.text);
  std::erase(items, kUndefined);
  std::erase(items, "null");
  return {ArrayText(items)};
}
BoundNode BindArrayConstruct(BindCall& call) { return MakeArray(call.context, std::move(call.args)); }
BoundNode BindArrayConstructCompact(BindCall& call) {
  std::vector<BoundExpr> args;
  args.push_back(MakeArray(call.context, std::move(call.args)));
  return Kernel("firn array_compact", ArrayType(), std::move(args), MapRows<ArrayOut, Array>(ArrayCompact));
}
std::optional<bool> ArrayContains(std::optional<Variant> value, Array array) {
  auto items = ItemsOf(array.text);
  bool has_undefined = std::find(items.begin(), items.end(), kUndefined) != items.end();
  if (!value) return has_undefined ? std::optional(true) : std::nullopt;
  return std::find(items.begin(), items.end(), value->text) != items.end();
}
ArrayOut ArrayDistinct(Array array) {
  std::vector<std::string_view> out;
  for (std::string_view item : ItemsOf(array.text)) {
    if (std::find(out.begin(), out.end(), item) == out.end()) out.push_back(item);
  }
  return {ArrayText(out)};
}
/// Multisets: each item of b takes away one equal item of a.
ArrayOut ArrayExcept(Array a, Array b) {
  auto rest = ItemsOf(b.text);
  std::vector<std::string_view> out;
  for (std::string_view item : ItemsOf(a.text)) {
    auto found = std::find(rest.begin(), rest.end(), item);
    if (found == rest.end())
      out.push_back(item);
    else
      rest.erase(found);
  }
  return {ArrayText(out)};
}
ArrayOut ArrayIntersection(Array a, Array b) {
  auto rest = ItemsOf(b.text);
  std::vector<std::string_view> out;
  for (std::string_view item : ItemsOf(a.text)) {
    auto found = std::find(rest.begin(), rest.end(), item);
    if (found == rest.end()) continue;
    out.push_back(item);
    rest.erase(found);
  }
  return {ArrayText(out)};
}
std::optional<ArrayOut> ArrayFlatten(Array array) {
  std::vector<std::string_view> out;
  for (std::string_view item : ItemsOf(array.text)) {
    if (item == kUndefined || item == "null") return std::nullopt;
    if (KindOfVariant(item) != VariantKind::kArray) Raise(errors::kVariantCast, {Shown(item), "ARRAY"});
    for (std::string_view inner : ItemsOf(item)) out.push_back(inner);
  }
  return ArrayOut{ArrayText(out)};
}
ArrayOut ArrayGenerateRange(int64_t from, int64_t to, int64_t step) {
  if (step == 0) Raise(errors::kInvalidValue, {"0", "step"});
  std::string out = "[";
  constexpr int64_t kMost = 10'000'000;
  if ((to - from) / step > kMost) Raise(errors::kLimit, {"ARRAY_GENERATE_RANGE", std::to_string(kMost), "items"});
  for (int64_t i = from; step > 0 ? i < to : i > to; i += step) {
    if (out.size() > 1) out += ',';
    out += std::to_string(i);
  }
  return {out + "]"};
}
ArrayOut ArrayInsert(Array array, int64_t position, std::optional<Variant> value) {
  auto items = ItemsOf(array.text);
  auto size = static_cast<int64_t>(items.size());
  int64_t at = position < 0 ? std::max<int64_t>(0, size + position) : position;
  if (at > 1'000'000) Raise(errors::kInvalidValue, {std::to_string(position), "position"});
  while (static_cast<int64_t>(items.size()) < at) items.push_back(kUndefined);
  items.insert(items.begin() + at, OrUndefined(value));
  return {ArrayText(items)};
}

std::vector<std::string_view> Present(Array array) {
  auto items = ItemsOf(array.text);
  std::erase(items, kUndefined);
  std::erase(items, "null");
  return items;
}
std::optional<VariantText> ArrayMax(Array array) {
  auto items = Present(array);
  if (items.empty()) return std::nullopt;
  return VariantText{std::string(*std::max_element(items.begin(), items.end(), VariantLess))};
}
std::optional<VariantText> ArrayMin(Array array) {
  auto items = Present(array);
  if (items.empty()) return std::nullopt;
  return VariantText{std::string(*std::min_element(items.begin(), items.end(), VariantLess))};
}
std::optional<int64_t> ArrayPosition(std::optional<Variant> value, Array array) {
  auto items = ItemsOf(array.text);
  auto found = std::find(items.begin(), items.end(), OrUndefined(value));
  if (found == items.end()) return std::nullopt;
  return found - items.begin();
}
ArrayOut ArrayRemove(Array array, Variant value) {
  auto items = ItemsOf(array.text);
  std::erase(items, value.text);
  return {ArrayText(items)};
}
ArrayOut ArrayRemoveAt(Array array, int64_t position) {
  auto items = ItemsOf(array.text);
  auto size = static_cast<int64_t>(items.size());
  int64_t at = position < 0 ? size + position : position;
  if (at >= 0 && at < size) items.erase(items.begin() + at);
  return {ArrayText(items)};
}
ArrayOut ArrayReverse(Array array) {
  auto items = ItemsOf(array.text);
  std::reverse(items.begin(), items.end());
  return {ArrayText(items)};
}
std::optional<int64_t> ArraySize(Variant array) {
  if (KindOfVariant(array.text) != VariantKind::kArray) return std::nullopt;
  return static_cast<int64_t>(ItemsOf(array.text).size());
}
ArrayOut ArraySlice(Array array, int64_t from, int64_t to) {
  auto items = ItemsOf(array.text);
  auto size = static_cast<int64_t>(items.size());
  auto place = [size](int64_t at) { return std::clamp<int64_t>(at < 0 ? size + at : at, 0, size); };
  int64_t begin = place(from), end = std::max(begin, place(to));
  return {ArrayText({items.begin() + begin, items.begin() + end})};
}
ArrayOut ArraySort(Array array, bool ascending, std::optional<bool> nulls_first) {
  auto items = ItemsOf(array.text);
  auto nulls = std::stable_partition(items.begin(), items.end(), [](auto item) { return item != kUndefined; });
  std::vector<std::string_view> missing(nulls, items.end());
  items.erase(nulls, items.end());
  std::stable_sort(items.begin(), items.end(),
                   [&](auto a, auto b) { return ascending ? VariantLess(a, b) : VariantLess(b, a); });
  bool first = nulls_first.value_or(!ascending);
  items.insert(first ? items.begin() : items.end(), missing.begin(), missing.end());
  return {ArrayText(items)};
}
std::string ArrayToString(Array array, std::string_view separator) {
  std::string out;
  bool first = true;
  for (std::string_view item : ItemsOf(array.text)) {
    if (!first) out += separator;
    first = false;
    out += VariantToText(item).value_or("");
  }
  return out;
}
bool ArraysOverlap(Array a, Array b) {
  auto items = ItemsOf(b.text);
  for (std::string_view item : ItemsOf(a.text)) {
    if (std::find(items.begin(), items.end(), item) != items.end()) return true;
  }
  return false;
}
ObjectOut ArraysToObject(Array keys, Array values) {
  auto names = ItemsOf(keys.text), items = ItemsOf(values.text);
  if (names.size() != items.size()) Raise(errors::kInvalidValue, {"arrays of different lengths", "ARRAYS_TO_OBJECT"});
  std::vector<std::pair<std::string, std::string_view>> members;
  for (size_t i = 0; i < names.size(); ++i) {
    auto name = VariantToText(names[i]);
    if (name && items[i] != kUndefined) members.emplace_back(*name, items[i]);
  }
  return {ObjectText(std::move(members))};
}

/// Objects {"$1": …, "$2": …} of the items at one place; shorter arrays end in null.
BoundNode BindArraysZip(BindCall& call) {
  for (auto& arg : call.args) arg = CoerceFor<Array>(call, static_cast<size_t>(&arg - call.args.data()));
  auto run = MapTexts<std::optional<std::string>>(
      [](const std::vector<std::optional<std::string_view>>& texts) -> std::optional<std::string> {
        std::vector<std::vector<std::string_view>> arrays;
        size_t longest = 0;
        for (const auto& text : texts) {
          if (!text) return std::nullopt;
          arrays.push_back(ItemsOf(*text));
          longest = std::max(longest, arrays.back().size());
        }
        std::string out = "[";
        for (size_t at = 0; at < longest; ++at) {
          std::vector<std::pair<std::string, std::string_view>> members;
          for (size_t i = 0; i < arrays.size(); ++i) {
            bool missing = at >= arrays[i].size() || arrays[i][at] == kUndefined;
            members.emplace_back("$" + std::to_string(i + 1), missing ? "null" : arrays[i][at]);
          }
          out += (at > 0 ? "," : "") + ObjectText(std::move(members));
        }
        return out + "]";
      });
  return Kernel("firn arrays_zip", ArrayType(), std::move(call.args), std::move(run), {.sees_nulls = true});
}

/// OBJECT_CONSTRUCT(*) takes the columns' names as keys.
template <bool KeepNull>
Result<sql::ExprPtr> ObjectConstruct(sql::Call&& call, const RewriteContext& context) {
  bool star = call.star || (call.args.size() == 1 && call.args[0].value->As<sql::Star>() != nullptr);
  std::vector<sql::ExprPtr> args;
  for (auto& arg : call.args) args.push_back(std::move(arg.value));
  if (star && args.empty()) args.push_back(sql::MakeExpr(sql::Star{}));
  const char* name = KeepNull ? "firn$object_keep_null" : "firn$object";
  if (!star) return sql::MakeExpr(DuckCall(name, std::move(args)), context.at);
  return DuckText("\"" + std::string(name) + "_of_row\"(struct_pack(*COLUMNS({0})))", std::move(args));
}

/// (object, key, ...): without those keys, or only with those.
BoundExpr FilterKeys(BindCall& call, bool keep) {
  // OBJECT_PICK may name its keys in one array.
  bool array = call.size() == 2 && IsSemi(ShapeOf(call.Type(1)));
  call.args[0] = ToObject(call.context, Plain(call.context, call.Take(0)), OnFailure::kRaise);
  for (size_t i = 1; i < call.size(); ++i) {
    if (!array) call.args[i] = ToText(call.context, Plain(call.context, call.Take(i)));
  }
  auto run = MapTexts<std::optional<std::string>>(
      [=](const std::vector<std::optional<std::string_view>>& texts) -> std::optional<std::string> {
        if (!texts[0]) return std::nullopt;
        std::set<std::string> keys;
        for (size_t i = 1; i < texts.size(); ++i) {
          if (!texts[i]) continue;
          if (!array) keys.emplace(*texts[i]);
          for (std::string_view item : array ? ItemsOf(*texts[i]) : std::vector<std::string_view>()) {
            keys.insert(VariantToText(item).value_or(""));
          }
        }
        auto members = MembersOf(*texts[0]);
        std::erase_if(members, [&](const auto& member) { return keys.contains(member.first) != keep; });
        return ObjectText(std::move(members));
      });
  return Kernel(std::string("firn filter keys ") + (keep ? "k" : "d") + (array ? "a" : ""), ObjectType(),
                std::move(call.args), std::move(run), {.sees_nulls = true});
}
BoundNode BindObjectDelete(BindCall& call) { return FilterKeys(call, false); }
BoundNode BindObjectPick(BindCall& call) { return FilterKeys(call, true); }

std::optional<ObjectOut> ObjectInsert(Object object, std::string_view key, std::optional<Variant> value,
                                      std::optional<bool> update) {
  auto members = MembersOf(object.text);
  auto found = std::find_if(members.begin(), members.end(), [&](auto& member) { return member.first == key; });
  if (found != members.end()) {
    if (!update.value_or(false)) Raise(errors::kDuplicateKey, {std::string(key)});
    members.erase(found);
  }
  if (value) members.emplace_back(std::string(key), value->text);
  return ObjectOut{ObjectText(std::move(members))};
}
std::optional<ArrayOut> ObjectKeys(Variant object) {
  if (KindOfVariant(object.text) != VariantKind::kObject) return std::nullopt;
  std::vector<std::string_view> keys;
  ForEachMember(object.text, [&](std::string_view key, std::string_view) {
    keys.push_back(key);
    return true;
  });
  return ArrayOut{ArrayText(keys)};
}
std::optional<VariantText> StripNullValue(Variant value) {
  if (KindOfVariant(value.text) == VariantKind::kNull) return std::nullopt;
  return VariantText{std::string(value.text)};
}

// clang-format off
constexpr std::array kSemiStructured = {
    Function{"ARRAYS_OVERLAP", "a, b", Native{Rows<ArraysOverlap>}, "ARRAYS_OVERLAP(ARRAY_CONSTRUCT('hello', 'aloha'), ARRAY_CONSTRUCT('hello', 'hi', 'hey'))", "true", "functions/arrays_overlap"},
    Function{"ARRAYS_TO_OBJECT", "keys, values", Native{Rows<ArraysToObject>}, "ARRAYS_TO_OBJECT(['key1', 'key2', 'key3'], [1, 2, 3])", "{\"key1\":1,\"key2\":2,\"key3\":3}", "functions/arrays_to_object"},
    Function{"ARRAYS_ZIP", "array, ...", Native{BindArraysZip}, "ARRAYS_ZIP([1, 2], [10, 20])", "[{\"$1\":1,\"$2\":10},{\"$1\":2,\"$2\":20}]", "functions/arrays_zip"},
    Function{"ARRAY_APPEND", "array, value", Native{Rows<ArrayAppend>}, "ARRAY_APPEND(ARRAY_CONSTRUCT(1, 2, 3), 'HELLO')", "[1,2,3,\"HELLO\"]", "functions/array_append"},
    Function{"ARRAY_CAT", "a, b", Native{Rows<ArrayCat>}, "ARRAY_CAT(ARRAY_CONSTRUCT(1, 2), ARRAY_CONSTRUCT(3, 4))", "[1,2,3,4]", "functions/array_cat"},
    Function{"ARRAY_COMPACT", "array", Native{Rows<ArrayCompact>}, "ARRAY_COMPACT([1, NULL, 3])", "[1,3]", "functions/array_compact"},
    Function{"ARRAY_CONSTRUCT", "[value,] ...", Native{BindArrayConstruct}, "ARRAY_CONSTRUCT(10, 20, NULL, 'x')", "[10,20,undefined,\"x\"]", "functions/array_construct"},
    Function{"ARRAY_CONSTRUCT_COMPACT", "[value,] ...", Native{BindArrayConstructCompact}, "ARRAY_CONSTRUCT_COMPACT(NULL, 'hello', 3, NULL)", "[\"hello\",3]", "functions/array_construct_compact"},
    Function{"ARRAY_CONTAINS", "value, array", Native{Rows<ArrayContains>}, "ARRAY_CONTAINS('hello'::VARIANT, ARRAY_CONSTRUCT('hello', 'hi'))", "true", "functions/array_contains"},
    Function{"ARRAY_DISTINCT", "array", Native{Rows<ArrayDistinct>}, "ARRAY_DISTINCT(['A', 'A', 'B', NULL, NULL])", "[\"A\",\"B\",undefined]", "functions/array_distinct"},
    Function{"ARRAY_EXCEPT", "a, b", Native{Rows<ArrayExcept>}, "ARRAY_EXCEPT(['A', 'B', 'B', 'C'], ['B'])", "[\"A\",\"B\",\"C\"]", "functions/array_except"},
    Function{"ARRAY_FLATTEN", "array", Native{Rows<ArrayFlatten>}, "ARRAY_FLATTEN([[1, 2, 3], [4], [5, 6]])", "[1,2,3,4,5,6]", "functions/array_flatten"},
    Function{"ARRAY_GENERATE_RANGE", "from, to [, step = 1]", Native{Rows<ArrayGenerateRange>}, "ARRAY_GENERATE_RANGE(5, 25, 10)", "[5,15]", "functions/array_generate_range"},
    Function{"ARRAY_INSERT", "array, position, value", Native{Rows<ArrayInsert>}, "ARRAY_INSERT(ARRAY_CONSTRUCT(0,1,2,3), 5, 'hello')", "[0,1,2,3,undefined,\"hello\"]", "functions/array_insert"},
    Function{"ARRAY_INTERSECTION", "a, b", Native{Rows<ArrayIntersection>}, "ARRAY_INTERSECTION(ARRAY_CONSTRUCT('A', 'B'), ARRAY_CONSTRUCT('B', 'C'))", "[\"B\"]", "functions/array_intersection"},
    Function{"ARRAY_MAX", "array", Native{Rows<ArrayMax>}, "ARRAY_MAX([20, 0, NULL, 10, NULL])", "20", "functions/array_max"},
    Function{"ARRAY_MIN", "array", Native{Rows<ArrayMin>}, "ARRAY_MIN([20, 0, NULL, 10, NULL])", "0", "functions/array_min"},
    Function{"ARRAY_POSITION", "value, array", Native{Rows<ArrayPosition>}, "ARRAY_POSITION('hi'::VARIANT, ARRAY_CONSTRUCT('hello', 'hi'))", "1", "functions/array_position"},
    Function{"ARRAY_PREPEND", "array, value", Native{Rows<ArrayPrepend>}, "ARRAY_PREPEND([0, 1, 2, 3], 'hello')", "[\"hello\",0,1,2,3]", "functions/array_prepend"},
    Function{"ARRAY_REMOVE", "array, value", Native{Rows<ArrayRemove>}, "ARRAY_REMOVE([1, 5, 5.00, 5.00::DOUBLE, '5', 5, NULL], 5)", "[1,5.000000000000000e+00,\"5\",undefined]", "functions/array_remove"},
    Function{"ARRAY_REMOVE_AT", "array, position", Native{Rows<ArrayRemoveAt>}, "ARRAY_REMOVE_AT([2, 5, 7], 0)", "[5,7]", "functions/array_remove_at"},
    Function{"ARRAY_REVERSE", "array", Native{Rows<ArrayReverse>}, "ARRAY_REVERSE([1, 2, 3, 4])", "[4,3,2,1]", "functions/array_reverse"},
    Function{"ARRAY_SIZE", "array", Native{Rows<ArraySize>}, "ARRAY_SIZE([1, 2])", "2", "functions/array_size"},
    Function{"ARRAY_SLICE", "array, from, to", Native{Rows<ArraySlice>}, "ARRAY_SLICE(ARRAY_CONSTRUCT(0,1,2,3,4,5,6), 0, -2)", "[0,1,2,3,4]", "functions/array_slice"},
    Function{"ARRAY_SORT", "array [, ascending = 1] [, nulls_first = NULL]", Native{Rows<ArraySort>}, "ARRAY_SORT([20, NULL, 0, 10])", "[0,10,20,undefined]", "functions/array_sort"},
    Function{"ARRAY_TO_STRING", "array, separator", Native{Rows<ArrayToString>}, "ARRAY_TO_STRING(['Hello', 'World'], ', ')", "Hello, World", "functions/array_to_string"},
    Function{"GET", "value, key", Native{BindGet}, "GET(ARRAY_CONSTRUCT('a', 'b'), 1)", "b", "functions/get"},
    Function{"GET_IGNORE_CASE", "value, key", Native{Rows<GetIgnoreCase>}, "GET_IGNORE_CASE(OBJECT_CONSTRUCT('aa', 1, 'aA', 2), 'AA')", "2", "functions/get_ignore_case"},
    Function{"GET_PATH", "value, path", Native{Rows<GetPath>}, "GET_PATH(PARSE_JSON('{\"a\": {\"b\": [10, 20]}}'), 'a.b[1]')", "20", "functions/get_path"},
    Function{"JSON_EXTRACT_PATH_TEXT", "text, path", Native{Rows<JsonExtractPathText>}, "JSON_EXTRACT_PATH_TEXT('{\"level_1_key\": \"level_1_value\"}', 'level_1_key')", "level_1_value", "functions/json_extract_path_text"},
    Function{"OBJECT_CONSTRUCT", "[key,] ...", Rewrite{ObjectConstruct<false>}, "OBJECT_CONSTRUCT('a', 1, 'b', 'BBBB', 'c', NULL)", "{\"a\":1,\"b\":\"BBBB\"}", "functions/object_construct"},
    Function{"OBJECT_CONSTRUCT_KEEP_NULL", "[key,] ...", Rewrite{ObjectConstruct<true>}, "OBJECT_CONSTRUCT_KEEP_NULL('key_1', 'one', 'key_2', NULL)", "{\"key_1\":\"one\",\"key_2\":null}", "functions/object_construct_keep_null"},
    Function{"OBJECT_DELETE", "object, key, ...", Native{BindObjectDelete}, "OBJECT_DELETE(OBJECT_CONSTRUCT('a', 1, 'b', 2, 'c', 3), 'a', 'b')", "{\"c\":3}", "functions/object_delete"},
    Function{"OBJECT_INSERT", "object, key, value [, update = NULL]", Native{Rows<ObjectInsert>}, "OBJECT_INSERT(OBJECT_CONSTRUCT('a', 1, 'b', 2), 'c', 3)", "{\"a\":1,\"b\":2,\"c\":3}", "functions/object_insert"},
    Function{"OBJECT_KEYS", "object", Native{Rows<ObjectKeys>}, "OBJECT_KEYS(PARSE_JSON('{\"b\": 1, \"a\": 2}'))", "[\"a\",\"b\"]", "functions/object_keys"},
    Function{"OBJECT_PICK", "object, key, ...", Native{BindObjectPick}, "OBJECT_PICK(OBJECT_CONSTRUCT('a', 1, 'b', 2, 'c', 3), 'a', 'b')", "{\"a\":1,\"b\":2}", "functions/object_pick"},
    Function{"STRIP_NULL_VALUE", "value", Native{Rows<StripNullValue>}, "STRIP_NULL_VALUE(PARSE_JSON('{\"c\": null}'):c)", "NULL", "functions/strip_null_value"},
};
// clang-format on

}  // namespace

std::span<const Function> SemiStructuredFunctions() { return kSemiStructured; }

}  // namespace firn::functions

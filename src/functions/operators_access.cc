// Operators on semi-structured values, literals of them, and RLIKE.
#include <array>

#include "functions/cast.h"
#include "functions/kernel.h"
#include "functions/operators.h"
#include "functions/regexp.h"
#include "functions/semi_structured.h"
#include "functions/variant_text.h"

namespace firn::functions {

BoundExpr GetItem(ClientContext& context, BoundExpr value, BoundExpr key) {
  value = Plain(context, std::move(value));
  Shape shape = ShapeOf(value->return_type);
  if (shape == Shape::kNull || ShapeOf(key->return_type) == Shape::kNull) return NullOf(VariantType());
  if (!IsSemi(shape)) {
    Raise(errors::kInvalidArgumentTypes, {"GET", TypeName(value->return_type) + ", " + TypeName(key->return_type)});
  }
  bool index = ShapeOf(key->return_type) == Shape::kNumber;
  key = index ? ToInteger(context, std::move(key), OnFailure::kRaise) : ToText(context, std::move(key));
  std::vector<BoundExpr> args;
  args.push_back(std::move(value));
  args.push_back(std::move(key));
  auto run = index ? MapSlices<std::string_view, int64_t>([](std::string_view v, int64_t i) { return ItemAt(v, i); })
                   : MapSlices<std::string_view, std::string_view>(
                         [](std::string_view v, std::string_view k) { return MemberOf(v, k); });
  return Kernel("firn get", VariantType(), std::move(args), std::move(run));
}

BoundExpr MakeArray(ClientContext& context, std::vector<BoundExpr> items) {
  if (items.empty()) return Retype(Constant(Value("[]")), ArrayType());
  for (auto& item : items) item = ToVariant(context, Plain(context, std::move(item)));
  auto run = MapTexts<std::string>([](const std::vector<std::optional<std::string_view>>& texts) {
    std::string out = "[";
    for (const auto& text : texts) {
      if (out.size() > 1) out += ',';
      out += text.value_or("undefined");
    }
    return out + "]";
  });
  return Kernel("firn array", ArrayType(), std::move(items), std::move(run), {.sees_nulls = true});
}

BoundExpr MakeObject(ClientContext& context, std::vector<BoundExpr> pairs, bool keep_null) {
  if (pairs.empty()) return Retype(Constant(Value("{}")), ObjectType());
  if (pairs.size() % 2 != 0)
    Raise(errors::kTooFewArguments,
          {"OBJECT_CONSTRUCT", std::to_string(pairs.size() + 1), std::to_string(pairs.size())});
  for (size_t i = 0; i < pairs.size(); ++i) {
    pairs[i] = Plain(context, std::move(pairs[i]));
    pairs[i] = i % 2 == 0 ? ToText(context, std::move(pairs[i])) : ToVariant(context, std::move(pairs[i]));
  }
  auto run = MapTexts<std::string>([keep_null](const std::vector<std::optional<std::string_view>>& texts) {
    std::vector<std::pair<std::string, std::string_view>> members;
    for (size_t i = 0; i < texts.size(); i += 2) {
      if (!texts[i] || (!texts[i + 1] && !keep_null)) continue;
      for (const auto& member : members) {
        if (member.first == *texts[i]) Raise(errors::kDuplicateKey, {std::string(*texts[i])});
      }
      members.emplace_back(std::string(*texts[i]), texts[i + 1].value_or("null"));
    }
    return ObjectText(std::move(members));
  });
  return Kernel(keep_null ? "firn object keep null" : "firn object", ObjectType(), std::move(pairs), std::move(run),
                {.sees_nulls = true});
}

namespace {

BoundNode BindGet(BindCall& call) { return GetItem(call.context, call.Take(0), call.Take(1)); }
BoundNode BindArray(BindCall& call) { return MakeArray(call.context, std::move(call.args)); }
template <bool KeepNull>
BoundNode BindObject(BindCall& call) {
  return MakeObject(call.context, std::move(call.args), KeepNull);
}
/// Of a STRUCT: its fields' names are the keys.
template <bool KeepNull>
BoundNode BindObjectOfRow(BindCall& call) {
  std::vector<BoundExpr> pairs;
  for (const auto& [name, type] : duckdb::StructType::GetChildTypes(call.Type(0))) {
    pairs.push_back(Constant(Value(name)));
    pairs.push_back(Duck(call.context, "struct_extract", call.Copy(0), Constant(Value(name))));
  }
  return MakeObject(call.context, std::move(pairs), KeepNull);
}
BoundNode BindRlike(BindCall& call) {
  std::string parameters = call.size() > 2 ? ConstantText(call, 2) : "";
  return MatchWhole(call.context, call.Take(0), call.Take(1), parameters);
}

constexpr std::array kAccess = {
    OperatorRow{"firn$array", BindArray},
    OperatorRow{"firn$get", BindGet},
    OperatorRow{"firn$object", BindObject<false>},
    OperatorRow{"firn$object_keep_null", BindObject<true>},
    OperatorRow{"firn$object_keep_null_of_row", BindObjectOfRow<true>},
    OperatorRow{"firn$object_of_row", BindObjectOfRow<false>},
    OperatorRow{"firn$rlike", BindRlike},
};

}  // namespace

std::span<const OperatorRow> AccessOperators() { return kAccess; }

}  // namespace firn::functions

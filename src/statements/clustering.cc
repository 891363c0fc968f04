#include "statements/clustering.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "base/errors.h"

namespace firn::statements {

namespace {

using iceberg::Transform;
using Kind = iceberg::Transform::Kind;

struct TransformRow {
  const char* function;
  Kind kind;
};
constexpr TransformRow kByFunction[] = {
    {"DAY", Kind::kDay}, {"HOUR", Kind::kHour}, {"MONTH", Kind::kMonth}, {"TO_DATE", Kind::kDay}, {"YEAR", Kind::kYear},
};

std::optional<Kind> KindOf(std::string_view word) {
  for (const TransformRow& row : kByFunction) {
    if (Upper(word) == row.function) return row.kind;
  }
  return std::nullopt;
}

const std::string* ColumnName(const sql::Expr& expr) {
  auto* column = expr.As<sql::ColumnRef>();
  return column && column->parts.size() == 1 ? &column->parts[0].text : nullptr;
}

std::string Word(const sql::Expr& expr) {
  if (auto* literal = expr.As<sql::Literal>()) return literal->text;
  const std::string* name = ColumnName(expr);
  return name ? *name : "";
}

struct Key {
  std::string column;
  Transform transform;
};

std::optional<Key> KeyOf(const sql::Expr& expr) {
  if (const std::string* name = ColumnName(expr)) return Key{*name, Transform::Of(Kind::kIdentity)};
  if (auto* cast = expr.As<sql::Cast>(); cast && cast->type.id == TypeId::kDate) {
    if (const std::string* name = ColumnName(*cast->arg)) return Key{*name, Transform::Of(Kind::kDay)};
  }
  auto* call = expr.As<sql::Call>();
  if (!call || call->name.parts.size() != 1 || call->args.empty()) return std::nullopt;
  const std::string& function = call->name.parts[0].text;
  const std::string* last = ColumnName(*call->args.back().value);
  if (!last) return std::nullopt;
  if (call->args.size() == 1) {
    auto kind = KindOf(function);
    return kind ? std::optional(Key{*last, Transform::Of(*kind)}) : std::nullopt;
  }
  std::string first = Word(*call->args[0].value);
  if (function == "DATE_TRUNC") {
    auto kind = KindOf(first);
    return kind ? std::optional(Key{*last, Transform::Of(*kind)}) : std::nullopt;
  }
  int n = std::atoi(first.c_str());
  if (n <= 0) return std::nullopt;
  if (function == "BUCKET") return Key{*last, Transform::Of(Kind::kBucket, n)};
  if (function == "TRUNCATE") return Key{*last, Transform::Of(Kind::kTruncate, n)};
  return std::nullopt;
}

}  // namespace

Result<std::vector<std::pair<std::string, Transform>>> PartitionOf(const std::vector<sql::ExprPtr>& keys,
                                                                   const std::vector<catalog::ColumnInfo>& columns) {
  std::vector<std::pair<std::string, Transform>> partition;
  for (const sql::ExprPtr& expr : keys) {
    auto key = KeyOf(*expr);
    if (!key) continue;
    bool there = std::any_of(columns.begin(), columns.end(),
                             [&](const catalog::ColumnInfo& column) { return column.name == key->column; });
    if (!there) return Error(errors::kInvalidIdentifier, {key->column}, expr->at);
    partition.emplace_back(std::move(key->column), key->transform);
  }
  return partition;
}

}  // namespace firn::statements

#include "planner/merged_names.h"

#include <algorithm>

namespace firn::planner {

namespace {

bool Has(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

bool IsOne(const sql::Relation& relation) { return !relation.As<sql::JoinRelation>(); }

}  // namespace

void TakeLeft(std::vector<sql::Ident>& parts, const std::vector<KnownRelation>& relations) {
  const KnownRelation* first = nullptr;
  size_t owners = 0;
  for (const KnownRelation& relation : relations) {
    if (!Has(relation.columns, parts[0].text)) continue;
    if (Has(relation.keys, parts[0].text) || (first && !relation.merged)) return;
    if (!first) first = &relation;
    ++owners;
  }
  if (owners > 1 && !first->alias.empty()) parts.insert(parts.begin(), {first->alias, true, parts[0].at});
}

void MergeNames(sql::JoinRelation& join, size_t right, std::vector<KnownRelation>& relations) {
  std::vector<std::string> keys;
  for (const sql::Ident& column : join.using_columns) keys.push_back(column.text);
  for (size_t i = right; join.natural && i < relations.size(); ++i) {
    for (const std::string& column : relations[i].columns) {
      bool common = std::any_of(relations.begin(), relations.begin() + static_cast<std::ptrdiff_t>(right),
                                [&](const KnownRelation& left) { return Has(left.columns, column); });
      if (common) keys.push_back(column);
    }
  }
  bool simple = right == 1 && relations.size() == 2;  // else there may be relations whose columns are not known
  if (join.natural && keys.empty() && simple && join.kind == sql::JoinKind::kInner && IsOne(*join.left) &&
      IsOne(*join.right)) {
    join.natural = false;  // nothing in common: all pairs
    join.kind = sql::JoinKind::kCross;
    return;
  }
  for (size_t i = right; i < relations.size(); ++i) {
    relations[i].merged = true;
    relations[i].keys = keys;
  }
}

}  // namespace firn::planner

#include "catalog/scopes.h"

#include <algorithm>

#include "base/types.h"

namespace firn::catalog {

namespace {

struct RightRow {
  std::string_view text;
  Right right;
  size_t names;  ///< how many follow the text
};
constexpr RightRow kRights[] = {
    {"admin", Right::kAdmin, 0},
    {"ingest:", Right::kIngest, 2},
    {"jobs:run", Right::kJobsRun, 0},
    {"pipeline:create", Right::kPipelineCreate, 0},
    {"pipelines:write", Right::kPipelinesWrite, 0},
    {"read:", Right::kRead, 3},
};
constexpr size_t kScopeBytesMax = 1000;

/// Takes `"a b"`, `*` or a plain name off the front.
bool TakePart(std::string_view* rest, Scope::Part* part) {
  if (rest->starts_with('"')) {
    part->exact = true;
    for (rest->remove_prefix(1); !rest->empty(); rest->remove_prefix(1)) {
      if (rest->front() == '"') {
        rest->remove_prefix(1);
        if (!rest->starts_with('"')) return !part->text.empty();  // else one quote, written twice
      }
      part->text += rest->front();
    }
    return false;
  }
  size_t end = std::min(rest->find('.'), rest->size());
  part->text = rest->substr(0, end);
  part->any = part->text == "*";
  rest->remove_prefix(end);
  return !part->text.empty() && part->text.find_first_of(part->any ? "\"" : "\"*, ") == std::string::npos;
}

bool Matches(const Scope::Part& part, std::string_view name) {
  return part.any || (part.exact ? part.text == name : EqualsIgnoreCase(part.text, name));
}

}  // namespace

bool Scope::Allows(Right wanted, const std::vector<std::string_view>& names) const {
  if (right == Right::kAdmin) return true;
  if (right == Right::kPipelinesWrite && wanted == Right::kPipelineCreate) return true;
  if (right != wanted || path.size() > names.size()) return false;
  for (size_t i = 0; i < path.size(); ++i) {
    if (!Matches(path[i], names[i])) return false;
  }
  return path.size() == names.size() || (!path.empty() && path.back().any);
}

std::optional<Scope> ParseScope(std::string_view text) {
  if (text.size() > kScopeBytesMax) return std::nullopt;
  for (const RightRow& row : kRights) {
    if (row.names == 0 ? text != row.text : !text.starts_with(row.text)) continue;
    Scope scope{.right = row.right};
    if (row.names == 0) return scope;
    std::string_view rest = text.substr(row.text.size());
    do {
      Scope::Part part;
      if (!TakePart(&rest, &part)) return std::nullopt;
      scope.path.push_back(std::move(part));
      if (rest.empty()) break;
      if (!rest.starts_with('.')) return std::nullopt;
      rest.remove_prefix(1);
    } while (scope.path.size() <= row.names);
    bool whole = scope.path.size() == row.names || (scope.path.size() < row.names && scope.path.back().any);
    return whole ? std::optional(std::move(scope)) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace firn::catalog

#include "planner/named_columns.h"

#include <algorithm>

#include "base/errors.h"
#include "base/types.h"

namespace firn::planner {

namespace {

/// As Snowflake shows names in errors: dotted, quoted where they were quoted and had to be.
std::string Shown(const std::vector<sql::Ident>& parts) {
  std::string text;
  for (const sql::Ident& part : parts) {
    if (!text.empty()) text += '.';
    bool plain = !part.quoted || part.text == Upper(part.text);
    text += plain ? part.text : "\"" + part.text + "\"";
  }
  return text;
}

std::string Dotted(const std::vector<sql::Ident>& parts) {
  std::string text;
  for (const sql::Ident& part : parts) text += (text.empty() ? "" : ".") + part.text;
  return text;
}

/// The alias of the one relation that has the column; empty if none has.
std::string OwnerOf(const std::string& column, const std::vector<KnownRelation>& relations) {
  for (const KnownRelation& relation : relations) {
    if (std::find(relation.columns.begin(), relation.columns.end(), column) != relation.columns.end()) {
      return relation.alias;
    }
  }
  return "";
}

}  // namespace

void NamedColumns::Add(const std::vector<sql::Ident>& parts, Position at, KnownRelations relations) {
  uses_.push_back({parts, at, std::move(relations)});
}

/// The first use of the whole name or of its end, else of the qualifier.
const NamedColumns::Use* NamedColumns::Find(const std::string& name) const {
  for (const Use& use : uses_) {
    if (EqualsIgnoreCase(Dotted(use.parts), name) || Upper(Dotted(use.parts)).ends_with("." + Upper(name))) return &use;
  }
  for (const Use& use : uses_) {
    if (use.parts.size() > 1 && EqualsIgnoreCase(use.parts[use.parts.size() - 2].text, name)) return &use;
  }
  return nullptr;
}

Error NamedColumns::Locate(Error error) const {
  bool about_column =
      error.Is(errors::kInvalidIdentifier) || error.Is(errors::kAmbiguousColumn) || error.Is(errors::kNotAggregate);
  if (!about_column || error.at().line > 0 || error.args().empty()) return error;
  const Use* use = Find(error.args()[0]);
  if (use == nullptr) return error;
  std::string shown = Shown(use->parts);
  if (error.Is(errors::kAmbiguousColumn)) shown = use->parts.back().text;
  if (error.Is(errors::kNotAggregate) && use->parts.size() == 1) {
    std::string owner = OwnerOf(use->parts[0].text, *use->relations);
    if (!owner.empty()) shown = owner + "." + shown;
  }
  return Error(error.row(), {std::move(shown)}, use->at);
}

}  // namespace firn::planner

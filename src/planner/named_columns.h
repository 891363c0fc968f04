// The columns that a statement's text names, with their places: the engine knows no positions, so an error of its
// binder is found again here. Filled by the resolver of one statement, read when that statement failed; one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sql/ast.h"

namespace firn::planner {

/// A relation of FROM whose columns are known: for $1, and for the names in error texts.
struct KnownRelation {
  std::string alias;  ///< empty: none
  std::vector<std::string> columns;
  bool merged = false;            ///< joined to what stands before it by USING or NATURAL,
  std::vector<std::string> keys;  ///< … over these columns
};
using KnownRelations = std::shared_ptr<std::vector<KnownRelation>>;

class NamedColumns {
 public:
  void Add(const std::vector<sql::Ident>& parts, Position at, KnownRelations relations);
  void Clear() { uses_.clear(); }
  /// The error with the name as the text has it and its position, if it is one about a column that is named here.
  Error Locate(Error error) const;

 private:
  struct Use {
    std::vector<sql::Ident> parts;
    Position at;
    KnownRelations relations;
  };
  const Use* Find(const std::string& name) const;

  std::vector<Use> uses_;
};

}  // namespace firn::planner

// Which columns of the catalog's objects the columns of a query come from: one walk over its tree, before anything in
// it is replaced, with the names looked up in one state of the catalog. A column comes from every column that its
// expression names, in subqueries too, but not from those that only pick, group or order the rows. Views, streams and
// table functions are ends: their own columns have origins of their own. For lineage.h; one walk a definition, one
// thread, pure.
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "catalog/state.h"
#include "planner/context.h"
#include "sql/query.h"

namespace firn::planner {

struct ColumnOrigin {
  std::string object_id, column;
  auto operator<=>(const ColumnOrigin&) const = default;
};
using Origins = std::set<ColumnOrigin>;

struct DerivedColumn {
  std::string name;
  Origins from;
};
/// The columns of a query or of FROM.
struct DerivedRows {
  std::vector<DerivedColumn> columns;
  /// There are more, whose names are known only when it runs (PIVOT … ANY, a stage); they come from these.
  std::optional<Origins> others;
};

/// What a name in an expression may mean.
struct OriginScope {
  struct Field {
    std::string alias, name;
    Origins from;
    /// Of a join by USING or NATURAL: what the name alone means. The one that has not the value is hidden.
    std::optional<Origins> merged = std::nullopt;
    bool hidden = false;
  };
  /// A relation with columns whose names are not known.
  struct Open {
    std::string alias;
    Origins from;
  };
  const OriginScope* outer = nullptr;
  std::vector<Field> fields;
  std::vector<Open> open;
  std::map<std::string, DerivedRows> common_tables;
  std::vector<sql::SelectItem>* items = nullptr;  ///< of the select list, for names that stand for its expressions
  std::set<size_t> items_open;                    ///< being looked at: an alias that means itself means nothing
};

class ColumnOrigins {
 public:
  /// `place`: where unqualified names are looked up.
  ColumnOrigins(const catalog::CatalogState& state, NamePlace place) : state_(state), place_(std::move(place)) {}

  DerivedRows OfQuery(sql::Query& query, const OriginScope* outer = nullptr);
  Origins OfExpr(sql::ExprPtr& expr, OriginScope& scope);
  /// Puts the columns of a relation of FROM into the scope.
  void AddRelation(sql::Relation& relation, OriginScope& scope);
  /// The table, view or stream of that name; null for none.
  catalog::ObjectRef Find(const sql::ObjectName& name) const;

  /// Tables, views, streams and table functions that were named, anywhere in what was walked.
  const std::set<std::string>& objects() const { return objects_; }
  /// Functions of one value that were called; their bodies were walked too.
  const std::set<std::string>& functions() const { return functions_; }

 private:
  DerivedRows OfSelect(sql::Select& select, OriginScope& scope);
  DerivedRows OfSetOperation(sql::SetOperation& set, OriginScope& scope);
  DerivedRows OfRows(std::vector<std::vector<sql::ExprPtr>>& rows, OriginScope& scope);
  void AddItem(sql::SelectItem& item, OriginScope& scope, DerivedRows* rows);
  void AddStar(sql::Star& star, OriginScope& scope, DerivedRows* rows);
  void AddNamed(sql::Relation& relation, OriginScope& scope);
  void AddCall(sql::Relation& relation, OriginScope& scope);
  void AddJoin(sql::JoinRelation& join, OriginScope& scope);
  void AddPivot(sql::Relation& relation, OriginScope& scope);
  void AddUnpivot(sql::Relation& relation, OriginScope& scope);
  /// The columns of an object under the alias, as they come from it.
  void AddObject(const catalog::Object& object, const sql::TableAlias& alias, OriginScope& scope);
  Origins OfName(const std::vector<sql::Ident>& parts, OriginScope& scope);
  Origins OfPosition(const sql::PositionRef& position, const OriginScope& scope);
  Origins OfFunction(const sql::ObjectName& name);
  void Walk(sql::ExprPtr& expr, OriginScope& scope);
  catalog::ObjectRef FindFunction(const sql::ObjectName& name) const;

  const catalog::CatalogState& state_;
  NamePlace place_;
  std::set<std::string> objects_, functions_;
  std::map<std::string, Origins> of_functions_;
};

/// The names of an object's columns: of a table, view, stream or table function.
std::vector<std::string> ColumnNamesOf(const catalog::CatalogState& state, const catalog::Object& object);

}  // namespace firn::planner

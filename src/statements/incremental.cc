#include "statements/incremental.h"

#include <algorithm>
#include <array>

#include "base/errors.h"
#include "functions/function.h"
#include "planner/resolve.h"
#include "planner/value.h"
#include "planner/visit.h"
#include "sql/changes_call.h"
#include "sql/parser.h"
#include "sql/printer.h"
#include "statements/row_change.h"

namespace firn::statements {

namespace {

using planner::FoundTable;

/// Calls that give another value each time, beside those that look at the session.
constexpr std::array kVolatile =
    std::to_array<std::string_view>({"GETDATE", "NORMAL", "RANDOM", "RANDSTR", "SEQ1", "SEQ2", "SEQ4", "SEQ8",
                                     "SYSDATE", "SYSTIMESTAMP", "UNIFORM", "UUID_STRING", "ZIPF"});
/// Aggregates whose value after a change follows from the one before.
constexpr std::array kInvertible = std::to_array<std::string_view>({"AVG", "COUNT", "COUNT_IF", "SUM"});

template <class List>
bool Has(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

struct Shape {
  std::string reason;  ///< why not; "" if it can
  bool grouped = false;
  std::vector<size_t> keys;  ///< of GROUP BY: indexes of select items
};

/// What an expression has that stands in the way; `aggregates`: whether it has any.
Status Look(sql::ExprPtr& expr, std::string* reason, bool* aggregates) {
  auto because = [&](std::string why) {
    if (reason->empty()) *reason = std::move(why);
    return Ok();
  };
  if (auto* call = expr->As<sql::Call>()) {
    const std::string name = call->name.parts.empty() ? "" : call->name.parts.back().text;
    functions::Found found = functions::FindFunction(name);
    if (call->over || found.kind == functions::Kind::kWindow) return because("it has the window function " + name);
    if (!found.row || std::holds_alternative<functions::FromSession>(found.row->how) || Has(kVolatile, name)) {
      return because(name + " may give another value at each refresh");
    }
    if (found.kind == functions::Kind::kAggregate) {
      *aggregates = true;
      if (!Has(kInvertible, name)) return because("the aggregate " + name + " cannot be followed by changes");
      if (call->distinct) return because(name + " (DISTINCT) cannot be followed by changes");
    }
  } else if (auto* column = expr->As<sql::ColumnRef>()) {
    if (column->parts.size() > 1 && column->parts.back().text == "NEXTVAL") return because("it draws from a sequence");
  } else if (expr->As<sql::VariableRef>() || expr->As<sql::BindRef>()) {
    return because("it has a variable");
  }
  return planner::ForEachChild(
      *expr, [&](sql::ExprPtr& child) { return Look(child, reason, aggregates); },
      [&](sql::Query&) { return because("it has a subquery"); });
}

using Leaves = std::vector<sql::RelationPtr*>;

/// The tables of FROM in order; a reason where something else is there.
Status CollectLeaves(sql::RelationPtr& relation, Leaves* leaves, std::string* reason) {
  auto because = [&](const char* why) {
    if (reason->empty()) *reason = why;
    return Ok();
  };
  if (auto* named = relation->As<sql::NamedRelation>()) {
    if (named->travel || named->sample || named->name.dynamic) {
      return because("a table in it has AT, BEFORE or SAMPLE");
    }
    leaves->push_back(&relation);
    return Ok();
  }
  auto* join = relation->As<sql::JoinRelation>();
  if (!join) return because("FROM has something else than tables and inner joins");
  if (join->kind != sql::JoinKind::kInner && join->kind != sql::JoinKind::kCross) {
    return because("it has an outer join");
  }
  bool aggregates = false;
  if (join->on) FIRN_TRY(Look(join->on, reason, &aggregates));
  FIRN_TRY(CollectLeaves(join->left, leaves, reason));
  return CollectLeaves(join->right, leaves, reason);
}

/// The select item that a GROUP BY expression stands for.
std::optional<size_t> ItemOf(const sql::Select& select, const sql::Expr& key) {
  const auto* literal = key.As<sql::Literal>();
  if (literal && literal->kind == sql::Literal::Kind::kNumber) {
    const auto position = static_cast<size_t>(std::atoll(literal->text.c_str()));
    if (position >= 1 && position <= select.items.size()) return position - 1;
    return std::nullopt;
  }
  const std::string text = sql::Print(key);
  for (size_t i = 0; i < select.items.size(); ++i) {
    if (sql::Print(*select.items[i].expr) == text) return i;
  }
  const auto* column = key.As<sql::ColumnRef>();
  for (size_t i = 0; column && column->parts.size() == 1 && i < select.items.size(); ++i) {
    if (select.items[i].alias && select.items[i].alias->text == column->parts[0].text) return i;
  }
  return std::nullopt;
}

Status LookAtGroups(sql::Select& select, const std::vector<bool>& has_aggregate, Shape* shape) {
  auto because = [&](const char* why) {
    if (shape->reason.empty()) shape->reason = why;
    return Ok();
  };
  if (select.group_by->kind == sql::GroupBy::Kind::kAll) {
    for (size_t i = 0; i < select.items.size(); ++i) {
      if (!has_aggregate[i]) shape->keys.push_back(i);
    }
  } else if (select.group_by->kind == sql::GroupBy::Kind::kList) {
    for (const sql::ExprPtr& key : select.group_by->sets[0]) {
      std::optional<size_t> item = ItemOf(select, *key);
      if (!item) return because("an expression of GROUP BY is not selected");
      shape->keys.push_back(*item);
    }
  } else {
    return because("it has GROUPING SETS, CUBE or ROLLUP");
  }
  return shape->keys.empty() ? because("it has aggregates without GROUP BY") : Ok();
}

Result<Shape> ShapeOf(Execution& run, sql::Query& query, Leaves* leaves) {
  Shape shape;
  auto because = [&](const char* why) {
    if (shape.reason.empty()) shape.reason = why;
    return shape;
  };
  sql::Select* select = query.AsSelect();
  if (!select || !query.with.empty()) return because("it is a set operation or has common tables");
  if (!query.order_by.empty() || query.order_by_all || query.limit || query.offset || select->top) {
    return because("it has ORDER BY or LIMIT");
  }
  if (select->distinct) return because("it has DISTINCT");
  if (select->qualify || select->connect_by || !select->windows.empty()) {
    return because("it has QUALIFY, CONNECT BY or WINDOW");
  }
  if (!select->from) return because("it reads no table");
  FIRN_TRY(CollectLeaves(select->from, leaves, &shape.reason));
  std::vector<bool> has_aggregate;
  bool any = false, star = false, in_where = false;
  for (sql::SelectItem& item : select->items) {
    bool aggregates = false;
    FIRN_TRY(Look(item.expr, &shape.reason, &aggregates));
    has_aggregate.push_back(aggregates);
    any = any || aggregates;
    star = star || item.expr->As<sql::Star>();
  }
  if (select->where) FIRN_TRY(Look(select->where, &shape.reason, &in_where));
  if (select->having) FIRN_TRY(Look(select->having, &shape.reason, &any));
  shape.grouped = select->group_by.has_value();
  if (!shape.grouped && any) return because("it has aggregates without GROUP BY");
  if (shape.grouped && star) return because("it has * with GROUP BY");
  if (shape.grouped) FIRN_TRY(LookAtGroups(*select, has_aggregate, &shape));
  for (sql::RelationPtr* leaf : *leaves) {
    auto& named = *(*leaf)->As<sql::NamedRelation>();
    FIRN_ASSIGN(planner::FullName name, planner::Qualify(run.context, named.name, "SELECT"));
    if (name.schema == "INFORMATION_SCHEMA") return because("it reads INFORMATION_SCHEMA");
    FIRN_ASSIGN(planner::FoundRelation found, planner::FindRelation(run.context, name, named.name.at));
    if (!found.table) return because(found.view ? "it reads a view" : "it reads a stream");
    if (found.table->temporary || found.table->info().read_only || found.table->info().format_version < 3) {
      return because("it reads a table without row ids");
    }
  }
  return shape;
}

// --- the query over changes ------------------------------------------------------------------------------------------

/// A table at a snapshot, or what changed in it since, under the name that it has in the query (sql/changes_call.h).
sql::RelationPtr TableCall(const char* name, const sql::Relation& leaf, std::optional<int64_t> snapshot,
                           sql::TableAlias alias) {
  using Kind = sql::Literal::Kind;
  sql::Call call;
  call.name.parts = {{name, true, leaf.at}};
  call.args.push_back({"TABLE", sql::MakeExpr(sql::ColumnRef{leaf.As<sql::NamedRelation>()->name.parts}, leaf.at)});
  call.args.push_back({"SNAPSHOT", sql::MakeExpr(snapshot ? sql::Literal{Kind::kString, std::to_string(*snapshot)}
                                                          : sql::Literal{Kind::kNull, ""})});
  return sql::MakeRelation(sql::FunctionRelation{sql::MakeExpr(std::move(call)), false}, std::move(alias), leaf.at);
}

sql::TableAlias AliasOf(const sql::Relation& leaf) {
  sql::TableAlias alias = leaf.alias;
  if (!alias.name) alias.name = leaf.As<sql::NamedRelation>()->name.parts.back();
  return alias;
}

sql::ExprPtr Column(const std::string& name) { return sql::MakeExpr(sql::ColumnRef{{{name, true, {}}}}); }

/// The rows that came to a table since `from`, or that went, in its place.
sql::RelationPtr ChangedRows(const sql::Relation& leaf, const FoundTable& table, std::optional<int64_t> from,
                             bool inserted) {
  sql::Select select;
  for (const catalog::ColumnInfo& column : table.info().columns) {
    select.items.push_back({Column(column.name), std::nullopt, column.name});
  }
  select.from = TableCall(sql::kChangesCall, leaf, from, {});
  sql::DuckExpr wanted{std::string("{0} = '") + (inserted ? "INSERT" : "DELETE") + "'", {}};
  wanted.args.push_back(Column("METADATA$ACTION"));
  select.where = sql::MakeExpr(std::move(wanted));
  auto query = std::make_unique<sql::Query>();
  query->body = std::move(select);
  return sql::MakeRelation(sql::QueryRelation{std::move(query), false, std::nullopt}, AliasOf(leaf), leaf.at);
}

class ChangeQueries {
 public:
  ChangeQueries(Execution& run, const FoundTable& table, const catalog::Offsets& before)
      : run_(run), table_(table), before_(before) {}

  /// Parses and looks at the query. Errors: kInternal where it is not to be refreshed by changes.
  Status Begin() {
    FIRN_ASSIGN(query_, sql::ParseQuery(table_.info().dynamic->query));
    Leaves leaves;
    FIRN_ASSIGN(shape_, ShapeOf(run_, *query_, &leaves));
    if (!shape_.reason.empty()) return Error(errors::kInternal, {"an incremental refresh: " + shape_.reason});
    for (sql::RelationPtr* leaf : leaves) {
      const auto& name = (*leaf)->As<sql::NamedRelation>()->name;
      FIRN_ASSIGN(FoundTable input, planner::FindTable(run_.context, name, "SELECT"));
      inputs_.push_back(std::move(input));
    }
    for (size_t at = 0; at < inputs_.size(); ++at) {
      if (Before(inputs_[at]) != inputs_[at].version->snapshot_id) changed_.push_back(at);
    }
    return changed_.empty() ? Error(errors::kInternal, {"a refresh without changes"}) : Status(Ok());
  }
  const Shape& shape() const { return shape_; }
  const sql::Query& query() const { return *query_; }
  /// Which inputs changed.
  const std::vector<size_t>& changed() const { return changed_; }

  std::optional<int64_t> Before(const FoundTable& input) const {
    auto found = before_.find(input.object->id);
    return found == before_.end() ? std::nullopt : std::optional<int64_t>(found->second);
  }
  /// `query` over what changed in input `at`: the inputs before it as they are, those after it as they were.
  Result<std::string> Over(const sql::Query& query, size_t at, bool inserted) {
    sql::QueryPtr copy = sql::Clone(query);
    Leaves leaves;
    std::string reason;
    FIRN_TRY(CollectLeaves(copy->AsSelect()->from, &leaves, &reason));
    for (size_t i = at + 1; i < leaves.size(); ++i) {
      *leaves[i] = TableCall(sql::kSnapshotCall, **leaves[i], Before(inputs_[i]), AliasOf(**leaves[i]));
    }
    *leaves[at] = ChangedRows(**leaves[at], inputs_[at], Before(inputs_[at]), inserted);
    FIRN_ASSIGN(engine::Statement plan, planner::PlanQuery(run_.context, *copy));
    return plan.sql;
  }

 private:
  Execution& run_;
  const FoundTable& table_;
  const catalog::Offsets& before_;
  sql::QueryPtr query_;
  Shape shape_;
  std::vector<FoundTable> inputs_;
  std::vector<size_t> changed_;
};

std::string Names(const char* prefix, size_t count) {
  std::string names;
  for (size_t i = 0; i < count; ++i) names += (i ? ", " : "") + std::string(prefix) + std::to_string(i);
  return names;
}

std::string Same(const std::string& left, const std::string& right) { return left + " IS NOT DISTINCT FROM " + right; }

/// DuckDB text of a value cast to a column of the table.
std::string CastText(const FoundTable& table, size_t column, const std::string& text) {
  sql::ExprPtr source = sql::MakeExpr(sql::DuckExpr{text, {}});
  return sql::Print(*planner::CastTo(std::move(source), table.info().columns[column].type));
}

/// Rows of the query's changes as the table's columns c0 …, and in n how many more of each there are.
Result<std::string> RowChanges(const FoundTable& table, ChangeQueries& queries) {
  const size_t count = table.info().columns.size();
  std::vector<std::string> sources;
  for (size_t i = 0; i < count; ++i) sources.push_back("s.c" + std::to_string(i));
  const std::string columns = Names("c", count);
  std::string all;
  for (size_t at : queries.changed()) {
    for (bool inserted : {true, false}) {
      FIRN_ASSIGN(std::string text, queries.Over(queries.query(), at, inserted));
      all += (all.empty() ? "" : " UNION ALL ") + std::string("SELECT ") + columns + ", n FROM (SELECT " +
             CastList(table, sources) + ", " + (inserted ? "1" : "-1") + " FROM (" + text + ") AS s(" + columns +
             ")) AS t(" + columns + ", n)";
    }
  }
  return "SELECT " + columns + ", CAST(sum(n) AS BIGINT) AS n FROM (" + all + ") AS changes GROUP BY " + columns +
         " HAVING sum(n) <> 0";
}

/// The keys of the groups that changes touch: firn_k0 …
Result<std::string> TouchedGroups(ChangeQueries& queries) {
  sql::QueryPtr keys = sql::Clone(queries.query());
  sql::Select& select = *keys->AsSelect();
  std::vector<sql::SelectItem> items;
  for (size_t key : queries.shape().keys) items.push_back(std::move(select.items[key]));
  select.items = std::move(items);
  select.group_by.reset();
  select.having.reset();
  std::string all;
  for (size_t at : queries.changed()) {
    for (bool inserted : {true, false}) {
      FIRN_ASSIGN(std::string text, queries.Over(*keys, at, inserted));
      all += (all.empty() ? "" : " UNION ALL ") + std::string("(") + text + ")";
    }
  }
  const std::string names = Names("firn_k", queries.shape().keys.size());
  return "SELECT DISTINCT " + names + " FROM (" + all + ") AS changes(" + names + ")";
}

/// The query for the groups of the kept keys alone.
Result<std::string> GroupsAnew(Execution& run, ChangeQueries& queries, const engine::KeptRows& kept) {
  sql::QueryPtr query = sql::Clone(queries.query());
  sql::Select& select = *query->AsSelect();
  sql::DuckExpr touched{"EXISTS (SELECT 1 FROM " + kept.Relation() + " AS firn_keys WHERE ", {}};
  for (size_t i = 0; i < queries.shape().keys.size(); ++i) {
    const std::string number = std::to_string(i);
    touched.text += (i ? " AND " : "") + Same("firn_keys.firn_k" + number, "{" + number + "}");
    touched.args.push_back(sql::Clone(*select.items[queries.shape().keys[i]].expr));
  }
  touched.text += ")";
  sql::ExprPtr condition = sql::MakeExpr(std::move(touched));
  select.where = select.where
                     ? sql::MakeExpr(sql::Binary{sql::BinaryOp::kAnd, std::move(select.where), std::move(condition)})
                     : std::move(condition);
  FIRN_ASSIGN(engine::Statement plan, planner::PlanQuery(run.context, *query));
  return plan.sql;
}

Result<RefreshedRows> Apply(Execution& run, const FoundTable& table, const RowPositions& gone, engine::Statement rows) {
  iceberg::TableChange change;
  FIRN_ASSIGN(change.added, WriteRows(run, table, std::move(rows)));
  FIRN_TRY(RemoveRows(run, table, gone, &change));
  change.operation = iceberg::Operation::kOverwrite;
  RefreshedRows refreshed{0, CountOf(gone)};
  for (const iceberg::DataFile& file : change.added) refreshed.inserted += file.record_count;
  if (change.added.empty() && change.removed.empty() && change.vectors.empty() && change.added_deletes.empty()) {
    return refreshed;
  }
  FIRN_TRY(AddChange(run, table, catalog::Verb::kMerge, std::move(change)));
  return refreshed;
}

Result<std::optional<RefreshedRows>> RefreshRows(Execution& run, const FoundTable& table, ChangeQueries& queries,
                                                 const std::string& scan) {
  const size_t count = table.info().columns.size();
  FIRN_ASSIGN(std::string changes, RowChanges(table, queries));
  FIRN_ASSIGN(auto kept, run.engine().Keep(run.context.Statement(changes), run.cancel));
  const std::string delta = kept->Relation();
  std::string on;
  for (size_t i = 0; i < count; ++i) {
    on += (i ? " AND " : "") + Same("t." + sql::QuoteIdent(table.info().columns[i].name), "d.c" + std::to_string(i));
  }
  // As many rows of each value as there are too many of them.
  FIRN_ASSIGN(
      RowPositions gone,
      CollectPositions(
          run, run.context.Statement("SELECT firn_f, firn_p FROM (SELECT t.file_index AS firn_f, t.file_row_number AS "
                                     "firn_p, d.n AS n, row_number() OVER (PARTITION BY d.id) AS nth FROM " +
                                     scan + " AS t JOIN (SELECT *, row_number() OVER () AS id FROM " + delta +
                                     " WHERE n < 0) AS d ON " + on + ") AS found WHERE nth <= -n")));
  FIRN_ASSIGN(auto missing, run.engine().Collect(run.context.Statement("SELECT coalesce(-sum(n), 0)::BIGINT FROM " +
                                                                       delta + " WHERE n < 0"),
                                                 run.cancel));
  // The table does not hold what the query gave: it is made anew.
  if (missing[0].Int64(0, 0) != CountOf(gone)) return std::optional<RefreshedRows>();
  FIRN_ASSIGN(RefreshedRows refreshed,
              Apply(run, table, gone,
                    run.context.Statement("SELECT " + Names("c", count) + " FROM (SELECT *, unnest(range(n)) FROM " +
                                          delta + " WHERE n > 0) AS d")));
  return std::optional<RefreshedRows>(refreshed);
}

Result<std::optional<RefreshedRows>> RefreshGroups(Execution& run, const FoundTable& table, ChangeQueries& queries,
                                                   const std::string& scan) {
  FIRN_ASSIGN(std::string keys, TouchedGroups(queries));
  FIRN_ASSIGN(auto kept, run.engine().Keep(run.context.Statement(keys), run.cancel));
  FIRN_ASSIGN(std::string anew, GroupsAnew(run, queries, *kept));
  std::string on;
  const auto& key_items = queries.shape().keys;
  for (size_t i = 0; i < key_items.size(); ++i) {
    const std::string key = CastText(table, key_items[i], "k.firn_k" + std::to_string(i));
    on += (i ? " AND " : "") + Same("t." + sql::QuoteIdent(table.info().columns[key_items[i]].name), key);
  }
  FIRN_ASSIGN(RowPositions gone,
              CollectPositions(run, run.context.Statement("SELECT t.file_index, t.file_row_number FROM " + scan +
                                                          " AS t SEMI JOIN " + kept->Relation() + " AS k ON " + on)));
  const size_t count = table.info().columns.size();
  std::vector<std::string> sources;
  for (size_t i = 0; i < count; ++i) sources.push_back("s.c" + std::to_string(i));
  FIRN_ASSIGN(RefreshedRows refreshed, Apply(run, table, gone,
                                             run.context.Statement("SELECT " + CastList(table, sources) + " FROM (" +
                                                                   anew + ") AS s(" + Names("c", count) + ")")));
  return std::optional<RefreshedRows>(refreshed);
}

}  // namespace

Result<std::string> WhyNotIncremental(Execution& run, const std::string& query) {
  FIRN_ASSIGN(sql::QueryPtr parsed, sql::ParseQuery(query));
  Leaves leaves;
  FIRN_ASSIGN(Shape shape, ShapeOf(run, *parsed, &leaves));
  return shape.reason;
}

Result<std::optional<RefreshedRows>> RefreshByChanges(Execution& run, const FoundTable& table,
                                                      const catalog::Offsets& before) {
  ChangeQueries queries(run, table, before);
  FIRN_TRY(queries.Begin());
  const std::string scan = "lake_scan(" + std::to_string(run.context.AddTable(table)) + ")";
  auto refreshed =
      queries.shape().grouped ? RefreshGroups(run, table, queries, scan) : RefreshRows(run, table, queries, scan);
  // An input's snapshot of the last refresh was given up meanwhile.
  if (!refreshed.ok() && refreshed.error().Is(errors::kNoTimeTravel)) return std::optional<RefreshedRows>();
  return refreshed;
}

}  // namespace firn::statements

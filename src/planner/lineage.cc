#include "planner/lineage.h"

#include <algorithm>
#include <map>

#include "planner/column_origins.h"
#include "sql/parser.h"

namespace firn::planner {

namespace {

using catalog::CatalogState;
using catalog::Object;
using catalog::ObjectKind;
using catalog::ObjectRef;

/// What one definition writes: into which object, and where each of its columns comes from.
struct Written {
  std::string to;
  std::vector<std::pair<std::string, Origins>> columns;

  void Add(const std::string& column, Origins from) { columns.emplace_back(column, std::move(from)); }
};

class Collector {
 public:
  explicit Collector(const CatalogState& state) : state_(state) {}

  void All() {
    for (const ObjectRef& database : state_.Children("", ObjectKind::kDatabase)) {
      for (const ObjectRef& schema : state_.Children(database->id, ObjectKind::kSchema)) {
        const NamePlace place{database->name, schema->name};
        for (ObjectKind kind :
             {ObjectKind::kTable, ObjectKind::kView, ObjectKind::kStream, ObjectKind::kTask, ObjectKind::kFunction}) {
          for (const ObjectRef& object : state_.Children(schema->id, kind)) Of(*object, place);
        }
      }
    }
  }
  std::vector<LineageEdge> Take() { return std::move(edges_); }

 private:
  void Of(const Object& object, const NamePlace& place) {
    if (const auto* view = object.As<catalog::ViewInfo>()) {
      FromQuery(view->query, {view->database, view->schema}, object);
    } else if (const auto* stream = object.As<catalog::StreamInfo>()) {
      FromTable(stream->table_id, object);
    } else if (const auto* function = object.As<catalog::FunctionInfo>()) {
      if (function->returns_table) FromQuery(function->body, place, object);
    } else if (const auto* task = object.As<catalog::TaskInfo>()) {
      FromTask(task->text, place, object.id);
    } else if (const auto* table = object.As<catalog::TableInfo>(); table && table->dynamic) {
      FromQuery(table->dynamic->query, place, object);
    }
  }

  /// The edges of a definition that was walked: one an object that it names.
  void Add(const ColumnOrigins& walked, const std::vector<Written>& all, const std::string& through) {
    for (const Written& written : all) {
      std::map<std::string, LineageEdge> edges;
      for (const std::string& from : walked.objects()) edges[from] = {from, written.to, through};
      for (const auto& [column, origins] : written.columns) {
        for (const ColumnOrigin& origin : origins) {
          auto& pairs = edges[origin.object_id].columns;
          std::pair<std::string, std::string> pair{origin.column, column};
          if (std::ranges::find(pairs, pair) == pairs.end()) pairs.push_back(std::move(pair));
        }
      }
      for (const std::string& from : walked.functions()) edges[from] = {from, written.to, through, {}, true};
      for (auto& [from, edge] : edges) {
        if (!written.to.empty() && from != written.to) edges_.push_back(std::move(edge));
      }
    }
  }

  void FromTable(const std::string& table_id, const Object& stream) {
    ObjectRef table = state_.ById(table_id);
    if (!table) return;
    LineageEdge edge{table_id, stream.id, stream.id};
    for (const std::string& name : ColumnNamesOf(state_, *table)) edge.columns.emplace_back(name, name);
    edges_.push_back(std::move(edge));
  }

  void FromQuery(const std::string& text, const NamePlace& place, const Object& object) {
    auto query = sql::ParseQuery(text);
    if (!query.ok()) return;
    ColumnOrigins walk(state_, place);
    Written written{object.id, {}};
    Pair(walk.OfQuery(**query), ColumnNamesOf(state_, object), &written);
    Add(walk, {written}, object.id);
  }

  /// Columns of a query become the target's by position; by name where not all are known.
  static void Pair(const DerivedRows& rows, const std::vector<std::string>& targets, Written* written) {
    for (size_t i = 0; i < targets.size(); ++i) {
      if (!rows.others) {
        if (i < rows.columns.size()) written->Add(targets[i], rows.columns[i].from);
        continue;
      }
      auto same = std::ranges::find_if(
          rows.columns, [&](const DerivedColumn& column) { return EqualsIgnoreCase(column.name, targets[i]); });
      written->Add(targets[i], same != rows.columns.end() ? same->from : *rows.others);
    }
  }

  // --- tasks ---------------------------------------------------------------------------------------------------------

  /// The columns that a statement names as its targets, else all of the table.
  std::vector<std::string> Targets(const std::vector<sql::Ident>& columns, const Object& table) const {
    if (columns.empty()) return ColumnNamesOf(state_, table);
    std::vector<std::string> names;
    for (const sql::Ident& column : columns) names.push_back(NameIn(column.text, table));
    return names;
  }
  /// As the table has it.
  std::string NameIn(const std::string& column, const Object& table) const {
    for (std::string& name : ColumnNamesOf(state_, table)) {
      if (EqualsIgnoreCase(name, column)) return name;
    }
    return column;
  }

  void FromTask(const std::string& text, const NamePlace& place, const std::string& task) {
    auto parsed = sql::Parse(text);
    if (!parsed.ok()) return;
    for (sql::Statement& statement : *parsed) {
      ColumnOrigins walk(state_, place);
      std::vector<Written> written;
      if (auto* insert = statement.As<sql::Insert>()) {
        OfInsert(*insert, walk, &written);
      } else if (auto* multi = statement.As<sql::MultiInsert>()) {
        OfMultiInsert(*multi, walk, &written);
      } else if (auto* merge = statement.As<sql::Merge>()) {
        OfMerge(*merge, walk, &written);
      } else if (auto* update = statement.As<sql::Update>()) {
        OfUpdate(*update, walk, &written);
      } else if (auto* remove = statement.As<sql::Delete>()) {
        OriginScope scope;
        if (ObjectRef target = Over(remove->target, remove->alias, remove->using_relation, walk, &scope)) {
          if (remove->where) (void)walk.OfExpr(remove->where, scope);
          written.push_back({target->id, {}});
        }
      } else if (auto* create = statement.As<sql::CreateTable>(); create && create->as) {
        DerivedRows rows = walk.OfQuery(*create->as);
        if (ObjectRef target = walk.Find(create->name)) {
          Pair(rows, ColumnNamesOf(state_, *target), &written.emplace_back(Written{target->id, {}}));
        }
      }
      Add(walk, written, task);
    }
  }

  void OfInsert(sql::Insert& insert, ColumnOrigins& walk, std::vector<Written>* written) {
    ObjectRef target = walk.Find(insert.target);
    if (!target || !insert.source) return;
    Pair(walk.OfQuery(*insert.source), Targets(insert.columns, *target),
         &written->emplace_back(Written{target->id, {}}));
  }

  void OfMultiInsert(sql::MultiInsert& insert, ColumnOrigins& walk, std::vector<Written>* written) {
    DerivedRows rows = walk.OfQuery(*insert.source);
    OriginScope scope;
    for (const DerivedColumn& column : rows.columns) scope.fields.push_back({"", column.name, column.from});
    if (rows.others) scope.open.push_back({"", *rows.others});
    for (sql::MultiInsert::Branch& branch : insert.branches) {
      for (sql::MultiInsert::Into& into : branch.into) {
        ObjectRef target = walk.Find(into.target);
        if (!target) continue;
        Written& one = written->emplace_back(Written{target->id, {}});
        if (into.values.empty()) {
          Pair(rows, Targets(into.columns, *target), &one);
        } else {
          AddValues(into.columns, into.values, *target, scope, walk, &one);
        }
      }
    }
  }

  void AddValues(const std::vector<sql::Ident>& columns, std::vector<sql::ExprPtr>& values, const Object& target,
                 OriginScope& scope, ColumnOrigins& walk, Written* written) {
    const std::vector<std::string> names = Targets(columns, target);
    for (size_t i = 0; i < names.size() && i < values.size(); ++i)
      written->Add(names[i], walk.OfExpr(values[i], scope));
  }

  /// The scope of a statement over its target and the relation beside it, which may be null.
  ObjectRef Over(const sql::ObjectName& name, const std::optional<sql::Ident>& alias, sql::RelationPtr& relation,
                 ColumnOrigins& walk, OriginScope* scope) {
    ObjectRef target = walk.Find(name);
    if (!target) return nullptr;
    sql::Relation self;
    self.node = sql::NamedRelation{.name = name, .travel = std::nullopt, .sample = std::nullopt};
    self.alias.name = alias;
    walk.AddRelation(self, *scope);
    if (relation) walk.AddRelation(*relation, *scope);
    return target;
  }

  void AddAssignments(std::vector<sql::Assignment>& assignments, const Object& target, OriginScope& scope,
                      ColumnOrigins& walk, Written* written) {
    for (sql::Assignment& assignment : assignments) {
      written->Add(NameIn(assignment.column.text, target), walk.OfExpr(assignment.value, scope));
    }
  }

  void OfUpdate(sql::Update& update, ColumnOrigins& walk, std::vector<Written>* written) {
    OriginScope scope;
    ObjectRef target = Over(update.target, update.alias, update.from, walk, &scope);
    if (!target) return;
    if (update.where) (void)walk.OfExpr(update.where, scope);
    AddAssignments(update.assignments, *target, scope, walk, &written->emplace_back(Written{target->id, {}}));
  }

  void OfMerge(sql::Merge& merge, ColumnOrigins& walk, std::vector<Written>* written) {
    OriginScope scope;
    ObjectRef target = Over(merge.target, merge.alias, merge.source, walk, &scope);
    if (!target) return;
    Written& one = written->emplace_back(Written{target->id, {}});
    (void)walk.OfExpr(merge.on, scope);
    for (sql::MergeClause& clause : merge.clauses) {
      if (clause.condition) (void)walk.OfExpr(clause.condition, scope);
      if (auto* update = std::get_if<sql::MergeUpdate>(&clause.action)) {
        AddAssignments(update->assignments, *target, scope, walk, &one);
      } else if (auto* insert = std::get_if<sql::MergeInsert>(&clause.action)) {
        AddValues(insert->columns, insert->values, *target, scope, walk, &one);
      } else if (!std::get_if<sql::MergeDelete>(&clause.action)) {
        AddByName(*target, scope, &one);
      }
    }
  }

  /// UPDATE | INSERT ALL BY NAME.
  void AddByName(const Object& target, const OriginScope& scope, Written* written) {
    for (const std::string& name : ColumnNamesOf(state_, target)) {
      for (const OriginScope::Field& field : scope.fields) {
        const bool own = field.from.contains({target.id, name});
        if (!own && EqualsIgnoreCase(field.name, name)) written->Add(name, field.from);
      }
    }
  }

  const CatalogState& state_;
  std::vector<LineageEdge> edges_;
};

}  // namespace

std::vector<LineageEdge> LineageOf(const CatalogState& state) {
  Collector collector(state);
  collector.All();
  return collector.Take();
}

}  // namespace firn::planner

#include "faces/pipeline_face/lineage.h"

#include "sql/parser.h"
#include "statements/query_names.h"

namespace firn::faces {

namespace {

using catalog::CatalogState;
using catalog::Object;
using catalog::ObjectKind;
using catalog::ObjectRef;

/// Where unqualified names of a definition are looked up.
struct Place {
  std::string database, schema;
};

class Collector {
 public:
  explicit Collector(const CatalogState& state) : state_(state) {}

  void All() {
    for (const ObjectRef& database : state_.Children("", ObjectKind::kDatabase)) {
      for (const ObjectRef& schema : state_.Children(database->id, ObjectKind::kSchema)) {
        const Place place{database->name, schema->name};
        for (ObjectKind kind :
             {ObjectKind::kTable, ObjectKind::kView, ObjectKind::kStream, ObjectKind::kTask, ObjectKind::kFunction}) {
          for (const ObjectRef& object : state_.Children(schema->id, kind)) Of(*object, place);
        }
      }
    }
  }
  std::vector<LineageEdge> Take() { return std::move(edges_); }

 private:
  void Of(const Object& object, const Place& place) {
    if (const auto* view = object.As<catalog::ViewInfo>()) {
      FromQuery(view->query, {view->database, view->schema}, object.id, object.id);
    } else if (const auto* stream = object.As<catalog::StreamInfo>()) {
      Add(stream->table_id, object.id, object.id);
    } else if (const auto* function = object.As<catalog::FunctionInfo>()) {
      if (function->returns_table) FromQuery(function->body, place, object.id, object.id);
    } else if (const auto* task = object.As<catalog::TaskInfo>()) {
      FromTask(task->text, place, object.id);
    } else if (const auto* table = object.As<catalog::TableInfo>(); table && table->dynamic) {
      FromQuery(table->dynamic->query, place, object.id, object.id);
    }
  }

  void Add(const std::string& from, const std::string& to, const std::string& through) {
    if (from.empty() || to.empty() || from == to) return;
    edges_.push_back({from, to, through});
  }

  /// The table, view or stream of that name; "" for none.
  std::string Find(const sql::ObjectName& name, const Place& place) const {
    const auto& parts = name.parts;
    if (parts.empty() || parts.size() > 3) return "";
    const std::string& database = parts.size() == 3 ? parts[0].text : place.database;
    const std::string& schema = parts.size() >= 2 ? parts[parts.size() - 2].text : place.schema;
    ObjectRef found = state_.InSchema(database, schema, ObjectKind::kTable, parts.back().text);
    return found ? found->id : "";
  }

  void FromParsed(sql::Query& query, const Place& place, const std::string& to, const std::string& through) {
    for (const sql::ObjectName& name : statements::RelationNames(query)) Add(Find(name, place), to, through);
  }
  void FromQuery(const std::string& text, const Place& place, const std::string& to, const std::string& through) {
    auto query = sql::ParseQuery(text);
    if (query.ok()) FromParsed(**query, place, to, through);
  }
  void FromRelation(sql::RelationPtr relation, const Place& place, const std::string& to, const std::string& through) {
    if (!relation) return;
    sql::Query query;
    sql::Select select;
    select.from = std::move(relation);
    query.body = std::move(select);
    FromParsed(query, place, to, through);
  }

  /// What the task's statement writes, from what it reads.
  void FromTask(const std::string& text, const Place& place, const std::string& task) {
    auto parsed = sql::Parse(text);
    if (!parsed.ok()) return;
    for (sql::Statement& statement : *parsed) {
      if (auto* insert = statement.As<sql::Insert>()) {
        if (insert->source) FromParsed(*insert->source, place, Find(insert->target, place), task);
      } else if (auto* merge = statement.As<sql::Merge>()) {
        FromRelation(std::move(merge->source), place, Find(merge->target, place), task);
      } else if (auto* update = statement.As<sql::Update>()) {
        FromRelation(std::move(update->from), place, Find(update->target, place), task);
      } else if (auto* remove = statement.As<sql::Delete>()) {
        FromRelation(std::move(remove->using_relation), place, Find(remove->target, place), task);
      } else if (auto* create = statement.As<sql::CreateTable>(); create && create->as) {
        FromParsed(*create->as, place, Find(create->name, place), task);
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

}  // namespace firn::faces

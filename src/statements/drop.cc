// DROP. https://docs.snowflake.com/en/sql-reference/sql/drop
#include "base/errors.h"
#include "statements/object_names.h"
#include "statements/user_options.h"

namespace firn::statements {

namespace {

using catalog::ObjectKind;

constexpr const char* kPublic = "PUBLIC";

/// What nobody may drop.
Status CheckMayDrop(Execution& run, const catalog::Object& object) {
  bool kept = (object.kind() == ObjectKind::kUser && object.name == run.session.user()) ||
              (object.kind() == ObjectKind::kRole && IsSystemRole(object.name));
  if (!kept) return Ok();
  return Error(errors::kNoPrivilege, {Lower(catalog::Name(object.kind())), object.name});
}

/// Without its schema the session is in PUBLIC, without its database nowhere, without its warehouse it has none.
void LeaveDropped(Execution& run, const catalog::ObjectRef& dropped_database, const catalog::ObjectRef& dropped_schema,
                  const catalog::ObjectRef& dropped_warehouse) {
  session::Session& session = run.session;
  if (dropped_database) {
    session.database.clear();
    session.schema.clear();
  }
  if (dropped_schema) {
    bool there = run.catalog().Current()->Schema(session.database, kPublic) != nullptr;
    session.schema = there ? kPublic : "";
  }
  if (dropped_warehouse) session.warehouse.clear();
  run.context.place = {session.database, session.schema};
}

void DropTemporary(Execution& run, const catalog::Object& object) {
  if (object.kind() == ObjectKind::kTable) run.session.DeleteTemporaryFiles(object.id);
  run.session.temporary.Remove(object.id);
}

Status DropPermanent(Execution& run, const catalog::ObjectRef& object) {
  const catalog::CatalogState& state = run.context.state();
  session::Session& session = run.session;
  auto if_current = [&](catalog::ObjectRef current) {
    return current && current->id == object->id ? current : nullptr;
  };
  catalog::ObjectRef database = if_current(state.Database(session.database));
  catalog::ObjectRef schema = if_current(state.Schema(session.database, session.schema));
  catalog::ObjectRef warehouse = if_current(state.Find("", ObjectKind::kWarehouse, session.warehouse));
  run.transaction().AddObject(catalog::ObjectChange::Drop(*object));
  if (!database && !schema && !warehouse) return Ok();
  FIRN_TRY(CommitNow(run));
  LeaveDropped(run, database, schema, warehouse);
  return Ok();
}

}  // namespace

Result<Answer> Execute(Execution& run, sql::Drop& drop) {
  auto kind = CatalogKind(drop.kind);
  std::string verb = std::string("DROP ") + sql::KindWords(drop.kind);
  if (!kind) return Error(errors::kUnsupported, {verb}, run.statement.at);
  if (!drop.cascade) return Error(errors::kUnsupported, {verb + " … RESTRICT"}, run.statement.at);
  FIRN_ASSIGN(catalog::ObjectRef object,
              *kind == ObjectKind::kFunction
                  ? FindFunctionObject(run, &drop.name, drop.signature, verb.c_str(), drop.if_exists)
                  : FindObject(run, *kind, &drop.name, verb.c_str(), drop.if_exists));
  if (!object) {
    std::string name = drop.name.parts.empty() ? "" : drop.name.parts.back().text;
    return StatusAnswer(run, "Drop statement executed successfully (" + name + " already dropped).");
  }
  FIRN_TRY(CheckMayDrop(run, *object));
  Answer answer = StatusAnswer(run, object->name + " successfully dropped.");
  if (IsTemporary(run, *object)) {
    DropTemporary(run, *object);
  } else {
    FIRN_TRY(DropPermanent(run, object));
  }
  return answer;
}

}  // namespace firn::statements

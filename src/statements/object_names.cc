#include "statements/object_names.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/errors.h"
#include "base/ids.h"

namespace firn::statements {

using catalog::ObjectKind;
using catalog::ObjectRef;

std::string KindTitle(ObjectKind kind) {
  std::string title = Lower(catalog::Name(kind));
  title[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(title[0])));
  return title;
}

std::optional<ObjectKind> CatalogKind(sql::ObjectKind kind) {
  switch (kind) {
    case sql::ObjectKind::kDatabase:
      return ObjectKind::kDatabase;
    case sql::ObjectKind::kDynamicTable:
      return ObjectKind::kTable;
    case sql::ObjectKind::kFileFormat:
      return ObjectKind::kFileFormat;
    case sql::ObjectKind::kFunction:
      return ObjectKind::kFunction;
    case sql::ObjectKind::kIcebergTable:
      return ObjectKind::kTable;
    case sql::ObjectKind::kPipe:
      return ObjectKind::kPipe;
    case sql::ObjectKind::kRole:
      return ObjectKind::kRole;
    case sql::ObjectKind::kSchema:
      return ObjectKind::kSchema;
    case sql::ObjectKind::kSequence:
      return ObjectKind::kSequence;
    case sql::ObjectKind::kStage:
      return ObjectKind::kStage;
    case sql::ObjectKind::kStream:
      return ObjectKind::kStream;
    case sql::ObjectKind::kTable:
      return ObjectKind::kTable;
    case sql::ObjectKind::kTask:
      return ObjectKind::kTask;
    case sql::ObjectKind::kUser:
      return ObjectKind::kUser;
    case sql::ObjectKind::kView:
      return ObjectKind::kView;
    case sql::ObjectKind::kWarehouse:
      return ObjectKind::kWarehouse;
    default:
      return std::nullopt;
  }
}

std::string ShownName(std::string_view name) {
  auto fits = [&](char c) { return (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9') || c == '$'; };
  bool bare = !name.empty() && std::all_of(name.begin(), name.end(), fits) && name[0] != '$' &&
              !(name[0] >= '0' && name[0] <= '9');
  if (bare) return std::string(name);
  std::string quoted = "\"";
  for (char c : name) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

std::string ObjectPlace::Shown() const {
  std::string shown;
  if (!name.database.empty()) shown += ShownName(name.database) + ".";
  if (!name.schema.empty()) shown += ShownName(name.schema) + ".";
  return shown + ShownName(name.name);
}

namespace {

Result<ObjectPlace> SchemaPlace(Execution& run, const sql::ObjectName& name, const char* verb, ObjectPlace place) {
  const auto& parts = name.parts;
  if (parts.size() > 2) return Error(errors::kCannotPerform, {}, name.at);
  place.name.database = parts.size() == 2 ? parts[0].text : run.context.place.database;
  if (place.name.database.empty()) return Error(errors::kNoDatabase, {verb}, name.at);
  FIRN_ASSIGN(ObjectRef database, planner::FindDatabase(run.context, place.name.database, name.at));
  place.name.database = database->name;
  place.parent_id = database->id;
  return place;
}

}  // namespace

Result<ObjectPlace> PlaceOf(Execution& run, ObjectKind kind, sql::ObjectName* name, const char* verb) {
  FIRN_TRY(planner::SettleName(run.context, name));
  if (name->parts.empty() || name->parts.size() > 3) return Error(errors::kCannotPerform, {}, name->at);
  ObjectPlace place{.kind = kind, .name = {}, .parent_id = "", .quoted = name->parts.back().quoted, .at = name->at};
  place.name.name = name->parts.back().text;
  if (place.name.name.empty()) return Error(errors::kCannotPerform, {}, name->at);
  if (catalog::IsAccountLevel(kind)) {
    if (name->parts.size() != 1) return Error(errors::kCannotPerform, {}, name->at);
    return place;
  }
  if (kind == ObjectKind::kSchema) return SchemaPlace(run, *name, verb, std::move(place));
  FIRN_ASSIGN(place.name, planner::Qualify(run.context, *name, verb));
  FIRN_ASSIGN(ObjectRef schema, planner::FindSchema(run.context, place.name.database, place.name.schema, name->at));
  place.parent_id = schema->id;
  return place;
}

ObjectRef ObjectAt(Execution& run, const ObjectPlace& place) {
  if (ObjectRef temporary = run.session.temporary.Find(place.parent_id, place.kind, place.name.name)) return temporary;
  if (place.quoted) return run.context.state().FindExact(place.parent_id, place.kind, place.name.name);
  return run.context.state().Find(place.parent_id, place.kind, place.name.name);
}

bool IsTemporary(Execution& run, const catalog::Object& object) {
  ObjectRef found = run.session.temporary.Find(object.parent_id, object.kind(), object.name);
  return found && found->id == object.id;
}

Error NotFound(const ObjectPlace& place) {
  bool relation = place.kind == ObjectKind::kTable || place.kind == ObjectKind::kView;
  return Error(relation ? errors::kTableNotFound : errors::kKindNotFound, {KindTitle(place.kind), place.Shown()},
               place.at);
}

Result<ObjectRef> FindObject(Execution& run, ObjectKind kind, sql::ObjectName* name, const char* verb, bool if_exists) {
  auto place = PlaceOf(run, kind, name, verb);
  if (!place.ok()) {
    if (if_exists && place.error().Is(errors::kKindNotFound)) return ObjectRef();
    return std::move(place).error();
  }
  ObjectRef object = ObjectAt(run, *place);
  if (!object) {
    if (if_exists) return object;
    return NotFound(*place);
  }
  if (object->kind() != kind) {
    return Error(errors::kOtherKind, {std::string(catalog::Name(object->kind())), std::string(catalog::Name(kind))});
  }
  return object;
}

Result<std::optional<planner::FoundTable>> FindTableObject(Execution& run, sql::ObjectName* name, const char* verb,
                                                           bool if_exists, bool to_write) {
  FIRN_ASSIGN(ObjectRef object, FindObject(run, ObjectKind::kTable, name, verb, if_exists));
  if (!object) return std::optional<planner::FoundTable>();
  FIRN_ASSIGN(planner::FullName full, planner::Qualify(run.context, *name, verb));
  full.name = object->name;
  FIRN_ASSIGN(planner::FoundRelation found, planner::FindRelation(run.context, full, name->at));
  if (!found.table) return Error(errors::kObjectNotFound, {full.Text()}, name->at);
  if (to_write && found.table->info().read_only) {
    return Error(errors::kUnsupported, {std::string(verb) + " of a table with METADATA_FILE_PATH"}, name->at);
  }
  return std::move(found.table);
}

// --- making ----------------------------------------------------------------------------------------------------------

Result<Creation> BeginCreate(Execution& run, ObjectKind kind, sql::ObjectName* name, sql::CreateMode mode,
                             const char* verb, bool temporary) {
  Creation creation;
  FIRN_ASSIGN(creation.place, PlaceOf(run, kind, name, verb));
  creation.temporary = temporary;
  const ObjectPlace& place = creation.place;
  // A temporary object may hide a permanent one of the same name.
  ObjectRef existing = temporary ? run.session.temporary.Find(place.parent_id, kind, place.name.name)
                                 : run.context.state().FindExact(place.parent_id, kind, place.name.name);
  if (!existing) return creation;
  if (mode == sql::CreateMode::kIfNotExists) {
    creation.done = true;
    return creation;
  }
  if (mode == sql::CreateMode::kPlain) return Error(errors::kObjectExists, {name->Text()});
  if (existing->kind() != kind) {
    return Error(errors::kOtherKind, {std::string(catalog::Name(existing->kind())), std::string(catalog::Name(kind))});
  }
  creation.replaced = std::move(existing);
  return creation;
}

Answer FinishCreate(Execution& run, const Creation& creation, catalog::Object object) {
  ObjectKind kind = object.kind();
  std::string title = kind == ObjectKind::kStage ? "Stage area" : KindTitle(kind);
  std::string text = title + " " + object.name + " successfully created.";
  if (creation.temporary) {
    object.created_on = object.altered_on = run.context.now;
    if (creation.replaced) run.session.temporary.Remove(creation.replaced->id);
    run.session.temporary.Put(std::make_shared<const catalog::Object>(std::move(object)));
  } else if (creation.replaced) {
    run.transaction().AddObject(catalog::ObjectChange::Replace(*creation.replaced, std::move(object)));
  } else {
    run.transaction().AddObject(catalog::ObjectChange::Create(std::move(object)));
  }
  return StatusAnswer(run, std::move(text));
}

Answer AlreadyThere(Execution& run, const Creation& creation) {
  return StatusAnswer(run, creation.place.name.name + " already exists, statement succeeded.");
}

// --- changing --------------------------------------------------------------------------------------------------------

void ChangeObject(Execution& run, const ObjectRef& old, catalog::Object changed) {
  if (IsTemporary(run, *old)) {
    changed.altered_on = run.context.now;
    changed.version = old->version + 1;
    run.session.temporary.Put(std::make_shared<const catalog::Object>(std::move(changed)));
    return;
  }
  run.transaction().AddObject(catalog::ObjectChange::Alter(*old, std::move(changed)));
}

Status RenameObject(Execution& run, const ObjectRef& object, sql::ObjectName* new_name, const char* verb) {
  FIRN_ASSIGN(ObjectPlace place, PlaceOf(run, object->kind(), new_name, verb));
  bool temporary = IsTemporary(run, *object);
  ObjectRef taken = temporary ? run.session.temporary.Find(place.parent_id, place.kind, place.name.name)
                              : run.context.state().FindExact(place.parent_id, place.kind, place.name.name);
  if (taken) return Error(errors::kObjectExists, {new_name->Text()});
  catalog::Object changed = *object;
  changed.name = place.name.name;
  changed.parent_id = place.parent_id;
  ChangeObject(run, object, std::move(changed));
  return Ok();
}

Status SwapObjects(Execution& run, const ObjectRef& a, const ObjectRef& b) {
  if (a->id == b->id) return Error(errors::kCannotPerform);
  if (IsTemporary(run, *a) || IsTemporary(run, *b)) {
    return Error(errors::kUnsupported, {"SWAP WITH of temporary objects"});
  }
  // Three renames; each takes the version before it + 1.
  catalog::Object aside = *a;
  aside.name = "firn$swap$" + NewUuid();
  catalog::Object second = *b;
  second.name = a->name;
  second.parent_id = a->parent_id;
  catalog::Object third = aside;
  run.transaction().AddObject(catalog::ObjectChange::Alter(*a, aside));
  run.transaction().AddObject(catalog::ObjectChange::Alter(*b, std::move(second)));
  aside.version = a->version + 1;
  third.version = aside.version;
  third.name = b->name;
  third.parent_id = b->parent_id;
  run.transaction().AddObject(catalog::ObjectChange::Alter(aside, std::move(third)));
  return Ok();
}

Status CommitNow(Execution& run) {
  if (run.transaction().gathers()) return Ok();  // one commit at the end
  run.transaction().AddStatement(run.info);
  auto committed = run.transaction().Commit(run.catalog(), [&] { return run.cancel.canceled(); });
  if (!committed.ok()) return std::move(committed).error();
  return Ok();
}

Status CommitAndFollow(Execution& run) {
  const catalog::CatalogState& before = run.context.state();
  ObjectRef database = before.Database(run.session.database);
  ObjectRef schema = before.Schema(run.session.database, run.session.schema);
  FIRN_TRY(CommitNow(run));
  catalog::StatePtr after = run.catalog().Current();
  ObjectRef moved = schema ? after->ById(schema->id) : nullptr;
  if (moved) {
    run.session.schema = moved->name;
    database = after->ById(moved->parent_id);
  } else if (database) {
    database = after->ById(database->id);
  }
  if (database) run.session.database = database->name;
  run.context.place = {run.session.database, run.session.schema};
  return Ok();
}

Answer StatusAnswer(Execution& run, std::string text) {
  run.info.message = text;
  return Answer::StatusLine(std::move(text));
}

Answer Succeeded(Execution& run) { return StatusAnswer(run, "Statement executed successfully."); }

}  // namespace firn::statements

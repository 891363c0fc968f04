// USE. https://docs.snowflake.com/en/sql-reference/sql/use
#include "base/errors.h"
#include "statements/object_names.h"

namespace firn::statements {

namespace {

using catalog::ObjectKind;

constexpr const char* kPublic = "PUBLIC";
constexpr const char* kInformationSchema = "INFORMATION_SCHEMA";

void Enter(Execution& run, std::string database, std::string schema) {
  run.session.database = std::move(database);
  run.session.schema = std::move(schema);
  run.context.place = {run.session.database, run.session.schema};
}

/// An account-level object. Errors: kCannotPerform for an unknown one.
Result<catalog::ObjectRef> Named(Execution& run, ObjectKind kind, sql::ObjectName* name) {
  FIRN_ASSIGN(ObjectPlace place, PlaceOf(run, kind, name, "USE"));
  catalog::ObjectRef found = ObjectAt(run, place);
  if (!found) return Error(errors::kCannotPerform);
  return found;
}

Status UseDatabase(Execution& run, sql::ObjectName* name) {
  FIRN_ASSIGN(catalog::ObjectRef database, Named(run, ObjectKind::kDatabase, name));
  catalog::ObjectRef schema = run.context.state().Find(database->id, ObjectKind::kSchema, kPublic);
  Enter(run, database->name, schema ? schema->name : "");
  return Ok();
}

Status UseSchema(Execution& run, sql::ObjectName* name) {
  auto place = PlaceOf(run, ObjectKind::kSchema, name, "USE SCHEMA");
  if (!place.ok()) {
    if (place.error().Is(errors::kKindNotFound)) return Error(errors::kCannotPerform);
    return std::move(place).error();
  }
  catalog::ObjectRef schema = ObjectAt(run, *place);
  if (!schema && place->name.name != kInformationSchema) return Error(errors::kCannotPerform);
  Enter(run, place->name.database, schema ? schema->name : kInformationSchema);
  return Ok();
}

Status UseSecondaryRoles(Execution& run, const sql::Use& use) {
  std::string roles = use.all_secondary ? "ALL" : use.secondary.empty() ? "NONE" : "";
  for (const sql::Ident& role : use.secondary) {
    catalog::ObjectRef found = run.context.state().Find("", ObjectKind::kRole, role.text);
    if (!found) return Error(errors::kCannotPerform);
    roles += (roles.empty() ? "" : ",") + found->name;
  }
  run.session.secondary_roles = std::move(roles);
  return Ok();
}

}  // namespace

Result<Answer> Execute(Execution& run, sql::Use& use) {
  switch (use.kind) {
    case sql::Use::Kind::kDatabase:
      FIRN_TRY(planner::SettleName(run.context, &use.name));
      // USE IDENTIFIER('db.schema')
      FIRN_TRY(use.name.parts.size() == 2 ? UseSchema(run, &use.name) : UseDatabase(run, &use.name));
      break;
    case sql::Use::Kind::kSchema:
      FIRN_TRY(UseSchema(run, &use.name));
      break;
    case sql::Use::Kind::kRole: {
      FIRN_ASSIGN(catalog::ObjectRef role, Named(run, ObjectKind::kRole, &use.name));
      run.session.role = role->name;
      break;
    }
    case sql::Use::Kind::kWarehouse: {
      FIRN_ASSIGN(catalog::ObjectRef warehouse, Named(run, ObjectKind::kWarehouse, &use.name));
      run.session.warehouse = warehouse->name;
      break;
    }
    case sql::Use::Kind::kSecondaryRoles:
      FIRN_TRY(UseSecondaryRoles(run, use));
      break;
  }
  return Succeeded(run);
}

}  // namespace firn::statements

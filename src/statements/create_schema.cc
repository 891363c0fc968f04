// CREATE DATABASE and CREATE SCHEMA. Both move the session into what they made.
// https://docs.snowflake.com/en/sql-reference/sql/create-database, …/create-schema
#include "base/errors.h"
#include "statements/execution.h"
#include "statements/object_names.h"
#include "statements/object_options.h"

namespace firn::statements {

namespace {

constexpr const char* kPublic = "PUBLIC";
constexpr const char* kInformationSchema = "INFORMATION_SCHEMA";  ///< every database has it, and the catalog does not

/// Only a creation that happened moves the session.
Status CommitAndEnter(Execution& run, std::string database, std::string schema) {
  FIRN_TRY(CommitNow(run));
  run.session.database = std::move(database);
  run.session.schema = std::move(schema);
  run.context.place = {run.session.database, run.session.schema};
  return Ok();
}

}  // namespace

Result<Answer> Execute(Execution& run, sql::CreateDatabase& create) {
  FIRN_ASSIGN(Creation creation,
              BeginCreate(run, catalog::ObjectKind::kDatabase, &create.name, create.mode, "CREATE DATABASE"));
  if (creation.done) return AlreadyThere(run, creation);
  std::string name = creation.place.name.name;
  catalog::Object database =
      catalog::NewObject(catalog::DatabaseInfo{.transient = create.transient}, "", name, run.session.role);
  FIRN_TRY(SetObjectOptions(run, create.options, &database));
  catalog::Object schema =
      catalog::NewObject(catalog::SchemaInfo{.transient = create.transient}, database.id, kPublic, run.session.role);
  Answer answer = FinishCreate(run, creation, std::move(database));
  run.transaction().AddObject(catalog::ObjectChange::Create(std::move(schema)));
  FIRN_TRY(CommitAndEnter(run, std::move(name), kPublic));
  return answer;
}

Result<Answer> Execute(Execution& run, sql::CreateSchema& create) {
  FIRN_ASSIGN(Creation creation,
              BeginCreate(run, catalog::ObjectKind::kSchema, &create.name, create.mode, "CREATE SCHEMA"));
  if (creation.done) return AlreadyThere(run, creation);
  const ObjectPlace& place = creation.place;
  if (place.name.name == kInformationSchema) return Error(errors::kObjectExists, {create.name.Text()});
  catalog::Object schema =
      catalog::NewObject(catalog::SchemaInfo{.transient = create.transient, .managed_access = create.managed_access},
                         place.parent_id, place.name.name, run.session.role);
  FIRN_TRY(SetObjectOptions(run, create.options, &schema));
  Answer answer = FinishCreate(run, creation, std::move(schema));
  FIRN_TRY(CommitAndEnter(run, place.name.database, place.name.name));
  return answer;
}

}  // namespace firn::statements

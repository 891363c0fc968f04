// ALTER DATABASE, ALTER SCHEMA, ALTER VIEW. https://docs.snowflake.com/en/sql-reference/sql/alter-database,
// …/alter-schema, …/alter-view
#include "base/errors.h"
#include "statements/object_names.h"
#include "statements/object_options.h"

namespace firn::statements {

namespace {

using catalog::ObjectKind;

/// What databases and schemas have in common.
template <class Alter>
Result<Answer> AlterContainer(Execution& run, Alter& alter, ObjectKind kind, const char* verb) {
  FIRN_ASSIGN(catalog::ObjectRef object, FindObject(run, kind, &alter.name, verb, alter.if_exists));
  Answer answer = Succeeded(run);
  if (!object) return answer;
  if (auto* rename = std::get_if<sql::RenameTo>(&alter.action)) {
    FIRN_TRY(RenameObject(run, object, &rename->name, verb));
    FIRN_TRY(CommitAndFollow(run));
    return answer;
  }
  if (auto* swap = std::get_if<sql::SwapWith>(&alter.action)) {
    FIRN_ASSIGN(catalog::ObjectRef other, FindObject(run, kind, &swap->name, verb));
    FIRN_TRY(SwapObjects(run, object, other));
    return answer;
  }
  catalog::Object changed = *object;
  if (auto* set = std::get_if<sql::SetOptions>(&alter.action)) {
    FIRN_TRY(SetObjectOptions(run, set->options, &changed));
  } else {
    FIRN_TRY(UnsetObjectOptions(std::get<sql::UnsetOptions>(alter.action).names, &changed));
  }
  ChangeObject(run, object, std::move(changed));
  return answer;
}

Status CommentColumn(const sql::AlterColumn& alter, catalog::ViewInfo* view) {
  auto* comment = std::get_if<sql::SetComment>(&alter.change);
  if (!comment) return Error(errors::kUnsupported, {"ALTER VIEW … ALTER COLUMN other than COMMENT"}, alter.column.at);
  for (catalog::ColumnInfo& column : view->columns) {
    if (column.name != alter.column.text) continue;
    column.comment = comment->text;
    return Ok();
  }
  return Error(errors::kInvalidIdentifier, {ShownName(alter.column.text)}, alter.column.at);
}

}  // namespace

Result<Answer> Execute(Execution& run, sql::AlterDatabase& alter) {
  return AlterContainer(run, alter, ObjectKind::kDatabase, "ALTER DATABASE");
}

Result<Answer> Execute(Execution& run, sql::AlterSchema& alter) {
  return AlterContainer(run, alter, ObjectKind::kSchema, "ALTER SCHEMA");
}

Result<Answer> Execute(Execution& run, sql::AlterView& alter) {
  FIRN_ASSIGN(catalog::ObjectRef view, FindObject(run, ObjectKind::kView, &alter.name, "ALTER VIEW", alter.if_exists));
  if (!view) return Succeeded(run);
  if (auto* rename = std::get_if<sql::RenameTo>(&alter.actions[0])) {
    FIRN_TRY(RenameObject(run, view, &rename->name, "ALTER VIEW"));
    return Succeeded(run);
  }
  catalog::Object changed = *view;
  for (auto& action : alter.actions) {
    if (auto* set = std::get_if<sql::SetOptions>(&action)) {
      FIRN_TRY(SetObjectOptions(run, set->options, &changed));
    } else if (auto* unset = std::get_if<sql::UnsetOptions>(&action)) {
      FIRN_TRY(UnsetObjectOptions(unset->names, &changed));
    } else if (auto* column = std::get_if<sql::AlterColumn>(&action)) {
      FIRN_TRY(CommentColumn(*column, changed.As<catalog::ViewInfo>()));
    }
  }
  ChangeObject(run, view, std::move(changed));
  return Succeeded(run);
}

}  // namespace firn::statements

// COMMENT ON. https://docs.snowflake.com/en/sql-reference/sql/comment
#include "base/errors.h"
#include "statements/object_names.h"
#include "statements/table_change.h"

namespace firn::statements {

namespace {

/// A column of a table or a view.
Result<Answer> OnColumn(Execution& run, sql::CommentOn& comment) {
  FIRN_ASSIGN(ObjectPlace place, PlaceOf(run, catalog::ObjectKind::kTable, &comment.name, "COMMENT ON COLUMN"));
  catalog::ObjectRef object = ObjectAt(run, place);
  if (!object) {
    if (comment.if_exists) return Succeeded(run);
    return NotFound(place);
  }
  sql::AlterColumn change{*comment.column, sql::SetComment{comment.text}};
  if (auto* view = object->As<catalog::ViewInfo>()) {
    catalog::Object changed = *object;
    for (size_t i = 0; i < view->columns.size(); ++i) {
      if (view->columns[i].name != comment.column->text) continue;
      changed.As<catalog::ViewInfo>()->columns[i].comment = comment.text;
      ChangeObject(run, object, std::move(changed));
      return Succeeded(run);
    }
    return Error(errors::kObjectNotFound, {comment.column->text});
  }
  const auto* column = object->As<catalog::TableInfo>()->Column(comment.column->text);
  if (!column) return Error(errors::kObjectNotFound, {comment.column->text});
  FIRN_ASSIGN(auto table, FindTableObject(run, &comment.name, "COMMENT ON COLUMN", false, true));
  if (!table) return NotFound(place);
  TableChangeDraft draft(run, *std::move(table));
  FIRN_TRY(ChangeColumn(run, &draft, change));
  FIRN_TRY(draft.Apply());
  return Succeeded(run);
}

}  // namespace

Result<Answer> Execute(Execution& run, sql::CommentOn& comment) {
  if (comment.kind == sql::ObjectKind::kColumn) return OnColumn(run, comment);
  std::string verb = std::string("COMMENT ON ") + sql::KindWords(comment.kind);
  auto kind = CatalogKind(comment.kind);
  if (!kind) return Error(errors::kUnsupported, {verb}, run.statement.at);
  FIRN_ASSIGN(catalog::ObjectRef object, FindObject(run, *kind, &comment.name, verb.c_str(), comment.if_exists));
  if (!object) return Succeeded(run);
  catalog::Object changed = *object;
  changed.comment = comment.text;
  ChangeObject(run, object, std::move(changed));
  return Succeeded(run);
}

}  // namespace firn::statements

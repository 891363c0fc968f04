// UNDROP TABLE, SCHEMA and DATABASE: the one that was dropped last comes back with what is in it.
// https://docs.snowflake.com/en/sql-reference/sql/undrop
#include "base/errors.h"
#include "statements/object_names.h"

namespace firn::statements {

Result<Answer> Execute(Execution& run, sql::Undrop& undrop) {
  auto kind = CatalogKind(undrop.kind);
  bool kept = kind == catalog::ObjectKind::kDatabase || kind == catalog::ObjectKind::kSchema ||
              kind == catalog::ObjectKind::kTable;
  std::string verb = std::string("UNDROP ") + sql::KindWords(undrop.kind);
  if (!kept) return Error(errors::kUnsupported, {verb}, run.statement.at);
  FIRN_ASSIGN(ObjectPlace place, PlaceOf(run, *kind, &undrop.name, verb.c_str()));
  const catalog::CatalogState& state = run.context.state();
  catalog::ObjectRef dropped = state.LatestDropped(place.parent_id, *kind, place.name.name);
  if (!dropped) {
    return Error(errors::kInvalidExpression,
                 {KindTitle(*kind) + " " + ShownName(place.name.name) + " did not exist or was purged."});
  }
  if (state.FindExact(place.parent_id, *kind, place.name.name)) {
    return Error(errors::kObjectExists, {undrop.name.Text()});
  }
  run.transaction().AddObject(catalog::ObjectChange::Undrop(*dropped));
  return StatusAnswer(run, KindTitle(*kind) + " " + dropped->name + " successfully restored.");
}

}  // namespace firn::statements

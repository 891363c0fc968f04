// Objects by name, for the statements that make, change and remove them: where a new object goes, which object a name
// means, how it takes its place in the transaction or among the session's temporary objects, and the status texts.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "statements/execution.h"

namespace firn::statements {

/// "Table", "File format": how error texts begin.
std::string KindTitle(catalog::ObjectKind kind);
/// The catalog's kind; none for kinds that the catalog does not hold.
std::optional<catalog::ObjectKind> CatalogKind(sql::ObjectKind kind);
/// An identifier as error texts show it: quoted where it could not stand bare.
std::string ShownName(std::string_view name);

/// Where an object is, or would be. Of account-level kinds only `name.name` is set; of schemas also `name.database`.
struct ObjectPlace {
  catalog::ObjectKind kind;
  planner::FullName name;
  std::string parent_id;
  bool quoted = false;  ///< the last part was written in quotes: then it is meant exactly
  Position at;
  /// "DB.SCHEMA.T", as error texts show it.
  std::string Shown() const;
};

/// Settles and qualifies `name`. `verb` is for error texts. Errors: kNoDatabase, kNoSchema, kKindNotFound for the
/// database or schema, kCannotPerform for too many parts.
Result<ObjectPlace> PlaceOf(Execution& run, catalog::ObjectKind kind, sql::ObjectName* name, const char* verb);
/// What stands at the place, temporary objects first; null if nothing does. Tables and views share one namespace.
catalog::ObjectRef ObjectAt(Execution& run, const ObjectPlace& place);
bool IsTemporary(Execution& run, const catalog::Object& object);

/// The object of that kind and name. Null where it is not there and `if_exists`.
/// Errors: those of PlaceOf; kTableNotFound, kKindNotFound; kOtherKind for a view in place of a table and the reverse.
Result<catalog::ObjectRef> FindObject(Execution& run, catalog::ObjectKind kind, sql::ObjectName* name, const char* verb,
                                      bool if_exists = false);
/// The function of that name whose arguments have those types (function.cc). Errors: as FindObject.
Result<catalog::ObjectRef> FindFunctionObject(Execution& run, sql::ObjectName* name,
                                              const std::vector<SqlType>& signature, const char* verb,
                                              bool if_exists = false);
/// kTableNotFound or kKindNotFound of that place.
Error NotFound(const ObjectPlace& place);
/// A table with its contents as the statement sees it. None where it is not there and `if_exists`. Errors: as
/// FindObject; kUnsupported for a read-only table if `to_write`.
Result<std::optional<planner::FoundTable>> FindTableObject(Execution& run, sql::ObjectName* name, const char* verb,
                                                           bool if_exists, bool to_write);

// --- making ----------------------------------------------------------------------------------------------------------

/// What CREATE found at the name of the new object.
struct Creation {
  ObjectPlace place;
  catalog::ObjectRef replaced;  ///< OR REPLACE: what goes; else null
  bool temporary = false;
  bool done = false;  ///< IF NOT EXISTS, and it does exist
};
/// Errors: those of PlaceOf; kObjectExists; kOtherKind where OR REPLACE finds a table in place of a view.
Result<Creation> BeginCreate(Execution& run, catalog::ObjectKind kind, sql::ObjectName* name, sql::CreateMode mode,
                             const char* verb, bool temporary = false);
/// Puts the object in its place. Answers "Stage area S successfully created." and the like.
Answer FinishCreate(Execution& run, const Creation& creation, catalog::Object object);
/// "T already exists, statement succeeded."
Answer AlreadyThere(Execution& run, const Creation& creation);

// --- changing --------------------------------------------------------------------------------------------------------

/// Puts `changed`, a changed copy of `old`, in its place.
void ChangeObject(Execution& run, const catalog::ObjectRef& old, catalog::Object changed);
/// RENAME TO, into another schema or database too. Errors: those of PlaceOf; kObjectExists.
Status RenameObject(Execution& run, const catalog::ObjectRef& object, sql::ObjectName* new_name, const char* verb);
/// SWAP WITH an object of the same kind: three renames.
Status SwapObjects(Execution& run, const catalog::ObjectRef& a, const catalog::ObjectRef& b);
/// RENAME TO of databases and schemas: commits, and the session stays where it was, under the new name.
Status CommitAndFollow(Execution& run);

/// Commits what is pending. For statements that also change the session, once it is certain.
Status CommitNow(Execution& run);

/// The status line `text`, which the log keeps too (rule 7).
Answer StatusAnswer(Execution& run, std::string text);
/// "Statement executed successfully."
Answer Succeeded(Execution& run);

}  // namespace firn::statements

// Statements about the session and what it sees: USE, SET, transactions, SHOW, DESCRIBE, grants, files of stages,
// calls. See sql/statement.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sql/option.h"
#include "sql/query.h"

namespace firn::sql {

/// USE kind name. `USE x` is kDatabase, `USE x.y` is kSchema.
struct Use {
  enum class Kind { kDatabase, kSchema, kRole, kWarehouse, kSecondaryRoles } kind;
  ObjectName name;               ///< of kSecondaryRoles: none
  bool all_secondary = false;    ///< USE SECONDARY ROLES ALL
  std::vector<Ident> secondary;  ///< USE SECONDARY ROLES a, b; empty and not all: NONE
};

/// SET a = 1; SET (a, b) = (1, 2): as many values as names. SET (a, b) = (SELECT …): one ScalarQuery.
struct SetVariables {
  std::vector<std::string> names;  ///< upper case
  std::vector<ExprPtr> values;
};
struct UnsetVariables {
  std::vector<std::string> names;  ///< upper case
};

/// BEGIN [WORK | TRANSACTION] [NAME n]; START TRANSACTION [NAME n]
struct Begin {
  std::optional<Ident> name;
};
struct Commit {};
struct Rollback {};

/// SHOW [TERSE] kind [HISTORY] [LIKE …] [IN …] [STARTS WITH …] [LIMIT n [FROM …]]
struct Show {
  enum class Scope {
    kNone,
    kAccount,
    kSession,
    kDatabase,
    kSchema,
    kTable,
    kView,
    kUser,
    kWarehouse,
    kRole,
    kUnspecified,  ///< IN name: a schema, or for COLUMNS and keys a table
  };
  std::string kind;  ///< upper-case words in the plural: "TABLES", "FILE FORMATS", "PRIMARY KEYS", "PARAMETERS"
  bool terse = false;
  bool history = false;
  std::optional<std::string> like;
  Scope scope = Scope::kNone;
  ObjectName scope_name;  ///< no parts: the session's own
  std::optional<std::string> starts_with;
  std::optional<int64_t> limit;
  std::optional<std::string> from;
};

/// SHOW [FUTURE] GRANTS [ON kind name | TO ROLE | USER … | OF ROLE … | IN …]
struct ShowGrants {
  enum class By { kSession, kOn, kTo, kOf, kIn } by = By::kSession;
  bool future = false;
  std::string kind;  ///< "TABLE", "ROLE" … upper-case words; empty for kSession
  ObjectName name;
};

/// DESCRIBE kind name; DESCRIBE TABLE t TYPE = STAGE
struct Describe {
  ObjectKind kind;
  ObjectName name;
  bool stage_type = false;         ///< TYPE = STAGE instead of COLUMNS
  std::vector<SqlType> signature;  ///< of a function or procedure
};
/// DESCRIBE RESULT 'query id' | LAST_QUERY_ID()
struct DescribeResult {
  ExprPtr query_id;
};

/// GRANT privileges ON … TO …; REVOKE … FROM …
struct Grant {
  bool revoke = false;
  std::vector<std::string> privileges;  ///< upper-case words: "SELECT", "CREATE TABLE", "ALL PRIVILEGES", "OWNERSHIP"
  enum class On { kObject, kAll, kFuture } on = On::kObject;
  std::string object_kind;  ///< "TABLE", "ACCOUNT"; of kAll and kFuture in the plural: "TABLES"
  ObjectName object;        ///< no parts for ACCOUNT
  std::string in_kind;      ///< of kAll and kFuture: "SCHEMA" or "DATABASE"
  ObjectName in;
  std::string grantee_kind;  ///< "ROLE", "USER", "SHARE", "DATABASE ROLE"
  ObjectName grantee;
  bool grant_option = false;  ///< WITH GRANT OPTION; REVOKE GRANT OPTION FOR
  std::string behind;         ///< of OWNERSHIP: "COPY" or "REVOKE" CURRENT GRANTS; of REVOKE: "CASCADE", "RESTRICT"
};
/// GRANT ROLE r TO ROLE | USER x; REVOKE ROLE r FROM …
struct GrantRole {
  bool revoke = false;
  ObjectName role;
  std::string grantee_kind;  ///< "ROLE" or "USER"
  ObjectName grantee;
};

/// LIST | LS @stage [PATTERN = '…']
struct ListStage {
  StageLocation location;
  std::optional<std::string> pattern;
};
/// REMOVE | RM @stage [PATTERN = '…']
struct RemoveStage {
  StageLocation location;
  std::optional<std::string> pattern;
};
/// PUT 'file://…' @stage options
struct Put {
  std::string file;  ///< with file://
  StageLocation location;
  std::vector<Option> options;  ///< PARALLEL, AUTO_COMPRESS, SOURCE_COMPRESSION, OVERWRITE
};
/// GET @stage 'file://…' options
struct Get {
  StageLocation location;
  std::string file;
  std::vector<Option> options;  ///< PARALLEL, PATTERN
};

/// EXECUTE IMMEDIATE 'text' | $variable [USING (a, b)]
struct ExecuteImmediate {
  ExprPtr text;
  std::vector<Ident> using_variables;
};
/// CALL p(…)
struct CallProcedure {
  ObjectName name;
  std::vector<Argument> args;
};

}  // namespace firn::sql

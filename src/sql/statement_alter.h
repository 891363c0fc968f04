// ALTER statements: one struct an object, whose action is a variant of the structs here. See sql/statement.h.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sql/option.h"
#include "sql/statement_ddl.h"

namespace firn::sql {

// --- actions that several objects have -------------------------------------------------------------------------------

struct RenameTo {
  ObjectName name;
};
struct SwapWith {
  ObjectName name;
};
struct SetOptions {
  std::vector<Option> options;
};
struct UnsetOptions {
  std::vector<std::string> names;  ///< upper case
};

// --- columns and tables ----------------------------------------------------------------------------------------------

/// ADD [COLUMN] [IF NOT EXISTS] a …, b …
struct AddColumns {
  std::vector<ColumnDef> columns;
  bool if_not_exists = false;
};
/// DROP [COLUMN] [IF EXISTS] a, b
struct DropColumns {
  std::vector<Ident> columns;
  bool if_exists = false;
};
struct RenameColumn {
  Ident from, to;
};

struct SetDataType {
  SqlType type;
};
struct SetNotNull {};
struct DropNotNull {};
struct SetDefault {
  ExprPtr value;
  std::string text;  ///< source text of `value`
};
struct DropDefault {};
/// COMMENT 'text'; UNSET COMMENT is the empty text.
struct SetComment {
  std::string text;
};
/// ALTER | MODIFY [COLUMN] a …
struct AlterColumn {
  Ident column;
  std::variant<SetDataType, SetNotNull, DropNotNull, SetDefault, DropDefault, SetComment> change;
};

struct SetClusterBy {
  std::vector<ExprPtr> keys;
  std::string text;  ///< source text of the list: "(a, b)"
};
struct DropClusteringKey {};
/// SUSPEND | RESUME RECLUSTER
struct SetRecluster {
  bool resume;
};
struct AddConstraint {
  TableConstraint constraint;
};
/// DROP CONSTRAINT name | PRIMARY KEY | UNIQUE (columns) | FOREIGN KEY (columns)
struct DropConstraint {
  std::optional<Ident> name;  ///< unset: by kind and columns
  TableConstraint::Kind kind = TableConstraint::Kind::kPrimaryKey;
  std::vector<Ident> columns;
};
struct RenameConstraint {
  Ident from, to;
};

using AlterTableAction =
    std::variant<AddColumns, DropColumns, RenameColumn, RenameTo, AlterColumn, SetOptions, UnsetOptions, SetClusterBy,
                 DropClusteringKey, SetRecluster, SwapWith, AddConstraint, DropConstraint, RenameConstraint>;

/// Several actions only of ALTER COLUMN a …, COLUMN b …
struct AlterTable {
  ObjectName name;
  bool if_exists = false;
  bool iceberg = false;                   ///< ALTER ICEBERG TABLE
  std::vector<AlterTableAction> actions;  ///< at least one, in written order
};

// --- other objects ---------------------------------------------------------------------------------------------------

/// SET SECURE is the option SECURE = true.
struct AlterView {
  ObjectName name;
  bool if_exists = false;
  std::vector<std::variant<RenameTo, SetOptions, UnsetOptions, AlterColumn>> actions;
};

struct AlterDatabase {
  ObjectName name;
  bool if_exists = false;
  std::variant<RenameTo, SwapWith, SetOptions, UnsetOptions> action;
};

/// ENABLE | DISABLE MANAGED ACCESS is the option MANAGED_ACCESS.
struct AlterSchema {
  ObjectName name;
  bool if_exists = false;
  std::variant<RenameTo, SwapWith, SetOptions, UnsetOptions> action;
};

/// SET INCREMENT BY n is the option INCREMENT; ORDER and NOORDER are the option ORDER.
struct AlterSequence {
  ObjectName name;
  bool if_exists = false;
  std::variant<RenameTo, SetOptions, UnsetOptions> action;
};

struct AlterStage {
  ObjectName name;
  bool if_exists = false;
  std::variant<RenameTo, SetOptions, UnsetOptions> action;  ///< FILE_FORMAT is among the options
};

struct AlterFileFormat {
  ObjectName name;
  bool if_exists = false;
  std::variant<RenameTo, SetOptions> action;
};

struct SuspendWarehouse {};
struct ResumeWarehouse {
  bool if_suspended = false;
};
struct AbortAllQueries {};
struct AlterWarehouse {
  ObjectName name;  ///< no parts: the session's warehouse
  bool if_exists = false;
  std::variant<RenameTo, SetOptions, UnsetOptions, SuspendWarehouse, ResumeWarehouse, AbortAllQueries> action;
};

/// ADD PROGRAMMATIC ACCESS TOKEN name [ROLE_RESTRICTION = … DAYS_TO_EXPIRY = … COMMENT = …]
struct AddAccessToken {
  Ident name;
  std::vector<Option> options;
};
/// MODIFY PROGRAMMATIC ACCESS TOKEN name RENAME TO new | SET …
struct ModifyAccessToken {
  Ident name;
  std::optional<Ident> new_name;
  std::vector<Option> options;
};
struct RotateAccessToken {
  Ident name;
  std::vector<Option> options;
};
struct RemoveAccessToken {
  Ident name;
};
struct AlterUser {
  ObjectName name;  ///< no parts: the session's user
  bool if_exists = false;
  std::variant<RenameTo, SetOptions, UnsetOptions, AbortAllQueries, AddAccessToken, ModifyAccessToken,
               RotateAccessToken, RemoveAccessToken>
      action;
};

struct AlterRole {
  ObjectName name;
  bool if_exists = false;
  std::variant<RenameTo, SetOptions, UnsetOptions> action;
};

struct AlterAccount {
  std::variant<SetOptions, UnsetOptions> action;
};

/// ALTER SESSION SET a = 1 b = 'x' | UNSET a, b
struct AlterSession {
  std::variant<SetOptions, UnsetOptions> action;
};

}  // namespace firn::sql

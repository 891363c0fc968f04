// Statements that make and remove objects: CREATE …, DROP, UNDROP, COMMENT. ALTER is in statement_alter.h.
// See sql/statement.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sql/option.h"
#include "sql/query.h"

namespace firn::sql {

enum class CreateMode { kPlain, kOrReplace, kIfNotExists };
enum class Persistence { kPermanent, kTransient, kTemporary };

struct CreateDatabase {
  ObjectName name;
  CreateMode mode = CreateMode::kPlain;
  bool transient = false;
  std::vector<Option> options;  ///< DATA_RETENTION_TIME_IN_DAYS, COMMENT …
};

struct CreateSchema {
  ObjectName name;
  CreateMode mode = CreateMode::kPlain;
  bool transient = false;
  bool managed_access = false;
  std::vector<Option> options;
};

/// AUTOINCREMENT | IDENTITY [(start, step) | START n INCREMENT n] [ORDER | NOORDER]
struct Identity {
  int64_t start = 1;
  int64_t step = 1;
  bool ordered = false;
};

/// REFERENCES t [(columns)]: kept, not enforced.
struct ForeignKey {
  ObjectName table;
  std::vector<Ident> columns;
};

struct ColumnDef {
  Ident name;
  std::optional<SqlType> type;  ///< unset only in CREATE TABLE t (a, b) AS query
  bool not_null = false;
  ExprPtr default_value;     ///< may be null
  std::string default_text;  ///< source text of default_value
  std::optional<Identity> identity;
  bool primary_key = false;  ///< kept, not enforced; implies not_null
  bool unique = false;       ///< kept, not enforced
  std::optional<ForeignKey> references;
  std::optional<std::string> collation;
  std::optional<std::string> comment;
};

/// [CONSTRAINT name] PRIMARY KEY | UNIQUE | FOREIGN KEY (columns) …: kept, not enforced.
struct TableConstraint {
  enum class Kind { kPrimaryKey, kUnique, kForeignKey } kind;
  std::optional<Ident> name;
  std::vector<Ident> columns;
  std::optional<ForeignKey> references;  ///< of a foreign key
};

/// CREATE … TABLE t (columns) [AS query]; CREATE ICEBERG TABLE … METADATA_FILE_PATH = …
struct CreateTable {
  ObjectName name;
  CreateMode mode = CreateMode::kPlain;
  Persistence persistence = Persistence::kPermanent;
  bool iceberg = false;            ///< CREATE ICEBERG TABLE
  std::vector<ColumnDef> columns;  ///< may be empty with `as` or METADATA_FILE_PATH
  std::vector<TableConstraint> constraints;
  std::vector<ExprPtr> cluster_by;
  std::string cluster_by_text;  ///< source text of the list, without CLUSTER BY: "(a, b)"
  bool copy_grants = false;
  /// ICEBERG_VERSION, DELTA, DATA_RETENTION_TIME_IN_DAYS, METADATA_FILE_PATH, EXTERNAL_VOLUME, CATALOG, COMMENT …
  std::vector<Option> options;
  QueryPtr as;          ///< may be null
  std::string as_text;  ///< source text of `as`
};

/// CREATE TABLE t LIKE source
struct CreateTableLike {
  ObjectName name;
  CreateMode mode = CreateMode::kPlain;
  Persistence persistence = Persistence::kPermanent;
  ObjectName source;
  std::vector<ExprPtr> cluster_by;
  bool copy_grants = false;
  std::vector<Option> options;
};

/// CREATE DATABASE | SCHEMA | TABLE | … name CLONE source [AT | BEFORE (…)]
struct CreateClone {
  ObjectKind kind;  ///< kDatabase, kSchema, kTable, kIcebergTable, kStage, kFileFormat, kSequence
  ObjectName name;
  CreateMode mode = CreateMode::kPlain;
  Persistence persistence = Persistence::kPermanent;
  ObjectName source;
  std::optional<TimeTravel> travel;
  bool copy_grants = false;
  std::vector<Option> options;
};

struct CreateView {
  struct Column {
    Ident name;
    std::optional<std::string> comment;
  };
  ObjectName name;
  CreateMode mode = CreateMode::kPlain;
  bool secure = false;
  bool temporary = false;
  bool recursive = false;
  std::vector<Column> columns;  ///< empty: the columns of the query
  bool copy_grants = false;
  std::vector<Option> options;  ///< COMMENT, CHANGE_TRACKING
  QueryPtr query;
  std::string query_text;  ///< exact source text
};

struct CreateSequence {
  ObjectName name;
  CreateMode mode = CreateMode::kPlain;
  int64_t start = 1;
  int64_t increment = 1;
  std::optional<bool> ordered;
  std::vector<Option> options;  ///< COMMENT
};

struct CreateStage {
  ObjectName name;
  CreateMode mode = CreateMode::kPlain;
  bool temporary = false;
  FileFormatChoice file_format;
  std::vector<Option> options;  ///< URL, DIRECTORY, ENCRYPTION, CREDENTIALS, STORAGE_INTEGRATION, COMMENT …
};

struct CreateFileFormat {
  ObjectName name;
  CreateMode mode = CreateMode::kPlain;
  Persistence persistence = Persistence::kPermanent;
  std::vector<Option> options;  ///< TYPE and the rest
};

struct CreateWarehouse {
  ObjectName name;
  CreateMode mode = CreateMode::kPlain;
  std::vector<Option> options;
};

struct CreateUser {
  ObjectName name;
  CreateMode mode = CreateMode::kPlain;
  std::vector<Option> options;  ///< PASSWORD, LOGIN_NAME, DEFAULT_ROLE …
};

struct CreateRole {
  ObjectName name;
  CreateMode mode = CreateMode::kPlain;
  std::vector<Option> options;  ///< COMMENT
};

struct Drop {
  ObjectKind kind;
  ObjectName name;
  bool if_exists = false;
  bool cascade = true;             ///< false: RESTRICT was written
  std::vector<SqlType> signature;  ///< of a function or procedure
};

struct Undrop {
  ObjectKind kind;
  ObjectName name;
};

/// COMMENT [IF EXISTS] ON kind name IS 'text'. Of a column (kColumn) `name` is its table.
struct CommentOn {
  ObjectKind kind;
  ObjectName name;
  std::optional<Ident> column;
  bool if_exists = false;
  std::string text;
};

}  // namespace firn::sql

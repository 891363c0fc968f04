// The catalog's objects as typed values: what CREATE makes, SHOW lists and DROP keeps for UNDROP. An Object is
// immutable once it is in a CatalogState (state.h); a change makes a copy and hands it to Catalog::Commit (commit.h).
// JSON of them: object_json.h. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/types.h"

namespace firn::catalog {

/// The order is that of Object::info. Names in the log: Name().
enum class ObjectKind : uint8_t {
  kDatabase,
  kSchema,
  kTable,
  kView,
  kStage,
  kFileFormat,
  kSequence,
  kWarehouse,
  kUser,
  kRole,
};
inline constexpr int kObjectKinds = 10;
/// As Snowflake's texts say it: "DATABASE", "FILE FORMAT" …
std::string_view Name(ObjectKind kind);
/// The reverse; none for an unknown name.
std::optional<ObjectKind> ObjectKindOf(std::string_view name);
/// Whether objects of the kind live in the account (no parent), in a database (schemas), or in a schema.
bool IsAccountLevel(ObjectKind kind);

/// Option names are upper case as in the statement ("CHANGE_TRACKING"), values are text as written, without quotes.
using OptionMap = std::map<std::string, std::string>;

struct DatabaseInfo {
  bool transient = false;
  std::optional<int> retention_days;  ///< DATA_RETENTION_TIME_IN_DAYS; none: the account's (1)
  std::string origin;                 ///< "DB" for CREATE DATABASE … CLONE DB; "" otherwise
};

struct SchemaInfo {
  bool transient = false;
  bool managed_access = false;
  std::optional<int> retention_days;
};

/// AUTOINCREMENT / IDENTITY: the numbers come from a sequence object whose parent is the table.
struct Autoincrement {
  std::string sequence_id;
  int64_t start = 1;
  int64_t step = 1;
  bool ordered = false;  ///< ORDER
  bool operator==(const Autoincrement&) const = default;
};

struct ColumnInfo {
  int field_id = 0;  ///< Iceberg's
  std::string name;  ///< as folded or quoted
  SqlType type;
  bool nullable = true;
  std::optional<std::string> default_text;  ///< Snowflake SQL, as written: "CURRENT_TIMESTAMP()", "'a'"
  std::optional<Autoincrement> autoincrement;
  std::string comment;
  std::string collation;
  bool primary_key = false;
  bool unique = false;
  bool operator==(const ColumnInfo&) const = default;
};

/// Kept and shown, not enforced (as Snowflake does).
struct TableConstraint {
  enum class Type : uint8_t { kPrimaryKey, kUnique, kForeignKey };
  Type type = Type::kPrimaryKey;
  std::string name;
  std::vector<std::string> columns;
  std::string referenced_table;  ///< foreign key: "DB"."SCHEMA"."T"
  std::vector<std::string> referenced_columns;
  std::string properties;  ///< "RELY", "ON DELETE CASCADE" … as written
  bool operator==(const TableConstraint&) const = default;
};

/// The definition. What commits move (metadata location, snapshot) is CatalogState::Head.
struct TableInfo {
  std::string location;  ///< URI, without a slash at the end; data in <location>/data, the rest in <location>/metadata
  bool transient = false;  ///< TEMPORARY tables are the session's and never here (rule 16)
  bool iceberg = false;    ///< made by CREATE ICEBERG TABLE
  /// CREATE ICEBERG TABLE … METADATA_FILE_PATH: files and metadata belong to somebody else; nothing is written.
  bool read_only = false;
  int format_version = 3;
  std::vector<ColumnInfo> columns;
  std::vector<TableConstraint> constraints;
  std::string cluster_by;  ///< as written, without the brackets; "" for none
  std::optional<int> retention_days;

  /// Exact name; null if absent.
  const ColumnInfo* Column(std::string_view name) const;
};

struct ViewInfo {
  std::string text;   ///< the whole CREATE VIEW statement
  std::string query;  ///< the SELECT after AS
  /// The columns at creation, expanded; names are those of the column list where one was given.
  std::vector<ColumnInfo> columns;
  bool has_column_list = false;
  bool secure = false;
  std::string database;  ///< names in `query` resolve in database.schema
  std::string schema;
};

struct StageInfo {
  std::string url;  ///< "file:///…", "s3://…"; "" for an internal stage
  OptionMap file_format;
  OptionMap copy_options;
  std::string credentials;  ///< sealed (secrets.h), or ""
  bool directory = false;
};

struct FileFormatInfo {
  std::string type = "CSV";
  OptionMap options;
};

/// The next number is CatalogState::SequenceNext.
struct SequenceInfo {
  int64_t start = 1;
  int64_t step = 1;
  bool ordered = false;
};

struct WarehouseInfo {
  std::string size = "X-Small";
  std::string type = "STANDARD";
  int auto_suspend = 600;  ///< seconds; 0: never
  bool auto_resume = true;
};

/// A programmatic access token. The token itself is shown once and not kept.
struct AccessToken {
  std::string name;
  std::string sha256;  ///< lower hex of the token's SHA-256
  Micros expires = 0;  ///< 0: never
  Micros created = 0;
  std::string role;  ///< ROLE_RESTRICTION, or ""
  std::string comment;
  bool disabled = false;
};

struct UserInfo {
  std::string password_hash;  ///< argon2id string of libsodium (rule 15), or "" for none
  std::string login_name;     ///< "": the object's name
  std::string display_name;
  std::string email;
  std::string default_role;
  std::string default_warehouse;
  std::string default_namespace;
  bool disabled = false;
  bool must_change_password = false;
  std::vector<AccessToken> tokens;
};

struct RoleInfo {};

using ObjectInfo = std::variant<DatabaseInfo, SchemaInfo, TableInfo, ViewInfo, StageInfo, FileFormatInfo, SequenceInfo,
                                WarehouseInfo, UserInfo, RoleInfo>;

struct Object {
  std::string id;         ///< UUID; CREATE OR REPLACE makes a new one
  std::string parent_id;  ///< database of a schema, schema of the rest, table of an autoincrement's sequence; or ""
  std::string name;
  std::string owner;  ///< role name
  std::string comment;
  Micros created_on = 0;  ///< set by the commit when 0
  Micros altered_on = 0;  ///< set by the commit
  Micros dropped_on = 0;  ///< 0: alive. Objects inside a dropped one keep 0: see CatalogState::IsAlive
  int64_t version = 1;    ///< counts changes of the definition; set by the commit
  OptionMap options;      ///< what has no member of its own: "CHANGE_TRACKING", "DEFAULT_DDL_COLLATION", "DELTA" …
  ObjectInfo info;

  ObjectKind kind() const { return static_cast<ObjectKind>(info.index()); }
  /// The typed part, or null for another kind.
  template <class Info>
  const Info* As() const {
    return std::get_if<Info>(&info);
  }
  template <class Info>
  Info* As() {
    return std::get_if<Info>(&info);
  }
};
using ObjectRef = std::shared_ptr<const Object>;

/// A new object with a fresh id. `created_on` is set by the commit.
Object NewObject(ObjectInfo info, std::string parent_id, std::string name, std::string owner);

}  // namespace firn::catalog

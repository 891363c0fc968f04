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
#include "catalog/relations.h"

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
  kPipe,
  kStream,
  kTask,
  kFunction,
};
inline constexpr int kObjectKinds = 14;
/// As Snowflake's texts say it: "DATABASE", "FILE FORMAT" …
std::string_view Name(ObjectKind kind);
/// The reverse; none for an unknown name.
std::optional<ObjectKind> ObjectKindOf(std::string_view name);
/// Whether objects of the kind live in the account (no parent), in a database (schemas), or in a schema.
bool IsAccountLevel(ObjectKind kind);

/// Option names are upper case as in the statement ("CHANGE_TRACKING"), values are text as written, without quotes.
using OptionMap = std::map<std::string, std::string>;

/// How far something has come with its inputs, moved in the commit that holds what came of them: a stream's snapshot
/// (rule 8), a bronze table's position in each buffer (rule 9), the snapshots that a dynamic table's rows are of.
using Offsets = std::map<std::string, int64_t>;
inline constexpr std::string_view kSnapshotOffset = "snapshot";

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
  /// "ingest:sales.orders", "read:sales.gold.*", "jobs:run", "pipelines:write", "admin" (pipeline contract 9.9). With
  /// any, the token is an API key and good for nothing else; none: it stands for its user.
  std::vector<std::string> scopes = {};
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

/// A change of a pipeline's columns (INFORMATION_SCHEMA.SCHEMA_HISTORY).
struct SchemaVersion {
  int version = 1;
  Micros time = 0;
  std::string cause;   ///< batch id, or the query id of a DDL statement
  std::string change;  ///< "ADD COLUMN note VARCHAR", one a line
};

/// How events that are posted to a table come in.
struct PipeInfo {
  std::string text;      ///< the COPY INTO after AS
  std::string table_id;  ///< of the table that it fills
  bool paused = false;
  /// Canonical JSON of the pipeline (pipeline contract 9.1) that the pipe is the head of; "" for a pipe alone.
  std::string pipeline;
  int schema_version = 1;
  std::vector<SchemaVersion> schema_versions;  ///< the oldest first
};

/// Changes of a table since its offset: Offsets of the stream's id, key kSnapshotOffset.
struct StreamInfo {
  std::string table_id;
  bool append_only = false;
  bool show_initial_rows = false;
};

struct TaskInfo {
  std::string warehouse;
  std::string schedule;                      ///< "USING CRON 0 6 * * * America/Sao_Paulo", "5 MINUTES" or ""
  std::vector<std::string> predecessor_ids;  ///< AFTER
  std::string condition;                     ///< WHEN, as written; "" for none
  std::string text;                          ///< the statement after AS; names resolve in the task's schema
  bool started = false;                      ///< a new task is suspended
  bool allow_overlap = false;                ///< ALLOW_OVERLAPPING_EXECUTION
  int timeout_ms = 3600000;                  ///< USER_TASK_TIMEOUT_MS
  int suspend_after_failures = 10;           ///< SUSPEND_TASK_AFTER_NUM_FAILURES; 0: never
  int retries = 0;                           ///< TASK_AUTO_RETRY_ATTEMPTS
  Micros started_on = 0;                     ///< when it was last resumed: runs before are not made up for
};

struct FunctionArgument {
  std::string name;
  SqlType type;
  std::optional<std::string> default_text;
};

/// A SQL function: a SELECT (table function) or an expression over its arguments.
struct FunctionInfo {
  std::vector<FunctionArgument> arguments;
  bool returns_table = false;
  std::vector<ColumnInfo> columns;  ///< of a table function; else one, nameless
  std::string body;
  bool secure = false;
  bool http_endpoint = false;  ///< published at /v1/api
};

using ObjectInfo = std::variant<DatabaseInfo, SchemaInfo, TableInfo, ViewInfo, StageInfo, FileFormatInfo, SequenceInfo,
                                WarehouseInfo, UserInfo, RoleInfo, PipeInfo, StreamInfo, TaskInfo, FunctionInfo>;

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

// Tables and views as the catalog keeps them: columns, constraints, what makes a table dynamic. For objects.h, which
// everyone includes. Values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"

namespace firn::catalog {

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

/// What makes a table a dynamic one. The inputs' snapshots of the last refresh are its offsets (Offsets, state.h).
struct DynamicInfo {
  std::string query;       ///< the SELECT after AS; names resolve in the table's database and schema
  std::string target_lag;  ///< as written: "5 minutes", "DOWNSTREAM"
  std::string warehouse;
  std::string wanted_mode = "AUTO";  ///< REFRESH_MODE as written: AUTO, FULL, INCREMENTAL
  std::string mode;                  ///< what it is: FULL or INCREMENTAL
  std::string mode_reason;           ///< why it is FULL; "" for INCREMENTAL
  bool initialize_on_create = true;  ///< INITIALIZE = ON_CREATE | ON_SCHEDULE
  bool suspended = false;
  std::string suspend_reason;
  std::vector<std::string> input_ids;  ///< of the tables that the query reads, views looked through
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
  std::optional<DynamicInfo> dynamic;

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

}  // namespace firn::catalog

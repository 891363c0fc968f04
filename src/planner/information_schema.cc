#include "planner/information_schema.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <map>
#include <span>

#include "base/errors.h"
#include "planner/result_scan.h"

namespace firn::planner {

namespace {

using catalog::ObjectKind;
using catalog::ObjectRef;

/// Cells by column name; what is not set is NULL.
using Cells = std::map<std::string, session::Cell>;

struct Lister {
  StatementContext& context;
  ObjectRef database;
  std::vector<Cells> rows;
};

struct View {
  const char* name;
  const char* columns;  ///< blank-separated; `#` behind a name: NUMBER(38,0), `@`: TIMESTAMP_LTZ
  Status (*fill)(Lister& lister);
};

session::Cell NullIfEmpty(const std::string& text) { return text.empty() ? session::Cell() : session::Cell(text); }

Status EachSchema(Lister& lister, const std::function<Status(const ObjectRef&)>& visit) {
  for (const ObjectRef& schema : lister.context.state().Children(lister.database->id, ObjectKind::kSchema)) {
    FIRN_TRY(visit(schema));
  }
  return Ok();
}

Status EachInSchema(Lister& lister, std::initializer_list<ObjectKind> kinds,
                    const std::function<Status(const ObjectRef& schema, const ObjectRef& object)>& visit) {
  return EachSchema(lister, [&](const ObjectRef& schema) -> Status {
    for (ObjectKind kind : kinds) {
      for (const ObjectRef& object : lister.context.state().Children(schema->id, kind)) {
        FIRN_TRY(visit(schema, object));
      }
    }
    return Ok();
  });
}

Cells Created(const catalog::Object& object) {
  Cells cells;
  cells["CREATED"] = TimeText(object.created_on);
  cells["LAST_ALTERED"] = TimeText(object.altered_on ? object.altered_on : object.created_on);
  cells["COMMENT"] = NullIfEmpty(object.comment);
  return cells;
}

Status Databases(Lister& lister) {
  for (const ObjectRef& database : lister.context.state().Children("", ObjectKind::kDatabase)) {
    const auto& info = *database->As<catalog::DatabaseInfo>();
    Cells cells = Created(*database);
    cells["DATABASE_NAME"] = database->name;
    cells["DATABASE_OWNER"] = database->owner;
    cells["IS_TRANSIENT"] = info.transient ? "YES" : "NO";
    cells["RETENTION_TIME"] = std::to_string(info.retention_days.value_or(1));
    cells["TYPE"] = "STANDARD";
    cells["OWNER_ROLE_TYPE"] = "ROLE";
    lister.rows.push_back(std::move(cells));
  }
  return Ok();
}

Status Schemata(Lister& lister) {
  FIRN_TRY(EachSchema(lister, [&](const ObjectRef& schema) -> Status {
    const auto& info = *schema->As<catalog::SchemaInfo>();
    Cells cells = Created(*schema);
    cells["CATALOG_NAME"] = lister.database->name;
    cells["SCHEMA_NAME"] = schema->name;
    cells["SCHEMA_OWNER"] = schema->owner;
    cells["IS_TRANSIENT"] = info.transient ? "YES" : "NO";
    cells["IS_MANAGED_ACCESS"] = info.managed_access ? "YES" : "NO";
    cells["RETENTION_TIME"] = std::to_string(info.retention_days.value_or(1));
    cells["OWNER_ROLE_TYPE"] = "ROLE";
    lister.rows.push_back(std::move(cells));
    return Ok();
  }));
  lister.rows.push_back({{"CATALOG_NAME", lister.database->name},
                         {"SCHEMA_NAME", "INFORMATION_SCHEMA"},
                         {"IS_TRANSIENT", "NO"},
                         {"IS_MANAGED_ACCESS", "NO"},
                         {"RETENTION_TIME", "1"},
                         {"COMMENT", "Views describing the contents of schemas in this database"}});
  return Ok();
}

Status AddSizes(Lister& lister, const catalog::Object& table, Cells* cells) {
  StatementContext& context = lister.context;
  FIRN_ASSIGN(auto seen, context.session.transaction.See(*context.session.node().catalog, context.state_ptr(), table));
  int64_t rows = 0;
  for (const iceberg::LiveFilePtr& file : seen.version->files->files()) {
    rows += file->data->record_count;
    if (file->vector) rows -= file->vector->record_count;
  }
  (*cells)["ROW_COUNT"] = std::to_string(rows);
  (*cells)["BYTES"] = std::to_string(seen.version->files->total_size());
  return Ok();
}

Status Tables(Lister& lister) {
  return EachInSchema(lister, {ObjectKind::kTable, ObjectKind::kView},
                      [&](const ObjectRef& schema, const ObjectRef& object) -> Status {
                        Cells cells = Created(*object);
                        cells["TABLE_CATALOG"] = lister.database->name;
                        cells["TABLE_SCHEMA"] = schema->name;
                        cells["TABLE_NAME"] = object->name;
                        cells["TABLE_OWNER"] = object->owner;
                        cells["OWNER_ROLE_TYPE"] = "ROLE";
                        cells["IS_TYPED"] = "NO";
                        cells["IS_TEMPORARY"] = cells["IS_DYNAMIC"] = cells["IS_HYBRID"] = "NO";
                        cells["LAST_DDL"] = cells["LAST_ALTERED"];
                        auto* info = object->As<catalog::TableInfo>();
                        cells["TABLE_TYPE"] = info ? "BASE TABLE" : "VIEW";
                        cells["IS_INSERTABLE_INTO"] = info ? "YES" : "NO";
                        cells["IS_TRANSIENT"] = info && info->transient ? "YES" : "NO";
                        cells["IS_ICEBERG"] = info && info->iceberg ? "YES" : "NO";
                        if (info) {
                          cells["CLUSTERING_KEY"] =
                              info->cluster_by.empty() ? session::Cell() : session::Cell("LINEAR" + info->cluster_by);
                          cells["RETENTION_TIME"] = std::to_string(info->retention_days.value_or(1));
                          cells["AUTO_CLUSTERING_ON"] = "NO";
                          FIRN_TRY(AddSizes(lister, *object, &cells));
                        }
                        lister.rows.push_back(std::move(cells));
                        return Ok();
                      });
}

Status Views(Lister& lister) {
  return EachInSchema(lister, {ObjectKind::kView}, [&](const ObjectRef& schema, const ObjectRef& object) -> Status {
    const auto& info = *object->As<catalog::ViewInfo>();
    Cells cells = Created(*object);
    cells["TABLE_CATALOG"] = lister.database->name;
    cells["TABLE_SCHEMA"] = schema->name;
    cells["TABLE_NAME"] = object->name;
    cells["TABLE_OWNER"] = object->owner;
    cells["VIEW_DEFINITION"] = info.text;
    cells["CHECK_OPTION"] = "NONE";
    cells["IS_UPDATABLE"] = cells["INSERTABLE_INTO"] = "NO";
    cells["IS_SECURE"] = info.secure ? "YES" : "NO";
    cells["LAST_DDL"] = cells["LAST_ALTERED"];
    lister.rows.push_back(std::move(cells));
    return Ok();
  });
}

void TypeCells(const SqlType& type, Cells* cells) {
  (*cells)["DATA_TYPE"] = type.InformationSchemaName();
  (*cells)["DATA_TYPE_ALIAS"] = type.InformationSchemaName();
  if (type.id == TypeId::kVarchar) {
    (*cells)["CHARACTER_MAXIMUM_LENGTH"] = std::to_string(type.length);
    (*cells)["CHARACTER_OCTET_LENGTH"] = std::to_string(std::min(type.length * 4, kVarcharMaxLength));
  } else if (type.id == TypeId::kBinary) {
    (*cells)["CHARACTER_OCTET_LENGTH"] = std::to_string(type.length);
  } else if (type.id == TypeId::kNumber || type.id == TypeId::kInteger) {
    (*cells)["NUMERIC_PRECISION"] = std::to_string(type.precision);
    (*cells)["NUMERIC_PRECISION_RADIX"] = "10";
    (*cells)["NUMERIC_SCALE"] = std::to_string(type.scale);
  } else if (type.IsTimestamp() || type.id == TypeId::kTime) {
    (*cells)["DATETIME_PRECISION"] = std::to_string(type.scale);
  }
}

Status Columns(Lister& lister) {
  return EachInSchema(lister, {ObjectKind::kTable, ObjectKind::kView},
                      [&](const ObjectRef& schema, const ObjectRef& object) -> Status {
                        auto* view = object->As<catalog::ViewInfo>();
                        const auto& columns = view ? view->columns : object->As<catalog::TableInfo>()->columns;
                        int64_t position = 0;
                        for (const catalog::ColumnInfo& column : columns) {
                          Cells cells;
                          cells["TABLE_CATALOG"] = lister.database->name;
                          cells["TABLE_SCHEMA"] = schema->name;
                          cells["TABLE_NAME"] = object->name;
                          cells["COLUMN_NAME"] = column.name;
                          cells["ORDINAL_POSITION"] = std::to_string(++position);
                          if (column.default_text) cells["COLUMN_DEFAULT"] = *column.default_text;
                          cells["IS_NULLABLE"] = column.nullable ? "YES" : "NO";
                          TypeCells(column.type, &cells);
                          cells["IS_SELF_REFERENCING"] = "NO";
                          cells["IS_IDENTITY"] = column.autoincrement ? "YES" : "NO";
                          if (column.autoincrement) {
                            cells["IDENTITY_START"] = std::to_string(column.autoincrement->start);
                            cells["IDENTITY_INCREMENT"] = std::to_string(column.autoincrement->step);
                            cells["IDENTITY_GENERATION"] = "BY DEFAULT";
                            cells["IDENTITY_CYCLE"] = "NO";
                            cells["IDENTITY_ORDERED"] = column.autoincrement->ordered ? "YES" : "NO";
                          }
                          cells["COMMENT"] = NullIfEmpty(column.comment);
                          lister.rows.push_back(std::move(cells));
                        }
                        return Ok();
                      });
}

Status Sequences(Lister& lister) {
  return EachInSchema(lister, {ObjectKind::kSequence}, [&](const ObjectRef& schema, const ObjectRef& object) -> Status {
    const auto& info = *object->As<catalog::SequenceInfo>();
    FIRN_ASSIGN(int64_t next, lister.context.state().SequenceNext(object->id));
    Cells cells = Created(*object);
    cells["SEQUENCE_CATALOG"] = lister.database->name;
    cells["SEQUENCE_SCHEMA"] = schema->name;
    cells["SEQUENCE_NAME"] = object->name;
    cells["SEQUENCE_OWNER"] = object->owner;
    cells["DATA_TYPE"] = "NUMBER";
    cells["NUMERIC_PRECISION"] = "38";
    cells["NUMERIC_PRECISION_RADIX"] = "10";
    cells["NUMERIC_SCALE"] = "0";
    cells["START_VALUE"] = std::to_string(info.start);
    cells["NEXT_VALUE"] = std::to_string(next);
    cells["INCREMENT"] = std::to_string(info.step);
    cells["CYCLE_OPTION"] = "NO";
    cells["ORDERED"] = info.ordered ? "YES" : "NO";
    lister.rows.push_back(std::move(cells));
    return Ok();
  });
}

Status CatalogName(Lister& lister) {
  lister.rows.push_back({{"CATALOG_NAME", lister.database->name}});
  return Ok();
}

Status Pipes(Lister& lister) {
  return EachInSchema(lister, {ObjectKind::kPipe}, [&](const ObjectRef& schema, const ObjectRef& pipe) {
    Cells cells = Created(*pipe);
    cells["PIPE_CATALOG"] = lister.database->name;
    cells["PIPE_SCHEMA"] = schema->name;
    cells["PIPE_NAME"] = pipe->name;
    cells["PIPE_OWNER"] = NullIfEmpty(pipe->owner);
    cells["DEFINITION"] = pipe->As<catalog::PipeInfo>()->text;
    cells["IS_AUTOINGEST_ENABLED"] = "NO";
    lister.rows.push_back(std::move(cells));
    return Ok();
  });
}

/// Firn's own: what the columns of each pipeline were, and which batch or statement changed them.
Status SchemaHistory(Lister& lister) {
  return EachInSchema(lister, {ObjectKind::kPipe}, [&](const ObjectRef& schema, const ObjectRef& pipe) {
    for (const catalog::SchemaVersion& version : pipe->As<catalog::PipeInfo>()->schema_versions) {
      lister.rows.push_back({{"PIPE_CATALOG", lister.database->name},
                             {"PIPE_SCHEMA", schema->name},
                             {"PIPE_NAME", pipe->name},
                             {"SCHEMA_VERSION", std::to_string(version.version)},
                             {"CHANGED_ON", TimeText(version.time)},
                             {"CAUSE", NullIfEmpty(version.cause)},
                             {"CHANGE", version.change}});
    }
    return Ok();
  });
}

constexpr View kViews[] = {
    {"COLUMNS",
     "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME COLUMN_NAME ORDINAL_POSITION# COLUMN_DEFAULT IS_NULLABLE DATA_TYPE "
     "CHARACTER_MAXIMUM_LENGTH# CHARACTER_OCTET_LENGTH# NUMERIC_PRECISION# NUMERIC_PRECISION_RADIX# NUMERIC_SCALE# "
     "DATETIME_PRECISION# INTERVAL_TYPE INTERVAL_PRECISION# CHARACTER_SET_CATALOG CHARACTER_SET_SCHEMA "
     "CHARACTER_SET_NAME COLLATION_CATALOG COLLATION_SCHEMA COLLATION_NAME DOMAIN_CATALOG DOMAIN_SCHEMA DOMAIN_NAME "
     "UDT_CATALOG UDT_SCHEMA UDT_NAME SCOPE_CATALOG SCOPE_SCHEMA SCOPE_NAME MAXIMUM_CARDINALITY# DTD_IDENTIFIER "
     "IS_SELF_REFERENCING IS_IDENTITY IDENTITY_GENERATION IDENTITY_START IDENTITY_INCREMENT IDENTITY_MAXIMUM "
     "IDENTITY_MINIMUM IDENTITY_CYCLE IDENTITY_ORDERED SCHEMA_EVOLUTION_RECORD COMMENT DATA_TYPE_ALIAS",
     Columns},
    {"DATABASES",
     "DATABASE_NAME DATABASE_OWNER IS_TRANSIENT COMMENT CREATED@ LAST_ALTERED@ RETENTION_TIME# TYPE OWNER_ROLE_TYPE",
     Databases},
    {"INFORMATION_SCHEMA_CATALOG_NAME", "CATALOG_NAME", CatalogName},
    {"PIPES",
     "PIPE_CATALOG PIPE_SCHEMA PIPE_NAME PIPE_OWNER DEFINITION IS_AUTOINGEST_ENABLED NOTIFICATION_CHANNEL_NAME "
     "CREATED@ "
     "LAST_ALTERED@ COMMENT PATTERN",
     Pipes},
    {"SCHEMATA",
     "CATALOG_NAME SCHEMA_NAME SCHEMA_OWNER IS_TRANSIENT IS_MANAGED_ACCESS RETENTION_TIME# "
     "DEFAULT_CHARACTER_SET_CATALOG DEFAULT_CHARACTER_SET_SCHEMA DEFAULT_CHARACTER_SET_NAME SQL_PATH CREATED@ "
     "LAST_ALTERED@ COMMENT OWNER_ROLE_TYPE",
     Schemata},
    {"SCHEMA_HISTORY", "PIPE_CATALOG PIPE_SCHEMA PIPE_NAME SCHEMA_VERSION# CHANGED_ON@ CAUSE CHANGE", SchemaHistory},
    {"SEQUENCES",
     "SEQUENCE_CATALOG SEQUENCE_SCHEMA SEQUENCE_NAME SEQUENCE_OWNER DATA_TYPE NUMERIC_PRECISION# "
     "NUMERIC_PRECISION_RADIX# NUMERIC_SCALE# START_VALUE MINIMUM_VALUE MAXIMUM_VALUE NEXT_VALUE INCREMENT "
     "CYCLE_OPTION CREATED@ LAST_ALTERED@ ORDERED COMMENT",
     Sequences},
    {"TABLES",
     "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME TABLE_OWNER TABLE_TYPE IS_TRANSIENT CLUSTERING_KEY ROW_COUNT# BYTES# "
     "RETENTION_TIME# SELF_REFERENCING_COLUMN_NAME REFERENCE_GENERATION USER_DEFINED_TYPE_CATALOG "
     "USER_DEFINED_TYPE_SCHEMA USER_DEFINED_TYPE_NAME IS_INSERTABLE_INTO IS_TYPED COMMIT_ACTION CREATED@ "
     "LAST_ALTERED@ LAST_DDL@ LAST_DDL_BY AUTO_CLUSTERING_ON COMMENT IS_TEMPORARY IS_ICEBERG IS_DYNAMIC IS_HYBRID "
     "OWNER_ROLE_TYPE",
     Tables},
    {"VIEWS",
     "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME TABLE_OWNER VIEW_DEFINITION CHECK_OPTION IS_UPDATABLE INSERTABLE_INTO "
     "IS_SECURE CREATED@ LAST_ALTERED@ LAST_DDL@ LAST_DDL_BY COMMENT",
     Views},
};

std::vector<session::OutputColumn> ColumnsOf(const View& view) {
  std::vector<session::OutputColumn> out;
  std::string_view rest = view.columns;
  while (!rest.empty()) {
    size_t end = std::min(rest.find(' '), rest.size());
    std::string name(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    SqlType type = SqlType::Varchar();
    if (name.back() == '#') type = SqlType::Number(38, 0);
    if (name.back() == '@') type = SqlType::Timestamp(TypeId::kTimestampLtz);
    if (type.id != TypeId::kVarchar) name.pop_back();
    out.push_back({.name = std::move(name), .type = type});
  }
  return out;
}

}  // namespace

std::string TimeText(Micros time) {
  std::time_t seconds = time / 1000000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02d-%02d %02d:%02d:%02d.%06d", parts.tm_year + 1900, parts.tm_mon + 1,
                parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, static_cast<int>(time % 1000000));
  return text;
}

Status PlanInformationSchema(StatementContext& context, sql::RelationPtr& relation) {
  const auto& parts = relation->As<sql::NamedRelation>()->name.parts;
  std::string database = parts.size() == 3 ? parts[0].text : context.place.database;
  if (database.empty()) return Error(errors::kNoDatabase, {"SELECT"}, relation->at);
  auto view = std::find_if(std::begin(kViews), std::end(kViews),
                           [&](const View& row) { return EqualsIgnoreCase(row.name, parts.back().text); });
  if (view == std::end(kViews)) {
    return Error(errors::kObjectNotFound, {database + ".INFORMATION_SCHEMA." + parts.back().text}, relation->at);
  }
  FIRN_ASSIGN(ObjectRef found, FindDatabase(context, database, relation->at));
  Lister lister{context, found, {}};
  FIRN_TRY(view->fill(lister));
  std::vector<session::OutputColumn> columns = ColumnsOf(*view);
  std::vector<session::Row> rows;
  for (const Cells& cells : lister.rows) {
    session::Row row;
    for (const session::OutputColumn& column : columns) {
      auto cell = cells.find(column.name);
      row.push_back(cell == cells.end() ? session::Cell() : cell->second);
    }
    rows.push_back(std::move(row));
  }
  relation->node = sql::DuckRelation{RowsAsRelation(columns, rows), {}, false};
  return Ok();
}

}  // namespace firn::planner

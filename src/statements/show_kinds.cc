// The kinds of SHOW: what fills a row of each.
#include <algorithm>

#include "base/errors.h"
#include "functions/function.h"
#include "planner/user_function.h"
#include "statements/show.h"

namespace firn::statements {

namespace {

using catalog::Object;
using catalog::ObjectKind;
using Rows = std::vector<ShownRow>;

std::string Retention(const std::optional<int>& days, bool temporary = false) {
  return std::to_string(days.value_or(temporary ? 0 : 1));
}

ShownRow Start(const Listed& listed) {
  const Object& object = *listed.object;
  ShownRow row;
  row.Time("created_on", object.created_on)
      .Set("name", object.name)
      .Set("database_name", listed.database)
      .Set("schema_name", listed.schema)
      .Set("owner", object.owner)
      .Set("comment", object.comment)
      .Set("owner_role_type", object.owner.empty() ? "" : "ROLE")
      .Time("dropped_on", object.dropped_on);
  return row;
}

Status Databases(Execution& run, const Listed& listed, Rows* rows) {
  const auto& info = *listed.object->As<catalog::DatabaseInfo>();
  ShownRow row = Start(listed);
  row.Set("is_default", "N").Flag("is_current", listed.object->name == run.session.database);
  row.Set("origin", info.origin).Set("options", info.transient ? "TRANSIENT" : "");
  row.Set("retention_time", Retention(info.retention_days)).Set("kind", info.transient ? "TRANSIENT" : "STANDARD");
  rows->push_back(std::move(row));
  return Ok();
}

Status Schemas(Execution& run, const Listed& listed, Rows* rows) {
  const auto& info = *listed.object->As<catalog::SchemaInfo>();
  ShownRow row = Start(listed);
  bool current = listed.database == run.session.database && listed.object->name == run.session.schema;
  row.Set("is_default", "N").Flag("is_current", current).Set("schema_name", "").Set("kind", "");
  std::string options = info.transient ? "TRANSIENT" : "";
  if (info.managed_access) options += options.empty() ? "MANAGED ACCESS" : ", MANAGED ACCESS";
  row.Set("options", options).Set("retention_time", Retention(info.retention_days)).Set("is_nested", "false");
  rows->push_back(std::move(row));
  return Ok();
}

struct Size {
  int64_t rows = 0, bytes = 0;
};

Result<Size> SizeOf(Execution& run, const Listed& listed) {
  catalog::TableVersionPtr version;
  if (listed.temporary) {
    version = run.session.temporary.Version(listed.object->id);
  } else if (listed.object->dropped_on == 0) {
    FIRN_ASSIGN(auto seen, run.transaction().See(run.catalog(), run.context.state_ptr(), *listed.object));
    version = seen.version;
  }
  Size size;
  if (!version || !version->files) return size;
  size.bytes = version->files->total_size();
  for (const iceberg::LiveFilePtr& file : version->files->files()) {
    size.rows += file->data->record_count;
    if (file->pending) {
      size.rows -= static_cast<int64_t>(file->pending->Cardinality());
    } else if (file->vector) {
      size.rows -= file->vector->record_count;
    }
  }
  return size;
}

const char* TableKind(const Listed& listed) {
  if (listed.temporary) return "TEMPORARY";
  return listed.object->As<catalog::TableInfo>()->transient ? "TRANSIENT" : "TABLE";
}

Status Tables(Execution& run, const Listed& listed, Rows* rows) {
  const auto& info = *listed.object->As<catalog::TableInfo>();
  FIRN_ASSIGN(Size size, SizeOf(run, listed));
  ShownRow row = Start(listed);
  row.Set("kind", TableKind(listed)).Set("cluster_by", info.cluster_by.empty() ? "" : "LINEAR" + info.cluster_by);
  row.Number("rows", size.rows).Number("bytes", size.bytes);
  row.Set("retention_time", Retention(info.retention_days, listed.temporary));
  auto on = [&](const char* option) {
    auto set = listed.object->options.find(option);
    return set != listed.object->options.end() && (set->second == "true" || set->second == "ON");
  };
  bool suspended = listed.object->options.contains("AUTOMATIC_CLUSTERING") && !on("AUTOMATIC_CLUSTERING");
  row.Set("automatic_clustering", info.cluster_by.empty() || suspended ? "OFF" : "ON");
  row.Set("change_tracking", on("CHANGE_TRACKING") ? "ON" : "OFF").Set("search_optimization", "OFF");
  row.Set("is_interactive", "N").Set("error_logging", "OFF").Set("catalog_name", "SNOWFLAKE");
  row.Set("can_write_metadata", info.read_only ? "N" : "Y").Number("iceberg_table_format_version", info.format_version);
  row.Set("is_external", "N")
      .Flag("enable_schema_evolution", on("ENABLE_SCHEMA_EVOLUTION"))
      .Set("is_event", "N")
      .Set("is_hybrid", "N");
  row.Flag("is_iceberg", info.iceberg).Set("is_dynamic", "N").Set("is_immutable", "N");
  row.Set("catalog_table_name", listed.object->name)
      .Set("iceberg_table_type", info.read_only ? "UNMANAGED" : "MANAGED");
  rows->push_back(std::move(row));
  return Ok();
}

Status IcebergTables(Execution& run, const Listed& listed, Rows* rows) {
  return listed.object->As<catalog::TableInfo>()->iceberg ? Tables(run, listed, rows) : Ok();
}

Status Views(Execution&, const Listed& listed, Rows* rows) {
  const auto& info = *listed.object->As<catalog::ViewInfo>();
  ShownRow row = Start(listed);
  row.Set("kind", "VIEW").Set("text", info.text).Set("is_secure", info.secure ? "true" : "false");
  row.Set("is_materialized", "false").Set("change_tracking", "OFF");
  row.Set("is_hybrid", "N").Set("is_dynamic", "N").Set("is_iceberg", "N").Number("rows", 0).Number("bytes", 0);
  rows->push_back(std::move(row));
  return Ok();
}

/// Transient tables are tables here.
Status Objects(Execution& run, const Listed& listed, Rows* rows) {
  if (listed.object->kind() == ObjectKind::kView) return Views(run, listed, rows);
  FIRN_TRY(Tables(run, listed, rows));
  if (!listed.temporary) rows->back().Set("kind", "TABLE");
  return Ok();
}

const std::vector<catalog::ColumnInfo>& ColumnsOfRelation(const Object& object) {
  if (auto* view = object.As<catalog::ViewInfo>()) return view->columns;
  return object.As<catalog::TableInfo>()->columns;
}

Status Columns(Execution&, const Listed& listed, Rows* rows) {
  for (const catalog::ColumnInfo& column : ColumnsOfRelation(*listed.object)) {
    ShownRow row;
    row.Set("table_name", listed.object->name).Set("schema_name", listed.schema).Set("column_name", column.name);
    row.Set("data_type", column.type.ShowColumnsJson(column.nullable));
    row.Set("null?", column.nullable ? "true" : "NOT_NULL").Set("default", column.default_text.value_or(""));
    row.Set("kind", "COLUMN").Set("comment", column.comment).Set("database_name", listed.database);
    if (column.autoincrement) {
      row.Set("autoincrement", "IDENTITY START " + std::to_string(column.autoincrement->start) + " INCREMENT " +
                                   std::to_string(column.autoincrement->step) +
                                   (column.autoincrement->ordered ? " ORDER" : " NOORDER"));
    }
    rows->push_back(std::move(row));
  }
  return Ok();
}

void KeyRows(const Listed& listed, const std::string& name, const std::vector<std::string>& columns, Rows* rows) {
  int64_t sequence = 0;
  for (const std::string& column : columns) {
    ShownRow row = Start(listed);
    row.Set("table_name", listed.object->name).Set("column_name", column).Number("key_sequence", ++sequence);
    row.Set("constraint_name", name).Set("rely", "false").Set("comment", "");
    rows->push_back(std::move(row));
  }
}

Status Keys(const Listed& listed, catalog::TableConstraint::Type type, Rows* rows) {
  const auto& info = *listed.object->As<catalog::TableInfo>();
  bool primary = type == catalog::TableConstraint::Type::kPrimaryKey;
  bool named = false;
  for (const catalog::TableConstraint& constraint : info.constraints) {
    if (constraint.type != type) continue;
    KeyRows(listed, constraint.name, constraint.columns, rows);
    named = true;
  }
  if (named) return Ok();
  for (const catalog::ColumnInfo& column : info.columns) {
    if (primary ? column.primary_key : column.unique) {
      KeyRows(listed, "SYS_CONSTRAINT_" + listed.object->id.substr(0, 8), {column.name}, rows);
    }
  }
  return Ok();
}

Status PrimaryKeys(Execution&, const Listed& listed, Rows* rows) {
  return Keys(listed, catalog::TableConstraint::Type::kPrimaryKey, rows);
}
Status UniqueKeys(Execution&, const Listed& listed, Rows* rows) {
  return Keys(listed, catalog::TableConstraint::Type::kUnique, rows);
}

Status ImportedKeys(Execution&, const Listed& listed, Rows* rows) {
  const auto& info = *listed.object->As<catalog::TableInfo>();
  for (const catalog::TableConstraint& constraint : info.constraints) {
    if (constraint.type != catalog::TableConstraint::Type::kForeignKey) continue;
    for (size_t i = 0; i < constraint.columns.size(); ++i) {
      ShownRow row;
      row.Time("created_on", listed.object->created_on).Set("pk_database_name", listed.database);
      row.Set("pk_schema_name", listed.schema).Set("pk_table_name", constraint.referenced_table);
      if (i < constraint.referenced_columns.size()) row.Set("pk_column_name", constraint.referenced_columns[i]);
      row.Set("fk_database_name", listed.database).Set("fk_schema_name", listed.schema);
      row.Set("fk_table_name", listed.object->name).Set("fk_column_name", constraint.columns[i]);
      row.Number("key_sequence", static_cast<int64_t>(i) + 1).Set("update_rule", "NO ACTION");
      row.Set("delete_rule", "NO ACTION").Set("fk_name", constraint.name).Set("deferrability", "NOT DEFERRABLE");
      row.Set("rely", "false").Set("table_name", listed.object->name);
      rows->push_back(std::move(row));
    }
  }
  return Ok();
}

Status Sequences(Execution& run, const Listed& listed, Rows* rows) {
  const auto& info = *listed.object->As<catalog::SequenceInfo>();
  ShownRow row = Start(listed);
  FIRN_ASSIGN(int64_t next, run.context.state().SequenceNext(listed.object->id));
  row.Number("next_value", next).Number("interval", info.step).Flag("ordered", info.ordered);
  rows->push_back(std::move(row));
  return Ok();
}

std::string NameOf(Execution& run, const std::string& id) {
  catalog::ObjectRef object = run.context.state().ById(id);
  return object ? run.context.state().FullName(*object) : "";
}

Status Streams(Execution& run, const Listed& listed, Rows* rows) {
  const auto& info = *listed.object->As<catalog::StreamInfo>();
  catalog::ObjectRef table = run.context.state().ById(info.table_id);
  bool stale = !table || !run.context.state().IsAlive(*table);
  ShownRow row = Start(listed);
  row.Set("table_name", NameOf(run, info.table_id)).Set("source_type", "Table");
  row.Set("base_tables", NameOf(run, info.table_id)).Set("type", "DELTA").Set("stale", stale ? "true" : "false");
  row.Set("mode", info.append_only ? "APPEND_ONLY" : "DEFAULT").Set("invalid_reason", "N/A");
  rows->push_back(std::move(row));
  return Ok();
}

Status Pipes(Execution&, const Listed& listed, Rows* rows) {
  const auto& info = *listed.object->As<catalog::PipeInfo>();
  ShownRow row = Start(listed);
  row.Set("definition", info.text).Set("kind", "STREAMING").Set("is_snowflake_managed", "false");
  rows->push_back(std::move(row));
  return Ok();
}

Status DynamicTables(Execution& run, const Listed& listed, Rows* rows) {
  const auto& table = *listed.object->As<catalog::TableInfo>();
  if (!table.dynamic) return Ok();
  const catalog::DynamicInfo& info = *table.dynamic;
  FIRN_ASSIGN(Size size, SizeOf(run, listed));
  ShownRow row = Start(listed);
  row.Set("cluster_by", table.cluster_by).Number("rows", size.rows).Number("bytes", size.bytes);
  row.Set("target_lag", info.target_lag).Set("refresh_mode", info.mode).Set("refresh_mode_reason", info.mode_reason);
  row.Set("warehouse", info.warehouse).Set("text", info.query).Set("automatic_clustering", "OFF");
  row.Set("scheduling_state", info.suspended ? "SUSPENDED" : "ACTIVE")
      .Set("is_clone", "false")
      .Set("is_replica", "false");
  std::vector<catalog::RunRef> runs = run.context.state().RunsOf(listed.object->id, 1);
  if (!runs.empty()) row.Time("data_timestamp", runs[0]->scheduled);
  row.Set("is_iceberg", "true").Set("configured_refresh_mode", info.wanted_mode);
  rows->push_back(std::move(row));
  return Ok();
}

Status Tasks(Execution& run, const Listed& listed, Rows* rows) {
  const auto& info = *listed.object->As<catalog::TaskInfo>();
  std::string predecessors;
  for (const std::string& id : info.predecessor_ids) {
    predecessors += (predecessors.empty() ? "\n  \"" : ",\n  \"") + NameOf(run, id) + "\"";
  }
  ShownRow row = Start(listed);
  row.Set("id", listed.object->id).Set("warehouse", info.warehouse).Set("schedule", info.schedule);
  row.Set("predecessors", predecessors.empty() ? "[]" : "[" + predecessors + "\n]");
  row.Set("state", info.started ? "started" : "suspended").Set("definition", info.text);
  row.Set("condition", info.condition).Set("allow_overlapping_execution", info.allow_overlap ? "true" : "false");
  auto interval = listed.object->options.find("TARGET_COMPLETION_INTERVAL");
  if (interval != listed.object->options.end()) row.Set("target_completion_interval", interval->second);
  row.Time("last_committed_on", info.started_on);
  rows->push_back(std::move(row));
  return Ok();
}

Status Stages(Execution&, const Listed& listed, Rows* rows) {
  const auto& info = *listed.object->As<catalog::StageInfo>();
  ShownRow row = Start(listed);
  row.Set("url", info.url).Flag("has_credentials", !info.credentials.empty()).Set("has_encryption_key", "N");
  row.Set("type", info.url.empty() ? "INTERNAL" : "EXTERNAL").Flag("directory_enabled", info.directory);
  rows->push_back(std::move(row));
  return Ok();
}

Status FileFormats(Execution&, const Listed& listed, Rows* rows) {
  const auto& info = *listed.object->As<catalog::FileFormatInfo>();
  std::string options = "{\"TYPE\":\"" + info.type + "\"";
  for (const auto& [name, value] : info.options) options += ",\"" + name + "\":\"" + value + "\"";
  ShownRow row = Start(listed);
  row.Set("type", info.type).Set("format_options", options + "}");
  rows->push_back(std::move(row));
  return Ok();
}

Status Warehouses(Execution& run, const Listed& listed, Rows* rows) {
  const auto& info = *listed.object->As<catalog::WarehouseInfo>();
  ShownRow row = Start(listed);
  row.Set("state", "STARTED").Set("type", info.type).Set("size", info.size).Number("min_cluster_count", 1);
  row.Number("max_cluster_count", 1).Number("started_clusters", 1).Number("running", 0).Number("queued", 0);
  row.Set("is_default", "N").Flag("is_current", listed.object->name == run.session.warehouse);
  row.Number("auto_suspend", info.auto_suspend).Set("auto_resume", info.auto_resume ? "true" : "false");
  row.Time("resumed_on", listed.object->created_on).Time("updated_on", listed.object->created_on);
  row.Set("uuid", listed.object->id).Set("scaling_policy", "STANDARD").Set("resource_monitor", "null");
  rows->push_back(std::move(row));
  return Ok();
}

Status Users(Execution&, const Listed& listed, Rows* rows) {
  const auto& info = *listed.object->As<catalog::UserInfo>();
  ShownRow row = Start(listed);
  row.Set("login_name", info.login_name.empty() ? listed.object->name : info.login_name);
  row.Set("display_name", info.display_name.empty() ? listed.object->name : info.display_name);
  row.Set("email", info.email).Set("disabled", info.disabled ? "true" : "false");
  row.Set("must_change_password", info.must_change_password ? "true" : "false").Set("snowflake_lock", "false");
  row.Set("default_warehouse", info.default_warehouse).Set("default_namespace", info.default_namespace);
  row.Set("default_role", info.default_role).Set("has_password", info.password_hash.empty() ? "false" : "true");
  row.Set("has_rsa_public_key", "false").Set("has_pat", info.tokens.empty() ? "false" : "true");
  auto option = [&](const char* name, const char* otherwise) {
    auto set = listed.object->options.find(name);
    return set == listed.object->options.end() ? std::string(otherwise) : set->second;
  };
  row.Set("first_name", option("FIRST_NAME", "")).Set("last_name", option("LAST_NAME", ""));
  row.Set("type", option("TYPE", "PERSON")).Set("default_secondary_roles", "[\"ALL\"]").Set("has_mfa", "false");
  row.Set("has_workload_identity", "false").Set("is_from_organization_user", "false");
  rows->push_back(std::move(row));
  return Ok();
}

constexpr Micros kExpiredShown = Micros{30} * 24 * 3600 * 1000000;

/// FOR USER, or the session's own; SCOPES are of API keys, which Snowflake has not.
Status AccessTokens(Execution& run, const Listed&, Rows* rows) {
  const auto& show = *run.statement.As<sql::Show>();
  const bool named = !show.scope_name.parts.empty();
  if (named && show.scope != sql::Show::Scope::kUser) {
    return Error(errors::kUnsupported, {"SHOW USER PROGRAMMATIC ACCESS TOKENS IN"}, run.statement.at);
  }
  const std::string& name = named ? show.scope_name.parts.back().text : run.session.user();
  catalog::ObjectRef user = run.context.state().Find("", ObjectKind::kUser, name);
  if (!user) return Error(errors::kKindNotFound, {"User", name}, show.scope_name.at);
  const auto& info = *user->As<catalog::UserInfo>();
  for (const catalog::AccessToken& token : info.tokens) {
    const bool expired = token.expires != 0 && token.expires <= run.context.now;
    if (expired && token.expires + kExpiredShown <= run.context.now) continue;
    ShownRow row;
    row.Set("name", token.name).Set("user_name", user->name).Set("role_restriction", token.role);
    row.Time("expires_at", token.expires).Time("created_on", token.created).Set("comment", token.comment);
    row.Set("status", expired ? "EXPIRED" : token.disabled || info.disabled ? "DISABLED" : "ACTIVE");
    std::string scopes;
    for (const std::string& scope : token.scopes) scopes += (scopes.empty() ? "" : ", ") + scope;
    row.Set("scopes", std::move(scopes));
    rows->push_back(std::move(row));
  }
  return Ok();
}

Status Roles(Execution& run, const Listed& listed, Rows* rows) {
  ShownRow row = Start(listed);
  row.Set("is_default", "N").Flag("is_current", listed.object->name == run.session.role).Set("is_inherited", "N");
  row.Set("is_from_organization_user_group", "N");
  row.Number("assigned_to_users", 0).Number("granted_to_roles", 0).Number("granted_roles", 0);
  rows->push_back(std::move(row));
  return Ok();
}

Status ParametersRows(Execution& run, const Listed&, Rows* rows) {
  for (const session::ParameterRow& parameter : session::Parameters()) {
    constexpr const char* kTypes[] = {"BOOLEAN", "NUMBER", "STRING"};
    ShownRow row;
    row.Set("key", parameter.name).Set("value", run.session.parameters.Get(parameter.name));
    row.Set("default", parameter.default_value);
    row.Set("level", run.session.parameters.IsSet(parameter.name) ? "SESSION" : "");
    row.Set("description", parameter.description).Set("type", kTypes[static_cast<int>(parameter.type)]);
    rows->push_back(std::move(row));
  }
  return Ok();
}

Status Variables(Execution& run, const Listed&, Rows* rows) {
  for (const auto& [name, variable] : run.session.variables) {
    bool number = variable.type.id == TypeId::kInteger || variable.type.id == TypeId::kNumber;
    ShownRow row;
    row.Number("session_id", run.session.id()).Time("created_on", run.context.now).Time("updated_on", run.context.now);
    row.Set("name", name).Set("value", variable.text);
    row.Set("type", number ? "fixed" : variable.type.id == TypeId::kVarchar ? "text" : RowOf(variable.type.id).wire);
    rows->push_back(std::move(row));
  }
  return Ok();
}

Status BuiltinFunctions(Execution&, const Listed&, Rows* rows) {
  for (const functions::Family& family : functions::Families()) {
    for (const functions::Function& function : family.rows) {
      ShownRow row;
      row.Set("name", function.name)
          .Set("is_builtin", "Y")
          .Flag("is_aggregate", family.kind == functions::Kind::kAggregate);
      row.Set("is_ansi", "N").Set("arguments", std::string(function.name) + "(" + function.signature + ")");
      row.Set("description", function.page).Flag("is_table_function", family.kind == functions::Kind::kTable);
      row.Set("valid_for_clustering", "N").Set("is_secure", "N").Set("is_external_function", "N");
      rows->push_back(std::move(row));
    }
  }
  return Ok();
}

/// https://docs.snowflake.com/en/sql-reference/sql/show-user-functions
Status UserFunctions(Execution&, const Listed& listed, Rows* rows) {
  const auto& info = *listed.object->As<catalog::FunctionInfo>();
  ShownRow row = Start(listed);
  row.Set("catalog_name", listed.database).Set("description", listed.object->comment);
  if (listed.object->comment.empty()) row.Set("description", "user-defined function");
  int64_t fewest = 0;
  for (const catalog::FunctionArgument& argument : info.arguments) fewest += argument.default_text ? 0 : 1;
  row.Number("min_num_arguments", fewest).Number("max_num_arguments", static_cast<int64_t>(info.arguments.size()));
  row.Set("arguments",
          listed.object->name + planner::SignatureText(info, false) + " RETURN " + planner::ReturnsText(info, false));
  row.Set("is_builtin", "N").Set("is_aggregate", "N").Set("is_ansi", "N").Flag("is_table_function", info.returns_table);
  row.Set("valid_for_clustering", "N").Flag("is_secure", info.secure).Set("is_external_function", "N");
  row.Set("language", "SQL").Set("is_memoizable", "N").Set("is_data_metric", "N");
  rows->push_back(std::move(row));
  return Ok();
}

/// The built-in ones, and those of the session's database, or of all.
Status Functions(Execution& run, const Listed& none, Rows* rows) {
  FIRN_TRY(BuiltinFunctions(run, none, rows));
  const catalog::CatalogState& state = run.context.state();
  for (const catalog::ObjectRef& database : state.Children("", ObjectKind::kDatabase)) {
    if (!run.context.place.database.empty() && database->name != run.context.place.database) continue;
    for (const catalog::ObjectRef& schema : state.Children(database->id, ObjectKind::kSchema)) {
      for (const catalog::ObjectRef& function : state.Children(schema->id, ObjectKind::kFunction)) {
        FIRN_TRY(UserFunctions(run, {function, database->name, schema->name, false}, rows));
      }
    }
  }
  return Ok();
}

/// Objects of which there are none: they cannot be made.
Status None(Execution&, const Listed&, Rows*) { return Ok(); }

constexpr const char* kFunctionColumns =
    "created_on@ name schema_name is_builtin is_aggregate is_ansi min_num_arguments# max_num_arguments# arguments "
    "description catalog_name is_table_function valid_for_clustering is_secure is_external_function language "
    "is_memoizable is_data_metric";
constexpr const char* kKeyColumns =
    "created_on@ database_name schema_name table_name column_name key_sequence# constraint_name rely comment";
constexpr const char* kForeignKeyColumns =
    "created_on@ pk_database_name pk_schema_name pk_table_name pk_column_name fk_database_name fk_schema_name "
    "fk_table_name fk_column_name key_sequence# update_rule delete_rule fk_name pk_name deferrability rely comment";
constexpr const char* kTerse = "created_on@ name kind database_name schema_name";
constexpr const char* kTableColumns =
    "created_on@ name database_name schema_name kind comment cluster_by rows# bytes# owner retention_time "
    "automatic_clustering change_tracking search_optimization search_optimization_progress "
    "search_optimization_bytes# is_external enable_schema_evolution owner_role_type is_event is_hybrid is_iceberg "
    "is_dynamic is_immutable is_interactive row_timestamp error_logging";
constexpr const char* kWarehouseColumns =
    "name state type size min_cluster_count# max_cluster_count# started_clusters# running# queued# is_default "
    "is_current auto_suspend# auto_resume available provisioning quiescing other created_on@ resumed_on@ "
    "updated_on@ owner comment enable_query_acceleration query_acceleration_max_scale_factor# resource_monitor "
    "actives pendings failed suspended uuid scaling_policy owner_role_type resource_constraint generation "
    "query_throughput_multiplier# max_query_performance_level disabled_reasons tables";
constexpr const char* kUserColumns =
    "name created_on@ login_name display_name first_name last_name email mins_to_unlock days_to_expiry comment "
    "disabled must_change_password snowflake_lock default_warehouse default_namespace default_role "
    "default_secondary_roles ext_authn_duo ext_authn_uid mins_to_bypass_mfa owner last_success_login@ "
    "expires_at_time@ locked_until_time@ has_password has_rsa_public_key type has_mfa has_pat "
    "has_workload_identity is_from_organization_user";
constexpr const char* kSchemaColumns =
    "created_on@ name is_default is_current database_name owner comment options retention_time owner_role_type "
    "classification_profile_database classification_profile_schema classification_profile object_visibility "
    "is_nested";
constexpr const char* kIcebergColumns =
    "created_on@ name database_name schema_name owner external_volume_name catalog_name iceberg_table_type "
    "catalog_table_name catalog_namespace base_location can_write_metadata comment name_mapping owner_role_type "
    "catalog_sync_name auto_refresh_status partition_specs current_partition_spec_id# iceberg_table_format_version#";
constexpr const char* kStageColumns =
    "created_on@ name database_name schema_name url has_credentials has_encryption_key owner comment region type "
    "cloud notification_channel storage_integration endpoint owner_role_type directory_enabled";
constexpr const char* kRoleColumns =
    "created_on@ name is_default is_current is_inherited assigned_to_users# granted_to_roles# granted_roles# owner "
    "comment is_from_organization_user_group";
constexpr const char* kTerseUserColumns =
    "name created_on@ display_name first_name last_name email comment has_password has_rsa_public_key type has_mfa "
    "has_pat has_workload_identity is_from_organization_user";
constexpr const char* kDynamicTableColumns =
    "created_on@ name database_name schema_name cluster_by rows# bytes# owner target_lag refresh_mode "
    "refresh_mode_reason warehouse comment text automatic_clustering scheduling_state last_suspended_on@ is_clone "
    "is_replica is_iceberg data_timestamp@ owner_role_type execute_as_user secondary_role_names insert_only_inputs "
    "immutable_where initialization_warehouse backfill_from scheduler frozen_where configured_refresh_mode";
constexpr const char* kPipeColumns =
    "created_on@ name database_name schema_name definition owner notification_channel comment integration pattern "
    "error_integration owner_role_type invalid_reason kind is_snowflake_managed";
constexpr const char* kStreamColumns =
    "created_on@ name database_name schema_name owner comment table_name source_type base_tables type stale mode "
    "stale_after@ invalid_reason owner_role_type";
constexpr const char* kDatabaseColumns =
    "created_on@ name is_default is_current origin owner comment options retention_time kind owner_role_type "
    "object_visibility data_quality_monitoring_settings resharing_settings";

}  // namespace

std::span<const ShowKind> ShowKinds() {
  using L = ShowLevel;
  using K = ObjectKind;
  static const std::vector<ShowKind> kKinds = {
      {"BUILTIN FUNCTIONS", L::kOther, kFunctionColumns, "", {}, BuiltinFunctions},
      {"COLUMNS",
       L::kTable,
       "table_name schema_name column_name data_type null? default kind expression comment database_name "
       "autoincrement schema_evolution_record write_default",
       "",
       {K::kTable, K::kView},
       Columns},
      {"DATABASES", L::kAccount, kDatabaseColumns, kTerse, {K::kDatabase}, Databases},
      {"DYNAMIC TABLES", L::kSchema, kDynamicTableColumns, kTerse, {K::kTable}, DynamicTables},
      {"EXPORTED KEYS", L::kOther, kForeignKeyColumns, "", {}, None},
      {"FILE FORMATS",
       L::kSchema,
       "created_on@ name database_name schema_name type owner comment format_options owner_role_type",
       "",
       {K::kFileFormat},
       FileFormats},
      {"FUNCTIONS", L::kOther, kFunctionColumns, "", {}, Functions},
      {"ICEBERG TABLES", L::kSchema, kIcebergColumns, kTerse, {K::kTable}, IcebergTables},
      {"IMPORTED KEYS", L::kTable, kForeignKeyColumns, "", {K::kTable}, ImportedKeys},
      {"OBJECTS",
       L::kSchema,
       "created_on@ name database_name schema_name kind comment cluster_by rows# bytes# owner retention_time "
       "owner_role_type is_hybrid is_dynamic is_iceberg is_interactive",
       kTerse,
       {K::kTable, K::kView},
       Objects},
      {"PARAMETERS", L::kOther, "key value default level description type", "", {}, ParametersRows},
      {"PIPES", L::kSchema, kPipeColumns, "", {K::kPipe}, Pipes},
      {"PRIMARY KEYS", L::kTable, kKeyColumns, "", {K::kTable}, PrimaryKeys},
      {"PROCEDURES", L::kOther, kFunctionColumns, "", {}, None},
      {"ROLES",
       L::kAccount,
       kRoleColumns,
       "name is_default is_current is_inherited is_from_organization_user_group",
       {K::kRole},
       Roles},
      {"SCHEMAS", L::kDatabase, kSchemaColumns, kTerse, {K::kSchema}, Schemas},
      {"SEQUENCES",
       L::kSchema,
       "name database_name schema_name next_value# interval# created_on@ owner comment owner_role_type ordered",
       "",
       {K::kSequence},
       Sequences},
      {"STAGES", L::kSchema, kStageColumns, "", {K::kStage}, Stages},
      {"STREAMS", L::kSchema, kStreamColumns, kTerse, {K::kStream}, Streams},
      {"TABLES", L::kSchema, kTableColumns, kTerse, {K::kTable}, Tables},
      {"TASKS",
       L::kSchema,
       "created_on@ name id database_name schema_name owner comment warehouse schedule predecessors state definition "
       "condition allow_overlapping_execution error_integration last_committed_on@ last_suspended_on@ owner_role_type "
       "config task_relations last_suspended_reason success_integration scheduling_mode target_completion_interval "
       "execute_as_user overlap_policy created_by_user",
       kTerse,
       {K::kTask},
       Tasks},
      {"UNIQUE KEYS", L::kTable, kKeyColumns, "", {K::kTable}, UniqueKeys},
      {"USER FUNCTIONS", L::kSchema, kFunctionColumns, "", {K::kFunction}, UserFunctions},
      {"USER PROGRAMMATIC ACCESS TOKENS",
       L::kOther,
       "name user_name role_restriction expires_at@ status comment created_on@ created_by "
       "mins_to_bypass_network_policy_requirement# rotated_to scopes",
       "",
       {},
       AccessTokens},
      {"USERS", L::kAccount, kUserColumns, kTerseUserColumns, {K::kUser}, Users},
      {"VARIABLES", L::kOther, "session_id# created_on@ updated_on@ name value type comment", "", {}, Variables},
      {"VIEWS",
       L::kSchema,
       "created_on@ name reserved database_name schema_name owner comment text is_secure is_materialized "
       "owner_role_type change_tracking",
       kTerse,
       {K::kView},
       Views},
      {"WAREHOUSES", L::kAccount, kWarehouseColumns, "", {K::kWarehouse}, Warehouses},
  };
  return kKinds;
}

}  // namespace firn::statements

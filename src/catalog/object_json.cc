#include "catalog/object_json.h"

#include <array>

namespace firn::catalog {

namespace json = boost::json;

namespace {

void PutOptionalNumber(json::object& out, std::string_view key, const std::optional<int>& value) {
  if (value) out[key] = *value;
}

std::optional<int> ReadOptionalInt(const JsonReader& reader, std::string_view key) {
  std::optional<int64_t> value = reader.OptionalNumber(key);
  return value ? std::optional<int>(static_cast<int>(*value)) : std::nullopt;
}

json::object Write(const DatabaseInfo& info) {
  json::object out;
  PutFlag(out, "transient", info.transient);
  PutOptionalNumber(out, "retention-days", info.retention_days);
  PutText(out, "origin", info.origin);
  return out;
}

DatabaseInfo ReadDatabase(const JsonReader& in) {
  return {in.Flag("transient"), ReadOptionalInt(in, "retention-days"), in.TextOr("origin")};
}

json::object Write(const SchemaInfo& info) {
  json::object out;
  PutFlag(out, "transient", info.transient);
  PutFlag(out, "managed-access", info.managed_access);
  PutOptionalNumber(out, "retention-days", info.retention_days);
  return out;
}

SchemaInfo ReadSchema(const JsonReader& in) {
  return {in.Flag("transient"), in.Flag("managed-access"), ReadOptionalInt(in, "retention-days")};
}

json::object Write(const ColumnInfo& column) {
  json::object out;
  out["id"] = column.field_id;
  out["name"] = column.name;
  out["type"] = column.type.Text();
  // INT and NUMBER(38,0) print alike.
  PutFlag(out, "integer", column.type.id == TypeId::kInteger);
  PutFlag(out, "required", !column.nullable);
  if (column.default_text) out["default"] = *column.default_text;
  if (column.autoincrement) {
    json::object increment;
    increment["sequence"] = column.autoincrement->sequence_id;
    increment["start"] = column.autoincrement->start;
    increment["step"] = column.autoincrement->step;
    PutFlag(increment, "ordered", column.autoincrement->ordered);
    out["autoincrement"] = std::move(increment);
  }
  PutText(out, "comment", column.comment);
  PutText(out, "collation", column.collation);
  PutFlag(out, "primary-key", column.primary_key);
  PutFlag(out, "unique", column.unique);
  return out;
}

/// Of members "type" and "integer".
SqlType ReadType(const JsonReader& in) {
  std::string text = in.Text("type");
  if (in.Flag("integer")) return SqlType::Integer();
  Result<SqlType> type = ParseTypeText(text);
  if (type.ok()) return *type;
  in.fault().Unknown("type " + text);
  return SqlType::Integer();
}

ColumnInfo ReadColumn(const JsonReader& in) {
  ColumnInfo column;
  column.field_id = static_cast<int>(in.Number("id"));
  column.name = in.Text("name");
  column.type = ReadType(in);
  column.nullable = !in.Flag("required");
  column.default_text = in.OptionalText("default");
  if (in.Has("autoincrement")) {
    JsonReader increment = in.Child("autoincrement");
    column.autoincrement = Autoincrement{increment.Text("sequence"), increment.Number("start"),
                                         increment.Number("step"), increment.Flag("ordered")};
  }
  column.comment = in.TextOr("comment");
  column.collation = in.TextOr("collation");
  column.primary_key = in.Flag("primary-key");
  column.unique = in.Flag("unique");
  return column;
}

json::array Write(const std::vector<ColumnInfo>& columns) {
  json::array out;
  for (const ColumnInfo& column : columns) out.push_back(Write(column));
  return out;
}

std::vector<ColumnInfo> ReadColumns(const JsonReader& in) {
  std::vector<ColumnInfo> columns;
  in.Each("columns", [&](const JsonReader& column) { columns.push_back(ReadColumn(column)); });
  return columns;
}

constexpr std::array<std::string_view, 3> kConstraintTypes = {"primary-key", "unique", "foreign-key"};

json::object Write(const TableConstraint& constraint) {
  json::object out;
  out["type"] = kConstraintTypes[static_cast<size_t>(constraint.type)];
  PutText(out, "name", constraint.name);
  PutTexts(out, "columns", constraint.columns);
  PutText(out, "referenced-table", constraint.referenced_table);
  PutTexts(out, "referenced-columns", constraint.referenced_columns);
  PutText(out, "properties", constraint.properties);
  return out;
}

TableConstraint ReadConstraint(const JsonReader& in) {
  TableConstraint constraint;
  std::string type = in.Text("type");
  size_t index = 0;
  while (index < kConstraintTypes.size() && kConstraintTypes[index] != type) ++index;
  if (index == kConstraintTypes.size()) {
    in.fault().Unknown("constraint " + type);
    return constraint;
  }
  constraint.type = static_cast<TableConstraint::Type>(index);
  constraint.name = in.TextOr("name");
  constraint.columns = in.Texts("columns");
  constraint.referenced_table = in.TextOr("referenced-table");
  constraint.referenced_columns = in.Texts("referenced-columns");
  constraint.properties = in.TextOr("properties");
  return constraint;
}

json::object Write(const DynamicInfo& info) {
  json::object out;
  out["query"] = info.query;
  out["target-lag"] = info.target_lag;
  PutText(out, "warehouse", info.warehouse);
  out["wanted-mode"] = info.wanted_mode;
  out["mode"] = info.mode;
  PutText(out, "mode-reason", info.mode_reason);
  PutFlag(out, "initialize-later", !info.initialize_on_create);
  PutFlag(out, "suspended", info.suspended);
  PutText(out, "suspend-reason", info.suspend_reason);
  PutTexts(out, "inputs", info.input_ids);
  return out;
}

DynamicInfo ReadDynamic(const JsonReader& in) {
  return {in.Text("query"),
          in.Text("target-lag"),
          in.TextOr("warehouse"),
          in.Text("wanted-mode"),
          in.Text("mode"),
          in.TextOr("mode-reason"),
          !in.Flag("initialize-later"),
          in.Flag("suspended"),
          in.TextOr("suspend-reason"),
          in.Texts("inputs")};
}

json::object Write(const TableInfo& info) {
  json::object out;
  out["location"] = info.location;
  PutFlag(out, "transient", info.transient);
  PutFlag(out, "iceberg", info.iceberg);
  PutFlag(out, "read-only", info.read_only);
  out["format-version"] = info.format_version;
  out["columns"] = Write(info.columns);
  json::array constraints;
  for (const TableConstraint& constraint : info.constraints) constraints.push_back(Write(constraint));
  if (!constraints.empty()) out["constraints"] = std::move(constraints);
  PutText(out, "cluster-by", info.cluster_by);
  PutOptionalNumber(out, "retention-days", info.retention_days);
  if (info.dynamic) out["dynamic"] = Write(*info.dynamic);
  return out;
}

TableInfo ReadTable(const JsonReader& in) {
  TableInfo info;
  info.location = in.Text("location");
  info.transient = in.Flag("transient");
  info.iceberg = in.Flag("iceberg");
  info.read_only = in.Flag("read-only");
  info.format_version = static_cast<int>(in.Number("format-version"));
  info.columns = ReadColumns(in);
  in.Each("constraints", [&](const JsonReader& row) { info.constraints.push_back(ReadConstraint(row)); });
  info.cluster_by = in.TextOr("cluster-by");
  info.retention_days = ReadOptionalInt(in, "retention-days");
  if (in.Has("dynamic")) info.dynamic = ReadDynamic(in.Child("dynamic"));
  return info;
}

json::object Write(const ViewInfo& info) {
  json::object out;
  out["text"] = info.text;
  out["query"] = info.query;
  out["columns"] = Write(info.columns);
  PutFlag(out, "column-list", info.has_column_list);
  PutFlag(out, "secure", info.secure);
  PutText(out, "database", info.database);
  PutText(out, "schema", info.schema);
  return out;
}

ViewInfo ReadView(const JsonReader& in) {
  return {in.Text("text"),   in.Text("query"),      ReadColumns(in),    in.Flag("column-list"),
          in.Flag("secure"), in.TextOr("database"), in.TextOr("schema")};
}

json::object Write(const StageInfo& info) {
  json::object out;
  PutText(out, "url", info.url);
  PutOptions(out, "file-format", info.file_format);
  PutOptions(out, "copy-options", info.copy_options);
  PutText(out, "credentials", info.credentials);
  PutFlag(out, "directory", info.directory);
  return out;
}

StageInfo ReadStage(const JsonReader& in) {
  return {in.TextOr("url"), in.Options("file-format"), in.Options("copy-options"), in.TextOr("credentials"),
          in.Flag("directory")};
}

json::object Write(const FileFormatInfo& info) {
  json::object out;
  out["type"] = info.type;
  PutOptions(out, "options", info.options);
  return out;
}

FileFormatInfo ReadFileFormat(const JsonReader& in) { return {in.Text("type"), in.Options("options")}; }

json::object Write(const SequenceInfo& info) {
  json::object out;
  out["start"] = info.start;
  out["step"] = info.step;
  PutFlag(out, "ordered", info.ordered);
  return out;
}

SequenceInfo ReadSequence(const JsonReader& in) { return {in.Number("start"), in.Number("step"), in.Flag("ordered")}; }

json::object Write(const WarehouseInfo& info) {
  json::object out;
  out["size"] = info.size;
  out["type"] = info.type;
  out["auto-suspend"] = info.auto_suspend;
  out["auto-resume"] = info.auto_resume;
  return out;
}

WarehouseInfo ReadWarehouse(const JsonReader& in) {
  return {in.Text("size"), in.Text("type"), static_cast<int>(in.Number("auto-suspend")), in.Flag("auto-resume")};
}

json::object Write(const AccessToken& token) {
  json::object out;
  out["name"] = token.name;
  out["sha256"] = token.sha256;
  PutNumber(out, "expires", token.expires);
  out["created"] = token.created;
  PutText(out, "role", token.role);
  PutText(out, "comment", token.comment);
  PutFlag(out, "disabled", token.disabled);
  PutTexts(out, "scopes", token.scopes);
  return out;
}

json::object Write(const UserInfo& info) {
  json::object out;
  PutText(out, "password-hash", info.password_hash);
  PutText(out, "login-name", info.login_name);
  PutText(out, "display-name", info.display_name);
  PutText(out, "email", info.email);
  PutText(out, "default-role", info.default_role);
  PutText(out, "default-warehouse", info.default_warehouse);
  PutText(out, "default-namespace", info.default_namespace);
  PutFlag(out, "disabled", info.disabled);
  PutFlag(out, "must-change-password", info.must_change_password);
  json::array tokens;
  for (const AccessToken& token : info.tokens) tokens.push_back(Write(token));
  if (!tokens.empty()) out["tokens"] = std::move(tokens);
  return out;
}

UserInfo ReadUser(const JsonReader& in) {
  UserInfo info;
  info.password_hash = in.TextOr("password-hash");
  info.login_name = in.TextOr("login-name");
  info.display_name = in.TextOr("display-name");
  info.email = in.TextOr("email");
  info.default_role = in.TextOr("default-role");
  info.default_warehouse = in.TextOr("default-warehouse");
  info.default_namespace = in.TextOr("default-namespace");
  info.disabled = in.Flag("disabled");
  info.must_change_password = in.Flag("must-change-password");
  in.Each("tokens", [&](const JsonReader& row) {
    info.tokens.push_back({row.Text("name"), row.Text("sha256"), row.NumberOr("expires", 0), row.Number("created"),
                           row.TextOr("role"), row.TextOr("comment"), row.Flag("disabled"), row.Texts("scopes")});
  });
  return info;
}

json::object Write(const RoleInfo&) { return {}; }

json::object Write(const PipeInfo& info) {
  json::object out;
  out["text"] = info.text;
  out["table"] = info.table_id;
  PutFlag(out, "paused", info.paused);
  PutText(out, "pipeline", info.pipeline);
  out["schema-version"] = info.schema_version;
  json::array versions;
  for (const SchemaVersion& version : info.schema_versions) {
    versions.push_back(json::object{
        {"version", version.version}, {"time", version.time}, {"cause", version.cause}, {"change", version.change}});
  }
  if (!versions.empty()) out["schema-versions"] = std::move(versions);
  return out;
}

PipeInfo ReadPipe(const JsonReader& in) {
  PipeInfo info;
  info.text = in.Text("text");
  info.table_id = in.Text("table");
  info.paused = in.Flag("paused");
  info.pipeline = in.TextOr("pipeline");
  info.schema_version = static_cast<int>(in.Number("schema-version"));
  in.Each("schema-versions", [&](const JsonReader& row) {
    info.schema_versions.push_back(
        {static_cast<int>(row.Number("version")), row.Number("time"), row.Text("cause"), row.Text("change")});
  });
  return info;
}

json::object Write(const StreamInfo& info) {
  json::object out;
  out["table"] = info.table_id;
  PutFlag(out, "append-only", info.append_only);
  PutFlag(out, "show-initial-rows", info.show_initial_rows);
  return out;
}

StreamInfo ReadStream(const JsonReader& in) {
  return {in.Text("table"), in.Flag("append-only"), in.Flag("show-initial-rows")};
}

json::object Write(const TaskInfo& info) {
  json::object out;
  PutText(out, "warehouse", info.warehouse);
  PutText(out, "schedule", info.schedule);
  PutTexts(out, "predecessors", info.predecessor_ids);
  PutText(out, "condition", info.condition);
  out["text"] = info.text;
  PutFlag(out, "started", info.started);
  PutFlag(out, "allow-overlap", info.allow_overlap);
  out["timeout-ms"] = info.timeout_ms;
  out["suspend-after-failures"] = info.suspend_after_failures;
  out["retries"] = info.retries;
  PutNumber(out, "started-on", info.started_on);
  return out;
}

TaskInfo ReadTask(const JsonReader& in) {
  TaskInfo info;
  info.warehouse = in.TextOr("warehouse");
  info.schedule = in.TextOr("schedule");
  info.predecessor_ids = in.Texts("predecessors");
  info.condition = in.TextOr("condition");
  info.text = in.Text("text");
  info.started = in.Flag("started");
  info.allow_overlap = in.Flag("allow-overlap");
  info.timeout_ms = static_cast<int>(in.Number("timeout-ms"));
  info.suspend_after_failures = static_cast<int>(in.Number("suspend-after-failures"));
  info.retries = static_cast<int>(in.Number("retries"));
  info.started_on = in.NumberOr("started-on", 0);
  return info;
}

json::object Write(const FunctionInfo& info) {
  json::object out;
  json::array arguments;
  for (const FunctionArgument& argument : info.arguments) {
    json::object row;
    row["name"] = argument.name;
    row["type"] = argument.type.Text();
    PutFlag(row, "integer", argument.type.id == TypeId::kInteger);
    if (argument.default_text) row["default"] = *argument.default_text;
    arguments.push_back(std::move(row));
  }
  out["arguments"] = std::move(arguments);
  PutFlag(out, "returns-table", info.returns_table);
  out["columns"] = Write(info.columns);
  out["body"] = info.body;
  PutFlag(out, "secure", info.secure);
  PutFlag(out, "http-endpoint", info.http_endpoint);
  return out;
}

FunctionInfo ReadFunction(const JsonReader& in) {
  FunctionInfo info;
  in.Each("arguments", [&](const JsonReader& row) {
    info.arguments.push_back({row.Text("name"), ReadType(row), row.OptionalText("default")});
  });
  info.returns_table = in.Flag("returns-table");
  info.columns = ReadColumns(in);
  info.body = in.Text("body");
  info.secure = in.Flag("secure");
  info.http_endpoint = in.Flag("http-endpoint");
  return info;
}

ObjectInfo ReadInfo(ObjectKind kind, const JsonReader& in) {
  switch (kind) {
    case ObjectKind::kDatabase:
      return ReadDatabase(in);
    case ObjectKind::kSchema:
      return ReadSchema(in);
    case ObjectKind::kTable:
      return ReadTable(in);
    case ObjectKind::kView:
      return ReadView(in);
    case ObjectKind::kStage:
      return ReadStage(in);
    case ObjectKind::kFileFormat:
      return ReadFileFormat(in);
    case ObjectKind::kSequence:
      return ReadSequence(in);
    case ObjectKind::kWarehouse:
      return ReadWarehouse(in);
    case ObjectKind::kUser:
      return ReadUser(in);
    case ObjectKind::kRole:
      return RoleInfo{};
    case ObjectKind::kPipe:
      return ReadPipe(in);
    case ObjectKind::kStream:
      return ReadStream(in);
    case ObjectKind::kTask:
      return ReadTask(in);
    case ObjectKind::kFunction:
      return ReadFunction(in);
  }
  return RoleInfo{};
}

}  // namespace

json::object ToJson(const Object& object) {
  json::object out;
  out["kind"] = Name(object.kind());
  out["id"] = object.id;
  PutText(out, "parent", object.parent_id);
  out["name"] = object.name;
  PutText(out, "owner", object.owner);
  PutText(out, "comment", object.comment);
  out["created"] = object.created_on;
  out["altered"] = object.altered_on;
  PutNumber(out, "dropped", object.dropped_on);
  out["version"] = object.version;
  PutOptions(out, "options", object.options);
  out["info"] = std::visit([](const auto& info) { return Write(info); }, object.info);
  return out;
}

Object ReadObject(const JsonReader& in) {
  Object object;
  std::string kind_name = in.Text("kind");
  std::optional<ObjectKind> kind = ObjectKindOf(kind_name);
  if (!kind) {
    in.fault().Unknown("object kind " + kind_name);
    return object;
  }
  object.id = in.Text("id");
  object.parent_id = in.TextOr("parent");
  object.name = in.Text("name");
  object.owner = in.TextOr("owner");
  object.comment = in.TextOr("comment");
  object.created_on = in.Number("created");
  object.altered_on = in.Number("altered");
  object.dropped_on = in.NumberOr("dropped", 0);
  object.version = in.Number("version");
  object.options = in.Options("options");
  object.info = ReadInfo(*kind, in.Child("info"));
  return object;
}

json::object ToJson(const StatementInfo& statement) {
  json::object out;
  PutText(out, "query-id", statement.query_id);
  PutText(out, "request-id", statement.request_id);
  PutText(out, "user", statement.user);
  PutText(out, "role", statement.role);
  PutText(out, "kind", statement.kind);
  PutText(out, "text-hash", statement.text_hash);
  PutNumber(out, "inserted", statement.rows_inserted);
  PutNumber(out, "updated", statement.rows_updated);
  PutNumber(out, "deleted", statement.rows_deleted);
  PutNumber(out, "unloaded", statement.rows_unloaded);
  PutText(out, "message", statement.message);
  return out;
}

StatementInfo ReadStatement(const JsonReader& in) {
  StatementInfo statement;
  statement.query_id = in.TextOr("query-id");
  statement.request_id = in.TextOr("request-id");
  statement.user = in.TextOr("user");
  statement.role = in.TextOr("role");
  statement.kind = in.TextOr("kind");
  statement.text_hash = in.TextOr("text-hash");
  statement.rows_inserted = in.NumberOr("inserted", 0);
  statement.rows_updated = in.NumberOr("updated", 0);
  statement.rows_deleted = in.NumberOr("deleted", 0);
  statement.rows_unloaded = in.NumberOr("unloaded", 0);
  statement.message = in.TextOr("message");
  return statement;
}

}  // namespace firn::catalog

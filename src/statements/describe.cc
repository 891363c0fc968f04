// DESCRIBE. https://docs.snowflake.com/en/sql-reference/sql/desc
#include "base/errors.h"
#include "planner/user_function.h"
#include "statements/file_format.h"
#include "statements/object_names.h"
#include "statements/option_values.h"
#include "statements/show.h"

namespace firn::statements {

namespace {

constexpr const char* kTableColumns =
    "name type kind null? default primary~key unique~key check expression comment policy~name privacy~domain "
    "write~default";

/// Unset texts are NULL here, not "" as in SHOW.
Answer Described(const char* spec, const std::vector<ShownRow>& rows) {
  Answer answer;
  answer.columns = ShownColumns(spec);
  for (const ShownRow& row : rows) {
    session::Row cells;
    for (const session::OutputColumn& column : answer.columns) {
      auto found = row.cells().find(column.name);
      cells.push_back(found == row.cells().end() || (found->second && found->second->empty()) ? session::Cell()
                                                                                              : found->second);
    }
    answer.rows.push_back(std::move(cells));
  }
  return answer;
}

Answer DescribeColumns(const std::vector<catalog::ColumnInfo>& columns) {
  std::vector<ShownRow> rows;
  for (const catalog::ColumnInfo& column : columns) {
    ShownRow row;
    row.Set("name", column.name).Set("type", column.type.Text()).Set("kind", "COLUMN").Flag("null?", column.nullable);
    row.Set("default", column.default_text.value_or("")).Flag("primary key", column.primary_key);
    row.Flag("unique key", column.unique).Set("comment", column.comment);
    if (column.autoincrement) {
      row.Set("default", "IDENTITY START " + std::to_string(column.autoincrement->start) + " INCREMENT " +
                             std::to_string(column.autoincrement->step) +
                             (column.autoincrement->ordered ? " ORDER" : " NOORDER"));
    }
    rows.push_back(std::move(row));
  }
  return Described(kTableColumns, rows);
}

/// property, value pairs.
Answer Properties(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::vector<ShownRow> rows;
  for (const auto& [name, value] : pairs) {
    ShownRow row;
    row.Set("property", name).Set("value", value);
    rows.push_back(std::move(row));
  }
  return Described("property value default description", rows);
}

Result<Answer> DescribeDatabase(Execution& run, const sql::Describe& describe) {
  FIRN_ASSIGN(auto database, planner::FindDatabase(run.context, describe.name.parts.back().text, describe.name.at));
  std::vector<ShownRow> rows;
  for (const auto& schema : run.context.state().Children(database->id, catalog::ObjectKind::kSchema)) {
    ShownRow row;
    row.Time("created_on", schema->created_on).Set("name", schema->name).Set("kind", "SCHEMA");
    rows.push_back(std::move(row));
  }
  return Described("created_on@ name kind", rows);
}

Result<Answer> DescribeSchema(Execution& run, const sql::Describe& describe) {
  const auto& parts = describe.name.parts;
  std::string database = parts.size() > 1 ? parts[0].text : run.context.place.database;
  FIRN_ASSIGN(auto schema, planner::FindSchema(run.context, database, parts.back().text, describe.name.at));
  std::vector<ShownRow> rows;
  for (catalog::ObjectKind kind : {catalog::ObjectKind::kTable, catalog::ObjectKind::kView}) {
    for (const auto& object : run.context.state().Children(schema->id, kind)) {
      ShownRow row;
      row.Time("created_on", object->created_on).Set("name", object->name).Set("kind", std::string(Name(kind)));
      rows.push_back(std::move(row));
    }
  }
  return Described("created_on@ name kind", rows);
}

Result<Answer> DescribeStage(Execution& run, const sql::Describe& describe) {
  FIRN_ASSIGN(auto object, planner::FindInSchema(run.context, describe.name, catalog::ObjectKind::kStage));
  const auto& info = *object->As<catalog::StageInfo>();
  std::vector<ShownRow> rows;
  auto add = [&](const char* parent, const std::string& name, const std::string& value) {
    ShownRow row;
    row.Set("parent_property", parent).Set("property", name).Set("property_type", "String");
    row.Set("property_value", value);
    rows.push_back(std::move(row));
  };
  for (const auto& [name, value] : info.file_format) add("STAGE_FILE_FORMAT", name, value);
  for (const auto& [name, value] : info.copy_options) add("STAGE_COPY_OPTIONS", name, value);
  add("STAGE_LOCATION", "URL", info.url);
  return Described("parent_property property property_type property_value property_default", rows);
}

Result<Answer> DescribeFileFormat(Execution& run, const sql::Describe& describe) {
  FIRN_ASSIGN(auto object, planner::FindInSchema(run.context, describe.name, catalog::ObjectKind::kFileFormat));
  const auto& info = *object->As<catalog::FileFormatInfo>();
  std::vector<ShownRow> rows;
  auto shown = [](const std::string& value) {
    if (!value.starts_with("(")) return value;
    std::string items;
    for (const std::string& item : ListItems(value)) items += (items.empty() ? "" : ", ") + item;
    return "[" + items + "]";
  };
  auto add = [&](const std::string& name, const char* type, const std::string& value, const std::string& otherwise) {
    ShownRow row;
    row.Set("property", name).Set("property_type", type).Set("property_value", shown(value));
    row.Set("property_default", shown(otherwise));
    rows.push_back(std::move(row));
  };
  add("TYPE", "String", info.type, "CSV");
  for (const FormatOptionRow& option : FormatOptions()) {
    if (FindFormatOption(info.type, option.name) != &option) continue;
    constexpr const char* kTypes[] = {"Boolean", "Integer", "String", "String", "List"};
    auto given = info.options.find(option.name);
    add(option.name, kTypes[static_cast<int>(option.form)],
        given == info.options.end() ? option.default_value : given->second, option.default_value);
  }
  return Described("property property_type property_value property_default", rows);
}

Result<Answer> DescribeSequence(Execution& run, const sql::Describe& describe) {
  FIRN_ASSIGN(auto object, planner::FindInSchema(run.context, describe.name, catalog::ObjectKind::kSequence));
  FIRN_ASSIGN(int64_t next, run.context.state().SequenceNext(object->id));
  ShownRow row;
  row.Set("name", object->name)
      .Number("next_value", next)
      .Number("interval", object->As<catalog::SequenceInfo>()->step);
  row.Time("created_on", object->created_on).Set("owner", object->owner).Set("comment", object->comment);
  FIRN_ASSIGN(auto name, planner::Qualify(run.context, describe.name, "DESCRIBE"));
  row.Set("database_name", name.database).Set("schema_name", name.schema).Set("owner_role_type", "ROLE");
  row.Flag("ordered", object->As<catalog::SequenceInfo>()->ordered);
  return Described(
      "name database_name schema_name next_value# interval# created_on@ owner comment owner_role_type ordered", {row});
}

Result<Answer> DescribePipe(Execution& run, const sql::Describe& describe) {
  FIRN_ASSIGN(auto object, planner::FindInSchema(run.context, describe.name, catalog::ObjectKind::kPipe));
  FIRN_ASSIGN(auto name, planner::Qualify(run.context, describe.name, "DESCRIBE"));
  ShownRow row;
  row.Time("created_on", object->created_on).Set("name", object->name).Set("database_name", name.database);
  row.Set("schema_name", name.schema).Set("definition", object->As<catalog::PipeInfo>()->text);
  row.Set("owner", object->owner).Set("comment", object->comment).Set("owner_role_type", "ROLE");
  row.Set("kind", "STREAMING").Set("is_snowflake_managed", "false");
  return Described(
      "created_on@ name database_name schema_name definition owner notification_channel comment integration pattern "
      "error_integration owner_role_type invalid_reason kind is_snowflake_managed",
      {row});
}

/// https://docs.snowflake.com/en/sql-reference/sql/desc-function
Result<Answer> DescribeFunction(Execution& run, sql::Describe& describe) {
  FIRN_ASSIGN(auto object, FindFunctionObject(run, &describe.name, describe.signature, "DESCRIBE FUNCTION"));
  const auto& info = *object->As<catalog::FunctionInfo>();
  std::vector<ShownRow> rows;
  auto add = [&](const char* property, std::string value) {
    ShownRow row;
    row.Set("property", property).Set("value", std::move(value));
    rows.push_back(std::move(row));
  };
  add("signature", planner::SignatureText(info, true));
  add("returns", planner::ReturnsText(info, true));
  add("language", "SQL");
  add("body", info.body);
  return Described("property value", rows);
}

/// The row of SHOW: https://docs.snowflake.com/en/sql-reference/sql/desc-task, …/desc-stream
Result<Answer> DescribeAsShown(Execution& run, const sql::Describe& describe, catalog::ObjectKind kind,
                               const char* show) {
  FIRN_ASSIGN(auto object, planner::FindInSchema(run.context, describe.name, kind));
  FIRN_ASSIGN(auto name, planner::Qualify(run.context, describe.name, "DESCRIBE"));
  if (object->kind() != kind) {
    return Error(errors::kOtherKind, {std::string(Name(object->kind())), sql::KindWords(describe.kind)});
  }
  for (const ShowKind& row : ShowKinds()) {
    if (std::string_view(row.words) != show) continue;
    std::vector<ShownRow> rows;
    FIRN_TRY(row.fill(run, {object, name.database, name.schema, false}, &rows));
    Answer answer;
    answer.columns = ShownColumns(row.columns);
    for (const ShownRow& shown : rows) answer.rows.push_back(ShownCells(answer.columns, shown));
    return answer;
  }
  return Error(errors::kInternal, {std::string("there is no SHOW ") + show});
}

Result<Answer> DescribeAccountObject(Execution& run, const sql::Describe& describe, catalog::ObjectKind kind) {
  const std::string& name = describe.name.parts.back().text;
  auto object = run.context.state().Find("", kind, name);
  if (!object) return Error(errors::kKindNotFound, {std::string(Name(kind)), name}, describe.name.at);
  if (auto* user = object->As<catalog::UserInfo>()) {
    return Properties({{"NAME", object->name},
                       {"COMMENT", object->comment},
                       {"DISPLAY_NAME", user->display_name},
                       {"LOGIN_NAME", user->login_name.empty() ? object->name : user->login_name},
                       {"EMAIL", user->email},
                       {"DISABLED", user->disabled ? "true" : "false"},
                       {"DEFAULT_WAREHOUSE", user->default_warehouse},
                       {"DEFAULT_NAMESPACE", user->default_namespace},
                       {"DEFAULT_ROLE", user->default_role}});
  }
  ShownRow row;
  row.Time("created_on", object->created_on).Set("name", object->name).Set("kind", std::string(Name(kind)));
  return Described("created_on@ name kind", {row});
}

}  // namespace

Result<Answer> Execute(Execution& run, sql::Describe& describe) {
  using K = sql::ObjectKind;
  FIRN_TRY(planner::SettleName(run.context, &describe.name));
  switch (describe.kind) {
    case K::kTable:
    case K::kDynamicTable:
    case K::kIcebergTable:
    case K::kView: {
      if (describe.stage_type) return Error(errors::kUnsupported, {"DESCRIBE TABLE … TYPE = STAGE"}, run.statement.at);
      FIRN_ASSIGN(auto full, planner::Qualify(run.context, describe.name, "DESCRIBE"));
      FIRN_ASSIGN(auto found, planner::FindRelation(run.context, full, describe.name.at));
      if (!found.view && !found.table) {
        return Error(errors::kOtherKind, {std::string(Name(found.object->kind())), sql::KindWords(describe.kind)});
      }
      return DescribeColumns(found.view ? found.view->columns : found.table->info().columns);
    }
    case K::kDatabase:
      return DescribeDatabase(run, describe);
    case K::kSchema:
      return DescribeSchema(run, describe);
    case K::kStage:
      return DescribeStage(run, describe);
    case K::kFileFormat:
      return DescribeFileFormat(run, describe);
    case K::kPipe:
      return DescribePipe(run, describe);
    case K::kSequence:
      return DescribeSequence(run, describe);
    case K::kFunction:
      return DescribeFunction(run, describe);
    case K::kStream:
      return DescribeAsShown(run, describe, catalog::ObjectKind::kStream, "STREAMS");
    case K::kTask:
      return DescribeAsShown(run, describe, catalog::ObjectKind::kTask, "TASKS");
    case K::kUser:
      return DescribeAccountObject(run, describe, catalog::ObjectKind::kUser);
    case K::kWarehouse:
      return DescribeAccountObject(run, describe, catalog::ObjectKind::kWarehouse);
    default:
      return Error(errors::kUnsupported, {std::string("DESCRIBE ") + sql::KindWords(describe.kind)}, run.statement.at);
  }
}

Result<Answer> Execute(Execution& run, sql::DescribeResult& describe) {
  FIRN_ASSIGN(session::Cell id, run.context.Evaluate(*describe.query_id, SqlType::Varchar()));
  const session::HistoryEntry* entry = id ? run.session.FindQuery(*id) : nullptr;
  if (!entry) return Error(errors::kResultNotFound, {id.value_or("NULL")}, run.statement.at);
  std::vector<catalog::ColumnInfo> columns;
  for (const session::OutputColumn& column : entry->columns) {
    columns.push_back({.name = column.name, .type = column.type, .nullable = column.nullable});
  }
  return DescribeColumns(columns);
}

}  // namespace firn::statements

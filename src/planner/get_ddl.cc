#include "planner/get_ddl.h"

#include <algorithm>
#include <map>

#include "base/errors.h"
#include "sql/parser.h"
#include "sql/printer.h"

namespace firn::planner {

namespace {

using catalog::Object;
using catalog::ObjectKind;
using catalog::ObjectRef;

/// Bare where it could be written so, else in quotes.
std::string Shown(const std::string& name) {
  bool bare = !name.empty() && (std::isupper(static_cast<unsigned char>(name[0])) != 0 || name[0] == '_');
  for (unsigned char c : name) bare = bare && (std::isupper(c) != 0 || std::isdigit(c) != 0 || c == '_' || c == '$');
  return bare ? name : sql::QuoteIdent(name);
}

struct Printer {
  StatementContext& context;
  bool full = false;
  bool bigint = false;  ///< 64-bit integers by their own name, so that the text makes the same columns

  std::string Name(const FullName& name) const {
    return full ? Shown(name.database) + "." + Shown(name.schema) + "." + Shown(name.name) : Shown(name.name);
  }
  std::string Quoted(const FullName& name) const {
    std::string last = sql::QuoteIdent(name.name);
    return full ? sql::QuoteIdent(name.database) + "." + sql::QuoteIdent(name.schema) + "." + last : last;
  }
  static std::string Comment(const Object& object) {
    return object.comment.empty() ? "" : "COMMENT=" + sql::QuoteText(object.comment);
  }

  static bool IsTrue(const Object& object, const char* option) {
    auto found = object.options.find(option);
    return found != object.options.end() && found->second == "true";
  }

  std::string Column(const catalog::ColumnInfo& column) const {
    const bool integer = bigint && column.type.id == TypeId::kInteger;
    std::string text = Shown(column.name) + " " + (integer ? "BIGINT" : column.type.Text());
    if (!column.collation.empty()) text += " COLLATE " + sql::QuoteText(column.collation);
    if (!column.nullable) text += " NOT NULL";
    if (column.default_text) text += " DEFAULT " + *column.default_text;
    if (column.autoincrement) {
      text += " autoincrement start " + std::to_string(column.autoincrement->start) + " increment " +
              std::to_string(column.autoincrement->step) + (column.autoincrement->ordered ? " order" : " noorder");
    }
    if (!column.comment.empty()) text += " COMMENT " + sql::QuoteText(column.comment);
    return text;
  }

  static std::string List(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "(" : ", ") + Shown(name);
    return text + ")";
  }

  static std::string Constraint(const catalog::TableConstraint& constraint) {
    using Type = catalog::TableConstraint::Type;
    std::string text =
        constraint.name.starts_with("SYS_CONSTRAINT_") ? "" : "constraint " + Shown(constraint.name) + " ";
    if (constraint.type == Type::kPrimaryKey) return text + "primary key " + List(constraint.columns);
    if (constraint.type == Type::kUnique) return text + "unique " + List(constraint.columns);
    text += "foreign key " + List(constraint.columns) + " references " + constraint.referenced_table;
    return constraint.referenced_columns.empty() ? text : text + List(constraint.referenced_columns);
  }

  std::string Table(const Object& object, const FullName& name) const {
    const auto& info = *object.As<catalog::TableInfo>();
    if (info.dynamic) return DynamicTable(object, name);
    std::string text = "create or replace ";
    if (info.transient) text += "TRANSIENT ";
    text += info.iceberg ? "ICEBERG TABLE " : "TABLE ";
    text += Name(name) + (info.cluster_by.empty() ? " " : " cluster by " + info.cluster_by) + "(\n";
    std::string lines;
    bool keys = false;
    for (const catalog::TableConstraint& constraint : info.constraints) {
      keys = keys || constraint.type == catalog::TableConstraint::Type::kPrimaryKey;
    }
    for (const catalog::ColumnInfo& column : info.columns) lines += (lines.empty() ? "\t" : ",\n\t") + Column(column);
    std::vector<std::string> primary;
    for (const catalog::ColumnInfo& column : info.columns) {
      if (column.unique && !column.primary_key) lines += ",\n\tunique (" + Shown(column.name) + ")";
      if (column.primary_key) primary.push_back(column.name);
    }
    if (!keys && !primary.empty()) lines += ",\n\tprimary key " + List(primary);
    for (const catalog::TableConstraint& constraint : info.constraints) {
      bool of_column = constraint.type == catalog::TableConstraint::Type::kUnique && constraint.columns.size() == 1;
      if (!of_column) lines += ",\n\t" + Constraint(constraint);
    }
    text += lines + "\n)";
    if (info.retention_days) text += " DATA_RETENTION_TIME_IN_DAYS=" + std::to_string(*info.retention_days);
    if (IsTrue(object, "DELTA")) text += " DELTA=TRUE";
    if (IsTrue(object, "ENABLE_SCHEMA_EVOLUTION")) text += " ENABLE_SCHEMA_EVOLUTION=TRUE";
    if (IsTrue(object, "ERROR_LOGGING")) text += " ERROR_LOGGING=TRUE";
    if (info.format_version != 3 && !info.read_only) text += " ICEBERG_VERSION=" + std::to_string(info.format_version);
    std::string comment = Comment(object);
    return text + (comment.empty() ? ";" : comment + "\n;");
  }

  std::string DynamicTable(const Object& object, const FullName& name) const {
    const catalog::DynamicInfo& info = *object.As<catalog::TableInfo>()->dynamic;
    std::string text = "create or replace dynamic table " + Name(name) + "(\n";
    std::string columns;
    for (const catalog::ColumnInfo& column : object.As<catalog::TableInfo>()->columns) {
      columns += (columns.empty() ? "\t" : ",\n\t") + Shown(column.name);
    }
    text += columns + "\n) target_lag = " +
            (info.target_lag == "DOWNSTREAM" ? info.target_lag : sql::QuoteText(info.target_lag)) +
            " refresh_mode = " + info.wanted_mode +
            " initialize = " + (info.initialize_on_create ? "ON_CREATE" : "ON_SCHEDULE");
    if (!info.warehouse.empty()) text += " warehouse = " + Shown(info.warehouse);
    if (IsTrue(object, "DELTA")) text += " DELTA=TRUE";
    std::string comment = Comment(object);
    return text + (comment.empty() ? "" : " " + comment) + "\n as " + info.query + ";";
  }

  std::string FullNameOf(const std::string& id) const {
    ObjectRef object = context.state().ById(id);
    ObjectRef schema = object ? context.state().ById(object->parent_id) : nullptr;
    if (!schema) return id;
    return Shown(context.state().ById(schema->parent_id)->name) + "." + Shown(schema->name) + "." + Shown(object->name);
  }

  std::string Pipe(const Object& object, const FullName& name) const {
    std::string comment = Comment(object);
    std::string text = "create or replace pipe " + Name(name) + (comment.empty() ? "" : " " + comment) + " as " +
                       object.As<catalog::PipeInfo>()->text + ";";
    if (object.As<catalog::PipeInfo>()->paused) {
      text += "\nalter pipe " + Name(name) + " set PIPE_EXECUTION_PAUSED=TRUE;";
    }
    return text;
  }

  std::string Stream(const Object& object, const FullName& name) const {
    const auto& info = *object.As<catalog::StreamInfo>();
    std::string text = "create or replace stream " + Name(name) + " on table " + FullNameOf(info.table_id);
    if (info.append_only) text += " append_only = true";
    if (info.show_initial_rows) text += " show_initial_rows = true";
    std::string comment = Comment(object);
    return text + (comment.empty() ? ";" : " " + comment + ";");
  }

  std::string Task(const Object& object, const FullName& name) const {
    const auto& info = *object.As<catalog::TaskInfo>();
    std::string text = "create or replace task " + Name(name);
    if (!info.warehouse.empty()) text += "\n\twarehouse=" + Shown(info.warehouse);
    if (!info.schedule.empty()) text += "\n\tschedule=" + sql::QuoteText(info.schedule);
    for (const auto& [option, value] : object.options) {
      if (option == "TARGET_COMPLETION_INTERVAL") text += "\n\t" + option + "=" + sql::QuoteText(value);
    }
    for (const std::string& id : info.predecessor_ids) {
      text += (id == info.predecessor_ids.front() ? "\n\tafter " : ", ") + FullNameOf(id);
    }
    if (!info.condition.empty()) text += "\n\twhen " + info.condition;
    std::string comment = Comment(object);
    if (!comment.empty()) text += "\n\t" + comment;
    return text + "\n\tas " + info.text + ";";
  }

  std::string View(const Object& object, const FullName& name) const {
    const auto& info = *object.As<catalog::ViewInfo>();
    std::string text = std::string("create or replace ") + (info.secure ? "secure " : "") + "view " + Name(name);
    if (info.has_column_list) {
      std::string columns;
      for (const catalog::ColumnInfo& column : info.columns) {
        columns += (columns.empty() ? "\t" : ",\n\t") + Shown(column.name);
        if (!column.comment.empty()) columns += " COMMENT " + sql::QuoteText(column.comment);
      }
      text += "(\n" + columns + "\n)";
    }
    std::string comment = Comment(object);
    if (!comment.empty()) text += " " + comment;
    return text + " as " + info.query + ";";
  }

  std::string Sequence(const Object& object, const FullName& name) const {
    const auto& info = *object.As<catalog::SequenceInfo>();
    std::string text = "create or replace sequence " + Name(name) + " start with " + std::to_string(info.start) +
                       " increment by " + std::to_string(info.step) + (info.ordered ? " order" : " noorder");
    std::string comment = Comment(object);
    return text + (comment.empty() ? ";" : " " + comment + ";");
  }

  std::string FileFormat(const Object& object, const FullName& name) const {
    const auto& info = *object.As<catalog::FileFormatInfo>();
    std::string text = "CREATE OR REPLACE FILE FORMAT " + Name(name);
    if (info.type != "CSV") text += "\n\tTYPE = " + info.type;
    for (const auto& [option, value] : info.options) {
      bool bare = value == "true" || value == "false" || value.starts_with("(") ||
                  (!value.empty() &&
                   std::all_of(value.begin(), value.end(), [](unsigned char c) { return std::isdigit(c) != 0; }));
      std::string escaped;
      for (char c : value) escaped += c == '\\' ? "\\\\" : std::string(1, c);
      text +=
          "\n\t" + option + " = " +
          (bare ? Upper(value) == "TRUE" || Upper(value) == "FALSE" ? Upper(value) : value : sql::QuoteText(escaped));
    }
    std::string comment = Comment(object);
    return text + (comment.empty() ? "" : "\n\t" + comment) + "\n;";
  }

  std::string Function(const Object& object, const FullName& name) const {
    const auto& info = *object.As<catalog::FunctionInfo>();
    std::string text = std::string("CREATE OR REPLACE ") + (info.secure ? "SECURE " : "") + "FUNCTION " + Quoted(name);
    text += "(";
    for (const catalog::FunctionArgument& argument : info.arguments) {
      if (!text.ends_with('(')) text += ", ";
      text += sql::QuoteIdent(argument.name) + " " + argument.type.Text();
      if (argument.default_text) text += " DEFAULT " + *argument.default_text;
    }
    text += ")\nRETURNS ";
    if (info.returns_table) {
      text += "TABLE (";
      for (const catalog::ColumnInfo& column : info.columns) {
        if (!text.ends_with('(')) text += ", ";
        text += sql::QuoteIdent(column.name) + " " + column.type.Text();
      }
      text += ")";
    } else {
      text += info.columns.at(0).type.Text();
    }
    text += "\nLANGUAGE SQL\n";
    if (!object.comment.empty()) text += Comment(object) + "\n";
    std::string escaped;
    for (char c : info.body) escaped += c == '\\' ? "\\\\" : std::string(1, c);
    return text + "AS " + sql::QuoteText(escaped) + ";";
  }

  std::string One(const Object& object, const FullName& name) const {
    switch (object.kind()) {
      case ObjectKind::kTable:
        return Table(object, name);
      case ObjectKind::kView:
        return View(object, name);
      case ObjectKind::kSequence:
        return Sequence(object, name);
      case ObjectKind::kFileFormat:
        return FileFormat(object, name);
      case ObjectKind::kPipe:
        return Pipe(object, name);
      case ObjectKind::kStream:
        return Stream(object, name);
      case ObjectKind::kTask:
        return Task(object, name);
      case ObjectKind::kFunction:
        return Function(object, name);
      default:
        return {};
    }
  }

  std::string Schema(const ObjectRef& schema, const std::string& database) const {
    const auto& info = *schema->As<catalog::SchemaInfo>();
    std::string text = std::string("create or replace ") + (info.transient ? "transient " : "") + "schema " +
                       (full ? Shown(database) + "." : "") + Shown(schema->name);
    if (info.managed_access) text += " WITH MANAGED ACCESS";
    std::string comment = Comment(*schema);
    text += (comment.empty() ? "" : " " + comment) + ";\n";
    for (ObjectKind kind : {ObjectKind::kSequence, ObjectKind::kTable, ObjectKind::kView, ObjectKind::kFileFormat,
                            ObjectKind::kPipe, ObjectKind::kStream, ObjectKind::kTask, ObjectKind::kFunction}) {
      for (const ObjectRef& object : context.state().Children(schema->id, kind)) {
        text += "\n" + One(*object, {database, schema->name, object->name}) + "\n";
      }
    }
    return text;
  }

  std::string Database(const ObjectRef& database) const {
    std::string comment = Comment(*database);
    std::string text = std::string("create or replace ") +
                       (database->As<catalog::DatabaseInfo>()->transient ? "transient " : "") + "database " +
                       Shown(database->name) + (comment.empty() ? "" : " " + comment) + ";\n";
    for (const ObjectRef& schema : context.state().Children(database->id, ObjectKind::kSchema)) {
      text += "\n" + Schema(schema, database->name);
    }
    return text;
  }

  std::string Warehouse(const ObjectRef& warehouse) const {
    const auto& info = *warehouse->As<catalog::WarehouseInfo>();
    return "create or replace warehouse " + Shown(warehouse->name) + "\nwith\n\twarehouse_type='" + info.type +
           "'\n\twarehouse_size='" + info.size + "'\n\tauto_suspend=" + std::to_string(info.auto_suspend) +
           "\n\tauto_resume=" + (info.auto_resume ? "TRUE" : "FALSE") + "\n;";
  }
};

/// All that belongs to a pipeline, in the order that makes it anew: its objects name it in their options.
struct PipelinePrinter {
  Printer printer;
  std::string text;

  const catalog::CatalogState& state() const { return printer.context.state(); }

  void Add(const ObjectRef& object) {
    if (!object || !state().IsAlive(*object)) return;
    ObjectRef schema = state().ById(object->parent_id);
    text += printer.One(*object, {state().ById(schema->parent_id)->name, schema->name, object->name}) + "\n\n";
    const auto* task = object->As<catalog::TaskInfo>();
    if (task && task->started) text += "alter task " + printer.FullNameOf(object->id) + " resume;\n\n";
  }

  /// Objects of a schema with that option: tables first, each behind the marked ones that it reads or comes after.
  void AddMarked(const ObjectRef& schema, const char* option, const std::string& pipe_id) {
    std::map<std::string, ObjectRef> left;  // by id
    std::vector<std::string> order;
    for (ObjectKind kind : {ObjectKind::kTable, ObjectKind::kTask}) {
      for (const ObjectRef& object : state().Children(schema->id, kind)) {
        auto mark = object->options.find(option);
        if (mark == object->options.end() || mark->second != pipe_id) continue;
        left.emplace(object->id, object);
        order.push_back(object->id);
      }
    }
    for (const std::string& id : order) AddBehindNeeds(id, &left);
  }

  void AddBehindNeeds(const std::string& id, std::map<std::string, ObjectRef>* left) {
    auto found = left->find(id);
    if (found == left->end()) return;
    ObjectRef object = std::move(found->second);
    left->erase(found);
    const auto* task = object->As<catalog::TaskInfo>();
    const auto* table = object->As<catalog::TableInfo>();
    if (task) {
      for (const std::string& before : task->predecessor_ids) AddBehindNeeds(before, left);
    } else if (table && table->dynamic) {
      for (const std::string& input : table->dynamic->input_ids) AddBehindNeeds(input, left);
    }
    Add(object);
  }

  void Print(const Object& pipe) {
    ObjectRef bronze = state().ById(pipe.parent_id);
    ObjectRef database = state().ById(bronze->parent_id);
    text = "create database if not exists " + Shown(database->name) + ";\n";
    std::vector<ObjectRef> schemas = state().Children(database->id, ObjectKind::kSchema);
    for (const char* name : {"BRONZE", "SILVER", "GOLD"}) {
      text += "create schema if not exists " + Shown(database->name) + "." + name + ";\n";
    }
    text += "\n";
    ObjectRef table = state().ById(pipe.As<catalog::PipeInfo>()->table_id);
    Add(table);
    if (table && table->options.contains("ERROR_TABLE")) Add(state().ById(table->options.at("ERROR_TABLE")));
    Add(state().ById(pipe.id));
    for (const ObjectRef& stream : state().Children(bronze->id, ObjectKind::kStream)) {
      if (table && stream->As<catalog::StreamInfo>()->table_id == table->id) Add(stream);
    }
    for (const ObjectRef& schema : schemas) AddMarked(schema, "PIPELINE", pipe.id);
    for (const ObjectRef& schema : schemas) AddMarked(schema, "PIPELINE_GOLD", pipe.id);
    while (text.ends_with("\n\n")) text.pop_back();
  }
};

/// 'domain.table': the pipe domain.BRONZE.table.
Result<std::string> PipelineDdl(StatementContext& context, const std::string& name, const sql::ObjectName& parsed,
                                Position at) {
  ObjectRef pipe;
  if (parsed.parts.size() == 2) {
    pipe = context.state().InSchema(parsed.parts[0].text, "BRONZE", ObjectKind::kPipe, parsed.parts[1].text);
  }
  if (!pipe || pipe->As<catalog::PipeInfo>()->pipeline.empty()) {
    return Error(errors::kKindNotFound, {"Pipeline", name}, at);
  }
  PipelinePrinter printer{{context, true, true}, {}};
  printer.Print(*pipe);
  return std::move(printer.text);
}

Result<std::string> InSchema(StatementContext& context, const Printer& printer, const sql::ObjectName& parsed,
                             ObjectKind kind) {
  FIRN_ASSIGN(FullName name, Qualify(context, parsed, "GET_DDL"));
  FIRN_ASSIGN(ObjectRef object, FindInSchema(context, parsed, kind));
  name.name = object->name;
  return printer.One(*object, name);
}

}  // namespace

Result<std::string> GetDdl(StatementContext& context, const std::string& kind, const std::string& name, bool full,
                           Position at) {
  Printer printer{context, full};
  std::string word = Upper(kind);
  // There is one function of a name: the types behind it say nothing more.
  std::string written = word == "FUNCTION" ? name.substr(0, name.find('(')) : name;
  FIRN_ASSIGN(sql::ObjectName parsed, sql::ParseObjectName(written));
  parsed.at = at;
  if (word == "FUNCTION") return InSchema(context, printer, parsed, ObjectKind::kFunction);
  if (word == "TABLE" || word == "VIEW" || word == "ICEBERG_TABLE" || word == "DYNAMIC_TABLE" || word == "STREAM") {
    FIRN_ASSIGN(FullName full_name, Qualify(context, parsed, "GET_DDL"));
    FIRN_ASSIGN(FoundRelation found, FindRelation(context, full_name, at));
    return printer.One(*found.object, found.name);
  }
  if (word == "PIPELINE") return PipelineDdl(context, name, parsed, at);
  if (word == "PIPE") return InSchema(context, printer, parsed, ObjectKind::kPipe);
  if (word == "TASK") return InSchema(context, printer, parsed, ObjectKind::kTask);
  if (word == "SEQUENCE") return InSchema(context, printer, parsed, ObjectKind::kSequence);
  if (word == "FILE_FORMAT") return InSchema(context, printer, parsed, ObjectKind::kFileFormat);
  if (word == "SCHEMA") {
    std::string database = parsed.parts.size() > 1 ? parsed.parts[0].text : context.place.database;
    FIRN_ASSIGN(ObjectRef found_database, FindDatabase(context, database, at));
    FIRN_ASSIGN(ObjectRef schema, FindSchema(context, database, parsed.parts.back().text, at));
    return printer.Schema(schema, found_database->name);
  }
  if (word == "DATABASE") {
    FIRN_ASSIGN(ObjectRef database, FindDatabase(context, parsed.parts.back().text, at));
    return printer.Database(database);
  }
  if (word == "WAREHOUSE") {
    ObjectRef warehouse = context.state().Find("", ObjectKind::kWarehouse, parsed.parts.back().text);
    if (!warehouse) return Error(errors::kKindNotFound, {"Warehouse", name}, at);
    return printer.Warehouse(warehouse);
  }
  return Error(errors::kInvalidValue, {kind, "object_type"}, at);
}

}  // namespace firn::planner

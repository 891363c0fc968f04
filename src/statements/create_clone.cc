// CREATE … CLONE and CREATE TABLE … LIKE. A clone shares its source's files by reference; databases and schemas are
// cloned with what is in them. https://docs.snowflake.com/en/sql-reference/sql/create-clone
#include "base/errors.h"
#include "statements/clustering.h"
#include "statements/object_names.h"
#include "statements/object_options.h"
#include "statements/table_columns.h"
#include "statements/table_create.h"

namespace firn::statements {

namespace {

using catalog::Object;
using catalog::ObjectKind;
using catalog::ObjectRef;
using catalog::TableInfo;
using Partition = std::vector<std::pair<std::string, iceberg::Transform>>;

// --- tables ----------------------------------------------------------------------------------------------------------

/// The catalog's columns of a version, which may be older than the table's definition.
Result<std::vector<catalog::ColumnInfo>> ColumnsAt(const TableInfo& info, const iceberg::Schema& schema) {
  std::vector<catalog::ColumnInfo> columns;
  for (const iceberg::Field& field : schema.fields) {
    catalog::ColumnInfo column;
    for (const catalog::ColumnInfo& known : info.columns) {
      if (known.field_id == field.id) column = known;
    }
    if (column.field_id == 0) {
      FIRN_ASSIGN(column.type, SqlTypeOf(field.type));
      column.field_id = field.id;
      column.comment = field.doc;
    }
    column.name = field.name;
    column.nullable = !field.required;
    columns.push_back(std::move(column));
  }
  return columns;
}

/// Fills `clone`, which has an id, a name and a parent, with what `source` holds; sequences of AUTOINCREMENT go on
/// where those of the source stand.
Result<catalog::TableVersionPtr> FillClone(Execution& run, const TableInfo& source,
                                           const catalog::TableVersion& version, Object* clone,
                                           std::vector<Object>* sequences) {
  if (source.read_only) return Error(errors::kUnsupported, {"CLONE of a table with METADATA_FILE_PATH"});
  FIRN_ASSIGN(catalog::TableVersionPtr copy, run.catalog().CloneTable(clone->id, version));
  auto* info = clone->As<TableInfo>();
  bool transient = info->transient;
  std::optional<int> retention = info->retention_days;
  *info = source;
  info->transient = transient;
  if (retention) info->retention_days = retention;
  info->location = copy->metadata->location;
  FIRN_ASSIGN(info->columns, ColumnsAt(source, copy->metadata->schema()));
  for (catalog::ColumnInfo& column : info->columns) {
    if (!column.autoincrement) continue;
    FIRN_ASSIGN(int64_t next, run.context.state().SequenceNext(column.autoincrement->sequence_id));
    catalog::SequenceInfo numbers{
        .start = next, .step = column.autoincrement->step, .ordered = column.autoincrement->ordered};
    Object sequence = catalog::NewObject(numbers, clone->id, column.name, run.session.role);
    column.autoincrement->sequence_id = sequence.id;
    sequences->push_back(std::move(sequence));
  }
  return copy;
}

Status CheckPersistence(const planner::FoundTable& source, sql::Persistence persistence) {
  if (persistence == sql::Persistence::kTemporary) {
    return Error(errors::kUnsupported, {"a temporary table as a clone"});
  }
  bool lasting = persistence == sql::Persistence::kPermanent;
  if (source.temporary || (source.info().transient && lasting)) {
    std::string kind = source.temporary ? "Temporary" : "Transient";
    return Error(errors::kInvalidExpression, {kind + " object cannot be cloned to a permanent object."});
  }
  return Ok();
}

Result<Answer> CloneTable(Execution& run, sql::CreateClone& create) {
  FIRN_ASSIGN(auto found, FindTableObject(run, &create.source, "CREATE TABLE", false, false));
  if (!found) return Error(errors::kObjectNotFound, {create.source.Text()}, create.source.at);
  FIRN_TRY(CheckPersistence(*found, create.persistence));
  FIRN_ASSIGN(planner::FoundTable source, planner::Travel(run.context, *std::move(found), create.travel));
  if (!create.travel) planner::NeedHistory(run.context, source, source.version);
  FIRN_ASSIGN(auto drafted, DraftTable(run, create.name, create.mode, create.persistence, create.options));
  if (auto* done = std::get_if<Answer>(&drafted)) return std::move(*done);
  TableDraft draft = std::get<TableDraft>(std::move(drafted));
  if (draft.object.comment.empty()) draft.object.comment = source.object->comment;
  FIRN_ASSIGN(auto version, FillClone(run, source.info(), *source.version, &draft.object, &draft.sequences));
  return PutTable(run, std::move(draft), std::move(version), {});
}

// --- what else a schema holds ----------------------------------------------------------------------------------------

/// A copy under another parent, with an id of its own.
Object CopyOf(Execution& run, const Object& source, const std::string& parent_id, const std::string& name) {
  Object copy = catalog::NewObject(source.info, parent_id, name, run.session.role);
  copy.comment = source.comment;
  copy.options = source.options;
  // The files of a clone lie outside of its location, where no Delta log can name them (commit-protocol rule 11).
  copy.options.erase("DELTA");
  copy.options.erase("DELTA_READER");
  return copy;
}

/// Credentials are sealed under the id of their stage.
Status SealAnew(Execution& run, const Object& source, Object* copy) {
  const std::string& sealed = source.As<catalog::StageInfo>()->credentials;
  if (sealed.empty()) return Ok();
  const catalog::Secrets& secrets = run.catalog().secrets();
  FIRN_ASSIGN(std::string opened, secrets.Open(sealed, source.id));
  copy->As<catalog::StageInfo>()->credentials = secrets.Seal(opened, copy->id);
  return Ok();
}

/// A stage, file format or sequence. Errors: kUnsupported for an internal stage, whose files are its own.
Result<Object> CloneSmall(Execution& run, const Object& source, const std::string& parent_id, const std::string& name) {
  Object copy = CopyOf(run, source, parent_id, name);
  if (auto* stage = source.As<catalog::StageInfo>()) {
    if (stage->url.empty()) return Error(errors::kUnsupported, {"CLONE of an internal stage"});
    FIRN_TRY(SealAnew(run, source, &copy));
  }
  if (auto* sequence = copy.As<catalog::SequenceInfo>()) {
    FIRN_ASSIGN(sequence->start, run.context.state().SequenceNext(source.id));
  }
  return copy;
}

Status CloneTables(Execution& run, const Object& source, const Object& target, const planner::FullName& place) {
  for (const ObjectRef& table : run.context.state().Children(source.id, ObjectKind::kTable)) {
    FIRN_ASSIGN(auto version, run.catalog().TableAt(run.context.state(), *table));
    planner::NeedHistory(run.context, {.name = {}, .object = table, .pinned = version, .version = version}, version);
    Object clone = CopyOf(run, *table, target.id, table->name);
    std::vector<Object> sequences;
    FIRN_ASSIGN(auto copy, FillClone(run, *table->As<TableInfo>(), *version, &clone, &sequences));
    auto object = std::make_shared<const Object>(clone);
    run.transaction().AddObject(catalog::ObjectChange::Create(std::move(clone)));
    for (Object& sequence : sequences) {
      run.transaction().AddObject(catalog::ObjectChange::Create(std::move(sequence)));
    }
    std::string name = place.database + "." + place.schema + "." + table->name;
    run.transaction().AddNew(catalog::PendingTable::New(object, name, std::move(copy)));
  }
  return Ok();
}

/// What is in schema `source`, into the new schema `target`, whose name is `place`.
Status CloneContents(Execution& run, const Object& source, const Object& target, const planner::FullName& place) {
  FIRN_TRY(CloneTables(run, source, target, place));
  const catalog::CatalogState& state = run.context.state();
  for (const ObjectRef& view : state.Children(source.id, ObjectKind::kView)) {
    Object copy = CopyOf(run, *view, target.id, view->name);
    copy.As<catalog::ViewInfo>()->database = place.database;
    copy.As<catalog::ViewInfo>()->schema = place.schema;
    run.transaction().AddObject(catalog::ObjectChange::Create(std::move(copy)));
  }
  for (ObjectKind kind : {ObjectKind::kStage, ObjectKind::kFileFormat, ObjectKind::kSequence}) {
    for (const ObjectRef& object : state.Children(source.id, kind)) {
      auto* stage = object->As<catalog::StageInfo>();
      if (stage && stage->url.empty()) continue;  // internal stages are not cloned with their schema
      FIRN_ASSIGN(Object copy, CloneSmall(run, *object, target.id, object->name));
      run.transaction().AddObject(catalog::ObjectChange::Create(std::move(copy)));
    }
  }
  return Ok();
}

// --- databases and schemas -------------------------------------------------------------------------------------------

Status EnterClone(Execution& run, std::string database, std::string schema) {
  FIRN_TRY(CommitNow(run));
  run.session.database = std::move(database);
  run.session.schema = std::move(schema);
  run.context.place = {run.session.database, run.session.schema};
  return Ok();
}

Result<Answer> CloneSchema(Execution& run, sql::CreateClone& create) {
  FIRN_ASSIGN(ObjectRef source, FindObject(run, ObjectKind::kSchema, &create.source, "CREATE SCHEMA"));
  FIRN_ASSIGN(Creation creation, BeginCreate(run, ObjectKind::kSchema, &create.name, create.mode, "CREATE SCHEMA"));
  if (creation.done) return AlreadyThere(run, creation);
  planner::FullName place{creation.place.name.database, creation.place.name.name, ""};
  Object schema = CopyOf(run, *source, creation.place.parent_id, place.schema);
  FIRN_TRY(SetObjectOptions(run, create.options, &schema));
  Object target = schema;
  Answer answer = FinishCreate(run, creation, std::move(schema));
  FIRN_TRY(CloneContents(run, *source, target, place));
  FIRN_TRY(EnterClone(run, place.database, place.schema));
  return answer;
}

Result<Answer> CloneDatabase(Execution& run, sql::CreateClone& create) {
  FIRN_ASSIGN(ObjectRef source, FindObject(run, ObjectKind::kDatabase, &create.source, "CREATE DATABASE"));
  FIRN_ASSIGN(Creation creation, BeginCreate(run, ObjectKind::kDatabase, &create.name, create.mode, "CREATE DATABASE"));
  if (creation.done) return AlreadyThere(run, creation);
  std::string name = creation.place.name.name;
  Object database = CopyOf(run, *source, "", name);
  database.As<catalog::DatabaseInfo>()->origin = source->name;
  FIRN_TRY(SetObjectOptions(run, create.options, &database));
  std::string id = database.id;
  Answer answer = FinishCreate(run, creation, std::move(database));
  std::string first;
  for (const ObjectRef& schema : run.context.state().Children(source->id, ObjectKind::kSchema)) {
    Object copy = CopyOf(run, *schema, id, schema->name);
    run.transaction().AddObject(catalog::ObjectChange::Create(copy));
    FIRN_TRY(CloneContents(run, *schema, copy, {name, schema->name, ""}));
    if (schema->name == "PUBLIC") first = schema->name;
  }
  FIRN_TRY(EnterClone(run, name, first));
  return answer;
}

Result<Answer> CloneInSchema(Execution& run, sql::CreateClone& create, ObjectKind kind) {
  FIRN_ASSIGN(ObjectRef source, FindObject(run, kind, &create.source, "CREATE"));
  FIRN_ASSIGN(Creation creation, BeginCreate(run, kind, &create.name, create.mode, "CREATE",
                                             create.persistence == sql::Persistence::kTemporary));
  if (creation.done) return AlreadyThere(run, creation);
  if (IsTemporary(run, *source) && !creation.temporary) {
    return Error(errors::kInvalidExpression, {"Temporary object cannot be cloned to a permanent object."});
  }
  FIRN_ASSIGN(Object copy, CloneSmall(run, *source, creation.place.parent_id, creation.place.name.name));
  FIRN_TRY(SetObjectOptions(run, create.options, &copy));
  return FinishCreate(run, creation, std::move(copy));
}

// --- LIKE ------------------------------------------------------------------------------------------------------------

/// The source's partitioning by column names.
Partition PartitionLike(const iceberg::TableMetadata& metadata) {
  Partition partition;
  for (const iceberg::PartitionField& field : metadata.spec().fields) {
    const iceberg::Field* source = metadata.schema().FindById(field.source_id);
    bool known = field.transform.kind != iceberg::Transform::Kind::kVoid &&
                 field.transform.kind != iceberg::Transform::Kind::kUnknown;
    if (source && known) partition.emplace_back(source->name, field.transform);
  }
  return partition;
}

/// Columns as text: "(A, B)". Errors: kUnsupported for other expressions.
Result<std::string> ClusterText(const std::vector<sql::ExprPtr>& keys) {
  std::string text;
  for (const sql::ExprPtr& key : keys) {
    auto* column = key->As<sql::ColumnRef>();
    if (!column || column->parts.size() != 1) {
      return Error(errors::kUnsupported, {"CLUSTER BY an expression in CREATE TABLE … LIKE"}, key->at);
    }
    text += (text.empty() ? "(" : ", ") + ShownName(column->parts[0].text);
  }
  return text + ")";
}

}  // namespace

Result<Answer> Execute(Execution& run, sql::CreateTableLike& create) {
  FIRN_ASSIGN(auto source, FindTableObject(run, &create.source, "CREATE TABLE", false, false));
  if (!source) return Error(errors::kObjectNotFound, {create.source.Text()}, create.source.at);
  FIRN_ASSIGN(auto drafted, DraftTable(run, create.name, create.mode, create.persistence, create.options));
  if (auto* done = std::get_if<Answer>(&drafted)) return std::move(*done);
  TableDraft draft = std::get<TableDraft>(std::move(drafted));
  auto& info = *draft.object.As<TableInfo>();
  info.columns = source->info().columns;
  for (catalog::ColumnInfo& column : info.columns) column.field_id = 0;
  info.constraints = source->info().constraints;
  info.format_version = source->info().read_only ? 3 : source->info().format_version;
  info.iceberg = source->info().iceberg;
  Partition partition = PartitionLike(*source->version->metadata);
  info.cluster_by = source->info().cluster_by;
  if (!create.cluster_by.empty()) {
    FIRN_ASSIGN(info.cluster_by, ClusterText(create.cluster_by));
    FIRN_ASSIGN(partition, PartitionOf(create.cluster_by, info.columns));
  }
  FIRN_ASSIGN(auto version, NewVersion(run, &draft, partition));
  return PutTable(run, std::move(draft), std::move(version), {});
}

Result<Answer> Execute(Execution& run, sql::CreateClone& create) {
  auto kind = CatalogKind(create.kind);
  std::string what = std::string("CLONE of ") + sql::KindWords(create.kind);
  if (!kind) return Error(errors::kUnsupported, {what}, run.statement.at);
  if (*kind == ObjectKind::kTable) return CloneTable(run, create);
  if (create.travel) return Error(errors::kUnsupported, {what + " AT | BEFORE"}, run.statement.at);
  switch (*kind) {
    case ObjectKind::kDatabase:
      return CloneDatabase(run, create);
    case ObjectKind::kSchema:
      return CloneSchema(run, create);
    case ObjectKind::kFileFormat:
    case ObjectKind::kSequence:
    case ObjectKind::kStage:
      return CloneInSchema(run, create, *kind);
    default:
      return Error(errors::kUnsupported, {what}, run.statement.at);
  }
}

}  // namespace firn::statements

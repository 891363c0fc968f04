#include "statements/table_create.h"

#include <algorithm>
#include <array>

#include "base/errors.h"
#include "planner/value.h"
#include "sql/printer.h"
#include "statements/object_options.h"
#include "statements/row_change.h"
#include "statements/table_columns.h"
#include "statements/write_error.h"

namespace firn::statements {

namespace {

catalog::ObjectRef ExistingRelation(Execution& run, const std::string& schema_id, const std::string& name,
                                    bool temporary) {
  if (auto found = run.session.temporary.Find(schema_id, catalog::ObjectKind::kTable, name)) return found;
  if (temporary) return nullptr;  // a temporary table hides a permanent one of the same name
  return run.context.state().FindExact(schema_id, catalog::ObjectKind::kTable, name);
}

/// What only CREATE takes: create_table.cc reads them. What ALTER TABLE … SET takes too is in object_options.h.
constexpr std::array kCreateOnly = {"ICEBERG_VERSION", "METADATA_FILE_PATH"};

Status TakeOptions(Execution& run, const std::vector<sql::Option>& options, catalog::Object* object) {
  for (const sql::Option& option : options) {
    if (std::find(kCreateOnly.begin(), kCreateOnly.end(), option.name) != kCreateOnly.end()) continue;
    FIRN_TRY(SetObjectOption(run, option, object));
  }
  return Ok();
}

}  // namespace

Result<std::variant<TableDraft, Answer>> DraftTable(Execution& run, sql::ObjectName& name, sql::CreateMode mode,
                                                    sql::Persistence persistence,
                                                    const std::vector<sql::Option>& options) {
  using Outcome = std::variant<TableDraft, Answer>;
  FIRN_TRY(planner::SettleName(run.context, &name));
  TableDraft draft;
  FIRN_ASSIGN(draft.name, planner::Qualify(run.context, name, "CREATE TABLE"));
  FIRN_ASSIGN(auto schema, planner::FindSchema(run.context, draft.name.database, draft.name.schema, name.at));
  draft.temporary = persistence == sql::Persistence::kTemporary;
  if (auto existing = ExistingRelation(run, schema->id, draft.name.name, draft.temporary)) {
    if (mode == sql::CreateMode::kIfNotExists) {
      run.info.message = draft.name.name + " already exists, statement succeeded.";
      return Outcome(Answer::StatusLine(run.info.message));
    }
    if (mode == sql::CreateMode::kPlain) return Error(errors::kObjectExists, {draft.name.name}, name.at);
    if (existing->kind() != catalog::ObjectKind::kTable) {
      return Error(errors::kInvalidExpression, {"Object found is of type 'VIEW', not specified type 'TABLE'."},
                   name.at);
    }
    draft.replaced = existing;
  }
  catalog::TableInfo info;
  info.transient = persistence == sql::Persistence::kTransient;
  draft.object = catalog::NewObject(std::move(info), schema->id, draft.name.name, run.session.role);
  FIRN_TRY(TakeOptions(run, options, &draft.object));
  if (draft.temporary && (draft.object.options.contains("DELTA") || draft.object.options.contains("DELTA_READER"))) {
    return Error(errors::kUnsupported, {"DELTA of a temporary table"}, name.at);
  }
  return Outcome(std::move(draft));
}

Status KeepConstraints(const sql::CreateTable& create, catalog::TableInfo* info) {
  using Type = catalog::TableConstraint::Type;
  for (const sql::TableConstraint& constraint : create.constraints) {
    catalog::TableConstraint kept;
    kept.type = constraint.kind == sql::TableConstraint::Kind::kPrimaryKey ? Type::kPrimaryKey
                : constraint.kind == sql::TableConstraint::Kind::kUnique   ? Type::kUnique
                                                                           : Type::kForeignKey;
    kept.name = constraint.name ? constraint.name->text : "SYS_CONSTRAINT_" + std::to_string(info->constraints.size());
    for (const sql::Ident& name : constraint.columns) {
      auto column = std::find_if(info->columns.begin(), info->columns.end(),
                                 [&](const catalog::ColumnInfo& c) { return c.name == name.text; });
      if (column == info->columns.end()) return Error(errors::kInvalidIdentifier, {name.text}, name.at);
      kept.columns.push_back(name.text);
      if (kept.type == Type::kPrimaryKey) {
        column->primary_key = true;
        column->nullable = false;
      }
      if (kept.type == Type::kUnique && constraint.columns.size() == 1) column->unique = true;
    }
    if (constraint.references) {
      kept.referenced_table = constraint.references->table.Text();
      for (const sql::Ident& name : constraint.references->columns) kept.referenced_columns.push_back(name.text);
    }
    info->constraints.push_back(std::move(kept));
  }
  return Ok();
}

Result<catalog::TableVersionPtr> NewVersion(
    Execution& run, TableDraft* draft, const std::vector<std::pair<std::string, iceberg::Transform>>& partition_by) {
  auto& info = *draft->object.As<catalog::TableInfo>();
  iceberg::NewTableOptions options;
  options.format_version = info.format_version;
  for (const catalog::ColumnInfo& column : info.columns) options.fields.push_back(FieldOf(column));
  options.partition_by = partition_by;
  options.properties["write.delete.mode"] = "merge-on-read";
  options.properties["write.update.mode"] = "merge-on-read";
  options.properties["write.merge.mode"] = "merge-on-read";
  if (draft->temporary) {
    options.location =
        run.session.node().store->Uri("tmp/" + std::to_string(run.session.id()) + "/" + draft->object.id);
  }
  FIRN_ASSIGN(auto version, run.catalog().NewTable(draft->object.id, std::move(options)));
  info.location = version->metadata->location;
  TakeFieldIds(&info.columns, version->metadata->schema());
  for (catalog::ColumnInfo& column : info.columns) {
    if (!column.autoincrement) continue;
    if (draft->temporary) return Error(errors::kUnsupported, {"AUTOINCREMENT in a temporary table"});
    catalog::SequenceInfo sequence{.start = column.autoincrement->start,
                                   .step = column.autoincrement->step,
                                   .ordered = column.autoincrement->ordered};
    catalog::Object object = catalog::NewObject(sequence, draft->object.id, column.name, run.session.role);
    column.autoincrement->sequence_id = object.id;
    draft->sequences.push_back(std::move(object));
  }
  return version;
}

Result<Answer> PutTable(Execution& run, TableDraft draft, catalog::TableVersionPtr version,
                        std::optional<engine::Statement> rows) {
  auto object = std::make_shared<const catalog::Object>(draft.object);
  planner::FoundTable table{draft.name, object, nullptr, version, draft.temporary};
  if (draft.temporary) {
    if (draft.replaced) {
      run.session.DeleteTemporaryFiles((*draft.replaced)->id);
      run.session.temporary.Remove((*draft.replaced)->id);
    }
    run.session.temporary.Put(object);
    run.session.temporary.SetVersion(object->id, version);
  } else {
    run.transaction().AddObject(draft.replaced ? catalog::ObjectChange::Replace(**draft.replaced, draft.object)
                                               : catalog::ObjectChange::Create(draft.object));
    for (catalog::Object& sequence : draft.sequences) {
      run.transaction().AddObject(catalog::ObjectChange::Create(std::move(sequence)));
    }
    run.transaction().AddNew(catalog::PendingTable::New(object, draft.name.Text(), version));
  }
  if (rows) {
    std::vector<std::string> sources;
    std::string names;
    for (size_t i = 0; i < table.info().columns.size(); ++i) {
      sources.push_back("s.c" + std::to_string(i));
      names += (i ? ", c" : "c") + std::to_string(i);
    }
    rows->sql = "SELECT " + CastList(table, sources) + " FROM (" + rows->sql + ") AS s(" + names + ")";
    iceberg::TableChange change;
    auto written = WriteRows(run, table, *rows);
    if (!written.ok()) {
      return WriteError(run, {draft.name.Text(), table, *std::move(rows)}, std::move(written).error());
    }
    change.added = *std::move(written);
    for (const iceberg::DataFile& file : change.added) run.info.rows_inserted += file.record_count;
    if (!change.added.empty()) FIRN_TRY(AddChange(run, table, catalog::Verb::kCreate, std::move(change)));
  }
  run.info.message = "Table " + draft.name.name + " successfully created.";
  return Answer::StatusLine(run.info.message);
}

}  // namespace firn::statements

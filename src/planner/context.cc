#include "planner/context.h"

#include "base/errors.h"
#include "planner/resolve.h"
#include "session/parameter_facts.h"
#include "sql/parser.h"
#include "sql/printer.h"

namespace firn::planner {

StatementContext::StatementContext(session::Session& session, const session::Bindings& bindings,
                                   engine::CancelToken& cancel, std::string query_id)
    : session(session),
      bindings(bindings),
      cancel(cancel),
      query_id(std::move(query_id)),
      now(session.node().clock->Now()),
      facts(session.Facts(now)),
      place{session.database, session.schema} {
  if (session.transaction.open()) facts.transaction_id = session.transaction.id();
}

Status StatementContext::Pin() {
  kept.push_back(session.node().catalog->pins().Take());
  FIRN_ASSIGN(catalog::StatePtr head, session.node().catalog->Head());
  FIRN_ASSIGN(state_, session.transaction.Over(std::move(head), now));
  tables_.clear();
  stream_moves.clear();
  history_needs.clear();
  tables_read.clear();
  named.clear();
  snapshots.clear();
  repeatable = true;
  columns.Clear();
  sequences_.clear();
  return Ok();
}

int StatementContext::AddTable(const FoundTable& table) {
  tables_.push_back(MakePinned(table));
  return static_cast<int>(tables_.size()) - 1;
}

int StatementContext::AddSequence(engine::SequenceSource source) {
  sequences_.push_back(std::move(source));
  return static_cast<int>(sequences_.size()) - 1;
}

engine::Statement StatementContext::Statement(std::string sql) const {
  engine::Statement statement;
  statement.sql = std::move(sql);
  statement.tables = tables_;
  statement.sequences = sequences_;
  statement.time_zone = session.parameters.Get("TIMEZONE");
  statement.facts = session::AllParameters(session.parameters);
  return statement;
}

Result<session::Cell> StatementContext::Evaluate(const sql::Expr& expr, const SqlType& type) {
  sql::ExprPtr copy = sql::Clone(expr);
  FIRN_TRY(ResolveExpr(*this, copy));
  sql::ExprPtr cast = sql::MakeExpr(sql::Cast{std::move(copy), type, false}, expr.at);
  FIRN_ASSIGN(auto batches, session.node().engine->Collect(Statement("SELECT " + sql::Print(*cast)), cancel));
  if (batches.empty() || batches[0].rows() == 0 || batches[0].IsNull(0, 0)) return session::Cell();
  return session::Cell(batches[0].Text(0, 0));
}

// --- names -----------------------------------------------------------------------------------------------------------

Status SettleName(StatementContext& context, sql::ObjectName* name) {
  if (!name->dynamic) return Ok();
  FIRN_ASSIGN(session::Cell text, context.Evaluate(*name->dynamic, SqlType::Varchar()));
  if (!text) return Error(errors::kInvalidExpression, {"IDENTIFIER of NULL"}, name->at);
  FIRN_ASSIGN(sql::ObjectName settled, sql::ParseObjectName(*text));
  settled.at = name->at;
  *name = std::move(settled);
  return Ok();
}

Result<FullName> Qualify(const StatementContext& context, const sql::ObjectName& name, const char* verb) {
  const auto& parts = name.parts;
  if (parts.empty() || parts.size() > 3) return Error(errors::kInvalidIdentifier, {name.Text()}, name.at);
  FullName full{context.place.database, context.place.schema, parts.back().text, name.Text()};
  if (parts.size() >= 2) full.schema = parts[parts.size() - 2].text;
  if (parts.size() == 3) full.database = parts[0].text;
  if (full.schema.empty() && parts.size() == 3) full.schema = "PUBLIC";  // db..t
  if (full.database.empty()) return Error(errors::kNoDatabase, {verb}, name.at);
  if (full.schema.empty()) return Error(errors::kNoSchema, {verb}, name.at);
  return full;
}

Result<catalog::ObjectRef> FindDatabase(const StatementContext& context, const std::string& database, Position at) {
  catalog::ObjectRef found = context.state().Database(database);
  if (!found) return Error(errors::kKindNotFound, {"Database", database}, at);
  return found;
}

Result<catalog::ObjectRef> FindSchema(const StatementContext& context, const std::string& database,
                                      const std::string& schema, Position at) {
  FIRN_TRY(FindDatabase(context, database, at));
  catalog::ObjectRef found = context.state().Schema(database, schema);
  if (!found) return Error(errors::kKindNotFound, {"Schema", database + "." + schema}, at);
  return found;
}

Result<catalog::ObjectRef> FindInSchema(const StatementContext& context, const sql::ObjectName& name,
                                        catalog::ObjectKind kind) {
  FIRN_ASSIGN(FullName full, Qualify(context, name, "the statement"));
  FIRN_ASSIGN(catalog::ObjectRef schema, FindSchema(context, full.database, full.schema, name.at));
  catalog::ObjectRef found = context.session.temporary.Find(schema->id, kind, full.name);
  if (!found) found = context.state().Find(schema->id, kind, full.name);
  if (!found) {
    std::string words(catalog::Name(kind));
    for (size_t i = 1; i < words.size(); ++i) words[i] = static_cast<char>(std::tolower(words[i]));
    return Error(errors::kKindNotFound, {words, full.Text()}, name.at);
  }
  return found;
}

Status RefuseInReadOnly(const StatementContext& context, const char* what, Position at) {
  if (!context.read_only) return Ok();
  return Error(errors::kUnsupported, {std::string(what) + " in a query that only reads tables"}, at);
}

namespace {

/// The version that a read-only query reads: as of its time, or that of its first page.
Result<catalog::TableVersionPtr> ReadOnlyVersion(StatementContext& context, const catalog::Object& object,
                                                 catalog::TableVersionPtr version) {
  catalog::Catalog& catalog = *context.session.node().catalog;
  if (context.read_only->as_of) return catalog.TableAsOf(context.state(), object, *context.read_only->as_of);
  if (!context.read_only->snapshots) return version;
  auto found = context.read_only->snapshots->find(object.id);
  if (found == context.read_only->snapshots->end() || found->second == version->snapshot_id) return version;
  if (found->second) return catalog.TableAtSnapshot(context.state(), object, *found->second);
  auto empty = std::make_shared<catalog::TableVersion>(*version);
  empty->files = std::make_shared<const iceberg::TableFiles>();
  empty->snapshot_id = std::nullopt;
  return empty;
}

}  // namespace

Result<FoundRelation> FindRelation(StatementContext& context, const FullName& name, Position at) {
  catalog::ObjectRef schema = context.state().Schema(name.database, name.schema);
  if (!schema) {
    if (!context.state().Database(name.database)) return Error(errors::kKindNotFound, {"Database", name.database}, at);
    return Error(errors::kKindNotFound, {"Schema", name.database + "." + name.schema}, at);
  }
  catalog::ObjectRef object = context.session.temporary.Find(schema->id, catalog::ObjectKind::kTable, name.name);
  bool temporary = object != nullptr;
  if (!object) object = context.state().Find(schema->id, catalog::ObjectKind::kTable, name.name);
  if (!object) return Error(errors::kObjectNotFound, {name.written.empty() ? name.Text() : name.written}, at);
  FoundRelation found{.table = std::nullopt, .view = object->As<catalog::ViewInfo>(), .object = object, .name = name};
  found.name.name = object->name;
  found.stream = object->As<catalog::StreamInfo>();
  if (found.view || found.stream) return found;
  FoundTable table{.name = found.name, .object = object, .pinned = nullptr, .version = nullptr, .temporary = temporary};
  if (temporary) {
    table.version = context.session.temporary.Version(object->id);
  } else {
    FIRN_ASSIGN(auto seen,
                context.session.transaction.See(*context.session.node().catalog, context.state_ptr(), *object));
    table.pinned = std::move(seen.pinned);
    table.version = std::move(seen.version);
    if (context.read_only) {
      FIRN_ASSIGN(table.version, ReadOnlyVersion(context, *object, std::move(table.version)));
    }
  }
  found.table = std::move(table);
  return found;
}

Result<FoundTable> FindTable(StatementContext& context, const sql::ObjectName& name, const char* verb) {
  FIRN_ASSIGN(FullName full, Qualify(context, name, verb));
  FIRN_ASSIGN(FoundRelation found, FindRelation(context, full, name.at));
  if (!found.table) {
    return Error(
        errors::kInvalidExpression,
        {"Object '" + full.name + "' is a " + (found.view ? "view" : "stream") + "; " + verb + " needs a table."},
        name.at);
  }
  return *std::move(found.table);
}

std::shared_ptr<const engine::PinnedTable> MakePinned(const FoundTable& table) {
  auto pinned = std::make_shared<engine::PinnedTable>();
  pinned->name = table.name.Text();
  for (const catalog::ColumnInfo& column : table.info().columns) {
    pinned->columns.push_back({.name = column.name,
                               .field_id = column.field_id,
                               .type = column.type,
                               .nullable = column.nullable,
                               .initial_default = std::nullopt});
  }
  pinned->files = table.version->files;
  pinned->store = table.version->store;
  pinned->schema = table.version->schema;
  pinned->metadata = table.version->metadata;
  return pinned;
}

}  // namespace firn::planner

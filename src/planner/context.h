// StatementContext: what one statement sees while it is planned: one pinned position of the catalog with the
// transaction's own writes on top, the session's names, binds, and the tables that were pinned so far. Made by
// `statements` for each statement (and again when it runs anew); one thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/catalog.h"
#include "engine/engine.h"
#include "functions/session_facts.h"
#include "planner/named_columns.h"
#include "session/binding.h"
#include "session/session.h"
#include "sql/query.h"

namespace firn::planner {

/// Where unqualified names are looked up: the session's place, or that of a view.
struct NamePlace {
  std::string database;  ///< empty: none
  std::string schema;
};

/// A full name as the catalog has it.
struct FullName {
  std::string database, schema, name;
  std::string written = {};  ///< the name as the text has it, for "Object '…' does not exist"; may be empty
  std::string Text() const { return database + "." + schema + "." + name; }
};

/// A table that a name means, at the version that the statement sees.
struct FoundTable {
  FullName name;
  catalog::ObjectRef object;
  catalog::TableVersionPtr pinned;   ///< as others see it; null for new and temporary tables
  catalog::TableVersionPtr version;  ///< with the transaction's writes on top
  bool temporary = false;
  const catalog::TableInfo& info() const { return *object->As<catalog::TableInfo>(); }
};

/// What a query of the consumer API keeps to: it does nothing but read tables and views.
struct ReadOnly {
  /// Tables as of then, unless the text says AT | BEFORE.
  std::optional<catalog::TimePoint> as_of;
  /// Tables at these snapshots, by id (none: without rows): a further page of a query.
  std::optional<std::map<std::string, std::optional<int64_t>>> snapshots;
};

/// A table, a view or a stream.
struct FoundRelation {
  std::optional<FoundTable> table;
  const catalog::ViewInfo* view = nullptr;  ///< lives as long as the context; so does `stream`
  const catalog::StreamInfo* stream = nullptr;
  catalog::ObjectRef object;
  FullName name;
};

class StatementContext {
 public:
  StatementContext(session::Session& session, const session::Bindings& bindings, engine::CancelToken& cancel,
                   std::string query_id);

  session::Session& session;
  const session::Bindings& bindings;
  engine::CancelToken& cancel;
  std::string query_id;
  Micros now;               ///< the statement's start: CURRENT_TIMESTAMP
  size_t bind_row = 0;      ///< which row of array binds is planned
  bool describing = false;  ///< binds that are not given count as NULL
  functions::SessionFacts facts;
  NamePlace place;
  NamedColumns columns;  ///< of the statement's own text, not of its views

  /// Pins the head of the catalog; called before anything is looked up, and again after a lock was waited for.
  Status Pin();
  const catalog::CatalogState& state() const { return *state_; }
  const catalog::StatePtr& state_ptr() const { return state_; }

  /// Gives a table its number in lake_scan(n).
  int AddTable(const FoundTable& table);
  /// Gives a sequence its number in "firn$nextval"(n).
  int AddSequence(engine::SequenceSource source);
  /// Of the streams that the statement reads: what a statement that changes rows moves when it commits.
  std::vector<catalog::OffsetMove> stream_moves;
  /// Snapshots that what the statement makes relies on (rule 13).
  std::vector<catalog::HistoryNeed> history_needs;
  /// The account's tables that the statement reads, with the snapshot of each (none: no rows yet).
  std::map<std::string, std::optional<int64_t>> tables_read;
  /// What the text itself (not its views) reads: tables, views, functions, views of INFORMATION_SCHEMA.
  std::vector<FullName> named;
  std::optional<ReadOnly> read_only;
  /// No function was called whose value depends on the time, the session or chance.
  bool repeatable = true;
  /// The tables that it reads without AT | BEFORE, as ReadOnly::snapshots.
  std::map<std::string, std::optional<int64_t>> snapshots;
  /// Kept until the statement's answer has been read: rows of earlier results.
  std::vector<std::shared_ptr<void>> kept;
  /// A statement for the engine over the tables pinned so far.
  engine::Statement Statement(std::string sql) const;
  /// The value of a constant expression (resolved here), cast to `type`, as text. Errors: those of resolving.
  Result<session::Cell> Evaluate(const sql::Expr& expr, const SqlType& type);

 private:
  catalog::StatePtr state_;
  std::vector<std::shared_ptr<const engine::PinnedTable>> tables_;
  std::vector<engine::SequenceSource> sequences_;
};

// --- names -----------------------------------------------------------------------------------------------------------

/// Fills in IDENTIFIER(…) and TABLE($v) names from their value. Errors: kSyntax, kVariableNotFound, kInvalidExpression.
Status SettleName(StatementContext& context, sql::ObjectName* name);

/// The full name that `name` means for a new or an existing object of a schema; `verb` is for the error text ("SELECT",
/// "CREATE TABLE"). Errors: kNoDatabase, kNoSchema, kInvalidExpression for more than three parts.
Result<FullName> Qualify(const StatementContext& context, const sql::ObjectName& name, const char* verb);

/// Errors: kKindNotFound.
Result<catalog::ObjectRef> FindDatabase(const StatementContext& context, const std::string& database, Position at);
Result<catalog::ObjectRef> FindSchema(const StatementContext& context, const std::string& database,
                                      const std::string& schema, Position at);
/// An object of a schema that is neither table nor view: temporary ones first. Errors: kKindNotFound.
Result<catalog::ObjectRef> FindInSchema(const StatementContext& context, const sql::ObjectName& name,
                                        catalog::ObjectKind kind);

/// A table or view: temporary ones first, then the catalog. Errors: kObjectNotFound.
Result<FoundRelation> FindRelation(StatementContext& context, const FullName& name, Position at);
/// A table. Errors: kObjectNotFound; kInvalidExpression for a view.
Result<FoundTable> FindTable(StatementContext& context, const sql::ObjectName& name, const char* verb);
/// Errors: kUnsupported where the statement is read-only, naming `what`.
Status RefuseInReadOnly(const StatementContext& context, const char* what, Position at);

/// The table at AT | BEFORE (…), or as it is. Errors: kNoTimeTravel.
Result<FoundTable> Travel(StatementContext& context, FoundTable table, const std::optional<sql::TimeTravel>& travel);

/// The table at a snapshot; none: before its first row. Errors: kNoTimeTravel.
Result<catalog::TableVersionPtr> VersionAt(StatementContext& context, const FoundTable& table,
                                           std::optional<int64_t> snapshot);
/// What the statement makes relies on the table at this version: it must not be given up before the commit.
void NeedHistory(StatementContext& context, const FoundTable& table, const catalog::TableVersionPtr& version);

/// Columns and files of a table for the engine.
std::shared_ptr<const engine::PinnedTable> MakePinned(const FoundTable& table);

}  // namespace firn::planner

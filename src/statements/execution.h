// One running statement, and the verbs: an Execute overload a statement of sql/statement.h, each in the file of its
// verb. `run.cc` calls them under the session's run_mutex; whatever they changed is pending in session.transaction
// until run.cc commits it.
#pragma once

#include <string>

#include "planner/context.h"
#include "session/answer.h"
#include "sql/statement.h"
#include "statements/run.h"

namespace firn::statements {

using session::Answer;

struct Execution {
  session::Session& session;
  const Request& request;
  engine::CancelToken& cancel;
  std::string query_id;
  const sql::Statement& statement;
  planner::StatementContext context;
  /// What the entry of the log says of this statement (rule 7); the verbs fill in counts and message.
  catalog::StatementInfo info;
  /// Of a query: what it runs, for RESULT_SCAN.
  std::shared_ptr<const engine::Statement> plan;

  catalog::Catalog& catalog() { return *session.node().catalog; }
  engine::Engine& engine() { return *session.node().engine; }
  session::OpenTransaction& transaction() { return session.transaction; }
};

/// What kind of statement it is: one row an alternative of sql::StatementNode, in its order.
enum class Class : uint8_t { kQuery, kRows, kDefinition, kSession, kTransaction };
struct StatementRow {
  const char* verb;  ///< "CREATE_TABLE": in the log, query history and refusals
  Class effect;
  int statement_type;  ///< of the Snowflake protocol
};
const StatementRow& RowOf(const sql::Statement& statement);

// clang-format off
Result<Answer> Execute(Execution& run, sql::QueryStatement& query);
Result<Answer> Execute(Execution& run, sql::Explain& explain);
Result<Answer> Execute(Execution& run, sql::Insert& insert);
Result<Answer> Execute(Execution& run, sql::MultiInsert& insert);
Result<Answer> Execute(Execution& run, sql::Update& update);
Result<Answer> Execute(Execution& run, sql::Delete& remove);
Result<Answer> Execute(Execution& run, sql::Merge& merge);
Result<Answer> Execute(Execution& run, sql::Truncate& truncate);
Result<Answer> Execute(Execution& run, sql::CopyIntoTable& copy);
Result<Answer> Execute(Execution& run, sql::CopyIntoLocation& copy);
Result<Answer> Execute(Execution& run, sql::CreateDatabase& create);
Result<Answer> Execute(Execution& run, sql::CreateSchema& create);
Result<Answer> Execute(Execution& run, sql::CreateTable& create);
Result<Answer> Execute(Execution& run, sql::CreateTableLike& create);
Result<Answer> Execute(Execution& run, sql::CreateClone& create);
Result<Answer> Execute(Execution& run, sql::CreateView& create);
Result<Answer> Execute(Execution& run, sql::CreateSequence& create);
Result<Answer> Execute(Execution& run, sql::CreateStage& create);
Result<Answer> Execute(Execution& run, sql::CreateFileFormat& create);
Result<Answer> Execute(Execution& run, sql::CreateWarehouse& create);
Result<Answer> Execute(Execution& run, sql::CreateUser& create);
Result<Answer> Execute(Execution& run, sql::CreateRole& create);
Result<Answer> Execute(Execution& run, sql::Drop& drop);
Result<Answer> Execute(Execution& run, sql::Undrop& undrop);
Result<Answer> Execute(Execution& run, sql::CommentOn& comment);
Result<Answer> Execute(Execution& run, sql::AlterTable& alter);
Result<Answer> Execute(Execution& run, sql::AlterView& alter);
Result<Answer> Execute(Execution& run, sql::AlterDatabase& alter);
Result<Answer> Execute(Execution& run, sql::AlterSchema& alter);
Result<Answer> Execute(Execution& run, sql::AlterSequence& alter);
Result<Answer> Execute(Execution& run, sql::AlterStage& alter);
Result<Answer> Execute(Execution& run, sql::AlterFileFormat& alter);
Result<Answer> Execute(Execution& run, sql::AlterWarehouse& alter);
Result<Answer> Execute(Execution& run, sql::AlterUser& alter);
Result<Answer> Execute(Execution& run, sql::AlterRole& alter);
Result<Answer> Execute(Execution& run, sql::AlterAccount& alter);
Result<Answer> Execute(Execution& run, sql::AlterSession& alter);
Result<Answer> Execute(Execution& run, sql::CreatePipe& create);
Result<Answer> Execute(Execution& run, sql::AlterPipe& alter);
Result<Answer> Execute(Execution& run, sql::CreateStream& create);
Result<Answer> Execute(Execution& run, sql::AlterStream& alter);
Result<Answer> Execute(Execution& run, sql::CreateTask& create);
Result<Answer> Execute(Execution& run, sql::AlterTask& alter);
Result<Answer> Execute(Execution& run, sql::ExecuteTask& execute);
Result<Answer> Execute(Execution& run, sql::CreateDynamicTable& create);
Result<Answer> Execute(Execution& run, sql::AlterDynamicTable& alter);
Result<Answer> Execute(Execution& run, sql::CreateFunction& create);
Result<Answer> Execute(Execution& run, sql::AlterFunction& alter);
Result<Answer> Execute(Execution& run, sql::Use& use);
Result<Answer> Execute(Execution& run, sql::SetVariables& set);
Result<Answer> Execute(Execution& run, sql::UnsetVariables& unset);
Result<Answer> Execute(Execution& run, sql::Begin& begin);
Result<Answer> Execute(Execution& run, sql::Commit& commit);
Result<Answer> Execute(Execution& run, sql::Rollback& rollback);
Result<Answer> Execute(Execution& run, sql::Show& show);
Result<Answer> Execute(Execution& run, sql::ShowGrants& show);
Result<Answer> Execute(Execution& run, sql::Describe& describe);
Result<Answer> Execute(Execution& run, sql::DescribeResult& describe);
Result<Answer> Execute(Execution& run, sql::Grant& grant);
Result<Answer> Execute(Execution& run, sql::GrantRole& grant);
Result<Answer> Execute(Execution& run, sql::ListStage& list);
Result<Answer> Execute(Execution& run, sql::RemoveStage& remove);
Result<Answer> Execute(Execution& run, sql::Put& put);
Result<Answer> Execute(Execution& run, sql::Get& get);
Result<Answer> Execute(Execution& run, sql::ExecuteImmediate& execute);
Result<Answer> Execute(Execution& run, sql::CallProcedure& call);
// clang-format on

/// Statements of a text, one after another, with several answers folded into the protocol's one (run.cc).
Result<Answer> RunText(session::Session& session, const Request& request, engine::CancelToken& cancel);

}  // namespace firn::statements

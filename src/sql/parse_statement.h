// The statement families of the parser. Each function stands behind its verb's words, which are taken already.
#pragma once

#include "sql/parse.h"

namespace firn::sql {

using StatementParser = Result<StatementNode> (*)(Parser&);

// parse_dml.cc
Result<StatementNode> ParseInsert(Parser& p);
Result<StatementNode> ParseUpdate(Parser& p);
Result<StatementNode> ParseDelete(Parser& p);
Result<StatementNode> ParseMerge(Parser& p);
Result<StatementNode> ParseTruncate(Parser& p);
// parse_copy.cc
Result<StatementNode> ParseCopy(Parser& p);
Result<StatementNode> ParseList(Parser& p);
Result<StatementNode> ParseRemove(Parser& p);
Result<StatementNode> ParsePut(Parser& p);
Result<StatementNode> ParseGet(Parser& p);
// parse_create.cc
Result<StatementNode> ParseCreate(Parser& p);
// parse_alter.cc
Result<StatementNode> ParseAlter(Parser& p);
// parse_pipeline.cc
Result<StatementNode> ParseAlterDynamicTable(Parser& p);
Result<StatementNode> ParseAlterPipe(Parser& p);
Result<StatementNode> ParseAlterStream(Parser& p);
Result<StatementNode> ParseAlterTask(Parser& p);
Result<StatementNode> ParseExecuteTask(Parser& p);
// parse_function.cc
Result<StatementNode> ParseAlterFunction(Parser& p);
// parse_drop.cc
Result<StatementNode> ParseDrop(Parser& p);
Result<StatementNode> ParseUndrop(Parser& p);
Result<StatementNode> ParseDescribe(Parser& p);
Result<StatementNode> ParseCommentOn(Parser& p);
// parse_show.cc
Result<StatementNode> ParseShow(Parser& p);
Result<StatementNode> ParseGrant(Parser& p);
Result<StatementNode> ParseRevoke(Parser& p);
// parse_session.cc
Result<StatementNode> ParseUse(Parser& p);
Result<StatementNode> ParseSet(Parser& p);
Result<StatementNode> ParseUnset(Parser& p);
Result<StatementNode> ParseBegin(Parser& p);
Result<StatementNode> ParseStart(Parser& p);
Result<StatementNode> ParseCommit(Parser& p);
Result<StatementNode> ParseRollback(Parser& p);
Result<StatementNode> ParseExecute(Parser& p);
Result<StatementNode> ParseCall(Parser& p);

// --- pieces that families share --------------------------------------------------------------------------------------

/// CREATE [OR REPLACE] [TEMPORARY | TRANSIENT | SECURE | RECURSIVE]
struct CreateHead {
  CreateMode mode = CreateMode::kPlain;
  Persistence persistence = Persistence::kPermanent;
  bool secure = false;
  bool recursive = false;
};
/// Behind the kind (parse_pipeline.cc).
Result<StatementNode> ParseCreateDynamicTable(Parser& p, CreateHead head);
Result<StatementNode> ParseCreatePipe(Parser& p, CreateHead head);
Result<StatementNode> ParseCreateStream(Parser& p, CreateHead head);
Result<StatementNode> ParseCreateTask(Parser& p, CreateHead head);
/// Behind the kind (parse_function.cc).
Result<StatementNode> ParseCreateFunction(Parser& p, CreateHead head);
/// Any statement, from its first word (parser.cc).
Result<StatementNode> ParseStatement(Parser& p);
/// Takes IF NOT EXISTS behind the kind.
Status TakeIfNotExists(Parser& p, CreateHead* head);
/// CREATE [ICEBERG] TABLE, behind the kind (parse_table.cc).
Result<StatementNode> ParseCreateTable(Parser& p, CreateHead head, bool iceberg);
/// name type clauses
Result<ColumnDef> ParseColumnDef(Parser& p);
bool AtTableConstraint(const Parser& p);
Result<TableConstraint> ParseTableConstraint(Parser& p);
/// CLUSTER BY stands before it: [LINEAR] (a, b)
Status ParseClusterKeys(Parser& p, std::vector<ExprPtr>* keys, std::string* text);
/// name CLONE stands before it.
Result<StatementNode> ParseClone(Parser& p, ObjectKind kind, const CreateHead& head, ObjectName name);
/// Behind SET: NAME = value … (parse_alter.cc)
Result<SetOptions> ParseSetOptions(Parser& p);
/// Behind UNSET: a, b (parse_alter.cc)
Result<UnsetOptions> ParseUnsetOptions(Parser& p);
/// Refuses tags and policies, where one stands.
Status RefuseGovernance(Parser& p);
/// [table.]column = value, …
Result<std::vector<Assignment>> ParseAssignments(Parser& p);

}  // namespace firn::sql

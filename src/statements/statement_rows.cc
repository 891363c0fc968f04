#include <array>

#include "statements/execution.h"

namespace firn::statements {

namespace {

namespace type = session::statement_type;

// In the order of sql::StatementNode.
// clang-format off
constexpr std::array kRows = {
  StatementRow{"SELECT",               Class::kQuery,       type::kSelect},
  StatementRow{"EXPLAIN",              Class::kQuery,       type::kExplain},
  StatementRow{"INSERT",               Class::kRows,        type::kInsert},
  StatementRow{"MULTI_TABLE_INSERT",   Class::kRows,        type::kMultiInsert},
  StatementRow{"UPDATE",               Class::kRows,        type::kUpdate},
  StatementRow{"DELETE",               Class::kRows,        type::kDelete},
  StatementRow{"MERGE",                Class::kRows,        type::kMerge},
  StatementRow{"TRUNCATE_TABLE",       Class::kDefinition,  type::kDdl},
  StatementRow{"COPY",                 Class::kRows,        type::kCopy},
  StatementRow{"UNLOAD",               Class::kQuery,       type::kUnload},
  StatementRow{"CREATE_DATABASE",      Class::kDefinition,  type::kDdl},
  StatementRow{"CREATE_SCHEMA",        Class::kDefinition,  type::kDdl},
  StatementRow{"CREATE_TABLE",         Class::kDefinition,  type::kDdl},
  StatementRow{"CREATE_TABLE_LIKE",    Class::kDefinition,  type::kDdl},
  StatementRow{"CREATE_CLONE",         Class::kDefinition,  type::kDdl},
  StatementRow{"CREATE_VIEW",          Class::kDefinition,  type::kDdl},
  StatementRow{"CREATE_SEQUENCE",      Class::kDefinition,  type::kDdl},
  StatementRow{"CREATE_STAGE",         Class::kDefinition,  type::kDdl},
  StatementRow{"CREATE_FILE_FORMAT",   Class::kDefinition,  type::kDdl},
  StatementRow{"CREATE_WAREHOUSE",     Class::kDefinition,  type::kDdl},
  StatementRow{"CREATE_USER",          Class::kDefinition,  type::kDdl},
  StatementRow{"CREATE_ROLE",          Class::kDefinition,  type::kDdl},
  StatementRow{"DROP",                 Class::kDefinition,  type::kDdl},
  StatementRow{"UNDROP",               Class::kDefinition,  type::kDdl},
  StatementRow{"COMMENT",              Class::kDefinition,  type::kDdl},
  StatementRow{"ALTER_TABLE",          Class::kDefinition,  type::kDdl},
  StatementRow{"ALTER_VIEW",           Class::kDefinition,  type::kDdl},
  StatementRow{"ALTER_DATABASE",       Class::kDefinition,  type::kDdl},
  StatementRow{"ALTER_SCHEMA",         Class::kDefinition,  type::kDdl},
  StatementRow{"ALTER_SEQUENCE",       Class::kDefinition,  type::kDdl},
  StatementRow{"ALTER_STAGE",          Class::kDefinition,  type::kDdl},
  StatementRow{"ALTER_FILE_FORMAT",    Class::kDefinition,  type::kDdl},
  StatementRow{"ALTER_WAREHOUSE",      Class::kDefinition,  type::kDdl},
  StatementRow{"ALTER_USER",           Class::kDefinition,  type::kDdl},
  StatementRow{"ALTER_ROLE",           Class::kDefinition,  type::kDdl},
  StatementRow{"ALTER_ACCOUNT",        Class::kDefinition,  type::kDdl},
  StatementRow{"ALTER_SESSION",        Class::kSession,     type::kAlterSession},
  StatementRow{"CREATE_PIPE",          Class::kDefinition,  type::kDdl},
  StatementRow{"ALTER_PIPE",           Class::kDefinition,  type::kDdl},
  StatementRow{"CREATE_STREAM",        Class::kDefinition,  type::kDdl},
  StatementRow{"ALTER_STREAM",         Class::kDefinition,  type::kDdl},
  StatementRow{"CREATE_TASK",          Class::kDefinition,  type::kDdl},
  StatementRow{"ALTER_TASK",           Class::kDefinition,  type::kDdl},
  StatementRow{"EXECUTE_TASK",         Class::kDefinition,  type::kDdl},
  StatementRow{"CREATE_DYNAMIC_TABLE", Class::kDefinition,  type::kDdl},
  StatementRow{"ALTER_DYNAMIC_TABLE",  Class::kDefinition,  type::kDdl},
  StatementRow{"CREATE_FUNCTION",      Class::kDefinition,  type::kDdl},
  StatementRow{"ALTER_FUNCTION",       Class::kDefinition,  type::kDdl},
  StatementRow{"USE",                  Class::kSession,     type::kUse},
  StatementRow{"SET",                  Class::kSession,     type::kAlterSession},
  StatementRow{"UNSET",                Class::kSession,     type::kAlterSession},
  StatementRow{"BEGIN_TRANSACTION",    Class::kTransaction, type::kBegin},
  StatementRow{"COMMIT",               Class::kTransaction, type::kCommit},
  StatementRow{"ROLLBACK",             Class::kTransaction, type::kRollback},
  StatementRow{"SHOW",                 Class::kQuery,       type::kShow},
  StatementRow{"SHOW",                 Class::kQuery,       type::kShow},
  StatementRow{"DESCRIBE",             Class::kQuery,       type::kDescribe},
  StatementRow{"DESCRIBE",             Class::kQuery,       type::kDescribe},
  StatementRow{"GRANT",                Class::kDefinition,  type::kDdl},
  StatementRow{"GRANT",                Class::kDefinition,  type::kDdl},
  StatementRow{"LIST_FILES",           Class::kQuery,       type::kList},
  StatementRow{"REMOVE_FILES",         Class::kQuery,       type::kRemove},
  StatementRow{"PUT_FILES",            Class::kQuery,       type::kPut},
  StatementRow{"GET_FILES",            Class::kQuery,       type::kGet},
  StatementRow{"EXECUTE_IMMEDIATE",    Class::kSession,     type::kCall},
  StatementRow{"CALL",                 Class::kSession,     type::kCall},
};
// clang-format on
static_assert(kRows.size() == std::variant_size_v<sql::StatementNode>, "one row a statement");

}  // namespace

const StatementRow& RowOf(const sql::Statement& statement) { return kRows[statement.node.index()]; }

}  // namespace firn::statements

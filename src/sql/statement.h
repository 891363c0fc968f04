// A statement of Snowflake SQL as the parser hands it over: one struct a verb, in the variant of Statement. The structs
// stand in the statement_*.h files by family. `planner` and `statements` read them; nothing here locks.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "sql/statement_alter.h"
#include "sql/statement_ddl.h"
#include "sql/statement_dml.h"
#include "sql/statement_function.h"
#include "sql/statement_pipeline.h"
#include "sql/statement_session.h"

namespace firn::sql {

struct Statement;

/// SELECT, WITH, VALUES, or a query in parentheses.
struct QueryStatement {
  QueryPtr query;
};

/// EXPLAIN [USING TABULAR | TEXT | JSON] statement
struct Explain {
  enum class Format { kTabular, kText, kJson } format = Format::kTabular;
  std::unique_ptr<Statement> statement;
};

using StatementNode =
    std::variant<QueryStatement, Explain,
                 // DML
                 Insert, MultiInsert, Update, Delete, Merge, Truncate, CopyIntoTable, CopyIntoLocation,
                 // DDL
                 CreateDatabase, CreateSchema, CreateTable, CreateTableLike, CreateClone, CreateView, CreateSequence,
                 CreateStage, CreateFileFormat, CreateWarehouse, CreateUser, CreateRole, Drop, Undrop, CommentOn,
                 AlterTable, AlterView, AlterDatabase, AlterSchema, AlterSequence, AlterStage, AlterFileFormat,
                 AlterWarehouse, AlterUser, AlterRole, AlterAccount, AlterSession,
                 // what moves data by itself
                 CreatePipe, AlterPipe, CreateStream, AlterStream, CreateTask, AlterTask, ExecuteTask,
                 CreateDynamicTable, AlterDynamicTable, CreateFunction, AlterFunction,
                 // session
                 Use, SetVariables, UnsetVariables, Begin, Commit, Rollback, Show, ShowGrants, Describe, DescribeResult,
                 Grant, GrantRole, ListStage, RemoveStage, Put, Get, ExecuteImmediate, CallProcedure>;

struct Statement {
  Position at;       ///< of its first token in the whole text
  std::string text;  ///< exact source text, without the `;` and what stands around it
  int binds = 0;     ///< number of `?` in it, which BindRef numbers from 1; the highest n of `:n`
  StatementNode node;

  template <class T>
  T* As() {
    return std::get_if<T>(&node);
  }
  template <class T>
  const T* As() const {
    return std::get_if<T>(&node);
  }
};

}  // namespace firn::sql

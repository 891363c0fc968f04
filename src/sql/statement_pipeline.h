// Statements on what moves data by itself: streams, tasks, dynamic tables. See sql/statement.h.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sql/option.h"
#include "sql/statement_alter.h"
#include "sql/statement_ddl.h"

namespace firn::sql {

/// CREATE STREAM s ON TABLE t [AT | BEFORE (…)]. https://docs.snowflake.com/en/sql-reference/sql/create-stream
struct CreateStream {
  ObjectName name;
  CreateMode mode = CreateMode::kPlain;
  ObjectName source;
  std::optional<TimeTravel> travel;
  std::vector<Option> options;  ///< APPEND_ONLY, SHOW_INITIAL_ROWS, COMMENT
};

struct AlterStream {
  ObjectName name;
  bool if_exists = false;
  std::variant<SetOptions, UnsetOptions> action;
};

/// CREATE TASK t … AS statement. https://docs.snowflake.com/en/sql-reference/sql/create-task
struct CreateTask {
  ObjectName name;
  CreateMode mode = CreateMode::kPlain;
  std::vector<Option> options;  ///< WAREHOUSE, SCHEDULE, USER_TASK_TIMEOUT_MS …
  std::vector<ObjectName> after;
  std::string condition;  ///< source text of WHEN, or ""
  std::string text;       ///< source text of the statement, which was parsed too
};

struct ResumeTask {};
struct SuspendTask {};
/// ADD AFTER | REMOVE AFTER
struct ChangePredecessors {
  bool add = true;
  std::vector<ObjectName> tasks;
};
/// MODIFY AS statement
struct ModifyTaskText {
  std::string text;
};
/// MODIFY WHEN condition; REMOVE WHEN is the empty text.
struct ModifyTaskCondition {
  std::string condition;
};
struct AlterTask {
  ObjectName name;
  bool if_exists = false;
  std::variant<ResumeTask, SuspendTask, ChangePredecessors, ModifyTaskText, ModifyTaskCondition, SetOptions,
               UnsetOptions>
      action;
};

/// EXECUTE TASK t
struct ExecuteTask {
  ObjectName name;
};

/// CREATE PIPE p AS COPY INTO t FROM (SELECT … FROM TABLE(DATA_SOURCE(TYPE => 'STREAMING'))): rows that clients send,
/// not files. https://docs.snowflake.com/en/sql-reference/sql/create-pipe
struct CreatePipe {
  ObjectName name;
  CreateMode mode = CreateMode::kPlain;
  std::vector<Option> options;  ///< AUTO_INGEST, COMMENT …
  ObjectName target;
  std::string text;  ///< source text from COPY on
};
struct AlterPipe {
  ObjectName name;
  bool if_exists = false;
  std::variant<SetOptions, UnsetOptions> action;
};

/// CREATE DYNAMIC [ICEBERG] TABLE t … AS query: a table whose options hold TARGET_LAG, WAREHOUSE, REFRESH_MODE,
/// INITIALIZE. https://docs.snowflake.com/en/sql-reference/sql/create-dynamic-table
struct CreateDynamicTable {
  CreateTable table;
};

struct SuspendRefresh {};
struct ResumeRefresh {};
struct RefreshNow {};
struct AlterDynamicTable {
  ObjectName name;
  bool if_exists = false;
  std::variant<SuspendRefresh, ResumeRefresh, RefreshNow, SetOptions, UnsetOptions> action;
};

}  // namespace firn::sql

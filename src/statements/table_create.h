// What CREATE TABLE, … LIKE and … CLONE have in common: the name and mode, the new object, and its place in the
// transaction or among the session's temporary objects.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "iceberg/partition_spec.h"
#include "statements/execution.h"

namespace firn::statements {

struct TableDraft {
  planner::FullName name;
  catalog::Object object;                      ///< of kind table, with a fresh id; columns to be filled in
  std::optional<catalog::ObjectRef> replaced;  ///< OR REPLACE: what goes
  bool temporary = false;
  std::vector<catalog::Object> sequences;  ///< of AUTOINCREMENT columns
};

/// The draft, or the answer if nothing is to be done (IF NOT EXISTS). Takes COMMENT, DATA_RETENTION_TIME_IN_DAYS and
/// keeps the other options. Errors: kObjectExists, kNoDatabase, kNoSchema, kKindNotFound, kInvalidOption.
Result<std::variant<TableDraft, Answer>> DraftTable(Execution& run, sql::ObjectName& name, sql::CreateMode mode,
                                                    sql::Persistence persistence,
                                                    const std::vector<sql::Option>& options);

/// The columns that a query gives; with a column list, its names and types win. Errors: kInsertColumns.
Result<std::vector<catalog::ColumnInfo>> QueryColumns(Execution& run, const sql::CreateTable& create,
                                                      const engine::Statement& query);

/// PRIMARY KEY and the like, kept and shown. A primary key's columns become NOT NULL. Errors: kInvalidIdentifier.
Status KeepConstraints(const sql::CreateTable& create, catalog::TableInfo* info);

/// Initial metadata for the draft's columns; gives them their field ids and makes sequences of AUTOINCREMENT columns.
Result<catalog::TableVersionPtr> NewVersion(
    Execution& run, TableDraft* draft, const std::vector<std::pair<std::string, iceberg::Transform>>& partition_by);

/// Puts the table into the transaction (or the session), with the rows of `rows` if given.
Result<Answer> PutTable(Execution& run, TableDraft draft, catalog::TableVersionPtr version,
                        std::optional<engine::Statement> rows);

}  // namespace firn::statements

// Row changes: what INSERT, UPDATE, DELETE and MERGE have in common. Which rows of which files go, as deletion vectors
// (v3) or position-delete files (v2) or whole files; which files come; all of it into the session's transaction, or
// into the temporary table.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "planner/context.h"
#include "statements/execution.h"

namespace firn::statements {

/// Rows to remove: index of a file in version->files->files() → positions in it.
using RowPositions = std::map<uint64_t, std::vector<uint64_t>>;

/// Reads two columns (file index, position) of a query. Errors: those of the engine.
Result<RowPositions> CollectPositions(Execution& run, engine::Statement statement);
int64_t CountOf(const RowPositions& positions);

/// Refuses tables that are not to be written (made elsewhere). Errors: kUnsupported.
Status CheckWritable(const planner::FoundTable& table);
/// Takes the table's lock (rule 6), pins anew if it is the transaction's first, and gives the table as it is then.
Result<planner::FoundTable> LockTable(Execution& run, const sql::ObjectName& name, const char* verb);

/// Writes the rows of `statement` (columns in the order of the table) and checks NOT NULL by the files' statistics.
/// `row_ids`: one more column at the end holds the ids that rows had before (KeepsRowIds). Errors: kNullNotAllowed;
/// those of the engine.
Result<std::vector<iceberg::DataFile>> WriteRows(Execution& run, const planner::FoundTable& table,
                                                 engine::Statement statement, bool row_ids = false);

/// Whether rows that UPDATE or MERGE writes anew keep their _row_id (Iceberg v3, "Row Lineage"). Rows of this
/// transaction's own inserts have no ids yet; a temporary table has none.
bool KeepsRowIds(const planner::FoundTable& table);
/// DuckDB text of the id that a row of `target` (quoted alias) keeps: NULL for rows of the transaction's own files.
std::string RowIdText(const planner::FoundTable& table, const std::string& target);

/// Adds removals to `change`: a file of which nothing is left is removed whole.
Status RemoveRows(Execution& run, const planner::FoundTable& table, const RowPositions& positions,
                  iceberg::TableChange* change);
/// All live rows go. Returns their number.
Result<int64_t> RemoveAllRows(Execution& run, const planner::FoundTable& table, iceberg::TableChange* change);

/// Puts the change into the transaction, or applies it to the temporary table.
Status AddChange(Execution& run, const planner::FoundTable& table, catalog::Verb verb, iceberg::TableChange change,
                 iceberg::ReadSet reads = {});

/// The select list that casts `sources` (DuckDB text) to the table's columns.
std::string CastList(const planner::FoundTable& table, const std::vector<std::string>& sources);

/// One row of counts under Snowflake's column names.
Answer CountAnswer(Execution& run, const std::vector<std::pair<std::string, int64_t>>& counts);

}  // namespace firn::statements

// What changed in a table between two of its snapshots, as rows: streams and the CHANGES clause. Row ids (Iceberg v3,
// "Row Lineage") tell what a row was before. For the resolver and for SYSTEM$STREAM_HAS_DATA; one thread.
// https://docs.snowflake.com/en/user-guide/streams-intro
#pragma once

#include <string>
#include <vector>

#include "planner/context.h"
#include "sql/query.h"

namespace firn::planner {

struct ChangeRange {
  FoundTable table;               ///< its columns are those of the answer
  catalog::TableVersionPtr from;  ///< null: before the first row
  catalog::TableVersionPtr to;
  bool append_only = false;  ///< rows that came in, whether or not they are still there in their file
};

/// A query for the engine with the table's columns, METADATA$ACTION, METADATA$ISUPDATE and METADATA$ROW_ID.
/// Errors: kUnsupported for a table without row ids (ICEBERG_VERSION = 2); storage errors.
Result<std::string> ChangesSql(StatementContext& context, const ChangeRange& range);
/// The names of its columns.
std::vector<std::string> ChangeColumns(const FoundTable& table);

/// The changes that a stream holds. Errors: kInvalidInput for a stale one: its table or snapshot is gone.
Result<ChangeRange> StreamRange(StatementContext& context, const catalog::Object& stream);
/// Whether a call in FROM is one of sql/changes_call.h.
bool IsTableCall(const sql::Call& call);
/// What it asks for; without an end up to what others see of the table now. Of kSnapshotCall: `to` alone.
/// Errors: kNoTimeTravel; kUnsupported for views, streams and temporary tables.
Result<ChangeRange> RangeOfCall(StatementContext& context, sql::Call& call, Position at);
/// Whether files or deletes differ by more than compaction.
bool MayHaveChanges(const ChangeRange& range);

/// CREATE STREAM: the offset to start from. None: before the first row.
std::optional<int64_t> StreamStart(const FoundTable& table);

}  // namespace firn::planner

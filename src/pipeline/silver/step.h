// SilverStep: one merge while it is made: the tables pinned at one position of the log, the checked rows, the SQL
// relations that the kinds of merge have in common. Inner part of `pipeline/silver`; one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/registry/spec.h"
#include "pipeline/silver/batch.h"
#include "pipeline/silver/silver.h"
#include "planner/changes.h"
#include "statements/execution.h"
#include "statements/row_change.h"

namespace firn::pipeline {

/// What the keys of the rows to be merged are like.
struct BatchKeys {
  std::string bounds;  ///< " AND t."K" BETWEEN …": between the least and the greatest
  int64_t rows = 0;
  int64_t keys = 0;  ///< different ones
};

/// Rows that came in pieces, as one relation.
struct KeptPieces {
  std::vector<std::shared_ptr<engine::KeptRows>> pieces;
  bool empty() const { return pieces.empty(); }
  /// There is one piece at least.
  std::string Relation() const;
};

struct SilverStep {
  statements::Execution& run;
  const PipelineSpec& spec;
  SilverNames names = {};
  planner::FoundTable silver, errors;
  std::optional<planner::FoundTable> tombstones;  ///< not of append
  planner::ChangeRange bronze;                    ///< what the stream holds, or the oldest part of it
  SilverBatch batch;
  /// Columns: `_SEQ`, `_OP`, `_RESCUED`, the declared ones; firn$number, firn$delete (never NULL) and firn$bad: NULL
  /// for rows to be merged, else which column or expectation (kExpectation + index) the row does not fit. firn$raw
  /// where the row itself is the column, firn$has where columns may be missing (OnMissing::kKeep), firn$batch
  /// for MergeType::kSnapshot.
  KeptPieces typed;
  /// Rows that do not fit: firn$seq, firn$version, firn$batch, firn$op, firn$raw, firn$code, firn$field, firn$message.
  KeptPieces rejected;
  std::optional<BatchKeys> keys;
  /// merge: snapshot. The last one that has ended: rows before it that are not of it were absent from it.
  std::optional<SnapshotMark> last_mark;
  SilverCounts counts;
};

/// "SALES"."SILVER"."ORDERS" as the text of SQL has it.
sql::ObjectName SilverName(const PipelineSpec& spec, const char* schema, const std::string& suffix);

/// Reads the rows of `range` into `typed` and `rejected`; counts what only warns. `only`: "" or " WHERE …" over bronze.
/// `evolves`: rows that need new or wider columns stop it, `batch` tells (there may be no rows then).
/// Errors: kInvalidInput where an expectation of kFail does not hold.
Status ReadRows(SilverStep* step, const planner::ChangeRange& range, bool evolves, const std::string& only = "");
/// Adds the rows of the batch that do not fit to the table of errors.
Status WriteRejected(SilverStep* step);
/// Fills in `keys`, once.
Result<const BatchKeys*> KeysOf(SilverStep* step);

/// The kinds of merge: each adds its changes of silver (and tombstones) to the transaction, and counts.
Status AppendRows(SilverStep* step);
Status UpsertRows(SilverStep* step);
Status VersionRows(SilverStep* step);   ///< scd2
Status SnapshotRows(SilverStep* step);  ///< upsert; what a snapshot lacks goes when it ends
/// `rows`: "… AS p WHERE …", deletes with the columns of the key, order_by and `_SEQ`.
Status WriteTombstones(SilverStep* step, const std::string& rows);

// --- texts of SQL ----------------------------------------------------------------------------------------------------

/// `prefix`"A", `prefix`"B" …: the columns joined by ", ".
std::string NameList(const std::vector<std::string>& names, const std::string& prefix);
/// a."K" = b."K" AND …: the key is never NULL.
std::string SameKey(const PipelineSpec& spec, const std::string& a, const std::string& b);
/// Whether version `a` is higher than `b`: (order_by…, _SEQ) compared from the left.
std::string Newer(const PipelineSpec& spec, const std::string& a, const std::string& b);
/// "K", …, order_by…, "_SEQ"
std::string VersionColumns(const PipelineSpec& spec);
std::string SameVersion(const PipelineSpec& spec, const std::string& a, const std::string& b);
/// "A" DESC, …, "_SEQ" DESC
std::string VersionOrder(const PipelineSpec& spec, const char* direction);
/// A condition on rows `t` of a table: the key of `alias`, within the bounds of the batch.
Result<std::string> SameKeyInBounds(SilverStep* step, const std::string& alias);
/// file, position and row id of rows `t` of silver, for a select list over their scan.
std::string Places(const SilverStep& step);
/// The rows of `table` whose keys lie between the least and the greatest key of the batch, with `_SEQ` as BIGINT.
/// `columns`: besides key, order_by and `_SEQ`. Where `places`, file_index and file_row_number and _row_id too.
Result<std::string> ScanInBounds(SilverStep* step, const planner::FoundTable& table,
                                 const std::vector<std::string>& columns, bool places);
/// The instant of the step as a constant.
std::string NowText(const SilverStep& step);
/// For every column of `table` the text of its value in a new row of `alias`: by name, `_UPDATED_AT` and `_DELETED_AT`
/// the instant of the step, NULL for what `alias` has not.
std::vector<std::string> NewRow(const SilverStep& step, const planner::FoundTable& table, const std::string& alias);

}  // namespace firn::pipeline

// Whether a transaction's changes are valid on a state (rules 4, 7 and 16), after its predecessors of the batch. For
// the writer of this room; pure but for what the arguments hold.
#pragma once

#include "base/result.h"
#include "catalog/commit.h"
#include "catalog/state.h"
#include "iceberg/table_files.h"
#include "iceberg/table_metadata.h"

namespace firn::catalog {

/// Checks `change` against `state` and completes its object (times, version) for the log. Errors: kObjectExists (name
/// taken), kObjectNotFound (parent gone), kConflict (the object is another one by now), kInvalidInput (name).
Status ValidateChange(const CatalogState& state, Micros time, ObjectChange* change);

/// Errors: kConflict for a request that another process has committed already (rule 7): looked up again, it is
/// answered.
Status ValidateRequests(const CatalogState& state, const std::vector<StatementInfo>& statements);

/// Rule 8. Errors: kConflict (it stands elsewhere by now, or its owner is gone).
Status ValidateOffset(const CatalogState& state, const OffsetMove& move);
/// Rule 13. Errors: kConflict (snapshots were given up by another, or the table is gone).
Status ValidateExpiry(const CatalogState& state, const TableExpiry& expiry);
/// Rule 13. Errors: kConflict (the snapshot was given up, or the table is gone for good).
Status ValidateNeed(const CatalogState& state, const HistoryNeed& need);
/// Errors: kConflict (another process has taken or ended the run, or its object is gone).
Status ValidateRun(const CatalogState& state, Micros time, const RunChange& change);

/// Rule 4 for an existing table, against the head after the batch's predecessors. `head_location` is its metadata URI,
/// or "" where a predecessor of the batch has moved it. Errors: kConflict; kUnsupported (a table of others).
Status ValidateTable(const CatalogState& state, const PendingTable& pending, bool explicit_transaction,
                     const std::string& head_location, const iceberg::TableMetadata& head,
                     const iceberg::TableFiles& files);

}  // namespace firn::catalog

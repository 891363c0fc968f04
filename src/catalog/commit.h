// Transaction: what a session hands to Catalog::Commit, all of it or nothing becoming one commit of the log; and what
// comes back. Values. One thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "catalog/objects.h"
#include "catalog/pending_table.h"
#include "catalog/runs.h"
#include "catalog/state.h"
#include "catalog/table_version.h"

namespace firn::catalog {

/// A change of one object. Changes of a transaction are validated and applied in order.
struct ObjectChange {
  enum class Verb : uint8_t { kCreate, kReplace, kAlter, kDrop, kUndrop, kPurge };
  Verb verb = Verb::kCreate;
  Object object;                 ///< kCreate, kReplace, kAlter: the value to be
  std::string id;                ///< kReplace: of the one replaced; kDrop, kUndrop, kPurge: of the object
  int64_t expected_version = 0;  ///< kReplace, kAlter, kDrop: the version that was read; another one is a lost race

  /// Fails with kObjectExists where the name is taken (tables and views share names).
  static ObjectChange Create(Object object);
  /// CREATE OR REPLACE: drops `replaced` and creates `object` under the same name. Fails with kConflict where
  /// `replaced` is not there any more, or is another object (rule 16).
  static ObjectChange Replace(const Object& replaced, Object object);
  /// ALTER, COMMENT, RENAME (another name or parent_id). `changed` is a changed copy of `old`, same id and kind. Fails
  /// with kConflict where `old` was changed or dropped, with kObjectExists where a new name is taken. A swap is three
  /// renames through a name that is not in use; each takes the version before + 1.
  static ObjectChange Alter(const Object& old, Object changed);
  /// Databases, schemas and tables are kept for UNDROP; others vanish. Children stay inside.
  static ObjectChange Drop(const Object& object);
  static ObjectChange Undrop(const Object& object);
  /// A dropped database, schema or table whose retention is over goes for good, with what is in it (rule 13). Fails
  /// with kConflict where it is not dropped any more.
  static ObjectChange Purge(const Object& dropped);
};

/// Snapshots of a table are given up, before their files go (rule 13): those with a sequence number below `to`, but for
/// the ones that `held` names. Fails with kConflict where another process has given up some meanwhile.
struct TableExpiry {
  std::string table_id;
  int64_t from = 0;  ///< TableHead::oldest_sequence as it was read
  int64_t to = 0;
  std::vector<int64_t> held;  ///< snapshot ids, for the log
};

/// A transaction relies on a snapshot of a table's history (CLONE, CREATE STREAM … AT): kConflict where it was given up
/// since (rule 13), or the table is gone for good.
struct HistoryNeed {
  std::string table_id;
  int64_t sequence = 0;  ///< of the snapshot
  int64_t oldest = 0;    ///< TableHead::oldest_sequence as it was read: the snapshot was there then
};

/// One offset of an object moves (Offsets). Another value than `from` is a lost race (rule 8): kConflict.
struct OffsetMove {
  std::string owner_id;  ///< of the stream, bronze table or dynamic table
  std::string key;
  std::optional<int64_t> from;  ///< none: it has none yet
  std::optional<int64_t> to;    ///< none: it is taken away
};

struct Transaction {
  /// One a statement that changed something, in order. At least one with a query id.
  std::vector<StatementInfo> statements;
  std::vector<ObjectChange> objects;
  std::vector<PendingTable> tables;  ///< one a table at most
  std::vector<OffsetMove> offsets;   ///< after `objects`: a new stream may have one
  std::vector<RunChange> runs;
  std::vector<TableExpiry> expired;
  std::vector<HistoryNeed> needs;
  /// BEGIN … COMMIT: files that others' plain INSERT or COPY added do not invalidate (rule 6).
  bool explicit_transaction = false;

  bool empty() const { return objects.empty() && tables.empty() && offsets.empty() && runs.empty() && expired.empty(); }
};

struct CommitResult {
  int64_t position = 0;  ///< of the log; the state of Catalog::Current() is at least this
  Micros time = 0;
  std::vector<std::pair<std::string, TableVersionPtr>> tables;  ///< (table id, its version after this commit's entry)
};

/// Asked every 20 ms while a commit waits; true withdraws it, unless its PUT has begun. Empty: never.
using Canceled = std::function<bool()>;

}  // namespace firn::catalog

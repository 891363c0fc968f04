// CatalogState: all objects of the account at one position of the log, as an immutable value. A statement pins one
// (Catalog::Head) and resolves every name in it. Copies share what did not change, so a commit costs O(log n).
// Made by this room alone (log replay and commit); read by everyone, on any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "catalog/objects.h"
#include "catalog/persistent_map.h"
#include "catalog/runs.h"

namespace firn::catalog {

struct CommitRecord;
struct ObjectChange;
struct LogEntry;
struct OffsetMove;

/// Where a table stands.
struct TableHead {
  std::string metadata_location;       ///< URI of the metadata JSON
  std::optional<int64_t> snapshot_id;  ///< the current snapshot; none: no rows were ever written
  int64_t position = 0;                ///< log position that moved it last
  Micros time = 0;                     ///< time of that entry
  int64_t oldest_sequence = 0;         ///< snapshots with a lower number were given up, but for held ones (rule 13)
};

/// What the log keeps of a statement (rule 7), 24 h by request id: enough to answer a repeated request.
struct StatementInfo {
  std::string query_id;
  std::string request_id;  ///< the driver's; "" for none
  std::string user;        ///< name of the user whom the request id belongs to
  std::string role;
  std::string kind;       ///< "INSERT", "MERGE", "CREATE_TABLE" …: the statement's row
  std::string text_hash;  ///< lower hex SHA-256 of the text
  int64_t rows_inserted = 0;
  int64_t rows_updated = 0;
  int64_t rows_deleted = 0;
  int64_t rows_unloaded = 0;
  std::string message;  ///< the status text of a DDL statement ("Table T successfully created.")
};

struct CommittedRequest {
  StatementInfo statement;
  int64_t position = 0;
  Micros time = 0;
};
using CommittedRequestRef = std::shared_ptr<const CommittedRequest>;

class CatalogState {
 public:
  /// The state before entry 1.
  CatalogState() = default;

  int64_t position() const { return position_; }
  Micros time() const { return time_; }  ///< of the entry at position(); 0 before entry 1

  /// The alive object of that name: the exact one, or else the only one that differs in case. Tables, views and
  /// streams share one namespace: asking for any gives whichever there is; look at its kind(). Null if none (or several
  /// in other cases). `parent_id` is "" for account-level kinds.
  ObjectRef Find(std::string_view parent_id, ObjectKind kind, std::string_view name) const;
  ObjectRef FindExact(std::string_view parent_id, ObjectKind kind, std::string_view name) const;
  /// By id, dropped ones included; null if unknown.
  ObjectRef ById(std::string_view id) const;
  /// Neither it nor any of its parents is dropped.
  bool IsAlive(const Object& object) const;

  /// Alive children of exactly that kind, by name in byte order.
  std::vector<ObjectRef> Children(std::string_view parent_id, ObjectKind kind) const;
  /// Dropped children of that kind, by name, the latest drop first.
  std::vector<ObjectRef> DroppedChildren(std::string_view parent_id, ObjectKind kind) const;
  /// What UNDROP brings back: the latest dropped of exactly that name and kind; null if none.
  ObjectRef LatestDropped(std::string_view parent_id, ObjectKind kind, std::string_view name) const;

  /// Paths by name, each with the case rule of Find. Null if a part is not there.
  ObjectRef Database(std::string_view name) const { return Find("", ObjectKind::kDatabase, name); }
  ObjectRef Schema(std::string_view database, std::string_view schema) const;
  ObjectRef InSchema(std::string_view database, std::string_view schema, ObjectKind kind, std::string_view name) const;
  /// "DB.SCHEMA.T", for errors and SHOW.
  std::string FullName(const Object& object) const;

  /// Of a table, dropped ones included; null for other objects and unknown ids.
  const TableHead* Head(std::string_view table_id) const { return heads_.Find(table_id); }
  /// Ids of all tables that are or may come back (UNDROP).
  std::vector<std::string> TableIds() const;
  /// The first number that no process has leased. Errors: kCannotPerform for an unknown sequence.
  Result<int64_t> SequenceNext(std::string_view sequence_id) const;

  /// A statement that was committed under that request id in the last 24 h, or null (rule 7).
  CommittedRequestRef FindRequest(std::string_view user, std::string_view request_id) const;

  /// Of a stream, bronze table or dynamic table; empty where it has none.
  Offsets OffsetsOf(std::string_view owner_id) const;

  /// A run of the last seven days; null if unknown.
  RunRef Run(std::string_view run_id) const;
  /// Runs of a task or dynamic table, the latest due first, at most `limit`.
  std::vector<RunRef> RunsOf(std::string_view object_id, size_t limit = kRunsOfObjectMax) const;
  /// Runs that are not over, of all objects.
  std::vector<RunRef> OpenRuns() const;

  size_t object_count() const { return objects_.size(); }

 private:
  friend class StateBuilder;
  friend class CheckpointCodec;

  int64_t position_ = 0;
  Micros time_ = 0;
  PersistentMap<ObjectRef> objects_;             ///< by id
  PersistentMap<ObjectRef> names_;               ///< alive, by NameKey
  PersistentMap<ObjectRef> folded_;              ///< alive, by NameKey in upper case + NUL + name
  PersistentMap<ObjectRef> dropped_;             ///< by NameKey + NUL + inverted time + id
  PersistentMap<TableHead> heads_;               ///< by table id
  PersistentMap<int64_t> sequences_;             ///< next number, by sequence id
  PersistentMap<CommittedRequestRef> requests_;  ///< by user + NUL + request id
  PersistentMap<std::string> request_times_;     ///< time (20 digits) + key of requests_ → that key
  PersistentMap<Offsets> offsets_;               ///< by owner's id
  PersistentMap<RunRef> runs_;                   ///< by id
  PersistentMap<std::string> run_times_;         ///< object id + NUL + inverted time due + run id → run id
  PersistentMap<std::string> run_ages_;          ///< time due (20 digits) + run id → run id
  PersistentMap<RunRef> open_runs_;              ///< by id
};
using StatePtr = std::shared_ptr<const CatalogState>;

/// How long request ids are kept.
inline constexpr Micros kRequestKept = Micros{24} * 3600 * 1000000;

/// Makes the next state out of one: the only way that a state changes. One thread.
class StateBuilder {
 public:
  explicit StateBuilder(const CatalogState& base) : state_(base) {}

  /// What the changes so far amount to; position() is still the base's.
  const CatalogState& state() const { return state_; }
  /// Applies what validation has passed (validate.h) or the log says. Errors: kCorrupt for a record that does not fit
  /// the state (an id that is not there): the log or this program is wrong.
  Status Apply(const CommitRecord& commit, int64_t position, Micros time);
  /// Applies all commits of the entry, moves to its position and forgets requests older than 24 h.
  Status Apply(const LogEntry& entry);
  /// The end of an entry.
  void MoveTo(int64_t position, Micros time);
  StatePtr Finish() { return std::make_shared<const CatalogState>(std::move(state_)); }

 private:
  friend class CheckpointCodec;
  Status Apply(const ObjectChange& change, Micros time);
  void Put(ObjectRef object);
  void Drop(const Object& object, Micros time);
  void Purge(const Object& object);
  void RemoveName(const Object& object);
  void AddName(const ObjectRef& object);
  void Put(RunRecord run);
  void Forget(const RunRecord& run);
  void Move(const OffsetMove& move);
  void ForgetOldRequests(Micros time);
  void ForgetOldRuns(Micros time);
  void Remember(const StatementInfo& statement, int64_t position, Micros time);

  CatalogState state_;
};

}  // namespace firn::catalog

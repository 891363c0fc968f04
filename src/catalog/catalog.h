// Catalog: the account, as one append-only log in the object store (docs of the rules: commit protocol). One a process;
// opened by `cli`, used by every room above. Any thread may call anything.
// Errors of all: storage errors; kCorrupt and kVersionUnknown for a log that this Firn cannot read.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "catalog/commit.h"
#include "catalog/locks.h"
#include "catalog/objects.h"
#include "catalog/pins.h"
#include "catalog/secrets.h"
#include "catalog/state.h"
#include "catalog/table_version.h"
#include "iceberg/metadata_update.h"
#include "storage/store.h"

namespace firn::catalog {

struct CatalogOptions {
  Clock* clock = &Clock::System();
  std::string node;  ///< named in entries; "": host name and process id
  /// Of user ADMIN on the account's very first start; "": a random one (Catalog::generated_password). An
  /// argon2id string ("$argon2id$…") is taken as the hash that it is.
  std::string admin_password;
  int checkpoint_every = 200;  ///< entries; 0: never
  /// How long a batch waits for more transactions (rule 3): 0 on disk, up to 20 ms on S3.
  std::chrono::microseconds batch_wait{0};
  int parallel_writes = 4;        ///< threads that write the files of commits; 0: one after another
  size_t versions_cached = 1024;  ///< TableVersions
  int snapshots_kept = 50;        ///< in a table's metadata; older ones are found through older metadata files
  /// Real paths of folders in which tables of others may lie (--allow-dir), never the data folder itself.
  std::vector<std::string> allowed_folders;
};

class CommitObserver;

class Catalog {
 public:
  /// Reads checkpoint and log; on the very first start writes the account: user ADMIN, warehouse COMPUTE_WH, roles
  /// ACCOUNTADMIN, SYSADMIN, SECURITYADMIN, USERADMIN, PUBLIC.
  static Result<std::unique_ptr<Catalog>> Open(std::shared_ptr<storage::Store> store, Secrets secrets,
                                               CatalogOptions options = {});
  /// Answers waiting commits (kCanceled where nothing was sent, kOutcomeUnknown where that is so) and ends the writer.
  virtual ~Catalog() = default;

  /// The state with all that was committed, by any process, before this call began. One look at the store, shared by
  /// those who wait for it.
  virtual Result<StatePtr> Head() = 0;
  /// The latest state that this process knows; no I/O.
  virtual StatePtr Current() const = 0;

  /// The table at `state`'s position; no I/O where the version is known. Errors: kObjectNotFound (no such table).
  virtual Result<TableVersionPtr> TableAt(const CatalogState& state, const Object& table) = 0;
  /// Time travel. Errors: kNoTimeTravel (before the table was, or no such statement in its history).
  virtual Result<TableVersionPtr> TableAsOf(const CatalogState& state, const Object& table, const TimePoint& point) = 0;
  virtual Result<TableVersionPtr> TableAtSnapshot(const CatalogState& state, const Object& table,
                                                  int64_t snapshot_id) = 0;
  /// A table that belongs to somebody else, by the `file://` URI of its metadata JSON. Its location must lie in an
  /// allowed folder, and every path in its metadata, manifests and lists in its location. Errors: kOutsideLocation,
  /// kUnsupported (another scheme), kNotFound, kCorrupt.
  virtual Result<TableVersionPtr> ForeignTable(const std::string& table_id, const std::string& metadata_uri) = 0;

  /// Initial metadata for a new table, nothing written: `options` with its location filled in
  /// (`data/<table id>` under the store) where it is empty, and its time. Errors: kInvalidInput.
  virtual Result<TableVersionPtr> NewTable(const std::string& table_id, iceberg::NewTableOptions options) = 0;
  /// `source` as the start of another table: its files by reference, its history left behind, `firn.*` properties
  /// dropped (rules 9 and 11).
  virtual Result<TableVersionPtr> CloneTable(const std::string& table_id, const TableVersion& source) = 0;

  /// Makes the transaction durable. Errors: kConflict (naming the table or object: run again on a new Head() if it was
  /// an autocommit statement); kObjectExists, kObjectNotFound; kCanceled; kOutcomeUnknown (only when the catalog is
  /// being closed); kWriterStopped (an fsync failed: no more commits). Data files stay on error: see Discard.
  virtual Result<CommitResult> Commit(Transaction transaction, const Canceled& canceled = {}) = 0;
  /// Deletes the files that a transaction wrote and that were not committed, as far as possible.
  virtual void Discard(const std::vector<PendingTable>& tables) = 0;

  /// `count` numbers of a sequence (rule 16): values are first, first + step, … Blocks are leased in the log.
  struct Numbers {
    int64_t first = 0;
    int64_t step = 1;
    int64_t count = 0;
  };
  /// Errors: kCannotPerform (no such sequence); kNumericOutOfRange (it has run out).
  virtual Result<std::vector<Numbers>> NextNumbers(const std::string& sequence_id, int64_t count) = 0;

  virtual Locks& locks() = 0;
  /// What statements read at; whoever pins a position takes one first.
  virtual const Pins& pins() const = 0;
  virtual const Secrets& secrets() const = 0;
  virtual const std::shared_ptr<storage::Store>& store() const = 0;
  virtual Clock& clock() = 0;
  /// The random password of ADMIN, if this process made the account without a given one. To be shown once.
  virtual std::optional<std::string> generated_password() const = 0;
  /// Set once an fsync has failed: why no more commits are taken.
  virtual std::optional<Error> stopped() const = 0;
  /// Writes a checkpoint of the current state now.
  virtual Status Checkpoint() = 0;

  /// Asked before and told after each commit of this process (commit_observer.h); null: nobody. Set while nothing is
  /// being committed: before sessions begin and after they ended.
  virtual void Observe(CommitObserver* observer) = 0;
};

/// The user whose token is `token` ("firn_pat_…"), alive, not disabled, not expired; null otherwise.
struct TokenOwner {
  ObjectRef user;
  AccessToken token;
};
std::optional<TokenOwner> FindToken(const CatalogState& state, std::string_view token, Micros now);
/// A new token text and its row.
struct NewToken {
  std::string text;
  AccessToken row;
};
NewToken MakeToken(std::string name, Micros now, Micros expires);

}  // namespace firn::catalog

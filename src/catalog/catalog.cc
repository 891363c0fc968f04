#include "catalog/catalog.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/json.hpp>
#include <set>

#include "base/errors.h"
#include "base/ids.h"
#include "base/log.h"
#include "catalog/bootstrap.h"
#include "catalog/checkpointer.h"
#include "catalog/commit_observer.h"
#include "catalog/follower.h"
#include "catalog/log.h"
#include "catalog/numbers.h"
#include "catalog/versions.h"
#include "catalog/writer.h"

namespace firn::catalog {

namespace {

/// A snapshot's summary names that many query ids at most: the last ones.
constexpr size_t kQueryIdsMax = 100;

std::string NodeName() {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  return std::string(host.data()) + ":" + std::to_string(getpid());
}

/// Tables whose rows, metadata or definition a transaction changes.
std::vector<std::string> TablesOf(const Transaction& transaction) {
  std::set<std::string> ids;
  for (const PendingTable& table : transaction.tables) ids.insert(table.table()->id);
  for (const ObjectChange& change : transaction.objects) {
    if (change.verb == ObjectChange::Verb::kUndrop || change.object.kind() == ObjectKind::kTable) {
      ids.insert(change.object.id.empty() ? change.id : change.object.id);
    }
  }
  return {ids.begin(), ids.end()};
}

std::string JoinedQueryIds(const std::vector<StatementInfo>& statements) {
  std::string ids;
  const size_t first = statements.size() > kQueryIdsMax ? statements.size() - kQueryIdsMax : 0;
  for (size_t i = first; i < statements.size(); ++i) {
    if (statements[i].query_id.empty()) continue;
    if (!ids.empty()) ids += ',';
    ids += statements[i].query_id;
  }
  return ids;
}

/// Rule 9: the positions that this commit moves, as a JSON object; "" for none.
std::string AppliedText(const std::vector<OffsetMove>& moves, const std::string& table_id) {
  boost::json::object out;
  for (const OffsetMove& move : moves) {
    if (move.owner_id == table_id && move.to) out[move.key] = *move.to;
  }
  return out.empty() ? std::string() : boost::json::serialize(out);
}

/// Paths of the files that a change adds.
std::vector<std::string> PathsOf(const storage::Store& store, const iceberg::TableChange& change) {
  std::vector<std::string> paths;
  for (const auto* files : {&change.added, &change.added_deletes}) {
    for (const iceberg::DataFile& file : *files) {
      if (Result<std::string> path = store.PathOf(file.path); path.ok()) paths.push_back(*std::move(path));
    }
  }
  return paths;
}

class LogCatalog final : public Catalog {
 public:
  LogCatalog(std::shared_ptr<storage::Store> store, Secrets secrets, CatalogOptions options)
      : options_(std::move(options)),
        store_(std::move(store)),
        secrets_(std::move(secrets)),
        log_(*store_, *options_.clock),
        pool_(options_.parallel_writes),
        versions_(store_, options_.versions_cached, options_.allowed_folders),
        locks_(*options_.clock),
        pins_([this] { return Current()->position(); }),
        numbers_([this](const std::string& id, int64_t count) { return Lease(id, count); }) {}

  ~LogCatalog() override {
    // The writer offers states to the checkpointer.
    writer_.reset();
    checkpointer_.reset();
  }

  Status Start();

  Result<StatePtr> Head() override { return follower_->Fresh(); }
  StatePtr Current() const override { return follower_->Current(); }

  Result<TableVersionPtr> TableAt(const CatalogState& state, const Object& table) override;
  Result<TableVersionPtr> TableAsOf(const CatalogState& state, const Object& table, const TimePoint& point) override {
    FIRN_ASSIGN(TableVersionPtr current, TableAt(state, table));
    return versions_.AsOf(*current, table, point, state.FullName(table), OldestOf(state, table));
  }
  Result<TableVersionPtr> TableAtSnapshot(const CatalogState& state, const Object& table,
                                          int64_t snapshot_id) override {
    FIRN_ASSIGN(TableVersionPtr current, TableAt(state, table));
    if (current->snapshot_id == snapshot_id) return current;
    return versions_.AtSnapshot(*current, snapshot_id, state.FullName(table), OldestOf(state, table));
  }
  Result<TableVersionPtr> ForeignTable(const std::string& table_id, const std::string& metadata_uri) override {
    return versions_.Load(table_id, metadata_uri, true);
  }

  Result<TableVersionPtr> NewTable(const std::string& table_id, iceberg::NewTableOptions options) override;
  Result<TableVersionPtr> CloneTable(const std::string& table_id, const TableVersion& source) override;

  Result<CommitResult> Commit(Transaction transaction, const Canceled& canceled) override;
  void Discard(const std::vector<PendingTable>& tables) override;
  Result<std::vector<Catalog::Numbers>> NextNumbers(const std::string& sequence_id, int64_t count) override;

  void Observe(CommitObserver* observer) override { observer_ = observer; }
  Locks& locks() override { return locks_; }
  const Pins& pins() const override { return pins_; }
  const Secrets& secrets() const override { return secrets_; }
  const std::shared_ptr<storage::Store>& store() const override { return store_; }
  Clock& clock() override { return *options_.clock; }
  std::optional<std::string> generated_password() const override { return generated_password_; }
  std::optional<Error> stopped() const override { return writer_->stopped(); }
  Status Checkpoint() override { return log_.WriteCheckpoint(*Current()); }

 private:
  static int64_t OldestOf(const CatalogState& state, const Object& table) {
    const TableHead* head = state.Head(table.id);
    return head ? head->oldest_sequence : 0;
  }
  Status MakeAccount();
  Status Prepare(PendingCommit* commit);
  Result<SequenceMove> Lease(const std::string& sequence_id, int64_t count);
  void Remove(const std::vector<std::string>& uris);
  void OfferCheckpoint(const StatePtr& state) {
    if (checkpointer_ && state->position() % options_.checkpoint_every == 0) checkpointer_->Offer(state);
  }

  const CatalogOptions options_;
  const std::shared_ptr<storage::Store> store_;
  const Secrets secrets_;
  Log log_;
  WritePool pool_;
  Versions versions_;
  Locks locks_;
  Pins pins_;
  catalog::Numbers numbers_;
  std::optional<Follower> follower_;
  std::unique_ptr<Checkpointer> checkpointer_;
  std::unique_ptr<Writer> writer_;
  std::optional<std::string> generated_password_;
  std::atomic<CommitObserver*> observer_{nullptr};
};

Status LogCatalog::Start() {
  FIRN_ASSIGN(StatePtr state, log_.Load());
  follower_.emplace(log_, std::move(state));
  if (options_.checkpoint_every > 0) checkpointer_ = std::make_unique<Checkpointer>(log_);
  Writer::Options writer;
  writer.node = options_.node.empty() ? NodeName() : options_.node;
  writer.batch_wait = options_.batch_wait;
  writer.snapshots_kept = options_.snapshots_kept;
  writer.after_entry = [this](const StatePtr& after) { OfferCheckpoint(after); };
  writer_ = std::make_unique<Writer>(*store_, pool_, *options_.clock, log_, *follower_, versions_, std::move(writer));
  FIRN_ASSIGN(StatePtr head, Head());
  if (head->position() == 0) return MakeAccount();
  // Nothing is shown or built upon that a power cut could take back.
  return log_.Sync(head->position());
}

Status LogCatalog::MakeAccount() {
  const std::string password = options_.admin_password.empty() ? RandomPassword() : options_.admin_password;
  Result<CommitResult> made = Commit(NewAccount(password), {});
  if (made.ok()) {
    if (options_.admin_password.empty()) generated_password_ = password;
    return Ok();
  }
  // Two processes that start at once: the other one made the account.
  if (made.error().Is(errors::kObjectExists)) return Ok();
  return std::move(made).error();
}

Result<TableVersionPtr> LogCatalog::TableAt(const CatalogState& state, const Object& table) {
  const TableHead* head = state.Head(table.id);
  const TableInfo* info = table.As<TableInfo>();
  if (!head || !info) return Error(errors::kObjectNotFound, {table.name});
  return versions_.Load(table.id, head->metadata_location, info->read_only);
}

Result<TableVersionPtr> LogCatalog::NewTable(const std::string& table_id, iceberg::NewTableOptions options) {
  if (options.uuid.empty()) options.uuid = table_id;
  if (options.location.empty()) options.location = store_->Uri("data/" + table_id);
  if (options.timestamp_ms == 0) options.timestamp_ms = options_.clock->Now() / 1000;
  FIRN_ASSIGN(iceberg::TableMetadata metadata, iceberg::NewTable(std::move(options)));
  TableVersion version;
  version.table_id = table_id;
  version.metadata = std::make_shared<const iceberg::TableMetadata>(std::move(metadata));
  version.files = std::make_shared<const iceberg::TableFiles>();
  version.store = store_;
  version.schema = SchemaOf(version.metadata, nullptr);
  return std::make_shared<const TableVersion>(std::move(version));
}

Result<TableVersionPtr> LogCatalog::CloneTable(const std::string& table_id, const TableVersion& source) {
  if (source.store != store_) return Error(errors::kUnsupported, {"CLONE of a table that belongs to somebody else"});
  iceberg::TableMetadata metadata = *source.metadata;
  metadata.table_uuid = table_id;
  metadata.location = store_->Uri("data/" + table_id);
  metadata.metadata_log.clear();
  metadata.refs.clear();
  metadata.other.clear();
  metadata.current_snapshot_id = source.snapshot_id;
  std::erase_if(metadata.snapshots,
                [&](const iceberg::SnapshotPtr& snapshot) { return (*snapshot)->snapshot_id != source.snapshot_id; });
  metadata.snapshot_log.clear();
  if (source.snapshot_id) {
    metadata.refs["main"].snapshot_id = *source.snapshot_id;
    metadata.snapshot_log.push_back({(*metadata.snapshots.front())->timestamp_ms, *source.snapshot_id});
  }
  std::erase_if(metadata.properties, [](const auto& row) { return row.first.starts_with("firn."); });
  metadata.last_updated_ms = std::max(metadata.last_updated_ms, options_.clock->Now() / 1000);
  TableVersion version;
  version.table_id = table_id;
  version.metadata = std::make_shared<const iceberg::TableMetadata>(std::move(metadata));
  version.files = source.files;
  version.snapshot_id = source.snapshot_id;
  version.store = store_;
  version.schema = SchemaOf(version.metadata, nullptr);
  return std::make_shared<const TableVersion>(std::move(version));
}

Status LogCatalog::Prepare(PendingCommit* commit) {
  const std::string query_ids = JoinedQueryIds(commit->transaction.statements);
  for (const PendingTable& pending : commit->transaction.tables) {
    const TableInfo* info = pending.table()->As<TableInfo>();
    if (info && info->read_only && !pending.is_new()) {
      return Error(errors::kUnsupported, {"a change of the read-only table " + pending.name()});
    }
    commit->prepared.emplace_back();
    if (!pending.has_files()) continue;
    iceberg::TableChange change = pending.combined();
    if (!query_ids.empty()) change.summary[kQueryIdKey] = query_ids;
    change.summary[kVerbKey] = Name(pending.verb());
    if (std::string applied = AppliedText(commit->transaction.offsets, pending.table()->id); !applied.empty()) {
      change.summary[kAppliedKey] = std::move(applied);
    }
    if (!commit->writes) commit->writes = std::make_unique<WriteBehind>(*store_, pool_);
    // What the engine wrote is made durable while the manifests are made.
    FIRN_TRY(commit->writes->Sync(PathsOf(*store_, change)));
    FIRN_ASSIGN(iceberg::PreparedChange prepared,
                iceberg::PreparedChange::Make(*commit->writes, *pending.latest()->metadata, *pending.latest()->files,
                                              std::move(change)));
    commit->prepared.back().emplace(std::move(prepared));
  }
  return Ok();
}

Result<CommitResult> LogCatalog::Commit(Transaction transaction, const Canceled& canceled) {
  std::erase_if(transaction.tables, [](const PendingTable& table) { return table.empty(); });
  if (transaction.empty()) {
    StatePtr state = Current();
    return CommitResult{state->position(), state->time(), {}};
  }
  if (std::optional<Error> why = stopped()) return *why;
  CommitObserver* observer = observer_;
  std::vector<std::string> table_ids;
  if (observer) {
    FIRN_TRY(observer->BeforeCommit(transaction));
    table_ids = TablesOf(transaction);
  }
  auto commit = std::make_shared<PendingCommit>(NewUuid());
  commit->transaction = std::move(transaction);
  Result<CommitResult> result = CommitResult{};
  if (Status prepared = Prepare(commit.get()); !prepared.ok()) {
    if (prepared.error().Is(errors::kWriterStopped)) writer_->Stop(prepared.error());
    result = std::move(prepared).error();
  } else {
    writer_->Submit(commit);
    result = commit->Wait(canceled);
    // The writer may still be at a withdrawn commit, and tidies up after it.
    if (!result.ok() && commit->phase == PendingCommit::Phase::kWithdrawn) return result;
  }
  if (!result.ok() && !result.error().Is(errors::kOutcomeUnknown)) {
    if (commit->writes) (void)commit->writes->Wait().ok();
    for (const auto& prepared : commit->prepared) {
      if (prepared) Remove(prepared->Leftovers(true));
    }
  }
  if (result.ok() && observer) observer->AfterCommit(table_ids);
  return result;
}

void LogCatalog::Remove(const std::vector<std::string>& uris) {
  for (const std::string& uri : uris) {
    Result<std::string> path = store_->PathOf(uri);
    // What cannot be deleted is an orphan for the garbage collection.
    if (path.ok()) (void)store_->Delete(*path).ok();
  }
}

void LogCatalog::Discard(const std::vector<PendingTable>& tables) {
  for (const PendingTable& table : tables) Remove(table.written_files());
}

Result<SequenceMove> LogCatalog::Lease(const std::string& sequence_id, int64_t count) {
  if (std::optional<Error> why = stopped()) return *why;
  auto commit = std::make_shared<PendingCommit>(NewUuid());
  commit->leases.push_back({sequence_id, count});
  writer_->Submit(commit);
  FIRN_TRY(commit->Wait({}));
  return commit->leased.front();
}

Result<std::vector<Catalog::Numbers>> LogCatalog::NextNumbers(const std::string& sequence_id, int64_t count) {
  ObjectRef object = Current()->ById(sequence_id);
  const SequenceInfo* sequence = object ? object->As<SequenceInfo>() : nullptr;
  if (!sequence) return Error(errors::kCannotPerform);
  return numbers_.Take(sequence_id, sequence->step, count);
}

}  // namespace

Result<std::unique_ptr<Catalog>> Catalog::Open(std::shared_ptr<storage::Store> store, Secrets secrets,
                                               CatalogOptions options) {
  auto catalog = std::make_unique<LogCatalog>(std::move(store), std::move(secrets), std::move(options));
  FIRN_TRY(catalog->Start());
  return std::unique_ptr<Catalog>(std::move(catalog));
}

}  // namespace firn::catalog

#include "catalog/batch.h"

#include <algorithm>
#include <chrono>

#include "base/errors.h"
#include "base/ids.h"
#include "catalog/validate.h"

namespace firn::catalog {

namespace {

constexpr std::chrono::milliseconds kLook{20};

/// Rule 16: numbers are leased as a block of `count` steps.
Result<SequenceMove> LeaseBlock(const CatalogState& state, const PendingCommit::Lease& lease) {
  ObjectRef object = state.ById(lease.sequence_id);
  const SequenceInfo* sequence = object && state.IsAlive(*object) ? object->As<SequenceInfo>() : nullptr;
  if (!sequence) return Error(errors::kCannotPerform);
  FIRN_ASSIGN(int64_t from, state.SequenceNext(lease.sequence_id));
  int64_t length = 0;
  int64_t to = 0;
  if (__builtin_mul_overflow(sequence->step, lease.count, &length) || __builtin_add_overflow(from, length, &to)) {
    return Error(errors::kNumericOutOfRange, {std::to_string(from)});
  }
  return SequenceMove{lease.sequence_id, from, to};
}

}  // namespace

void PendingCommit::Answer(Result<CommitResult> result) {
  std::lock_guard lock(mutex_);
  if (!result_) result_ = std::move(result);
  answered_.notify_all();
}

bool PendingCommit::IsAnswered() {
  std::lock_guard lock(mutex_);
  return result_.has_value();
}

Result<CommitResult> PendingCommit::Wait(const Canceled& canceled) {
  std::unique_lock lock(mutex_);
  while (!result_) {
    if (!canceled) {
      answered_.wait(lock);
      continue;
    }
    answered_.wait_for(lock, kLook);
    if (result_ || !canceled()) continue;
    Phase waiting = Phase::kWaiting;
    if (phase.compare_exchange_strong(waiting, Phase::kWithdrawn)) return Error(errors::kCanceled);
  }
  return std::move(*result_);
}

Batch::Batch(storage::Store& store, WritePool& pool, Versions& versions, StatePtr state, Micros now,
             const std::string& node, int snapshots_kept)
    : writes_(store, pool),
      versions_(versions),
      base_(std::move(state)),
      snapshots_kept_(snapshots_kept),
      builder_(*base_) {
  entry_.id = NewUuid();
  entry_.position = base_->position() + 1;
  // Snapshots keep milliseconds: entries differ in them, so that each has a time of its own.
  entry_.time = std::max(now, (base_->time() / 1000 + 1) * 1000);
  entry_.node = node;
}

Result<Batch::Work> Batch::Find(const CatalogState& state, const std::map<std::string, Work>& staged,
                                const PendingTable& pending) const {
  const std::string& table_id = pending.table()->id;
  if (auto found = staged.find(table_id); found != staged.end()) return found->second;
  if (auto found = works_.find(table_id); found != works_.end()) return found->second;
  Work work;
  work.store = pending.planned_on()->store;
  if (pending.is_new()) {
    const TableVersion& initial = *pending.initial();
    work.metadata = *initial.metadata;
    work.files = initial.files;
    // A table of others keeps its own metadata.
    work.after = initial.metadata_location;
    work.changed = true;
    return work;
  }
  const TableHead* head = state.Head(table_id);
  if (!head) return Error(errors::kConflict, {pending.name(), "it was dropped or replaced"});
  FIRN_ASSIGN(TableVersionPtr version, versions_.Load(table_id, head->metadata_location, false));
  work.before = head->metadata_location;
  work.before_updated_ms = version->metadata->last_updated_ms;
  work.metadata = *version->metadata;
  work.files = version->files;
  return work;
}

Status Batch::AddTable(const PendingCommitPtr& commit, size_t index, const CatalogState& state,
                       std::map<std::string, Work>* staged, CommitRecord* record) {
  const PendingTable& pending = commit->transaction.tables[index];
  if (pending.empty()) return Ok();
  FIRN_ASSIGN(Work work, Find(state, *staged, pending));
  if (!pending.is_new()) {
    FIRN_TRY(ValidateTable(state, pending, commit->transaction.explicit_transaction, work.changed ? "" : work.before,
                           work.metadata, *work.files));
  }
  const int64_t now_ms = entry_.time / 1000;
  for (const MetadataEdit& edit : pending.edits()) FIRN_TRY(edit(&work.metadata, now_ms));
  TableMove move{pending.table()->id, pending.verb(), work.before, {}, {}, {}};
  if (pending.has_files()) {
    FIRN_ASSIGN(iceberg::AppliedChange applied,
                commit->prepared[index]->Apply(writes_, work.metadata, *work.files, entry_.time));
    work.metadata = std::move(applied.metadata);
    work.files = std::move(applied.files);
    move.snapshot_id = applied.snapshot_id;
    ++work.snapshots_added;
  }
  work.changed = true;
  (*staged)[move.table_id] = std::move(work);
  record->tables.push_back(std::move(move));
  return Ok();
}

Status Batch::Add(const PendingCommitPtr& commit) {
  CommitRecord record;
  record.id = commit->id;
  record.statements = commit->transaction.statements;
  FIRN_TRY(ValidateRequests(builder_.state(), record.statements));
  // Copies share all that stays the same; on an error they are dropped.
  StateBuilder trial = builder_;
  for (ObjectChange change : commit->transaction.objects) {
    FIRN_TRY(ValidateChange(trial.state(), entry_.time, &change));
    CommitRecord one;
    one.objects.push_back(change);
    FIRN_TRY(trial.Apply(one, entry_.position, entry_.time));
    record.objects.push_back(std::move(change));
  }
  std::map<std::string, Work> staged;
  for (size_t i = 0; i < commit->transaction.tables.size(); ++i) {
    FIRN_TRY(AddTable(commit, i, trial.state(), &staged, &record));
  }
  CommitRecord rest;
  for (const PendingCommit::Lease& lease : commit->leases) {
    FIRN_ASSIGN(SequenceMove move, LeaseBlock(trial.state(), lease));
    rest.sequences = {move};
    FIRN_TRY(trial.Apply(rest, entry_.position, entry_.time));
    record.sequences.push_back(std::move(move));
  }
  rest.sequences.clear();
  for (const OffsetMove& move : commit->transaction.offsets) {
    FIRN_TRY(ValidateOffset(trial.state(), move));
    rest.offsets = {move};
    FIRN_TRY(trial.Apply(rest, entry_.position, entry_.time));
    record.offsets.push_back(move);
  }
  rest.offsets.clear();
  for (const RunChange& change : commit->transaction.runs) {
    FIRN_TRY(ValidateRun(trial.state(), entry_.time, change));
    rest.runs = {change.run};
    FIRN_TRY(trial.Apply(rest, entry_.position, entry_.time));
    record.runs.push_back(change.run);
  }
  rest.runs.clear();
  for (const HistoryNeed& need : commit->transaction.needs) FIRN_TRY(ValidateNeed(trial.state(), need));
  for (const TableExpiry& expiry : commit->transaction.expired) {
    FIRN_TRY(ValidateExpiry(trial.state(), expiry));
    rest.expired = {expiry};
    FIRN_TRY(trial.Apply(rest, entry_.position, entry_.time));
    record.expired.push_back(expiry);
  }
  rest.expired.clear();
  rest.statements = record.statements;
  FIRN_TRY(trial.Apply(rest, entry_.position, entry_.time));
  builder_ = std::move(trial);
  for (auto& [table_id, work] : staged) works_[table_id] = std::move(work);
  entry_.commits.push_back(std::move(record));
  members_.push_back(commit);
  return Ok();
}

Status Batch::Complete() {
  for (auto& [table_id, work] : works_) {
    if (!work.changed || !work.after.empty()) continue;
    // Every snapshot is in one metadata file at least: time travel by statement goes from file to file.
    FIRN_TRY(TrimSnapshots(&work.metadata, std::max(snapshots_kept_, work.snapshots_added + 1),
                           work.metadata.last_updated_ms));
    FIRN_ASSIGN(work.after, iceberg::WriteTableMetadata(writes_, &work.metadata, work.before, work.before_updated_ms));
    written_.push_back(work.after);
  }
  for (CommitRecord& record : entry_.commits) {
    for (TableMove& move : record.tables) {
      const Work& work = works_.at(move.table_id);
      move.to = work.after;
      move.current = work.metadata.current_snapshot_id;
    }
  }
  StateBuilder last(*base_);
  FIRN_TRY(last.Apply(entry_));
  next_ = last.Finish();
  return writes_.Wait();
}

void Batch::KeepVersions() {
  for (auto& [table_id, work] : works_) {
    TableVersion version;
    version.table_id = table_id;
    version.metadata_location = work.after;
    version.metadata = std::make_shared<const iceberg::TableMetadata>(std::move(work.metadata));
    version.files = std::move(work.files);
    version.snapshot_id = version.metadata->current_snapshot_id;
    version.store = std::move(work.store);
    version.schema = SchemaOf(version.metadata, nullptr);
    auto shared = std::make_shared<const TableVersion>(std::move(version));
    versions_.Keep(shared);
    made_.emplace(table_id, std::move(shared));
  }
}

void Batch::AnswerMembers() {
  for (size_t i = 0; i < members_.size(); ++i) {
    const CommitRecord& record = entry_.commits[i];
    CommitResult result{entry_.position, entry_.time, {}};
    for (const TableMove& move : record.tables) result.tables.emplace_back(move.table_id, made_.at(move.table_id));
    members_[i]->leased = record.sequences;
    members_[i]->Answer(std::move(result));
  }
}

}  // namespace firn::catalog

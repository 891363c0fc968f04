#include "delta/mirror.h"

#include <algorithm>

#include "base/errors.h"
#include "base/log.h"

namespace firn::delta {

using catalog::Object;
using catalog::ObjectChange;
using catalog::ObjectKind;
using catalog::ObjectRef;

namespace {

constexpr Micros kRetryFirst = 1'000'000;
constexpr Micros kRetryMost = 60'000'000;

std::string Option(const Object& table, const char* name) {
  auto found = table.options.find(name);
  return found == table.options.end() ? "" : Upper(found->second);
}

/// The changed or new object of a table in a transaction, or null.
const Object* ChangeOf(const catalog::Transaction& transaction, const std::string& table_id) {
  const Object* found = nullptr;
  for (const ObjectChange& change : transaction.objects) {
    const bool defines = change.verb == ObjectChange::Verb::kCreate || change.verb == ObjectChange::Verb::kReplace ||
                         change.verb == ObjectChange::Verb::kAlter;
    if (defines && change.object.id == table_id) found = &change.object;
  }
  return found;
}

}  // namespace

bool IsMirrored(const Object& table) { return table.kind() == ObjectKind::kTable && Option(table, "DELTA") == "TRUE"; }
bool IsReaderOne(const Object& table) { return Option(table, "DELTA_READER") == "1"; }

struct Mirror::Table {
  explicit Table(std::string table_id) : id(std::move(table_id)) {}
  const std::string id;

  std::mutex publishing;  ///< of what follows
  std::unique_ptr<TableLog> log;
  bool loaded = false;
  int64_t position = -1;         ///< of Firn's log that was published last by this process
  int64_t object_version = -1;   ///< of the definition at that time
  std::optional<Error> stopped;  ///< for a foreign version

  // Under Mirror::mutex_.
  uint64_t requested = 0;  ///< counts commits
  uint64_t published = 0;  ///< up to this one, or tried
  bool running = false;
  bool is_stopped = false;
  bool last_ok = true;
  Micros retry_at = 0;  ///< 0: not before the next commit
  Micros pause = kRetryFirst;
};

Mirror::Mirror(catalog::Catalog& catalog, engine::Engine& engine, MirrorOptions options)
    : catalog_(catalog), parquet_(engine, options.scratch_folder), options_(std::move(options)) {
  for (int i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { Work(); });
}

Mirror::~Mirror() {
  catalog_.Observe(nullptr);
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  work_.notify_all();
  done_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

Mirror::TablePtr Mirror::Find(const std::string& table_id) {
  std::lock_guard lock(mutex_);
  TablePtr& table = tables_[table_id];
  if (!table) table = std::make_shared<Table>(table_id);
  return table;
}

void Mirror::Start() {
  catalog_.Observe(this);
  const catalog::StatePtr state = catalog_.Current();
  for (const ObjectRef& database : state->Children("", ObjectKind::kDatabase)) {
    for (const ObjectRef& schema : state->Children(database->id, ObjectKind::kSchema)) {
      for (const ObjectRef& table : state->Children(schema->id, ObjectKind::kTable)) {
        if (!IsMirrored(*table)) continue;
        if (options_.threads > 0) {
          Request(Find(table->id));
        } else if (Status published = Publish(table->id); !published.ok()) {
          log::error("delta: {}: {}", state->FullName(*table), published.error().Message());
        }
      }
    }
  }
}

// --- publishing ------------------------------------------------------------------------------------------------------

Status Mirror::Publish(const std::string& table_id) {
  TablePtr table = Find(table_id);
  std::lock_guard lock(table->publishing);
  Status status = PublishLocked(*table);
  if (!status.ok()) {
    ++failed_;
    // What was written meanwhile is not known: the log is read again.
    table->loaded = false;
  }
  std::lock_guard stats_lock(mutex_);
  table->is_stopped = table->stopped.has_value();
  return status;
}

Status Mirror::PublishLocked(Table& table) {
  constexpr int kRoundsMax = 1000;
  for (int round = 0; round < kRoundsMax; ++round) {
    const catalog::StatePtr state = catalog_.Current();
    const ObjectRef object = state->ById(table.id);
    const catalog::TableHead* head = object ? state->Head(table.id) : nullptr;
    if (!head || !state->IsAlive(*object) || !IsMirrored(*object)) return Ok();
    const bool same = object->version == table.object_version;
    if (table.stopped && same) return *table.stopped;
    if (table.loaded && same && head->position <= table.position) return Ok();
    table.stopped.reset();
    bool lost = false;
    Status advanced = Advance(table, *state, *object, &lost);
    table.object_version = object->version;
    if (!advanced.ok()) {
      if (IsForeign(advanced.error())) table.stopped = advanced.error();
      return advanced;
    }
    if (lost) continue;
    table.position = head->position;
    if (Status checkpoint = table.log->MaybeCheckpoint(); !checkpoint.ok()) {
      // The log is whole without it; the next commit tries again.
      log::warn("delta: no checkpoint of {}: {}", state->FullName(*object), checkpoint.error().Message());
    }
    return Ok();
  }
  return Error(errors::kInternal, {"the Delta log of " + table.id + " is moved on by others without end"});
}

Status Mirror::Advance(Table& table, const catalog::CatalogState& state, const Object& object, bool* lost) {
  FIRN_ASSIGN(catalog::TableVersionPtr version, catalog_.TableAt(state, object));
  if (!table.log || !table.loaded) {
    table.log = std::make_unique<TableLog>(catalog_.store(), version->metadata->location, parquet_, catalog_.clock(),
                                           options_.log);
    FIRN_TRY(table.log->Load());
    table.loaded = true;
  }
  FIRN_ASSIGN(std::vector<Target> steps, Steps(table, state, object, std::move(version)));
  for (const Target& step : steps) {
    FIRN_ASSIGN(TableLog::Outcome outcome, table.log->Advance(step));
    if (outcome == TableLog::Outcome::kWritten) ++commits_;
    *lost = outcome == TableLog::Outcome::kLost;
    if (*lost) return Ok();
  }
  return Ok();
}

Result<std::vector<Target>> Mirror::Steps(const Table& table, const catalog::CatalogState& state, const Object& object,
                                          catalog::TableVersionPtr head) {
  const LogState& log = table.log->state();
  const iceberg::TableMetadata& metadata = *head->metadata;
  const int64_t position = state.Head(object.id)->position;
  std::vector<Target> steps;
  // Another node has published more than this one knows of.
  if (metadata.last_sequence_number < log.sequence || position < log.position) return steps;
  Target step;
  step.name = state.FullName(object);
  step.reader_one = IsReaderOne(object);
  const iceberg::SnapshotPtr* current = metadata.CurrentSnapshot();
  if (log.version < 0 && current) step.snapshot = &***current;
  if (log.version >= 0 && current) {
    std::vector<const iceberg::Snapshot*> chain;  // the newest first
    for (const iceberg::SnapshotPtr* at = current; at && (**at)->sequence_number > log.sequence;) {
      chain.push_back(&***at);
      at = (**at)->parent_snapshot_id ? metadata.FindSnapshot(*(**at)->parent_snapshot_id) : nullptr;
    }
    std::reverse(chain.begin(), chain.end());
    int64_t sequence = log.sequence;
    for (const iceberg::Snapshot* snapshot : chain) {
      const iceberg::SnapshotPtr* parent =
          snapshot->parent_snapshot_id ? metadata.FindSnapshot(*snapshot->parent_snapshot_id) : nullptr;
      step.snapshot = snapshot;
      step.sequence = snapshot->sequence_number;
      step.follows = parent && (**parent)->sequence_number == sequence;
      sequence = snapshot->sequence_number;
      if (snapshot == chain.back()) break;  // that is the head
      FIRN_ASSIGN(step.version, catalog_.TableAtSnapshot(state, object, snapshot->snapshot_id));
      steps.push_back(step);
    }
  }
  step.version = std::move(head);
  step.sequence = metadata.last_sequence_number;
  step.position = position;
  steps.push_back(std::move(step));
  return steps;
}

// --- the threads -----------------------------------------------------------------------------------------------------

void Mirror::Request(const TablePtr& table) {
  {
    std::lock_guard lock(mutex_);
    ++table->requested;
  }
  work_.notify_one();
}

void Mirror::Work() {
  constexpr std::chrono::milliseconds kLook{500};  ///< for tables that are to be tried again
  std::unique_lock lock(mutex_);
  while (!closing_) {
    const Micros now = catalog_.clock().Now();
    TablePtr table;
    for (auto& [id, candidate] : tables_) {
      const bool wanted =
          candidate->requested > candidate->published || (candidate->retry_at != 0 && candidate->retry_at <= now);
      if (wanted && !candidate->running) table = candidate;
    }
    if (!table) {
      work_.wait_for(lock, kLook);
      continue;
    }
    const uint64_t request = table->requested;
    table->running = true;
    table->retry_at = 0;
    lock.unlock();
    Status status = Publish(table->id);
    lock.lock();
    table->running = false;
    table->published = request;
    table->last_ok = status.ok();
    if (status.ok()) {
      table->pause = kRetryFirst;
    } else {
      log::error("delta: table {} is not published: {}", table->id, status.error().Message());
      if (!table->is_stopped) table->retry_at = catalog_.clock().Now() + table->pause;
      table->pause = std::min(table->pause * 2, kRetryMost);
    }
    done_.notify_all();
    if (table->requested > table->published) work_.notify_one();
  }
}

void Mirror::AfterCommit(const std::vector<std::string>& table_ids) {
  const catalog::StatePtr state = catalog_.Current();
  std::vector<std::pair<TablePtr, uint64_t>> waiting;
  for (const std::string& id : table_ids) {
    const ObjectRef object = state->ById(id);
    if (!object || !IsMirrored(*object)) continue;
    if (options_.threads == 0) {
      if (Status published = Publish(id); !published.ok()) {
        ++late_;
        log::error("delta: {}: {}", state->FullName(*object), published.error().Message());
      }
      continue;
    }
    TablePtr table = Find(id);
    Request(table);
    std::lock_guard lock(mutex_);
    waiting.emplace_back(table, table->requested);
  }
  if (waiting.empty()) return;
  std::unique_lock lock(mutex_);
  auto tried = [&] {
    return closing_ || std::all_of(waiting.begin(), waiting.end(),
                                   [](const auto& row) { return row.first->published >= row.second; });
  };
  const bool in_time = done_.wait_for(lock, options_.wait, tried);
  const bool published =
      in_time && std::all_of(waiting.begin(), waiting.end(), [](const auto& row) { return row.first->last_ok; });
  if (published) return;
  ++late_;
  log::warn("delta: a commit was answered before its mirror was written");
}

MirrorStats Mirror::stats() const {
  MirrorStats stats{commits_, late_, failed_, 0};
  std::lock_guard lock(mutex_);
  for (const auto& [id, table] : tables_) stats.stopped += table->is_stopped ? 1 : 0;
  return stats;
}

// --- refusing --------------------------------------------------------------------------------------------------------

Status Mirror::CheckTable(const Object& object, const iceberg::TableMetadata& metadata, const iceberg::Schema* before,
                          const iceberg::TableFiles* files) const {
  if (object.As<catalog::TableInfo>()->read_only) {
    return Error(errors::kUnsupported, {"publishing a table as Delta that belongs to another catalog"});
  }
  if (IsReaderOne(object) && before) {
    for (const iceberg::Field& field : before->fields) {
      const iceberg::Field* now = metadata.schema().FindById(field.id);
      if (now && now->name == field.name) continue;
      return Error(errors::kUnsupported,
                   {std::string(now ? "renaming" : "dropping") + " a column of a table with DELTA_READER = 1"});
    }
  }
  return CheckPublishable(metadata, files, IsReaderOne(object));
}

Status Mirror::BeforeCommit(const catalog::Transaction& transaction) {
  const catalog::StatePtr state = catalog_.Current();
  for (const catalog::PendingTable& pending : transaction.tables) {
    const Object* changed = ChangeOf(transaction, pending.table()->id);
    const Object& object = changed ? *changed : *pending.table();
    if (!IsMirrored(object) || (pending.edits().empty() && !pending.is_new())) continue;
    const catalog::TableVersion& seen = *pending.planned_on();
    iceberg::TableMetadata trial = *seen.metadata;
    for (const catalog::MetadataEdit& edit : pending.edits()) FIRN_TRY(edit(&trial, catalog_.clock().Now() / 1000));
    FIRN_TRY(CheckTable(object, trial, pending.is_new() ? nullptr : &seen.metadata->schema(), seen.files.get()));
  }
  for (const ObjectChange& change : transaction.objects) {
    const Object& object = change.object;
    if (change.verb != ObjectChange::Verb::kAlter || !IsMirrored(object)) continue;
    const ObjectRef before = state->ById(object.id);
    // One that this transaction makes is looked at above.
    if (!before || before->options == object.options) continue;
    FIRN_ASSIGN(catalog::TableVersionPtr version, catalog_.TableAt(*state, object));
    FIRN_TRY(CheckTable(object, *version->metadata, nullptr, version->files.get()));
  }
  return Ok();
}

}  // namespace firn::delta

#include "pipeline/upkeep/history.h"

#include <algorithm>
#include <charconv>

#include "base/errors.h"

namespace firn::pipeline {

namespace {

using catalog::Object;
using catalog::ObjectKind;
using catalog::ObjectRef;
using catalog::TableVersionPtr;
using iceberg::SnapshotPtr;

/// Tags that keep a held snapshot in a table's newest metadata.
constexpr std::string_view kHeldTag = "firn-held-";

std::string HeldTag(int64_t snapshot_id) { return std::string(kHeldTag) + std::to_string(snapshot_id); }

/// The file to read next: the oldest whose snapshots reach up to the oldest one here, so that none is passed over.
const iceberg::MetadataLogEntry* NextFile(const iceberg::TableMetadata& metadata) {
  const auto& log = metadata.metadata_log;
  if (log.empty() || metadata.snapshot_log.empty()) return nullptr;
  const int64_t oldest = metadata.snapshot_log.front().timestamp_ms;
  auto next = std::find_if(log.begin(), log.end(),
                           [&](const iceberg::MetadataLogEntry& entry) { return entry.timestamp_ms >= oldest; });
  return next == log.end() ? &log.back() : &*next;
}

/// What an expiry does to the newest metadata.
catalog::MetadataEdit HoldAndRemove(int64_t to, std::vector<SnapshotPtr> held) {
  return [to, held = std::move(held)](iceberg::TableMetadata* metadata, int64_t now_ms) -> Status {
    std::set<std::string> tags;
    for (const SnapshotPtr& snapshot : held) {
      tags.insert(HeldTag((*snapshot)->snapshot_id));
      if (!metadata->FindSnapshot((*snapshot)->snapshot_id)) {
        auto& all = metadata->snapshots;
        auto after = std::find_if(all.begin(), all.end(), [&](const SnapshotPtr& other) {
          return (*other)->sequence_number > (*snapshot)->sequence_number;
        });
        all.insert(after, snapshot);
      }
      FIRN_TRY(iceberg::SetRef(metadata, HeldTag((*snapshot)->snapshot_id),
                               {.snapshot_id = (*snapshot)->snapshot_id, .is_tag = true}, now_ms));
    }
    std::erase_if(metadata->refs,
                  [&](const auto& ref) { return ref.first.starts_with(kHeldTag) && !tags.contains(ref.first); });
    std::set<int64_t> needed;
    for (const auto& [name, ref] : metadata->refs) needed.insert(ref.snapshot_id);
    if (metadata->current_snapshot_id) needed.insert(*metadata->current_snapshot_id);
    std::vector<int64_t> gone;
    for (const SnapshotPtr& snapshot : metadata->snapshots) {
      const int64_t id = (*snapshot)->snapshot_id;
      if ((*snapshot)->sequence_number < to && !needed.contains(id)) gone.push_back(id);
    }
    return gone.empty() ? Ok() : iceberg::RemoveSnapshots(metadata, gone, now_ms);
  };
}

bool NeedsEdit(const iceberg::TableMetadata& metadata, int64_t to, const std::vector<SnapshotPtr>& held) {
  std::set<int64_t> wanted;
  for (const SnapshotPtr& snapshot : held) wanted.insert((*snapshot)->snapshot_id);
  std::set<int64_t> needed = wanted, tagged;
  for (const auto& [name, ref] : metadata.refs) {
    if (name.starts_with(kHeldTag)) {
      tagged.insert(ref.snapshot_id);
    } else {
      needed.insert(ref.snapshot_id);
    }
  }
  if (tagged != wanted) return true;
  return std::any_of(metadata.snapshots.begin(), metadata.snapshots.end(), [&](const SnapshotPtr& snapshot) {
    return (*snapshot)->sequence_number < to && !needed.contains((*snapshot)->snapshot_id);
  });
}

/// The least sequence number that the rules keep.
Result<int64_t> Horizon(catalog::Catalog& catalog, const catalog::CatalogState& state, const Object& table,
                        const iceberg::TableMetadata& metadata, int64_t oldest, const TableRules& rules,
                        const UpkeepLimits& limits, bool ages) {
  const int64_t last = metadata.last_sequence_number;
  int64_t to = oldest;
  const int64_t most = std::max<int64_t>(rules.max_snapshots, 1);
  const int64_t slack = std::min(limits.snapshots_slack, std::max<int64_t>(most / 10, 1));
  if (last - std::max<int64_t>(oldest, 1) + 1 > most + slack) to = last - most + 1;
  if (ages) {
    // What was current when the retention began is still to be found by its time.
    auto then = catalog.TableAsOf(state, table, {.time = catalog.clock().Now() - rules.retention});
    if (!then.ok() && !then.error().Is(errors::kNoTimeTravel)) return std::move(then).error();
    if (then.ok() && (*then)->snapshot_id) {
      const SnapshotPtr* snapshot = (*then)->metadata->FindSnapshot(*(*then)->snapshot_id);
      if (snapshot) to = std::max(to, (**snapshot)->sequence_number);
    }
  }
  const SnapshotPtr* current = metadata.CurrentSnapshot();
  return current ? std::min(to, (**current)->sequence_number) : oldest;
}

}  // namespace

int64_t MetadataNumber(std::string_view path) {
  if (!path.ends_with(".metadata.json")) return -1;
  std::string_view name = path.substr(path.rfind('/') + 1);
  int64_t number = -1;
  auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), number);
  return failure == std::errc() && end != name.data() + name.size() && *end == '-' ? number : -1;
}

Result<History> ReadHistory(storage::Store& store, const catalog::TableVersion& version, int64_t down_to) {
  History history;
  std::shared_ptr<const iceberg::TableMetadata> metadata = version.metadata;
  std::string uri = version.metadata_location;
  while (true) {
    history.metadata_files.insert(uri);
    history.read.push_back({MetadataNumber(uri), metadata->last_sequence_number});
    for (const auto& entry : metadata->metadata_log) history.metadata_files.insert(entry.metadata_file);
    for (const SnapshotPtr& snapshot : metadata->snapshots) {
      history.snapshots.emplace((*snapshot)->sequence_number, snapshot);
    }
    const iceberg::MetadataLogEntry* next = NextFile(*metadata);
    if (!next || metadata->last_sequence_number < down_to) return history;
    const int64_t oldest = metadata->snapshot_log.front().snapshot_id;
    uri = next->metadata_file;
    auto older = iceberg::ReadTableMetadata(store, uri);
    if (!older.ok() && older.error().Is(errors::kNotFound)) return history;  // gone already
    if (!older.ok()) return std::move(older).error();
    if (older->snapshot_log.empty() || older->snapshot_log.front().snapshot_id == oldest) return history;
    metadata = std::make_shared<const iceberg::TableMetadata>(std::move(*older));
  }
}

std::map<std::string, std::set<int64_t>> HeldSnapshots(const catalog::CatalogState& state) {
  std::map<std::string, std::set<int64_t>> held;
  for (const ObjectRef& database : state.Children("", ObjectKind::kDatabase)) {
    for (const ObjectRef& schema : state.Children(database->id, ObjectKind::kSchema)) {
      for (const ObjectRef& stream : state.Children(schema->id, ObjectKind::kStream)) {
        for (const auto& [key, snapshot] : state.OffsetsOf(stream->id)) {
          if (key == catalog::kSnapshotOffset) held[stream->As<catalog::StreamInfo>()->table_id].insert(snapshot);
        }
      }
      for (const ObjectRef& table : state.Children(schema->id, ObjectKind::kTable)) {
        if (!table->As<catalog::TableInfo>()->dynamic) continue;
        for (const auto& [input, snapshot] : state.OffsetsOf(table->id)) held[input].insert(snapshot);
      }
    }
  }
  return held;
}

Result<std::optional<Expired>> Expire(catalog::Catalog& catalog, const catalog::StatePtr& state, const ObjectRef& table,
                                      const TableRules& rules, const UpkeepLimits& limits,
                                      const std::set<int64_t>& held, bool ages) {
  const catalog::TableHead* head = state->Head(table->id);
  if (!head || !head->snapshot_id) return std::optional<Expired>();
  FIRN_ASSIGN(TableVersionPtr version, catalog.TableAt(*state, *table));
  const iceberg::TableMetadata& metadata = *version->metadata;
  const int64_t from = head->oldest_sequence;
  FIRN_ASSIGN(int64_t to, Horizon(catalog, *state, *table, metadata, from, rules, limits, ages));
  if (to <= from && !ages) return std::optional<Expired>();
  std::vector<SnapshotPtr> kept;
  const Micros now = catalog.clock().Now();
  for (int64_t snapshot_id : held) {
    auto found = catalog.TableAtSnapshot(*state, *table, snapshot_id);
    if (!found.ok() && !found.error().Is(errors::kNoTimeTravel)) return std::move(found).error();
    if (!found.ok()) continue;
    const SnapshotPtr& snapshot = *(*found)->metadata->FindSnapshot(snapshot_id);
    const bool too_old = now - (*snapshot)->timestamp_ms * 1000 > std::max(rules.extension, rules.retention);
    if ((*snapshot)->sequence_number < to && !too_old) kept.push_back(snapshot);
  }
  const bool edit = NeedsEdit(metadata, to, kept);
  if (to <= from && !edit) return std::optional<Expired>();
  catalog::Transaction transaction;
  catalog::TableExpiry expiry{table->id, from, std::max(from, to), {}};
  for (const SnapshotPtr& snapshot : kept) expiry.held.push_back((*snapshot)->snapshot_id);
  transaction.expired.push_back(std::move(expiry));
  if (edit) {
    catalog::PendingTable pending(table, state->FullName(*table));
    FIRN_TRY(pending.Edit(catalog::Verb::kAlter, version, HoldAndRemove(to, std::move(kept))));
    transaction.tables.push_back(std::move(pending));
  }
  auto committed = catalog.Commit(std::move(transaction));
  if (!committed.ok() && committed.error().Is(errors::kConflict)) return std::optional<Expired>();
  if (!committed.ok()) return std::move(committed).error();
  return std::optional<Expired>(Expired{table->id, from, std::max(from, to), committed->position});
}

}  // namespace firn::pipeline

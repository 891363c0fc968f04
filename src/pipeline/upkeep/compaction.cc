#include "pipeline/upkeep/compaction.h"

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <unordered_set>

#include "base/errors.h"
#include "base/ids.h"
#include "catalog/versions.h"
#include "iceberg/partition_key.h"

namespace firn::pipeline {

namespace {

using catalog::Object;
using catalog::ObjectRef;
using catalog::TableVersion;
using catalog::TableVersionPtr;
using iceberg::DeletionVector;
using iceberg::LiveFilePtr;

constexpr int64_t kFirstTierBytes = 1 << 20;
constexpr int64_t kTierFactor = 8;
constexpr int kCommitTries = 5;
constexpr int kLockTries = 200;
constexpr std::chrono::milliseconds kLockPause{10};

/// Files of about the same size: rows are written anew once a tier.
int TierOf(int64_t size) {
  int tier = 0;
  for (int64_t limit = kFirstTierBytes; size >= limit; limit *= kTierFactor) ++tier;
  return tier;
}

int64_t DeletedRows(const iceberg::LiveFile& file) { return file.vector ? file.vector->record_count : 0; }

/// Whether the file's rows were plainly inserted, as far as the metadata still tells.
bool IsOfAppend(const iceberg::TableMetadata& metadata, const iceberg::DataFile& file) {
  const iceberg::SnapshotPtr* snapshot = metadata.FindSnapshot(file.added_snapshot_id);
  if (!snapshot) return false;
  const std::string operation = (**snapshot)->operation();
  return operation == iceberg::Name(iceberg::Operation::kAppend) ||
         operation == iceberg::Name(iceberg::Operation::kReplace);
}

bool MayRewrite(const iceberg::TableMetadata& metadata, const iceberg::LiveFile& file,
                std::optional<int64_t> pinned_from) {
  const iceberg::DataFile& data = *file.data;
  if (data.format != iceberg::FileFormat::kParquet || !file.equality_deletes.empty()) return false;
  const bool unread = pinned_from && data.first_row_id.value_or(0) + data.record_count > *pinned_from;
  return !unread || (!file.HasDeletes() && IsOfAppend(metadata, data));
}

std::string KeyOf(const iceberg::DataFile& file) {
  return std::to_string(file.spec_id) + "/" + iceberg::PartitionKey(file);
}

/// The columns that files of this spec are sorted by in place of partitions (statements::WriteRows).
std::vector<int> SortedBy(const iceberg::TableMetadata& metadata, int spec_id) {
  std::vector<int> columns;
  const iceberg::PartitionSpec* spec = metadata.FindSpec(spec_id);
  if (!spec || !spec->fields.empty()) return columns;
  for (const iceberg::PartitionField& field : metadata.spec().fields) {
    if (field.transform.kind != iceberg::Transform::Kind::kVoid) columns.push_back(field.source_id);
  }
  return columns;
}

/// Files by the least values of the columns.
void SortByBounds(const iceberg::Schema& schema, const std::vector<int>& columns, std::vector<LiveFilePtr>* files) {
  using Bounds = std::vector<std::optional<iceberg::Value>>;
  std::vector<std::pair<Bounds, LiveFilePtr>> rows;
  for (LiveFilePtr& file : *files) {
    Bounds bounds;
    for (int column : columns) {
      const iceberg::Field* field = schema.FindById(column);
      bounds.push_back(field ? file->data->LowerBound(column, field->type) : std::nullopt);
    }
    rows.emplace_back(std::move(bounds), std::move(file));
  }
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    for (size_t i = 0; i < a.first.size(); ++i) {
      const auto &left = a.first[i], &right = b.first[i];
      if (!left || !right) {
        if (left.has_value() != right.has_value()) return !left;
        continue;
      }
      if (const auto order = iceberg::Compare(*left, *right); order != 0) return order < 0;
    }
    return false;
  });
  std::transform(rows.begin(), rows.end(), files->begin(), [](auto& row) { return std::move(row.second); });
}

}  // namespace

std::vector<CompactionGroup> PlanCompaction(const TableVersion& version, const TableRules& rules,
                                            const UpkeepLimits& limits, std::optional<int64_t> pinned_from) {
  std::map<std::pair<std::string, int>, std::vector<LiveFilePtr>> tiers;
  std::vector<CompactionGroup> groups;
  for (const LiveFilePtr& file : version.files->files()) {
    if (!MayRewrite(*version.metadata, *file, pinned_from)) continue;
    const int64_t deleted = DeletedRows(*file);
    const double most = limits.deleted_share * static_cast<double>(file->data->record_count);
    if (deleted >= limits.deleted_rows && static_cast<double>(deleted) > most) {
      groups.push_back({{file}});
    } else if (file->data->size < rules.target_bytes * 3 / 4) {
      tiers[{KeyOf(*file->data), TierOf(file->data->size)}].push_back(file);
    }
  }
  std::vector<CompactionGroup> merges;
  for (auto& [tier, files] : tiers) {
    if (files.size() < limits.files_to_merge) continue;
    const std::vector<int> sort_by = SortedBy(*version.metadata, files[0]->data->spec_id);
    if (!sort_by.empty()) SortByBounds(version.metadata->schema(), sort_by, &files);
    for (size_t i = 0; i < files.size();) {
      CompactionGroup group{.files = {}, .sort_by = sort_by};
      int64_t bytes = 0;
      for (; i < files.size() && (group.files.empty() || bytes + files[i]->data->size <= rules.target_bytes); ++i) {
        bytes += files[i]->data->size;
        group.files.push_back(files[i]);
      }
      if (group.files.size() > 1) merges.push_back(std::move(group));
    }
  }
  groups.insert(groups.begin(), std::make_move_iterator(merges.begin()), std::make_move_iterator(merges.end()));
  return groups;
}

Result<std::optional<int64_t>> FirstUnreadRow(catalog::Catalog& catalog, const catalog::CatalogState& state,
                                              const Object& table) {
  std::optional<int64_t> first;
  for (const ObjectRef& database : state.Children("", catalog::ObjectKind::kDatabase)) {
    for (const ObjectRef& schema : state.Children(database->id, catalog::ObjectKind::kSchema)) {
      for (const ObjectRef& stream : state.Children(schema->id, catalog::ObjectKind::kStream)) {
        const auto& info = *stream->As<catalog::StreamInfo>();
        if (info.table_id != table.id || !info.append_only) continue;
        catalog::Offsets offsets = state.OffsetsOf(stream->id);
        auto offset = offsets.find(std::string(catalog::kSnapshotOffset));
        int64_t unread = 0;
        if (offset != offsets.end()) {
          auto version = catalog.TableAtSnapshot(state, table, offset->second);
          if (!version.ok()) continue;  // stale
          const iceberg::Snapshot& snapshot = ***(*version)->metadata->FindSnapshot(offset->second);
          unread = snapshot.first_row_id.value_or(0) + snapshot.added_rows.value_or(0);
        }
        first = std::min(first.value_or(unread), unread);
      }
    }
  }
  return first;
}

Result<std::shared_ptr<DeletionVector>> CarriedDeletes(storage::Store& store, const CompactionGroup& group,
                                                       const iceberg::TableFiles& head) {
  auto carried = std::make_shared<DeletionVector>();
  uint64_t start = 0;  // of the file's rows in the new file
  for (const LiveFilePtr& file : group.files) {
    FIRN_ASSIGN(auto old_deletes, iceberg::LoadDeletes(store, *file));
    const std::vector<uint64_t> old = old_deletes ? old_deletes->Positions() : std::vector<uint64_t>();
    const uint64_t kept = static_cast<uint64_t>(file->data->record_count) - old.size();
    const LiveFilePtr* now = head.Find(file->data->path);
    if (!now) {
      if (kept > 0) carried->AddRange(start, kept);
    } else if (*now != file) {
      FIRN_ASSIGN(auto new_deletes, iceberg::LoadDeletes(store, **now));
      size_t before = 0;  // old deletes in front of the position
      if (new_deletes) {
        new_deletes->ForEach([&](uint64_t position) {
          while (before < old.size() && old[before] < position) ++before;
          if (before < old.size() && old[before] == position) return;
          carried->Add(start + position - before);
        });
      }
    }
    start += kept;
  }
  return carried->Empty() ? nullptr : carried;
}

// --- committing ------------------------------------------------------------------------------------------------------

namespace {

/// Frees the lock at the end.
class BriefLock {
 public:
  explicit BriefLock(catalog::Catalog& catalog) : catalog_(catalog), owner_("upkeep/" + NewUuid()) {}
  ~BriefLock() { catalog_.locks().ReleaseAll(owner_); }
  /// Whether no writer is at the table for a moment.
  bool Take(const Object& table, engine::CancelToken& cancel) {
    for (int tries = 0; tries < kLockTries && !cancel.canceled(); ++tries) {
      Status locked = catalog_.locks().Lock(
          {.table_id = table.id, .table_name = table.name, .owner = owner_, .query_id = "", .deadline = 0});
      if (locked.ok()) return true;
      catalog_.clock().Sleep(kLockPause);
    }
    return false;
  }

 private:
  catalog::Catalog& catalog_;
  const std::string owner_;
};

/// Rule 9: how far the table has come with its buffers, in this snapshot too.
std::string AppliedText(const catalog::CatalogState& state, const Object& table) {
  if (table.As<catalog::TableInfo>()->dynamic) return "";
  boost::json::object out;
  for (const auto& [buffer, position] : state.OffsetsOf(table.id)) out[buffer] = position;
  return out.empty() ? std::string() : boost::json::serialize(out);
}

bool SameShape(const TableVersion& a, const TableVersion& b) {
  return a.metadata->table_uuid == b.metadata->table_uuid &&
         a.metadata->current_schema_id == b.metadata->current_schema_id &&
         a.metadata->format_version == b.metadata->format_version;
}

/// The commit on the head of the moment. Errors: kConflict: to be tried again.
Result<Compacted> CommitOnce(catalog::Catalog& catalog, const ObjectRef& table, const TableVersion& base,
                             const CompactionGroup& group, const TableRules& rules,
                             const std::optional<iceberg::DataFile>& written) {
  FIRN_ASSIGN(catalog::StatePtr state, catalog.Head());
  ObjectRef now = state->ById(table->id);
  if (!now || !state->IsAlive(*now)) return Compacted::kGivenUp;
  FIRN_ASSIGN(TableVersionPtr head, catalog.TableAt(*state, *now));
  if (!SameShape(base, *head)) return Compacted::kGivenUp;
  FIRN_ASSIGN(auto carried, CarriedDeletes(*head->store, group, *head->files));
  const bool carries = head->metadata->format_version >= 3 && !rules.copy_on_write && group.sort_by.empty();
  if (carried && !carries) return Compacted::kGivenUp;
  iceberg::TableChange change;
  change.operation = iceberg::Operation::kReplace;
  int64_t sequence = 0;
  for (const LiveFilePtr& file : group.files) {
    sequence = std::max(sequence, file->data->data_sequence_number);
    if (head->files->Find(file->data->path)) change.removed.push_back(file->data->path);
  }
  if (change.removed.empty()) return Compacted::kGivenUp;
  if (written) {
    change.added.push_back(*written);
    change.added.back().data_sequence_number = sequence;
    if (carried) change.vectors[written->path] = std::move(carried);
  }
  if (std::string applied = AppliedText(*state, *now); !applied.empty()) {
    change.summary[catalog::kAppliedKey] = std::move(applied);
  }
  catalog::PendingTable pending(now, state->FullName(*now));
  iceberg::ReadSet reads;
  reads.added_files_matter = false;
  FIRN_TRY(pending.Add(catalog::Verb::kCompact, head, std::move(change), std::move(reads)));
  catalog::Transaction transaction;
  transaction.tables.push_back(std::move(pending));
  FIRN_TRY(catalog.Commit(std::move(transaction)));
  return Compacted::kDone;
}

}  // namespace

Result<Compacted> Compact(catalog::Catalog& catalog, const catalog::CatalogState& state, const ObjectRef& table,
                          const TableVersionPtr& version, const CompactionGroup& group, const TableRules& rules,
                          const Rewrite& rewrite, engine::CancelToken& cancel) {
  FIRN_ASSIGN(auto written, rewrite(state, table, *version, group, cancel));
  if (written) {
    written->spec_id = group.files[0]->data->spec_id;
    written->partition = group.files[0]->data->partition;
  }
  BriefLock lock(catalog);
  Result<Compacted> result = Compacted::kGivenUp;
  for (int tries = 0; tries < kCommitTries && lock.Take(*table, cancel); ++tries) {
    result = CommitOnce(catalog, table, *version, group, rules, written);
    if (result.ok() || !result.error().Is(errors::kConflict)) break;
    result = Compacted::kGivenUp;
  }
  const bool unknown = !result.ok() && result.error().Is(errors::kOutcomeUnknown);
  if (written && !unknown && (!result.ok() || *result == Compacted::kGivenUp)) {
    if (auto path = version->store->PathOf(written->path); path.ok()) (void)version->store->Delete(*path).ok();
  }
  return result;
}

}  // namespace firn::pipeline

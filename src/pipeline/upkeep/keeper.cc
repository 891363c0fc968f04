#include "pipeline/upkeep/keeper.h"

#include <algorithm>

#include "base/errors.h"
#include "base/log.h"

namespace firn::pipeline {

using catalog::ObjectRef;
using catalog::StatePtr;

Keeper::Keeper(catalog::Catalog& catalog, Rewrite rewrite, KeeperOptions options)
    : catalog_(catalog),
      rewrite_(std::move(rewrite)),
      options_(std::move(options)),
      leases_(catalog, options_.limits.lease, options_.lease_file, options_.cursors),
      garbage_(catalog, options_.limits),
      born_(catalog.clock().Now()) {}

Keeper::~Keeper() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  cancel_.Cancel();
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Status Keeper::Start() {
  FIRN_TRY(leases_.Renew(true));
  dropped_at_ = lost_at_ = born_;
  if (options_.thread) thread_ = std::thread([this] { Run(); });
  return Ok();
}

void Keeper::Run() {
  std::unique_lock lock(mutex_);
  while (!closing_) {
    lock.unlock();
    if (Status looked = Look(); !looked.ok()) log::warn("upkeep: {}", looked.error().Message());
    lock.lock();
    wake_.wait_for(lock, std::chrono::microseconds(options_.look_every), [&] { return closing_; });
  }
}

Status Keeper::Look() {
  FIRN_TRY(leases_.Renew());
  FIRN_ASSIGN(StatePtr state, catalog_.Head());
  held_ = HeldSnapshots(*state);
  for (auto& [table, snapshots] : leases_.held()) held_[table].merge(snapshots);
  const Micros now = catalog_.clock().Now();
  std::set<std::string> there;
  for (const ObjectRef& table : OwnTables(*state)) {
    if (cancel_.canceled()) return Ok();
    there.insert(table->id);
    if (!leases_.IsMine(table->id)) continue;
    auto [seen, added] = seen_.try_emplace(table->id);
    if (added) seen->second.ages = seen->second.orphans = born_;
    const catalog::TableHead* head = state->Head(table->id);
    // What nobody has written for a day needs no look because this process starts.
    if (added && head && head->time < born_ - kDay)
      seen->second = {head->position, table->version, born_, false, born_};
    const bool moved = head && (head->position != seen->second.position || table->version != seen->second.version);
    const bool due = now - seen->second.ages >= options_.limits.retention_every ||
                     now - seen->second.orphans >= options_.limits.orphans_every;
    if (!moved && !due) continue;
    if (Status looked = LookAt(state, table, &seen->second); !looked.ok()) {
      ++failed_;
      log::warn("upkeep of {}: {}", state->FullName(*table), looked.error().Message());
    }
    FIRN_TRY(leases_.Renew());
  }
  std::erase_if(seen_, [&](const auto& row) { return !there.contains(row.first); });
  FIRN_TRY(LookAtDropped());
  if (garbage_.waiting() > 0) FIRN_TRY(garbage_.Delete(leases_.oldest()));
  deleted_ = garbage_.deleted();
  waiting_ = garbage_.waiting();
  return Ok();
}

Status Keeper::LookAt(const StatePtr& state, const ObjectRef& table, Seen* seen) {
  const TableRules rules = RulesOf(*state, *table, options_.limits);
  const catalog::TableHead* head = state->Head(table->id);
  if (!head) return Ok();
  if (head->position != seen->position || table->version != seen->version) {
    seen->position = head->position;
    seen->version = table->version;
    if (rules.compact && !IsBusy(table->id)) FIRN_TRY(CompactTable(state, table, rules));
  }
  FIRN_TRY(ExpireTable(state, table, rules, seen));
  if (catalog_.clock().Now() - seen->orphans < options_.limits.orphans_every) return Ok();
  seen->orphans = catalog_.clock().Now();
  return garbage_.AddOrphans(table->id, leases_.store_time());
}

void Keeper::GiveWayTo(std::function<bool(const std::string&)> busy) {
  std::lock_guard lock(mutex_);
  busy_ = std::move(busy);
}

bool Keeper::IsBusy(const std::string& table_id) {
  std::lock_guard lock(mutex_);
  return busy_ && busy_(table_id);
}

Status Keeper::CompactTable(const StatePtr& state, const ObjectRef& table, const TableRules& rules) {
  FIRN_ASSIGN(catalog::TableVersionPtr version, catalog_.TableAt(*state, *table));
  if (PlanCompaction(*version, rules, options_.limits, std::nullopt).empty()) return Ok();
  FIRN_ASSIGN(std::optional<int64_t> unread, FirstUnreadRow(catalog_, *state, *table));
  for (const CompactionGroup& group : PlanCompaction(*version, rules, options_.limits, unread)) {
    if (cancel_.canceled()) return Ok();
    // The files of the version are read for as long as this takes.
    const std::shared_ptr<void> pin = catalog_.pins().Take();
    FIRN_ASSIGN(Compacted done, Compact(catalog_, *state, table, version, group, rules, rewrite_, cancel_));
    if (done == Compacted::kGivenUp) {
      ++gave_way_;
      continue;
    }
    ++compactions_;
    files_compacted_ += group.files.size();
  }
  return Ok();
}

Status Keeper::ExpireTable(const StatePtr& state, const ObjectRef& table, const TableRules& rules, Seen* seen) {
  const Micros now = catalog_.clock().Now();
  bool ages = now - seen->ages >= options_.limits.retention_every;
  if (ages) {
    // All but the newest snapshot were too old at the last look already.
    ages = !seen->aged || state->Head(table->id)->time >= seen->ages - rules.retention;
    seen->ages = now;
    seen->aged = true;
  }
  FIRN_ASSIGN(auto expired, Expire(catalog_, state, table, rules, options_.limits, held_[table->id], ages));
  if (!expired) return Ok();
  snapshots_expired_ += static_cast<uint64_t>(std::max<int64_t>(0, expired->to - std::max<int64_t>(expired->from, 1)));
  return garbage_.AddExpired(*expired);
}

Status Keeper::LookAtDropped() {
  const Micros now = catalog_.clock().Now();
  if (now - dropped_at_ >= options_.limits.retention_every) {
    dropped_at_ = now;
    FIRN_TRY(garbage_.Purge());
  }
  if (now - lost_at_ >= options_.limits.orphans_every) {
    lost_at_ = now;
    FIRN_TRY(garbage_.AddLostFolders(leases_.store_time()));
  }
  return Ok();
}

KeeperStats Keeper::stats() const {
  return {compactions_, files_compacted_, gave_way_, snapshots_expired_, deleted_, waiting_, failed_};
}

}  // namespace firn::pipeline

#include "catalog/locks.h"

#include <algorithm>
#include <chrono>

#include "base/errors.h"

namespace firn::catalog {

namespace {
constexpr std::chrono::milliseconds kLook{20};
}

bool Locks::WouldDeadlock(const std::string& table_id, const std::string& owner) const {
  // Every owner waits for one table at most, and a table has one holder: a chain, followed to its end.
  const std::string* table = &table_id;
  while (true) {
    auto held = tables_.find(*table);
    if (held == tables_.end() || held->second.owner.empty()) return false;
    if (held->second.owner == owner) return true;
    auto waits = waits_for_.find(held->second.owner);
    if (waits == waits_for_.end()) return false;
    table = &waits->second;
  }
}

Status Locks::Lock(const Request& request, const std::function<bool()>& canceled) {
  std::unique_lock lock(mutex_);
  Holder& holder = tables_[request.table_id];
  if (holder.owner == request.owner) return Ok();
  auto take = [&] {
    holder.owner = request.owner;
    holder.query_id = request.query_id;
    of_[request.owner].insert(request.table_id);
  };
  if (holder.owner.empty() && holder.waiting.empty()) {
    take();
    return Ok();
  }
  auto too_late = [&] { return Error(errors::kLockTimeout, {holder.query_id, request.table_name, holder.owner}); };
  if (WouldDeadlock(request.table_id, request.owner)) return Error(errors::kDeadlock, {request.table_name});
  if (clock_.Now() >= request.deadline) return too_late();

  const uint64_t ticket = next_ticket_++;
  holder.waiting.push_back(ticket);
  waits_for_[request.owner] = request.table_id;
  std::optional<Error> failure;
  while (!(holder.owner.empty() && holder.waiting.front() == ticket)) {
    if (canceled && canceled()) {
      failure = Error(errors::kCanceled);
    } else if (clock_.Now() >= request.deadline) {
      failure = too_late();
    }
    if (failure) break;
    changed_.wait_for(lock, kLook);
  }
  waits_for_.erase(request.owner);
  holder.waiting.erase(std::find(holder.waiting.begin(), holder.waiting.end(), ticket));
  if (!failure) take();
  changed_.notify_all();
  return failure ? Status(*failure) : Ok();
}

void Locks::ReleaseAll(const std::string& owner) {
  std::lock_guard lock(mutex_);
  auto held = of_.find(owner);
  if (held == of_.end()) return;
  for (const std::string& table_id : held->second) {
    auto table = tables_.find(table_id);
    table->second.owner.clear();
    table->second.query_id.clear();
    if (table->second.waiting.empty()) tables_.erase(table);
  }
  of_.erase(held);
  changed_.notify_all();
}

bool Locks::Holds(const std::string& table_id, const std::string& owner) {
  std::lock_guard lock(mutex_);
  auto table = tables_.find(table_id);
  return table != tables_.end() && table->second.owner == owner;
}

}  // namespace firn::catalog

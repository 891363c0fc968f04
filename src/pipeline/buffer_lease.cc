#include "pipeline/buffer_lease.h"

#include <cstdio>
#include <fstream>
#include <utility>

#include "base/errors.h"
#include "base/log.h"

namespace firn::pipeline {

namespace {

constexpr int kNumbers = 1024;
constexpr Micros kLeaseTime = Micros{600} * 1000000;
constexpr int kTries = 16;

std::string KeyOf(int number) { return "ingest " + std::to_string(number); }

Result<catalog::ObjectRef> Owner(const catalog::CatalogState& state) {
  catalog::ObjectRef role = state.Find("", catalog::ObjectKind::kRole, "ACCOUNTADMIN");
  if (role) return role;
  return Error(errors::kInternal, {"the account has no role ACCOUNTADMIN"});
}

std::optional<int64_t> EndOf(const catalog::Offsets& offsets, int number) {
  auto found = offsets.find(KeyOf(number));
  return found == offsets.end() ? std::nullopt : std::optional<int64_t>(found->second);
}

}  // namespace

Status BufferLease::Move(int number, std::optional<int64_t> from, std::optional<int64_t> to) {
  FIRN_ASSIGN(catalog::ObjectRef owner, Owner(*node_->catalog->Current()));
  catalog::Transaction transaction;
  transaction.offsets.push_back({owner->id, KeyOf(number), from, to});
  FIRN_TRY(node_->catalog->Commit(std::move(transaction)));
  number_ = number;
  until_ = to.value_or(0);
  Note();
  return Ok();
}

void BufferLease::Note() {
  if (file_.empty()) return;
  std::ofstream out(file_, std::ios::trunc);
  out << number_ << ' ' << until_ << '\n';
  // A lost note costs a number until the lease ends.
  if (!out.flush()) log::warn("{} cannot be written", file_);
}

Result<BufferLease> BufferLease::Take(session::Node& node, const std::string& file) {
  BufferLease lease(node, file);
  int own = -1;
  int64_t own_end = 0;
  std::ifstream(file) >> own >> own_end;
  for (int tries = 1;; ++tries) {
    FIRN_ASSIGN(catalog::StatePtr state, node.catalog->Head());
    FIRN_ASSIGN(catalog::ObjectRef owner, Owner(*state));
    catalog::Offsets offsets = state->OffsetsOf(owner->id);
    const Micros now = node.clock->Now();
    int number = -1;
    if (own >= 0 && EndOf(offsets, own) == own_end) number = own;
    for (int n = 0; n < kNumbers && number < 0; ++n) {
      if (EndOf(offsets, n).value_or(0) < now) number = n;
    }
    if (number < 0) return Error(errors::kLimit, {"the number of ingest buffers of an account", "1,024", ""});
    Status moved = lease.Move(number, EndOf(offsets, number), now + kLeaseTime);
    if (moved.ok()) return lease;
    if (!moved.error().Is(errors::kConflict) || tries == kTries) return std::move(moved).error();
  }
}

Result<std::optional<BufferLease>> BufferLease::TakeOver(session::Node& node, int number) {
  FIRN_ASSIGN(catalog::StatePtr state, node.catalog->Head());
  FIRN_ASSIGN(catalog::ObjectRef owner, Owner(*state));
  std::optional<int64_t> end = EndOf(state->OffsetsOf(owner->id), number);
  if (end.value_or(0) >= node.clock->Now()) return std::optional<BufferLease>();
  BufferLease lease(node, "");
  Status moved = lease.Move(number, end, node.clock->Now() + kLeaseTime);
  if (moved.ok()) return std::optional<BufferLease>(std::move(lease));
  if (moved.error().Is(errors::kConflict)) return std::optional<BufferLease>();
  return std::move(moved).error();
}

Status BufferLease::Renew() { return Move(number_, until_, node_->clock->Now() + kLeaseTime); }

void BufferLease::Release() {
  Status released = Move(number_, until_, std::nullopt);
  if (released.ok() && !file_.empty()) std::remove(file_.c_str());
  if (!released.ok()) log::warn("the number of an ingest buffer was not given back: {}", released.error().Message());
}

}  // namespace firn::pipeline

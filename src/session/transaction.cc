#include "session/transaction.h"

#include "base/errors.h"
#include "base/ids.h"
#include "catalog/preview.h"

namespace firn::session {

void OpenTransaction::Begin(Micros now) {
  if (open_) return;
  open_ = true;
  started_ = now;
}

void OpenTransaction::Gather(Micros now) {
  Begin(now);
  gathers_ = true;
}

Result<catalog::StatePtr> OpenTransaction::Over(catalog::StatePtr state, Micros now) const {
  if (!gathers_) return state;
  return catalog::Preview(*state, now, objects_, offsets_);
}

const std::string& OpenTransaction::id() {
  if (id_.empty()) id_ = std::to_string(RandomU64() >> 1);
  return id_;
}

Result<OpenTransaction::Seen> OpenTransaction::See(catalog::Catalog& catalog, const catalog::StatePtr& state,
                                                   const catalog::Object& table) const {
  auto pending = tables_.find(table.id);
  Seen seen;
  if (pending == tables_.end() || !pending->second.is_new()) {
    FIRN_ASSIGN(seen.pinned, catalog.TableAt(*state, table));
  }
  seen.version = seen.pinned;
  if (pending != tables_.end()) {
    FIRN_ASSIGN(seen.version, pending->second.Over(seen.pinned));
  }
  return seen;
}

catalog::PendingTable& OpenTransaction::Pending(const catalog::ObjectRef& table, const std::string& name) {
  auto found = tables_.find(table->id);
  if (found == tables_.end()) found = tables_.emplace(table->id, catalog::PendingTable(table, name)).first;
  return found->second;
}

void OpenTransaction::AddNew(catalog::PendingTable table) {
  std::string id = table.table()->id;
  tables_.insert_or_assign(std::move(id), std::move(table));
}

void OpenTransaction::AddOffset(catalog::OffsetMove move) {
  for (catalog::OffsetMove& earlier : offsets_) {
    if (earlier.owner_id != move.owner_id || earlier.key != move.key) continue;
    earlier.to = move.to;
    return;
  }
  offsets_.push_back(std::move(move));
}

void OpenTransaction::Restore(catalog::Catalog& catalog, Mark mark) {
  std::vector<catalog::PendingTable> undone;
  for (auto& [id, table] : tables_) {
    auto before = mark.tables.find(id);
    size_t kept = before == mark.tables.end() ? 0 : before->second.written_files().size();
    if (kept == 0 && !table.written_files().empty()) undone.push_back(std::move(table));
  }
  catalog.Discard(undone);
  tables_ = std::move(mark.tables);
  objects_ = std::move(mark.objects);
  offsets_ = std::move(mark.offsets);
  runs_.resize(std::min(runs_.size(), mark.runs));
  needs_.resize(std::min(needs_.size(), mark.needs));
  statements_.resize(std::min(statements_.size(), mark.statements));
}

Result<catalog::CommitResult> OpenTransaction::Commit(catalog::Catalog& catalog, const catalog::Canceled& canceled) {
  catalog::Transaction transaction;
  transaction.statements = statements_;
  transaction.objects = objects_;
  transaction.offsets = offsets_;
  transaction.runs = runs_;
  transaction.needs = needs_;
  transaction.explicit_transaction = open_;
  for (auto& [id, table] : tables_) {
    if (!table.empty()) transaction.tables.push_back(table);
  }
  if (transaction.empty()) {
    End(catalog);
    return catalog::CommitResult{};
  }
  std::vector<catalog::PendingTable> tables = transaction.tables;
  committing_ = true;
  // Who canceled before this line may have answered already.
  Result<catalog::CommitResult> result = Error(errors::kCanceled);
  if (!canceled || !canceled()) result = catalog.Commit(std::move(transaction), canceled);
  // After an unknown outcome the files may be part of the table.
  if (!result.ok() && !result.error().Is(errors::kOutcomeUnknown)) catalog.Discard(tables);
  End(catalog);
  return result;
}

void OpenTransaction::Rollback(catalog::Catalog& catalog) {
  std::vector<catalog::PendingTable> undone;
  for (auto& [id, table] : tables_) undone.push_back(std::move(table));
  catalog.Discard(undone);
  End(catalog);
}

void OpenTransaction::End(catalog::Catalog& catalog) {
  if (!id_.empty()) {
    catalog.locks().ReleaseAll(id_);
    last_id_ = id_;
  }
  id_.clear();
  open_ = false;
  gathers_ = false;
  started_ = 0;
  tables_.clear();
  objects_.clear();
  offsets_.clear();
  runs_.clear();
  needs_.clear();
  statements_.clear();
}

}  // namespace firn::session

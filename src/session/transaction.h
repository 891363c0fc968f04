// OpenTransaction: what a session has done and not committed (commit-protocol rule 6). In autocommit it lives for one
// statement; after BEGIN, or with AUTOCOMMIT off, until COMMIT or ROLLBACK. Under the session's run_mutex.
#pragma once

#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/catalog.h"

namespace firn::session {

class OpenTransaction {
 public:
  /// BEGIN was said (or AUTOCOMMIT is off and DML has run). A second Begin is ignored.
  void Begin(Micros now);
  bool open() const { return open_; }
  /// Definitions gather too, instead of committing each (statements/together.h); until the transaction ends.
  void Gather(Micros now);
  bool gathers() const { return gathers_; }
  /// `state` with what was gathered on top; else `state`. Errors: those of catalog::Preview.
  Result<catalog::StatePtr> Over(catalog::StatePtr state, Micros now) const;
  /// Of the running or coming transaction; owner of its table locks.
  const std::string& id();
  const std::optional<std::string>& last_id() const { return last_id_; }
  Micros started() const { return started_; }

  struct Seen {
    catalog::TableVersionPtr pinned;   ///< as others see it; null for a table that this transaction creates
    catalog::TableVersionPtr version;  ///< with this transaction's writes on top
  };
  /// The table at `state`. Errors: those of TableAt and PendingTable::Over.
  Result<Seen> See(catalog::Catalog& catalog, const catalog::StatePtr& state, const catalog::Object& table) const;
  /// The pending changes of a table, made empty if there are none. `name` is for errors.
  catalog::PendingTable& Pending(const catalog::ObjectRef& table, const std::string& name);
  /// A table that this transaction creates.
  void AddNew(catalog::PendingTable table);
  void AddObject(catalog::ObjectChange change) { objects_.push_back(std::move(change)); }
  /// An offset that goes forward with the commit. The second move of one offset in a transaction is no other one.
  void AddOffset(catalog::OffsetMove move);
  void AddRun(catalog::RunChange change) { runs_.push_back(std::move(change)); }
  void AddNeed(catalog::HistoryNeed need) { needs_.push_back(std::move(need)); }
  void AddStatement(catalog::StatementInfo statement) { statements_.push_back(std::move(statement)); }

  /// What a failed statement goes back to: everything but the locks.
  struct Mark {
    std::map<std::string, catalog::PendingTable> tables;
    std::vector<catalog::ObjectChange> objects;
    std::vector<catalog::OffsetMove> offsets;
    size_t runs = 0;
    size_t needs = 0;
    size_t statements = 0;
  };
  Mark Save() const { return {tables_, objects_, offsets_, runs_.size(), needs_.size(), statements_.size()}; }
  /// Undoes all since `mark` and deletes the files that were written since.
  void Restore(catalog::Catalog& catalog, Mark mark);

  /// Makes all of it durable, ends the transaction and frees its locks, however it ends. Nothing pending: success.
  /// Errors: those of Catalog::Commit.
  Result<catalog::CommitResult> Commit(catalog::Catalog& catalog, const catalog::Canceled& canceled);
  /// From the moment a Commit begins until NewStatement: whoever cancels now has to wait for its outcome. After a
  /// cancel that saw false, no Commit of that statement begins. May be read without the session's turn.
  const std::atomic<bool>& committing() const { return committing_; }
  void NewStatement() { committing_ = false; }
  /// Forgets all of it and frees the locks.
  void Rollback(catalog::Catalog& catalog);

 private:
  void End(catalog::Catalog& catalog);

  std::atomic<bool> committing_{false};
  bool open_ = false;
  bool gathers_ = false;
  std::string id_;
  std::optional<std::string> last_id_;
  Micros started_ = 0;
  std::map<std::string, catalog::PendingTable> tables_;  ///< by table id
  std::vector<catalog::ObjectChange> objects_;
  std::vector<catalog::OffsetMove> offsets_;
  std::vector<catalog::RunChange> runs_;
  std::vector<catalog::HistoryNeed> needs_;
  std::vector<catalog::StatementInfo> statements_;
};

}  // namespace firn::session

// CommitObserver: who has a say before a transaction is committed and work to do after it, without the catalog knowing
// what. One a process, set by `cli` (Catalog::Observe); the Delta mirror is the one there is.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/commit.h"

namespace firn::catalog {

class CommitObserver {
 public:
  virtual ~CommitObserver() = default;
  /// On the committing thread, before anything is written. An error refuses the transaction and is its answer.
  virtual Status BeforeCommit(const Transaction& transaction) = 0;
  /// On the committing thread, once the entry is in the log and before the commit is answered: the ids of the tables
  /// whose rows, metadata or definition the transaction changed. May wait; cannot fail the commit.
  virtual void AfterCommit(const std::vector<std::string>& table_ids) = 0;
};

}  // namespace firn::catalog

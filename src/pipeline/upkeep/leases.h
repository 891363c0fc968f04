// Leases: every process says in the store, under catalog/lease/, up to which position of the log it may still read
// (rule 13) and which snapshots its cursors go on reading, so that no process deletes what another one reads, and so
// that all know how many share the upkeep. A lease that is not renewed any more still counts for as long as a statement
// may run. One a keeper; one thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "catalog/catalog.h"

namespace firn::pipeline {

inline constexpr std::string_view kLeaseFolder = "catalog/lease/";

class Leases {
 public:
  using Held = std::map<std::string, std::set<int64_t>>;  ///< snapshots by table id

  /// `file`: where the lease's name is kept from one start to the next, in a folder that this process has locked, so
  /// that the lease of a process that was killed ends when it starts anew; "": nowhere.
  /// `cursors`: the snapshots that this process's cursors go on reading; any thread.
  Leases(catalog::Catalog& catalog, Micros lease, const std::string& file = "", std::function<Held()> cursors = {});
  /// Gives its own lease back.
  ~Leases();

  /// Renews the own lease when it is due, or now, and looks at those of others. Errors: storage errors.
  Status Renew(bool now = false);
  /// The oldest position that any process may read at, as of the last renewal.
  int64_t oldest() const { return oldest_; }
  /// The snapshots that cursors go on reading: those of this process now, others' as of the last renewal.
  Held held() const;
  /// The store's own time at the last renewal.
  Micros store_time() const { return store_time_; }
  /// Whether this process is the one of those alive that looks after the table.
  bool IsMine(const std::string& table_id) const;

 private:
  catalog::Catalog& catalog_;
  const Micros lease_;
  const std::string name_;
  const std::function<Held()> cursors_;
  Micros renewed_ = 0;
  int64_t oldest_ = 0;
  Micros store_time_ = 0;
  std::vector<std::string> alive_;  ///< in order, the own one included
  Held held_;                       ///< by other processes
};

}  // namespace firn::pipeline

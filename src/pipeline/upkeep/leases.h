// Leases: every process says in the store, under catalog/lease/, up to which position of the log it may still read
// (rule 13), so that no process deletes what another one reads, and so that all know how many share the upkeep. A lease
// that is not renewed any more still counts for as long as a statement may run. One a keeper; one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "catalog/catalog.h"

namespace firn::pipeline {

inline constexpr std::string_view kLeaseFolder = "catalog/lease/";

class Leases {
 public:
  Leases(catalog::Catalog& catalog, Micros lease);
  /// Gives its own lease back.
  ~Leases();

  /// Renews the own lease when it is due, or now, and looks at those of others. Errors: storage errors.
  Status Renew(bool now = false);
  /// The oldest position that any process may read at, as of the last renewal.
  int64_t oldest() const { return oldest_; }
  /// The store's own time at the last renewal.
  Micros store_time() const { return store_time_; }
  /// Whether this process is the one of those alive that looks after the table.
  bool IsMine(const std::string& table_id) const;

 private:
  catalog::Catalog& catalog_;
  const Micros lease_;
  const std::string name_;
  Micros renewed_ = 0;
  int64_t oldest_ = 0;
  Micros store_time_ = 0;
  std::vector<std::string> alive_;  ///< in order, the own one included
};

}  // namespace firn::pipeline

// A small account with upkeep, for tests: data files are objects of any bytes (unit/catalog/lake.h), so a compaction
// only counts rows.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "pipeline/upkeep/keeper.h"
#include "unit/catalog/lake.h"

namespace firn::pipeline {

/// Limits that are reached after a few commits.
inline KeeperOptions SmallOptions() {
  KeeperOptions options;
  options.thread = false;
  options.limits.max_snapshots = 5;
  options.limits.files_to_merge = 4;
  options.limits.deleted_rows = 1;
  options.limits.garbage_after = 0;
  options.limits.delta_garbage_after = 0;
  return options;
}

/// One file with the live rows of the group, as large as they were.
Rewrite CountingRewrite(catalog::Catalog& catalog);

/// INSERT of one file that says it has `size` bytes.
Status InsertSized(catalog::Catalog& catalog, const std::string& name, int64_t rows, int64_t size);
/// DELETE of one row: `position` of the file with that index. False: it is deleted already.
Result<bool> DeleteRow(catalog::Catalog& catalog, const std::string& name, size_t file, uint64_t position);

/// Every URI that a version of the table names which may still be read: those of its kept snapshots.
std::set<std::string> NamedFiles(catalog::Catalog& catalog, const std::string& name);
/// Named files that are not in the store.
std::vector<std::string> MissingFiles(catalog::Catalog& catalog, const std::string& name);
size_t ObjectsUnder(catalog::Catalog& catalog, const std::string& prefix);

}  // namespace firn::pipeline

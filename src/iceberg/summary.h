// The counters of a snapshot's summary (spec Appendix F). Of this room only.
#pragma once

#include <map>
#include <set>
#include <string>

#include "iceberg/data_file.h"
#include "iceberg/snapshot.h"
#include "iceberg/table_files.h"

namespace firn::iceberg {

class SnapshotCounters {
 public:
  void Add(const DataFile& file) { Count(file, &added_); }
  void Remove(const DataFile& file) { Count(file, &removed_); }
  /// Writes the counters into `summary`. Totals continue those of `parent`, or are counted from `before`, the files of
  /// the parent (a table without snapshots has zeros).
  void Finish(const Snapshot* parent, const TableFiles& before, std::map<std::string, std::string>* summary) const;

 private:
  struct Counts {
    int64_t data_files = 0;
    int64_t records = 0;
    int64_t size = 0;
    int64_t vectors = 0;
    int64_t position_files = 0;
    int64_t position_deletes = 0;
    int64_t equality_files = 0;
    int64_t equality_deletes = 0;
    int64_t DeleteFiles() const { return vectors + position_files + equality_files; }
  };
  void Count(const DataFile& file, Counts* counts);
  Counts added_;
  Counts removed_;
  std::set<std::string> partitions_;
};

}  // namespace firn::iceberg

// What `firn buffer repair <folder> [<table>]` does: a damaged table keeps every record that is whole; the files as
// they were are moved aside to `<folder>/<table>/damaged`. Only while no process has the buffer open.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "pipeline/buffer/files.h"

namespace firn::pipeline {

struct RepairedFile {
  std::string file;      ///< full name
  std::string moved_to;  ///< full name of the copy; empty: the file was missing, or ended in zeros
  uint64_t records_kept = 0;
  uint64_t bytes_lost = 0;  ///< in no whole record
  uint64_t rows_lost = 0;   ///< by the gap in positions that they leave; those behind the last record are not counted
};
struct RepairedTable {
  std::string table_id;
  std::vector<RepairedFile> files;  ///< none: nothing was damaged
  uint64_t rows_kept = 0;
};

/// Of all tables, or of `table_id`. Nothing is changed in a table that is not damaged.
Result<std::vector<RepairedTable>> RepairBuffer(Files& files, const std::string& table_id = "");

}  // namespace firn::pipeline

// CsvBlocks: the files of a CSV scan as pieces of whole records, one after another, decompressed and in UTF-8. The
// threads of a scan share it: taking a piece is serial, splitting its records is not.
#pragma once

#include <duckdb.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/csv_format.h"

namespace firn::engine {

constexpr size_t kCsvBlockBytes = 1 << 20;        ///< read at once
constexpr size_t kCsvRecordBytesMax = 128 << 20;  ///< of one record

struct CsvBlock {
  std::string text;
  size_t file = 0;        ///< index of the path
  int64_t first_row = 1;  ///< number of its first record in the file, behind the header
  int64_t first_line = 1;
  int64_t first_byte = 0;  ///< of the decoded text
  uint64_t number = 0;     ///< of the block in the scan
};

class CsvBlocks {
 public:
  CsvBlocks(duckdb::ClientContext& context, const CsvFormat& format, std::vector<std::string> paths);
  ~CsvBlocks();

  /// The next block; none at the end. Throws DuckDB's exceptions.
  std::optional<CsvBlock> Next();

 private:
  class Decoder;
  bool OpenNext();
  /// Appends decoded text to pending_; false at the end of the file.
  bool ReadMore();
  void SkipHeader();

  duckdb::ClientContext& context_;
  const CsvFormat format_;
  const std::vector<std::string> paths_;
  const CsvParser parser_;
  std::mutex mutex_;
  size_t file_ = 0;  ///< of the next to be opened
  std::unique_ptr<duckdb::FileHandle> handle_;
  std::unique_ptr<Decoder> decoder_;
  std::string pending_;  ///< text that was read and not given out
  bool at_end_ = true;
  int64_t row_ = 1, line_ = 1, byte_ = 0;  ///< of pending_
  uint64_t number_ = 0;
};

}  // namespace firn::engine

// CsvFormat: how a delimited file is written, after Snowflake's file format options, and the parser of its records.
// Pure: text in, fields out. Used by the CSV scan (csv_scan.h) and by COPY for the places of errors. Any thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace firn::engine {

struct CsvFormat {
  std::string field_delimiter = ",";    ///< "": a record is one field
  std::string record_delimiter = "\n";  ///< "\n" takes "\r\n" too; "": the file is one record
  char enclosed = '\0';                 ///< FIELD_OPTIONALLY_ENCLOSED_BY; '\0': none
  char escape = '\0';                   ///< in enclosed and bare fields
  char escape_bare = '\\';              ///< in bare fields, where `escape` is not set
  std::vector<std::string> null_if{"\\N"};
  bool empty_is_null = true;
  bool trim = false;
  bool skip_blank = false;
  bool replace_invalid = false;  ///< bytes that are no UTF-8 become U+FFFD instead of an error
  bool skip_byte_order_mark = true;
  int64_t skip_header = 0;  ///< records
  std::string encoding = "UTF8";
  std::string compression = "auto";  ///< auto, none, gzip, zstd
};

struct CsvField {
  std::string_view text;  ///< of the record, or of the parser's own memory until its next record
  bool enclosed = false;
  size_t start = 0;  ///< where it begins in the record
};

/// One parser a thread.
class CsvParser {
 public:
  explicit CsvParser(const CsvFormat& format);

  /// Where the record that begins at `from` ends, behind its delimiter; none if its end is not in `text`.
  std::optional<size_t> RecordEnd(std::string_view text, size_t from) const;
  /// The record without its delimiter.
  std::string_view Trimmed(std::string_view record) const;
  /// The fields of a record (Trimmed). Errors: kFoundCharacter, kEndOfRecord (an enclosed field that does not end).
  Status Split(std::string_view record, std::vector<CsvField>* fields);
  bool IsNull(const CsvField& field) const;

 private:
  bool At(std::string_view text, size_t at, const std::string& mark) const {
    return !mark.empty() && text.compare(at, mark.size(), mark) == 0;
  }
  /// Behind the enclosed field that begins at `from`; npos: it does not end.
  size_t EnclosedEnd(std::string_view text, size_t from) const;
  std::string_view Unescaped(std::string_view raw, char escape, bool doubled);

  const CsvFormat format_;
  char bare_escape_ = '\0';
  bool special_[256] = {};          ///< bytes at which a bare field may end or be escaped
  std::deque<std::string> memory_;  ///< of unescaped fields; its strings do not move
  size_t used_ = 0;
};

/// The DuckDB call that reads files: columns c0 … c<columns - 1>, VARCHAR; then firn$file (VARCHAR), firn$row,
/// firn$line, firn$offset (BIGINT: number of the record, its first line and byte, from 1, 1 and 0), firn$width (number
/// of fields), firn$record (its text), firn$problem (why it could not be split, as code and text; NULL). `width`:
/// records of another number of fields are errors; 0: any. `tolerant`: what is wrong with a record is in firn$problem
/// and firn$width alone.
std::string CsvCall(const CsvFormat& format, const std::vector<std::string>& paths, size_t columns, size_t width,
                    bool tolerant);

}  // namespace firn::engine

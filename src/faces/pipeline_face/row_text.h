// RowText: rows of the engine as JSON and CSV text for consumers: plain values, not the strings of the Snowflake
// protocol. Numbers are numbers, VARIANT and kin JSON values, DATE "2026-01-31", TIME "12:00:00", TIMESTAMP_NTZ
// "2026-01-31T12:00:00.000001", LTZ the same with "Z", TZ with its offset, BINARY hex; NaN and infinities are strings.
// One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"

namespace firn::faces {

class RowText {
 public:
  /// `big_as_text`: columns of NUMBER and its kin as strings, for readers whose numbers are doubles. `lower_names`:
  /// names in upper case are written in lower case.
  RowText(std::vector<engine::ResultColumn> columns, bool big_as_text, bool lower_names = false);

  /// [{"name":…,"type":…},…]
  std::string Columns() const;
  /// [1,"a"]
  void Array(const engine::Batch& batch, int64_t row, std::string* out) const;
  /// {"A":1,"B":"a"}; a name that comes again is followed by _2, _3 …
  void Object(const engine::Batch& batch, int64_t row, std::string* out) const;
  /// RFC 4180 with \n: NULL is empty, an empty text "".
  void CsvHeader(std::string* out) const;
  void CsvRow(const engine::Batch& batch, int64_t row, std::string* out) const;

 private:
  enum class Shape : uint8_t { kNumber, kReal, kText, kJson };
  void Cell(const engine::Batch& batch, int column, int64_t row, std::string* out) const;
  /// The value as text, without quotes; not for NULL.
  void Plain(const engine::Batch& batch, int column, int64_t row, std::string* out) const;

  std::vector<engine::ResultColumn> columns_;
  std::vector<std::string> keys_;
  std::vector<Shape> shapes_;
  bool big_as_text_;
};

/// A type as /v1 says it: "NUMBER(38,0)", "TIMESTAMP_NTZ(9)", "VARCHAR".
std::string TypeText(const SqlType& type);

}  // namespace firn::faces

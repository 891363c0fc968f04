// The body of an ingest request as rows: one object, {"data": …}, an array, {"records": […]} or NDJSON. simdjson finds
// where tokens begin; rows and fields are views into the body, nothing is built. Syntax of the whole is checked, and
// what 9.6 of the contract quarantines is told per row. A BodyParser belongs to one thread at a time and is meant to be
// kept: its memory is used again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "pipeline/ingest/row_code.h"

namespace firn::pipeline {

enum class JsonKind : uint8_t { kArray, kBoolean, kNull, kNumber, kObject, kString };

/// How a number is written.
struct NumberFacts {
  bool negative = false;
  bool exponent = false;
  bool zero = false;
  uint32_t integer_digits = 0;   ///< before the point
  uint32_t fraction_digits = 0;  ///< after the point, zeros at the end not counted
  bool IsInteger() const { return !exponent && fraction_digits == 0; }
};

/// One field of a row's outermost object.
struct Field {
  std::string_view key;  ///< unescaped; lives until the next row
  std::string_view raw;  ///< the value as it stands in the body, strings with their quotes
  JsonKind kind = JsonKind::kNull;
  bool escaped = false;     ///< a string with escapes
  NumberFacts number = {};  ///< of a kNumber

  /// What stands between the quotes of a kString.
  std::string_view text() const { return raw.substr(1, raw.size() - 2); }
};

/// A string's text with its escapes resolved; valid escapes only (those of rows without error are).
std::string Unescape(std::string_view text);

struct BodyRow {
  uint32_t index = 0;  ///< from 0
  uint32_t line = 0;   ///< of NDJSON, from 1; 0: not NDJSON
  std::string_view raw;
  std::span<const Field> fields;    ///< in order; empty where there is an error
  const RowError* error = nullptr;  ///< not null: the row goes to quarantine
};

class RowSink {
 public:
  virtual ~RowSink() = default;
  virtual void Row(const BodyRow& row) = 0;
};

struct BodyLimits {
  size_t body_bytes = 128ULL << 20;  ///< decoded
  size_t row_bytes = 1ULL << 20;
  uint32_t rows = 100000;
  uint32_t columns = 2000;
  uint32_t depth = 64;
};

enum class BodyFault : uint8_t {
  kBadJson,      ///< 400 BAD_JSON, with `offset`
  kEmpty,        ///< 400
  kTooLarge,     ///< 413
  kTooManyRows,  ///< 413
};
/// The body as a whole is refused: nothing of it may be stored, also not the rows that came before.
struct BodyError {
  BodyFault fault = BodyFault::kBadJson;
  size_t offset = 0;  ///< bytes from the beginning of the body
  std::string message;
};

enum class BodyFormat : uint8_t {
  kJson,    ///< application/json; NDJSON is recognized by a second line after a first object
  kNdjson,  ///< application/x-ndjson
};

class BodyParser {
 public:
  explicit BodyParser(const BodyLimits& limits = {});
  ~BodyParser();
  /// Calls `sink` for each row in order. `body` must live as long as the rows' views are used.
  std::optional<BodyError> Parse(std::string_view body, BodyFormat format, RowSink& sink);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace firn::pipeline

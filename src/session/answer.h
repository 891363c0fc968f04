// Answer: what a statement gives back, before any face shapes it for a wire. Moves from `statements` to `faces`; one
// owner, one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/types.h"
#include "engine/engine.h"

namespace firn::session {

struct OutputColumn {
  std::string name;
  SqlType type;
  bool nullable = true;
  std::string database, schema, table;  ///< of the column's origin, where it is known; else empty
};

/// A cell as text: numbers in plain decimal with their scale's digits, BOOLEAN "true"/"false", DATE "YYYY-MM-DD",
/// timestamps "YYYY-MM-DD HH:MM:SS.ffffff" (LTZ in UTC), VARIANT and kin as JSON text. nullopt is NULL.
using Cell = std::optional<std::string>;
using Row = std::vector<Cell>;

/// statementTypeId of the Snowflake protocol (../docs: reference of statement types).
namespace statement_type {
constexpr int kSelect = 0x1000, kExplain = 0x2000, kInsert = 0x3100, kUpdate = 0x3200, kDelete = 0x3300,
              kMerge = 0x3400, kMultiInsert = 0x3500, kCopy = 0x3600, kUnload = 0x3700, kAlterSession = 0x4100,
              kUse = 0x4300, kShow = 0x4400, kDescribe = 0x4500, kList = 0x4701, kCommit = 0x5100, kBegin = 0x5400,
              kRollback = 0x5400, kDdl = 0x6000, kManageTokens = 0x6244, kGet = 0x7101, kPut = 0x7102, kRemove = 0x7103,
              kCall = 0x9000, kMulti = 0xA000;
}  // namespace statement_type

struct DmlCounts {
  int64_t inserted = 0, updated = 0, deleted = 0, multi_joined = 0;
};

struct Answer {
  int statement_type = statement_type::kDdl;
  std::string query_id;
  std::vector<OutputColumn> columns;
  std::vector<Row> rows;                         ///< of small answers
  std::unique_ptr<engine::ResultStream> stream;  ///< of queries; then `rows` is empty
  std::optional<DmlCounts> counts;
  int bind_count = 0;                 ///< of describe-only
  std::vector<std::string> children;  ///< of a multi-statement: query ids
  std::vector<int> child_types;

  /// One column `status`, one row.
  static Answer StatusLine(std::string text, int statement_type = statement_type::kDdl);
};

}  // namespace firn::session

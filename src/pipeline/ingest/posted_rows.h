// PostedRows: the rows of one request's body, parsed and checked against their table's rules, ready for the buffer.
// Views into the body; one thread. Kept and used again by the thread that reads requests.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/buffer/batch.h"
#include "pipeline/ingest/body.h"
#include "pipeline/ingest/row_check.h"

namespace firn::pipeline {

inline constexpr size_t kErrorsTold = 100;  ///< of the rows of a request; the rest are counted

struct RowFault {
  uint32_t index = 0;
  uint32_t line = 0;  ///< 0: not NDJSON
  RowError error;
};

class PostedRows : private RowSink {
 public:
  explicit PostedRows(const BodyLimits& limits = {}) : parser_(limits) {}

  /// The rows of `body` in place of the last ones. `body` must live as long as they are used.
  std::optional<BodyError> Read(std::string_view body, BodyFormat format, const RowRules& rules);

  const std::vector<BatchRow>& rows() const { return rows_; }
  size_t quarantined() const { return quarantined_; }
  size_t accepted() const { return rows_.size() - quarantined_; }
  /// The first kErrorsTold of the quarantined rows.
  const std::vector<RowFault>& faults() const { return faults_; }

 private:
  void Row(const BodyRow& row) override;
  void Quarantine(const BodyRow& row, const RowError& error, BatchRow* out);

  BodyParser parser_;
  std::optional<RowCheck> check_;
  std::vector<BatchRow> rows_;
  std::vector<RowFault> faults_;
  std::deque<std::string> notes_;
  size_t quarantined_ = 0;
};

}  // namespace firn::pipeline

// JSON results: rows as the drivers read them, every cell a string or null (protocol reference, section 3).
// Pure; a shape belongs to one result and may be used on any thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "session/answer.h"

namespace arrow {
class Array;
class RecordBatch;
class Schema;
}  // namespace arrow

namespace firn::faces {

/// Rows that come as Arrow batches.
class JsonShape {
 public:
  /// Errors: kInternal where a column's Arrow type cannot become its SQL type (a fault of this program).
  static Result<JsonShape> Make(const std::vector<session::OutputColumn>& columns, const arrow::Schema& engine_schema,
                                int json_indent);
  /// Appends `["1","a"],["2",null]` for rows [first, first + count): no outer brackets, no comma at either end.
  Status Append(const arrow::RecordBatch& batch, int64_t first, int64_t count, std::string* out) const;

  struct Column;

 private:
  std::vector<std::shared_ptr<const Column>> columns_;
};

/// Appends rows that come as text cells (session::Row) in the same form. Errors: kInternal for a cell that is not of
/// its column's type.
Status AppendJsonRows(const std::vector<session::OutputColumn>& columns, const std::vector<session::Row>& rows,
                      int json_indent, std::string* out);

}  // namespace firn::faces

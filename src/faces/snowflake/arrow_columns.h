// Conversions of one Arrow column from the engine's type to the wire's. Inner part of the Arrow results; pure.
#pragma once

#include <memory>

#include "base/result.h"
#include "session/answer.h"

namespace arrow {
class Array;
class DataType;
class Field;
}  // namespace arrow

namespace firn::faces {

/// How one column is converted; chosen once a result.
struct ColumnPlan {
  using Convert = Result<std::shared_ptr<arrow::Array>> (*)(const ColumnPlan&, const std::shared_ptr<arrow::Array>&);
  Convert convert = nullptr;
  std::shared_ptr<arrow::Field> field;  ///< of the wire
  int scale = 0;                        ///< of the wire: decimals, fraction digits
  int engine_scale = 0;                 ///< of the engine's decimals
  int json_indent = 2;
};

/// Errors: kInternal where there is no way from `engine_type` to the column's SQL type.
Result<ColumnPlan> PlanColumn(const session::OutputColumn& column, const arrow::DataType& engine_type, int json_indent);

}  // namespace firn::faces

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include "base/ids.h"
#include "engine/engine.h"

namespace firn::engine {

Batch::Batch(std::shared_ptr<arrow::RecordBatch> batch) : arrow_(std::move(batch)) {}

int64_t Batch::rows() const { return arrow_->num_rows(); }

bool Batch::IsNull(int column, int64_t row) const { return arrow_->column(column)->IsNull(row); }

int64_t Batch::Int64(int column, int64_t row) const {
  const auto& array = *arrow_->column(column);
  switch (array.type_id()) {
    case arrow::Type::INT64:
      return static_cast<const arrow::Int64Array&>(array).Value(row);
    case arrow::Type::UINT64:
      return static_cast<int64_t>(static_cast<const arrow::UInt64Array&>(array).Value(row));
    case arrow::Type::INT32:
      return static_cast<const arrow::Int32Array&>(array).Value(row);
    case arrow::Type::INT16:
      return static_cast<const arrow::Int16Array&>(array).Value(row);
    case arrow::Type::INT8:
      return static_cast<const arrow::Int8Array&>(array).Value(row);
    case arrow::Type::BOOL:
      return static_cast<const arrow::BooleanArray&>(array).Value(row) ? 1 : 0;
    case arrow::Type::DECIMAL128: {
      arrow::Decimal128 value(static_cast<const arrow::Decimal128Array&>(array).GetValue(row));
      return static_cast<int64_t>(value.low_bits());
    }
    default:
      return 0;
  }
}

std::string Batch::Text(int column, int64_t row) const {
  const auto& array = *arrow_->column(column);
  if (array.IsNull(row)) return {};
  switch (array.type_id()) {
    case arrow::Type::STRING:
      return std::string(static_cast<const arrow::StringArray&>(array).GetView(row));
    case arrow::Type::BINARY: {
      auto view = static_cast<const arrow::BinaryArray&>(array).GetView(row);
      return HexUpper({reinterpret_cast<const uint8_t*>(view.data()), view.size()});
    }
    case arrow::Type::DECIMAL128:
      return static_cast<const arrow::Decimal128Array&>(array).FormatValue(row);
    default: {
      auto scalar = array.GetScalar(row);
      return scalar.ok() ? (*scalar)->ToString() : scalar.status().ToString();
    }
  }
}

}  // namespace firn::engine

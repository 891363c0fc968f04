#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include "base/ids.h"
#include "engine/engine.h"

namespace firn::engine {

Batch::Batch(std::shared_ptr<arrow::RecordBatch> batch) : arrow_(std::move(batch)), columns_(arrow_->columns()) {}

int64_t Batch::rows() const { return arrow_->num_rows(); }

bool Batch::IsNull(int column, int64_t row) const { return columns_[static_cast<size_t>(column)]->IsNull(row); }

int64_t Batch::Int64(int column, int64_t row) const {
  const auto& array = *columns_[static_cast<size_t>(column)];
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
  const auto& array = *columns_[static_cast<size_t>(column)];
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

std::string_view Batch::View(int column, int64_t row) const {
  const auto& array = static_cast<const arrow::StringArray&>(*columns_[static_cast<size_t>(column)]);
  return array.IsNull(row) ? std::string_view("") : array.GetView(row);
}

}  // namespace firn::engine

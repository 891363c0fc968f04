#include "iceberg/partition_key.h"

#include <cmath>

namespace firn::iceberg {

std::string PartitionKey(const DataFile& file) {
  std::string key = std::to_string(file.spec_id);
  for (const Value& value : file.partition) {
    key += '|';
    Value wide = value;
    if (const auto* narrow = std::get_if<int32_t>(&value)) wide = int64_t{*narrow};
    if (const auto* narrow = std::get_if<float>(&value)) wide = double{*narrow};
    if (IsNan(wide)) wide = std::nan("");
    std::string bytes = ToBinary(Type::Of(Kind::kBinary), wide);
    key += static_cast<char>('0' + wide.index());
    key += std::to_string(bytes.size()) + ":" + bytes;
  }
  return key;
}

}  // namespace firn::iceberg

// The partition of a file as a key of maps. Of this room only.
#pragma once

#include <string>

#include "iceberg/data_file.h"

namespace firn::iceberg {

/// Equal for files of the same spec with equal partition values; integers and floats that were widened by a type
/// promotion are equal to the narrow ones.
std::string PartitionKey(const DataFile& file);

}  // namespace firn::iceberg

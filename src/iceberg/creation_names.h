// The names of columns in Parquet files: each column keeps the name that it was created with, whatever it is called
// later, so that readers which go by name (the Delta mirror's) find it in every file. Pure; any thread.
#pragma once

#include <map>
#include <string>

#include "iceberg/table_metadata.h"

namespace firn::iceberg {

/// By field id, for the top-level columns of all schemas that the metadata knows, dropped ones included. Names differ
/// in more than case: where a name is used again after a drop or a rename, the later column is `name_<id>`.
std::map<int, std::string> CreationNames(const TableMetadata& metadata);

}  // namespace firn::iceberg

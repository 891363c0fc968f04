// FileStats: what Iceberg knows of a data file's columns, as the stats JSON of a Delta `add`. Pure; any thread.
#pragma once

#include <map>
#include <string>

#include "iceberg/data_file.h"

namespace firn::delta {

/// Keyed by physical name. Bounds are never narrower than the truth: timestamps are cut to milliseconds (the upper one
/// rounded up), bounds that JSON cannot say (NaN, years beyond 9999) are left out, as are those of binary columns.
/// `tight`: no row of the file is deleted.
std::string FileStats(const iceberg::DataFile& file, const iceberg::Schema& schema,
                      const std::map<int, std::string>& names, bool tight);

}  // namespace firn::delta

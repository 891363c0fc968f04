// Parts of reading and writing position-delete files. For this room.
#pragma once

#include <duckdb.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/execution.h"

namespace firn::engine {

/// Registers firn_position(i): the i-th position of the file being written. Throws DuckDB's exceptions.
void RegisterPositions(duckdb::Connection& connection);

/// (data file URI, position) pairs of a position-delete file, read by a new `execution`.
Result<std::vector<std::pair<std::string, uint64_t>>> ReadPositions(const std::shared_ptr<Execution>& execution,
                                                                    const std::string& uri);

}  // namespace firn::engine

// PartitionCount: how many partitions a Write has met. The COPY's query sends the hash of every row's partition values
// through "firn$few_partitions", which fails when there are too many. Whoever called Write may then write the rows
// sorted under a spec without fields (statements/row_change.cc).
#pragma once

#include <cstdint>

#include "base/result.h"

namespace duckdb {
class ClientContext;
class Connection;
}  // namespace duckdb

namespace firn::engine {

/// Partitions that one Write makes at most, each a file of its own: as many as DuckDB keeps open.
inline constexpr int64_t kOpenPartitionsMax = 100;

/// Whether a Write failed for that.
bool IsTooManyPartitions(const Error& error);

/// For this room. Registers the function; once, at Engine::Open.
void RegisterPartitionCount(duckdb::Connection& connection);
/// For this room. Begins to count in the statement of `context`.
void CountPartitions(duckdb::ClientContext& context);

}  // namespace firn::engine

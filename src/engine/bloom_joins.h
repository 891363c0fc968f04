// BloomJoins: a rule after DuckDB's optimizer. A hash join hands the scan of its larger side a Bloom filter of the
// smaller side's keys, so that most rows of the scan need no probe: DuckDB 1.5 does so only where the smaller side is
// filtered, which a MERGE's source is not. The rule is that of DuckDB 2 (CanUseBloomFilter in physical_hash_join.cpp).
#pragma once

namespace duckdb {
class DatabaseInstance;
}  // namespace duckdb

namespace firn::engine {

/// For this room. Adds the rule; once, at Engine::Open.
void RegisterBloomJoins(duckdb::DatabaseInstance& database);

}  // namespace firn::engine

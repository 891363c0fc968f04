// From DuckDB's errors to rows of the error table. For this room; any thread.
#pragma once

#include <duckdb.hpp>
#include <duckdb/common/error_data.hpp>
#include <exception>

#include "base/result.h"

namespace firn::engine {

/// The row that DuckDB's error means: a SnowflakeException's own error, else by the table in error_map.cc, else
/// kInternal with DuckDB's text. An interrupt is kCanceled; the caller knows whether it was a time-out.
Error MapError(const duckdb::ErrorData& error);

/// Calls `work`, which gives a Result, and makes any exception an Error.
template <class Work>
auto Caught(Work&& work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::exception& e) {
    return MapError(duckdb::ErrorData(e));
  }
}

}  // namespace firn::engine

// "firn$csv": the table function behind COPY and SELECT from stages with CSV files. CsvCall (csv_format.h) prints it.
#pragma once

#include <duckdb.hpp>

namespace firn::engine {

/// Registers the table function. Once, at Engine::Open.
void RegisterCsvScan(duckdb::Connection& connection);

}  // namespace firn::engine

// "firn$nextval"(i): numbers of Statement.sequences[i], one a row. For this room; registered when an engine opens.
#pragma once

#include <duckdb.hpp>

namespace firn::engine {

void RegisterSequenceFunction(duckdb::Connection& connection);

}  // namespace firn::engine

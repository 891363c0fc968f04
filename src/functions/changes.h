// The aggregate behind CONDITIONAL_CHANGE_EVENT: "firn$changes"(BIGINT) counts neighbours that differ, in the order of
// the rows; a NULL differs from nothing. Register() calls it once, under the registration's own transaction.
#pragma once

#include <duckdb.hpp>

namespace firn::functions {

void RegisterChanges(duckdb::ClientContext& context);

}  // namespace firn::functions

// The door to DuckDB itself, for `functions`: registering scalar functions, types and casts at start, the facts of the
// running statement, and an exception that carries a Firn error through DuckDB. The only header of this room that
// shows DuckDB to others.
#pragma once

#include <duckdb.hpp>
#include <functional>
#include <string>

#include "base/result.h"
#include "engine/engine.h"

namespace firn::engine {

/// The database of an engine; for start-up and tests.
duckdb::DuckDB& DatabaseOf(Engine& engine);

/// Runs `registrar` in one transaction on a connection of its own. What it creates in the system catalog
/// (duckdb::Catalog::GetSystemCatalog) is there for every statement that starts afterwards. Call it before the first.
/// Errors: kInternal with DuckDB's text.
Status RegisterWith(Engine& engine, const std::function<void(duckdb::Connection&)>& registrar);

/// Statement.facts[name] of the statement that runs in `context`; "" if it has none. Bind functions call it.
std::string FactOf(duckdb::ClientContext& context, const std::string& name);

/// Throw it from a bind or an execution function: the statement fails with exactly `error`. The row must live for
/// ever, as those of base/errors.h do.
class SnowflakeException : public duckdb::Exception {
 public:
  explicit SnowflakeException(const Error& error);
};

/// Throws the error of a failed Result as a SnowflakeException, or gives its value.
template <class T>
T ValueOrThrow(Result<T> result) {
  if (!result.ok()) throw SnowflakeException(result.error());
  return std::move(result).value();
}

}  // namespace firn::engine

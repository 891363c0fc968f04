// The one walk's step: a call of a Snowflake function becomes what DuckDB runs. The planner calls it on every Call of
// the parsed tree, innermost first. Pure; any thread.
#pragma once

#include "functions/function.h"

namespace firn::functions {

/// The replacement of `call`. Errors: kUnknownFunction, kTooFewArguments, kTooManyArguments, kUnsupported (a known
/// function that is refused, or OVER / WITHIN GROUP / FILTER / DISTINCT where it does not belong), kInvalidValue.
Result<sql::ExprPtr> RewriteCall(sql::Call&& call, Position at, const SessionFacts& facts);

/// A call in FROM: FLATTEN, GENERATOR, SPLIT_TO_TABLE … The relation's columns are TableFunctionColumns(call).
Result<sql::RelationPtr> RewriteTableFunction(sql::Call&& call, Position at, const SessionFacts& facts);

/// Names of the columns that a function in FROM gives; kUnknownFunction where it is none.
Result<std::vector<std::string>> TableFunctionColumns(const sql::Call& call);

/// Whether argument `index` of the function is a bare word (DATEADD(day, …)), which must not be resolved as a column.
bool TakesKeyword(std::string_view function, size_t index);

/// Whether a call with this name aggregates (without OVER), so that GROUP BY ALL and checks can tell.
bool IsAggregate(std::string_view function);
/// Whether its value depends on the time, the session or chance: CURRENT_DATE, RANDOM …
bool IsVolatile(std::string_view function);
/// Whether it may stand with OVER only.
bool IsWindowOnly(std::string_view function);

}  // namespace firn::functions

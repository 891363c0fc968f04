// The printer: a resolved tree to DuckDB SQL. Pure; any thread may call it.
//
// Resolved means: no NamedRelation, StageRelation, VariableRef, BindRef, IDENTIFIER left (the planner replaced them),
// and every Call is DuckDB's by name (functions/rewrite.h). What Snowflake and DuckDB do differently by type is printed
// as a call of a native function that `functions` registers, and whose bind step picks the meaning:
//   a + b  "firn$add"   a - b  "firn$sub"   a * b  "firn$mul"   a / b  "firn$div"   a % b  "firn$mod"   -a  "firn$neg"
//   a = b  "firn$eq"    and so firn$ne, firn$lt, firn$le, firn$gt, firn$ge, firn$distinct, firn$not_distinct
//   a || b "firn$concat"   CAST(a AS t)  "firn$cast"(a, 't')   TRY_CAST  "firn$try_cast"(a, 't')
//   v:k[0] "firn$get"("firn$get"(v, 'k'), 0)   a RLIKE p  "firn$rlike"(a, p)
//   [a, b] "firn$array"(a, b)   {'k': a} "firn$object"('k', a)
// Integer literals stay bare (so that DECIMAL arithmetic keeps narrow types); arithmetic among literals alone is
// printed in BIGINT. A cast names its type by SqlType::Text(), 64-bit integers by 'INTEGER'. Every identifier is
// quoted, every ORDER BY says NULLS FIRST or LAST, window frames are printed as Snowflake's defaults, every select item
// gets an alias (its default_name).
#pragma once

#include <string>

#include "sql/query.h"

namespace firn::sql {

std::string Print(const Expr& expr);
std::string Print(const Query& query);
std::string Print(const Relation& relation);

/// "name" with quotes doubled.
std::string QuoteIdent(std::string_view name);
/// 'text' with quotes doubled, valid in DuckDB for any bytes of UTF-8.
std::string QuoteText(std::string_view text);

}  // namespace firn::sql

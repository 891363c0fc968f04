// The words of Snowflake SQL that may not stand everywhere as a name, and the kinds of objects. Only the parser reads
// these tables. Source: docs.snowflake.com, "Reserved & limited keywords".
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sql/option.h"

namespace firn::sql {

/// All take a word in any case.
/// Never a name without quotes: SELECT, FROM, TABLE … SAMPLE is not among them, unlike in Snowflake's list: it is a
/// clause only where it can be one (Parser::AtSample), so that a database may have the name.
bool IsReserved(std::string_view word);
/// A name of an object, but no column reference: CASE, CAST, DEFAULT …
bool IsNoColumn(std::string_view word);
/// Leads something in FROM, so is no name or bare alias there: JOIN, LEFT, LATERAL …
bool IsJoinWord(std::string_view word);
/// Reserved, but also the name of a function when a parenthesis follows: INSERT, LIKE …
bool IsReservedFunction(std::string_view word);
/// A function that is called without parentheses: CURRENT_DATE …
bool IsBareFunction(std::string_view word);

/// A kind of object that statements name. `kind` is unset where Firn does not have it: it is refused by its words.
struct KindRow {
  const char* words;   ///< "FILE FORMAT"
  const char* plural;  ///< "FILE FORMATS"
  std::optional<ObjectKind> kind;
};
std::span<const KindRow> Kinds();

/// "year" for year, years, y, yy, yr …; empty where `word` is no unit of an interval.
std::string_view IntervalUnit(std::string_view word);

}  // namespace firn::sql

// The parser of Snowflake SQL: text in, statements out. Pure; any thread may call it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sql/statement.h"

namespace firn::sql {

struct ParseOptions {
  TypeId timestamp_mapping = TypeId::kTimestampNtz;  ///< session parameter TIMESTAMP_TYPE_MAPPING
};

constexpr size_t kStatementLengthMax = 16 << 20;  ///< bytes of one text
constexpr int kNestingDepthMax = 1000;     ///< parentheses, calls, CASE within each other; a subquery counts twice
constexpr int kStatementCountMax = 10000;  ///< statements in one text

/// All statements of a text (separated by `;`, empty ones dropped). Errors: kSyntax with the place, kLimit,
/// kUnsupported for a statement of Snowflake that is known by name and is not there, kInvalidInput (not UTF-8).
Result<std::vector<Statement>> Parse(std::string_view text, const ParseOptions& options = {});

/// One expression, one query: for tests, views, and column defaults.
Result<ExprPtr> ParseExpression(std::string_view text, const ParseOptions& options = {});
Result<QueryPtr> ParseQuery(std::string_view text, const ParseOptions& options = {});

/// "db.schema.name" or "\"q\".x" as a name. Errors: kSyntax.
Result<ObjectName> ParseObjectName(std::string_view text);

}  // namespace firn::sql

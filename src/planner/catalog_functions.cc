#include "planner/catalog_functions.h"

#include "base/errors.h"
#include "planner/changes.h"
#include "planner/value.h"
#include "sql/parser.h"

namespace firn::planner {

namespace {

using Answered = Result<sql::ExprPtr>;

struct Row {
  const char* name;
  Answered (*answer)(StatementContext& context, const std::vector<session::Cell>& args, Position at);
};

/// https://docs.snowflake.com/en/sql-reference/functions/system_get_iceberg_table_information
Answered IcebergTableInformation(StatementContext& context, const std::vector<session::Cell>& args, Position at) {
  FIRN_ASSIGN(sql::ObjectName name, sql::ParseObjectName(args[0].value_or("")));
  name.at = at;
  FIRN_ASSIGN(FoundTable table, FindTable(context, name, "SELECT"));
  std::string location = table.version->metadata_location;
  return TextLiteral("{\"metadataLocation\":\"" + location + "\",\"status\":\"success\"}");
}

/// https://docs.snowflake.com/en/sql-reference/functions/system_stream_has_data
Answered StreamHasData(StatementContext& context, const std::vector<session::Cell>& args, Position at) {
  FIRN_ASSIGN(sql::ObjectName name, sql::ParseObjectName(args[0].value_or("")));
  name.at = at;
  FIRN_ASSIGN(catalog::ObjectRef stream, FindInSchema(context, name, catalog::ObjectKind::kStream));
  FIRN_ASSIGN(ChangeRange range, StreamRange(context, *stream));
  return sql::MakeExpr(sql::Literal{sql::Literal::Kind::kBoolean, MayHaveChanges(range) ? "true" : "false"}, at);
}

constexpr Row kRows[] = {
    {"SYSTEM$GET_ICEBERG_TABLE_INFORMATION", IcebergTableInformation},
    {"SYSTEM$STREAM_HAS_DATA", StreamHasData},
};

}  // namespace

Result<bool> CatalogFunction(StatementContext& context, const sql::Call& call, sql::ExprPtr* expr) {
  if (call.name.parts.size() != 1) return false;
  for (const Row& row : kRows) {
    if (Upper(call.name.parts[0].text) != row.name) continue;
    Position at = (*expr)->at;
    if (call.args.size() != 1) return Error(errors::kMissingArgument, {row.name}, at);
    std::vector<session::Cell> args;
    for (const sql::Argument& arg : call.args) {
      FIRN_ASSIGN(session::Cell cell, context.Evaluate(*arg.value, SqlType::Varchar()));
      args.push_back(std::move(cell));
    }
    FIRN_ASSIGN(*expr, row.answer(context, args, at));
    return true;
  }
  return false;
}

}  // namespace firn::planner

#include "planner/catalog_functions.h"

#include "base/errors.h"
#include "planner/changes.h"
#include "planner/get_ddl.h"
#include "planner/value.h"
#include "sql/parser.h"

namespace firn::planner {

namespace {

using Answered = Result<sql::ExprPtr>;

struct Row {
  const char* name;
  size_t fewest, most;  ///< arguments
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

Answered ObjectDdl(StatementContext& context, const std::vector<session::Cell>& args, Position at) {
  if (!args[0] || !args[1]) return NullLiteral();
  bool full = args.size() > 2 && args[2] && EqualsIgnoreCase(*args[2], "true");
  FIRN_ASSIGN(std::string text, GetDdl(context, *args[0], *args[1], full, at));
  return TextLiteral(std::move(text));
}

constexpr Row kRows[] = {
    {"GET_DDL", 2, 3, ObjectDdl},
    {"SYSTEM$GET_ICEBERG_TABLE_INFORMATION", 1, 1, IcebergTableInformation},
    {"SYSTEM$STREAM_HAS_DATA", 1, 1, StreamHasData},
};

}  // namespace

Result<bool> CatalogFunction(StatementContext& context, const sql::Call& call, sql::ExprPtr* expr) {
  if (call.name.parts.size() != 1) return false;
  for (const Row& row : kRows) {
    if (Upper(call.name.parts[0].text) != row.name) continue;
    Position at = (*expr)->at;
    if (call.args.size() < row.fewest) return Error(errors::kMissingArgument, {row.name}, at);
    if (call.args.size() > row.most) {
      return Error(errors::kTooManyArguments, {row.name, std::to_string(row.most), std::to_string(call.args.size())},
                   at);
    }
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

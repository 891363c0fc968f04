#include "planner/catalog_functions.h"

#include <algorithm>
#include <charconv>
#include <chrono>

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
  bool acts;            ///< does something: not where a statement is only described
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

/// https://docs.snowflake.com/en/sql-reference/functions/system_pipe_status
Answered PipeStatus(StatementContext& context, const std::vector<session::Cell>& args, Position at) {
  FIRN_ASSIGN(sql::ObjectName name, sql::ParseObjectName(args[0].value_or("")));
  name.at = at;
  FIRN_ASSIGN(catalog::ObjectRef pipe, FindInSchema(context, name, catalog::ObjectKind::kPipe));
  const bool paused = pipe->As<catalog::PipeInfo>()->paused;
  return TextLiteral(std::string(R"({"executionState":")") + (paused ? "PAUSED" : "RUNNING") +
                     R"(","pendingFileCount":0})");
}

Answered ObjectDdl(StatementContext& context, const std::vector<session::Cell>& args, Position at) {
  if (!args[0] || !args[1]) return NullLiteral();
  bool full = args.size() > 2 && args[2] && EqualsIgnoreCase(*args[2], "true");
  FIRN_ASSIGN(std::string text, GetDdl(context, *args[0], *args[1], full, at));
  return TextLiteral(std::move(text));
}

Result<int64_t> WholeNumber(const session::Cell& cell, const char* parameter, Position at) {
  int64_t value = -1;
  std::string text = cell.value_or("NULL");
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) {
    return Error(errors::kInvalidValue, {text, parameter}, at);
  }
  return value;
}

/// https://docs.snowflake.com/en/sql-reference/functions/system_cancel_query
Answered CancelQuery(StatementContext& context, const std::vector<session::Cell>& args, Position at) {
  const auto& cancel = context.session.node().running.cancel;
  std::string id = args[0].value_or("");
  if (!cancel || !cancel(context.session.user(), id)) return Error(errors::kNotExecuting, {}, at);
  return TextLiteral("query [" + id + "] terminated.");
}

/// https://docs.snowflake.com/en/sql-reference/functions/system_cancel_all_queries
Answered CancelAllQueries(StatementContext& context, const std::vector<session::Cell>& args, Position at) {
  FIRN_ASSIGN(int64_t session_id, WholeNumber(args[0], "session_id", at));
  const auto& cancel_all = context.session.node().running.cancel_all;
  size_t count = cancel_all ? cancel_all(context.session.user(), session_id, context.query_id) : 0;
  return TextLiteral(std::to_string(count) + " cancelled.");
}

/// https://docs.snowflake.com/en/sql-reference/functions/system_wait
Answered Wait(StatementContext& context, const std::vector<session::Cell>& args, Position at) {
  struct Unit {
    const char* name;
    int64_t nanos;
  };
  static constexpr Unit kUnits[] = {{"DAYS", 86'400'000'000'000},
                                    {"HOURS", 3'600'000'000'000},
                                    {"MINUTES", 60'000'000'000},
                                    {"SECONDS", 1'000'000'000},
                                    {"MILLISECONDS", 1'000'000},
                                    {"MICROSECONDS", 1'000},
                                    {"NANOSECONDS", 1}};
  constexpr int64_t kStepNanos = 20'000'000;  // between looks at the cancel token
  FIRN_ASSIGN(int64_t amount, WholeNumber(args[0], "amount", at));
  std::string name = args.size() > 1 ? Upper(args[1].value_or("NULL")) : "SECONDS";
  const Unit* unit = std::find_if(std::begin(kUnits), std::end(kUnits), [&](const Unit& u) { return name == u.name; });
  if (unit == std::end(kUnits)) return Error(errors::kInvalidValue, {name, "time_unit"}, at);
  if (amount > 100 * kUnits[0].nanos / unit->nanos) return Error(errors::kInvalidValue, {*args[0], "amount"}, at);
  for (int64_t left = amount * unit->nanos; left > 0; left -= kStepNanos) {
    if (context.cancel.canceled()) return Error(errors::kCanceled);
    context.session.node().clock->Sleep(std::chrono::microseconds(std::min(left, kStepNanos) / 1000));
  }
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  return TextLiteral("waited " + std::to_string(amount) + " " + name);
}

constexpr Row kRows[] = {
    {"GET_DDL", 2, 3, false, ObjectDdl},
    {"SYSTEM$CANCEL_ALL_QUERIES", 1, 1, true, CancelAllQueries},
    {"SYSTEM$CANCEL_QUERY", 1, 1, true, CancelQuery},
    {"SYSTEM$GET_ICEBERG_TABLE_INFORMATION", 1, 1, false, IcebergTableInformation},
    {"SYSTEM$PIPE_STATUS", 1, 1, false, PipeStatus},
    {"SYSTEM$STREAM_HAS_DATA", 1, 1, false, StreamHasData},
    {"SYSTEM$WAIT", 1, 2, true, Wait},
};

}  // namespace

Result<bool> CatalogFunction(StatementContext& context, const sql::Call& call, sql::ExprPtr* expr) {
  if (call.name.parts.size() != 1) return false;
  for (const Row& row : kRows) {
    if (Upper(call.name.parts[0].text) != row.name) continue;
    Position at = (*expr)->at;
    FIRN_TRY(RefuseInReadOnly(context, row.name, at));
    size_t got = call.args.size();
    if (got < row.fewest) {
      return Error(errors::kTooFewArguments, {row.name, std::to_string(row.fewest), std::to_string(got)}, at);
    }
    if (got > row.most) {
      return Error(errors::kTooManyArguments, {row.name, std::to_string(row.most), std::to_string(got)}, at);
    }
    if (row.acts && context.describing) {  // nothing is cancelled, nobody waits
      *expr = CastTo(NullLiteral(), SqlType::Varchar());
      return true;
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

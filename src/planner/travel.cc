// AT | BEFORE. https://docs.snowflake.com/en/sql-reference/constructs/at-before
#include <cstdlib>

#include "base/errors.h"
#include "planner/context.h"

namespace firn::planner {

namespace {

Result<catalog::TimePoint> PointOf(StatementContext& context, const sql::TimeTravel& travel) {
  using Kind = catalog::TimePoint::Kind;
  catalog::TimePoint point;
  switch (travel.kind) {
    case sql::TimeTravel::Kind::kStatement: {
      FIRN_ASSIGN(session::Cell id, context.Evaluate(*travel.value, SqlType::Varchar()));
      point.kind = travel.before ? Kind::kBeforeStatement : Kind::kAtStatement;
      point.query_id = id.value_or("");
      return point;
    }
    case sql::TimeTravel::Kind::kOffset: {
      FIRN_ASSIGN(session::Cell seconds, context.Evaluate(*travel.value, SqlType::Of(TypeId::kFloat)));
      if (!seconds) return Error(errors::kInvalidValue, {"NULL", "OFFSET"}, travel.value->at);
      point.time = context.now + static_cast<Micros>(std::strtod(seconds->c_str(), nullptr) * 1e6);
      break;
    }
    case sql::TimeTravel::Kind::kTimestamp: {
      sql::ExprPtr micros = sql::MakeExpr(sql::DuckExpr{"epoch_us({0})", {}}, travel.value->at);
      micros->As<sql::DuckExpr>()->args.push_back(sql::MakeExpr(
          sql::Cast{sql::Clone(*travel.value), SqlType::Timestamp(TypeId::kTimestampLtz), false}, travel.value->at));
      FIRN_ASSIGN(session::Cell value, context.Evaluate(*micros, SqlType::Integer()));
      if (!value) return Error(errors::kInvalidValue, {"NULL", "TIMESTAMP"}, travel.value->at);
      point.time = std::strtoll(value->c_str(), nullptr, 10);
      break;
    }
    case sql::TimeTravel::Kind::kStream:
      return Error(errors::kUnsupported, {"AT (STREAM => …)"}, travel.value->at);
  }
  point.kind = travel.before ? Kind::kBeforeTime : Kind::kAtTime;
  return point;
}

}  // namespace

Result<FoundTable> Travel(StatementContext& context, FoundTable table, const std::optional<sql::TimeTravel>& travel) {
  if (!travel) return table;
  if (table.temporary) return Error(errors::kNoTimeTravel, {table.name.name}, travel->value->at);
  FIRN_ASSIGN(catalog::TimePoint point, PointOf(context, *travel));
  FIRN_ASSIGN(table.version, context.session.node().catalog->TableAsOf(context.state(), *table.object, point));
  return table;
}

}  // namespace firn::planner

// AT | BEFORE. https://docs.snowflake.com/en/sql-reference/constructs/at-before
#include <cstdlib>

#include "base/errors.h"
#include "planner/context.h"
#include "sql/parser.h"

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
      return Error(errors::kInternal, {"a stream's offset is no point in time"}, travel.value->at);
  }
  point.kind = travel.before ? Kind::kBeforeTime : Kind::kAtTime;
  return point;
}

/// AT (STREAM => 'name'): the stream's offset, none for before the first row.
Result<std::optional<int64_t>> OffsetOf(StatementContext& context, const FoundTable& table,
                                        const sql::TimeTravel& travel) {
  FIRN_ASSIGN(session::Cell value, context.Evaluate(*travel.value, SqlType::Varchar()));
  if (travel.before) return Error(errors::kUnsupported, {"BEFORE (STREAM => …)"}, travel.value->at);
  FIRN_ASSIGN(sql::ObjectName name, sql::ParseObjectName(value.value_or("")));
  name.at = travel.value->at;
  FIRN_ASSIGN(catalog::ObjectRef stream, FindInSchema(context, name, catalog::ObjectKind::kStream));
  const auto* info = stream->As<catalog::StreamInfo>();
  if (!info) return Error(errors::kKindNotFound, {"Stream", value.value_or("")}, name.at);
  if (info->table_id != table.object->id) {
    return Error(errors::kInvalidExpression,
                 {"Stream '" + stream->name + "' is not on table '" + table.name.name + "'."}, name.at);
  }
  catalog::Offsets offsets = context.state().OffsetsOf(stream->id);
  auto offset = offsets.find(std::string(catalog::kSnapshotOffset));
  return offset == offsets.end() ? std::nullopt : std::optional<int64_t>(offset->second);
}

}  // namespace

void NeedHistory(StatementContext& context, const FoundTable& table, const catalog::TableVersionPtr& version) {
  const catalog::TableHead* head = context.state().Head(table.object->id);
  if (table.temporary || !head || !version) return;
  const iceberg::SnapshotPtr* snapshot =
      version->snapshot_id ? version->metadata->FindSnapshot(*version->snapshot_id) : nullptr;
  const int64_t sequence = snapshot ? (**snapshot)->sequence_number : 0;
  context.history_needs.push_back({table.object->id, sequence, head->oldest_sequence});
}

Result<catalog::TableVersionPtr> VersionAt(StatementContext& context, const FoundTable& table,
                                           std::optional<int64_t> snapshot) {
  if (snapshot) return context.session.node().catalog->TableAtSnapshot(context.state(), *table.object, *snapshot);
  auto empty = std::make_shared<catalog::TableVersion>(*table.pinned);
  empty->files = std::make_shared<const iceberg::TableFiles>();
  empty->snapshot_id.reset();
  return catalog::TableVersionPtr(std::move(empty));
}

Result<FoundTable> Travel(StatementContext& context, FoundTable table, const std::optional<sql::TimeTravel>& travel) {
  if (!travel) return table;
  if (table.temporary) return Error(errors::kNoTimeTravel, {table.name.name}, travel->value->at);
  if (!table.pinned) return Error(errors::kNoTimeTravel, {table.name.name}, travel->value->at);
  if (travel->kind == sql::TimeTravel::Kind::kStream) {
    FIRN_ASSIGN(std::optional<int64_t> offset, OffsetOf(context, table, *travel));
    FIRN_ASSIGN(table.version, VersionAt(context, table, offset));
    NeedHistory(context, table, table.version);
    return table;
  }
  FIRN_ASSIGN(catalog::TimePoint point, PointOf(context, *travel));
  FIRN_ASSIGN(table.version, context.session.node().catalog->TableAsOf(context.state(), *table.object, point));
  NeedHistory(context, table, table.version);
  return table;
}

}  // namespace firn::planner

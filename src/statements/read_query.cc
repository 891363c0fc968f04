#include "statements/read_query.h"

#include <algorithm>

#include "base/ids.h"
#include "functions/rewrite.h"
#include "planner/resolve.h"
#include "planner/visit.h"
#include "sql/printer.h"

namespace firn::statements {

namespace {

sql::ExprPtr Number(int64_t value) {
  return sql::MakeExpr(sql::Literal{sql::Literal::Kind::kNumber, std::to_string(value)}, {});
}

/// Whether the expression is computed from one row alone.
bool OfOneRow(sql::ExprPtr& expr) {
  if (const auto* call = expr->As<sql::Call>()) {
    const std::string name = call->name.parts.empty() ? "" : call->name.parts.back().text;
    if (call->over || functions::IsAggregate(name) || functions::IsWindowOnly(name)) return false;
  }
  bool one = true;
  Status walked = planner::ForEachChild(
      *expr,
      [&](sql::ExprPtr& child) -> Status {
        one = one && OfOneRow(child);
        return Ok();
      },
      [&](sql::Query&) -> Status {
        one = false;
        return Ok();
      });
  return walked.ok() && one;
}

/// Filters and projections of one relation: their rows come in the order of the table's files. Asked before names are
/// resolved, since calls are replaced then.
bool KeepsOrder(sql::Query& query) {
  auto* select = std::get_if<sql::Select>(&query.body);
  if (!select || !query.with.empty() || query.order_by_all || !query.order_by.empty()) return false;
  if (select->distinct || select->group_by || select->having || select->qualify || select->connect_by) return false;
  if (select->from && !select->from->As<sql::NamedRelation>()) return false;
  if (select->from && select->from->As<sql::NamedRelation>()->sample) return false;
  if (select->where && !OfOneRow(select->where)) return false;
  return std::ranges::all_of(select->items, [](sql::SelectItem& item) { return OfOneRow(item.expr); });
}

/// Whether the relation, resolved, is a table (and not a view).
bool IsScan(const sql::Query& query) {
  const sql::Select& select = std::get<sql::Select>(query.body);
  return !select.from || select.from->As<sql::DuckRelation>() != nullptr;
}

}  // namespace

ReadQuery::ReadQuery(session::Session& session, sql::Statement statement, Options options, engine::CancelToken& cancel)
    : session_(session),
      cancel_(cancel),
      statement_(std::move(statement)),
      bindings_(std::move(options.bindings)),
      context_(session, bindings_, cancel, NewQueryId()) {
  if (options.now != 0) {
    context_.now = options.now;
    context_.facts = session.Facts(options.now);
  }
  context_.facts.statement_text = statement_.text;
  context_.read_only = std::move(options.read);
}

Result<std::unique_ptr<ReadQuery>> ReadQuery::Plan(session::Session& session, sql::Statement statement, Options options,
                                                   engine::CancelToken& cancel) {
  std::unique_ptr<ReadQuery> query(new ReadQuery(session, std::move(statement), std::move(options), cancel));
  FIRN_TRY(query->Prepare());
  return query;
}

Status ReadQuery::Prepare() {
  FIRN_TRY(context_.Pin());
  sql::Query& query = *statement_.As<sql::QueryStatement>()->query;
  bool natural = KeepsOrder(query);
  Status resolved = planner::ResolveQuery(context_, query);
  if (!resolved.ok()) return context_.columns.Locate(std::move(resolved).error());
  natural = natural && IsScan(query);
  const auto* select = std::get_if<sql::Select>(&query.body);
  limited_ = query.limit || query.offset || (select && select->top);
  if (!natural && !query.order_by_all) {
    // Rows that are equal in all columns are the same for a reader: with these the order is total.
    FIRN_TRY(Columns());
    for (size_t i = 1; i <= columns_->size(); ++i) {
      query.order_by.push_back({Number(static_cast<int64_t>(i)), false, std::nullopt});
    }
  }
  const engine::Statement plan = context_.Statement(sql::Print(query));
  std::string text = plan.sql + '\0' + plan.time_zone;
  for (const auto& table : plan.tables) {
    text += '\0' + table->name;
    for (const engine::PinnedColumn& column : table->columns) {
      text += '\1' + column.name + '\1' + column.type.Text() + '\1' + std::to_string(column.field_id);
    }
  }
  const std::string hash = Sha256(text);
  fingerprint_ = HexLower({reinterpret_cast<const uint8_t*>(hash.data()), 16});
  return Ok();
}

Result<std::vector<engine::ResultColumn>> ReadQuery::Columns() {
  if (!columns_) {
    sql::Query& query = *statement_.As<sql::QueryStatement>()->query;
    auto described = session_.node().engine->Describe(context_.Statement(sql::Print(query)));
    if (!described.ok()) return context_.columns.Locate(std::move(described).error());
    columns_ = *std::move(described);
  }
  return *columns_;
}

engine::Statement ReadQuery::Statement(int64_t skip, std::optional<int64_t> limit) {
  sql::Query& query = *statement_.As<sql::QueryStatement>()->query;
  if (limited_) {
    std::string text = "SELECT * FROM (" + sql::Print(query) + ")";
    if (limit) text += " LIMIT " + std::to_string(*limit);
    if (skip > 0) text += " OFFSET " + std::to_string(skip);
    return context_.Statement(std::move(text));
  }
  query.limit = limit ? Number(*limit) : nullptr;
  query.offset = skip > 0 ? Number(skip) : nullptr;
  return context_.Statement(sql::Print(query));
}

Result<std::unique_ptr<engine::ResultStream>> ReadQuery::Run(int64_t skip, std::optional<int64_t> limit) {
  FIRN_TRY(Columns());
  auto stream = session_.node().engine->Run(Statement(skip, limit), cancel_);
  if (!stream.ok()) return context_.columns.Locate(std::move(stream).error());
  return stream;
}

}  // namespace firn::statements
